"""What head office is told, under fire: terminals that push and terminals that are read, kills of service and server,
connections that are cut, rows that are refused and sent again, punches that a terminal holds and has never sent; and somebody who
looks all the while whether a `complete_through` covers a punch that the table lacks. For soak_told.py (700 cycles, 20,000
looks and more); the suite has the same natively, with a clock of its own (test_report).
"""

import collections
import datetime
import random
import threading
import time

import pymysql

from cycles import Cycles
from feed import statements
from harness import TABLE, Database, wait_for
from proxy import Proxy
from pulled import Pulled, program
from storm import ask

PUSHING, READ = 6, 2
FORGETFUL = 1             # so many of those that push leave out a punch now and then, until they are asked for it
POLL_S = 10
WIDTH = 24                # of the column, at first: the least that is taken
TABLES = f"""CREATE TABLE {TABLE} (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, device_sn VARCHAR(50) COLLATE utf8mb4_bin NOT NULL,
  user_id VARCHAR({{}}) COLLATE utf8mb4_bin NOT NULL, check_time DATETIME NOT NULL, status INT, verify_type INT, raw_data TEXT,
  UNIQUE KEY (device_sn, user_id, check_time)) DEFAULT CHARSET = utf8mb4"""


def wall():
    """The terminals' clock: the configuration's zone is the default."""
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).replace(microsecond=0, tzinfo=None)


class Read(threading.Thread):
    """Those that are read: each makes a punch every INTERVAL_S, at its own time."""

    INTERVAL_S, BEFORE = 9, 200

    def __init__(self, path):
        super().__init__(daemon=True)
        self.start_at = wall() - datetime.timedelta(seconds=self.BEFORE * self.INTERVAL_S)
        self.simulated = Pulled(path, "--start", self.start_at, "--interval", self.INTERVAL_S, terminals=READ,
                                records=self.BEFORE, prefix="READ")
        self.making, self.ended = True, False

    def _at(self, number):
        return self.start_at + datetime.timedelta(seconds=number * self.INTERVAL_S)

    def run(self):
        while not self.ended:
            if self.making and wall() >= self._at(self.simulated.records):
                self.simulated.punch()
            time.sleep(0.2)

    def held(self):
        punches = [(str(10000 + number % 7 + 1), self._at(number)) for number in range(self.simulated.records)]
        return {f"READ{number + 1:04}": punches for number in range(READ)}


class Terminal(threading.Thread):
    """One that pushes: it makes punches in bursts, sends them in order, says how many it holds, and does what it is asked."""

    def __init__(self, bridge, gate, number, seed):
        super().__init__(daemon=True)
        self.bridge, self.gate, self.sn = bridge, gate, f"TOLD{number:04}"
        self.dice = random.Random(seed)
        self.forgetful, self.refused_too = number < FORGETFUL, number >= PUSHING - 2
        self.held, self.unsent = [], collections.deque()
        self.lock = threading.Lock()
        self.making, self.ended, self.left_out, self.asked, self.width = True, False, 0, 0, WIDTH
        self.burst_until = self.next_poll = 0.0

    def punches(self):
        with self.lock:
            return list(self.held)

    def _make(self, now):
        if now > self.burst_until + 150:
            self.burst_until = now + self.dice.uniform(5, 40)
        if not self.making or now > self.burst_until or self.dice.random() > 0.15:
            return
        with self.lock:
            user = str(len(self.held) + 1)
            if self.refused_too and self.dice.random() < 0.05:  # longer than the column is at this time
                user = user.rjust(self.width + 1, "9")
            punch = (user, wall())
            self.held.append(punch)
        if self.forgetful and self.dice.random() < 0.05:
            self.left_out += 1
        else:
            self.unsent.append(punch)

    def _send(self):
        batch = [self.unsent[i] for i in range(min(20, len(self.unsent)))]
        body = "".join(f"{user}\t{at}\t0\t1\t0\n" for user, at in batch).encode()
        if self._ask(f"POST /iclock/cdata?SN={self.sn}&table=ATTLOG&Stamp={len(self.held)}", body) is not None:
            for _ in batch:
                self.unsent.popleft()

    def _ask(self, line, body=b""):
        self.gate.wait()
        try:
            answer = ask(self.bridge, line, body)
        except (OSError, ValueError):
            return None
        return answer[1] if answer and answer[0] == 200 else None

    def _poll(self):
        answer = self._ask(f"GET /iclock/getrequest?SN={self.sn}&INFO=Ver%208,5,6,{len(self.held)},127.0.0.1,10")
        for line in (answer or b"").decode().splitlines():
            if not line.startswith("C:"):
                continue
            _, number, command = line.split(":", 2)
            if command.startswith("DATA QUERY ATTLOG"):
                self.asked += 1
                named = dict(part.split("=", 1) for part in command.split(None, 3)[3].split("\t"))
                begin, end = (datetime.datetime.fromisoformat(named[name]) for name in ("StartTime", "EndTime"))
                self.unsent.extend(punch for punch in self.held if begin <= punch[1] <= end)
                while self.unsent and not self.ended:
                    self._send()
            self._ask(f"POST /iclock/devicecmd?SN={self.sn}", f"ID={number}&Return=0&CMD={command.split()[0]}\n".encode())

    def run(self):
        while not self.ended:
            now = time.monotonic()
            self._make(now)
            if self.unsent:
                self._send()
            if now > self.next_poll:
                self.next_poll = now + POLL_S
                self._poll()
            time.sleep(0.2)


