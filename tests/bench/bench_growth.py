"""What a punch costs where there is much beside where there is little: the processor's time for each, as a ratio of the two.

1 is flat. By the processor's time, and not by the clock, so that whatever else the machine does moves it little; five runs of
each in turns, and the least of them, for what disturbs a run only adds to it.
"""

import shutil
import subprocess

TURNS = 5
PUNCHES, GROUP = 100, 16


def processor(native, folder, arguments, read_figures):
    done = subprocess.run([native / "bench_costs", folder, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
    return next(one["value"] for one in read_figures(done.stdout.splitlines(), {}) if one["name"].endswith(": processor"))


def grown(name, little, much, turns, figure):
    """little, much: each gives the cost once."""
    costs = [(little(), much()) for _ in range(turns)]
    return figure(name, min(one for _, one in costs), "us", min(one for one, _ in costs))


def growth(folder, full, upload, native, figure, read_figures):
    rows = 160_000 if full else 48_000

    def pushed(waiting=0, terminals=10, devices=10, networks=1, punches=PUNCHES, group=GROUP, count=rows):
        return lambda: processor(native, folder, ("push", count, punches, group, waiting, terminals, devices, networks), read_figures)

    def logged(count):
        return lambda: processor(native, folder, ("log", count), read_figures)

    few, much = (100_000, 10_000_000) if full else (10_000, 1_000_000)
    yield grown(f"growth, a punch pushed: {much:,} waiting beside {few:,}", pushed(waiting=few), pushed(waiting=much), 2, figure)
    yield grown("growth, a punch pushed: 1,000 terminals beside 10", pushed(terminals=10, devices=1), pushed(terminals=1000, devices=1),
                TURNS, figure)
    single = rows // 8
    yield grown("growth, a POST of 1: 1,000 devices listed beside 1", pushed(devices=1, terminals=1, punches=1, count=single),
                pushed(devices=1000, terminals=1, punches=1, count=single), TURNS, figure)
    yield grown("growth, a POST of 1: 64 allowed_networks beside 1", pushed(networks=1, punches=1, count=single),
                pushed(networks=64, punches=1, count=single), TURNS, figure)
    small, large = (18_000, 75_000_000) if full else (18_000, 1_200_000)  # 1 MB; 4 GB or 64 MB
    yield grown(f"growth, a log's punch: a file of {large * 55 // 1_000_000:,} MB beside 1 MB", logged(small), logged(large), 1 if full else 2,
                figure)
    yield from table(folder, full, upload, figure)


def table(folder, full, upload, figure):
    """The uploader beside LOAD DATA of the same rows, into a table that holds few rows already and into one that holds many."""
    few, much = (100_000, 10_000_000) if full else (10_000, 1_000_000)
    found = {}
    for held in (few, much):
        run = upload(folder / f"table-{held}", 100_000 if full else 50_000)
        run.folder.mkdir()
        try:
            run.prepare()
            run.hold(held)
            ours, limits = zip(*((run.send(run.database.port), run.load_data()) for _ in range(3)))
            found[held] = 1e6 / max(ours), 1e6 / max(limits)
        finally:
            run.database.stop(kill=True)
            shutil.rmtree(run.folder, ignore_errors=True)
    yield figure(f"growth, a punch uploaded: {much:,} in the table beside {few:,}", found[much][0], "us", found[few][0])
    yield figure("growth, LOAD DATA of the same rows", found[much][1], "us", found[few][1])
