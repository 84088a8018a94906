"""Terminals that cannot push, read on their port by the installed service."""

import json
import os
import pathlib
import subprocess
import time

import pytest

import soak_pull
from harness import ROOT, wait_for
from proxy import Proxy
from pulled import START, Pulled, program


@pytest.fixture
def pulled(bridge):
    """Makes simulated terminals; at the end all of them must have been asked nothing that is not on the list."""
    made = []

    def make(*options, **named):
        made.append(Pulled(program(bridge), *options, **named))
        bridge.runs.append(made[-1])
        return made[-1]

    yield make
    for one in made:
        one.end()


def start(bridge, *entries, every_min=1440, **changes):
    bridge.write_config(bridge.config(pull={"every_min": every_min, "terminals": list(entries)}, **changes))
    bridge.start()


def test_terminals_are_read_and_nothing_comes_twice(bridge, pulled):
    forty = pulled(terminals=2, records=3000)
    small = pulled("--layout", 82, records=40, prefix="OLD")
    udp = pulled("--layout", 16, "--drop", 2, "--twice", 3, records=300, prefix="UDP")
    key = pulled("--key", 123456, records=20, prefix="KEY")
    start(bridge, *forty.entries(), *small.entries(name="Gate"), *udp.entries(transport="udp"),
          *key.entries(comm_key="123456", sn="KEY0001"))
    expected = forty.punches() | small.punches() | udp.punches() | key.punches()
    bridge.assert_arrive(expected)
    wait_for(lambda: len(bridge.events(500)) == 5, 10, lambda: f"five summaries: {bridge.events()}")
    assert not bridge.events(501)
    assert "dpapi:" in bridge.config_path.read_text("utf-8") and '"123456"' not in bridge.config_path.read_text("utf-8")

    # What is new comes at the next visit, and an unchanged terminal is only asked how much it holds.
    forty.punch(5)
    before = small.stats()["commands"]
    done = bridge.hipctl("pull-now", timeout=100)
    assert done.returncode == 0 and "5 of 5 terminals visited" in done.stdout, done.stdout
    assert small.stats()["commands"] - before == 5
    bridge.assert_arrive(expected | forty.punches())

    # One that is read never asks for commands: that is said at once, and nothing waits for ever.
    told = bridge.hipctl("device", "KEY0001", "info")
    assert told.returncode == 1 and "never asks for commands" in told.stdout and "Commands" not in bridge.hipctl("device", "KEY0001").stdout


def test_what_is_read_beside_a_push_is_one_punch(bridge, pulled):
    pull = pulled(records=10)
    one = sorted(pull.punches())[3]
    bridge.write_config(bridge.config(pull={"every_min": 1440, "terminals": pull.entries()}))
    bridge.start()
    status, _, _ = bridge.request(f"POST /iclock/cdata?SN={one[0]}&table=ATTLOG&Stamp=9999 HTTP/1.1",
                                  f"{one[1]}\t{one[2]}\t0\t1\t\t0\t0\n".encode())
    assert status == 200
    bridge.assert_arrive(pull.punches())


@pytest.mark.parametrize("options, entry, event, words", [
    (["--key", 4711], {"comm_key": 4712}, 502, "127.0.0.1:"),
    (["--fault", "6001"], {}, 505, "6001"),
    (["--fault", "4989"], {}, 505, "4989"),
    (["--fault", "odd-total"], {}, 503, "do not go together"),
    ([], {"sn": "ANOTHER1"}, 504, "PUL0001"),
], ids=["key", "6001", "4989", "layout", "stranger"])
def test_what_cannot_be_read_is_told_once(bridge, pulled, options, entry, event, words):
    one = pulled(*options)
    start(bridge, *one.entries(**entry), every_min=1)
    assert words in bridge.wait_event(event).text
    time.sleep(3)
    assert len(bridge.events(event)) == 1, "and is tried again much later"
    assert bridge.database.punches() == []


def test_live(bridge, pulled):
    one = pulled("--start", time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 7 * 3600 - 100)), "--interval", 1)
    start(bridge, *one.entries(live=True), every_min=60)
    wait_for(lambda: len(bridge.database.punches()) == 100, 30, "the log is read")
    one.punch(3)
    wait_for(lambda: len(bridge.database.punches()) == 103, 5, "punches come as they are made")


def test_a_stop_waits_for_no_terminal(bridge, pulled):
    mute = pulled("--mute", 1503, terminals=4)
    start(bridge, *mute.entries())
    wait_for(lambda: mute.stats()["commands"] >= 20, 20, "all are asked")
    began = time.monotonic()
    bridge.stop()
    assert time.monotonic() - began < 4


def test_one_terminal_by_two_addresses_is_visited_by_one_at_a_time(bridge, pulled):
    one = pulled("--second", "kills", records=3000)
    with Proxy("127.0.0.1", one.port) as other:
        start(bridge, *one.entries(), {"address": "127.0.0.1", "port": other.port})
        bridge.assert_arrive(one.punches())
        # It may be visited by both at once until it has answered by both.
        wait_for(lambda: bridge.hipctl("pull-now", timeout=150).returncode == 0, 200, "it answers by both")
        one.punch(5)
        done = bridge.hipctl("pull-now", timeout=150)
        assert done.returncode == 0 and "2 of 2 terminals visited" in done.stdout, done.stdout
        bridge.assert_arrive(one.punches())
    assert not bridge.events(501)


