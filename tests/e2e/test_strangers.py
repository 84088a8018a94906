"""What a stranger on an allowed network says in the name of a terminal, or of terminals that he invents: nothing real is lost,
spoilt or hidden, and he gains nothing that lasts.

One running service for all of them. Strangers speak from 127.0.0.66, the terminals from 127.0.0.1. What needs hours (audit,
silence) is in tests/unit/terminals; thousands of strangers at once are in test_storm.py, browsers and refused ones in test_http.py.
"""

import json
import os
import re
import socket

import pytest
import storm
from harness import wait_for

HERE, STRANGER = "127.0.0.1", "127.0.0.66"
AT = "2026-01-15 08:00:00"


class Site:
    def __init__(self, bridge):
        self.bridge = bridge

    def say(self, line, body=b"", source=HERE):
        """(status, answer)"""
        return storm.ask(self.bridge, line, body.encode() if isinstance(body, str) else body, source)

    def push(self, sn, *lines, source=HERE, stamp=None, table="ATTLOG"):
        query = f"SN={sn}&table={table}" + (f"&Stamp={stamp}" if stamp is not None else "")
        status, answer = self.say(f"POST /iclock/cdata?{query}", "".join(line + "\n" for line in lines), source)
        return status, answer.decode("utf-8", "replace")

    def handshake(self, sn, source=HERE, more=""):
        return self.say(f"GET /iclock/cdata?SN={sn}&options=all{more}", source=source)[1].decode()

    def poll(self, sn, source=HERE, more=""):
        return self.say(f"GET /iclock/getrequest?SN={sn}{more}", source=source)[1].decode()

    def rows(self, sn):
        return sorted((user, str(at)) for sn_, user, at in self.bridge.database.rows() if sn_ == sn)

    def arrive(self, sn, *rows):
        wait_for(lambda: self.rows(sn) == sorted(rows), 20, lambda: f"{rows} of {sn}; there are {self.rows(sn)}")

    def shown(self, sn):
        """Its entry in the status once the service has written it down."""
        return {device["sn"]: device for device in storm.status(self.bridge)["devices"]}.get(sn)

    def wait_shown(self, sn, what, value):
        wait_for(lambda: (self.shown(sn) or {}).get(what) == value, 20, lambda: f"{sn}: {what} {value}; {self.shown(sn)}")


@pytest.fixture(scope="module")
def running(installed):
    if installed.pids():
        installed.stop()
    installed.reset()
    listed = [{"sn": "CDQ9190001", "name": "Gate", "address": HERE}, {"sn": "NEVER1", "name": "Never heard"},
              *({"sn": f"REAL{number}"} for number in range(10))]
    installed.write_config(installed.config(sync={"enabled": False}, listener={"devices": listed}))
    installed.start()
    yield Site(installed)
    installed.stop()


@pytest.fixture
def site(running, request):
    request.node.bridge = running.bridge
    if not running.bridge.pids():  # a test before this one failed
        running.bridge.start()
    return running


@pytest.mark.parametrize("spoofed", ["INFO=V,1,1,2000000000", "INFO=V,1,1,9000000", "INFO=V,1,1,0", "INFO=V,1,1,-7"])
def test_what_a_stranger_says_that_it_holds_is_not_believed(site, spoofed):
    sn = "REAL0"
    site.push(sn, f"1\t{AT}\t0\t1")
    site.poll(sn, more="&INFO=V,1,1,5")
    site.poll(sn, STRANGER, f"&{spoofed}")
    site.say(f"POST /iclock/devicecmd?SN={sn}", "".join(f"ID={number}&Return=-1&CMD=DATA\n" for number in range(1, 20)), STRANGER)
    site.poll(sn, more="&INFO=V,1,1,6")
    site.wait_shown(sn, "holds", 6)
    said = site.bridge.hipctl("device", sn).stdout
    assert f'"devices": [{{ "sn": "{sn}", "address": "{HERE}" }}]' in said and f"{STRANGER} speaks in its name too" in said, said
    assert "held 6 records" in said and "did not send them" not in said, said


def test_a_number_beyond_any_terminal_is_not_believed_of_itself_either(site):
    site.push("REAL1", f"1\t{AT}\t0\t1")
    site.poll("REAL1", more="&INFO=V,1,1,5")
    site.wait_shown("REAL1", "holds", 5)
    for wrong in ("2000000000", "10000001", "99999999999999999999"):
        site.poll("REAL1", more=f"&INFO=V,1,1,{wrong}")
    assert "held 5 records" in site.bridge.hipctl("device", "REAL1").stdout
    site.poll("REAL1", more="&INFO=V,1,1,3")  # emptied: it is counted anew
    site.wait_shown("REAL1", "holds", 3)


