"""The reader's share of the benchmark: what docs/database.md has people ask for, in a table of ten million rows (1,000
users, 20 terminals; a hundredth of that where it is quick); what the optional columns and their key cost an upload beside the
table of before, in the same run; and what the heartbeats of 300 bridges cost a server that takes 50 connections.
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


def heartbeats(run, native, figure):
    def server_cpu():
        with open(f"/proc/{run.database.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = server_cpu()
    times = OFFICES
    took = float(subprocess.run([native / "bench_heartbeat", run.folder / "config.json", str(times), "10"], check=True,
                                stdout=subprocess.PIPE, text=True).stdout)
    cpu = (server_cpu() - before) / times
    open_at_once = OFFICES / HEARTBEAT_S * took
    yield figure(f"heartbeats of {OFFICES} bridges, connections at once (of {CONNECTIONS})", open_at_once, "connections")
    yield figure(f"heartbeats of {OFFICES} bridges, of one of the server's CPUs", 100 * OFFICES / HEARTBEAT_S * cpu, "%")


def reader(folder, full, upload, native, figure):
    run = upload(folder / "reader", 200_000 if full else 50_000)
    run.folder.mkdir()
    run.database.options = ROOMY
    try:
        run.prepare()
        with run.database.connect() as cursor:
            made = run.table(cursor)
            rates = {"before": [], "with": []}
            for _ in range(3):  # in turns, so that whatever else the machine does meets both
                for which, sql in (("before", BEFORE), ("with", made)):
                    cursor.execute(f"DROP TABLE {harness.TABLE}")
                    cursor.execute(sql)
                    rates[which].append(run.send(run.database.port))
            yield figure("upload, with the optional columns and the feed's key", max(rates["with"]), "rows/s", max(rates["before"]), 0.85)
            yield from heartbeats(run, native, figure)
            cursor.execute(f"DROP TABLE {harness.TABLE}")
            rows = FULL if full else QUICK
            fill(cursor, rows)
            yield from reading(cursor, rows, figure)
    finally:
        run.database.stop(kill=True)
