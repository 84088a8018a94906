"""A storm of strangers beside real terminals, for soak_storm.py (minutes) and test_storm.py (seconds).

Strangers speak from addresses of their own (127.0.0.66 and on), which are allowed: they invent serial numbers, and speak in
the names of the real ones: numbers of records, stamps, results of commands, registries, kinds, lines that are none, slow bodies,
and what a page has a browser post. The real terminals are listed without an address, so that nothing keeps strangers from their
names but what the program itself does.
"""

import json
import pathlib
import random
import socket
import threading
import time

from harness import read_answer, wait_for

HELD, WITHHELD = 50, 100  # punches of the terminal that sends the first and keeps the others
MAKER = "SIM"             # prefix of the simulator's serial numbers
KEEPER = "KEEPER0001"
BROWSED = "WEB66"         # whom a page's browser posts, and nobody else
ROOM_KB = 16 * 1024       # private memory may grow by, and the outbox's file beyond what its punches take


def private_kb(bridge):
    total = 0
    for pid in bridge.pids():
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            total += int(line.split()[1]) if line.startswith("Private_") else 0
    return total


def outbox_kb(bridge):
    return sum(file.stat().st_size for file in bridge.data.glob("outbox.db*")) // 1024


def ask(bridge, line, body=b"", source="127.0.0.1", headers=()):
    """A request on a connection of its own: (status, body), or None when it broke."""
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=20, source_address=(source, 0)) as connection:
        head = [line + " HTTP/1.1", f"Host: 127.0.0.1:{bridge.port}", f"Content-Length: {len(body)}", *headers]
        connection.sendall("".join(one + "\r\n" for one in head).encode() + b"\r\n" + body)
        status, _, answer = read_answer(connection)
        return status, answer


class Keeper:
    """A real terminal that says it holds HELD + WITHHELD punches, sends HELD, and the rest only when it is asked again."""

    def __init__(self, bridge, poll_s):
        self.bridge, self.poll_s, self.asked, self.answered = bridge, poll_s, 0, False
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @staticmethod
    def line(number):
        return f"{number}\t2026-01-15 {8 + number // 60:02}:{number % 60:02}:00\t0\t1\n"

    def punches(self, count):
        return {(KEEPER, str(number), f"2026-01-15 {8 + number // 60:02}:{number % 60:02}:00") for number in range(count)}

    def _send(self, numbers, stamp):
        body = "".join(self.line(number) for number in numbers).encode()
        while not self.stop.is_set():
            answer = ask(self.bridge, f"POST /iclock/cdata?SN={KEEPER}&table=ATTLOG&Stamp={stamp}", body)
            if answer and answer[0] == 200:
                return
            time.sleep(1)

    def _run(self):
        self._send(range(HELD), 50)
        while not self.stop.wait(self.poll_s):
            try:
                status, answer = ask(self.bridge, f"GET /iclock/getrequest?SN={KEEPER}&INFO=Ver%208,5,6,{HELD + WITHHELD},127.0.0.1,10")
                if status != 200 or not answer.startswith(b"C:"):
                    continue
                number = answer.split(b":")[1].decode()
                if b"DATA QUERY ATTLOG" in answer:
                    self.asked += 1
                    self._send(range(HELD + WITHHELD), 150)
                    self.answered = True
                ask(self.bridge, f"POST /iclock/devicecmd?SN={KEEPER}", f"ID={number}&Return=0&CMD=DATA\n".encode())
            except (OSError, ValueError):
                pass

    def end(self):
        self.stop.set()
        self.thread.join(30)