def test_an_address_is_not_walked_round_by_other_letters(site):
    for sn in ("CDQ9190001", "cdq9190001", "Cdq9190001", "cDQ9190001"):
        assert site.push(sn, f"66\t{AT}\t0\t1", source=STRANGER)[0] == 403, sn
        assert site.push(sn, f"{sn[:3]}\t{AT}\t0\t1")[0] == 200, sn
    site.arrive("CDQ9190001", ("CDQ", AT), ("cdq", AT), ("Cdq", AT), ("cDQ", AT))
    assert not site.rows("cdq9190001"), "the listed spelling is the terminal's"


def test_people_who_differ_by_case_or_accent_are_two(site):
    users = ["a1", "A1", "e", "é", "E", "É", "ß", "ss", "7", "07"]
    assert site.push("REAL2", *(f"{user}\t{AT}\t0\t1" for user in users)) == (200, f"OK: {len(users)}")
    site.arrive("REAL2", *((user, AT) for user in users))
    twice = site.bridge.folder / "twice.json"
    for one, other in (("ab1", "AB1"), ("Ab1", "aB1"), ("x", "X")):
        twice.write_text(json.dumps({"listener": {"devices": [{"sn": one}, {"sn": other}]}}))
        done = site.bridge.hipctl("--config", "Z:" + str(twice).replace("/", "\\"), "check-config")
        assert done.returncode == 1 and "capital or small letters are the same" in done.stdout, done


@pytest.mark.parametrize("body, moved", [("", False), ("\n\n", False), ("rubbish\n", False), ("1\t2026-02-30 08:00:00\t0\t1\n", False),
                                         (f"1\t{AT}\t0\t1\n", True), (f"rubbish\n2\t{AT}\t0\t1\n", True)])
def test_a_stamp_needs_a_punch(site, body, moved):
    stamp = re.search(r"ATTLOGStamp=(\w+)", site.handshake("REAL3")).group(1)
    site.say("POST /iclock/cdata?SN=REAL3&table=ATTLOG&Stamp=" + str(int(stamp) + 100), body)
    now = re.search(r"ATTLOGStamp=(\w+)", site.handshake("REAL3")).group(1)
    assert int(now) - int(stamp) == (100 if moved else 0)


def test_a_stranger_s_stamp_makes_it_skip_nothing(site):
    site.push("REAL4", f"1\t{AT}\t0\t1", stamp=5)
    for body in ("", "rubbish", f"66\t{AT}\t0\t1"):
        site.push("REAL4", body, source=STRANGER, stamp=2000000000)
    assert "ATTLOGStamp=5\n" in site.handshake("REAL4")


def test_its_kind_is_what_it_says_and_sends_itself(site):
    site.push("REAL5", f"1\t{AT}\t0\t1")
    site.handshake("REAL5", STRANGER, "&DeviceType=pid")
    site.handshake("REAL5", STRANGER, "&DeviceType=acc")
    site.say("POST /iclock/registry?SN=REAL5", source=STRANGER)
    assert site.push("REAL5", f"2\t{AT}\t0\t1") == (200, "OK: 1")
    site.handshake("REAL5", more="&DeviceType=pid")  # and of itself, for once
    site.handshake("REAL5")
    assert site.push("REAL5", f"3\t{AT}\t0\t1") == (200, "OK: 1")
    site.arrive("REAL5", ("1", AT), ("2", AT), ("3", AT))
    assert not site.shown("REAL5")["kind"]


def test_a_command_is_its_own_and_so_is_the_answer(site):
    site.push("REAL6", f"1\t{AT}\t0\t1")
    site.wait_shown("REAL6", "punches", 1)
    assert site.bridge.hipctl("device", "REAL6", "info").returncode == 0
    assert site.poll("REAL6", STRANGER).strip() == "OK", "handed to nobody else"
    number = re.match(r"C:(\d+):INFO", wait_for(lambda: re.match(r"C:\d+:INFO", site.poll("REAL6")), 10, "the command").group(0)).group(1)
    for result in (f"ID={number}&Return=-1&CMD=INFO", f"ID={number}&Return=0&CMD=INFO\nFWVersion=evil", f"ID={number}"):
        site.say("POST /iclock/devicecmd?SN=REAL6", result + "\n", STRANGER)
    said = site.bridge.hipctl("device", "REAL6").stdout
    assert "handed out" in said and "evil" not in said, said
    site.say("POST /iclock/devicecmd?SN=REAL6", f"ID={number}&Return=0&CMD=INFO\nFWVersion=Ver 8\n")
    assert "done" in site.bridge.hipctl("device", "REAL6").stdout


