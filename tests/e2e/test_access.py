"""The vendor's own database, read by the installed service while it is there: each punch once, nothing that is not certain."""

import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

import soak_access
from harness import ROOT, WINE, wait_for, windows_path
from jetfile import Att, JetFile, encoded, jet3
from pulled import Pulled, program
from soak_access import EVERY_S, PATH, configure, place

STRIKE = pathlib.Path(os.environ.get("HIPBRIDGE_STRIKE") or ROOT / "build/windows/bin/strike.exe")
TWO_LOOKS = 2 * EVERY_S + 10
SN = "INV0000000001"


@pytest.fixture(autouse=True)
def no_database_of_before(bridge):
    yield
    shutil.rmtree(place(bridge).parent, ignore_errors=True)


def office():
    """Three persons whose number on the terminal is another than the program's own."""
    att = Att()
    for number, badge in ((1, "1007"), (2, "42"), (3, "00042")):
        att.person(number, badge)
    return att


def morning(att, count=30, day="2026-01-06", sn=SN):
    """Punches of the three in turn; what has to come of them."""
    badges = {1: "1007", 2: "42", 3: "00042"}
    expected = set()
    for n in range(count):
        number, at = n % 3 + 1, f"{day} 07:{n // 60:02}:{n % 60:02}"
        att.punch(number, at, sn)
        expected.add((sn or "HIP_DEVICE_1", badges[number], at))
    return expected


def concerns(bridge):
    return {concern["code"] for concern in bridge.status()["concerns"]}


def test_rows_come_and_nothing_comes_twice(bridge):
    att = office()
    expected = morning(att)
    att.save(place(bridge))
    configure(bridge)
    bridge.start()
    bridge.assert_arrive(expected)
    assert {row[0] for row in bridge.database.rows("source")} == {"access"}

    # New ones within two looks, and what is asked for sooner.
    expected |= morning(att, 7, "2026-01-07")
    att.save(place(bridge))
    began = time.monotonic()
    bridge.assert_arrive(expected, TWO_LOOKS + 10)
    assert time.monotonic() - began < TWO_LOOKS + 5
    summary = bridge.wait_event(310)
    assert summary.level == "information" and summary.strings[0] == PATH and summary.strings[7] == "2026-01-06 07:00:29", summary
    access = bridge.status()["access"]
    assert (access["state"], access["new"], access["set_aside"], access["last_punch"]) == ("read", 37, 0, "2026-01-07 07:00:06"), access
    assert "37 new" in bridge.hipctl("status").stdout

    # A compact makes every page another: all rows are looked at once more, and none is new.
    compacted = Att()
    compacted.new_page()
    for number, badge, name in att.users.values.values():
        compacted.person(number, badge, name)
    for values in sorted(att.punches.values.values()):
        compacted.punches.add(*values)
    compacted.save(place(bridge))
    known = access["known"] + 37
    wait_for(lambda: bridge.status()["access"]["known"] == known, TWO_LOOKS + 10, lambda: f"all are known: {bridge.status()['access']}")

    # After a restart nothing is read anew.
    bridge.stop()
    rows = bridge.status()["access"]["rows"]
    bridge.start()
    time.sleep(2 * EVERY_S + 3)
    access = bridge.status()["access"]
    assert (access["rows"], access["new"], access["known"]) == (rows, 37, known), access
    assert access["read_s"] > access["came_s"]
    bridge.assert_arrive(expected)
    # Nothing fails; that the newest punch is of January is worth a look.
    assert not bridge.events(311) and concerns(bridge) == {"access_old"}, bridge.status()["concerns"]


def test_one_punch_by_every_way_is_one_row(bridge):
    """Pushed, in a log, in the database with its terminal's serial number or without one."""
    att, expected = office(), set()
    ways = []
    for minute, sn in enumerate((SN, None) * 3):
        at = f"2026-01-06 08:{minute:02}:00"
        att.punch(1, at, sn)
        ways.append(at)
    att.save(place(bridge))

    def push(at):
        status, _, body = bridge.request(f"POST /iclock/cdata?SN={SN}&table=ATTLOG&Stamp=9999 HTTP/1.1", f"1007\t{at}\t0\t1\t\t0\t0\n".encode())
        assert status == 200 and body.startswith(b"OK"), (status, body)

    def log(name, *times):
        bridge.drop_log(name, [("1007", f"06/01/2026 {at[11:]} AM") for at in times])
        assert bridge.hipctl("sync-now", timeout=100).returncode == 0

    # The first four come by push and log before the database is read, the last two after it.
    bridge.write_config(bridge.config(access={"enabled": False, "path": PATH}))
    bridge.start()
    for at in ways[:2]:
        push(at)
    log("a.txt", *ways[1:4])
    bridge.write_config(bridge.config(access={"enabled": True, "path": PATH, "every_s": EVERY_S, "device_sn": "HIP_DEVICE_1"}))
    assert bridge.hipctl("reload").returncode == 0
    wait_for(lambda: bridge.status()["access"]["rows"] == 6, TWO_LOOKS + 20, lambda: f"all are looked at: {bridge.status()['access']}")
    for at in ways[4:]:
        push(at)
    log("b.txt", *ways[4:])
    wait_for(lambda: len(bridge.database.punches()) >= len(ways), 30, "each has come")
    time.sleep(2)
    rows = bridge.database.punches()
    assert sorted(at for _, _, at in rows) == ways, rows
    assert {user for _, user, _ in rows} == {"1007"}


