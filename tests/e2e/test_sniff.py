"""`hipctl sniff`: shows bytes as they are, answers or passes on, and sends a capture again."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time

from fkweb import FkTerminal, body
from harness import WINE, free_port, read_answer, wait_for, windows_path

LINE = b"1001\t2026-01-15 08:01:02\t0\t1\n"


@contextlib.contextmanager
def sniffing(bridge, *options):
    """A running sniff on a port of its own; yields the port and a function that reads what it has shown."""
    port = free_port()
    path = bridge.folder / f"sniff-{port}.txt"
    program = bridge.program_folder / "hipctl.exe"
    with open(path, "wb") as out:
        process = subprocess.Popen([WINE, str(program), "sniff", "--port", str(port), *options],
                                   env=dict(bridge.wine.env, WINEDEBUG="-all"), stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=out)
    try:
        wait_for(lambda: "Listening" in path.read_text("utf-8", "replace"), 20, "sniff listens")
        yield port, lambda: path.read_text("utf-8", "replace")
    finally:
        for pid in bridge.wine.processes("hipctl.exe"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(10)


def send(bridge, port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(data)
        return read_answer(connection)


def request(bridge, line, body=b""):
    """Host is the service's, which is the one that Wine's http.sys answers for."""
    return f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{bridge.port}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_a_terminal_goes_on_and_keeps_its_punches_and_the_capture_is_sent_again(bridge):
    capture = bridge.folder / "capture.txt"
    capture.unlink(missing_ok=True)
    with sniffing(bridge, "--out", windows_path(capture)) as (port, shown):
        status, headers, body = send(bridge, port, request(bridge, "GET /iclock/cdata?SN=SNIFF1&options=all"))
        assert status == 200 and body.startswith(b"GET OPTION FROM: SNIFF1\n") and "date" in headers
        assert send(bridge, port, request(bridge, "GET /iclock/getrequest?SN=SNIFF1"))[2] == b"OK"
        assert send(bridge, port, request(bridge, "POST /iclock/cdata?SN=SNIFF1&table=ATTLOG&Stamp=1", LINE))[0] == 503
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(b"\x55\xaa\x01\xb0\x00not http\n")
            wait_for(lambda: "55 aa 01 b0" in shown(), 10, "bytes that are no HTTP are shown in hex")
        wait_for(lambda: capture.read_text().count(" closed") == 4, 10, "all connections are closed")
        assert r"1001\t2026-01-15 08:01:02\t0\t1\n" in shown() and "it keeps them" in shown()

    bridge.start()
    # The last piece is no HTTP: let http.sys be spared it, whose Wine form stalls.
    text = capture.read_text()
    capture.write_text(text[: text.rindex("20", 0, text.rindex("55 aa 01 b0") - 200)])
    asked = bridge.hipctl("sniff", "--replay", windows_path(capture), "--port", str(bridge.port), stdin=b"n\n")
    assert asked.returncode == 1 and "Send it?" in asked.stdout and bridge.database.punches() == [], asked.stdout
    done = bridge.hipctl("sniff", "--replay", windows_path(capture), "--port", str(bridge.port), "--yes")
    assert done.returncode == 0 and "on 3 connections" in done.stdout, done.stdout
    assert "| OK: 1" in done.stdout
    bridge.assert_arrive({("SNIFF1", "1001", "2026-01-15 08:01:02")})


def test_a_capture_names_nobody_and_goes_when_it_is_old(bridge):
    """Names and cards of people are masked, in the text and in the digits; the service removes what was written a month ago."""
    old, fresh, letter = (bridge.folder / name for name in ("old.txt", "fresh.txt", "letter.txt"))
    person = "USER PIN=7001\tName=Somchai\tPasswd=4711\tCard=889900\tDeviceName=F18\n".encode()
    for path in (old, fresh, letter):
        path.unlink(missing_ok=True)
        with sniffing(bridge, "--out", windows_path(path)) as (port, _):
            send(bridge, port, request(bridge, "POST /iclock/cdata?SN=SNIFF2&table=OPERLOG", person))
            wait_for(lambda: " closed" in path.read_text(), 10, "the connection is closed")
    text = old.read_text()
    assert "PIN=7001" in text and "DeviceName=F18" in text and "Name=*******" in text
    digits = "".join(re.findall(r"(?m)^  [0-9a-f]{6}  ((?:[0-9a-f]{2} )+)", text)).replace(" ", "")
    for secret in ("Somchai", "4711", "889900"):
        assert secret not in text and secret.encode().hex() not in digits, secret
    assert b"7001".hex() in digits
    assert len((bridge.data / "captures.txt").read_text().split()) == 3
    letter.write_text("Something else by now, and nobody's capture.")
    for path in (old, letter):
        os.utime(path, (time.time() - 31 * 86400,) * 2)
    bridge.start()
    wait_for(lambda: not old.exists(), 40, "the old one is gone")
    assert fresh.exists() and letter.exists()
    assert (bridge.data / "captures.txt").read_text().strip().endswith("fresh.txt")


def test_everything_passes_through_to_the_service_and_back(bridge):
    bridge.start()
    with sniffing(bridge, "--forward") as (port, shown):
        assert send(bridge, port, request(bridge, "POST /iclock/cdata?SN=THROUGH&table=ATTLOG", LINE))[2] == b"OK: 1"
        assert send(bridge, port, request(bridge, "GET /iclock/getrequest?SN=THROUGH"))[2] == b"OK"
        wait_for(lambda: "| OK: 1" in shown(), 10, "the answer is shown")
        assert " -> " in shown() and " <- " in shown() and r"| 1001\t2026-01-15" in shown()
    bridge.assert_arrive({("THROUGH", "1001", "2026-01-15 08:01:02")})


def test_wrong_uses_are_told(bridge):
    for wrong in (["--forward"], ["--port", "0"], ["--replay"], ["--out"], ["x"]):
        assert bridge.hipctl("sniff", *wrong).returncode == 2, wrong
    missing = bridge.hipctl("sniff", "--replay", "C:\\no\\such", "--yes")
    assert missing.returncode == 1 and "cannot read" in missing.stdout


def test_it_says_what_it_hears_and_masks_what_is_secret(bridge):
    with sniffing(bridge) as (port, shown):
        def say(data, answered=True):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                connection.sendall(data)
                return read_answer(connection) if answered else None

        fk = FkTerminal(bridge, "1234567890")
        fk_port, bridge.port = bridge.port, port
        try:
            assert fk.punch("13", "20260929080000") == "ERROR_DB_ACCESS", "it keeps it"
            assert fk.poll()[0] == "ERROR_NO_CMD"
            assert fk.send("realtime_enroll_data", body({"user_id": "1"}, b"FINGERPRINT"))[0] == "ERROR_DB_ACCESS"
        finally:
            bridge.port = fk_port
        say(request(bridge, "POST /iclock/cdata?SN=A1&table=OPERLOG", b"USER PIN=1\tPasswd=4711\tGrp=1\n"))
        say(bytes.fromhex("55aa0180112233443412ffff00000100"), False)
        say(bytes.fromhex("5050827d08000000e80317fc00000000"), False)
        with socket.create_connection(("127.0.0.1", port), timeout=20):  # RealSvr waits to be asked
            wait_for(lambda: "RealSvr" in shown(), 25, "a connection that says nothing is told of")
        text = shown()
        for words in ("speaks FkWeb", "speaks iclock", "port 5005, in which", "port 4370, in which"):
            assert words in text, words
        assert "user_id" in text and "FINGERPRINT" not in text and "4711" not in text and "****" in text
        assert "11 22 33 44" not in text and "55 aa 01 80" in text


def test_a_relay_records_both_ways(bridge):
    capture = bridge.folder / "relay.txt"
    capture.unlink(missing_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as vendor:
        with sniffing(bridge, "--relay", f"127.0.0.1:{vendor.getsockname()[1]}", "--out", windows_path(capture)) as (port, _):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as program:
                terminal, _ = vendor.accept()
                with terminal:
                    asked = bytes.fromhex("55aa018011223344 3412ffff00000100")
                    program.sendall(asked)
                    assert terminal.recv(100) == asked, "what passes is not masked"
                    terminal.sendall(bytes.fromhex("aa550101000000000100"))
                    assert program.recv(100) == bytes.fromhex("aa550101000000000100")
            wait_for(lambda: capture.read_text().count(" closed") == 1, 10, "the record is whole")
    text = capture.read_text()
    assert " -> 16 bytes" in text and " <- 10 bytes" in text and "55 aa 01 80 2a 2a 2a 2a 34 12 ff ff" in text
