"""Commands for terminals by `hipctl device`, from the prompt to their result."""

import re

from harness import wait_for


def device(bridge, *arguments):
    return bridge.hipctl("device", *arguments)


def test_commands_reach_the_terminal_and_their_results_are_shown(bridge):
    bridge.start()
    run = bridge.terminals("--punches", 50, "--batch", 10, "--poll=0.1", "--seconds", 120)
    wait_for(lambda: len(run.acknowledged()) == 50, 30, "the punches are acknowledged")
    for command in (["info"], ["resend", "--from", "2026-01-15", "--to", "2026-01-15"], ["set-clock"], ["reboot"]):
        done = device(bridge, "SIM0001", *command)
        assert done.returncode == 0 and "is queued" in done.stdout, done.stdout

    def finished():
        text = device(bridge, "SIM0001").stdout
        return text if text.count(" done ") == 4 else None

    text = wait_for(finished, 30, "all four are done")
    assert "50 punches" in text and "It says of itself: Ver 8.0.4.2-20190101,97,120," in text
    assert "~DeviceName=SIM, FWVersion=Ver 8.0.4.2-20190101, UserCount=97, TransactionCount=50" in text
    assert "DATA QUERY ATTLOG StartTime=2026-01-15 00:00:00 EndTime=2026-01-15 23:59:59" in text
    assert re.search(r"\d+  20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  done +SET CLOCK", text), text
    summary = run.interrupt()
    assert summary["commands"] == 4 and summary["resent"] == 50
    bridge.assert_arrive(run.acknowledged())
    assert "SIM0001" in device(bridge).stdout


def test_what_cannot_be_asked_is_said(bridge):
    bridge.start()
    bridge.terminals("--punches", 1).wait()
    for wrong in (["SIM0001", "clear"], ["SIM0001", "resend"], ["SIM0001", "resend", "--from", "2026-01-15"],
                  ["SIM0001", "resend", "--from", "2026-02-01", "--to", "2026-01-01"], ["../x"], ["SIM0001", "info", "x"]):
        assert device(bridge, *wrong).returncode == 2, wrong
    unknown = device(bridge, "NOBODY", "info")
    assert unknown.returncode == 1 and "no terminal NOBODY" in unknown.stdout


def test_a_terminal_that_has_just_spoken_can_be_told(bridge):
    """Its row is written some seconds after its first word."""
    bridge.write_config(bridge.config(listener={"devices": [{"sn": "LISTED"}]}))
    bridge.start()
    assert bridge.request("GET /iclock/getrequest?SN=JUSTNOW HTTP/1.1")[0] == 200
    assert bridge.request("GET /iclock/cdata?SN=DOOR&options=all&pushver=3.1.2&DeviceType=acc HTTP/1.1")[0] == 200
    for sn, verb, words in (("JUSTNOW", "set-clock", "SET OPTION DateTime="), ("DOOR", "set-clock", "SET OPTIONS DateTime="),
                            ("DOOR", "info", "GET OPTIONS ~SerialNumber"), ("DOOR", "reboot", "CONTROL DEVICE 03000000"),
                            ("DOOR", "resend", "DATA QUERY tablename=transaction"), ("LISTED", "set-clock", "SET OPTION DateTime=")):
        period = ["--from", "2026-01-15", "--to", "2026-01-15"] if verb == "resend" else []
        done = device(bridge, sn, verb, *period)
        assert done.returncode == 0 and "is queued" in done.stdout, (sn, verb, done.stdout)
        assert ("knows no period" in done.stdout) == (verb == "resend")
        handed = bridge.request(f"GET /iclock/getrequest?SN={sn} HTTP/1.1")[2].decode()
        assert f":{words}" in handed, (sn, verb, handed)
        number = handed.split(":")[1]
        assert bridge.request(f"POST /iclock/devicecmd?SN={sn} HTTP/1.1", f"ID={number}&Return=0".encode())[0] == 200
