"""200 simulated terminals for ten minutes under Wine: 5 % of the uploads vanish in mid-request, 1 % of requests are hostile.

    soak_terminals.py [MINUTES] [--terminals N] [--keep]

Nothing that was acknowledged may be missing in the table, private memory must stay flat, and the status must answer
within a second all the time.
"""

import argparse
import json
import pathlib
import random
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402

RATE = 0.05  # punches a second of a terminal, which is a busy gate
MEMORY_MAY_GROW_KB = 16 * 1024


def private_kb(bridge):
    total = 0
    for pid in bridge.pids():
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            total += int(line.split()[1]) if line.startswith("Private_") else 0
    return total


class Hostile:
    """Bytes without a meaning or nearly a request, some cut; a few a second, of an address of its own."""

    def __init__(self, bridge, per_second):
        self.bridge, self.pause, self.sent = bridge, 1 / per_second, 0
        self.random, self.stop = random.Random(7), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _bytes(self):
        draw = self.random
        host = f"Host: 127.0.0.1:{self.bridge.port}\r\n"
        junk = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 2000)))
        plain = "".join(draw.choice("ABCxyz0189%&=/.-_+") for _ in range(draw.randrange(1, 200)))
        return draw.choice([
            f"GET /{plain} HTTP/1.1\r\n{host}\r\n".encode(),
            f"POST /iclock/cdata?SN={plain}&table=ATTLOG HTTP/1.1\r\n{host}Content-Length: {len(junk)}\r\n\r\n".encode() + junk,
            f"POST /iclock/cdata?SN=HOSTILE&table={plain} HTTP/1.1\r\n{host}Content-Length: {len(junk)}\r\n\r\n".encode() + junk,
            f"POST /iclock/devicecmd?SN=HOSTILE HTTP/1.1\r\n{host}Content-Length: {len(junk) + 50}\r\n\r\n".encode() + junk,
            f"POST /iclock/cdata?SN=HOSTILE&table=ATTLOG HTTP/1.1\r\n{host}Content-Length: abc\r\n\r\n".encode(),
        ])

    def _run(self):
        while not self.stop.wait(self.pause):
            try:
                with socket.create_connection(("127.0.0.1", self.bridge.port), timeout=2,
                                              source_address=("127.0.0.3", 0)) as connection:
                    connection.sendall(self._bytes())
                    connection.settimeout(0.5)
                    connection.recv(4096)
            except OSError:
                pass
            self.sent += 1

    def end(self):
        self.stop.set()
        self.thread.join(10)
        return self.sent


def watch(bridge, run, seconds):
    """Looks in every ten seconds until the time is over; returns memory and status times."""
    memory, status = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end and run.process.poll() is None:
        time.sleep(min(10, max(0.1, end - time.monotonic())))
        began = time.monotonic()
        answer = bridge.request("GET /hipbridge/status.json HTTP/1.1")
        assert answer[0] == 200 and json.loads(answer[2]), answer
        status.append(time.monotonic() - began)
        memory.append(private_kb(bridge))
        print(f"  {len(run.acknowledged())} acknowledged, private memory {memory[-1]} KB, status {status[-1]:.2f} s",
              flush=True)
    return memory, status


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("minutes", nargs="?", type=float, default=10)
    arguments.add_argument("--terminals", type=int, default=200)
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    seconds = int(options.minutes * 60)
    with harness.installed(options.keep, settings=lambda bridge: bridge.config(listener={"delay_s": 10, "error_delay_s": 5})) as bridge:
        run = bridge.terminals("--terminals", options.terminals, "--punches", 0, "--rate", RATE, "--batch", 10,
                               "--vanish", 5, "--poll=10", "--seconds", seconds, "--retry", 2,
                               "--give-up", 120)
        requests_a_second = options.terminals * (RATE + 0.1)
        hostile = Hostile(bridge, max(0.2, requests_a_second / 100))
        memory, status = watch(bridge, run, seconds)
        summary, code = run.end(300)
        sent = hostile.end()
        bridge.assert_arrive(run.acknowledged(), 120, exactly=False)
        grown = memory[-1] - memory[min(2, len(memory) - 1)]
        print(f"{options.terminals} terminals, {seconds} s: {summary['requests']} requests, {summary['acked']} punches "
              f"acknowledged and in the table, {summary['vanished']} uploads vanished, {sent} hostile requests, "
              f"p99 {summary['latency_ms']['p99']:.0f} ms; private memory {grown:+d} KB, slowest status "
              f"{max(status):.2f} s")
        assert code == 0, summary
        assert grown < MEMORY_MAY_GROW_KB and max(status) < 1, (memory, status)


if __name__ == "__main__":
    main()
