"""The log folder's share of the benchmark: a long log, from the folder into the table and the archive, under Wine.

Beside LOAD DATA LOCAL INFILE of the same rows into the same table in the same run; with what the service's private
memory grew by since it was idle (just started, connected to the database, no log and no terminal yet), with the second
half's rows beside the first's, and with how long a terminal that pushes one punch after the other waits for its OK.
"""

import datetime
import json
import os
import pathlib
import socket
import statistics
import subprocess
import threading
import time

import harness
import soak_sync

HEAD = "Date Export : 15/01/2026 09:00:05 AM\r\n" + "-" * 52 + "\r\nNo.    ID        Time                        Verify\r\n" + "-" * 52 + "\r\n"
USERS = 2000
DAY_ROWS = 86400
LINE_LEAST = 50  # bytes
GROWTH_LIMIT = 8.0  # MiB
# The tables fit into the server's memory, and its log does not hurry it: what is measured is ours, not the server's disk.
ROOMY = ("--innodb-buffer-pool-size=4G", "--innodb-log-file-size=2G")


def first_day(size):
    """So that a log of that many bytes ends a day or two ago: the service counts recent punches by hours as well."""
    return datetime.date.today() - datetime.timedelta(days=size // (LINE_LEAST * DAY_ROWS) + 2)


def make_log(log, tsv, size, day):
    """A log of that many bytes, a punch a second from that day on, and its rows as LOAD DATA takes them; returns how many."""
    clock = [datetime.datetime(2000, 1, 1) + datetime.timedelta(seconds=second) for second in range(DAY_ROWS)]
    times = [f"{at:%I:%M:%S %p}" for at in clock], [f"{at:%H:%M:%S}" for at in clock]
    rows = 0
    with open(log, "w", newline="") as out, open(tsv, "w", newline="") as table:
        written = out.write(HEAD)
        while written < size:
            date, iso = f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}"
            lines, values = [], []
            for second in range(DAY_ROWS):
                line = f"{rows + second + 1:<8} {1 + (rows + second) % USERS:05}     {date} {times[0][second]}      1 T"
                lines.append(line)
                values.append(f"HIP_DEVICE_1\t{1 + (rows + second) % USERS:05}\t{iso} {times[1][second]}\t0\t1\t{line}\n")
                written += len(line) + 2
                if written >= size:
                    break
            out.write("\r\n".join(lines) + "\r\n")
            table.write("".join(values))
            rows += len(lines)
            day += datetime.timedelta(days=1)
    return rows


