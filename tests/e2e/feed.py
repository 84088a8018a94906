"""The feed under fire: two bridges (tests/bench/feed_bridge.c), a server that is killed, connections that are cut in the middle of a commit,
rows that are refused and sent again, and a reader with one cursor a bridge all the while. `./dev soak feed [CYCLES [PUNCHES]]` is the long form.
"""

import json
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import pymysql

from database import TABLE, Database
from proxy import Proxy

ROOT = pathlib.Path(__file__).resolve().parents[2]


CREATE = f"""CREATE TABLE {TABLE} (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, device_sn VARCHAR(50) COLLATE utf8mb4_bin NOT NULL,
  user_id VARCHAR(30) COLLATE utf8mb4_bin NOT NULL, check_time DATETIME NOT NULL, status INT, verify_type INT, raw_data TEXT,
  bridge CHAR(16), seq BIGINT UNSIGNED, UNIQUE KEY (device_sn, user_id, check_time), KEY (bridge, seq)) DEFAULT CHARSET = utf8mb4"""


def statements():
    """Those of docs/database.md."""
    return re.findall(r"```sql\n(.*?)```", (ROOT / "docs/database.md").read_text("utf-8"), re.S)


def documented_reader():
    """read_new, as docs/database.md has it."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs/database.md").read_text("utf-8"), re.S)[1]
    names = {}
    exec(compile(code, "docs/database.md", "exec"), names)  # pylint: disable=exec-used
    return names["read_new"]


class Reader(threading.Thread):
    """Polls every 50 ms by the documented function, and beside it by `id > last`."""

    def __init__(self, database):
        super().__init__(daemon=True)
        self.database = database
        self.seen, self.naive = [], []
        self.done = threading.Event()
        self.failure = None

    def run(self):
        read_new, cursors, last, connection = documented_reader(), {}, 0, None
        while True:
            ended = self.done.is_set()  # then once more, for what came before
            try:
                if connection is None:
                    connection = pymysql.connect(unix_socket=str(self.database.socket), user="root", database=Database.NAME)
                read_new(connection, cursors, self.seen.append)
                connection.rollback()
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT id FROM {TABLE} WHERE id > %s ORDER BY id", (last,))
                    for (number,) in cursor.fetchall():
                        self.naive.append(number)
                        last = number
            except (pymysql.err.OperationalError, pymysql.err.InterfaceError, pymysql.err.ProgrammingError):
                connection = None
                ended = False
            except Exception as failure:  # pylint: disable=broad-except
                self.failure = failure
                return
            if ended:
                return
            time.sleep(0.05)


class Bridge:
    def __init__(self, program, folder, name, database, punches):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.proxy = Proxy("127.0.0.1", database.port)
        self.command = [str(program), str(self.folder / "config.json"), name, str(punches)]
        self.database = database
        self.process = None

    def start(self):
        if self.process is None or self.process.poll() is not None:
            config = {"sync": {"enabled": False}, "outbox": {"path": str(self.folder / "outbox.db")},
                      "database": {"host": "localhost", "port": self.proxy.port, "user": Database.USER, "password": Database.PASSWORD,
                                   "database": Database.NAME, "tls_ca": str(self.database.ca), "batch_rows": 100, "connect_timeout_s": 2}}
            (self.folder / "config.json").write_text(json.dumps(config))
            with open(self.folder / "log", "ab") as log:
                self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def keys(self):
        """What it ever held: all of it must be in the table."""
        with sqlite3.connect(self.folder / "outbox.db") as outbox:
            return {(sn, user) for sn, user in outbox.execute("SELECT device_sn, user_id FROM punch")}


def run(program, cycles, punches, seed):
    """How many rows, how many the feed's reader missed or saw twice, and how many `id > last` missed."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="hipbridge-feed.") as folder:
        database = Database(pathlib.Path(folder) / "database")
        database.create()
        reader = Reader(database)
        bridges = [Bridge(program, folder, name, database, punches) for name in ("NORTH", "SOUTH")]
        try:
            with database.connect() as cursor:  # so that some are refused, till it is widened
                cursor.execute(CREATE)
            for bridge in bridges:
                bridge.proxy.__enter__()
                bridge.start()
            deadline = time.monotonic() + 60
            while not database.rows("id") and time.monotonic() < deadline:
                time.sleep(0.1)
            reader.start()
            for _ in range(cycles):
                bridge = dice.choice(bridges)
                fault = dice.random()
                if fault < 0.3:
                    bridge.kill()
                    bridge.start()
                elif fault < 0.6:
                    bridge.proxy.reset_after(up=dice.randrange(200, 60000), down=dice.randrange(100, 4000))
                    time.sleep(dice.random() / 2)
                    bridge.proxy.pass_through()
                elif fault < 0.9:
                    bridge.proxy.reset_open()
                else:
                    database.stop(kill=True)
                    database.start()
                time.sleep(dice.random() / 2)
            for bridge in bridges:
                bridge.proxy.pass_through()
                bridge.start()
            with database.connect() as cursor:
                cursor.execute(f"ALTER TABLE {TABLE} MODIFY user_id VARCHAR(50) COLLATE utf8mb4_bin NOT NULL")
            for bridge in bridges:
                assert bridge.process.wait(600) == 0, (bridge.folder / "log").read_text()[-2000:]
            reader.done.set()
            reader.join(60)
            assert reader.failure is None, reader.failure
            rows = database.rows("bridge, seq, device_sn, user_id, id")
        finally:
            for bridge in bridges:
                bridge.kill()
                bridge.proxy.__exit__(None, None, None)
            database.stop()
        held = set().union(*(bridge.keys() for bridge in bridges))
        assert {(sn, user) for _, _, sn, user, _ in rows} == held, "each punch is a row"
        assert all(seq is not None for _, seq, _, _, _ in rows)
        seen = [(sn, user) for _, sn, user, _, _ in reader.seen]
        return {"rows": len(rows), "missed": len(held - set(seen)), "twice": len(seen) - len(set(seen)),
                "missed by id": len({row[4] for row in rows} - set(reader.naive)), "seed": seed}


if __name__ == "__main__":
    CYCLES, PUNCHES = int((sys.argv[2:] or ["200"])[0]), int((sys.argv[3:] or ["30000"])[0])
    RESULT = run(sys.argv[1], CYCLES, PUNCHES, seed=int(time.time()))
    print(RESULT)
    sys.exit(RESULT["missed"] + RESULT["twice"] != 0)
