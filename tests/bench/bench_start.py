"""The service's start with many punches kept, and its stop under load, under Wine: the seconds until it says that it runs, and
until a terminal has its first OK; beside the same with an empty outbox, which is what Wine itself takes.
"""

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

import harness

PROBE_S = 0.01


def ask_for_ok(port, at, until):
    """When a terminal that asks without a pause first has its OK."""
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                body = b"9\t2026-01-15 08:00:00\t0\t1\n"
                connection.sendall(f"POST /iclock/cdata?SN=START1&table=ATTLOG&Stamp=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                                   f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                if harness.read_answer(connection)[0] == 200:
                    at.append(time.monotonic())
                    return
        except OSError:
            time.sleep(PROBE_S)


def times_of(bridge):
    began, at = time.monotonic(), []
    asking = threading.Thread(target=ask_for_ok, args=(bridge.port, at, began + 60))
    asking.start()
    bridge.start(60)
    running = time.monotonic() - began
    asking.join()
    run = subprocess.Popen([os.environ["HIPBRIDGE_TERMINAL"], "--url", f"http://127.0.0.1:{bridge.port}", "--terminals", "16", "--batch",
                            "10", "--punches", "100000", "--no-handshake", "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(5)
    stopped = bridge.stop()
    run.kill()
    run.wait()
    return running, (at[0] if at else began + 60) - began, stopped


def start(folder, full, native, figure):
    rows = 10_000_000 if full else 1_000_000
    filled = folder / "filled.db"
    subprocess.run([native / "bench_upload", "fill", filled, "/dev/null", str(rows)], check=True)
    with contextlib.closing(sqlite3.connect(filled)) as outbox:  # all are in the database, and counted
        outbox.execute("UPDATE state SET cursor = ?1, credited = ?1, counted = ?1", (rows,))
        outbox.commit()
    bridge = harness.Bridge(folder / "start", os.environ["HIPBRIDGE_MSI"], native / "terminal")
    bridge.folder.mkdir()
    try:
        bridge.wine.start()
        bridge.install()
        if bridge.state() != "STOPPED":
            bridge.stop()
        bridge.write_config({"listener": {"port": bridge.port, "open_firewall": False}, "sync": {"enabled": False},
                             "outbox": {"max_mb": 8192}})
        empty = times_of(bridge)
        for leftover in bridge.data.glob("outbox.db*"):
            leftover.unlink()
        shutil.copy(filled, bridge.data / "outbox.db")
        kept = times_of(bridge)
        for name, ours, theirs in zip(("to RUNNING", "to the first OK", "to stop under load"), kept, empty, strict=True):
            yield figure(f"start with {rows:,} kept, {name}", ours, "s", theirs)
    finally:
        bridge.wine.stop()