def test_a_punch_that_is_read_from_its_terminal_too_is_one_row(bridge):
    """What both have, what only the terminal holds, and what it no longer does."""
    terminal = Pulled(program(bridge), records=20, prefix="INVENTED")
    try:
        att, pulled = Att(), sorted(terminal.punches(), key=lambda punch: punch[2])
        for number in range(1, 8):
            att.person(number, str(10000 + number))
        for sn, user, at in pulled[:12]:
            att.punch(int(user) - 10000, at, sn)
        gone = {("INVENTED0001", "10003", f"2026-01-06 08:{minute:02}:00") for minute in range(5)}
        for sn, user, at in gone:
            att.punch(int(user) - 10000, at, sn)
        att.save(place(bridge))
        bridge.write_config(bridge.config(access={"enabled": True, "path": PATH, "every_s": EVERY_S}, sync={"enabled": False},
                                          pull={"every_min": 1440, "terminals": terminal.entries()}))
        bridge.start()
        wait_for(lambda: bridge.status()["access"]["rows"] == 17 and terminal.stats()["whole_reads"] == 1, TWO_LOOKS + 30,
                 lambda: f"both are read: {bridge.status()['access']} {terminal.stats()}")
        bridge.assert_arrive(set(pulled) | gone)
    finally:
        terminal.end()


