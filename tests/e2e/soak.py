"""The long run: a thousand cycles of push, kill, restart (see cycles.py), or as many as are asked for.

    soak.py [CYCLES] [--keep]

HIPBRIDGE_SEED repeats a run. --keep leaves the folder with everything in it behind.
"""

import argparse
import os
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
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    seed = seed_of_this_run()
    print(f"seed {seed}, {options.cycles} cycles", flush=True)
    began = time.monotonic()
    with harness.temporary_folder(options.keep) as folder:
        bridge = harness.Bridge(folder, os.environ["HIPBRIDGE_MSI"], os.environ["HIPBRIDGE_TERMINAL"])
        try:
            bridge.prepare()
            bridge.write_config(bridge.config())
            bridge.install()
            with Cycles(bridge, seed) as cycles:
                while cycles.count < options.cycles:
                    what = cycles.one()
                    if cycles.count % CHECK_EVERY == 0 or cycles.count == options.cycles:
                        cycles.check()
                        print(f"{cycles.count} cycles, {len(cycles.acknowledged)} punches acknowledged, each in the "
                              f"table once; {time.monotonic() - began:.0f} s; last: {what}", flush=True)
        finally:
            bridge.close()


if __name__ == "__main__":
    main()