UNSEEN = "\u202e\u200d\u2028\u2066\u200b\ufeff"


def test_what_nobody_can_see_is_in_no_id_and_no_text(site):
    for character in UNSEEN:
        for user in (f"4{character}2", f"{character}42", f"42{character}"):
            assert site.push("REAL7", f"{user}\t{AT}\t0\t1")[0] == 200
    site.push("REAL7", f"42\t{AT}\t0\t1")
    site.say("GET /iclock/getrequest?SN=REAL7&INFO=V%E2%80%AE8,1,1,5")
    site.arrive("REAL7", ("42", AT))
    listed = site.bridge.hipctl("rejected", "--sn", "REAL7").stdout
    site.wait_shown("REAL7", "holds", 5)
    for text in (listed, site.bridge.hipctl("status").stdout, site.bridge.hipctl("device", "REAL7").stdout,
                 json.dumps(site.shown("REAL7"), ensure_ascii=False)):
        assert not set(UNSEEN) & set(text), ascii(text)
    assert len(re.findall("REAL7", listed)) >= len(UNSEEN), listed


@pytest.mark.parametrize("status, verify, stored", [
    ("99999999999", "1", None), ("2147483648", "1", None), ("-99999999999", "1", None), ("0", "99999999999", None),
    ("x", "1", (255, 1)), ("", "1", (0, 1)), ("255", "1", (255, 1)), ("5", "x", (5, 255)),
])
def test_a_status_that_is_none_is_not_in(site, status, verify, stored):
    user, behind = f"s{status}v{verify}"[:20], f"b{status}v{verify}"[:20]
    site.push("REAL8", f"{user}\t{AT}\t{status}\t{verify}")
    site.push("REAL8", f"{behind}\t{AT}\t0\t1")

    def found(who):
        return [row[1:] for row in site.bridge.database.rows("user_id, status, verify_type") if row[0] == who]

    wait_for(lambda: found(behind), 20, "the one behind it is there")
    assert found(user) == ([] if stored is None else [stored])
    if stored is None:
        assert user in site.bridge.hipctl("rejected", "--sn", "REAL8").stdout


def test_one_who_sends_rubbish_pushes_nobody_s_out(site):
    site.push("REAL9", "this one matters")
    for at in range(0, 10_050, 2010):
        assert site.push("NOISY1", *(f"rubbish {number} of a stranger" for number in range(at, at + 2010)), source=STRANGER)[0] == 200
    for number in range(3):  # and in a listed one's name
        site.push("REAL8", *(f"rubbish {number} {line}" for line in range(400)), source=STRANGER)
    assert "this one matters" in site.bridge.hipctl("rejected", "--sn", "REAL9").stdout
    assert site.push("REAL9", f"1\t{AT}\t0\t1") == (200, "OK: 1")
    site.arrive("REAL9", ("1", AT))


def test_strangers_without_end_hide_and_cost_no_terminal(site):
    with socket.create_connection((HERE, site.bridge.port), source_address=(STRANGER, 0), timeout=20) as connection:
        for number in range(1100):
            connection.sendall(f"GET /iclock/getrequest?SN=INV{number:05} HTTP/1.1\r\nHost: 127.0.0.1:{site.bridge.port}\r\n\r\n".encode())
            assert storm.read_answer(connection)[0] == 200
    wait_for(lambda: storm.status(site.bridge)["strangers"]["count"] >= 1000, 20, lambda: storm.status(site.bridge)["strangers"])
    now = storm.status(site.bridge)
    listed = [device for device in now["devices"] if device["configured"]]
    assert len(listed) == 12 and now["devices"][:12] == listed, "listed first, and all of them"
    assert not [device for device in now["devices"] if device["sn"].startswith("INV")]
    metrics = site.bridge.request("GET /hipbridge/metrics HTTP/1.1")[2].decode()
    assert 'sn="NEVER1"' in metrics and "INV0" not in metrics and re.search(r"^hipbridge_strangers \d{4}$", metrics, re.MULTILINE)
    device = site.bridge.hipctl("device").stdout
    assert device.index("CDQ9190001") < device.index("without a punch") and device.count("INV") <= 200, device[:2000]
    assert site.push("REAL9", f"2\t{AT}\t0\t1") == (200, "OK: 1")


