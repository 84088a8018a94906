"""The outbox at its bounds: full, damaged, readable by others."""

import contextlib
import os
import sqlite3
import stat
import time

from harness import wait_for

PAGE = 4096


def overwrite(path, first, count):
    with open(path, "r+b") as file:
        file.seek(first * PAGE)
        file.write(b"\xa5" * PAGE * count)


def test_past_max_mb_terminals_are_told_to_come_back_and_nothing_is_lost(bridge):
    """With nothing uploaded: 503 and one event. With the database back, uploaded punches make room before their time."""
    bridge.write_config(bridge.config(outbox={"max_mb": 1}))
    bridge.database.stop()
    bridge.start()
    run = bridge.terminals("--terminals", 4, "--punches", 3000, "--batch", 200, "--give-up", 120)
    bridge.wait_event(211)
    time.sleep(1.5)
    held = len(run.acknowledged())
    assert 1000 < held < 12000
    assert len(bridge.events(211)) == 1 and not bridge.events(103), bridge.events()
    assert (bridge.data / "outbox.db").stat().st_size <= 1 << 20
    bridge.database.start()
    bridge.hipctl("sync-now")
    summary = run.wait()
    assert summary["retries"] > 0
    bridge.assert_arrive(run.acknowledged())
    bridge.wait_event(212)
    assert (bridge.data / "outbox.db").stat().st_size <= 1 << 20


def test_an_outbox_found_damaged_at_start_is_kept_aside_and_saved_from(bridge):
    bridge.database.stop()
    bridge.start()
    run = bridge.terminals("--punches", 3000, "--batch", 500)
    run.wait()
    bridge.stop()
    outbox = bridge.data / "outbox.db"
    pages = outbox.stat().st_size // PAGE
    overwrite(outbox, pages // 2, 1)
    damaged = outbox.read_bytes()
    bridge.forget_events()
    bridge.database.start()
    bridge.start()
    told = bridge.wait_event(103)
    assert told.level == "error" and "outbox.db.damaged-1" in told.text, told
    assert (bridge.data / "outbox.db.damaged-1").read_bytes() == damaged
    saved = int(told.strings[2])
    assert 2500 < saved <= 3000
    wait_for(lambda: len(bridge.database.punches()) == saved, 30, "what was saved is in the table")
    assert set(bridge.database.punches()) <= set(run.acknowledged())
    # The terminal sends everything again, as the event says.
    again = bridge.terminals("--punches", 3000, "--batch", 500)
    again.wait()
    bridge.assert_arrive(run.acknowledged())


def test_a_large_outbox_is_looked_through_beside_and_saved_from(bridge):
    """A terminal has its OK before the look, from the damaged file; that punch is saved like the others."""
    bridge.database.stop()
    bridge.start()
    run = bridge.terminals("--punches", 3000, "--batch", 500)
    run.wait()
    bridge.stop()
    outbox = bridge.data / "outbox.db"
    pages = outbox.stat().st_size // PAGE
    with contextlib.closing(sqlite3.connect(outbox)) as db:
        db.execute("CREATE TABLE filler (x)")
        db.execute("INSERT INTO filler VALUES (zeroblob(?))", (80 << 20,))
        db.commit()
    assert outbox.stat().st_size > 64 << 20
    overwrite(outbox, pages // 2, 1)
    bridge.forget_events()
    bridge.start()
    first = bridge.terminals("--punches", 5, "--sn-prefix", "FIRST")
    first.wait()
    told = bridge.wait_event(103)
    ids = [event.id for event in bridge.events()]
    assert ids.index(100) < ids.index(103), "it had started before it was looked at"
    saved = int(told.strings[2]) + int(told.strings[3])
    assert 2500 < saved <= 3005
    bridge.database.start()
    wait_for(lambda: set(first.acknowledged()) <= set(bridge.database.punches()), 30, "what had its OK from the damaged file")
    assert bridge.stop() < 5


def test_an_outbox_that_is_damaged_while_the_service_runs_is_replaced(bridge):
    bridge.database.stop()
    bridge.start()
    run = bridge.terminals("--punches", 3000, "--batch", 500)
    run.wait()
    bridge.stop()
    bridge.start()
    outbox = bridge.data / "outbox.db"
    overwrite(outbox, outbox.stat().st_size // PAGE // 2, 2)
    bridge.forget_events()
    bridge.database.start()
    bridge.hipctl("sync-now")
    told = bridge.wait_event(103)
    saved = int(told.strings[2]) + int(told.strings[3])
    assert 2500 < saved <= 3000
    later = bridge.terminals("--punches", 10, "--sn-prefix", "LATER")
    later.wait()
    wait_for(lambda: set(later.acknowledged()) <= set(bridge.database.punches()), 30, "it goes on")
    assert bridge.state() == "RUNNING"
    assert bridge.stop() < 5


def test_the_access_lists_are_repaired_at_start(bridge):
    """Wine keeps of a list only what a file's mode can say, which for this one is 0775: that it was set is all to be seen."""
    bridge.start()
    bridge.stop()
    for name in ("config.json", "outbox.db"):
        os.chmod(bridge.data / name, 0o666)
    bridge.start()
    for name in ("config.json", "outbox.db"):
        mode = stat.S_IMODE((bridge.data / name).stat().st_mode)
        assert mode != 0o666, f"{name}: {mode:o}"
    assert not bridge.events(113)
