"""The reader's share of the benchmark: what docs/database.md has people ask for, in a table of ten million rows (1,000
users, 20 terminals; a hundredth of that where it is quick); what the optional columns and their key cost an upload beside the
table of before, and what they cost LOAD DATA, the server's own fastest way, of the same rows, in the same run; and what the
heartbeats of 300 bridges cost a server that takes 50 connections.
"""

import os
import pathlib
import random
import statistics
import subprocess

import harness
from bench_sync import ROOMY

ROOT = pathlib.Path(__file__).resolve().parents[2]
USERS, TERMINALS, BRIDGES, ASKED = 1000, 20, 20, 60
GOAL_MS = 10
FULL, QUICK = 10_000_000, 200_000
HEARTBEAT_S, OFFICES, CONNECTIONS = 120, 300, 50
BASE = "2024-01-01"  # 10,000 rows a day from there on

# The table as it was before: the same punches, without the feed and what else is optional.
BEFORE = f"""CREATE TABLE {harness.TABLE} (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, device_sn VARCHAR(50) COLLATE utf8mb4_bin NOT NULL,
  user_id VARCHAR(50) COLLATE utf8mb4_bin NOT NULL, check_time DATETIME NOT NULL, status INT NOT NULL DEFAULT 0,
  verify_type INT NOT NULL DEFAULT 1, raw_data TEXT, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  UNIQUE KEY uq_device_logs_punch (device_sn, user_id, check_time), KEY ix_device_logs_time (check_time),
  KEY ix_device_logs_user (user_id, check_time)) DEFAULT CHARSET = utf8mb4"""


FEED = "`utc_time`, work_code, device_name, source, bridge, seq"  # what the table of before lacks
ROUNDS = 5


def contract():
    """The CREATE of docs/database.md."""
    text = (ROOT / "docs/database.md").read_text("utf-8")
    return text[text.index("CREATE TABLE IF NOT EXISTS device_logs"):].partition(";")[0]


def fill(cursor, rows):
    cursor.execute(contract())
    for first in range(1, rows + 1, 1_000_000):
        cursor.execute(
            f"INSERT INTO {harness.TABLE} (device_sn, user_id, check_time, status, raw_data, source, bridge, seq)"
            f" SELECT CONCAT('BENCH', LPAD(seq % {TERMINALS}, 3, '0')), seq % {USERS}, '{BASE}' + INTERVAL FLOOR(seq * 8.64) SECOND,"
            f" seq % 2, 'a line as long as most of them are', 'push', LPAD(seq % {BRIDGES}, 16, '0'), seq DIV {BRIDGES}"
            f" FROM seq_{first}_to_{min(rows, first + 999_999)}")
    cursor.execute(f"ANALYZE TABLE {harness.TABLE}")
    cursor.fetchall()


