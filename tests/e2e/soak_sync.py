"""A folder of mixed log files, the service killed at random points of the run: `soak_sync.run` is what the soak test and,
smaller, test_sync.py do. By itself:

    soak_sync.py [--files 200] [--kills 20] [--seed N]

needs HIPBRIDGE_MSI and HIPBRIDGE_TERMINAL, as `./dev soak` sets them.
"""

import argparse
import os
import random
import sys
import time

import harness
import logs
from harness import wait_for


def run(bridge, files, kills, seed, say=lambda text: None):
    """The bridge is stopped and as new. Every row exactly once, every file archived once, none lost."""
    contents, rows, archived, others = logs.mixed(files, seed)
    rng = random.Random(seed + 1)
    # By the twin rule a punch with a machine's number and one without are one; either may have come first.
    logs.place(bridge.alog, contents)
    say(f"{len(contents)} files, {len(rows)} punches, seed {seed}")
    bridge.start()  # a run that was missed is made up
    for number in range(kills):
        time.sleep(rng.uniform(0.0, 1.5))
        left = sum(1 for name in archived if (bridge.alog / name).exists())
        bridge.kill()
        say(f"kill {number + 1}: {left} of {len(archived)} files were left")
        bridge.start()
        if number % 3 == 0:
            bridge.wine.run("sc", "control", harness.SERVICE, "128")
    wait_for(lambda: not any((bridge.alog / name).exists() for name in archived), 180, "each log is archived")
    check(bridge, contents, rows, archived, others)


def check(bridge, contents, rows, archived, others):
    punches = bridge.database.punches()
    assert len(punches) == len(set(punches)), "a punch stands in the table twice"
    expected = {(user, at) for _, user, at in rows}
    found = {(user, at) for _, user, at in punches}
    assert found == expected, f"missing {sorted(expected - found)[:3]}, not expected {sorted(found - expected)[:3]}"
    assert set(punches) <= rows, f"not expected: {sorted(set(punches) - rows)[:3]}"
    there = {path.name: path.read_bytes() for path in bridge.archive.iterdir() if not path.name.endswith(".rejected.txt")}
    assert set(there) == archived, f"archived: missing {sorted(archived - set(there))[:3]}, more {sorted(set(there) - archived)[:3]}"
    assert all(there[name] == contents[name] for name in archived), "an archived file is not what it was"
    assert {path.name for path in bridge.alog.iterdir() if path.is_file()} == others


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args()
    with harness.temporary_folder() as folder:
        bridge = harness.Bridge(folder, os.environ["HIPBRIDGE_MSI"], os.environ["HIPBRIDGE_TERMINAL"])
        try:
            bridge.prepare()
            bridge.write_config(bridge.config())
            bridge.install()
            bridge.reset()
            began = time.monotonic()
            run(bridge, options.files, options.kills, options.seed, say=lambda text: print(text, flush=True))
            print(f"every row once, every file archived once, none lost; {time.monotonic() - began:.0f} s")
            return 0
        except AssertionError as error:
            print(f"seed {options.seed}: {error}", file=sys.stderr)
            print("\n".join(map(repr, bridge.events()[-20:])), file=sys.stderr)
            return 1
        finally:
            bridge.close()


if __name__ == "__main__":
    sys.exit(main())
