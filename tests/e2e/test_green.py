"""Green means green: what stops or loses something is told, on the page, by hipctl and by the alarm; and a changed
configuration is taken without a moment in which a terminal finds nobody."""

import hashlib
import json
import pathlib
import shutil
import socket
import ssl
import struct
import zipfile

from harness import read_answer, wait_for, windows_path
from hook import Hook


def codes(bridge):
    return [(concern["code"], concern["level"], concern["event"]) for concern in bridge.status()["concerns"]]


def test_a_folder_that_is_missing_is_not_well_and_the_alarm_says_so_once(bridge):
    hook = Hook()
    shutil.rmtree(bridge.alog)
    bridge.write_config(bridge.config(name="Gate PC", alarm={"url": hook.url, "header": "Authorization: Bearer secret-of-hook",
                                                             "body": '{"m": "{name}|{level}|{text}"}'}))
    bridge.start()
    wait_for(lambda: ("log_folder", "bad", 302) in codes(bridge), 30, "the missing folder is a concern")
    said = bridge.hipctl("status")
    assert said.returncode == 4 and "ACT   The log folder cannot be read" in said.stdout and "(event 302)" in said.stdout
    _, _, metrics = bridge.request("GET /hipbridge/metrics HTTP/1.1")
    assert b"\nhipbridge_level 2\n" in metrics and b'\nhipbridge_concern{code="log_folder"} 1\n' in metrics

    told = bridge.wait_event(120, 90)
    assert told.strings[0] == "bad" and "log folder" in told.strings[2]
    wait_for(lambda: hook.got, 60, "the alarm has come")
    path, headers, body = hook.got[0]
    assert path == "/hook?a=b" and headers["Authorization"] == "Bearer secret-of-hook"
    assert body["m"].startswith("Gate PC|bad|The log folder cannot be read")
    assert "secret-of-hook" not in bridge.config_path.read_text()

    # A restart neither loses it nor repeats it.
    bridge.stop()
    bridge.start()
    bridge.alog.mkdir()
    assert bridge.hipctl("sync-now").returncode == 0
    wait_for(lambda: not any(code == "log_folder" for code, _, _ in codes(bridge)), 90, "the folder is read again")
    assert bridge.request("POST /iclock/cdata?SN=GREEN1&table=ATTLOG&Stamp=9999 HTTP/1.1",
                          b"7\t2026-01-15 08:01:02\t0\t1\t\t0\t0\n")[0] == 200  # one that brings punches is missed, and heard
    wait_for(lambda: len(hook.got) == 2, 90, "it is told that all is well again")
    assert hook.got[1][2]["m"].startswith("Gate PC|good|All is well")
    well = bridge.hipctl("status")
    assert well.returncode == 0 and "All is well: the log folder was read" in well.stdout, well.stdout
    assert "1 of 1 terminals are heard" in well.stdout
    assert bridge.status()["sync"]["summary"].startswith("0 files read")
    assert len(hook.got) == 2 and not bridge.events(122)
    hook.shutdown()


def test_an_alarm_server_that_hangs_holds_nothing_up_and_the_alarm_is_not_lost(bridge):
    hook = Hook()
    hook.hang = 600
    shutil.rmtree(bridge.alog)
    bridge.write_config(bridge.config(alarm={"url": hook.url}))
    bridge.start()
    wait_for(lambda: hook.asked, 120, "the alarm is on its way")
    run = bridge.terminals("--terminals", 4, "--punches", 20, "--rate", 20)
    run.wait(60)
    bridge.assert_arrive(run.acknowledged())
    assert bridge.stop() < 10 and hook.got == []
    hook.hang = 0
    bridge.start()
    wait_for(lambda: hook.got, 120, "the alarm has come")
    assert "The log folder cannot be read" in hook.got[0][2]["text"] and len(hook.got) == 1
    hook.shutdown()


def trust(bridge, pem):
    """Has this Windows believe an authority, as an administrator may."""
    der = ssl.PEM_cert_to_DER_cert(pathlib.Path(pem).read_text())
    digest = hashlib.sha1(der, usedforsecurity=False).digest()
    blob = b"".join(struct.pack("<III", kind, 1, len(value)) + value for kind, value in ((3, digest), (32, der)))
    key = "HKLM\\Software\\Microsoft\\SystemCertificates\\Root\\Certificates\\" + digest.hex().upper()
    assert bridge.wine.run("reg", "add", key, "/v", "Blob", "/t", "REG_BINARY", "/d", blob.hex(), "/f").returncode == 0
    return key


def test_an_alarm_goes_to_a_server_that_windows_believes_and_to_no_other(bridge):
    """By HTTPS, with a certificate that is good for the name, of an authority that Windows knows or not."""
    hook = Hook()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = bridge.database.folder
    context.load_cert_chain(folder / "other-ca.pem", folder / "server.key")
    hook.socket = context.wrap_socket(hook.socket, server_side=True)
    port = hook.server_address[1]
    alarm = {"url": f"https://localhost:{port}/", "header": "X-Key: secret-of-hook", "body": '{"m": "{text}"}'}
    bridge.write_config(bridge.config(alarm=alarm))
    refused = bridge.hipctl("test-alarm")
    assert refused.returncode == 1 and "certificate" in refused.stdout and not hook.got, refused.stdout
    key = trust(bridge, folder / "another-ca.pem")
    try:
        sent = bridge.hipctl("test-alarm")
        assert sent.returncode == 0 and hook.got[0][2] == {"m": "This is a test, sent by hand."}, sent.stdout
        assert hook.got[0][1]["X-Key"] == "secret-of-hook"
        bridge.write_config(bridge.config(alarm=dict(alarm, url=f"https://127.0.0.1:{port}/")))
        assert bridge.hipctl("test-alarm").returncode == 1, "the certificate is for localhost alone"
        hook.answer = 401
        bridge.write_config(bridge.config(alarm=alarm))
        denied = bridge.hipctl("test-alarm")
        assert denied.returncode == 1 and "answered 401" in denied.stdout and "secret-of-hook" not in denied.stdout
    finally:
        bridge.wine.run("reg", "delete", key, "/f")
        hook.shutdown()
    for url in ("http://192.168.1.1/", "http://localhost.evil.example/", "ftp://localhost/"):
        bridge.write_config(bridge.config(alarm={"url": url}))
        assert "must begin with https://" in bridge.hipctl("check-config").stdout


