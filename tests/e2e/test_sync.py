"""The log folder: every Premium Time log uploaded once, at the right time, whatever its shape."""

import datetime
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import logs
import pytest
import soak_sync
from harness import WINE, as_root, wait_for

LINE = "{:<6} {:<9} {:<27} 1 T"


def log(*punches):
    """(user, "dd/mm/yyyy hh:mm:ss AM") or a whole line."""
    lines = [one if isinstance(one, str) else LINE.format(n, *one) for n, one in enumerate(punches, 1)]
    return ("\r\n".join(lines) + "\r\n").encode()


ONE = ("1", "14/01/2026 10:48:21 AM")
TWO = ("2", "14/01/2026 5:27:13 PM")
THREE = ("3", "15/01/2026 12:05:00 AM")
ROW_ONE = ("HIP_DEVICE_1", "1", "2026-01-14 10:48:21")
ROW_TWO = ("HIP_DEVICE_1", "2", "2026-01-14 17:27:13")
ROW_THREE = ("HIP_DEVICE_1", "3", "2026-01-15 00:05:00")


def sync(bridge):
    done = bridge.hipctl("sync-now", timeout=100)
    assert done.returncode == 0, done.stdout
    return done.stdout


def archived(bridge, *names):
    wait_for(lambda: all((bridge.archive / name).exists() for name in names), 30, f"{names} are archived")


def push(bridge, sn, user, at):
    status, _, body = bridge.request(f"POST /iclock/cdata?SN={sn}&table=ATTLOG&Stamp=9999 HTTP/1.1",
                                     f"{user}\t{at}\t0\t1\t\t0\t0\n".encode())
    assert status == 200 and body.startswith(b"OK"), (status, body)