def test_a_file_in_exclusive_use_is_read_when_it_is_free(bridge):
    att = office()
    expected = morning(att)
    att.save(place(bridge))
    held = place(bridge).with_name("att2000.mdb.held")
    holder = subprocess.Popen([WINE, str(STRIKE), "hold", PATH], env=bridge.wine.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(held.exists, 30, "the other program has it")
        configure(bridge)
        bridge.start()
        time.sleep(EVERY_S + 5)
        assert bridge.status()["access"]["state"] == "later" and not bridge.events(311), "for a moment it may be away"
        told = bridge.wait_event(311, 90)
        assert told.level == "warning" and told.strings[0] == PATH, told
        assert "access_away" in concerns(bridge) and bridge.database.punches() == []
    finally:
        held.unlink(missing_ok=True)
        holder.wait(20)
    bridge.assert_arrive(expected)
    bridge.wait_event(315)
    wait_for(lambda: "access_away" not in concerns(bridge), 20, "it is no concern any more")


@pytest.mark.parametrize("contents, words", [
    (jet3, "Access 97"), (lambda: JetFile().bytes(), "CHECKINOUT"),
], ids=["jet 3", "no table"])
def test_what_is_none_is_refused_by_name_until_it_is_one(bridge, contents, words):
    place(bridge).parent.mkdir(exist_ok=True)
    place(bridge).write_bytes(contents())
    configure(bridge)
    bridge.start()
    told = bridge.wait_event(312)
    assert told.level == "error" and words in told.text, told
    assert "access_refused" in concerns(bridge) and bridge.hipctl("status").returncode == 4
    att = office()
    expected = morning(att, 3)
    att.save(place(bridge))
    bridge.assert_arrive(expected)
    bridge.wait_event(315)
    wait_for(lambda: "access_refused" not in concerns(bridge), 20, "it is no concern any more")


def test_what_is_not_certain_is_set_aside_and_comes_when_it_is(bridge):
    """No person, no terminal, no time; and what an operator typed in is left out."""
    att = office()
    expected = morning(att, 3)
    att.punch(9, "2026-01-06 09:00:00")
    att.punch(1, "2026-01-06 09:00:01", sn=None)
    att.punch(1, "2133-01-06 09:00:02")
    att.type_in(2, "2026-01-06 09:00:03")
    att.save(place(bridge))
    configure(bridge)
    bridge.start()
    bridge.assert_arrive(expected)
    told = bridge.wait_event(313)
    assert told.level == "warning" and told.strings == [PATH, "3"], told
    access = bridge.status()["access"]
    assert (access["set_aside"], access["typed"]) == (3, 1), access
    assert "access_rows" in concerns(bridge)
    listed = bridge.hipctl("rejected").stdout
    for words in ("no person with this USERID", "which terminal", "years 2000 to 2100"):
        assert words in listed, listed

    # The person is entered, the terminal configured: they come by themselves.
    att.person(9, "1009")
    att.save(place(bridge))
    configure(bridge, device_sn="GATE1", include_typed=True)
    assert bridge.hipctl("reload").returncode == 0
    expected |= {(SN, "1009", "2026-01-06 09:00:00"), ("GATE1", "1007", "2026-01-06 09:00:01"), ("GATE1", "42", "2026-01-06 09:00:03")}
    bridge.assert_arrive(expected)


def test_there_is_no_room_for_more_that_is_not_certain(bridge):
    """20,000 punches of somebody without a number: what finds no room waits where it is, what is certain goes up meanwhile,
    and all come once he has one."""
    att = office()
    expected = morning(att, 3)
    first = datetime.datetime(2026, 1, 7)
    times = [str(first + datetime.timedelta(seconds=n)) for n in range(20_000)]
    for at in times:
        att.punch(9, at)
    expected |= morning(att, 3, "2026-01-09")
    att.save(place(bridge))
    configure(bridge)
    bridge.start()
    bridge.assert_arrive(expected, 120)
    told = bridge.wait_event(316, seconds=60)
    waits = int(told.strings[1])
    assert told.level == "error" and told.strings[0] == PATH and 0 < waits < len(times), told
    access = bridge.status()["access"]
    assert access["set_aside"] + waits >= len(times), (access, waits)
    assert "access_full" in concerns(bridge)

    att.person(9, "1009")
    att.save(place(bridge))
    bridge.assert_arrive(expected | {(SN, "1009", at) for at in times})
    wait_for(lambda: "access_full" not in concerns(bridge), 2 * TWO_LOOKS, lambda: f"there is room again: {concerns(bridge)}")
    wait_for(lambda: bridge.status()["outbox"]["rejected_lines"] == 0, 20, "nothing is set aside any more")


def test_a_file_that_is_not_there(bridge):
    configure(bridge)
    checked = bridge.hipctl("check-config")
    assert checked.returncode == 1 and "WRONG access.path" in checked.stdout, checked.stdout
    bridge.start()
    assert bridge.wait_event(311).strings[0] == PATH
    att = office()
    expected = morning(att, 3)
    att.save(place(bridge))
    assert bridge.hipctl("sync-now").returncode == 0
    bridge.assert_arrive(expected, TWO_LOOKS)


def test_a_stop_waits_for_no_round(bridge):
    """No longer than where there is none."""
    soak_access.jetfile.Writer(place(bridge), 60000, 1)
    configure(bridge, enabled=False)
    bridge.start()
    idle = bridge.stop()
    configure(bridge)
    bridge.start()
    wait_for(lambda: bridge.status()["access"]["rows"] > 0 or bridge.status()["access"]["looked_s"], 30, "it is read")
    time.sleep(EVERY_S - 1)
    busy = bridge.stop()
    assert busy < idle + 2, (idle, busy)
    bridge.start()
    wait_for(lambda: [row[0] for row in bridge.database.rows("COUNT(*)", order="1")] == [60000], 120, "all come all the same")


def test_the_vendors_program_writes_while_it_is_read(bridge):
    soak_access.run(bridge, 30, seed=7, rows=3000, compact_every=20)


def test_check_access_shows_what_would_come_and_what_to_write(bridge):
    att = office()
    expected = morning(att, 3) | morning(att, 3, "2026-01-07", sn=None)
    att.punch(9, "2026-01-06 09:00:00")
    att.save(place(bridge))
    out = place(bridge).with_name("rows.tsv")
    done = bridge.hipctl("check-access", PATH, "--out", "C:\\att\\rows.tsv")
    assert done.returncode == 0, done.stdout
    for words in ("Format: Jet 4", "Tables: USERINFO, CHECKINOUT, CHECKEXACT", "Punches: 7 rows",
                  "would be set aside: 4", "1: the database has no person with this USERID", f"sn {SN}: 4 rows", "Persons: 3, of which 0"):
        assert words in done.stdout, done.stdout
    rows = [line.split("\t") for line in out.read_text("utf-8").splitlines()]
    assert len(rows) == 8 and {(row[5], row[0], row[1]) for row in rows[1:] if not row[8]} == {one for one in expected if one[0] == SN}
    assert bridge.database.punches() == [] and not bridge.events()

    thai = bridge.hipctl("--language", "th", "check-access", PATH)
    assert thai.returncode == 0 and "1: ฐานข้อมูลไม่มีบุคคลที่มี USERID นี้" in thai.stdout, thai.stdout
    assert not re.search("[a-z]{3,} [a-z]{2,} [a-z]{2,}", thai.stdout.split('"access"')[0]), thai.stdout

    # What is there is never written over: neither the table of before nor the database itself.
    for name in (out, place(bridge)):
        before = name.read_bytes()
        again = bridge.hipctl("check-access", PATH, "--out", "C:\\att\\" + name.name)
        assert again.returncode == 1 and f"{name.name} is there already" in again.stdout, again.stdout
        assert name.read_bytes() == before

    # What it says to write brings all but the stranger.
    [line] = [line for line in done.stdout.splitlines() if line.strip().startswith('"access"')]
    access = json.loads("{" + line + "}")["access"]
    assert (access["path"], access["device_sn"]) == (PATH, "HIP_DEVICE_1")
    bridge.write_config(bridge.config(access=dict(access, every_s=EVERY_S), sync={"enabled": False}))
    bridge.start()
    bridge.assert_arrive(expected)

    assert bridge.hipctl("check-access").returncode == 2
    assert bridge.hipctl("check-access", PATH, "--what").returncode == 2
    for contents, words in ((jet3(), "Access 97"), (encoded(), "encoded"), (bytes(8192), "begins with zeros"), (b"PK\3\4" * 4096, "no Access database"),
                            (JetFile().bytes(), "CHECKINOUT")):
        other = place(bridge).with_name("other.mdb")
        other.write_bytes(contents)
        done = bridge.hipctl("check-access", "C:\\att\\other.mdb")
        assert done.returncode == 1 and words in done.stdout, done.stdout
    with open(other, "wb") as file:  # with holes: no disk is that large
        file.write(place(bridge).read_bytes())
        file.truncate((2 << 30) + 4096)
    done = bridge.hipctl("check-access", "C:\\att\\other.mdb")
    other.unlink()
    assert done.returncode == 1 and "larger than the 2 GB" in done.stdout, done.stdout
    done = bridge.hipctl("check-access", "C:\\att\\nothing.mdb")
    assert done.returncode == 1 and "nothing.mdb" in done.stdout, done.stdout


@pytest.mark.parametrize("where, other, listed", [
    ("Program Files (x86)/HIPPremiumTime-2.0.4/db/Pm2014.mdb", None, {"InstallLocation": r"C:\Program Files (x86)\HIPPremiumTime-2.0.4"}),
    ("Program Files (x86)/Att/att2000.mdb", "Program Files (x86)/Att/att2000.mdb", {}),
    ("งาน/HIP/db/Pm2014.mdb", None, {"InstallLocation": "C:\\งาน\\HIP\\"}),
    ("ZK/att2000.mdb", None, {"InstallLocation": r"\\no-such-server\ZK", "UninstallString": r'"C:\ZK\unins000.exe" /SILENT'}),
    ("ZK/att2000.mdb", None, {"UninstallString": "MsiExec.exe /X{1}", "DisplayIcon": r"C:\ZK\att.exe,0"}),
])
def test_the_database_of_a_known_program_is_pointed_out(bridge, where, other, listed):
    assert "attendance program" not in bridge.hipctl("check-config").stdout
    file = bridge.wine.drive_c / where
    office().save(file)
    path = "C:\\" + where.replace("/", "\\")
    made = [bridge.wine.drive_c / "/".join(where.split("/")[:-1 if len(where.split("/")) == 2 else 2])]
    entry = r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\attendance"
    try:
        for name, value in listed.items():
            assert bridge.wine.run("reg", "add", entry, "/v", name, "/d", value, "/f").returncode == 0
        if other:  # Windows keeps the one that the program works with elsewhere
            [user] = [one for one in (bridge.wine.drive_c / "users").iterdir() if one.name != "Public"]
            store = user / "AppData" / "Local" / "VirtualStore"
            office().save(store / other)
            made.append(store)
            path = f"C:\\users\\{user.name}\\AppData\\Local\\VirtualStore\\" + other.replace("/", "\\")
        said = bridge.hipctl("check-config").stdout
        assert said.lower().count(f"attendance program is there: {path}. ".lower()) == 1, said
        assert said.count("attendance program is there") == 1, said
        assert path.lower() in bridge.hipctl("configure").stdout.lower()
        bridge.stop()
        bridge.start()
        wait_for(lambda: (bridge.status()["pc"]["vendor_database"] or "").lower() == path.lower(), 30, lambda: bridge.status()["pc"])
        configure(bridge)
        assert bridge.status()["pc"]["vendor_database"] is None
        assert "attendance program" not in bridge.hipctl("check-config").stdout
    finally:
        bridge.wine.run("reg", "delete", entry, "/f")
        for folder in made:
            shutil.rmtree(folder)
