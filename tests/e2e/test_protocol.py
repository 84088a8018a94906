"""The protocol's corpus, sent to the installed service: what http.sys carries must come out as the pure function has it."""

import re
import urllib.parse

from harness import ROOT

CORPUS = ROOT / "tests" / "corpus" / "iclock"
SN = "TEST00000001"


def unescape(text):
    """The bytes that a corpus text stands for; see README.md there."""
    def one(match):
        code = match[1]
        return {"t": b"\t", "r": b"\r", "n": b"\n", "\\": b"\\"}.get(code) or bytes([int(code[1:], 16)])

    parts = re.split(r"(\\(?:x[0-9A-F]{2}|[trn\\]))", text)
    return b"".join(one(re.match(r"\\(.*)", part)) if part.startswith("\\") else part.encode() for part in parts)


class Case:
    def __init__(self, path, number):
        # Each has a terminal of its own, so that none knows what another told.
        self.name, self.sn = path.stem, f"CASE{number:08d}"
        text = path.read_text("utf-8").replace(SN, self.sn)
        heading, _, rest = text.partition("\n> ")
        self.heading = dict(re.findall(r"(?m)^([a-z ]+): (.*)$", heading))
        request, _, rest = rest.partition("\n< ")
        self.line, _, body = request.partition("\n")
        self.body = unescape(body.strip("\n"))
        reply, *effects = re.split(r"(?m)^! ", rest)
        status, _, reply = reply.partition("\n")
        self.status, self.reply = int(status), unescape(reply.strip("\n"))
        self.effects = [unescape(effect.rstrip("\n")) for effect in effects]
        # A code made of the serial number (FNV-1a) changes with it.
        self.reply = self.reply.replace(b"BD77164D20EFCA92", b"%016X" % self.code())
        self.asked_sn = urllib.parse.unquote((re.search(r"(?i)\bsn=([^&]*)", self.line) or [None, ""])[1]).strip()

    def code(self):
        code = 0xCBF29CE484222325
        for byte in self.sn.encode():
            code = (code ^ byte) * 0x100000001B3 % 2**64
        return code

    def of_kind(self, kind):
        return [effect for effect in self.effects if effect.startswith(kind + b" ")]


def cases():
    found = [Case(path, number) for number, path in enumerate(sorted(CORPUS.glob("*.txt")), 1)]
    assert len(found) >= 120
    return found


KNOWN = set()  # the punches by which terminals were made known


def make_known(bridge, case):
    """Tells the service what it is to know of the case's terminal."""
    for key, table in (("attlog stamp", "ATTLOG"), ("operlog stamp", "OPERLOG")):
        if key in case.heading:
            # A stamp is taken with a delivery that holds something.
            row = b"90001\t2020-01-01 08:00:00\t0\t1\n" if table == "ATTLOG" else b"USER PIN=90001\tName=\n"
            bridge.request(f"POST /iclock/cdata?SN={case.asked_sn}&table={table}&Stamp={urllib.parse.quote(case.heading[key])} HTTP/1.1", row)
            if table == "ATTLOG":
                KNOWN.add((urllib.parse.unquote(case.asked_sn), "90001", "2020-01-01 08:00:00"))
    if "kind" in case.heading:
        bridge.request(f"GET /iclock/cdata?SN={case.asked_sn}&options=all&DeviceType={case.heading['kind']} HTTP/1.1")


def send(bridge, case):
    header = case.heading.get("header", "")
    extra = f"\r\n{header}" if ": " in header else f"\r\n{header}: realtime_glog" if header else ""
    return bridge.request(f"{case.line} HTTP/1.1{extra}", case.body)


def test_the_installed_service_answers_as_the_corpus_says(bridge):
    sent = [case for case in cases() if "installed" not in case.heading]
    assert len(sent) >= 120
    zones = [{"sn": case.asked_sn, "timezone": int(case.heading["timezone"])} for case in sent
             if case.heading.get("timezone", "420") != "420"]
    bridge.write_config(bridge.config(listener={"delay_s": 10, "error_delay_s": 30, "devices": zones}))
    bridge.start()
    wrong = []
    for case in sent:
        make_known(bridge, case)
        status, headers, body = send(bridge, case)
        if (status, body) != (case.status, case.reply):
            wrong.append(f"{case.name}: expected {case.status} {case.reply}, got {status} {body}")
        for effect in case.of_kind(b"stamp ATTLOG"):
            stamp = effect.split(b" ", 2)[2]
            told = bridge.request(f"GET /iclock/cdata?SN={case.asked_sn}&options=all HTTP/1.1")[2]
            if b"\nATTLOGStamp=" + stamp + b"\n" not in told:
                wrong.append(f"{case.name}: the stamp {stamp} is not in {told}")
    assert not wrong, "\n".join(wrong)

    punches, rejected = set(), set()
    for case in sent:
        for effect in case.of_kind(b"punch"):
            sn, user, day, time, *_ = effect.decode().split(" ")[1:]
            punches.add((sn, user, f"{day} {time}"))
        rejected.update(effect[4:] for effect in case.of_kind(b"bad"))
        rejected.update(effect[7:] for effect in case.of_kind(b"whole:"))
    bridge.assert_arrive(punches | KNOWN)
    numbers = {(sn, pin, str(at)): (status, verify) for sn, pin, at, status, verify in
               bridge.database.rows("device_sn, user_id, check_time, status, verify_type")}
    for case in sent:
        first = set()  # of a person and a second: a further row changes nothing
        for effect in case.of_kind(b"punch"):
            sn, user, day, time, status, verify = effect.decode().split(" ")[1:]
            if sn == case.sn and (user, day, time) not in first:
                first.add((user, day, time))
                assert numbers[sn, user, f"{day} {time}"] == (int(status), int(verify)), case.name
    listed = bridge.hipctl("rejected", "--limit", "1000").stdout
    assert [line for line in rejected if line.decode().strip() not in listed] == []
    assert bridge.events(213) and bridge.events(227) and bridge.events(214) and bridge.events(215) and bridge.events(216)
    assert not bridge.events(210) or all("serial number" in event.text for event in bridge.events(210))
