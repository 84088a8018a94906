"""Through other people's tables with one running service: what was acknowledged is right in the table, waits, or is refused with
its reason, at any time; and once the table is put right, by the very statements that the product names, each punch is there once.

`tests/unit/cloud/test_cloud_tables.c` has more tables natively, and runs on MySQL too. Then what the tools say when the database
takes nothing, and the forms of requeue.
"""

import contextlib
import json
import re
import threading
import time
from collections import Counter

import pymysql
from harness import TABLE, Database, wait_for

LONG = "\t".join(["11", "2026-01-15 08:01:04", "0", "1", "7", *["0"] * 140])  # past 255 bytes

# What terminals and people bring: two who differ by case or by an accent at one second, zeros in front, other scripts, states
# that few send. (user, time, status, verify, the line where it is not just these)
PUNCHES = [
    ("a1", "2026-01-15 08:00:00", 0, 1, None),
    ("A1", "2026-01-15 08:00:00", 0, 1, None),
    ("jose", "2026-01-15 08:00:00", 1, 1, None),
    ("josé", "2026-01-15 08:00:00", 1, 1, None),
    ("00042", "2026-01-15 08:01:00", 0, 15, None),
    ("42", "2026-01-15 08:01:00", 0, 15, None),
    ("42", "2026-01-15 08:02:00", 1, 15, None),
    ("42", "2026-01-16 08:01:00", 0, 15, None),
    ("7", "2026-01-15 08:01:00", 255, 4, None),
    ("8", "2026-01-15 08:01:00", 4, 200, None),
    ("สมชาย", "2026-01-15 08:01:03", 0, 1, None),
    ("11", "2026-01-15 08:01:04", 0, 1, LONG),
]

FIVE = ("device_sn VARCHAR(50) NOT NULL, user_id VARCHAR(50) NOT NULL, check_time DATETIME NOT NULL, "
        "status INT NOT NULL DEFAULT 0, verify_type INT NOT NULL DEFAULT 1, raw_data TEXT")
KEY = "UNIQUE KEY k (device_sn, user_id, check_time)"
ID = "id INT AUTO_INCREMENT PRIMARY KEY"
BIN = "DEFAULT CHARSET = utf8mb4 COLLATE utf8mb4_bin"
PEOPLE = "device_sn VARCHAR(50) NOT NULL, user_id VARCHAR(50) NOT NULL, check_time DATETIME NOT NULL"
UNUSABLE = -1


class Odd:
    """A table: how it is made, how many of PUNCHES it refuses (or UNUSABLE), what the product's words about it hold, what
    cures it beside the statements that they name, and whether there are more of them once these are done."""

    def __init__(self, name, make, refused=0, words=None, also=None, cure=None, again=False):
        self.name, self.make, self.refused, self.words, self.also = name, make, refused, words, also
        self.cure, self.again = cure, again


