"""Simulated terminals that are read on their port (tools/terminal/pulled), driven by lines on their standard input."""

import datetime
import json
import pathlib
import signal
import socket
import subprocess

from support import PORTS

START = datetime.datetime(2026, 9, 21, 14, 13, 20)
COUNTS = {"users": 7, "interval": 37}


def free_ports(count):
    """So many ports in a row that nobody listens on."""
    for first in PORTS[2000:len(PORTS) - count:50]:
        sockets = []
        try:
            for port in range(first, first + count):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    one = socket.socket(socket.AF_INET, kind)
                    sockets.append(one)
                    one.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise AssertionError("no ports are free")


class Pulled:
    """Terminals PUL0001 …; those in the way of a test are its options."""

    def __init__(self, program, *options, terminals=1, port=None, records=100, prefix="PUL"):
        self.count, self.records, self.prefix = terminals, records, prefix
        self.port = port or free_ports(terminals)
        self.command = [str(program), "--port", str(self.port), "--terminals", str(terminals), "--records", str(records),
                        "--serial-prefix", prefix, *map(str, options)]
        self.process = None
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", "the simulator has not begun"

    def order(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def punch(self, count=1):
        assert self.order(f"punch {count}") == "ok"
        self.records += count

    def stats(self):
        return json.loads(self.order("stats"))

    def entries(self, **changes):
        """As they stand in config.json."""
        return [{"address": "127.0.0.1", "port": self.port + i, **changes} for i in range(self.count)]

    def punches(self):
        """(sn, user, time) of all that they hold."""
        return {(f"{self.prefix}{i + 1:04d}", str(10000 + n % COUNTS["users"] + 1),
                 str(START + datetime.timedelta(seconds=n * COUNTS["interval"])))
                for i in range(self.count) for n in range(self.records)}

    def end(self):
        """Fails when anything was sent to them that a reader must not send."""
        if self.process.poll() is None:
            assert self.stats()["forbidden"] == ""
            self.process.stdin.close()
        assert self.process.wait(10) == 0

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)


def program(bridge):
    return pathlib.Path(bridge.terminal).with_name("pulled")
