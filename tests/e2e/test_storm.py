"""Strangers beside real terminals, for some seconds; `./dev soak storm` has 20,000 of them for ten minutes."""

import storm

TERMINALS, STRANGERS, SECONDS = 5, 400, 8


def test_strangers_hide_spoil_and_stop_nothing_real(bridge):
    bridge.write_config(storm.settings(bridge, TERMINALS))
    bridge.start()
    keeper = storm.Keeper(bridge, 1)
    run = bridge.terminals("--terminals", TERMINALS, "--punches", 0, "--rate", 2, "--batch", 5, "--poll=2", "--seconds", SECONDS,
                           "--sn-prefix", storm.MAKER)
    before = storm.private_kb(bridge)
    strangers = storm.Strangers(bridge, STRANGERS, SECONDS, storm.victims(TERMINALS))
    summary, code = run.end()
    strangers.end()
    storm.wait_torn(bridge, 20)
    storm.check_status(storm.status(bridge), TERMINALS)
    said = bridge.hipctl("status")
    lines = said.stdout.splitlines()
    assert said.returncode == 3 and lines[1].startswith("WATCH"), said.stdout
    assert sum("Two addresses speak for terminal" in line for line in lines) == 3, "of one kind three, and the others in a line"
    assert f"The same of {TERMINALS + 1 - 3} more: " in said.stdout and "docs\\events.html by the event's number" in said.stdout
    assert "devices that nobody listed and that bring no punch; the last STRANGE" in lines[-1], lines[-1]
    assert len(lines) < 60 and "STRANGE" not in "".join(lines[:-1]), said.stdout
    keeper.end()
    assert code == 0 and summary["acked"] > 0, summary
    storm.check_rows(bridge, set(run.acknowledged()) | keeper.punches(storm.HELD))
    # What was said in their names: no stamp, no kind, no number of theirs is believed.
    shown = {device["sn"]: device for device in storm.status(bridge)["devices"]}
    assert shown[storm.KEEPER]["holds"] == storm.HELD + storm.WITHHELD and shown[storm.KEEPER]["address"] == "127.0.0.1"
    handshake = storm.ask(bridge, f"GET /iclock/cdata?SN={storm.KEEPER}&options=all")[1]
    assert b"ATTLOGStamp=50\n" in handshake, handshake
    assert storm.private_kb(bridge) - before < storm.ROOM_KB and storm.outbox_kb(bridge) < storm.ROOM_KB
    assert bridge.wait_event(223)
