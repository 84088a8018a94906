"""Conservation from outside: requests at random, of several tables, shapes, wrappings and codes, to the installed service
while the database is killed: persons with times in = rows in the table + refusals counted + records set aside."""

import datetime
import gzip
import os
import random
import re
import urllib.parse

SN = "TEST00000001"
REQUESTS = int(os.environ.get("HIPBRIDGE_REQUESTS", "300"))
PATIENCE = 60 + REQUESTS // 10  # seconds, for what goes through all that is set aside
SEED = int(os.environ.get("HIPBRIDGE_SEED", "20260115"))
CAME_IN = [0, 1, 2, 3, 4, *range(14, 20), 101, 103, 203, 207, 208, 215, 216, 218, 219, 222, 232]
NOT_LET_IN = [20, 23, 27, 29, 41, 61, 104, 223]
UNKNOWN = [125, 130, 160, 199, 300, 3999, 7000]


class Truth:
    """What was sent: no two rows have the same person and time."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = 0
        self.punches, self.refused, self.aside = set(), 0, 0

    def person_and_time(self):
        self.made += 1
        at = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=61 * self.made)
        return str(1000 + self.made % 37), str(at)

    def row(self, access):
        user, at = self.person_and_time()
        chance = self.random.random()
        if not access and self.random.random() < 0.6:
            if chance < 0.8:
                self.punches.add((SN, user, at))
                return f"{user}\t{at}\t{self.random.randrange(6)}\t1\t0\t0"
            self.aside += 1
            return f"{user}\t{at}{self.random.choice([' +0700', '.5', ' p. m.', 'Z'])}\t0\t1"
        code, bucket = (self.random.choice(CAME_IN), "in") if chance < 0.6 else \
            (self.random.choice(NOT_LET_IN), "refused") if chance < 0.8 else (self.random.choice(UNKNOWN), "unknown")
        if bucket == "in":
            self.punches.add((SN, user, at))
        elif bucket == "refused":
            self.refused += 1
        else:
            self.aside += 1
        fields = [f"time={at}", f"pin={user}", "cardno=0", f"event={code}", "inoutstatus=1", "verifytype=4"]
        self.random.shuffle(fields)
        return self.random.choice(["\t", " ", ","]).join(fields)

    def request(self):
        access = self.random.random() < 0.4
        rows = "\n".join(self.row(access) for _ in range(self.random.randrange(1, 5)))
        body = rows.encode() + self.random.choice([b"", b"\n"])
        place = self.random.choice(["/iclock/cdata?SN=%s&table=rtlog", "/iclock/querydata?SN=%s&type=tabledata&tablename=transaction"]
                                   if access else ["/iclock/cdata?SN=%s&table=ATTLOG&Stamp=9999", "/iclock/cdata?SN=%s?table=ATTLOG",
                                                   "/iclock/querydata?SN=%s&type=tabledata&tablename=attlog"])
        wrap = self.random.random()
        if wrap < 0.15:
            body = gzip.compress(body)
        elif wrap < 0.3:
            body = b"data=" + urllib.parse.quote_plus(body).encode()
        return f"POST {place % SN} HTTP/1.1", body


def test_what_goes_in_comes_out(bridge):
    truth = Truth(SEED)
    bridge.write_config(bridge.config(listener={"devices": [{"sn": SN}]}))
    bridge.start()
    for number in range(REQUESTS):
        if number == REQUESTS // 3:
            bridge.database.stop(kill=True)
        if number == REQUESTS * 2 // 3:
            bridge.database.start()
        text, body = truth.request()
        status, _, reply = bridge.request(text, body)
        assert status == 200, (text, body, reply)
    bridge.assert_arrive(truth.punches, seconds=120 + PATIENCE)
    device = next(device for device in bridge.status()["devices"] if device["sn"] == SN)
    shown = bridge.hipctl("rejected", "--limit", "1000000", "--sn", SN, timeout=PATIENCE).stdout
    aside = len(re.findall(r"(?m)^  \d+  \d{4}-", shown))
    assert (sum(device["not_let_in"].values()), aside) == (truth.refused, truth.aside), f"seed {SEED}"

    # What is set aside is read again; there is nothing in it that this version understands.
    done = bridge.hipctl("rejected", "retry", timeout=PATIENCE)
    assert done.returncode == 0 and f"Read again: {truth.aside}. Understood now: 0" in done.stdout, done.stdout
    (bridge.wine.drive_c / "report.txt").unlink(missing_ok=True)
    done = bridge.hipctl("rejected", "export", "C:\\report.txt", "--mask", timeout=PATIENCE)
    report = (bridge.wine.drive_c / "report.txt").read_text("ascii")
    assert done.returncode == 0 and report.count("\n> POST ") == truth.aside
    assert not re.search(r"pin=(?!9+\b)", report) and SN not in report
    done = bridge.hipctl("rejected", "settle", "--sn", SN, "--reason", "looked at", timeout=PATIENCE)
    assert done.returncode == 0 and f"Settled: {truth.aside}" in done.stdout
    assert "Nothing is set aside" in bridge.hipctl("rejected", "--sn", SN).stdout
    bridge.assert_arrive(truth.punches)
