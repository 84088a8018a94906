"""The long run of HIP's own terminals, read on port 5005: lines that are cut at other places again and again.

    soak_fk5005.py [CYCLES] [--records N] [--minutes N] [--keep]
        5 terminals of four layouts × 400 records, 200 cycles; with --minutes no cycle is begun after so long

Each cycle: new punches, and a visit to each; of their connections two in three are cut after some bytes, and now and then
the service is killed in a visit or stopped. HIPBRIDGE_SEED repeats a run. Fails when a record is missing or there twice,
or when anything was sent to a terminal that a reader must not send.
"""

import argparse
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402
from fkpulled import FkPulled  # noqa: E402
from harness import wait_for  # noqa: E402

LAYOUTS = (48, 32, 20, 121, 48)
CUT_EACH = 3


def cycles(bridge, count, records, seed, minutes, say):
    draw = random.Random(seed)
    terminals = bridge.runs
    for i, layout in enumerate(LAYOUTS):
        terminals.append(FkPulled(bridge, "--layout", layout, "--cut-each", CUT_EACH, records=records + i,
                                  prefix=f"FK{i}"))
    bridge.write_config(bridge.config(pull={"every_min": 1440, "terminals": [one.entry() for one in terminals]}))
    bridge.start()
    died = done = 0
    until = time.monotonic() + minutes * 60
    for cycle in range(count):
        if time.monotonic() > until:
            break
        done = cycle + 1
        for one in terminals:
            one.punch(draw.randrange(1, 6))
        what = draw.choice(["visit", "visit", "visit", "visit", "kill", "stop"])
        if what == "visit":
            bridge.hipctl("pull-now", timeout=150)
        else:
            died += 1
            time.sleep(draw.random())
            bridge.kill() if what == "kill" else bridge.stop()
            bridge.start()
        if (cycle + 1) % 10 == 0:
            say(f"{cycle + 1} of {count} cycles, the service was gone {died} times")
    wanted = {punch for one in terminals for punch in one.punches()}
    wait_for(lambda: bridge.hipctl("pull-now", timeout=150) and set(bridge.database.punches()) >= wanted, 300,
             "a visit to each that is not cut comes in the end")
    bridge.assert_arrive(wanted)
    stats = [one.stats() for one in terminals]
    assert all(one["forbidden"] == "" for one in stats), stats
    return done, len(wanted), sum(one["accepted"] for one in stats)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("cycles", nargs="?", type=int, default=200, metavar="CYCLES")
    arguments.add_argument("--records", type=int, default=400)
    arguments.add_argument("--minutes", type=float, default=float("inf"))
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    seed = int(os.environ.get("HIPBRIDGE_SEED") or time.time())
    with harness.installed(options.keep, stopped=True) as bridge:
        try:
            print(f"seed {seed}, {options.cycles} cycles", flush=True)
            began = time.monotonic()
            done, records, lines = cycles(bridge, options.cycles, options.records, seed, options.minutes,
                                          lambda text: print(f"{text}; {time.monotonic() - began:.0f} s", flush=True))
            print(f"{done} cycles: each of {records} records is in the table once after {lines} connections, of which two in "
                  "three break off at some byte below 9,040; nothing was sent that is not on the list")
        finally:
            for one in bridge.runs:
                one.kill()
            bridge.runs.clear()


if __name__ == "__main__":
    main()
