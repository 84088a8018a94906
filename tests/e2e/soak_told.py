"""The long run of what head office is told: no time is told complete with a row missing (see told.py).

    soak_told.py [CYCLES] [--keep]     700 cycles

HIPBRIDGE_SEED repeats a run's choices.
"""

import argparse
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402
from cycles import seed_of_this_run  # noqa: E402
from told import Told  # noqa: E402


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("cycles", nargs="?", type=int, default=700, metavar="CYCLES")
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    began = time.monotonic()
    with harness.installed(options.keep) as bridge:
        with Told(bridge, seed_of_this_run()) as told:
            while told.count < options.cycles:
                told.one()
                if told.count % 20 == 0:
                    print(json.dumps(told.summary()), f"{time.monotonic() - began:.0f} s", flush=True)
            print("quiet; told complete past the last punch after so many seconds:", json.dumps(told.quiet()), flush=True)
            print(json.dumps(told.summary()), flush=True)
            print(f"killed: its site is named after {told.dead()} s")


if __name__ == "__main__":
    main()
