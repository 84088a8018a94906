"""What the listener answers: the protocol's requests, and everything else."""

import socket

import pytest
from harness import read_answer, wait_for


@pytest.fixture
def web(bridge):
    bridge.write_config(bridge.config(listener={"max_body_kb": 64}))
    bridge.start()
    return bridge


def test_the_handshake(web):
    status, headers, body = web.request("GET /iclock/cdata?SN=TEST00000001&options=all&pushver=2.4.1 HTTP/1.1")
    lines = body.decode().splitlines()
    assert status == 200 and lines[0] == "GET OPTION FROM: TEST00000001"
    options = dict(line.split("=", 1) for line in lines[1:])
    # Never seen: all of its history is wanted.
    assert options["ATTLOGStamp"] == "0" and options["TimeZone"] == "7" and options["Realtime"] == "1"
    assert "date" in headers


def test_the_stamp_last_sent_comes_back(web):
    body = b"1001\t2026-01-15 08:01:02\t0\t1\n"
    assert web.request("POST /iclock/cdata?SN=TEST1&table=ATTLOG&Stamp=4711 HTTP/1.1", body)[0] == 200
    answer = web.request("GET /iclock/cdata?SN=TEST1&options=all HTTP/1.1")[2].decode()
    assert "ATTLOGStamp=4711" in answer.splitlines()
    web.assert_arrive([("TEST1", "1001", "2026-01-15 08:01:02")])


def test_a_bad_line_spoils_nothing_and_is_counted(web):
    body = b"1001\t2026-01-15 08:01:02\t0\t1\nrubbish\n\x001002\t2026-02-30 08:00:00\t0\t1\n00042\t2026-01-15 08:03:00\t255\t15\t0\t0\t0\t\r\n"
    status, _, answer = web.request("POST /iclock/cdata?SN=TEST2&table=ATTLOG&Stamp=1 HTTP/1.1", body)
    assert status == 200 and answer.decode().replace(" ", "").startswith("OK:4")
    web.assert_arrive([("TEST2", "1001", "2026-01-15 08:01:02"), ("TEST2", "00042", "2026-01-15 08:03:00")])


@pytest.mark.parametrize("first, body, expected", [
    ("GET /iclock/getrequest?SN=T1 HTTP/1.1", b"", 200),
    ("GET /iclock/ping?SN=T1 HTTP/1.1", b"", 200),
    ("GET //iclock/getrequest.aspx?SN=T1 HTTP/1.1", b"", 200),
    ("POST /iclock/cdata?SN=T1&table=OPERLOG&Stamp=1 HTTP/1.1", b"OPLOG 4\t0\t2026-01-15 08:00:00\t0\t0\t0\t0\n", 200),
    ("POST /iclock/cdata?SN=T1&table=nonsense HTTP/1.1", b"\x00\xff\xfe", 200),
    ("POST /iclock/devicecmd?SN=T1 HTTP/1.1", b"ID=7&Return=0&CMD=INFO\n", 200),
    ("POST /iclock/cdata?SN=T1&table=ATTLOG&Stamp=1 HTTP/1.1", b"", 200),
    ("GET /iclock/elsewhere?SN=T1 HTTP/1.1", b"", 200),
    ("GET /favicon.ico HTTP/1.1", b"", 404),
    ("HEAD / HTTP/1.1", b"", 405),
    ("DELETE /iclock/cdata?SN=T1 HTTP/1.1", b"", 405),
    ("GET /iclock/cdata?SN=%00%3Cscript%3E&options=all HTTP/1.1", b"", 400),
])
def test_each_request_has_its_answer(web, first, body, expected):
    assert web.request(first, body)[0] == expected
    assert web.database.punches() == []


def test_a_body_past_the_bound_is_413_and_stored_nowhere(web):
    line = b"1001\t2026-01-15 08:01:02\t0\t1\n"
    body = line * (80 * 1024 // len(line))
    assert web.request("POST /iclock/cdata?SN=BIG&table=ATTLOG&Stamp=1 HTTP/1.1", body)[0] == 413
    fine = web.request("POST /iclock/cdata?SN=BIG2&table=ATTLOG&Stamp=1 HTTP/1.1", line)
    assert fine[0] == 200
    web.assert_arrive([("BIG2", "1001", "2026-01-15 08:01:02")])


def test_a_body_that_never_ends_is_not_a_delivery(web):
    with socket.create_connection(("127.0.0.1", web.port)) as connection:
        connection.sendall(f"POST /iclock/cdata?SN=CUT&table=ATTLOG&Stamp=1 HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\n"
                           "Content-Length: 1000\r\n\r\n1001\t2026-01-15 08:01:02\t0\t1\n".encode())
        connection.shutdown(socket.SHUT_WR)
    web.terminals("--punches", 5).wait()
    wait_for(lambda: len(web.database.punches()) == 5, 20, "other punches arrive")
    assert all(sn != "CUT" for sn, _, _ in web.database.punches())


def test_many_requests_on_one_connection(web):
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
        for number in range(20):
            body = f"1001\t2026-01-15 08:00:{number:02}\t0\t1\n"
            connection.sendall(f"POST /iclock/cdata?SN=KEEP&table=ATTLOG&Stamp=1 HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
            assert read_answer(connection)[0] == 200
    wait_for(lambda: len(web.database.punches()) == 20, 20, "all arrive")


def test_terminals_that_vanish_in_mid_body_harm_nobody(web):
    run = web.terminals("--terminals", 8, "--punches", 60, "--batch", 3, "--vanish", 20, "--close")
    assert run.wait()["vanished"] > 0
    web.assert_arrive(run.acknowledged())


def test_a_network_that_is_not_allowed_is_refused(bridge):
    bridge.write_config(bridge.config(listener={"allowed_networks": ["10.0.0.0/8"]}))
    bridge.start()
    assert bridge.request("GET /iclock/cdata?SN=T1&options=all HTTP/1.1")[0] == 403
    assert "127.0.0.1" in bridge.wait_event(210).text


def test_an_unknown_terminal_is_refused_when_only_known_ones_may_speak(bridge):
    bridge.write_config(bridge.config(listener={"unknown_devices": "reject", "devices": [{"sn": "KNOWN1"}]}))
    bridge.start()
    body = b"1001\t2026-01-15 08:01:02\t0\t1\n"
    assert bridge.request("POST /iclock/cdata?SN=OTHER1&table=ATTLOG HTTP/1.1", body)[0] == 403
    assert bridge.request("POST /iclock/cdata?SN=KNOWN1&table=ATTLOG HTTP/1.1", body)[0] == 200
    assert "OTHER1" in bridge.wait_event(210).text
    bridge.assert_arrive([("KNOWN1", "1001", "2026-01-15 08:01:02")])
