"""Each way in which a database fails: nothing lost, nothing twice, one event that says what it is, and on again when it is over.

One service for all of them, connected by a proxy to a real MariaDB, with TLS by Schannel and the certificate verified.
The faults come from the server itself where it can be made to fail so, else from the line.
"""

import contextlib
import json
import os
import time

import pymysql
import pytest
from harness import TABLE, Database, as_root, free_port, wait_for
from proxy import Proxy

CONNECT_S = 1  # and six times that for an answer to a statement


class Line:
    """The running service, and the proxy between it and the database."""

    def __init__(self, bridge, proxy):
        self.bridge = bridge
        self.database = bridge.database
        self.proxy = proxy
        self.runs = 0

    def config(self, **database):
        return self.bridge.config(database={
            "host": "localhost", "port": self.proxy.port, "connect_timeout_s": CONNECT_S, **database})

    def push(self, punches=20, batch=10, *options):
        """Punches of a terminal that nobody else uses, acknowledged; what the ledger has of them."""
        self.runs += 1
        prefix = f"T{self.runs:03}X"
        run = self.bridge.terminals("--punches", punches, "--batch", batch, "--sn-prefix", prefix, *options, name=prefix)
        run.wait()
        return run.acknowledged()

    def next_sn(self):
        return f"T{self.runs + 1:03}X0001"

    def hurry(self):
        """As the person at the PC would who has mended it."""
        assert self.bridge.hipctl("sync-now").returncode == 0

    def arrives(self, punches, seconds=30):
        sns = {sn for sn, _, _ in punches}
        expected = sorted(punches)

        def rows():
            return sorted(punch for punch in self.database.punches() if punch[0] in sns)

        wait_for(lambda: len(rows()) >= len(expected), seconds, f"{len(expected)} punches are there; {self.bridge.events()}")
        assert rows() == expected

    def fails(self, event, *words, seconds=30):
        """The event comes, once, names how many wait, and says what it is."""
        told = self.bridge.wait_event(event, seconds)
        text = told.text.lower()
        assert any(word.lower() in text for word in words), told
        return told

    def heals(self, punches, seconds=30):
        self.hurry()
        self.arrives(punches, seconds)
        self.bridge.wait_event(400)

    def told_once(self, event):
        assert len(self.bridge.events(event)) == 1, self.bridge.events()


@pytest.fixture(scope="module")
def lines(installed):
    if installed.pids():
        installed.stop()
    installed.reset()
    with Proxy("127.0.0.1", installed.database.port) as proxy:
        line = Line(installed, proxy)
        installed.write_config(line.config())
        installed.start()
        line.arrives(line.push())
        yield line
        installed.stop()


@pytest.fixture
def line(lines, request):
    request.node.bridge = lines.bridge
    lines.proxy.pass_through()
    if not lines.bridge.pids():  # a test before this one failed
        lines.bridge.write_config(lines.config())
        lines.bridge.start()
    lines.hurry()
    wait_for(lambda: lines.bridge.status()["uploader"]["state"] == "connected", 30, "all is well before the test")
    lines.bridge.forget_events()
    yield lines
    for run in lines.bridge.runs:
        run.kill()
    lines.bridge.runs.clear()