class Memory(threading.Thread):
    """The service's private memory (anonymous, in MiB) now and then."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path = pathlib.Path(f"/proc/{pid}/smaps_rollup")
        self.most = 0.0
        self.ended = threading.Event()

    def now(self):
        lines = dict(line.split(":", 1) for line in self.path.read_text().splitlines()[1:])
        return int(lines["Anonymous"].split()[0]) / 1024

    def run(self):
        while not self.ended.wait(0.2):
            self.most = max(self.most, self.now())


class Progress(threading.Thread):
    """When half of the log's rows were in the table. It has a punch a second: the newest says how many there are."""

    def __init__(self, database, day, rows):
        super().__init__(daemon=True)
        self.database = database
        self.half = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(seconds=rows // 2)
        self.at = None
        self.ended = threading.Event()

    def run(self):
        with self.database.connect() as cursor:
            while self.at is None and not self.ended.wait(0.2):
                cursor.execute(f"SELECT MAX(check_time) FROM {harness.TABLE} WHERE check_time < CURDATE()")
                newest = cursor.fetchone()[0]
                if newest is not None and newest >= self.half:
                    self.at = time.monotonic()


class Terminal(threading.Thread):
    """Pushes one punch after the other on one connection; how long each took, in ms."""

    def __init__(self, port, sn):
        super().__init__(daemon=True)
        self.port, self.sn = port, sn
        self.took = []
        self.ended = threading.Event()

    def run(self):
        at = datetime.datetime.now()
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            while not self.ended.wait(0.05):
                at += datetime.timedelta(seconds=1)
                body = f"9\t{at:%Y-%m-%d %H:%M:%S}\t0\t1\t\t0\t0\n".encode()
                began = time.monotonic()
                connection.sendall(f"POST /iclock/cdata?SN={self.sn}&table=ATTLOG&Stamp=9999 HTTP/1.1\r\n"
                                   f"Host: 127.0.0.1:{self.port}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                status, _, _ = harness.read_answer(connection)
                if status == 200:
                    self.took.append((time.monotonic() - began) * 1000)

    def end(self):
        self.ended.set()
        self.join()
        return self.took


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def spent(text, figure, *roads):
    """Where the time of each row went that came by these roads, by what status.json counts."""
    for road in roads:
        sums = text["spent"][road] or {"rows": 0}
        for part in ("copy", "parse", "bind", "send", "wait", "flush", "carry") if sums["rows"] else ():
            if sums[f"{part}_us"]:
                yield figure(f"  of it: {road}: {part}", sums[f"{part}_us"] / sums["rows"], "us/row")


def load_data(database, tsv, rows):
    with database.connect() as cursor:
        cursor.execute(f"TRUNCATE {harness.TABLE}")
    began = time.monotonic()
    subprocess.run(
        ["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={database.port}", "--protocol=tcp",
         f"--user={harness.Database.USER}", f"--ssl-ca={database.ca}", "--local-infile=1", "--default-character-set=utf8mb4",
         harness.Database.NAME, "-e",
         f"LOAD DATA LOCAL INFILE '{tsv}' INTO TABLE {harness.TABLE} CHARACTER SET utf8mb4 "
         "(device_sn, user_id, check_time, status, verify_type, raw_data)"],
        env=dict(os.environ, MYSQL_PWD=harness.Database.PASSWORD), check=True)
    seconds = time.monotonic() - began
    with database.connect() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {harness.TABLE}")
        assert cursor.fetchone()[0] == rows, "not every row was loaded"
    return rows / seconds


def run(folder, msi, terminal, size, figure, **changes):
    """Yields figures; `changes` go to the configuration."""
    bridge = harness.Bridge(folder, msi, terminal)
    bridge.folder.mkdir()
    tsv = bridge.folder / "rows.tsv"
    try:
        bridge.database.options = ROOMY
        bridge.prepare()
        bridge.write_config(bridge.config(**changes))
        bridge.install()
        bridge.alog.mkdir(exist_ok=True)
        making = bridge.folder / "long.making"
        day = first_day(size)
        rows = make_log(making, tsv, size, day)
        bridge.wait_event(400)
        time.sleep(2)
        memory = Memory(bridge.pids()[0])
        before = memory.now()
        memory.start()
        idle = Terminal(bridge.port, "IDLE1")
        idle.start()
        time.sleep(5)
        quiet = idle.end()

        busy = Terminal(bridge.port, "BUSY1")
        busy.start()
        size = making.stat().st_size
        making.rename(bridge.alog / "long.txt")
        began = time.monotonic()
        progress = Progress(bridge.database, day, rows)
        progress.start()
        asked = soak_sync.ask(bridge)
        harness.wait_for(lambda: (bridge.archive / "long.txt").exists(), 60 + size / 200_000, "the log is archived")
        seconds = time.monotonic() - began
        asked.wait(60)
        loud = busy.end()
        progress.ended.set()
        progress.join()
        memory.ended.set()
        memory.join()
        with bridge.database.connect() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {harness.TABLE} WHERE device_sn = 'HIP_DEVICE_1'")
            assert cursor.fetchone()[0] == rows, "not every row arrived"
        text = json.loads(bridge.request("GET /hipbridge/status.json HTTP/1.1")[2])
        bridge.stop()
        name = f"log of {size / 1e6:,.0f} MB to the table"
        yield figure(name, rows / seconds, "rows/s", load_data(bridge.database, tsv, rows))
        yield from spent(text, figure, "log", "upload")
        yield figure(f"{name}, reading and all", size / 1e6 / seconds, "MB/s")
        first = progress.at - began
        yield figure(f"{name}, second half", rows / 2 / (seconds - first), "rows/s", rows / 2 / first)
        yield figure(f"{name}, private memory", memory.most - before, "MiB more", GROWTH_LIMIT)
        yield figure(f"{name}, a terminal's OK, p50", statistics.median(loud), "ms", statistics.median(quiet))
        yield figure(f"{name}, a terminal's OK, p99", percentile(loud, 0.99), "ms", percentile(quiet, 0.99))
    finally:
        bridge.close()
