"""What the parts of the harness share: waiting, ports, addresses, folders, HTTP answers."""

import contextlib
import itertools
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def wait_for(condition, seconds, what, moving=None):
    """The condition's first true value; polled until the deadline, then an AssertionError names what was waited for.
    What is a text, or a function that makes one then. `moving`: for work whose length is the machine's affair, a function
    whose value changes while it goes on; the seconds are then those without a change."""
    began = changed = time.monotonic()
    before = None
    while True:
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if moving is not None and (here := moving()) != before:
            before, changed = here, now
        if now > changed + seconds:
            took = f"{now - began:.0f} s, the last {seconds} without a move," if moving else f"{seconds} s"
            raise AssertionError(f"after {took} still not: {what() if callable(what) else what}")
        time.sleep(0.05)


# What runs by itself, a soak that lasts an hour, keeps out of the way of what is started beside it: the port of a database
# that it has stopped is free for whoever asks.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", f"gw{2 + os.getpid() % 5}")[2:])
# Wine's http.sys compares ports without their last digit: two servers in one prefix differ in another one.
PORTS = range(11000 + WORKER * 3000, 14000 + WORKER * 3000)
_ports = itertools.cycle(PORTS[:2000:10])


def free_port():
    """A port that nobody listens on; of this process's own range, and none that the system gives to a connection going
    out, which could take it before it is listened on."""
    for port in itertools.islice(_ports, 200):
        with contextlib.suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def as_root(*command):
    """Runs a command as root; False when this user may not."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    try:
        subprocess.run([*prefix, *command], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@contextlib.contextmanager
def other_address():
    """An IPv4 address of this machine that is not loopback: its own, or one that lo is lent for the time, where this
    user may; else None."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        own = probe.getsockname()[0]
        if not own.startswith("127."):
            yield own
            return
    # One of those kept for documents; another run at the same time takes another one.
    candidates = [f"198.51.100.{1 + (os.getpid() + i) % 254}" for i in range(20)]
    lent = next((address for address in candidates if as_root("ip", "addr", "add", f"{address}/32", "dev", "lo")), None)
    try:
        yield lent
    finally:
        if lent:
            as_root("ip", "addr", "del", f"{lent}/32", "dev", "lo")


def windows_path(path):
    """Z: is the root folder in every prefix."""
    return "Z:" + str(path).replace("/", "\\")


def read_answer(connection, bodyless=False):
    """One HTTP answer with Content-Length (or until the end); what there is of it is told when the rest does not come in the
    connection's time."""
    data = b""

    def more():
        try:
            return connection.recv(65536)
        except TimeoutError:
            raise TimeoutError(f"after {connection.gettimeout()} s still not: a whole HTTP answer; so far {data[:400]!r}") from None

    while b"\r\n\r\n" not in data:
        got = more()
        if not got:
            return None, {}, data
        data += got
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = 0 if bodyless else int(headers.get("content-length", "0"))
    while len(body) < length:
        got = more()
        if not got:
            break
        body += got
    return int(first.split()[1]), headers, body


@contextlib.contextmanager
def temporary_folder(keep=False):
    """Short and on a local disk: a Unix socket's path must fit."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hipbridge-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
