"""HIP's own terminals, read on port 5005 by the installed service."""

import socket
import time

import pytest

from fkpulled import FkPulled
from harness import wait_for


def start(bridge, *entries, every_min=1440):
    bridge.write_config(bridge.config(pull={"every_min": every_min, "terminals": list(entries)}))
    bridge.start()


def simulate(bridge, *options, **named):
    one = FkPulled(bridge, *options, **named)
    bridge.runs.append(one)
    return one


def test_they_are_read_and_nothing_comes_twice(bridge):
    large = simulate(bridge, records=2000)
    old = simulate(bridge, "--layout", 20, "--faults", 1 << 5, "--slice", 7, records=300, prefix="OLD")
    locked = simulate(bridge, "--password", 1234, "--layout", 121, records=50, prefix="LOCK")
    start(bridge, large.entry(), old.entry(sn="OLD"), locked.entry(comm_key="1234"))
    bridge.assert_arrive(large.punches() | old.punches() | locked.punches())
    large.punch(5)
    assert bridge.hipctl("pull-now", timeout=100).returncode == 0
    bridge.assert_arrive(large.punches() | old.punches() | locked.punches())
    # What Premium Time exported of the same terminal before is no second row.
    user, at = sorted(large.punches())[0][1:]
    bridge.drop_log("alog.txt", [(user, time.strftime("%d/%m/%Y %I:%M:%S %p", time.strptime(at, "%Y-%m-%d %H:%M:%S")))])
    assert bridge.hipctl("sync-now", timeout=100).returncode == 0
    bridge.assert_arrive(large.punches() | old.punches() | locked.punches())


@pytest.mark.parametrize("options, entry, event, words", [
    (["--password", 4711], {"comm_key": 4712}, 502, ""),
    (["--faults", 1 << 9], {}, 503, "do not fit"),
    ([], {"sn": "ANOTHER1"}, 504, "FKT"),
], ids=["key", "layout", "stranger"])
def test_what_cannot_be_read_is_told_and_nothing_is_taken(bridge, options, entry, event, words):
    one = simulate(bridge, *options)
    start(bridge, one.entry(**entry), every_min=1)
    assert words in bridge.wait_event(event).text
    assert bridge.database.punches() == []


def test_hipctl_shows_one_and_says_what_a_terminal_set_to_internet_is(bridge):
    one = simulate(bridge, records=250)
    bridge.write_config(bridge.config())
    bridge.start()
    done = bridge.hipctl("pull", "127.0.0.1", "--protocol", "fk", "--port", str(one.port))
    assert done.returncode == 0, done.stdout
    for words in ("FKT", "user 1000", "250 records"):
        assert words in done.stdout, done.stdout
    with socket.create_server(("127.0.0.1", 0)) as mute:
        done = bridge.hipctl("pull", "127.0.0.1", "--protocol", "fk", "--port", str(mute.getsockname()[1]), timeout=90)
        assert done.returncode == 1 and "Internet" in done.stdout, done.stdout
    assert bridge.database.punches() == []


def test_a_line_that_is_cut_again_and_again_loses_nothing(bridge):
    one = simulate(bridge, "--cut-each", 4, records=400)
    start(bridge, one.entry())
    wait_for(lambda: bridge.hipctl("pull-now", timeout=100) and set(bridge.database.punches()) == one.punches(), 120,
             "a visit that is not cut comes in the end")
    bridge.assert_arrive(one.punches())
