"""The long run: a thousand cycles of push, kill, restart (see cycles.py), or as many as are asked for.

    soak.py [CYCLES] [--kills] [--keep]

--kills: each cycle kills the service, every other one the database too. HIPBRIDGE_SEED repeats a run. --keep leaves the folder with everything in it behind.
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402
from cycles import Cycles, seed_of_this_run  # noqa: E402

CHECK_EVERY = 20


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("cycles", nargs="?", type=int, default=1000, metavar="CYCLES")
    arguments.add_argument("--kills", action="store_true")
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    seed = seed_of_this_run()
    print(f"seed {seed}, {options.cycles} cycles", flush=True)
    began = time.monotonic()
    with harness.installed(options.keep) as bridge:
        with Cycles(bridge, seed) as cycles:
            if options.kills:
                cycles.kinds = (cycles.kill_service, cycles.kill_both)
            while cycles.count < options.cycles:
                what = cycles.one()
                if cycles.count % CHECK_EVERY == 0 or cycles.count == options.cycles:
                    cycles.check()
                    print(f"{cycles.count} cycles, {len(cycles.acknowledged)} punches acknowledged, each in the "
                          f"table once; {cycles.power_cuts} times Wine's own deadlock; {time.monotonic() - began:.0f} s; "
                          f"last: {what}", flush=True)


if __name__ == "__main__":
    main()