TABLES = [
    Odd("as the old scripts made it", f"({ID}, {FIVE}, created_at TIMESTAMP DEFAULT NOW(), {KEY}) DEFAULT CHARSET = utf8mb4 "
        "COLLATE utf8mb4_general_ci", 2, "a1 and A1 are one"),
    Odd("by months, as docs/scale.md has it", f"(id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, {FIVE}, PRIMARY KEY (id, check_time), "
        f"{KEY}) {BIN} PARTITION BY RANGE (TO_DAYS(check_time)) (PARTITION p202601 VALUES LESS THAN (TO_DAYS('2026-02-01')), "
        "PARTITION later VALUES LESS THAN MAXVALUE)"),
    Odd("no key at all", f"({FIVE}) {BIN}"),
    Odd("an id that does not count", f"(id INT DEFAULT 0 PRIMARY KEY, {FIVE}, {KEY}) {BIN}", UNUSABLE, "AUTO_INCREMENT"),
    Odd("one punch a day", f"({ID}, {FIVE}, check_date DATE AS (DATE(check_time)) STORED, UNIQUE KEY day (user_id, check_date)) "
        f"{BIN}", UNUSABLE, "DROP INDEX `day`"),
    Odd("one punch a person", f"({FIVE}, UNIQUE (user_id)) {BIN}", UNUSABLE, "unique key user_id"),
    Odd("a person and a terminal as primary key", f"({FIVE}, PRIMARY KEY (device_sn, user_id)) {BIN}", UNUSABLE,
        "DROP PRIMARY KEY"),
    Odd("a key on the beginning of the person", f"({ID}, {FIVE}, UNIQUE k (device_sn, user_id(2), check_time)) {BIN}", UNUSABLE,
        "DROP INDEX `k`"),
    Odd("a trigger that changes the state", f"({ID}, {FIVE}, {KEY}) {BIN}", UNUSABLE, "SHOW TRIGGERS",
        also=f"CREATE TRIGGER t BEFORE INSERT ON {TABLE} FOR EACH ROW SET NEW.status = 7", cure="DROP TRIGGER t"),
    Odd("a trigger that changes the state of some", f"({ID}, {FIVE}, {KEY}) {BIN}", UNUSABLE, "SHOW TRIGGERS",
        also=f"CREATE TRIGGER t BEFORE INSERT ON {TABLE} FOR EACH ROW IF NEW.status = 255 THEN SET NEW.status = 0; END IF",
        cure="DROP TRIGGER t"),
    Odd("a trigger that refuses some", f"({ID}, {FIVE}, {KEY}) {BIN}", 1,
        also=f"CREATE TRIGGER t BEFORE INSERT ON {TABLE} FOR EACH ROW IF NEW.status = 255 THEN SIGNAL SQLSTATE '45000' "
             "SET MESSAGE_TEXT = 'no state'; END IF", cure="DROP TRIGGER t"),
    Odd("MyISAM, which refuses a state", f"({ID}, {FIVE}, CONSTRAINT few CHECK (status < 200)) ENGINE = MyISAM {BIN}", 1,
        "ENGINE = InnoDB", cure=f"ALTER TABLE {TABLE} DROP CONSTRAINT few"),
    Odd("Aria, without a key", f"({FIVE}, CONSTRAINT few CHECK (user_id <> '42')) ENGINE = Aria {BIN}", 3, "ENGINE = InnoDB",
        cure=f"ALTER TABLE {TABLE} DROP CONSTRAINT few"),
    Odd("latin1", f"({ID}, {FIVE}, {KEY}) DEFAULT CHARSET = latin1 COLLATE latin1_bin", 1, "a user in Thai",
        cure=f"ALTER TABLE {TABLE} MODIFY user_id VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"),
    Odd("narrow numbers", f"({ID}, {PEOPLE}, status TINYINT, verify_type TINYINT, raw_data TEXT, {KEY}) {BIN}", 2, "ends at 127"),
    Odd("a time of TIMESTAMP", f"({ID}, device_sn VARCHAR(50) NOT NULL, user_id VARCHAR(50) NOT NULL, check_time TIMESTAMP, "
        f"status INT, verify_type INT, raw_data TEXT, {KEY}) {BIN}", 0, "TIMESTAMP"),
    Odd("a column that must be given", f"({FIVE}, site INT NOT NULL, {KEY}) {BIN}", UNUSABLE, "MODIFY `site`"),
    Odd("a number for the person", f"({ID}, device_sn VARCHAR(50), user_id INT, check_time DATETIME, status INT, verify_type INT, "
        f"raw_data TEXT) DEFAULT CHARSET = utf8mb4", UNUSABLE, "00042", again=True),
    Odd("a view", None, UNUSABLE, "name the table behind it", cure=f"DROP VIEW {TABLE}; RENAME TABLE behind TO {TABLE}"),
]


class Sum:
    """What was acknowledged, against the table and what the page says, looked at all the time while it goes on."""

    def __init__(self, bridge):
        self.bridge, self.sn, self.acknowledged, self.looks, self.wrong = bridge, None, [], Counter(), []
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def rows(self):
        """The table's rows as punches; none while there is no table."""
        with self.bridge.database.connect() as cursor:
            try:
                cursor.execute(f"SELECT CONVERT(user_id USING utf8mb4), check_time, status, verify_type FROM {TABLE} "
                               "WHERE device_sn = %s", (self.sn,))
            except pymysql.err.MySQLError:
                return []
            return [(user, str(at), status, verify) for user, at, status, verify in cursor.fetchall()]

    def look(self):
        """(rows that are right, waiting, refused); None between two tables. The figures first, of this moment (the status may be
        a second old), and the table after them: a row that is written between the two counts twice, and never not at all."""
        with self.lock:
            if self.sn is None:
                return None
            sent = set(self.acknowledged)
            code, _, body = self.bridge.request("GET /hipbridge/metrics HTTP/1.1")
            assert code == 200, body
            waiting, refused = (int(re.search(rf"^hipbridge_outbox_{name}_punches (\d+)$", body.decode(), re.MULTILINE).group(1))
                                for name in ("waiting", "refused"))
            rows = self.rows()
            self.looks[self.sn] += 1
        # A row may be there before its OK has come back; what nobody sent, or twice, may never.
        assert set(rows) <= {punch[:4] for punch in PUNCHES} and len(rows) == len(set(rows)), rows
        right = len(sent & set(rows))
        assert right + waiting + refused >= len(sent), (len(sent), right, waiting, refused)
        return right, waiting, refused

    def _run(self):
        while not self.ended.wait(0.1):
            try:
                self.look()
            except Exception as wrong:  # told by the test's own thread
                self.wrong.append(f"{self.sn}: {wrong!r}")

    def end(self):
        self.ended.set()
        self.thread.join(30)


