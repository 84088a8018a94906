"""20,000 strangers beside 20 real terminals, for ten minutes or as many as are asked for.

    soak_storm.py [MINUTES] [--strangers N] [--terminals N] [--keep]

Every punch of a real terminal that was acknowledged is in the table once; the audit finds the 100 punches that one of them
withholds (a run of six minutes or more); private memory grows by less than 16 MB and the outbox by less than 16 MB beyond its
punches; the status answers within two seconds, with the real terminals first, and says what goes on. Half way what a technician
sees is kept in build/screenshots: the page in both languages (storm-en-GB.png, storm-th-TH.png) and `hipctl status` (storm.txt).
"""

import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import browser  # noqa: E402
import harness  # noqa: E402
import storm  # noqa: E402

AUDITED_S = 6 * 60  # from INFO to its comparison, and some polls
PUNCH_BYTES = 1000  # of the outbox's file, generously


def look(bridge):
    """What a technician sees."""
    said = bridge.hipctl("status").stdout
    shown = browser.Browser()
    try:
        for language in ("en-GB", "th-TH"):
            shown.open(bridge, language=language)
            print(f"  the page: {shown.text('#headline')}; {shown.screenshot('storm-' + language)}", flush=True)
    finally:
        shown.close()
    text = browser.SCREENSHOTS / "storm.txt"
    text.write_text(said, "utf-8")
    print(f"  hipctl status, {len(said.splitlines())} lines, {text}:", *said.splitlines()[:12], sep="\n    ", flush=True)


def watch(bridge, run, options, seconds):
    memory, disk, took, last, looked = [], [], [], 0, False
    end = time.monotonic() + seconds
    while time.monotonic() < end and run.process.poll() is None:
        time.sleep(min(10, max(0.1, end - time.monotonic())))
        began = time.monotonic()
        now = storm.status(bridge)
        took.append(time.monotonic() - began)
        memory.append(storm.private_kb(bridge))
        disk.append(storm.outbox_kb(bridge))
        if time.monotonic() - last > 30:
            last = time.monotonic()
            print(f"  {len(run.acknowledged())} acknowledged, strangers {now['strangers']['count']}, level {now['level']}, "
                  f"{sorted({concern['code'] for concern in now['concerns']})}, memory {memory[-1]} KB, outbox "
                  f"{disk[-1]} KB, status {took[-1]:.2f} s", flush=True)
        if not looked and time.monotonic() > end - seconds / 2:
            looked = True
            look(bridge)
    return memory, disk, took


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("minutes", nargs="?", type=float, default=10)
    arguments.add_argument("--strangers", type=int, default=20000)
    arguments.add_argument("--terminals", type=int, default=20)
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    seconds = int(options.minutes * 60)
    with harness.installed(options.keep, settings=lambda bridge: storm.settings(bridge, options.terminals)) as bridge:
        keeper = storm.Keeper(bridge, 5)
        run = bridge.terminals("--terminals", options.terminals, "--punches", 0, "--rate", 0.2, "--batch", 10, "--poll=5",
                               "--seconds", seconds, "--retry", 2, "--give-up", 120, "--sn-prefix", storm.MAKER)
        time.sleep(2)
        strangers = storm.Strangers(bridge, options.strangers, max(1, seconds - 5), storm.victims(options.terminals))
        memory, disk, took = watch(bridge, run, options, seconds)
        codes = storm.check_status(storm.status(bridge), options.terminals)
        summary, code = run.end(300)
        strangers.end(at_once=True)
        audited = seconds >= AUDITED_S
        if audited:
            harness.wait_for(lambda: keeper.answered, 60, "the audit has asked for what was withheld")
        keeper.end()
        acknowledged = set(run.acknowledged()) | keeper.punches(storm.HELD + storm.WITHHELD if audited else storm.HELD)
        storm.check_rows(bridge, acknowledged)
        missing = [event.strings for event in bridge.events(217) if event.strings[0] == storm.KEEPER]
        if audited:
            assert missing and missing[0][1:3] == [str(storm.WITHHELD), str(storm.HELD + storm.WITHHELD)], missing
        grown = memory[-1] - memory[min(2, len(memory) - 1)]
        beyond = max(disk) - len(acknowledged) * PUNCH_BYTES // 1024
        print(f"{options.terminals} terminals, {options.strangers - strangers.left} strangers, {strangers.sent} of their requests "
              f"({strangers.statuses}, {strangers.broken} broken), {len(strangers.slow)} slow bodies, {seconds} s: "
              f"{summary['requests']} real requests, {len(acknowledged)} punches acknowledged, each in the table once, p99 "
              f"{summary['latency_ms']['p99']:.0f} ms; 217 {missing}; concerns {sorted(set(codes))}")
        print(f"bounds: private memory {memory[0]} to {max(memory)} KB, grown by {grown:+d} KB of {storm.ROOM_KB} allowed; outbox at most "
              f"{max(disk)} KB, {max(0, beyond)} KB of {storm.ROOM_KB} beyond its punches; slowest status {max(took):.2f} s of 2")
        assert code == 0, summary
        assert grown < storm.ROOM_KB and beyond < storm.ROOM_KB and max(took) < 2, (memory, disk, took)


if __name__ == "__main__":
    main()