def test_a_reload_cuts_no_connection_and_a_wrong_file_changes_nothing(bridge):
    bridge.start()
    run = bridge.terminals("--terminals", 4, "--punches", 150, "--rate", 40, "--batch", 1)
    with socket.create_connection(("127.0.0.1", bridge.port), timeout=20) as connection:
        def ask():
            connection.sendall(f"GET /iclock/cdata?SN=KEPT1&options=all HTTP/1.1\r\nHost: 127.0.0.1:{bridge.port}\r\n\r\n".encode())
            return read_answer(connection)[2].decode()

        assert "Delay=1\n" in ask()
        for delay in range(2, 8):
            bridge.write_config(bridge.config(listener={"delay_s": delay}, sync={"upload_times": [f"0{delay}:00"]}))
            done = bridge.hipctl("reload")
            assert done.returncode == 0 and "in use" in done.stdout, done.stdout
            assert f"Delay={delay}\n" in ask(), "on the same connection"
        bridge.write_config('{"listener": {"delay_s": 0}}')
        done = bridge.hipctl("reload")
        assert done.returncode == 1 and "listener.delay_s is 0" in done.stdout, done.stdout
        assert "Delay=7\n" in ask()
        moved = bridge.config(listener={"delay_s": 8})
        moved["listener"]["port"] += 1
        bridge.write_config(moved)
        done = bridge.hipctl("reload")
        assert done.returncode == 0 and "wait for a restart" in done.stdout, done.stdout
        assert "Delay=8\n" in ask()
    run.wait()
    bridge.assert_arrive(run.acknowledged(), exactly=False)
    assert len(bridge.events(116)) == 7 and not bridge.events(117), "hipctl itself has seen what is wrong"


def captured(data):
    """A piece as hipctl sniff writes it down."""
    rows = (data[at:at + 16] for at in range(0, len(data), 16))
    return f"2026-11-30 10:00:00 10.1.0.5:4000 -> {len(data)} bytes\n" + "".join(
        f"  {number * 16:06x}  {''.join(f'{byte:02x} ' for byte in row):48} .\n" for number, row in enumerate(rows))


CAPTURE = captured(b"POST /iclock/cdata?SN=RPT1&table=ATTLOG HTTP/1.1\r\nHost: localhost\r\n\r\n4711 Somchai what is th\n")


def test_a_report_has_what_a_maintainer_needs_and_no_secret(bridge):
    bridge.start()
    assert bridge.request("POST /iclock/cdata?SN=RPT1&table=ATTLOG HTTP/1.1", b"4711 Somchai what is this\n")[0] == 200
    path = bridge.folder / "report.zip"
    path.unlink(missing_ok=True)
    asked = bridge.hipctl("report", windows_path(path), stdin=b"no\n")
    assert asked.returncode == 1 and "rejected.txt" in asked.stdout and not path.exists()
    capture = bridge.folder / "report-capture.txt"
    capture.write_text(CAPTURE)
    (bridge.data / "outbox.db.pull-T1.bin").write_bytes(b"\0\1\xff4711\0")
    done = bridge.hipctl("report", windows_path(path), "--capture", windows_path(capture), "--yes")
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(path) as report:
        texts = {name: report.read(name).decode() for name in report.namelist()}
    assert {"about.txt", "config.json", "status.json", "events.txt", "rejected.txt"} <= set(texts)
    whole = "".join(texts.values())
    assert bridge.database.PASSWORD not in whole and "dpapi:" not in whole and "Somchai" not in whole and "4711" not in whole
    assert "0000 xxxxxxx xxxx xx xxxx" in texts["rejected.txt"] and "RPT1" in texts["status.json"]
    heads = texts["captures.txt"]
    assert "POST /iclock/cdata\n" in heads and "SN=xxx0\n" in heads and "Host: xxxxxxxxx\n" in heads and "and 24 bytes more" in heads
    assert "outbox.db.pull-T1.bin, 8 bytes\n      00 .. ff .. .. .. .. 00" in heads
    assert "HIP Bridge" in texts["about.txt"] and "\n200  " in texts["events.txt"]
    assert bridge.hipctl("report", windows_path(path), "--yes").returncode == 1, "never over a file that is there"


def test_a_terminal_that_is_gone_is_missed_no_more(bridge):
    bridge.start()
    assert bridge.request("GET /iclock/cdata?SN=GONE1&options=all HTTP/1.1")[0] == 200
    wait_for(lambda: [d["sn"] for d in bridge.status()["devices"]] == ["GONE1"], 20, "it is known")
    done = bridge.hipctl("device", "GONE1", "retire")
    assert done.returncode == 0 and "missed no more" in done.stdout, done.stdout
    assert bridge.status()["devices"] == []
