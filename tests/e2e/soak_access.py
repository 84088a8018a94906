"""The vendor's program writes its database while the installed service reads it: `soak_access.run` is what the soak test and, shorter,
test_access.py do. By itself:

    soak_access.py [MINUTES] [--seed N]

needs HIPBRIDGE_MSI and HIPBRIDGE_TERMINAL, as `./dev soak` sets them.
"""

import argparse
import random
import sys
import time

import harness
import jetfile
from harness import wait_for

PATH = "C:\\att\\att2000.mdb"
EVERY_S = 10


def place(bridge):
    return bridge.wine.drive_c / "att" / "att2000.mdb"


def configure(bridge, **changes):
    access = {"enabled": True, "path": PATH, "every_s": EVERY_S, **changes}
    bridge.write_config(bridge.config(access=access, sync={"enabled": False}))


def run(bridge, seconds, seed, rows=20000, compact_every=60, halves=0.02, say=lambda text: None):
    """The bridge is stopped and as new. Each row that stayed is in the table once, and no row that never was."""
    writer = jetfile.Writer(place(bridge), rows, seed)
    configure(bridge)
    bridge.start()
    began = time.monotonic()
    writer.run(seconds, leave_half=halves, compact_every=compact_every)
    say(f"{time.monotonic() - began:.0f} s: {len(writer.ever)} rows ever, {len(writer.living())} stayed, {writer.halves} pages left half "
        f"written, {writer.compacts} compacts; seed {seed}")
    stayed = writer.living()
    wait_for(lambda: stayed <= set(bridge.database.punches()), 6 * EVERY_S + 60, lambda: missing(bridge, stayed))
    punches = bridge.database.punches()
    assert len(punches) == len(set(punches)), "a punch stands in the table twice"
    wrong = set(punches) - writer.ever
    assert not wrong, f"{len(wrong)} rows that never were: {sorted(wrong)[:5]}"
    access = bridge.status()["access"]
    assert access["state"] == "read" and access["set_aside"] == 0, access
    say(f"{len(punches)} rows in the table, {access['rows']} looked at; none wrong, none missing, none twice")
    return writer


def missing(bridge, stayed):
    lack = stayed - set(bridge.database.punches())
    return f"all {len(stayed)} rows are in the table; missing {len(lack)}, e.g. {sorted(lack)[:3]}; {bridge.status()['access']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("minutes", type=float, nargs="?", default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--halves", type=float, default=0.02, help="so many of the pages written are left half written for 3 s")
    options = parser.parse_args()
    with harness.installed(stopped=True) as bridge:
        try:
            bridge.reset()
            run(bridge, options.minutes * 60, options.seed, halves=options.halves, say=lambda text: print(text, flush=True))
            return 0
        except AssertionError as error:
            print(f"seed {options.seed}: {error}", file=sys.stderr)
            print("\n".join(map(repr, bridge.events()[-20:])), file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