@contextlib.contextmanager
def server_variable(database, name, value):
    with database.connect() as cursor:
        cursor.execute(f"SELECT @@global.{name}")
        before = cursor.fetchone()[0]
        cursor.execute(f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        with database.connect() as cursor:
            cursor.execute(f"SET GLOBAL {name} = {before}")


# ---- the line ----

def test_refused(line):
    line.proxy.refuse()
    punches = line.push()
    line.fails(401, "connect")
    line.proxy.pass_through()
    line.heals(punches)
    line.told_once(401)


def test_black_holed_when_connecting(line):
    line.proxy.drop_connects()
    line.proxy.reset_open()
    punches = line.push()
    line.fails(401, "connect")
    line.proxy.pass_through()
    line.heals(punches)


def test_black_holed_in_mid_upload(line):
    """The connection stays and says nothing more: given up after six times connect_timeout_s."""
    line.proxy.black_hole()
    punches = line.push()
    line.fails(401, "connect", seconds=30)
    line.proxy.pass_through()
    line.heals(punches)


def test_a_stop_is_not_delayed_by_a_line_that_is_dead(line):
    line.proxy.black_hole()
    punches = line.push()
    time.sleep(0.3)
    assert line.bridge.stop() < 5
    line.proxy.pass_through()
    line.bridge.start()
    line.arrives(punches)


@pytest.mark.parametrize("fault", [{"up": 1}, {"up": 600}, {"up": 4000}, {"down": 0}])
def test_reset_in_mid_batch_before_the_commit(line, fault):
    """Up: before the server has all of the statement. Down: when it begins to answer it."""
    resets = line.proxy.resets
    line.proxy.reset_after(**fault)
    punches = line.push(60, 60)
    wait_for(lambda: line.proxy.resets > resets, 20, "the connection was reset")
    line.arrives(punches)
    assert not line.bridge.events(401), "one lost connection is no news"


@pytest.mark.parametrize("fault", [{"up": 4000}, {"down": 60}])
def test_vanished_in_mid_batch(line, fault):
    """The server is never told. What it keeps of the batch, with its locks, it gives up long before it would by itself."""
    resets = line.proxy.resets
    line.proxy.vanish_after(**fault)
    punches = line.push(60, 60)
    wait_for(lambda: line.proxy.resets > resets, 20, "the connection vanished")
    line.arrives(punches, 45)


def test_reset_in_mid_batch_after_the_commit(line):
    """The last byte of the answer is lost: the rows are there, and the uploader does not know."""
    line.arrives(line.push(5, 5))
    before = line.proxy.bytes_down
    line.arrives(line.push(5, 5))
    time.sleep(0.2)
    answers = line.proxy.bytes_down - before
    line.proxy.reset_after(down=answers - 1)
    line.proxy.refuse(drop_open=False)  # nothing gets through a second time
    punches = line.push(5, 5)
    line.arrives(punches)
    told = line.fails(401, "connect")
    assert told.strings[1] == "5", "it cannot know that they are there"
    line.proxy.pass_through()
    line.hurry()
    wait_for(lambda: line.bridge.status()["outbox"]["waiting"] == 0, 20, "the outbox knows it too")
    line.arrives(punches)


# ---- the server ----

def test_restarted(line):
    line.database.stop()
    punches = line.push()
    line.fails(401, "connect")
    line.database.start()
    line.heals(punches)


def test_killed_and_restarted_between_batches(line):
    line.database.stop(kill=True)
    line.database.start()
    punches = line.push()
    line.arrives(punches)


def test_login_refused(line):
    with line.database.connect() as cursor:
        cursor.execute(f"ALTER USER '{Database.USER}'@'%%' IDENTIFIED BY %s REQUIRE SSL", ("changed",))
    line.proxy.reset_open()
    punches = line.push()
    told = line.fails(402, "access denied")
    assert told.level == "error" and Database.PASSWORD not in told.text
    with line.database.connect() as cursor:
        cursor.execute(f"ALTER USER '{Database.USER}'@'%%' IDENTIFIED BY %s REQUIRE SSL", (Database.PASSWORD,))
    line.heals(punches)


def test_the_right_to_insert_taken_away(line):
    with line.database.connect() as cursor:
        cursor.execute(f"REVOKE INSERT ON {Database.NAME}.* FROM '{Database.USER}'@'%'")
    line.proxy.reset_open()
    punches = line.push()
    line.fails(402, "INSERT", "denied")
    with line.database.connect() as cursor:
        cursor.execute(f"GRANT ALL ON {Database.NAME}.* TO '{Database.USER}'@'%'")
    line.heals(punches)


def test_database_dropped(line):
    with line.database.connect(database=None) as cursor:
        cursor.execute(f"DROP DATABASE {Database.NAME}")
    punches = line.push()
    line.fails(404, "unknown database")
    with line.database.connect(database=None) as cursor:
        cursor.execute(f"CREATE DATABASE {Database.NAME} CHARACTER SET utf8mb4")
    line.heals(punches)


def test_table_dropped(line):
    before = line.push(7, 7, "--start", "2026-02-01 08:00:00")
    line.arrives(before)
    with line.database.connect() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")
    punches = line.push()
    line.arrives(punches)
    assert not line.bridge.events(404), "create_table makes it again"
    # What went down with it is on this PC still.
    done = line.bridge.hipctl("requeue", "--from", "2026-02-01", "--to", "2026-02-01")
    assert done.returncode == 0 and "7 " in done.stdout, done.stdout
    line.arrives(before)


def test_a_column_too_narrow(line):
    with line.database.connect() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} MODIFY user_id VARCHAR(10) NOT NULL")
    line.proxy.reset_open()
    punches = line.push()
    line.fails(404, "user_id")
    with line.database.connect() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} MODIFY user_id VARCHAR(50) NOT NULL")
    line.heals(punches)


