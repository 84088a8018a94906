"""A crash leaves a minidump in the data folder; the next start names it. The newest three are kept."""

import os
import pathlib

import pytest
from harness import ROOT, windows_path, wait_for

STRIKE = pathlib.Path(os.environ.get("HIPBRIDGE_STRIKE") or ROOT / "build/windows/bin/strike.exe")
ACCESS_VIOLATION = "c0000005"


def dumps(bridge):
    return sorted(path.name for path in bridge.data.glob("crash-*.dmp"))


def test_a_crash_leaves_a_dump_that_the_next_start_names(bridge):
    old = ["crash-20260101-000000.dmp", "crash-20260102-000000.dmp", "crash-20260103-000000.dmp"]
    for name in old:
        (bridge.data / name).write_bytes(b"MDMP")
    bridge.start()
    assert not bridge.events(104) and dumps(bridge) == old, "those are known"
    done = bridge.wine.run(windows_path(STRIKE), timeout=60)
    assert done.stdout.strip() == "fell with " + ACCESS_VIOLATION, done.stdout
    wait_for(lambda: not bridge.pids(), 10, "the process is gone")
    new = [name for name in dumps(bridge) if name not in old]
    assert len(new) == 1 and new[0].endswith(".new.dmp")
    assert (bridge.data / new[0]).read_bytes()[:4] == b"MDMP"
    bridge.start()
    told = bridge.events(104)
    assert len(told) == 1 and told[0].level == "error", bridge.events()
    name = new[0].replace(".new.dmp", ".dmp")
    assert told[0].strings[1].endswith("\\" + name)
    assert dumps(bridge) == [*old[1:], name], "the newest three"
    run = bridge.terminals("--punches", 5)
    run.wait()
    bridge.assert_arrive(run.acknowledged())
    bridge.stop()
    bridge.forget_events()
    bridge.start()
    assert not bridge.events(104), "it is told once"


@pytest.mark.parametrize("how, code", [("heap", "c0000374"), ("abort", "40000015"), ("overflow", "c00000fd")])
def test_each_kind_of_fall_leaves_a_dump(bridge, how, code):
    bridge.start()
    done = bridge.wine.run(windows_path(STRIKE), how, timeout=60)
    assert done.stdout.strip() == "fell with " + code, done.stdout
    wait_for(lambda: not bridge.pids(), 10, "the process is gone")
    (new,) = dumps(bridge)
    assert new.endswith(".new.dmp") and (bridge.data / new).read_bytes()[:4] == b"MDMP"


def test_each_thread_keeps_some_stack_to_fall_on(bridge):
    """Read out of the service as it runs. Without that a stack used up leaves no dump, as nothing of ours can run any more."""
    bridge.write_config(bridge.config(pull={"terminals": [{"address": "127.0.0.1", "sn": "NOBODY"}]}))
    bridge.start()
    threads = [line.split() for line in bridge.wine.run(windows_path(STRIKE), "guarantees").stdout.splitlines()]
    begun = sorted(int(kept) for kept, by in threads if by == "C")
    assert begun == 7 * [65536], "what writes dumps; listener, page, uploader, sync, pull, watch"
    assert sorted(int(kept) for kept, by in threads if by != "C")[-1] == 65536, "ServiceMain"
