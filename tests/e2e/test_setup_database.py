"""hipctl setup: what a double click on the MSI ends with. It asks, tries, and keeps what works."""

import json
import re

import pytest
from harness import Database
from test_language import left_in_english

THAI = re.compile("[\u0e00-\u0e7f]")
ANSWERS = ["localhost", Database.NAME, Database.USER]


@pytest.fixture
def unset(bridge):
    """Installed, and no database named yet."""
    bridge.write_config(bridge.config(database={"host": "", "database": "", "user": "", "password": ""}))
    return bridge


def ask(bridge, *lines, language="en"):
    done = bridge.hipctl("--language", language, "setup", stdin="".join(f"{line}\n" for line in lines).encode())
    assert Database.PASSWORD not in done.stdout
    return done


def test_what_works_is_kept_and_used_at_once(unset):
    bridge = unset
    bridge.start()
    run = bridge.terminals("--punches", 3)
    run.wait()
    before = json.loads(bridge.config_path.read_text())
    done = ask(bridge, *ANSWERS, Database.PASSWORD, "n")
    assert done.returncode == 0 and "is written" in done.stdout and "WRONG" not in done.stdout, done.stdout
    after = json.loads(bridge.config_path.read_text())
    sealed = after["database"]["password"]
    assert sealed.startswith("dpapi:")
    before["database"].update(zip(("host", "database", "user", "password"), [*ANSWERS, sealed]))
    assert after == before, "those four alone"
    bridge.assert_arrive(run.acknowledged())
    # Once more: Enter keeps what stands there, the password too.
    kept = bridge.config_path.read_bytes()
    done = ask(bridge, "", "", "", "", "n")
    assert done.returncode == 0 and "[localhost]" in done.stdout and f"[{Database.USER}]" in done.stdout, done.stdout
    assert bridge.config_path.read_bytes() == kept


def test_what_does_not_work_is_asked_for_again_and_never_kept_unasked(unset):
    bridge = unset
    bridge.start()
    bare = bridge.config_path.read_bytes()
    done = ask(bridge, *ANSWERS, "wrong", "n", "n", "n")
    assert done.returncode == 1 and "WRONG" in done.stdout and bridge.config_path.read_bytes() == bare, done.stdout
    done = ask(bridge, *ANSWERS, "wrong", "n", "y", "", "", "", Database.PASSWORD, "n")
    assert done.returncode == 0 and done.stdout.count("Try again?") == 1, done.stdout
    run = bridge.terminals("--punches", 3)
    run.wait()
    bridge.assert_arrive(run.acknowledged())


def test_what_is_wanted_all_the_same_is_kept(unset):
    """A database that will be there tomorrow; and the service may be stopped."""
    bridge = unset
    done = ask(bridge, "nowhere.invalid:3307", "a", "b", "c", "y", "n")
    assert done.returncode == 1 and "The service does not run" in done.stdout, done.stdout
    database = json.loads(bridge.config_path.read_text())["database"]
    assert database["host"] == "nowhere.invalid:3307" and database["password"].startswith("dpapi:")
    assert "[nowhere.invalid:3307]" in ask(bridge, "", "", "", "", "n", "n", "n").stdout


@pytest.mark.parametrize("lines", [[""], [], ["localhost"], ["localhost", "a", "b"], ["local host", "a", "b", "c", "n", "n"]])
def test_who_goes_away_changes_nothing(unset, lines):
    before = unset.config_path.read_bytes()
    assert ask(unset, *lines).returncode == 1
    assert unset.config_path.read_bytes() == before


def test_it_asks_in_thai(unset):
    done = ask(unset, "localhost", "a", "b", "c", "n", "n", "n", language="th")
    asked = [line.split(": ")[0] for line in done.stdout.splitlines()]
    assert THAI.search(done.stdout) and left_in_english("\n".join(asked)) == [], done.stdout
    assert unset.hipctl("setup", "more").returncode == 2