def test_table_locked(line):
    """It waits; the terminals do not."""
    with line.database.connect() as cursor:
        cursor.execute(f"LOCK TABLES {TABLE} WRITE")
        punches = line.push()
        time.sleep(1)
        cursor.execute("UNLOCK TABLES")
    line.arrives(punches)


def deadlock(line):
    """Pushes two punches into a deadlock. Which of the two transactions is the victim is the server's choice: whether the
    service was."""
    sn, second = line.next_sn(), "2026-01-15 08:00:01"
    with line.database.connect() as other, line.database.connect() as look:
        other.execute("CREATE OR REPLACE TABLE heavy (n INT)")
        other.execute("BEGIN")
        other.execute("INSERT INTO heavy SELECT seq FROM seq_1_to_5000")
        insert = f"INSERT INTO {TABLE} (device_sn, user_id, check_time) VALUES (%s, %s, %s)"
        other.execute(insert, (sn, "1002", second))
        punches = line.push(2, 2)

        def waits():
            time.sleep(0.3)  # the server keeps the table as it is for whoever looks more often than every 0.1 s
            return look.execute("SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")

        wait_for(waits, 20, "the service waits for the other's row")
        try:
            other.execute(insert, (sn, "1001", "2026-01-15 08:00:00"))  # and the other for its own
        except pymysql.err.OperationalError:
            return punches, False
        look.execute("SHOW ENGINE INNODB STATUS")
        found = "LATEST DETECTED DEADLOCK" in look.fetchone()[2]
        other.execute("ROLLBACK")
        look.execute("DROP TABLE heavy")
    return punches, found


def test_deadlock(line):
    """A real one, whose victim is the service: the other transaction has written more, and mostly that decides it."""
    pushed, victim = [], False
    for _ in range(4):
        punches, victim = deadlock(line)
        pushed += punches
        if victim:
            break
        line.hurry()
        line.arrives(pushed)
    assert victim, "the service was never the victim"
    line.arrives(pushed)
    assert not line.bridge.events(403), "nothing was refused for it"


def test_disk_full_on_the_server(line):
    """The table's file on a small disk of its own, with nothing left on it."""
    disk = line.bridge.folder / "server-disk"
    disk.mkdir(exist_ok=True)
    if not as_root("mount", "-t", "tmpfs", "-o", f"size=4m,mode=0777,uid={os.getuid()}", "tmpfs", str(disk)):
        pytest.fail("this test mounts a small disk: be root, or have sudo without a password")
    try:
        with line.database.connect() as cursor:
            cursor.execute(f"SHOW CREATE TABLE {TABLE}")
            create = cursor.fetchone()[1]
            cursor.execute(f"DROP TABLE {TABLE}")
            cursor.execute(create + f" DATA DIRECTORY = '{disk}'")
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as out, pytest.raises(OSError):
            while True:
                out.write(bytes(4096))
        punches = line.push(3000, 1000)
        line.fails(401, "full")
        filler.unlink()
        line.heals(punches)
    finally:
        with line.database.connect() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        as_root("umount", "-l", str(disk))


def test_max_allowed_packet_of_64_kb(line):
    with server_variable(line.database, "max_allowed_packet", 65536):
        line.proxy.reset_open()
        punches = line.push(3000, 1000)
        line.arrives(punches)
    assert not line.bridge.events(403) and not line.bridge.events(401)
    line.proxy.reset_open()


def test_read_only(line):
    with server_variable(line.database, "read_only", 1):
        punches = line.push()
        line.fails(401, "read-only", "read_only")
    line.heals(punches)


def test_too_many_connections(line):
    with server_variable(line.database, "max_connections", 10), contextlib.ExitStack() as others:
        line.proxy.reset_open()
        with pytest.raises(pymysql.Error, match="1040"):
            while True:
                others.enter_context(line.database.connect())
        assert line.proxy.open == 0
        punches = line.push()
        wait_for(lambda: "Too many connections" in str(line.bridge.status()), 30, "the page says so")
        others.close()
        line.hurry()
        line.arrives(punches)
    assert not line.bridge.events(401), "a passing shortage is no news"


