"""hipctl forget: no file of the data folder names the person any more, and nothing brings him back."""

import datetime

from harness import wait_for, windows_path
from test_sniff import request, send, sniffing

SN = "CDQ9192960002"
HIS, OTHER = "90417", "90418"


def deliver(bridge, *lines):
    body = "".join(line + "\n" for line in lines).encode()
    assert bridge.request(f"POST /iclock/cdata?SN={SN}&table=ATTLOG&Stamp=9999 HTTP/1.1", body)[0] == 200


def capture_of(bridge, text):
    """What `hipctl sniff --out` writes down of a delivery."""
    path = bridge.folder / "forget-capture.txt"
    path.unlink(missing_ok=True)
    with sniffing(bridge, "--out", windows_path(path)) as (port, _):
        send(bridge, port, request(bridge, f"POST /iclock/cdata?SN={SN}&table=ATTLOG", text.encode()))
        wait_for(lambda: " closed" in path.read_text(), 10, "the connection is closed")
    return path


def line(user, minute):
    at = datetime.datetime.now().replace(hour=0, minute=0, second=0) - datetime.timedelta(days=1) + datetime.timedelta(minutes=minute)
    return f"{user}\t{at:%Y-%m-%d %H:%M:%S}\t0\t1"


def named_in(bridge, text):
    """The files of the data folder in which the text stands, in UTF-8 or UTF-16, free pages and all."""
    forms = text.encode(), text.encode("utf-16-le")
    return sorted(path.name for path in bridge.data.rglob("*") if path.is_file() and any(form in path.read_bytes() for form in forms))


def users(bridge):
    return {pin for _, pin, _ in bridge.database.punches()}


def test_a_person_is_forgotten_and_stays_so(bridge):
    bridge.start()
    deliver(bridge, *(line(user, minute) for minute in range(200) for user in (HIS, OTHER)))
    wait_for(lambda: len(bridge.database.punches()) == 400, 30, "all are in the table")
    bridge.database.stop()
    deliver(bridge, *(line(user, minute) for minute in range(200, 220) for user in (HIS, OTHER)))
    deliver(bridge, f"{HIS}\tno time at all\tSomchai")
    deliver(bridge, "at eight 7 Kanya", "at nine 17 Malee")
    assert bridge.hipctl("forget", HIS, "--yes").returncode == 1, "not while the service runs"
    bridge.stop()
    (bridge.data / "outbox.db.damaged-1").write_bytes(b"\0" + HIS.encode() + b"SN")
    (bridge.data / f"outbox.db.pull-{SN}.bin").write_bytes(HIS.encode("utf-16-le"))
    (bridge.data / "crash-20260101-000000.dmp").write_bytes(HIS.encode("utf-16-le"))
    capture = capture_of(bridge, f"{HIS}\t2026-01-15 08:00:00\t0\t1\n")
    assert HIS in capture.read_text()
    assert {"outbox.db", "outbox.db.damaged-1", f"outbox.db.pull-{SN}.bin", "crash-20260101-000000.dmp"} <= set(named_in(bridge, HIS))
    asked = bridge.hipctl("forget", HIS, stdin=b"n\n")
    assert asked.returncode == 1 and "Nothing was changed" in asked.stdout and "outbox.db" in named_in(bridge, HIS)

    done = bridge.hipctl("forget", HIS, "--yes")
    assert done.returncode == 0, done
    assert "220 punches (20 of them not in the database yet)" in done.stdout and "crash-20260101" in done.stdout and capture.name in done.stdout
    assert not capture.exists() and not (bridge.data / "captures.txt").exists()
    assert f"DELETE FROM `device_logs` WHERE `user_id` = '{HIS}';" in done.stdout
    assert named_in(bridge, HIS) == [] and named_in(bridge, "Somchai") == []
    assert named_in(bridge, OTHER) == ["outbox.db"]

    # The table as the statement leaves it; then all that could bring him back.
    bridge.database.start()
    with bridge.database.connect() as cursor:
        cursor.execute(f"DELETE FROM device_logs WHERE user_id = '{HIS}'")
    bridge.start()
    deliver(bridge, *(line(user, minute) for minute in range(230) for user in (HIS, OTHER)))
    deliver(bridge, f"{HIS}\tno time at all\tSomchai")
    bridge.drop_log("again.txt", [(HIS, (datetime.date.today() - datetime.timedelta(days=1)).strftime("%d/%m/%Y 11:00:00 PM")),
                                  (OTHER, (datetime.date.today() - datetime.timedelta(days=1)).strftime("%d/%m/%Y 11:00:00 PM"))])
    assert bridge.hipctl("sync-now").returncode == 0
    wait_for(lambda: len(bridge.database.punches()) == 231, 30, lambda: f"the other's: {len(bridge.database.punches())}")
    assert bridge.hipctl("rejected", "retry").returncode == 0
    assert bridge.hipctl("requeue", "--from", "2026-01-01").returncode == 0
    bridge.stop()
    assert users(bridge) == {OTHER}
    assert named_in(bridge, HIS) == [] and named_in(bridge, "Somchai") == []

    # Premium Time's log is named, and left.
    again = bridge.hipctl("forget", HIS, "--yes")
    assert again.returncode == 0 and "again.txt" in again.stdout and "In the outbox: 0 punches" in again.stdout
    assert named_in(bridge, "Kanya") == ["outbox.db"]
    short = bridge.hipctl("forget", "7", "--yes")
    assert "Of these records 1 may mean something else by it" in short.stdout, short
    assert named_in(bridge, "Kanya") == [] and named_in(bridge, "Malee") == ["outbox.db"]
    assert short.returncode == 0 and "look for it by hand" in short.stdout and "none was found" not in short.stdout