def execute(bridge, statements):
    with bridge.database.connect() as cursor:
        for statement in filter(None, (statements or "").split("; ")):
            cursor.execute(statement)


def hang_up(bridge):
    """As a server that is restarted does: the service connects anew, and looks at the table."""
    with bridge.database.connect() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE user = %s", (Database.USER,))
        for (number,) in cursor.fetchall():
            try:
                cursor.execute(f"KILL {number}")
            except pymysql.err.MySQLError:
                pass  # it has gone by itself


def push(bridge, total, punches):
    """One delivery a few punches, each counted once it has its OK."""
    for at in range(0, len(punches), 5):
        some = punches[at:at + 5]
        body = "".join((line or "\t".join(map(str, punch))) + "\n" for *punch, line in some).encode()
        status, _, answer = bridge.request(f"POST /iclock/cdata?SN={total.sn}&table=ATTLOG HTTP/1.1", body)
        assert (status, answer) == (200, f"OK: {len(some)}".encode())
        with total.lock:
            total.acknowledged += [tuple(punch) for *punch, _ in some]


def put_right(bridge, odd, said):
    """By the statements that the product names, and by what only the table's owner can know."""
    execute(bridge, odd.cure)
    # Each up to the end of its sentence; the last line of test-db's that has one is about what a table may have besides.
    named = re.findall(rf"ALTER TABLE `{TABLE}` (?!ADD (?:UNIQUE|COLUMN))[^.\n]+", said)
    for statement in named:
        execute(bridge, statement)
    assert named or odd.cure or not odd.refused, said
    return named


def page_says(bridge):
    return json.loads(bridge.request("GET /hipbridge/status.json HTTP/1.1")[2])["uploader"]["last_error"] or ""


def test_other_peoples_tables(bridge):
    execute(bridge, "DROP VIEW IF EXISTS device_logs; DROP TABLE IF EXISTS behind")
    bridge.start()
    total = Sum(bridge)
    try:
        for number, odd in enumerate(TABLES):
            began = time.monotonic()
            execute(bridge, f"DROP TABLE IF EXISTS {TABLE}")
            execute(bridge, f"CREATE TABLE {TABLE} {odd.make}" if odd.make else
                    f"CREATE TABLE behind ({FIVE}) {BIN}; CREATE VIEW {TABLE} AS SELECT * FROM behind")
            if odd.also:
                with bridge.database.connect() as cursor:
                    cursor.execute(odd.also)
            hang_up(bridge)
            bridge.forget_events()
            with total.lock:
                total.sn, total.acknowledged = f"ODD{number:02}", []
            push(bridge, total, PUNCHES)
            assert len(total.acknowledged) == len(PUNCHES)
            if odd.refused == UNUSABLE:
                bridge.wait_event(404)
                # Before a trigger is noticed, rows that it leaves alone may have gone in.
                right, waiting, refused = total.look()
                assert (right == 0 or odd.also) and (right + waiting, refused) == (len(PUNCHES), 0), odd.name
                wait_for(lambda: odd.words in page_says(bridge), 5, lambda: f"{odd.name}: {odd.words!r} in {page_says(bridge)!r}")
                said = page_says(bridge)
            else:
                wait_for(lambda: total.look()[1] == 0, 20, lambda: f"{odd.name}: all is settled; {bridge.events()}")
                assert total.look() == (len(PUNCHES) - odd.refused, 0, odd.refused), (odd.name, bridge.events())
                said = bridge.hipctl("test-db").stdout if odd.words else ""
                assert not odd.words or odd.words in said, said
                if odd.refused:
                    assert len(re.findall(total.sn + "  user", bridge.hipctl("rejected").stdout)) == odd.refused, "each by its name"
            executed = put_right(bridge, odd, said)
            if odd.again:
                executed += put_right(bridge, odd, bridge.hipctl("test-db").stdout)
            hang_up(bridge)
            if odd.refused > 0:
                assert f"{odd.refused} " in bridge.hipctl("requeue").stdout
            bridge.hipctl("sync-now")
            wait_for(lambda: total.look() == (len(PUNCHES), 0, 0), 20, lambda: f"{odd.name}: each is there once; {bridge.events()}")
            assert len(total.rows()) == len(PUNCHES), odd.name
            print(f"{odd.name}: {odd.refused} refused, {len(executed)} statements, {time.monotonic() - began:.1f} s")
            with total.lock:
                total.sn = None
    finally:
        total.end()
        execute(bridge, "DROP VIEW IF EXISTS device_logs; DROP TABLE IF EXISTS behind")
    assert not total.wrong, total.wrong[:3]
    assert len(total.looks) == len(TABLES) and min(total.looks.values()) > 2, f"looked at while it went on: {total.looks}"
    print(f"{len(TABLES)} tables, {total.looks.total()} looks")