class Auditor(threading.Thread):
    """Reads both tables at one moment, over and over, and holds them against what the terminals hold."""

    SAMPLE = (f"SELECT s.device_sn, s.complete_through, (SELECT COUNT(*) FROM {TABLE} l WHERE l.device_sn = s.device_sn AND "
              "l.check_time <= s.complete_through) FROM device_status s WHERE s.complete_through IS NOT NULL")

    def __init__(self, database, held):
        super().__init__(daemon=True)
        self.database, self.held = database, held
        self.samples, self.values, self.wrong, self.ended = 0, collections.defaultdict(set), [], False

    def told(self):
        """What was told last of each terminal."""
        return {sn: max(values) for sn, values in self.values.items()}

    def look(self, connection):
        held = self.held()  # before the tables: what is made from here on is beyond any value
        with connection.cursor() as cursor:
            cursor.execute(self.SAMPLE)
            rows = cursor.fetchall()
        for sn, through, there in rows:
            covered = [punch for punch in held[sn] if punch[1] <= through]
            if there < len(covered):
                self.wrong.append(f"{sn}: told complete through {through}: {len(covered)} held, {there} there; "
                                  f"the last {covered[-3:]}")
            self.values[sn].add(through)
        if rows:
            self.samples += 1

    def run(self):
        connection = None
        while not self.ended:
            try:
                if connection is None:
                    connection = pymysql.connect(unix_socket=str(self.database.socket), user="root", database=Database.NAME, autocommit=True)
                self.look(connection)
            except (pymysql.err.OperationalError, pymysql.err.InterfaceError, pymysql.err.ProgrammingError):
                connection = None  # it is killed, or the table isn't made yet
            time.sleep(0.02)


