"""FkWeb, which HIP's own terminals speak: from raw bytes on a socket to rows in the table."""

import datetime
import socket
import time as clock

from fkweb import FkTerminal, body, glog, parse, record
from harness import read_answer, wait_for

AT8 = "2026-09-29 08:00:00"
ON8 = "20260929080000"


def local_now():
    """The time where the terminal is."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=7)).strftime("%Y%m%d%H%M%S")


def test_punches_however_they_are_said(bridge):
    bridge.start()
    one = FkTerminal(bridge, "1234567890")
    code, headers, said = one.send("realtime_glog", body(glog("1", ON8)), trans_id="RTLogSendAction", blk_no=0)
    assert code == "OK" and headers["trans_id"] == "RTLogSendAction" and said == b""
    assert headers["content-type"] == "application/octet-stream" and headers["content-length"] == "0"
    assert one.punch("1", ON8) == "OK", "the same twice"
    assert one.punch("2", ON8, b"\xff\xd8" + bytes(20000), log_image="BIN_1") == "OK", "with a photo"
    assert one.punch(3, ON8, io_mode="16777216", verify_mode="268435456") == "OK", "numbers as text and the other way round"
    assert one.punch("4", ON8, temperature=36.5, extra={"nested": [1, {"more": None}]}) == "OK"
    assert FkTerminal(bridge, "1234567890", "/hdata.aspx").punch("5", ON8) == "OK"
    assert FkTerminal(bridge, "1234567890", "/iclock/cdata?SN=OTHER&table=ATTLOG").punch("6", ON8) == "OK"
    assert FkTerminal(bridge, "1234567890", names=str.upper).punch("7", ON8) == "OK"
    assert FkTerminal(bridge, "1234567890", names=str.title).punch("8", ON8) == "OK"
    assert FkTerminal(bridge, "1234567890", version="1.0").punch("9", ON8) == "OK"
    assert one.blocks("realtime_glog", body(glog("10", ON8, log_image="BIN_1"), bytes(9000)), 5) == "OK"
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=20) as connection:
        data = body(glog("11", ON8))
        connection.sendall(one.head("realtime_glog", len(data), Expect="100-continue"))
        clock.sleep(0.3)
        connection.sendall(data)
        status, _, rest = read_answer(connection)
        assert status in (100, 200)
    bridge.assert_arrive({("1234567890", str(user), AT8) for user in range(1, 12)})
    raw, *codes = next(row[1:] for row in bridge.database.rows("user_id, raw_data, status, verify_type") if row[0] == "2")
    assert "BIN_1" in raw and len(raw) < 400 and codes == [0, 1]
    assert "FkWeb" in bridge.hipctl("device", "1234567890").stdout


def test_what_cannot_be_read_is_never_acknowledged(bridge):
    bridge.start()
    one = FkTerminal(bridge, "A1")
    good = body(glog("1", ON8))
    for bad in (b"", bytes(4), good[:-1], b"\xff" * 4 + good[4:], good + b"x", good[:4] + good[5:] + b"\0",
                body([1, 2]), body({"user_id": "1", "io_time": ON8, "x": "y" * 200_000})[:100_000],
                good.replace(b'"1"', b"007")):
        code = one.send("realtime_glog", bad, blk_no=0)[0]
        assert code == "ERROR_INVALID_LOG", (bad[:40], code)
    assert one.send("realtime_glog", good, blk_no=2)[0] == "ERROR_ADD_BLOCK_DATA"
    assert FkTerminal(bridge, "A 1").send("realtime_glog", good)[0] == 400
    bridge.wait_event(224)
    # What can be read and is no punch is set aside, and the terminal goes on.
    for odd in ({"user_id": "1"}, glog("", ON8), glog("1", "20260631080000")):
        assert one.send("realtime_glog", body(odd))[0] == "OK"
    assert one.send("realtime_enroll_data", body({"user_id": "1"}, b"FINGERPRINT" * 2400))[0] == "OK"
    assert one.send("realtime_door_status", b"\x01\x02")[0] == "OK"
    assert one.punch("9", ON8) == "OK"
    bridge.assert_arrive({("A1", "9", AT8)})
    rejected = bridge.hipctl("rejected").stdout
    assert rejected.count("io_time is no time") == 2 and rejected.count("it names no user") == 1
    for file in bridge.data.glob("outbox.db*"):
        assert b"FINGERPRINT" not in file.read_bytes()


def test_orders_and_the_log_that_is_read(bridge):
    bridge.start()
    one = FkTerminal(bridge, "A1")
    now = local_now()
    code, headers, said = one.poll(now)
    assert code == "OK" and headers["cmd_code"] == "GET_DEVICE_STATUS" and said == b"", "a new terminal is asked"
    log = [record(str(user), 2026, 9, 29, 8, user % 60, 0) for user in range(1, 101)]
    status = body({"user_count": 7, "fp_count": 9, "total_log_count": 100, "all_log_count": 100})
    assert one.send("send_cmd_result", status, trans_id=headers["trans_id"], cmd_return_code="OK")[0] == "OK"
    code, headers, said = one.poll(now)
    assert headers["cmd_code"] == "GET_LOG_DATA" and parse(said)["begin_time"] == "20000101000000"
    assert one.poll(now)[0] == "ERROR_NO_CMD", "one order at a time"
    data = body({"log_count": 100, "one_log_size": 48, "log_array": "BIN_1"}, b"".join(log))
    assert one.blocks("send_cmd_result", data, 40, trans_id=headers["trans_id"], cmd_return_code="OK") == "OK"
    expected = {("A1", str(user), f"2026-09-29 08:{user % 60:02}:00") for user in range(1, 101)}
    bridge.assert_arrive(expected)

    for words, order in ((["info"], "GET_DEVICE_STATUS"), (["set-clock"], "SET_TIME"),
                         (["resend", "--from", "2026-09-01", "--to", "2026-09-30"], "GET_LOG_DATA")):
        done = bridge.hipctl("device", "A1", *words)
        assert done.returncode == 0, done.stdout
        code, headers, said = one.poll(now)
        assert (code, headers["cmd_code"]) == ("OK", order)
        answer = {"GET_DEVICE_STATUS": status, "SET_TIME": b"", "GET_LOG_DATA": body({"log_count": 0})}[order]
        if order == "GET_LOG_DATA":
            assert parse(said) == {"begin_time": "20260901000000", "end_time": "20260930235959"}
        assert one.send("send_cmd_result", answer, trans_id=headers["trans_id"], cmd_return_code="OK")[0] == "OK"
    assert bridge.hipctl("device", "A1", "reboot").returncode == 0
    assert one.poll(now)[0] == "RESET_FK"
    assert one.poll(now)[0] == "ERROR_NO_CMD"
    text = bridge.hipctl("device", "A1").stdout
    assert "UserCount=7, TransactionCount=100" in text and "LogCount=100" in text, text


def test_names_zones_gates_and_both_protocols_side_by_side(bridge):
    bridge.write_config(bridge.config(listener={
        "unknown_devices": "reject",
        "devices": [{"sn": "SERIAL1", "name": "Gate", "timezone": 9, "aliases": ["CLOUD1"]}]}))
    bridge.start()
    assert FkTerminal(bridge, "STRANGER").send("realtime_glog", body(glog("1", ON8)))[0] == 403
    bridge.wait_event(210)
    cloud = FkTerminal(bridge, "CLOUD1")
    assert cloud.punch("1", ON8) == "OK"
    assert bridge.request("POST /iclock/cdata?SN=SERIAL1&table=ATTLOG HTTP/1.1", b"2\t2026-09-29 08:00:00\t0\t1\n")[2] == b"OK: 1"
    bridge.assert_arrive({("SERIAL1", "1", AT8), ("SERIAL1", "2", AT8)})
    cloud.poll("20150101000012")
    bridge.wait_event(219)


def test_a_log_that_premium_time_exports_of_the_same_terminal_is_no_second_row(bridge):
    bridge.start()
    assert FkTerminal(bridge, "A1").punch("1001", ON8) == "OK"
    bridge.drop_log("alog.txt", [("1001", "29/09/2026 08:00:00 AM"), ("1002", "29/09/2026 08:05:00 AM")])
    assert bridge.hipctl("sync-now").returncode == 0
    wait_for(lambda: len(bridge.database.punches()) == 2, 30, "both persons are there")
    assert ("A1", "1001", AT8) in bridge.database.punches()