@contextlib.contextmanager
def another_password(bridge):
    def change(password):
        with bridge.database.connect() as cursor:
            cursor.execute(f"ALTER USER '{Database.USER}'@'%%' IDENTIFIED BY %s REQUIRE SSL", (password,))
    change("changed")
    try:
        yield
    finally:
        change(Database.PASSWORD)


@contextlib.contextmanager
def no_database(bridge):
    bridge.database.stop()
    try:
        yield
    finally:
        bridge.database.start()


@contextlib.contextmanager
def done_and_undone(bridge, statement, back):
    execute(bridge, statement)
    try:
        yield
    finally:
        execute(bridge, back)


def a_table_that_will_not_do(bridge):
    return done_and_undone(bridge, *(f"ALTER TABLE {TABLE} MODIFY user_id VARCHAR({length}) NOT NULL" for length in (10, 50)))


def no_right(bridge):
    return done_and_undone(bridge, f"REVOKE INSERT ON {Database.NAME}.* FROM '{Database.USER}'@'%'",
                           f"GRANT ALL ON {Database.NAME}.* TO '{Database.USER}'@'%'")


def test_sync_now_says_at_once_what_stands_in_the_way(bridge):
    bridge.start()
    bridge.drop_log("first.txt", [("1", "14/01/2026 10:48:21 AM")])
    assert "archived as first.txt" in bridge.hipctl("sync-now").stdout
    for number, (fault, words) in enumerate(((another_password, "Access denied"), (no_database, "cannot connect"),
                                            (a_table_that_will_not_do, "user_id"), (no_right, "denied"))):
        with fault(bridge):
            if fault is not no_database:
                hang_up(bridge)
            bridge.drop_log(f"{number}.txt", [(f"9{number}", "14/01/2026 10:48:21 AM")])
            began = time.monotonic()
            done = bridge.hipctl("sync-now")
            took = time.monotonic() - began
            way = done.stdout.partition("What stands in the way: ")[2]
            assert done.returncode == 0 and took < 20 and words in way, (fault.__name__, took, done.stdout)
            assert way.split()[0] in bridge.hipctl("status").stdout, "as status says it"
            assert (bridge.alog / f"{number}.txt").exists()
        hang_up(bridge)
        done = bridge.hipctl("sync-now")
        wait_for((bridge.archive / f"{number}.txt").exists, 20, lambda: f"{fault.__name__} is over: {done.stdout}")
    assert len(bridge.database.punches()) == 5


def test_requeue_from_a_day_up_to_now_and_up_to_a_day(bridge):
    bridge.start()
    days = {"2026-02-01": 2, "2026-02-02": 3, "2026-02-03": 4}
    for day, count in days.items():
        body = "".join(f"{user}\t{day} 08:00:00\t0\t1\n" for user in range(count)).encode()
        assert bridge.request("POST /iclock/cdata?SN=R1&table=ATTLOG HTTP/1.1", body)[2] == f"OK: {count}".encode()
    everything = {("R1", str(user), f"{day} 08:00:00") for day, count in days.items() for user in range(count)}
    bridge.assert_arrive(everything)
    for options, first in ((["--from", "2026-02-02"], "7 punches in the database, from 2026-02-02 up to now"),
                           (["--to", "2026-02-02"], "5 punches in the database, from the first up to 2026-02-02"),
                           (["--from", "2026-02-02", "--to", "2026-02-02"], "3 punches in the database, from 2026-02-02 up to 2026-02-02"),
                           (["--from", "2027-01-01"], "0 punches"), (["--to", "2025-12-31"], "0 punches")):
        if not first.startswith("0"):
            execute(bridge, f"DELETE FROM {TABLE}")
        done = bridge.hipctl("requeue", *options)
        assert done.returncode == 0 and done.stdout.startswith(first), done
        if not first.startswith("0"):
            wait_for(lambda: len(bridge.database.punches()) == int(first.split()[0]), 20, lambda: bridge.database.punches())
    for options in (["--from"], ["--from", "soon"], ["--from", "2026-02-03", "--to", "2026-02-02"], ["--to", "2026-02-30"]):
        assert bridge.hipctl("requeue", *options).returncode == 2, options
