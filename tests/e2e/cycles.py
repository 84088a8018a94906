"""Cycles of: terminals push, something is killed at a random moment, and is there again. What was acknowledged must
come to stand in the table once, whatever it was that died.

The same seed gives the same choices and moments; what the machine does in between is its own.
"""

import os
import random
import time

from harness import TABLE, wait_for
from proxy import Proxy

PUNCHES, TERMINALS, BATCH, RATE = 30, 3, 4, 40  # so that pushing takes a good half second
MOMENT_S = 0.6


def seed_of_this_run():
    return int(os.environ.get("HIPBRIDGE_SEED") or random.SystemRandom().randrange(1 << 32))


class Cycles:
    def __init__(self, bridge, seed):
        self.bridge = bridge
        self.seed = seed
        self.random = random.Random(seed)
        self.acknowledged = set()
        self.count = 0
        self.power_cuts = 0  # where Wine's http.sys was in its own deadlock
        self.kinds = (self.kill_service, self.kill_database, self.reset_connection, self.reset_in_a_batch,
                      self.kill_both)

    def __enter__(self):
        bridge = self.bridge
        if bridge.pids():
            bridge.stop()
        bridge.reset()
        self.proxy = Proxy("127.0.0.1", bridge.database.port).__enter__()
        bridge.write_config(bridge.config(database={"port": self.proxy.port, "connect_timeout_s": 2}))
        bridge.start()
        return self

    def __exit__(self, *_):
        for run in self.bridge.runs:
            run.kill()
        self.bridge.runs.clear()
        if self.bridge.pids():
            self.bridge.stop()
        self.proxy.__exit__()
        if self.bridge.database.process is None:
            self.bridge.database.start()

    # ---- what dies; each returns how it comes back ----

    def _start(self):
        self.power_cuts += self.bridge.start_or_power_cycle()

    def kill_service(self):
        self.bridge.kill()
        return self._start

    def kill_database(self):
        self.bridge.database.stop(kill=True)
        return self.bridge.database.start

    def kill_both(self):
        self.bridge.database.stop(kill=True)
        self.bridge.kill()

        def back():
            self._start()
            self.bridge.database.start()
        return back

    def reset_connection(self):
        self.proxy.reset_open()
        return lambda: None

    def reset_in_a_batch(self):
        which = self.random.choice(("up", "down"))
        self.proxy.reset_after(**{which: self.random.randrange(0, 2000)})
        return lambda: None

    # ---- a cycle ----

    def one(self):
        kind = self.random.choice(self.kinds)
        moment = self.random.uniform(0, MOMENT_S)
        away = self.random.choice((0, 0, 0.3))
        name = f"C{self.count:05}X"
        run = self.bridge.terminals("--terminals", TERMINALS, "--punches", PUNCHES, "--batch", BATCH, "--rate", RATE,
                                    "--sn-prefix", name, name=name)
        time.sleep(moment)
        back = kind()
        time.sleep(away)
        back()
        try:
            run.wait(60)
        except AssertionError as given_up:
            if not self.bridge.wine.is_deadlocked():
                raise AssertionError(f"{given_up}\n{self.bridge.condition()}") from given_up
            self.bridge.power_cycle()
            self.power_cuts += 1
        self.bridge.runs.remove(run)
        self.acknowledged |= set(run.acknowledged())
        run.ledger_path.unlink()
        self.count += 1
        return f"{kind.__name__} after {moment:.2f} s"

    def check(self, seconds=60):
        """All that was acknowledged so far stands in the table, once, and nothing else does."""
        self.proxy.pass_through()

        def count():
            with self.bridge.database.connect() as cursor:
                cursor.execute(f"SELECT COUNT(*) FROM {TABLE}")
                return cursor.fetchone()[0]

        where = f"seed {self.seed}, {self.count} cycles: HIPBRIDGE_SEED={self.seed} repeats it"
        wait_for(lambda: count() >= len(self.acknowledged), seconds,
                 lambda: f"{len(self.acknowledged)} rows, {count()} so far; {where}; {self.bridge.database.sessions()}; "
                         f"{self.bridge.condition()}", count)
        rows = self.bridge.database.punches()
        assert len(rows) == len(set(rows)), f"a punch stands there twice; {where}"
        missing, unknown = self.acknowledged - set(rows), set(rows) - self.acknowledged
        assert not missing and not unknown, f"missing {sorted(missing)[:3]}, unknown {sorted(unknown)[:3]}; {where}"
