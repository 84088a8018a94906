"""What a punch costs on each road, counted: allocations, copies, what the system is called for, flushes, processor time.

Natively, and so without http.sys: what it is asked for besides is three calls a request (receive, send, and a wait that a
group shares). The programs count what is allocated and copied (bench_count.h); strace, where it is there, what the system is
called for between their two marks. Figures are for each punch; nothing here depends on what else the machine does.
"""

import re
import shutil
import subprocess

BEGINS, ENDS = '"/bench-count-begins"', '"/bench-count-ends"'
CALL = re.compile(r"^(?:\d+ +)?(\w+)\(")
FLUSHES = {"fsync", "fdatasync"}


def calls_between_marks(trace):
    """How often the system was called for what, by name, between the marks."""
    found, on = {}, False
    with open(trace, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if BEGINS in line:
                on = True
            elif ENDS in line:
                on = False
            elif on and (call := CALL.match(line)):
                found[call[1]] = found.get(call[1], 0) + 1
    return found


def counted(folder, arguments, rows, figure, read_figures):
    """The program's own counts, and the system's by a trace of another run, as figures for a road."""
    done = subprocess.run([str(one) for one in arguments], stdout=subprocess.PIPE, text=True, check=True)
    own = [one for one in read_figures(done.stdout.splitlines(), {}) if one["name"].startswith("costs, ")]
    yield from own
    if shutil.which("strace") is None or not own:
        return
    road = own[0]["name"].rpartition(":")[0]
    trace = folder / "trace"
    subprocess.run(["strace", "-f", "-q", "-o", trace, *map(str, arguments)], stdout=subprocess.DEVNULL, check=True)
    calls = calls_between_marks(trace)
    trace.unlink()
    yield from called(road, calls, rows, figure)


def called(road, calls, rows, figure):
    yield figure(f"{road}: system calls", sum(calls.values()) * 1000 / rows, "of 1,000")
    yield figure(f"{road}: flushes", sum(calls.get(name, 0) for name in FLUSHES) * 1000 / rows, "of 1,000")
    for name, count in sorted(calls.items(), key=lambda one: -one[1])[:3]:
        yield figure(f"{road}:   {name}", count * 1000 / rows, "of 1,000")


def costs(folder, full, upload, native, figure, read_figures):
    single, many = (2000, 160_000) if full else (500, 32_000)
    for arguments, rows in ((("push", single, 1, 1), single), (("push", single * 16, 1, 16), single * 16), (("push", many, 100, 16), many),
                            (("log", many), many)):
        yield from counted(folder, [native / "bench_costs", folder, *arguments], rows, figure, read_figures)
    terminals, records = (8, 20_000) if full else (8, 2_000)
    yield from counted(folder, [native / "bench_pull", folder, terminals, records], terminals * records, figure, read_figures)
    run = upload(folder / "uploaded", 200_000 if full else 50_000)
    run.folder.mkdir()
    try:
        run.prepare()
        for how in ((), ("multi-row",)):
            yield from uploaded(run, how, native, figure)
    finally:
        run.database.stop(kill=True)


def uploaded(run, how, native, figure):
    """As the others; each run needs the outbox as it was, and the table empty."""
    config = run.folder / "config.json"
    trace = run.folder / "trace"
    send = [native / "bench_upload", "send", config, *how]
    run.send(run.database.port, *how)
    own = [one for one in run.spent if one["name"].startswith("costs, ")]
    yield from own
    if shutil.which("strace") is None:
        return
    run.refill()
    subprocess.run(["strace", "-f", "-q", "-o", trace, *map(str, send)], stdout=subprocess.DEVNULL, check=True)
    calls = calls_between_marks(trace)
    road = own[0]["name"].rpartition(":")[0]
    yield from called(road, calls, run.rows, figure)