def test_slower_than_the_timeout(line):
    """A trigger makes each row slow: the batch shrinks until an answer comes in time."""
    with line.database.connect() as cursor:
        cursor.execute(f"CREATE TRIGGER slow BEFORE INSERT ON {TABLE} FOR EACH ROW SET @slept = SLEEP(0.04)")
    punches = line.push(200, 200)  # 8 s in one statement
    try:
        line.arrives(punches, 60)
    finally:
        with line.database.connect() as cursor:
            cursor.execute("DROP TRIGGER slow")
    assert not line.bridge.events(403)


# ---- trust ----

@pytest.mark.parametrize("certificate, word, advice", [
    ("expired", "EXPIRED", "has expired"),
    ("other-name", "NO_MATCH", "is for another name: write that name in database.host"),
    ("other-ca", "UNTRUSTED", "database.tls_ca"),
])
def test_certificate(line, certificate, word, advice):
    line.database.use_certificate(certificate)
    try:
        line.proxy.reset_open()
        punches = line.push()
        line.fails(401, word)
        examined = line.bridge.hipctl("test-db")
        assert examined.returncode == 1 and advice in examined.stdout, examined.stdout
    finally:
        line.database.use_certificate("server")
    line.heals(punches)


def test_tls_refused_by_the_server(line):
    line.database.stop()
    line.database.start("--skip-ssl")
    punches = line.push()
    line.fails(401, "TLS", "SSL")
    assert not line.database.punches_of(punches), "nothing went over a line without TLS"
    line.database.stop()
    line.database.start()
    line.heals(punches)


# ---- a row refused for its data ----

def test_a_refused_row_is_set_aside_listed_and_sent_again_after_repair(line):
    at = "2026-01-15 08:00:07"
    with line.database.connect() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT staff CHECK "
                       f"(device_sn <> '{line.next_sn()}' OR check_time <> '{at}')")
    punches = line.push(50, 50)
    bad = [punch for punch in punches if punch[2] == at]
    assert len(bad) == 1
    line.arrives([punch for punch in punches if punch not in bad])
    told = line.bridge.wait_event(403)
    assert told.strings[0] == "1" and "staff" in told.text
    assert line.bridge.status()["outbox"]["refused"] == 1
    listed = line.bridge.hipctl("rejected")
    assert at in listed.stdout and "staff" in listed.stdout and bad[0][0] in listed.stdout, listed.stdout
    with line.database.connect() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT staff")
    again = line.bridge.hipctl("requeue")
    assert again.returncode == 0 and "1 " in again.stdout, again.stdout
    line.arrives(punches)
    assert "Nothing is set aside" in line.bridge.hipctl("rejected").stdout


# ---- where it is ----

def test_the_hosts_are_tried_in_turn_and_one_that_works_is_kept(line):
    """A name that nobody knows, a port where nobody listens, then the one."""
    line.bridge.stop()
    line.bridge.write_config(line.config(host=f"no-such-host.invalid, localhost:{free_port()}, localhost:{line.proxy.port}"))
    line.bridge.start()
    punches = line.push()
    line.arrives(punches)
    told = line.bridge.wait_event(400)
    assert f"localhost:{line.proxy.port}" in told.text
    assert not line.bridge.events(401), "one of them works"
    line.bridge.stop()
    line.bridge.write_config(line.config())
    line.bridge.start()


def test_name_not_resolved(line):
    line.bridge.stop()
    line.bridge.write_config(line.config(host="no-such-host.invalid"))
    line.bridge.start()
    punches = line.push()
    told = line.fails(401, "no-such-host.invalid")
    assert told.level == "warning"
    assert line.bridge.stop() < 5
    line.bridge.write_config(line.config())
    line.bridge.start()
    line.arrives(punches)


# ---- at the end of all that ----

def test_zz_the_password_was_told_to_nobody(line):
    """Not in an event, the status, an error, or the outbox; and config.json has its protected form alone."""
    line.bridge.stop()
    password = Database.PASSWORD.encode()
    inside = password[4:10]  # no escape of JSON or Wine in it
    for path in [*line.bridge.data.glob("*"), line.bridge.wine.log]:
        assert inside not in path.read_bytes(), path
    assert json.loads(line.bridge.config_path.read_text())["database"]["password"].startswith("dpapi:")
    for verb in (["status"], ["status", "--json"], ["check-config"], ["test-db"]):
        assert inside.decode() not in line.bridge.hipctl(*verb).stdout, verb
    line.bridge.start()
