"""A folder of mixed log files, the service killed at random points of the run: `soak_sync.run` is what the soak test and,
smaller, test_sync.py do. By itself:

    soak_sync.py [--files 200] [--kills 20] [--seed N]

needs HIPBRIDGE_MSI and HIPBRIDGE_TERMINAL, as `./dev soak` sets them.
"""

import argparse
import random
import subprocess
import sys
import time

import harness
import logs
from harness import wait_for


def ask(bridge):
    """hipctl sync-now, not waited for."""
    return subprocess.Popen([harness.WINE, str(bridge.program_folder / "hipctl.exe"), "sync-now"],
                            env=dict(bridge.wine.env, WINEDEBUG="-all"), stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def count(bridge):
    rows = bridge.database.rows("COUNT(*)", order="1")
    return rows[0][0] if rows else 0


def run(bridge, files, kills, seed, say=lambda text: None):
    """The bridge is stopped and as new. Every row exactly once, every file archived once, none lost."""
    contents, rows, archived, others = logs.mixed(files, seed, most=1500)
    rng = random.Random(seed + 1)
    say(f"{len(contents)} files, {len(rows)} punches, seed {seed}")
    names = sorted(contents)
    rng.shuffle(names)
    middle, stored = 0, 0

    def left():
        return sorted(name for name in archived if (bridge.alog / name).exists())

    def how_far():
        return count(bridge), len(left())

    def so_far(goal):
        names, sessions = left(), bridge.database.sessions()
        return (f"{count(bridge)} rows are in the table (at the last kill {stored}, wanted {goal:.0f} of {len(rows)}); {len(names)} files "
                f"are left, the first {names[:3]}; hipctl sync-now: {'runs' if asked.poll() is None else asked.returncode}; the "
                f"service: {bridge.query()}; the server's sessions: {sessions}; last told: {bridge.events()[-8:]}")

    for number in range(kills + 1):
        share = names[number::kills + 1]
        logs.place(bridge.alog, {name: contents[name] for name in share})
        bridge.start()
        asked = ask(bridge)
        if number == kills:
            wait_for(lambda: asked.poll() is not None, 120, lambda: f"sync-now has ended; {so_far(len(rows))}", how_far)
            break
        # Somewhere in the run: when so many more rows have come (none: while it reads), or a moment later.
        goal, moment = stored + rng.uniform(0, 0.8) * len(rows) / (kills + 1), rng.uniform(0.0, 0.1)
        wait_for(lambda: count(bridge) >= goal or not left(), 60,
                 lambda: f"run {number + 1} of {kills + 1} comes that far; {so_far(goal)}", how_far)
        time.sleep(moment)
        bridge.kill()
        asked.kill()  # Wine's service manager would say "running" until the next start
        asked.wait()
        stored = count(bridge)
        middle += bool(left())
        say(f"kill {number + 1}: {len(left())} files left in the folder, {stored} rows in the table")
    wait_for(lambda: not left(), 120, lambda: f"each log is archived; {so_far(len(rows))}", how_far)
    check(bridge, contents, rows, archived, others)
    say(f"{middle} of {kills} kills were in mid-run")


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
    with harness.installed() as bridge:
        try:
            bridge.reset()
            began = time.monotonic()
            run(bridge, options.files, options.kills, options.seed, say=lambda text: print(text, flush=True))
            print(f"every row once, every file archived once, none lost; {time.monotonic() - began:.0f} s")
            return 0
        except AssertionError as error:
            print(f"seed {options.seed}: {error}", file=sys.stderr)
            print("\n".join(map(repr, bridge.events()[-20:])), file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