class Strangers:
    """`strangers` invented serial numbers, and as many words in others' names, spread over `seconds`."""

    THREADS = 6

    def __init__(self, bridge, strangers, seconds, victims, seed=14):
        self.bridge, self.victims = bridge, victims
        self.pause = seconds * self.THREADS / max(1, strangers)
        self.left, self.lock = strangers, threading.Lock()
        self.sent, self.broken, self.statuses = 0, 0, {}
        self.stop = threading.Event()
        self.slow = []
        self.threads = [threading.Thread(target=self._run, args=(random.Random(seed + i), f"127.0.0.{66 + i}"), daemon=True)
                        for i in range(self.THREADS)]
        for thread in self.threads:
            thread.start()

    def _invented(self, draw, number):
        sn = f"STRANGE{number:06}"
        return draw.choice([
            (f"GET /iclock/getrequest?SN={sn}&INFO=V,1,1,{draw.randrange(2**31)}", b""),
            (f"GET /iclock/cdata?SN={sn}&options=all&DeviceType={draw.choice(['att', 'acc', 'pid'])}", b""),
            (f"POST /iclock/registry?SN={sn}", b""),
            (f"GET /iclock/getrequest?SN={sn}", b""),
        ])

    def _in_the_name_of(self, draw, sn):
        return draw.choice([
            (f"GET /iclock/getrequest?SN={sn}&INFO=V,1,1,{draw.choice([0, 3, 151, 9_000_000, 2_000_000_000])}", b""),
            (f"POST /iclock/cdata?SN={sn}&table=ATTLOG&Stamp=2000000000", draw.choice([b"", b"rubbish\n"])),
            (f"POST /iclock/cdata?SN={sn.lower()}&table=ATTLOG&Stamp=2000000000", b""),
            (f"POST /iclock/devicecmd?SN={sn}", "".join(f"ID={n}&Return=-1&CMD=DATA\n" for n in range(1, 30)).encode()),
            (f"POST /iclock/registry?SN={sn}", b""),
            (f"GET /iclock/cdata?SN={sn}&options=all&DeviceType={draw.choice(['acc', 'pid'])}", b""),
            (f"POST /iclock/cdata?SN={sn}&table=OPERLOG&Stamp=2000000000", b"OPLOG 23\t0\t2026-01-15 08:00:00\t0\t0\t0\t0\n"),
        ])

    def _one(self, draw, source, line, body, headers=()):
        try:
            status = (ask(self.bridge, line, body, source, headers) or (0,))[0]
            with self.lock:
                self.statuses[status] = self.statuses.get(status, 0) + 1
        except (OSError, ValueError):
            with self.lock:
                self.broken += 1
        with self.lock:
            self.sent += 1

    def _open_slowly(self, source):
        try:
            connection = socket.create_connection(("127.0.0.1", self.bridge.port), timeout=5, source_address=(source, 0))
            connection.sendall(f"POST /iclock/cdata?SN=SLOW&table=ATTLOG HTTP/1.1\r\nHost: 127.0.0.1:{self.bridge.port}\r\n"
                               "Content-Length: 60000\r\n\r\n1\t".encode())
            with self.lock:
                self.slow.append(connection)
        except OSError:
            pass

    def _run(self, draw, source):
        began, done = time.monotonic(), 0
        while not self.stop.is_set():
            with self.lock:
                if self.left == 0:
                    return
                self.left -= 1
                number = self.left
            self._one(draw, source, *self._invented(draw, number))
            self._one(draw, source, *self._in_the_name_of(draw, draw.choice(self.victims)))
            if number % 50 == 0:
                self._one(draw, source, f"POST /iclock/cdata?SN={draw.choice(self.victims)}&table=ATTLOG",
                          f"{BROWSED}\t2026-01-15 08:01:02\n".encode(), ["Origin: http://evil.example"])
            if number % 100 == 0 and len(self.slow) < 200:
                self._open_slowly(source)
            done += 1
            self.stop.wait(max(0, began + done * self.pause - time.monotonic()))

    def end(self, at_once=False):
        if at_once:
            self.stop.set()
        for thread in self.threads:
            thread.join(120)
        for connection in self.slow:
            connection.close()
        assert not any(thread.is_alive() for thread in self.threads)


def victims(terminals):
    return [f"{MAKER}{number:04}" for number in range(1, terminals + 1)] + [KEEPER]


def settings(bridge, terminals):
    return bridge.config(sync={"enabled": False}, listener={"delay_s": 10, "error_delay_s": 5,
                                   "devices": [{"sn": sn, "name": f"Gate {i + 1}"} for i, sn in enumerate(victims(terminals))]})


def status(bridge):
    code, _, body = bridge.request("GET /hipbridge/status.json HTTP/1.1")
    assert code == 200, body
    return json.loads(body)


def check_status(now, terminals):
    """What a technician has to see while it lasts."""
    listed = now["devices"][:terminals + 1]
    assert sorted(device["sn"] for device in listed) == sorted(victims(terminals)), "the listed first, and all of them"
    assert all(device["configured"] for device in listed)
    # Other strangers stand in the list only while they are few.
    assert all(device["punches"] for device in now["devices"][terminals + 1:]) or now["strangers"]["count"] <= 10
    codes = [concern["code"] for concern in now["concerns"]]
    assert "terminal_twice" in codes and now["level"] != "good", codes
    return codes


def check_rows(bridge, acknowledged):
    """Every acknowledged punch is in the table, once, and nothing that a stranger said in a real one's name."""
    bridge.assert_arrive(acknowledged, 180, exactly=False)
    rows = bridge.database.punches()
    assert len(rows) == len(set(rows)), "each once"
    assert not [row for row in rows if row[1] == BROWSED], "what the page's browser posted"


def wait_torn(bridge, seconds):
    wait_for(lambda: "terminal_twice" in [concern["code"] for concern in status(bridge)["concerns"]], seconds,
             "two addresses in turn are a concern")
