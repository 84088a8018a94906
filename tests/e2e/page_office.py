"""An office for the status page to show: terminals of a week, logs, and what can go wrong."""

import contextlib
import datetime
import random
import shutil
import sqlite3

from harness import wait_for

ZONE_H = 7
TERMINALS = [("CDQ9192960002", "Front gate", 46), ("CDQ9192960003", "Warehouse", 28), ("AF4C201260011", "Office", 17),
             ("AF4C201260012", "Canteen", 11)]
DEVICES = [{"sn": sn, "name": name} for sn, name, _ in TERMINALS]


def wall_now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0) + datetime.timedelta(hours=ZONE_H)


def week(seed=7):
    """{sn: [(pin, time)]}: people who come at eight, eat at noon and leave at five, fewer at the weekend; up to now."""
    chance, now, punches = random.Random(seed), wall_now(), {}
    today = now.replace(hour=0, minute=0, second=0)
    for number, (sn, _, people) in enumerate(TERMINALS):
        found = set()
        for back in range(8):
            day = today - datetime.timedelta(days=back)
            here = people if day.weekday() < 5 else people // 6
            for person in range(here):
                pin = str(1001 + number * 100 + person)
                for hour, spread in ((7.9, 0.35), (12.1, 0.3), (12.9, 0.3), (17.3, 0.6)):
                    if chance.random() < 0.9:
                        at = day + datetime.timedelta(seconds=int(3600 * chance.gauss(hour, spread)))
                        if day <= at < min(now, day + datetime.timedelta(days=1)):
                            found.add((pin, str(at)))
        punches[sn] = sorted(found, key=lambda one: one[1])
    return punches


def push(bridge, sn, punches, info=True, stamp=1):
    """Delivers as a terminal does: handshake, what it says of itself, its punches."""
    bridge.request(f"GET /iclock/cdata?SN={sn}&options=all&pushver=2.4.1 HTTP/1.1")
    for start in range(0, len(punches), 1000):
        body = "".join(f"{pin}\t{at}\t0\t1\t0\t0\t0\n" for pin, at in punches[start:start + 1000]).encode()
        assert bridge.request(f"POST /iclock/cdata?SN={sn}&table=ATTLOG&Stamp={stamp} HTTP/1.1", body)[0] == 200
    if info:
        bridge.request(f"GET /iclock/getrequest?SN={sn}&INFO=Ver%208.0.4.3-20190709,60,120,{len(punches)},192.168.1.201,10,7,0,1 HTTP/1.1")


def move_in(bridge):
    """All of the week delivered, two log files archived; the punches that are now in the table."""
    expected = set()
    for sn, punches in week().items():
        push(bridge, sn, punches)
        expected |= {(sn, pin, at) for pin, at in punches}
    bridge.assert_arrive(expected, exactly=False)
    return expected


def remember_a_day(bridge):
    """Samples of a day in which the database was once away; the service is stopped."""
    with contextlib.closing(sqlite3.connect(bridge.data / "outbox.db")) as outbox, outbox:
        now = int(datetime.datetime.now().timestamp())
        for at in range(now - 86000, now - 200, 300):
            into = (at - (now - 40000)) / 9000
            depth = int(260 * into * (1.15 - into) * 2.3) if 0 < into < 1 else (2 if at % 1500 < 300 else 0)
            outbox.execute("INSERT OR REPLACE INTO sample VALUES (?, ?, ?)",
                           (at, depth, int(into * 9000) if 0 < into < 1 else 5 if depth else 0))
        # Of the week delivered at once, most would have taken days.
        outbox.execute("DELETE FROM delivery")
        for kind, punches in enumerate((703, 164, 31, 12, 46, 260, 0)):
            outbox.execute("INSERT INTO delivery VALUES (?, ?, ?, ?)", (now // 900, kind, punches, punches * 4 ** kind))
            outbox.execute("INSERT INTO delivery VALUES (0, ?, ?, ?)", (kind, punches, punches * 4 ** kind))


@contextlib.contextmanager
def outbox_of(bridge, folder):
    """A copy of the outbox as it is now; the service is idle."""
    for path in bridge.data.glob("outbox.db*"):
        if not path.name.endswith("-shm"):
            shutil.copy(path, folder)
    with contextlib.closing(sqlite3.connect(folder / "outbox.db")) as outbox:
        yield outbox


def settled(bridge):
    """Waits until the status says that all is in the database."""
    wait_for(lambda: bridge.status()["outbox"]["waiting"] == 0, 30, "nothing waits")
