#!/usr/bin/python3
"""hostile_server.py COMMAND…: runs a command beside database servers that do what none should.

Each scenario is a server of its own on loopback. The command finds them by the environment:
  HIPBRIDGE_HOSTILE   a folder with a file for each scenario, whose name is the scenario's and which holds its port;
                      beside it NAME.got, a line for what each connection gave away before it ended
  HIPBRIDGE_HOSTILE_CA, HIPBRIDGE_HOSTILE_OTHER_CA   the authority of the servers' certificate; one that did not sign

A scenario is LINE-PLUGIN: the line is "plain" (no TLS offered), "tls" (a certificate for "localhost"), "named" (one for
another name), "broken" (TLS offered, then none spoken), "swap" (another certificate from the second connection on),
"old" (a greeting of before there were plugins), or "closed" (no greeting, but an error: its number stands in the plugin's
place); the plugin is the way to log in that the server asks for.
"""
import itertools
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading

SSL, PLUGIN_AUTH = 0x800, 0x80000
CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | PLUGIN_AUTH | 0x200000
SALT = b"abcdefghijklmnopqrst"
PLUGINS = ["mysql_native_password", "client_ed25519", "caching_sha2_password", "sha256_password", "mysql_clear_password",
           "mysql_old_password", "dialog", "auth_gssapi_client", "hipbridge_login", "password"]
SCENARIOS = [f"{line}-{plugin}" for line in ("plain", "tls") for plugin in PLUGINS] + [
    "named-caching_sha2_password", "broken-caching_sha2_password", "swap-mysql_native_password", "old-mysql_native_password",
    "closed-1040", "closed-1129", "closed-1130"]
PASSWORD = b"right"


class Gone(Exception):
    pass


class Connection:
    def __init__(self, sock):
        self.sock, self.sequence = sock, 0

    def bytes(self, count):
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise Gone
            data += more
        return data

    def read(self):
        head = self.bytes(4)
        self.sequence = (head[3] + 1) % 256
        return self.bytes(int.from_bytes(head[:3], "little"))

    def write(self, payload):
        self.sock.sendall(len(payload).to_bytes(3, "little") + bytes([self.sequence]) + payload)
        self.sequence = (self.sequence + 1) % 256


def greeting(line, plugin):
    capabilities = CAPABILITIES | (0 if line in ("plain", "old") else SSL)
    if line == "old":
        capabilities &= ~PLUGIN_AUTH
    version = b"8.0.0\x1b[2J-hostile\xff\0"
    first = plugin if plugin in ("mysql_native_password", "caching_sha2_password") else "mysql_native_password"
    return (b"\x0a" + version + struct.pack("<I", 7) + SALT[:8] + b"\0" + struct.pack("<H", capabilities & 0xFFFF) + b"\x2d"
            + struct.pack("<HH", 2, capabilities >> 16) + bytes([21]) + bytes(10) + SALT[8:] + b"\0"
            + (first.encode() + b"\0" if line != "old" else b""))


def serve(connection, line, plugin, context, got):
    if line == "closed":
        connection.write(b"\xff" + struct.pack("<H", int(plugin)) + b"Not you, at \x1b[31mhome")
        return
    connection.write(greeting(line, plugin))
    answer = connection.read()
    if line not in ("plain", "old"):
        if len(answer) > 32:
            got.append("no wish for TLS")
        elif line == "broken":
            connection.sock.sendall(b"\x15\x03\x01\x00\x02\x02\x28no TLS here")
            connection.read()
            return
        else:
            connection.sock = context.wrap_socket(connection.sock, server_side=True)
            answer = connection.read()
    got.append("the user")
    if PASSWORD in answer:
        got.append("the password")
    if line == "old" and len(answer) > 60:
        got.append("a proof")
    connection.write(b"\xfe" + plugin.encode() + b"\0" + SALT + (SALT[:12] if plugin == "client_ed25519" else b"\0"))
    for _ in range(4):
        answer = connection.read()
        if PASSWORD in answer:
            got.append("the password")
        elif len(answer) in (20, 32, 64):
            got.append("a proof")
        elif len(answer) > 64:
            got.append("the password for our key")
        elif answer == b"\2" or answer == b"\1":
            got.append("a question for our key")
            connection.write(b"\1" + KEY)
            continue
        if plugin == "caching_sha2_password" and len(answer) == 32:
            connection.write(b"\1\4")  # the full way
            continue
        break
    if line == "swap":
        connection.write(b"\0\0\0\2\0\0\0")
        connection.sequence = 0
        connection.read()
        connection.sequence = 1
    connection.write(b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied by the hostile server")


def run(name, folder, certificates):
    line, _, plugin = name.partition("-")
    listener = socket.create_server(("127.0.0.1", 0))
    (folder / name).write_text(str(listener.getsockname()[1]))
    report = folder / (name + ".got")
    report.write_text("")

    def loop():
        for count in itertools.count():
            sock, _ = listener.accept()
            sock.settimeout(20)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            chosen = {"named": "named", "swap": "server" if count == 0 else "second"}.get(line, "server")
            context.load_cert_chain(certificates / (chosen + ".pem"), certificates / (chosen + ".key"))
            got, connection = [], Connection(sock)
            try:
                serve(connection, line, plugin, context, got)
            except (Gone, OSError):
                pass
            connection.sock.close()
            with report.open("a") as out:
                out.write((", ".join(got) or "nothing") + "\n")

    threading.Thread(target=loop, daemon=True).start()


def certificate(folder, name, subject, extension):
    openssl = ["openssl"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(openssl + ["req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={subject}", "-keyout", folder / f"{name}.key",
                              "-out", folder / f"{name}.csr"], **quiet)
    (folder / "extensions").write_text(extension)
    subprocess.run(openssl + ["x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
                              "-CAcreateserial", "-days", "30", "-extfile", folder / "extensions", "-out", folder / f"{name}.pem"], **quiet)


def authority(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}", "-addext",
                    "basicConstraints=critical,CA:TRUE", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


KEY = b""


def open_all(folder):
    """Every scenario's server, on certificates made in `folder`: the folder of their ports and of what they got."""
    global KEY
    authority(folder, "ca")
    authority(folder, "other")
    for one in ("server", "second"):
        certificate(folder, one, "localhost", "subjectAltName=DNS:localhost\n")
    certificate(folder, "named", "MySQL_Server_Auto_Generated", "basicConstraints=CA:FALSE\n")
    KEY = subprocess.run(["openssl", "rsa", "-in", folder / "server.key", "-pubout"], check=True, capture_output=True).stdout
    ports = folder / "ports"
    ports.mkdir()
    for scenario in SCENARIOS:
        run(scenario, ports, folder)
    return ports


def main():
    with tempfile.TemporaryDirectory(prefix="hipbridge-hostile.") as name:
        folder = pathlib.Path(name)
        ports = open_all(folder)
        environment = os.environ | {"HIPBRIDGE_HOSTILE": str(ports), "HIPBRIDGE_HOSTILE_CA": str(folder / "ca.pem"),
                                    "HIPBRIDGE_HOSTILE_OTHER_CA": str(folder / "other.pem")}
        # Into a file: what Wine starts on the way would keep a pipe of ctest's open after the test's own end.
        with (folder / "said").open("w+b") as said:
            code = subprocess.run(sys.argv[1:], env=environment, stdout=said, stderr=said).returncode
            said.seek(0)
            sys.stdout.buffer.write(said.read())
        return code


if __name__ == "__main__":
    sys.exit(main())
