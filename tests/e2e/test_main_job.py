"""From a terminal's POST and a Premium Time log to rows in the database, and what must not get lost on the way."""

import os
import time

import pytest
from harness import as_root, wait_for, windows_path

LOG = [("1", "14/01/2026 10:48:21 AM"), ("00042", "14/01/2026 5:27:13 PM"), ("7", "15/01/2026 12:05:00 AM")]
LOG_PUNCHES = [
    ("HIP_DEVICE_1", "1", "2026-01-14 10:48:21"),
    ("HIP_DEVICE_1", "00042", "2026-01-14 17:27:13"),
    ("HIP_DEVICE_1", "7", "2026-01-15 00:05:00"),
]


def test_punches_of_both_sources_stand_in_the_table(bridge):
    bridge.start()
    bridge.drop_log("20260115.txt", LOG)
    run = bridge.terminals("--terminals", 3, "--punches", 60, "--batch", 7)
    assert bridge.hipctl("sync-now").returncode == 0
    summary = run.wait()
    assert summary["acked"] == 180 and summary["retries"] == 0
    bridge.assert_arrive(run.acknowledged() + LOG_PUNCHES)

    sent = {(sn, pin, str(at)): (status, verify, raw) for sn, pin, at, status, verify, raw in
            bridge.database.rows("device_sn, user_id, check_time, status, verify_type, raw_data")}
    # The simulator's record 2 is a check-in by face, record 49 has no state chosen.
    assert sent["SIM0001", "1003", "2026-01-15 08:00:02"][:2] == (0, 15)
    assert sent["SIM0002", "1050", "2026-01-15 08:00:49"][:2] == (255, 1)
    assert sent["SIM0001", "1001", "2026-01-15 08:00:00"][2].startswith("1001\t2026-01-15 08:00:00\t0\t1")
    status, verify, raw = sent["HIP_DEVICE_1", "00042", "2026-01-14 17:27:13"]
    assert (status, verify) == (0, 1) and "00042" in raw and "5:27:13 PM" in raw

    wait_for(lambda: (bridge.archive / "20260115.txt").exists(), 30, "the log is archived")
    assert not (bridge.alog / "20260115.txt").exists()
    assert bridge.events(100) and bridge.events(200) and bridge.events(400) and bridge.events(300)


def test_a_log_waits_in_its_folder_until_the_database_has_its_punches(bridge):
    bridge.database.stop()
    bridge.start()
    bridge.drop_log("a.txt", LOG)
    bridge.hipctl("sync-now")
    bridge.wait_event(401)
    time.sleep(2)
    assert (bridge.alog / "a.txt").exists() and not (bridge.archive / "a.txt").exists()
    bridge.database.start()
    bridge.hipctl("sync-now")
    bridge.assert_arrive(LOG_PUNCHES)
    wait_for(lambda: (bridge.archive / "a.txt").exists(), 30, "the log is archived")


def test_acknowledged_punches_outlive_database_and_service(bridge):
    """The database goes while terminals push and a log arrives; the service is killed and started; the database returns."""
    bridge.start()
    run = bridge.terminals("--terminals", 4, "--punches", 400, "--batch", 5, "--rate", 40, "--vanish", 5,
                           "--give-up", 120)
    wait_for(lambda: bridge.database.punches(), 30, "the first punches arrive")
    bridge.database.stop(kill=True)
    bridge.drop_log("20260115.txt", LOG)
    bridge.hipctl("sync-now")
    bridge.wait_event(401)
    before = len(run.acknowledged())
    wait_for(lambda: len(run.acknowledged()) > before, 30, "punches are acknowledged without the database")
    bridge.kill()
    bridge.start()
    before = len(run.acknowledged())
    wait_for(lambda: len(run.acknowledged()) > before, 30, "punches are acknowledged again")
    bridge.kill()
    bridge.start()
    bridge.database.start()
    bridge.hipctl("sync-now")
    run.wait()
    bridge.assert_arrive(run.acknowledged() + LOG_PUNCHES)