class InUse:
    """Another program that holds a file of the folder open for writing; it makes the file and writes nothing."""

    def __init__(self, bridge, name):
        self.path = bridge.alog / name
        self.process = subprocess.Popen([WINE, "cmd", "/c", f"set /p x= >> C:\\alog\\{name}"], env=bridge.wine.env,
                                        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        wait_for(self.path.exists, 30, "the other program holds the file")
        return self

    def __exit__(self, *_):
        self.process.communicate(b"\r\n", timeout=30)


def test_the_whole_corpus(bridge):
    """Every file of the corpus that no configuration is needed for, at once."""
    files = [one for one in logs.corpus() if one.encoding == "auto"]
    logs.place(bridge.alog, {one.name: one.bytes for one in files})
    # One person punches at one time in several files, each of another terminal: here they are not to be taken for one.
    bridge.write_config(bridge.config(sync={"file_pattern": "*", "skip_pushed": False}))
    bridge.start()
    expected = {}
    for one in files:
        for sn, user, at, status, verify, raw in one.rows:
            expected.setdefault((sn, user, at), set()).add((int(status), int(verify), raw))
    bridge.assert_arrive(expected)
    for sn, user, at, *rest in bridge.database.rows("device_sn, user_id, check_time, status, verify_type, raw_data"):
        assert tuple(rest) in expected[sn, user, str(at)]
    archived(bridge, *(one.name for one in files if one.rows))
    assert {path.name for path in bridge.alog.iterdir() if path.is_file()} == {one.name for one in files if not one.rows}
    bad = {f"{one.name}.rejected.txt" for one in files if one.bad}
    assert {path.name for path in bridge.archive.glob("*.rejected.txt")} == bad
    assert len(bridge.events(301)) == len(bad)


def test_every_file_of_the_corpus_is_in_its_index():
    names = {path.name for path in logs.CORPUS.iterdir()} - {"index.txt", "README.md"}
    listed = {one.name for one in logs.corpus()}
    assert names == listed | {f"{name}.rows" for name in listed}


def test_sync_now_shows_what_the_run_did(bridge):
    bridge.start()
    bridge.wait_event(300)
    logs.place(bridge.alog, {"a.txt": log(ONE, "2 7 31/02/2026 10:00:00 AM", TWO), "b.txt": b"Dear Sir,\r\nno 1 here.\r\n"})
    with InUse(bridge, "busy.txt") as other:
        other.path.write_bytes(log(THREE))  # as far as this side is concerned, nothing is locked
        text = sync(bridge)
    assert "busy.txt: in use" in text
    assert "b.txt: no line of it is a punch" in text and "Files: " in text
    bridge.wait_event(303)
    bridge.assert_arrive([ROW_ONE, ROW_TWO])
    assert (bridge.alog / "busy.txt").exists() and (bridge.archive / "a.txt").exists()
    again = sync(bridge)
    assert "busy.txt: 1 new, 0 known; archived as busy.txt" in again
    bridge.assert_arrive([ROW_ONE, ROW_TWO, ROW_THREE])
    summary = bridge.events(300)[-1].strings
    assert summary[:3] == ["1", "1", "0"] and summary[5] == "1"


def test_bad_lines_are_set_aside_with_number_and_reason(bridge):
    logs.place(bridge.alog, {"a.txt": log(ONE, "2 7 31/02/2026 10:00:00 AM 1 T", TWO, "what is this 1")})
    bridge.start()
    archived(bridge, "a.txt")
    bridge.assert_arrive([ROW_ONE, ROW_TWO])
    text = (bridge.archive / "a.txt.rejected.txt").read_text("utf-8")
    assert "line 2: no date of the calendar: 2 7 31/02/2026 10:00:00 AM 1 T" in text
    assert "line 4: no line of a known form: what is this 1" in text
    event = bridge.wait_event(301)
    assert event.level == "warning" and event.strings[1] == "2" and "rejected.txt" in event.strings[2]
    assert bridge.wait_event(300).strings[4] == "2"


def test_a_file_without_a_punch_stays_and_is_told_once(bridge):
    logs.place(bridge.alog, {"letter.txt": b"Dear Sir,\r\nno 1 here.\r\n", "a.txt": log(ONE)})
    bridge.start()
    archived(bridge, "a.txt")
    assert "letter.txt" in bridge.wait_event(305).text
    sync(bridge)
    bridge.stop()
    bridge.start()
    sync(bridge)
    assert len(bridge.events(305)) == 1 and (bridge.alog / "letter.txt").exists()
    # Corrected, it is read.
    logs.place(bridge.alog, {"letter.txt": log(TWO)})
    sync(bridge)
    archived(bridge, "letter.txt")
    bridge.assert_arrive([ROW_ONE, ROW_TWO])


def test_a_punch_is_taken_once(bridge):
    """Overlapping exports, the same file under another name and again under its own, a name that is taken."""
    bridge.archive.mkdir(parents=True)
    (bridge.archive / "a.txt").write_bytes(b"kept from before")
    logs.place(bridge.alog, {"a.txt": log(ONE, TWO), "b.txt": log(ONE, TWO), "c.txt": log(TWO, THREE)})
    bridge.start()
    archived(bridge, "a-2.txt", "b.txt", "c.txt")
    bridge.assert_arrive([ROW_ONE, ROW_TWO, ROW_THREE])
    logs.place(bridge.alog, {"a.txt": log(ONE, TWO)})
    assert "a.txt: 0 new, 2 known; archived as a-3.txt" in sync(bridge)
    archived(bridge, "a-3.txt")
    bridge.assert_arrive([ROW_ONE, ROW_TWO, ROW_THREE])
    assert (bridge.archive / "a.txt").read_bytes() == b"kept from before"
    assert len(list(bridge.archive.iterdir())) == 5


def test_a_punch_pushed_and_logged_is_one(bridge):
    bridge.start()
    push(bridge, "SIM1", "1", "2026-01-14 10:48:21")
    logs.place(bridge.alog, {"a.txt": log(ONE, TWO)})
    sync(bridge)
    archived(bridge, "a.txt")
    push(bridge, "SIM1", "2", "2026-01-14 17:27:13")  # the other way round
    push(bridge, "SIM1", "3", "2026-01-15 00:05:00")
    bridge.assert_arrive([("SIM1",) + ROW_ONE[1:], ROW_TWO, ("SIM1",) + ROW_THREE[1:]])


def test_without_skip_pushed_both_are_kept(bridge):
    bridge.write_config(bridge.config(sync={"skip_pushed": False}))
    bridge.start()
    push(bridge, "SIM1", "1", "2026-01-14 10:48:21")
    logs.place(bridge.alog, {"a.txt": log(ONE, TWO)})
    sync(bridge)
    push(bridge, "SIM1", "2", "2026-01-14 17:27:13")
    bridge.assert_arrive([ROW_ONE, ("SIM1",) + ROW_ONE[1:], ROW_TWO, ("SIM1",) + ROW_TWO[1:]])


def test_punches_before_ignore_before_are_counted_and_not_uploaded(bridge):
    bridge.write_config(bridge.config(ignore_before="2026-01-14 12:00:00"))
    logs.place(bridge.alog, {"old.txt": log(ONE), "half.txt": log(ONE, TWO)})
    bridge.start()
    push(bridge, "SIM1", "9", "2026-01-14 11:59:59")
    push(bridge, "SIM1", "9", "2026-01-14 12:00:00")
    archived(bridge, "old.txt", "half.txt")
    bridge.assert_arrive([ROW_TWO, ("SIM1", "9", "2026-01-14 12:00:00")])
    assert bridge.wait_event(300).strings[3] == "2"


def test_a_missing_folder_is_told_once_and_read_when_it_returns(bridge):
    shutil.rmtree(bridge.alog)
    bridge.start()
    assert "C:\\alog" in bridge.wait_event(302).text
    done = bridge.hipctl("sync-now")
    assert done.returncode == 1 and "C:\\alog" in done.stdout
    bridge.alog.write_bytes(b"no folder at all")  # there, and not to be read
    assert bridge.hipctl("sync-now").returncode == 1
    bridge.alog.unlink()
    logs.place(bridge.alog, {"a.txt": log(ONE)})
    sync(bridge)
    bridge.wait_event(304)
    archived(bridge, "a.txt")
    bridge.assert_arrive([ROW_ONE])
    assert len(bridge.events(302)) == 1 and len(bridge.events(304)) == 1


def test_logs_that_windows_keeps_elsewhere_are_found_and_named(bridge):
    """A program without elevation believes to write to Program Files; Windows puts its files into the user's VirtualStore."""
    [user] = [one for one in (bridge.wine.drive_c / "users").iterdir() if one.name != "Public"]
    store = user / "AppData/Local/VirtualStore"
    place = bridge.wine.drive_c / "Program Files (x86)/HIP"
    try:
        for folder in (store / "Program Files (x86)/HIP/alog", place / "alog"):
            folder.mkdir(parents=True)
        logs.place(store / "Program Files (x86)/HIP/alog", {"a.txt": log(ONE)})
        bridge.write_config(bridge.config(sync={"log_directory": r"C:\Program Files (x86)\HIP\alog"}))
        said = bridge.hipctl("check-config")
        bridge.start()
        path = rf"C:\users\{user.name}\AppData\Local\VirtualStore\Program Files (x86)\HIP\alog"
        for text in (bridge.wait_event(302).text, said.stdout):
            assert path.lower() in text.lower(), text
        assert said.returncode == 1
    finally:
        shutil.rmtree(store, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)


def make_up_a_missed_run(bridge):
    """A run was missed before the service's first start, and made up; at the second one there is a new log. Returns when the
    next is due, and whether the service was up again by then."""
    now = datetime.datetime.now()
    if now.second > 45:  # so that the next minute is not over before the service is up
        time.sleep(60 - now.second)
        now = datetime.datetime.now()
    due = (now + datetime.timedelta(minutes=1)).replace(second=0, microsecond=0)
    times = [due, now - datetime.timedelta(minutes=1), due]
    bridge.write_config(bridge.config(sync={"upload_times": [f"{at:%H:%M}" for at in times]}))
    logs.place(bridge.alog, {"a.txt": log(ONE)})
    bridge.start()
    bridge.wait_event(300)
    archived(bridge, "a.txt")
    logs.place(bridge.alog, {"b.txt": log(TWO)})
    bridge.stop()
    bridge.start()
    return due, datetime.datetime.now() < due


def test_a_missed_run_is_made_up_once_and_the_next_is_made_in_time(bridge):
    due, in_time = make_up_a_missed_run(bridge)
    for _ in range(3):  # a machine that needed the whole minute for it has shown nothing
        if in_time:
            break
        bridge.stop()
        bridge.reset()
        due, in_time = make_up_a_missed_run(bridge)
    assert in_time, "this machine stops and starts the service in no minute"
    time.sleep(2)
    assert len(bridge.events(300)) == 1 or datetime.datetime.now() >= due, "a run was made up twice"
    wait_for(lambda: not (bridge.alog / "b.txt").exists(), 70 + 30, lambda: f"the run of {due}; told: {bridge.events()}")
    late = bridge.status()["sync"]["last_run_s"] - due.timestamp()
    assert 0 <= late < 5, late
    bridge.assert_arrive([ROW_ONE, ROW_TWO])


def test_an_export_of_another_program_by_columns_of_its_own(bridge):
    """check-log proposes the columns; written into config.json they bring the punches, of the terminal that the name says."""
    text = "Kennung;Mensch;Zeitpunkt;Art\r\n00042;Somchai;14/01/2026 10:48:21 a. m.;Entrada\r\n7;Mary;14/01/2026 5:27:13 p. m.;Salida\r\n"
    (bridge.alog / "x.csv").write_bytes(text.encode())
    (bridge.alog / "5_attlog.dat").write_bytes(b"1\t2026-01-14 10:48:21\t1\t0\t1\t0\r\n")
    checked = bridge.hipctl("check-log", "C:\\alog\\x.csv")
    proposal = '"columns": { "user": "Kennung", "time": "Zeitpunkt", "status": "Art" }'
    assert checked.returncode == 1 and proposal in checked.stdout, checked.stdout
    columns = {"user": "Kennung", "time": "Zeitpunkt", "status": "Art"}
    bridge.write_config(bridge.config(sync={"file_pattern": "*.csv"}))
    bridge.start()
    assert bridge.wait_event(300).strings[7] == "5_attlog.dat" and bridge.wait_event(305)
    bridge.stop()
    bridge.write_config(bridge.config(sync={"columns": columns, "file_pattern": "*.csv; *_attlog.dat",
                                            "files": [{"pattern": "x*", "sn": "CDQ1"}]}))
    checked = bridge.hipctl("check-log", "C:\\alog\\x.csv")
    assert checked.returncode == 0 and "user 00042, 2026-01-14 10:48:21, status 0 (in)" in checked.stdout, checked.stdout
    bridge.start()
    bridge.hipctl("sync-now")
    bridge.assert_arrive([("CDQ1", "00042", "2026-01-14 10:48:21"), ("CDQ1", "7", "2026-01-14 17:27:13"),
                          ("HIP_DEVICE_1-5", "1", "2026-01-14 10:48:21")])


# ---- an archive on another volume ----

@pytest.fixture
def volume(bridge):
    """E: on another file system than C:, of its own: the shared memory's, or where that is none a small one, mounted."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hipbridge-volume-", dir="/dev/shm"))
    mounted = os.stat(folder).st_dev == os.stat(bridge.alog).st_dev
    if mounted and not as_root("mount", "-t", "tmpfs", "-o", f"size=16m,mode=0777,uid={os.getuid()}", "tmpfs", str(folder)):
        pytest.fail("this test needs a second file system: /dev/shm is none, and mounting one wants root, or sudo without a password")
    link = bridge.wine.prefix / "dosdevices" / "e:"
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    yield folder
    bridge.stop()
    if mounted:
        as_root("umount", "-l", str(folder))
    shutil.rmtree(folder)


def test_an_archive_on_another_volume(bridge, volume):
    archive = volume / "old"
    archive.mkdir()
    (archive / "a.txt").write_bytes(b"kept from before")
    # What a kill leaves: a copy in the making; a whole one, its original there or gone.
    (archive / "b.txt.hipbridge-copying").write_bytes(b"half")
    (archive / "c.txt.hipbridge-copied").write_bytes(log(TWO))
    (archive / "d.txt.hipbridge-copied").write_bytes(log(THREE))
    logs.place(bridge.alog, {"a.txt": log(ONE), "b.txt": log(ONE, TWO), "c.txt": log(TWO)})
    changed = 1_700_000_000
    os.utime(bridge.alog / "b.txt", (changed, changed))
    bridge.write_config(bridge.config(sync={"archive_directory": "E:\\old"}))
    bridge.start()
    expected = {"a.txt": b"kept from before", "a-2.txt": log(ONE), "b.txt": log(ONE, TWO), "c.txt": log(TWO),
                "d.txt": log(THREE)}

    def there():
        return {path.name: path.read_bytes() for path in archive.iterdir()}

    wait_for(lambda: there() == expected, 30, lambda: f"the files are archived; {sorted(there())}, told: {bridge.events()}")
    assert not [path for path in bridge.alog.iterdir() if path.is_file()]
    assert os.stat(archive / "b.txt").st_mtime == changed
    bridge.assert_arrive([ROW_ONE, ROW_TWO])
    assert not bridge.events(305)


def test_a_log_that_cannot_be_archived_stays(bridge, volume):
    """It goes once the archive can be written."""
    (volume / "old").write_bytes(b"a file where the archive's folder should be")
    logs.place(bridge.alog, {"a.txt": log(ONE)})
    bridge.write_config(bridge.config(sync={"archive_directory": "E:\\old"}))
    bridge.start()
    bridge.wait_event(300)
    assert any("a.txt" in event.text for event in bridge.events(305))
    bridge.assert_arrive([ROW_ONE])
    assert (bridge.alog / "a.txt").exists()
    (volume / "old").unlink()
    assert "a.txt: 1 new, 0 known; archived as a.txt" in sync(bridge)
    assert (volume / "old" / "a.txt").read_bytes() == log(ONE)


def test_a_log_larger_than_the_outbox_goes_through(bridge):
    bridge.write_config(bridge.config(outbox={"max_mb": 2}))
    begin = datetime.datetime(2026, 1, 1)
    times = [begin + datetime.timedelta(seconds=second) for second in range(20000)]
    logs.place(bridge.alog, {"long.txt": log(*((str(at.second + 1), f"{at:%d/%m/%Y %I:%M:%S %p}") for at in times))})
    bridge.start()
    wait_for(lambda: (bridge.archive / "long.txt").exists(), 90, lambda: f"the log is archived; told: {bridge.events()}")
    bridge.assert_arrive([("HIP_DEVICE_1", str(at.second + 1), f"{at:%Y-%m-%d %H:%M:%S}") for at in times])
    assert not bridge.events(305)


def test_kills_in_mid_run_lose_nothing_and_double_nothing(bridge):
    """Three kills among 60 mixed files; `./dev soak` does twenty among 200."""
    soak_sync.run(bridge, 60, 3, seed=int(time.time()), say=print)
