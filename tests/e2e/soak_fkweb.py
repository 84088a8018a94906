"""The long run of terminals that speak FkWeb: kills of service and database while they push, some of it in parts.

    soak_fkweb.py [CYCLES] [--keep]     4 terminals, 200 cycles

HIPBRIDGE_SEED repeats a run's choices. Fails when a punch that was acknowledged is not in the table, or there twice.
"""

import argparse
import datetime
import os
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402
from fkweb import FkTerminal, body, glog  # noqa: E402

TERMINALS, MOMENT_S = 4, 1.5
START = datetime.datetime(2026, 9, 1, 8, 0, 0)


class Pusher(threading.Thread):
    """Pushes punch after punch; one that is not acknowledged comes again, as from the machine."""

    def __init__(self, bridge, number):
        super().__init__(daemon=True)
        self.terminal = FkTerminal(bridge, f"FK{number}")
        self.acknowledged = set()
        self.ended = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        bridge.gates.append(self.gate)
        self.made = 0

    def once(self, at):
        data = body(glog("7", at.strftime("%Y%m%d%H%M%S"), log_image="BIN_1"), bytes(3000))
        if self.made % 3 == 0:
            return self.terminal.blocks("realtime_glog", data, 3, trans_id="RTLogSendAction")
        return self.terminal.send("realtime_glog", data, trans_id="RTLogSendAction", seconds=5)[0]

    def run(self):
        while not self.ended.is_set():
            at = START + datetime.timedelta(seconds=self.made)
            self.gate.wait()
            try:
                code = self.once(at)
            except (OSError, AssertionError, ValueError, KeyError):  # nobody there, gone in mid-answer, a part refused
                code = None
            if code == "OK":
                self.acknowledged.add((self.terminal.dev_id, "7", str(at)))
                self.made += 1
            else:
                time.sleep(0.1)


def stop(bridge):
    """What has been sent is answered or not, as it comes; nothing new comes meanwhile: a request among cancelled
    receives has Wine's http.sys deadlock here too (Bridge.kill)."""
    for gate in bridge.gates:
        gate.clear()
    try:
        bridge.stop()
    finally:
        for gate in bridge.gates:
            gate.set()


def cycles(bridge, count, seed, say=lambda text: None):
    draw = random.Random(seed)
    power = 0
    bridge.start()
    pushers = [Pusher(bridge, number) for number in range(TERMINALS)]
    for pusher in pushers:
        pusher.start()
    try:
        for cycle in range(count):
            time.sleep(draw.uniform(0.1, MOMENT_S))
            what = draw.choice(["service", "service", "database", "stop"])
            if what == "database":
                bridge.database.stop(kill=True)
                bridge.database.start()
            else:
                bridge.kill() if what == "service" else stop(bridge)
                power += bridge.start_or_power_cycle()
            said = sum(len(pusher.acknowledged) for pusher in pushers)
            say(f"{cycle + 1} of {count} cycles, last: {what}; {said} punches acknowledged; power cut for Wine {power} times")
    finally:
        for pusher in pushers:
            pusher.ended.set()
        for pusher in pushers:
            pusher.join(30)
    acknowledged = set().union(*(pusher.acknowledged for pusher in pushers))
    assert len(acknowledged) > count, "they did push"
    bridge.assert_arrive(acknowledged, seconds=300, exactly=False)  # the last may be stored and not yet acknowledged
    return len(acknowledged)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("cycles", nargs="?", type=int, default=200, metavar="CYCLES")
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    seed = int(os.environ.get("HIPBRIDGE_SEED") or time.time())
    with harness.installed(options.keep, stopped=True) as bridge:
        print(f"seed {seed}, {options.cycles} cycles", flush=True)
        began = time.monotonic()
        count = cycles(bridge, options.cycles, seed,
                       lambda text: print(f"{text}; {time.monotonic() - began:.0f} s", flush=True))
        print(f"each of the {count} punches that were acknowledged is in the table once")


if __name__ == "__main__":
    main()