def test_slow_bodies_hold_nobody_up(site):
    slow = []
    try:
        for number in range(384):
            source = f"127.0.0.{66 + number % 2}"
            connection = socket.create_connection((HERE, site.bridge.port), source_address=(source, 0), timeout=20)
            slow.append(connection)
            connection.sendall(f"POST /iclock/cdata?SN=SLOW{number}&table=ATTLOG HTTP/1.1\r\nHost: 127.0.0.1:{site.bridge.port}\r\n"
                               "Content-Length: 60000\r\n\r\n1\t".encode())
        for number in range(20):
            assert site.push("REAL9", f"{100 + number}\t{AT}\t0\t1") == (200, "OK: 1")
    finally:
        for connection in slow:
            connection.close()


def test_what_a_server_calls_itself_is_shown_clean(site):
    """At the end: the database is another one for the time."""
    site.bridge.database.stop()
    site.bridge.database.start("--version=10.11.0-\x1b[31m\x07red\x9b1m\u202e")
    try:
        said = site.bridge.hipctl("test-db").stdout
        assert "10.11.0" in said and not set("\x1b\x07\x9b\u202e") & set(said), ascii(said)
        site.push("REAL9", f"300\t{AT}\t0\t1")
        done = site.bridge.hipctl("sync-now")
        assert done.returncode == 0 and "There is no log folder to read" in done.stdout, done
        wait_for(lambda: ("300", AT) in site.rows("REAL9"), 20, "it goes on")
        shown = [site.bridge.hipctl("status").stdout, json.dumps(storm.status(site.bridge), ensure_ascii=False),
                 *(event.text for event in site.bridge.events(400))]
        assert not [text for text in shown if set("\x1b\x07\x9b\u202e") & set(text)]
    finally:
        site.bridge.database.stop()
        site.bridge.database.start()


# ---- who may write into the log folder ----

def premium(*users):
    return "".join(f"{number:<6} {user:<9} 14/01/2026 10:48:21 AM      1 T\r\n" for number, user in enumerate(users, 1)).encode()


def replace(path, content):
    """By another file of the same size and time."""
    was, new = path.stat(), path.with_suffix(".new")
    new.write_bytes(content)
    assert new.stat().st_size == was.st_size
    os.utime(new, ns=(was.st_atime_ns, was.st_mtime_ns))
    new.rename(path)


def rewrite(path, content):
    """In place, within the same second."""
    was = path.stat()
    path.write_bytes(content)
    assert path.stat().st_size == was.st_size
    second, within = divmod(was.st_mtime_ns, 1_000_000_000)
    os.utime(path, ns=(was.st_atime_ns, second * 1_000_000_000 + (within + 400_000_000) % 1_000_000_000))


def test_what_is_laid_into_the_log_folder(bridge):
    """Names that lead elsewhere, a bad log touched again and again, a log that is replaced after it was read."""
    bridge.start()
    bridge.database.stop()
    (bridge.alog / "bad.txt").write_bytes(premium("1") + b"2 7 31/02/2026 10:00:00 AM 1 T\r\nwhat is this 1\r\n")
    for number in range(3):
        os.utime(bridge.alog / "bad.txt", (1_700_000_000 + number, 1_700_000_000 + number))
        assert "bad.txt" in bridge.hipctl("sync-now").stdout
    rejected = (bridge.archive / "bad.txt.rejected.txt").read_text()
    assert rejected.count("line 2: no date") == 1 and rejected.count("line 3: ") == 1, rejected

    for name, user in (("own.txt", "66"), ("config.txt", "67"), ("other.txt", "68")):
        elsewhere = bridge.folder / ("elsewhere-" + name)
        elsewhere.write_bytes(premium(user))
        os.link(elsewhere, bridge.alog / name)
    (bridge.alog / "replaced.txt").write_bytes(premium("3"))
    (bridge.alog / "rewritten.txt").write_bytes(premium("5"))
    said = bridge.hipctl("sync-now").stdout
    assert "replaced.txt: 1 new" in said and "rewritten.txt: 1 new" in said, said
    replace(bridge.alog / "replaced.txt", premium("4"))
    rewrite(bridge.alog / "rewritten.txt", premium("6"))
    bridge.database.start()
    bridge.hipctl("sync-now")
    bridge.assert_arrive({("HIP_DEVICE_1", user, "2026-01-14 10:48:21") for user in "13456"})
    wait_for(lambda: (bridge.archive / "replaced.txt").exists() and (bridge.archive / "rewritten.txt").exists(), 30, "they are archived")
    assert (bridge.archive / "replaced.txt").read_bytes() == premium("4")
    assert {path.name for path in bridge.alog.glob("*.txt")} == {"own.txt", "config.txt", "other.txt"}
    told = " ".join(event.text for event in bridge.events(305))
    assert all(name in told for name in ("own.txt", "config.txt", "other.txt")), told