def without_clock(text):
    return [line for line in text.splitlines() if not line.startswith("Clock")]


def test_hipctl_shows_one_terminal_and_stores_nothing(bridge, pulled):
    one = pulled("--key", 77, records=250)
    bridge.write_config(bridge.config())
    bridge.start()
    out = bridge.wine.drive_c / "capture.txt"
    done = bridge.hipctl("pull", "127.0.0.1", "--port", str(one.port), "--key", "77", "--out", "C:\\capture.txt")
    assert done.returncode == 0, done.stdout
    for words in ("PUL0001", "Ver 6.60", "ZEM760_TFT", "Layout             40", "user 10001", str(START), "250 records"):
        assert words in done.stdout, words
    assert "->" in out.read_text("utf-8")
    # And the capture says it again, word for word.
    said = done.stdout.split("What was sent")[0]
    again = pulled("--replay", out)
    done = bridge.hipctl("pull", "127.0.0.1", "--port", str(again.port), "--key", "1")
    assert done.returncode == 0 and without_clock(done.stdout) == without_clock(said)
    done = bridge.hipctl("pull", "127.0.0.1", "--port", str(one.port), "--key", "78")
    assert done.returncode == 1 and "refuses the communication key" in done.stdout
    done = bridge.hipctl("pull", "127.0.0.1", "--port", "9")
    assert done.returncode == 1 and "127.0.0.1:9" in done.stdout
    assert bridge.database.punches() == []


def test_many_are_read_on_eight_lines(bridge, pulled):
    """What was read waits to be taken together, while others are read: never on more lines than that, each log once."""
    some = pulled(terminals=40, records=2000)
    start(bridge, *some.entries(), database={"host": ""})
    wait_for(lambda: bridge.status()["outbox"]["waiting"] == 40 * 2000, 120, "all are read")
    # A visit that is under way counts as the one that is ordered.
    wait_for(lambda: len(status := bridge.status()["pull"]) == 40 and all(one["agrees"] for one in status), 60, "all have ended")
    time.sleep(1.1)
    some.punch(3)  # so that all are due, and changed, at once
    done = bridge.hipctl("pull-now", timeout=150)
    assert done.returncode == 0 and "40 of 40 terminals visited" in done.stdout, done.stdout
    status = bridge.status()
    assert status["outbox"]["waiting"] == 40 * 2003 and all(one["agrees"] for one in status["pull"]), status
    stats = some.stats()
    assert stats["whole_reads"] == 2 * 40, stats
    # The end of a line may be seen after the next has begun.
    assert 8 <= stats["most_lines"] < 16, stats


def test_kills_at_any_moment(bridge, pulled):
    """Service, terminals and line end at random: each record once, none missing. Longer: ./dev soak pull."""
    soak_pull.cycles(bridge, pulled, 3, 500, seed=19)


def test_other_peoples_clients_read_the_simulator(pulled_program):
    """So that our simulator and our client do not merely agree with each other."""
    folder = ROOT / "build" / "npm-readers"
    if not (folder / "node_modules").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".", "zkteco-js@1.7.2",
                        "node-zklib@1.3.0"], cwd=folder, check=True, capture_output=True, timeout=180)
    script = folder / "read.js"
    script.write_text("""
const [, , name, port] = process.argv;
const fail = error => { console.error('failed', error); process.exit(1); };
setTimeout(() => fail('no end'), 40000);
(async () => {
  const Client = require(name);
  const client = new Client('127.0.0.1', +port, 10000, 5200);
  await client.createSocket();
  const log = (await client.getAttendances()).data;
  const users = (await client.getUsers()).data;
  console.log('RESULT ' + JSON.stringify({
    log: log.map(r => [r.deviceUserId || r.user_id, new Date(r.recordTime || r.record_time).toISOString()]),
    users: users.map(u => [u.uid, u.userId])}));
  await client.disconnect();
  process.exit(0);
})().catch(fail);
""", "utf-8")
    for name in ("zkteco-js", "node-zklib"):
        # They lose rows where frames come glued together: so theirs come one by one.
        one = Pulled(pulled_program, "--gap", 20, records=400)
        try:
            done = subprocess.run(["node", script, name, str(one.port)], cwd=folder, text=True, timeout=60,
                                  capture_output=True, env={"TZ": "UTC", "PATH": "/usr/local/bin:/usr/bin:/bin"})
            line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
            assert line, (name, done.stdout[-500:], done.stderr[-500:])
            result = json.loads(line[7:])
            read = {("PUL0001", user, at[:19].replace("T", " ")) for user, at in result["log"]}
            assert len(result["log"]) == 400 and read == one.punches(), name
            assert result["users"] == [[slot, str(10000 + slot)] for slot in range(1, 8)], name
        finally:
            one.kill()  # these clients disable the terminal, which ours never does: its complaint is right


@pytest.fixture
def pulled_program():
    terminal = pathlib.Path(os.environ.get("HIPBRIDGE_TERMINAL") or ROOT / "build/host-release/bin/terminal")
    return terminal.with_name("pulled")
