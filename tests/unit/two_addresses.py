#!/usr/bin/python3
"""two_addresses.py COMMAND…: runs a command where host names with two addresses lead to nobody, each in its own way.

An address refuses (nobody listens) or drops (a listener whose queue is full, so that the system ignores who comes). The names
are those of an own hosts file, in a mount namespace: refused-refused.test, refused-dropped.test, dropped-refused.test and
dropped-dropped.test. HIPBRIDGE_PORT is the port.
"""
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

ADDRESS = {"refused": ("127.0.7.1", "127.0.7.2"), "dropped": ("127.0.7.3", "127.0.7.4")}


def drop(address, port):
    """A listener with its queue filled; returns what keeps it so."""
    listener = socket.socket()
    listener.bind((address, port))
    listener.listen(0)
    kept = [listener]
    for _ in range(4):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
        kept.append(one)
    return kept


def main():
    first = drop(ADDRESS["dropped"][0], 0)
    port = first[0].getsockname()[1]
    kept = [first, drop(ADDRESS["dropped"][1], port)]
    lines = [pathlib.Path("/etc/hosts").read_text()]
    for one in ADDRESS:
        for other in ADDRESS:
            lines += [f"{ADDRESS[one][0]} {one}-{other}.test", f"{ADDRESS[other][1]} {one}-{other}.test"]
    with tempfile.NamedTemporaryFile("w", prefix="hipbridge-hosts.") as hosts:
        hosts.write("\n".join(lines) + "\n")
        hosts.flush()
        os.chmod(hosts.name, 0o644)
        unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
        code = subprocess.run(unshare + ["sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts.name] + sys.argv[1:],
                              env=os.environ | {"HIPBRIDGE_PORT": str(port)}).returncode
    del kept
    return code


if __name__ == "__main__":
    sys.exit(main())