def test_a_database_lost_in_mid_upload_leaves_nothing_out_and_nothing_twice(bridge):
    bridge.start()
    run = bridge.terminals("--terminals", 4, "--punches", 300, "--batch", 10, "--rate", 100)
    for _ in range(3):
        time.sleep(0.7)
        bridge.database.stop(kill=True)
        bridge.database.start()
    run.wait()
    bridge.assert_arrive(run.acknowledged())


def test_punches_sent_again_change_nothing(bridge):
    bridge.start()
    first = bridge.terminals("--punches", 50, "--batch", 10)
    first.wait()
    again = bridge.terminals("--punches", 50, "--batch", 10, "--no-handshake")
    again.wait()
    bridge.assert_arrive(first.acknowledged())
    ids = [row[0] for row in bridge.database.rows("id")]
    assert len(ids) == 50


def test_with_no_database_named_punches_are_kept_and_go_up_once_one_is(bridge):
    config = bridge.config()
    del config["database"]
    bridge.write_config(config)
    bridge.start()
    run = bridge.terminals("--punches", 30, "--batch", 5)
    run.wait()
    bridge.wait_event(405)
    bridge.stop()
    bridge.write_config(bridge.config())
    bridge.start()
    bridge.assert_arrive(run.acknowledged())


def test_a_terminal_is_not_told_ok_while_the_disk_is_full(bridge):
    disk = bridge.folder / "small"
    disk.mkdir(exist_ok=True)
    if not as_root("mount", "-t", "tmpfs", "-o", f"size=8m,mode=0777,uid={os.getuid()}", "tmpfs", str(disk)):
        pytest.fail("this test mounts a small disk: be root, or have sudo without a password")
    try:
        bridge.write_config(bridge.config(outbox={"path": windows_path(disk / "outbox.db")}))
        bridge.start()
        first = bridge.terminals("--punches", 20, "--batch", 10, "--sn-prefix", "BEFORE")
        first.wait()
        # SQLite's index of the log is memory mapped, and a tmpfs, unlike NTFS, gives such a page only when it is touched.
        with open(disk / "outbox.db-shm", "r+b") as index:
            os.posix_fallocate(index.fileno(), 0, 32768)
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as out:
            with pytest.raises(OSError):
                while True:
                    out.write(bytes(4096))
        run = bridge.terminals("--punches", 3000, "--batch", 100, "--give-up", 120)
        bridge.wait_event(211)
        time.sleep(2)
        held = len(run.acknowledged())
        assert run.process.poll() is None and held < 3000
        filler.unlink()
        summary = run.wait()
        assert summary["retries"] > 0
        bridge.assert_arrive(first.acknowledged() + run.acknowledged())
        bridge.wait_event(212)
    finally:
        bridge.stop()
        as_root("umount", "-l", str(disk))


def test_stopping_while_16_terminals_push_is_quick_and_loses_nothing(bridge):
    bridge.start()
    run = bridge.terminals("--terminals", 16, "--punches", 5000, "--batch", 5, "--rate", 100)
    wait_for(lambda: len(run.acknowledged()) > 300, 30, "the terminals push")
    assert bridge.stop() < 5
    acknowledged = len(run.acknowledged())
    time.sleep(0.5)
    run.interrupt()
    assert len(run.acknowledged()) == acknowledged, "a punch was acknowledged by a stopped service"
    bridge.wait_event(101)
    assert bridge.query()["WIN32_EXIT_CODE"] == 0
    bridge.start()
    # What came in and was not told OK may be there too: the terminal would have sent it again.
    bridge.assert_arrive(run.acknowledged(), exactly=False)


def test_stopping_does_not_wait_for_a_database_that_hangs(bridge):
    """A database that takes the connection and says nothing."""
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        bridge.write_config(bridge.config(database={"port": silent.getsockname()[1]}))
        bridge.start()
        bridge.terminals("--punches", 20, "--batch", 5).wait()
        time.sleep(1)
        assert bridge.stop() < 5
