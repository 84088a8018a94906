"""docs/database.md is true: each of its statements runs, and who reads by it misses nothing."""

import contextlib
import os
import pathlib
import re

import pymysql
import pytest

import feed
from database import TABLE, Database

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATEMENTS = feed.statements()
CREATE = (ROOT / "shared/cloud/cloud_status.c").read_text("utf-8")
PROGRAM = pathlib.Path(os.environ.get("HIPBRIDGE_FEED", ROOT / "build/host/bin/feed_bridge"))

DEVICE_LOGS = f"""CREATE TABLE {TABLE} (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  device_sn VARCHAR(50) COLLATE utf8mb4_bin NOT NULL, user_id VARCHAR(50) COLLATE utf8mb4_bin NOT NULL, check_time DATETIME NOT NULL,
  status INT NOT NULL DEFAULT 0, verify_type INT NOT NULL DEFAULT 1, raw_data TEXT, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `utc_time` DATETIME NULL, work_code VARCHAR(24) NULL, device_name VARCHAR(100) NULL, source VARCHAR(8) NULL, bridge CHAR(16) NULL,
  seq BIGINT UNSIGNED NULL, KEY ix_device_logs_time (check_time), KEY ix_device_logs_user (user_id, check_time),
  KEY ix_device_logs_feed (bridge, seq)) DEFAULT CHARSET = utf8mb4"""


def created(name):
    """The statement by which the service makes this table."""
    text = re.search(rf"cloud_{name}_create\[\] =\n(.*?);\n", CREATE, re.S)[1]
    return "".join(re.findall(r'"(.*)"', text))


class OtherServer:
    """The one beside which this runs (tests/servers), with an empty database of our name."""

    def __init__(self, port):
        self.port = port
        with self.connect(database=None) as cursor:
            cursor.execute(f"CREATE DATABASE {Database.NAME} CHARACTER SET utf8mb4")

    @contextlib.contextmanager
    def connect(self, database=Database.NAME):
        with pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True) as connection:
            with connection.cursor() as cursor:
                yield cursor

    def stop(self):
        pass  # it is not ours


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if "HIPBRIDGE_DB_PORT" in os.environ:
        database = OtherServer(int(os.environ["HIPBRIDGE_DB_PORT"]))
    else:
        database = Database(tmp_path_factory.mktemp("statements"))
        database.create()
    with database.connect() as cursor:
        for statement in (DEVICE_LOGS, created("bridge_status"), created("device_status")):
            cursor.execute(statement)
        cursor.execute(f"INSERT INTO {TABLE} (device_sn, user_id, check_time, status, bridge, seq) VALUES"
                       " ('A', '00042', CURRENT_TIMESTAMP, 0, '00112233445566aa', 4712), ('A', '7', '2026-11-02 08:00:00', 0, NULL, NULL),"
                       " ('A', '7', '2026-11-02 08:00:00', 0, NULL, NULL)")
        cursor.execute("INSERT INTO bridge_status (bridge, name, state, reported_at) VALUES"
                       " ('00112233445566aa', 'Vientiane', 'running', UTC_TIMESTAMP() - INTERVAL 6 MINUTE),"
                       " ('00112233445566bb', 'Lampang', 'running', UTC_TIMESTAMP())")
    yield database
    database.stop()


def test_each_documented_statement_runs(server):
    assert len(STATEMENTS) >= 20
    found = {}
    for statement in STATEMENTS:
        with server.connect() as cursor:
            cursor.execute(statement)
            found[statement.splitlines()[0]] = cursor.fetchall()
    assert [row[2] for row in found["-- the next rows of one bridge: 4711 is where you were"]] == ["00042"]
    assert [row[0] for row in found["-- dead sites: nothing heard for five minutes"]] == ["Vientiane"]
    assert [row[0] for row in found["-- who is in now: the last punch of today was an \"in\" (status 0)"]] == ["00042"]
    with server.connect() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {TABLE} WHERE user_id = '7'")
        assert cursor.fetchone() == (1,), "the duplicate is gone, and one is kept"


def test_the_documented_division_by_months(server):
    """docs/scale.md, from top to bottom, and the rows in between."""
    blocks = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/scale.md").read_text("utf-8"), re.S)
    divide, monthly = ([part for part in re.split(r";\n", block) if part.strip()] for block in blocks)
    assert len(divide) == 2 and len(monthly) == 2
    with server.connect() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (device_sn, user_id, check_time) VALUES ('A', 'old', '2026-10-05 08:00:00')")

        def rows():
            cursor.execute(f"SELECT user_id, check_time FROM {TABLE} ORDER BY 1, 2")
            return cursor.fetchall()

        def partitions():
            cursor.execute("SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE() AND"
                           f" table_name = '{TABLE}' ORDER BY partition_ordinal_position")
            return [name for name, in cursor.fetchall()]

        before = rows()
        for statement in divide:
            cursor.execute(statement)
        assert rows() == before and partitions() == ["p2026_10", "p2026_11", "later"]
        for statement in monthly:
            cursor.execute(statement)
        assert partitions() == ["p2026_11", "p2026_12", "later"]
        assert rows() == tuple(row for row in before if row[0] != "old") and len(before) > len(rows())
        cursor.execute(f"ALTER TABLE {TABLE} REMOVE PARTITIONING")


def test_an_id_is_no_cursor(server):
    """What `id > last` loses, and the feed does not: a lower id that becomes visible later."""
    def connect():
        return pymysql.connect(unix_socket=str(server.socket), user="root", database=Database.NAME)

    def insert(connection, user, bridge):
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {TABLE} (device_sn, user_id, check_time, bridge, seq) VALUES ('B', %s, '2026-11-03', %s, 1)",
                           (user, bridge))

    slow, fast, reader = connect(), connect(), connect()
    insert(slow, "slow", "aaaaaaaaaaaaaaaa")
    insert(fast, "fast", "bbbbbbbbbbbbbbbb")
    fast.commit()
    by_id, by_feed, cursors, last = [], [], {}, 0
    read_new = feed.documented_reader()
    for _ in range(2):
        read_new(reader, cursors, lambda row: by_feed.append(row[2]))
        with reader.cursor() as cursor:
            cursor.execute(f"SELECT id, user_id FROM {TABLE} WHERE id > %s ORDER BY id", (last,))
            for last, user in cursor.fetchall():
                by_id.append(user)
        slow.commit()
    assert {"slow", "fast"} <= set(by_feed)
    assert "fast" in by_id and "slow" not in by_id


def test_the_reader_misses_nothing():
    result = feed.run(PROGRAM, cycles=6, punches=1500, seed=20261129)
    assert result["rows"] >= 3000 and result["missed"] == 0 and result["twice"] == 0, result
