"""A start that cannot succeed says why, once, in the Event Log, and leaves the service stopped."""

import json
import re
import socket

import pytest
from harness import ROOT, wait_for

# Windows' own numbers, whose texts services.msc shows.
BAD_CONFIGURATION, OPEN_FAILED = 1610, 110


def assert_refuses_to_start(bridge, event, code=BAD_CONFIGURATION):
    bridge.try_start()
    wait_for(lambda: bridge.state() == "STOPPED" and not bridge.pids(), 30, "the service is stopped")
    query = bridge.query()
    assert query["WIN32_EXIT_CODE"] == code and query["SERVICE_EXIT_CODE"] == 0, query
    told = bridge.events(event)
    assert len(told) == 1 and told[0].level == "error", bridge.events()
    assert not bridge.events(100), "it says that it has started"
    assert [e.id for e in bridge.events() if e.level == "error"] == [event], "more than one error"
    return told[0]


def line_of(text, words):
    return text[: text.index(words)].count("\n") + 1


def comma_missing(text):
    broken = text.replace("9090,", "9090", 1)
    return broken, line_of(broken, '9090'), None


def unknown_key(text):
    broken = text.replace('"port"', '"prot"', 1)
    return broken, line_of(broken, '"prot"'), "prot"


def port_too_large(text):
    broken = text.replace("9090", "70000", 1)
    return broken, line_of(broken, "70000"), "port"


def wrong_type(text):
    broken = re.sub(r'"upload_times": \[.*\]', '"upload_times": "09:00"', text, count=1)
    return broken, line_of(broken, '"upload_times"'), "upload_times"


@pytest.mark.parametrize("breaking", [comma_missing, unknown_key, port_too_large, wrong_type])
@pytest.mark.parametrize("form", ["plain", "notepad"])
def test_a_broken_configuration_is_named_by_line_and_key(bridge, breaking, form):
    text, line, key = breaking((ROOT / "config.json").read_text())
    if form == "notepad":
        text = "\ufeff" + text.replace("\n", "\r\n")
    bridge.config_path.write_bytes(text.encode())
    event = assert_refuses_to_start(bridge, 110)
    check = bridge.hipctl("check-config")
    assert check.returncode == 1
    for words in (event.text, check.stdout):
        assert "config.json" in words and str(line) in words, (line, words)
        assert key is None or key in words
    assert event.strings[0][:60] in check.stdout


def test_check_config_says_that_a_good_one_is_good(bridge):
    done = bridge.hipctl("check-config")
    assert done.returncode == 0, done.stdout


def test_a_mended_configuration_starts(bridge):
    bridge.write_config("{")
    assert_refuses_to_start(bridge, 110)
    bridge.write_config(bridge.config())
    bridge.start()
    assert bridge.events(100)


def test_a_port_that_is_taken(bridge):
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        bridge.write_config(bridge.config(listener={"port": port}))
        bridge.start()
        told = bridge.wait_event(201)
        assert str(port) in told.text and told.level == "error"
        assert not {101, 200, 202} & {e.id for e in bridge.events()}, "it runs, without its port"
        bridge.wait_event(400)
        assert bridge.state() == "RUNNING"
    # The other program has ended: nobody need do more.
    bridge.wait_event(200)
    assert len(bridge.events(201)) == 1
    bridge.port = port
    run = bridge.terminals("--punches", 5)
    run.wait()
    bridge.assert_arrive(run.acknowledged())


def test_a_list_of_addresses_that_shuts_terminals_out(bridge):
    """Windows gives the port all the same, and says nothing; the page can be seen on this PC."""
    key, name = r"HKLM\SYSTEM\CurrentControlSet\Services\HTTP\Parameters", "ListenOnlyList"
    bridge.wine.run("reg", "add", key, "/v", name, "/t", "REG_MULTI_SZ", "/d", "127.0.0.1", "/f")
    try:
        bridge.start()
        told = bridge.wait_event(201)
        assert "listen on 127.0.0.1 alone" in told.text and "netsh http show iplisten" in told.text and told.level == "error"
        assert not bridge.events(200) and bridge.state() == "RUNNING"
        said = json.loads(bridge.hipctl("status", "--json").stdout)
        assert "cannot_listen" in json.dumps(said), said
        run = bridge.terminals("--punches", 5)
        run.wait()
        bridge.assert_arrive(run.acknowledged())
    finally:
        bridge.wine.run("reg", "delete", key, "/v", name, "/f")
    bridge.wait_event(200)  # the port was had anew
    assert len(bridge.events(201)) == 1
    after = bridge.terminals("--punches", 5, "--sn-prefix", "AFTER")
    after.wait()
    bridge.assert_arrive(run.acknowledged() + after.acknowledged())
    assert "cannot_listen" not in bridge.hipctl("status", "--json").stdout


def test_an_outbox_that_cannot_be_opened(bridge):
    bridge.write_config(bridge.config(outbox={"path": "C:\\windows"}))
    assert "C:\\windows" in assert_refuses_to_start(bridge, 102, OPEN_FAILED).text.replace("/", "\\")


def test_a_plain_password_is_protected_in_place_and_works(bridge):
    before = bridge.config_path.read_text()
    plain = json.loads(before)["database"]["password"]
    bridge.start()
    bridge.wait_event(111)
    after = bridge.config_path.read_text()
    protected = json.loads(after)["database"]["password"]
    assert protected.startswith("dpapi:")
    assert after == before.replace(json.dumps(plain, ensure_ascii=False), json.dumps(protected)), "other bytes were touched"
    bridge.terminals("--punches", 5).wait()
    bridge.stop()
    bridge.forget_events()
    bridge.start()
    bridge.wait_event(400)
    assert not bridge.events(111)
    assert bridge.config_path.read_text() == after
    assert not any(plain[:6] in e.text for e in bridge.wine.events())
