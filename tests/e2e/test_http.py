"""HTTP as terminals, proxies and worse speak it, as far as Wine's http.sys carries it.

What it does not, and Windows does: chunked bodies are not decoded, HTTP/1.0 and `Connection: close` are answered by
HTTP/1.1 that stays open, a request without Host gets 400, one of 128 KB or more is closed without an answer, and the
service hears of a request only when all of its body is there.
"""

import contextlib
import pathlib
import socket
import threading
import time

from harness import read_answer, wait_for

LINE = b"1001\t2026-01-15 08:01:02\t0\t1\n"
PUNCH = ("1001", "2026-01-15 08:01:02")


def connect(bridge, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", bridge.port), timeout=20, source_address=(source, 0))


def head(bridge, sn, length, version="1.1", *headers):
    lines = [f"POST /iclock/cdata?SN={sn}&table=ATTLOG HTTP/{version}", f"Host: 127.0.0.1:{bridge.port}",
             f"Content-Length: {length}", *headers]
    return "".join(line + "\r\n" for line in lines).encode() + b"\r\n"


def alive(bridge, sn="ALIVE1"):
    return bridge.request(f"GET /iclock/getrequest?SN={sn} HTTP/1.1")[0] == 200


def test_forms_of_http_that_terminals_use(bridge):
    bridge.start()
    with connect(bridge) as connection:  # keep-alive, in order
        for number in range(3):
            connection.sendall(head(bridge, f"KEEP{number}", len(LINE)) + LINE)
            assert read_answer(connection)[0::2] == (200, b"OK: 1")
    with connect(bridge) as connection:
        connection.sendall(head(bridge, "CLOSE", len(LINE), "1.1", "Connection: close") + LINE)
        assert read_answer(connection)[0::2] == (200, b"OK: 1")
    with connect(bridge) as connection:
        connection.sendall(head(bridge, "OLD", len(LINE), "1.0") + LINE)
        assert read_answer(connection)[0::2] == (200, b"OK: 1")
    with connect(bridge) as connection:  # not a legal value, but what Security firmware sends
        connection.sendall(head(bridge, "START", len(LINE), "1.1", "Connection: starting",
                                "Content-Type: application/push;charset=UTF-8", "Cookie: token=00") + LINE)
        assert read_answer(connection)[0::2] == (200, b"OK: 1")
    with connect(bridge) as connection:  # the client waits a moment for the 100, as it should, and goes on without
        connection.sendall(head(bridge, "EXPECT", len(LINE), "1.1", "Expect: 100-continue"))
        time.sleep(0.5)
        connection.sendall(LINE)
        status, _, body = read_answer(connection)
        if status == 100:
            rest = body or b""
            status, _, body = read_answer(connection) if not rest else (200, {}, rest)
        assert status == 200
    with connect(bridge) as connection:  # in pieces, the last in mid-line
        whole = head(bridge, "PIECES", len(LINE)) + LINE
        for at in range(0, len(whole), 40):
            connection.sendall(whole[at:at + 40])
            time.sleep(0.02)
        assert read_answer(connection)[0::2] == (200, b"OK: 1")
    status, headers, body = bridge.request("HEAD / HTTP/1.1")
    assert (status, body) == (405, b"") and headers["allow"] == "GET, POST"
    assert "date" in bridge.request("GET /iclock/ping?SN=DATE HTTP/1.1")[1], "terminals set their clocks by it"
    expected = {"KEEP0", "KEEP1", "KEEP2", "CLOSE", "OLD", "START", "EXPECT", "PIECES"}
    bridge.assert_arrive({(sn, *PUNCH) for sn in expected})


def test_a_client_that_vanishes_leaves_nothing_half_done(bridge):
    bridge.start()
    body = b"".join(b"%d\t2026-01-15 08:01:02\t0\t1\n" % user for user in range(2000))
    for cut in (10, len(body) // 2, len(body) - 1):
        with connect(bridge) as connection:
            connection.sendall(head(bridge, "CUT", len(body)) + body[:cut])
    with connect(bridge) as connection:  # in mid-head
        connection.sendall(head(bridge, "CUT", 10)[:40])
    for number in range(5):  # whole, but gone before the reply: it will send again, and may find it known
        with connect(bridge) as connection:
            connection.sendall(head(bridge, f"GONE{number}", len(LINE)) + LINE)
    assert alive(bridge)
    bridge.request("POST /iclock/cdata?SN=AFTER&table=ATTLOG HTTP/1.1", LINE)
    bridge.assert_arrive({("AFTER", *PUNCH)}, exactly=False)
    kinds = {sn for sn, _, _ in bridge.database.punches()}
    assert "CUT" not in kinds and kinds <= {"AFTER", *(f"GONE{number}" for number in range(5))}


def test_heads_and_bodies_of_any_size(bridge):
    """Around what a receive has room for: the rest is fetched, and nothing is lost between."""
    bridge.start()
    said = 0
    with connect(bridge) as connection:
        for users in (150, 190, 200, 210, 220, 230, 240, 260, 300, 1200, 2000):
            body = b"".join(b"%d\t2026-01-15 08:01:02\t0\t1\n" % user for user in range(users))
            connection.sendall(head(bridge, f"BODY{users}", len(body)) + body)
            assert read_answer(connection)[0::2] == (200, b"OK: %d" % users)
            said += users
        for size in (1000, 6000, 7000, 8000, 9000, 15000):
            body = LINE + b"7\t2026-01-15 09:01:02\t0\t1\n"
            connection.sendall(head(bridge, f"HEAD{size}", len(body), "1.1", "X-Long: " + "x" * size) + body)
            assert read_answer(connection)[0::2] == (200, b"OK: 2"), f"a head of {size} bytes"
            said += 2
    wait_for(lambda: len(bridge.database.punches()) == said, 30, f"all {said} rows are in the table")


def test_too_large_is_refused(bridge):
    bridge.write_config(bridge.config(listener={"max_body_kb": 64, "error_delay_s": 7}))
    bridge.start()
    with connect(bridge) as connection:
        connection.sendall(head(bridge, "LARGE", 100_000) + LINE * (100_000 // len(LINE)) + b" " * (100_000 % len(LINE)))
        assert read_answer(connection)[0] == 413
    body = b"".join(b"%d\t2026-01-15 08:01:02\t0\t1\n" % user for user in range(2000))
    assert len(body) < 64 * 1024
    assert bridge.request("POST /iclock/cdata?SN=FITS&table=ATTLOG HTTP/1.1", body)[2] == b"OK: 2000"
    assert alive(bridge)


def test_what_cannot_be_stored_is_to_come_again_later(bridge):
    config = bridge.config(listener={"error_delay_s": 7}, outbox={"max_mb": 1})
    del config["database"]  # nothing goes up, so nothing makes room
    bridge.write_config(config)
    bridge.start()
    taken, status, headers = 0, 200, {}
    while status == 200 and taken < 100:
        body = b"".join(b"%d\t2026-01-15 08:01:02\t0\t1\t%01000d\n" % (taken * 50 + user, 0) for user in range(50))
        status, headers, answer = bridge.request("POST /iclock/cdata?SN=MANY&table=ATTLOG HTTP/1.1", body)
        taken += status == 200
    assert status == 503 and headers["retry-after"] == "7" and 0 < taken < 100
    bridge.wait_event(211)
    assert alive(bridge), "who only asks is answered"


def test_who_may_not_speak_is_refused_and_counted(bridge):
    bridge.write_config(bridge.config(listener={
        "allowed_networks": ["127.0.0.1/32"], "unknown_devices": "reject",
        "devices": [{"sn": "MINE"}, {"sn": "ELSEWHERE", "address": "192.168.1.7"}]}))
    bridge.start()

    def ask(sn, source="127.0.0.1"):
        with connect(bridge, source) as connection:
            connection.sendall(head(bridge, sn, len(LINE)) + LINE)
            return read_answer(connection)[0]

    assert [ask("MINE"), ask("OTHER"), ask("ELSEWHERE"), ask("MINE", "127.0.0.9")] == [200, 403, 403, 403]
    access = (b"time=2026-01-15 08:01:02\tpin=1\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=1\tindex=1\n")
    for query in ("table=rtlog", "SN=&table=rtlog", "table=tabledata&tablename=transaction&count=1", "SN=&table=OPERLOG",
                  "table=ATTLOG", "SN=elsewhere&table=ATTLOG"):  # however it is named, or not
        assert bridge.request(f"POST /iclock/cdata?{query} HTTP/1.1", access)[0] == 403, query
    assert ask("mine") == 200, "capital or small letters are the same"
    for _ in range(20):
        assert ask("MINE", "127.0.0.9") == 403
    wait_for(lambda: len(bridge.events(210)) == 2, 5, "two sources are told, once each")
    assert {event.strings[0] for event in bridge.events(210)} == {"127.0.0.1", "127.0.0.9"}
    bridge.assert_arrive({("MINE", *PUNCH)})


def test_a_web_page_gets_nothing_in_by_a_browser_in_the_network(bridge):
    bridge.start()
    for number, mark in enumerate(("Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site",
                                   "Referer: http://evil.example/", "Upgrade-Insecure-Requests: 1")):
        with connect(bridge, f"127.0.0.{10 + number}") as connection:
            connection.sendall(head(bridge, "PAGE", len(LINE), "1.1", mark, "Content-Type: text/plain") + LINE)
            assert read_answer(connection)[0] == 403, mark
    wait_for(lambda: len(bridge.events(210)) == 5, 5, "each source is told")
    assert bridge.request("GET /hipbridge/ HTTP/1.1")[0] == 200, "the page's own paths are as they were"
    with connect(bridge) as connection:  # what a terminal may send besides
        connection.sendall(head(bridge, "REAL", len(LINE), "1.1", "Cookie: token=00", "Accept-Language: zh-CN") + LINE)
        assert read_answer(connection)[0] == 200
    bridge.assert_arrive({("REAL", *PUNCH)})


def private_kb(bridge):
    total = 0
    for pid in bridge.pids():
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))
    return total


@contextlib.contextmanager
def flood(bridge, connections, source):
    """Requests without a pause from one address, on so many connections; yields the count so far."""
    stop, done = threading.Event(), [0]

    def run(number):
        with contextlib.suppress(OSError, ValueError):
            while not stop.is_set():
                with connect(bridge, source) as connection:
                    for _ in range(50):
                        if stop.is_set():
                            return
                        connection.sendall(head(bridge, f"FLOOD{number}", len(LINE)) + LINE)
                        done[0] += read_answer(connection)[0] is not None

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def test_a_flood_from_one_address_starves_nobody_and_grows_nothing(bridge):
    bridge.write_config(bridge.config(listener={"max_body_kb": 64}))
    bridge.start()
    assert alive(bridge)
    before = private_kb(bridge)
    slow = []
    with flood(bridge, 12, "127.0.0.2") as done:
        for _ in range(16):  # and bodies that never end
            connection = connect(bridge, "127.0.0.2")
            connection.sendall(head(bridge, "SLOW", 60_000) + LINE)
            slow.append(connection)
        took = []
        for number in range(20):
            began = time.monotonic()
            status, _, body = bridge.request(f"POST /iclock/cdata?SN=CALM&table=ATTLOG&Stamp={number} HTTP/1.1",
                                             b"%d\t2026-01-15 08:01:02\t0\t1\n" % number)
            took.append(time.monotonic() - began)
            assert (status, body) == (200, b"OK: 1")
            time.sleep(0.05)
        assert done[0] > 10, "it was no flood"
    for connection in slow:
        connection.close()
    took.sort()
    grown = private_kb(bridge) - before
    print(f"beside {done[0]} requests of a flood: median {took[10] * 1000:.0f} ms, longest {took[-1] * 1000:.0f} ms; "
          f"private memory {grown:+d} KB")
    assert took[-1] < 5 and grown < 16 * 1024
