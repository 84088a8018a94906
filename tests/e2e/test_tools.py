"""hipctl, as the person at the PC uses it."""

import re

from harness import ROOT


def test_status_counts_what_is_there(bridge):
    bridge.start()
    run = bridge.terminals("--terminals", 2, "--punches", 20, "--batch", 5)
    run.wait()
    bridge.assert_arrive(run.acknowledged())
    text = bridge.hipctl("status")
    assert text.returncode == 0 and "SIM0001" in text.stdout and "running" in text.stdout, text.stdout
    assert "SIM0002" in str(bridge.status())


def test_status_works_with_the_service_stopped(bridge):
    bridge.database.stop()
    bridge.start()
    bridge.terminals("--punches", 12, "--batch", 5).wait()
    bridge.stop()
    done = bridge.hipctl("status")
    assert done.returncode == 4 and "stopped" in done.stdout and "12" in done.stdout, done.stdout
    assert "ACT   The service is not running" in done.stdout


def test_test_db_says_each_thing_it_tried(bridge):
    fine = bridge.hipctl("test-db", "--create")
    assert fine.returncode == 0, fine.stdout
    assert re.search(r"^ok +TLS +TLSv1\.[23]", fine.stdout, re.M), fine.stdout
    assert f", issued by CN=HIP Bridge test ca, {bridge.database.days_left()} days left\n" in fine.stdout, fine.stdout
    assert bridge.database.punches() == [], "the test row stayed"


def test_test_db_says_what_is_wrong(bridge):
    bridge.write_config(bridge.config(database={"password": "wrong"}))
    refused = bridge.hipctl("test-db")
    assert refused.returncode == 1 and "wrong" not in refused.stdout.replace("wrong password", ""), refused.stdout
    bridge.write_config(bridge.config(database={"host": "127.0.0.1"}))
    assert bridge.hipctl("test-db").returncode == 1, "the certificate is for localhost alone"
    bridge.write_config(bridge.config(database={"tls_ca": ""}))
    assert bridge.hipctl("test-db").returncode == 1, "the certificate is by no authority that Windows knows"
    bridge.database.stop()
    bridge.write_config(bridge.config())
    away = bridge.hipctl("test-db")
    assert away.returncode == 1 and str(bridge.database.port) in away.stdout, away.stdout


def test_wrong_usage_is_2(bridge):
    for words, said in ((), "a verb is missing"), (("statis",), 'is "status" meant?'), (("status", "--jsn"), '"--jsn"'), \
            (("requeue", "--from"), "--from lacks"), (("requeue", "--from", "01/02/2026", "--to", "2026-01-02"), "2026-01-31"), \
            (("requeue", "--from", "2569-01-01", "--to", "2569-01-02"), "write 2026"), (("rejected", "--limit", "x"), '"x"'):
        done = bridge.hipctl(*words)
        assert done.returncode == 2 and said in done.stdout, done.stdout


def test_each_verb_has_its_page(bridge):
    listed = re.findall(r"(?m)^  hipctl ([a-z][a-z-]*) ", bridge.hipctl("help").stdout)
    assert len(listed) > 12 and "reload" in listed
    for verb in listed:
        page = bridge.hipctl("help", verb)
        assert page.returncode == 0 and page.stdout.startswith(f"hipctl {verb}") and "Example:" in page.stdout, page.stdout
    assert bridge.hipctl("status", "--help").stdout == bridge.hipctl("help", "status").stdout
    assert bridge.hipctl("--config", "C:\\none.json", "check-config").stdout == \
        bridge.hipctl("check-config", "--config", "C:\\none.json").stdout


def test_the_version_is_that_of_the_sources(bridge):
    version = (ROOT / "VERSION").read_text().strip()
    for program in ("HipBridge.exe", "hipctl.exe"):
        done = bridge.wine.program(program, "--version")
        assert done.returncode == 0 and version in done.stdout, done.stdout