class Told(Cycles):
    """Cycles of Cycles' kinds, and the table widened so that what was refused goes in."""

    def __enter__(self):
        bridge = self.bridge
        if bridge.pids():
            bridge.stop()
        bridge.reset()
        self.width = WIDTH
        with bridge.database.connect() as cursor:
            cursor.execute(TABLES.format(self.width))
        self.proxy = Proxy("127.0.0.1", bridge.database.port).__enter__()
        self.read = Read(program(bridge))
        self.gate = threading.Event()
        self.gate.set()
        bridge.gates.append(self.gate)
        bridge.write_config(bridge.config(
            database={"port": self.proxy.port, "connect_timeout_s": 2, "status_tables": True},
            pull={"every_min": 1, "terminals": self.read.simulated.entries()}))
        bridge.start()
        self.terminals = [Terminal(bridge, self.gate, number, self.random.random()) for number in range(PUSHING)]
        self.auditor = Auditor(bridge.database, self.held)
        self.threads = (*self.terminals, self.read, self.auditor)
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.gate.set()
        for thread in self.threads:
            thread.ended = True
        for thread in self.threads:
            thread.join(60)
        self.bridge.gates.remove(self.gate)
        self.read.simulated.kill()
        super().__exit__()

    def held(self):
        return {**{terminal.sn: terminal.punches() for terminal in self.terminals}, **self.read.held()}

    def widen(self):
        """What was refused fits now; the next ones will be too long again."""
        self.width += 2
        with self.bridge.database.connect() as cursor:
            cursor.execute(f"ALTER TABLE {TABLE} MODIFY user_id VARCHAR({self.width}) COLLATE utf8mb4_bin NOT NULL")
        for terminal in self.terminals:
            terminal.width = self.width
        # The service learns the column's width from the table when it connects.
        self.proxy.reset_open()
        self.bridge.hipctl("requeue")

    def one(self):
        kind = self.random.choice(self.kinds)
        time.sleep(self.random.uniform(0, 2))
        back = kind()
        time.sleep(self.random.choice((0, 0, 0.3)))
        back()
        self.count += 1
        if self.count % 50 == 0 and self.width < 48:
            self.widen()
        self.holds()
        return kind.__name__

    def holds(self):
        """So far. A terminal or an auditor that fell over shows nothing."""
        fallen = [thread for thread in self.threads if not thread.is_alive()]
        assert not fallen, f"they have ended, and why stands above: {fallen}"
        assert not self.auditor.wrong, self.auditor.wrong[:3]

    def quiet(self, seconds=180):
        """No more punches, no more faults: how long until each terminal is told complete past its last one."""
        for terminal in (*self.terminals, self.read):
            terminal.making = False
        self.proxy.pass_through()
        self.widen()
        began, took = time.monotonic(), {}
        last = {sn: max(punch[1] for punch in punches) for sn, punches in self.held().items() if punches}
        patient = {terminal.sn for terminal in self.terminals if terminal.forgetful and terminal.left_out}

        def all_told():
            for sn, value in self.auditor.told().items():
                if sn not in took and value >= last[sn]:
                    took[sn] = round(time.monotonic() - began)
            return set(last) - patient <= set(took)

        wait_for(all_told, seconds, lambda: f"each is told complete: {self.auditor.told()}, last {last}; {self.bridge.events()[-5:]}")
        # A terminal that left some out is asked for them only when its count has been held against ours.
        wait_for(lambda: all_told() and set(last) <= set(took), 1200, lambda: f"it is asked for what it left out: {patient} {took} {self.bridge.events()[-5:]}")
        self.holds()
        punches = {(sn, user, str(at)) for sn, held in self.held().items() for user, at in held}
        assert set(self.bridge.database.punches()) == punches, "what they hold is in the table, and nothing else"
        return took

    def dead(self):
        """The service is killed and stays so: after how many seconds the documented statement names its site."""
        statement = next(one for one in statements() if one.startswith("-- dead sites"))

        def named():
            with self.bridge.database.connect() as cursor:
                cursor.execute(statement)
                return {row[1] for row in cursor.fetchall()}

        with self.bridge.database.connect() as cursor:  # the outbox of before it was reset had another number
            cursor.execute("SELECT bridge FROM bridge_status ORDER BY reported_at DESC LIMIT 1")
            [(alive,)] = cursor.fetchall()
        assert alive not in named(), "it lives"
        self.bridge.kill()
        began = time.monotonic()
        wait_for(lambda: alive in named(), 302, "one SELECT names the dead site")
        return round(time.monotonic() - began)

    def summary(self):
        return {"cycles": self.count, "samples": self.auditor.samples, "punches": sum(map(len, self.held().values())),
                "values": {sn: len(values) for sn, values in sorted(self.auditor.values.items())},
                "left_out": sum(terminal.left_out for terminal in self.terminals),
                "asked_again": sum(terminal.asked for terminal in self.terminals), "power_cuts": self.power_cuts,
                "wrong": len(self.auditor.wrong), "seed": self.seed}