def questions(rows, dice):
    """Each with the values that one time is asked with."""
    days = max(rows // 10_000, 2)

    def day():
        return dice.randrange(days - 1)

    yield ("the bridges", f"SELECT bridge, MAX(seq) FROM {harness.TABLE} WHERE bridge IS NOT NULL GROUP BY bridge", lambda: ())
    yield ("the reader's next 1,000", f"SELECT seq, device_sn, user_id, check_time, status FROM {harness.TABLE}"
           " WHERE bridge = %s AND seq > %s ORDER BY seq LIMIT 1000",
           lambda: (str(dice.randrange(BRIDGES)).zfill(16), dice.randrange(rows // BRIDGES)))
    yield ("new since seq, 20 rows", f"SELECT seq, device_sn, user_id, check_time, status FROM {harness.TABLE}"
           " WHERE bridge = %s AND seq > %s ORDER BY seq",
           lambda: (str(dice.randrange(BRIDGES)).zfill(16), rows // BRIDGES - 20))
    yield ("last day of one user", f"SELECT check_time, device_sn, status FROM {harness.TABLE} WHERE user_id = %s"
           f" AND check_time >= '{BASE}' + INTERVAL %s DAY ORDER BY check_time", lambda: (str(dice.randrange(USERS)), days - 1))
    yield ("a month of one user", f"SELECT check_time, device_sn, status FROM {harness.TABLE} WHERE user_id = %s AND check_time"
           f" >= '{BASE}' + INTERVAL %s DAY AND check_time < '{BASE}' + INTERVAL %s DAY ORDER BY check_time",
           lambda: (lambda first: (str(dice.randrange(USERS)), first, first + 30))(day()))


def reading(cursor, rows, figure):
    dice = random.Random(20261130)
    cursor.execute("SET profiling = 1")
    for name, sql, values in questions(rows, dice):
        took = []
        for _ in range(ASKED):
            cursor.execute(sql, values())
            cursor.fetchall()
            cursor.execute("SHOW PROFILES")  # the server's own time: this driver takes longer to read the rows
            took.append(float(cursor.fetchall()[-1][1]) * 1000)
        # As a rate, so that more is better as everywhere: a goal of 10 ms is one of 100 a second.
        yield figure(f"{name}, of {rows:,} rows (median {statistics.median(took):.2f} ms)", 1000 / statistics.median(took),
                     "times/s", 1000 / GOAL_MS, 1.0)


def server_cpu(run):
    """Seconds, of the server's process."""
    with open(f"/proc/{run.database.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def heartbeats(run, native, figure):
    before = server_cpu(run)
    times = OFFICES
    took = float(subprocess.run([native / "bench_heartbeat", run.folder / "config.json", str(times), "10"], check=True,
                                stdout=subprocess.PIPE, text=True).stdout)
    cpu = (server_cpu(run) - before) / times
    open_at_once = OFFICES / HEARTBEAT_S * took
    yield figure(f"heartbeats of {OFFICES} bridges, connections at once (of {CONNECTIONS})", open_at_once, "connections")
    yield figure(f"heartbeats of {OFFICES} bridges, of one of the server's CPUs", 100 * OFFICES / HEARTBEAT_S * cpu, "%")


def widen(cursor, narrow, wide):
    """The rows as LOAD DATA reads them, with what the uploader has just filled besides."""
    cursor.execute("SELECT CAST(`utc_time` AS CHAR), work_code, device_name, source, bridge, CAST(seq AS CHAR)"
                   f" FROM {harness.TABLE} ORDER BY seq")
    with open(narrow, encoding="utf-8") as rows, open(wide, "w", encoding="utf-8") as out:
        for row, more in zip(rows, cursor.fetchall(), strict=True):
            out.write("\t".join([row.rstrip("\n"), *(r"\N" if value is None else value for value in more)]) + "\n")


def columns_cost(run, cursor, columns, figure):
    """In turns, so that whatever else the machine does meets all four."""
    made = run.table(cursor)
    wide = run.folder / "wide.tsv"
    widen(cursor, run.tsv, wide)
    ways = {("ours", "before"): lambda: run.send(run.database.port),
            ("ours", "with"): lambda: run.send(run.database.port),
            ("LOAD DATA", "before"): lambda: run.load_data(run.tsv, columns),
            ("LOAD DATA", "with"): lambda: run.load_data(wide, f"{columns}, {FEED}")}
    rates = {way: [] for way in ways}
    cpu = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, send in ways.items():
            cursor.execute(f"DROP TABLE {harness.TABLE}")
            cursor.execute(BEFORE if way[1] == "before" else made)
            began = server_cpu(run)
            rates[way].append(send())
            cpu[way].append((server_cpu(run) - began) / run.rows * 1e6)
    for who, goal in (("ours", 0.85), ("LOAD DATA", None)):
        before, with_all = (statistics.median(rates[who, which]) for which in ("before", "with"))
        spent = " to ".join(f"{statistics.median(cpu[who, which]):.2f}" for which in ("before", "with"))
        yield figure(f"upload, with the optional columns and the feed's key, {who} (the server's CPU a row: {spent} us)", with_all,
                     "rows/s", before, goal)


def reader(folder, full, upload, native, figure):
    run = upload(folder / "reader", 200_000 if full else 50_000)
    run.folder.mkdir()
    run.database.options = ROOMY
    try:
        run.prepare()
        with run.database.connect() as cursor:
            yield from columns_cost(run, cursor, upload.COLUMNS, figure)
            yield from heartbeats(run, native, figure)
            cursor.execute(f"DROP TABLE {harness.TABLE}")
            rows = FULL if full else QUICK
            fill(cursor, rows)
            yield from reading(cursor, rows, figure)
    finally:
        run.database.stop(kill=True)
