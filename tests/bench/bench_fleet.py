"""Many bridges into one server: bench_fleet.c, which has the product's own outbox and uploader a bridge, a thread each.

Rows a second of 1, 10 and 100 beside LOAD DATA from as many connections; how long 200 rows of each take (the busiest hour of a
site of 200 people); 300 with a punch now and then, and in the rush, on a server that takes 50 connections; and 300 that come back
after an hour without it. Where a bridge's clock runs faster than ours the name says how much: its waits are shorter by that, the
work is not, so that a delay by its clock is too long rather than too short.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess

import harness
from bench_sync import ROOMY, percentile

CROWDS = (1, 10, 100)
DEARER = 1.5  # a row at 100 beside a row at 1
OFFICES, CONNECTIONS, HOUR_ROWS = 300, 50, 200


class Fleet:
    def __init__(self, folder, program):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.program = program
        self.database = harness.Database(self.folder / "database")
        self.database.options = ROOMY
        self.database.create()
        self.config = self.folder / "config.json"
        self.config.write_text(json.dumps({"database": {
            "host": "localhost", "port": self.database.port, "user": harness.Database.USER,
            "password": harness.Database.PASSWORD, "database": harness.Database.NAME, "tls": "verify",
            "tls_ca": str(self.database.ca)}}), "utf-8")

    def fill(self, bridges, rows):
        full = self.folder / f"full-{bridges}-{rows}"
        if not full.exists():
            full.mkdir()
            subprocess.run([self.program, "fill", full, str(bridges), str(rows)], check=True)
        return full

    def outboxes(self, bridges, rows):
        """Fresh copies."""
        used = self.folder / "used"
        shutil.rmtree(used, ignore_errors=True)
        shutil.copytree(self.fill(bridges, rows), used)
        return used

    def empty(self):
        with self.database.connect() as cursor:
            cursor.execute(f"SHOW TABLES LIKE '{harness.TABLE}'")
            if cursor.fetchall():
                cursor.execute(f"TRUNCATE {harness.TABLE}")

    def count(self):
        with self.database.connect() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {harness.TABLE}")
            return cursor.fetchone()[0]

    def status(self, name):
        with self.database.connect() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE %s", (name,))
            return int(cursor.fetchone()[1])

    def run(self, *arguments, rows=None):
        env = dict(os.environ, HIPBRIDGE_SERVER_PID=str(self.database.process.pid))
        said = json.loads(subprocess.run([self.program, *map(str, arguments)], check=True, env=env, stdout=subprocess.PIPE, text=True).stdout)
        if rows is not None and self.count() != rows:
            raise RuntimeError(f"{self.count()} of {rows} rows arrived")
        return said

    def send(self, bridges, rows):
        folder = self.outboxes(bridges, rows)
        self.empty()
        return self.run("send", self.config, folder, bridges, rows=bridges * rows)

    def load(self, bridges, rows):
        self.empty()
        return self.run("load", self.config, self.fill(bridges, rows), bridges, rows=bridges * rows)


def rates(fleet, total, rounds, figure):
    """In turns, so that whatever else the machine does meets all."""
    found = {(how, bridges): [] for how in ("send", "load") for bridges in CROWDS}
    crossed = dict.fromkeys(CROWDS, 0)
    fleet.send(1, 10)  # makes the table
    before = fleet.status("Innodb_deadlocks")
    for _ in range(rounds):
        for bridges in CROWDS:
            said = fleet.send(bridges, total // bridges)
            crossed[bridges] += said["conflicts"] + said["lock_waits"]
            found["send", bridges].append(said)
            found["load", bridges].append(fleet.load(bridges, total // bridges))

    def middle(how, bridges, what):
        return statistics.median(said[what] for said in found[how, bridges])

    def rate(how, bridges):
        return total / middle(how, bridges, "seconds")

    def cpu(how, bridges):
        return middle(how, bridges, "server_cpu") / total * 1e6

    for bridges in CROWDS:
        yield figure(f"fleet of {bridges}, beside LOAD DATA on as many", rate("send", bridges), "rows/s", rate("load", bridges))
        yield figure(f"fleet of {bridges}, the server's CPU a row, beside LOAD DATA", cpu("send", bridges), "us", cpu("load", bridges))
        yield figure(f"fleet of {bridges}, tries again (deadlock, lock wait)", crossed[bridges], "tries")
    for how, name in (("send", "fleet"), ("load", "LOAD DATA")):
        for bridges in CROWDS[1:]:
            yield figure(f"{name} of {bridges}, beside one", rate(how, bridges), "rows/s", rate(how, 1),
                         round(1 / DEARER, 2) if how == "send" else None)
            # As rows a second of the server's CPU, so that more is better as everywhere.
            yield figure(f"{name} of {bridges}, of the server's CPU, beside one", 1e6 / cpu(how, bridges), "rows/CPU s",
                         1e6 / cpu(how, 1))
    # LOAD DATA takes turns by MariaDB's lock on the numbers of a table; an INSERT does not, nor LOAD DATA where that is switched off.
    most = CROWDS[-1]
    deadlocks = fleet.status("Innodb_deadlocks") - before
    fleet.database.stop()
    fleet.database.start("--innodb-autoinc-lock-mode=2")
    ours, theirs = zip(*((fleet.send(most, total // most)["seconds"], fleet.load(most, total // most)["seconds"]) for _ in range(rounds)))
    yield figure(f"fleet of {most}, beside LOAD DATA that takes no turns", total / statistics.median(ours), "rows/s",
                 total / statistics.median(theirs))
    yield figure("fleet, deadlocks by the server's own count", deadlocks, "deadlocks")


def hour_away(fleet, rounds, figure):
    for bridges in CROWDS:
        took, logins = [], []
        for _ in range(rounds):
            said = fleet.send(bridges, HOUR_ROWS)
            took.append(said["connecting"] + said["seconds"])
            logins.append(said["login_s"])
        yield figure(f"fleet of {bridges}, {HOUR_ROWS} rows each, from no connection", statistics.median(took), "s")
        yield figure(f"fleet of {bridges}, a login among all of them", statistics.median(logins) * 1000, "ms")


def restart(fleet, *options):
    fleet.database.stop()
    fleet.database.start(f"--max-connections={CONNECTIONS}", *options)


def now_and_then(fleet, name, every_s, for_s, scale, figure):
    restart(fleet)
    fleet.empty()
    folder = fleet.outboxes(OFFICES, 0)
    said = fleet.run("live", fleet.config, folder, OFFICES, every_s, for_s, scale)
    if fleet.count() != said["given"] or said["up"] != said["given"]:
        raise RuntimeError(f"{fleet.count()} of {said['given']} rows arrived")
    name = f"{OFFICES} on {CONNECTIONS} connections, {name}"
    yield figure(f"{name}, rows, all up", said["up"], "rows", said["given"])
    yield figure(f"{name}, OK to row, p50", percentile(said["took"], 0.5) * 1000, "ms")
    yield figure(f"{name}, OK to row, p99", percentile(said["took"], 0.99) * 1000, "ms")
    yield figure(f"{name}, p99 by their clock (x{scale})", percentile(said["took"], 0.99) * scale, "s")
    yield figure(f"{name}, most by their clock", max(said["took"]) * scale, "s")
    yield figure(f"{name}, logins of all tries", said["logins"], "logins", said["knocks"])
    yield figure(f"{name}, refused (1040)", said["refused"], "tries")
    yield figure(f"{name}, events 401", said["away_told"], "events")
    yield figure(f"{name}, connections at once", fleet.status("Max_used_connections"), "connections", CONNECTIONS)


def come_back(fleet, scale, figure):
    restart(fleet)
    fleet.empty()
    folder = fleet.outboxes(OFFICES, HOUR_ROWS)
    fleet.database.stop()
    with subprocess.Popen([fleet.program, "away", fleet.config, folder, str(OFFICES), "3600", "120", str(scale)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout.readline() != "back\n":
            raise RuntimeError("the fleet ended early")
        fleet.database.start(f"--max-connections={CONNECTIONS}")
        process.stdin.write("go\n")
        process.stdin.flush()
        said = json.loads(process.stdout.read())
    if fleet.count() != OFFICES * HOUR_ROWS:
        raise RuntimeError(f"{fleet.count()} of {OFFICES * HOUR_ROWS} rows arrived")
    name = f"{OFFICES} back after an hour (x{scale})"
    yield figure(f"{name}, drained", said["seconds"], "s")
    yield figure(f"{name}, tries to connect, most in a second", said["knocks_a_second"], "tries")
    yield figure(f"{name}, tries to connect", said["knocks"], "tries", OFFICES)
    yield figure(f"{name}, refused (1040)", said["refused"], "tries")
    yield figure(f"{name}, tries again (deadlock, lock wait)", said["conflicts"] + said["lock_waits"], "tries")
    yield figure(f"{name}, events 401, of the hour away too", said["away_told"], "events")
    yield figure(f"{name}, connections at once", fleet.status("Max_used_connections"), "connections", CONNECTIONS)


def fleet(folder, full, program, figure):
    run = Fleet(folder / "fleet", program)
    try:
        yield figure("the machine's load before", os.getloadavg()[0], "load")
        rounds = 5 if full else 1
        yield from rates(run, 500_000 if full else 50_000, rounds, figure)
        yield from hour_away(run, rounds, figure)
        yield from now_and_then(run, "a punch in 10 min", 600, *((3600, 10) if full else (300, 10)), figure)
        yield from now_and_then(run, "a punch in 45 s", 45, *((900, 2) if full else (120, 4)), figure)
        yield from come_back(run, 1 if full else 10, figure)
        yield figure("the machine's load after", os.getloadavg()[0], "load")
    finally:
        run.database.stop(kill=True)
