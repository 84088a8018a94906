"""installer/acceptance.cmd, which is for a real PC, in the parts that Wine has."""

import os
import shutil

import pytest
from acceptance_world import ALONE, BROKEN, FOLLOWS, World
from harness import ROOT, temporary_folder, windows_path
from package import of_version
from test_setup import bare, pc  # noqa: F401 (fixtures)
from wine import Wine


def run(pc, *arguments):  # noqa: F811
    pc.wine.env.update(ACCEPTANCE_WINE="1", ACCEPTANCE_PORT=str(pc.port))
    script = pc.wine.drive_c / "acceptance.cmd"
    shutil.copy(ROOT / "installer/acceptance.cmd", script)
    return pc.wine.run("cmd", "/c", "C:\\acceptance.cmd", *arguments, timeout=240)


def test_the_acceptance_script(bare, msi):  # noqa: F811
    done = run(bare, windows_path(msi), windows_path(of_version(msi, bare.folder, "9.0.0")))
    print(done.stdout)
    lines = done.stdout.splitlines()
    assert lines[-1].strip() == "PASS" and done.returncode == 0, done.stdout
    for words in ("the MSI installs", "the MSI's log says what was set up", "the service runs", "config.json has the port",
                  "config.json has the password, protected", "hipctl check-config", "the service stops",
                  "the newer MSI installs over the running service", "config.json is as it was", "the MSI uninstalls",
                  "config.json is kept", "the outbox is kept"):
        assert f"ok      {words}" in done.stdout, words
    assert not bare.data.exists()


def test_it_refuses_where_hip_bridge_was(bare, msi):  # noqa: F811
    bare.write_config(bare.config())
    done = run(bare, windows_path(msi))
    assert done.returncode == 2 and "Run this on another PC" in done.stdout and bare.config_path.exists()
    assert run(bare).returncode == 2
    assert run(bare, "C:\\none.msi").returncode == 2, "no package, no pass"


@pytest.fixture(scope="module")
def world():
    with temporary_folder() as folder:
        wine = Wine(folder)
        try:
            wine.start()
            yield World(wine)
        finally:
            wine.stop()


def reds(checks):
    return {text for text, word in checks.items() if word != "ok"}


def expected(broken):
    return {text for one in broken for text in (BROKEN[one], *FOLLOWS.get(one, []))}


def test_each_check_is_green_on_a_right_pc_and_red_on_one_that_is_not(world):
    """A run for each binary digit of what is broken: so each check is red in runs of its own, and in no other."""
    done, checks = world.run()
    assert done.returncode == 0 and done.stdout.splitlines()[-1].strip() == "PASS", done.stdout
    assert set(checks) == set(BROKEN.values()), "each check is broken"
    assert not reds(checks), done.stdout
    some = [one for one in BROKEN if one not in ALONE]
    together = [[one for number, one in enumerate(some, 1) if number >> digit & 1] for digit in range(len(some).bit_length())]
    for broken in [*together, ["made"], ["upgrade"]]:
        done, checks = world.run(broken)
        assert reds(checks) == expected(broken), done.stdout
        last = done.stdout.splitlines()[-1]
        assert done.returncode == 1 and last.startswith("FAIL: ") and all(one in last for one in expected(broken))
    done, checks = world.run(["install"])
    assert done.returncode == 1 and checks == {BROKEN["install"]: "FAILED"}, "nothing else is looked at"


@pytest.mark.skipif(not os.environ.get("HIPBRIDGE_ACCEPTANCE_EACH"), reason="a run a check takes minutes: HIPBRIDGE_ACCEPTANCE_EACH=1")
@pytest.mark.parametrize("one", BROKEN)
def test_each_check_is_red_by_itself(world, one):
    """What the test above shows in fewer runs: each matter broken alone."""
    done, checks = world.run([one])
    assert reds(checks) == expected([one]), done.stdout
    assert done.returncode == 1 and done.stdout.splitlines()[-1].startswith("FAIL: ")
    if one == "install":
        assert len(checks) == 1, "nothing else is looked at"
    else:
        assert set(checks) == set(BROKEN.values()), "all others are looked at, and green"
    print(f"{one}: red {len(reds(checks))}, green {len(checks) - len(reds(checks))}: {'; '.join(sorted(reds(checks)))}")


def test_it_takes_windows_own_tools(world):
    """Where another "find" comes first, as with Git's on the PATH."""
    other = world.folder / "git"
    other.mkdir(exist_ok=True)
    (other / "find.cmd").write_text("@exit /b 1\n", newline="\r\n")
    text = (ROOT / "installer/acceptance.cmd").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith('if "%ACCEPTANCE_RUN%"=="" set "PATH=')]
    script = world.folder / "path.cmd"
    script.write_text(f"@echo off\nset PATH=C:\\standin\\git;%PATH%\n{line}\necho here>C:\\standin\\words.txt\n"
                      'find "here" C:\\standin\\words.txt >nul\necho %errorlevel%\n', newline="\r\n")
    assert world.wine.run("cmd", "/c", "C:\\standin\\path.cmd").stdout.strip() == "0"


def test_it_does_not_pass_without_a_package(world):
    for arguments in (("C:\\standin\\none.msi", ""), ("C:\\standin\\old.msi", "C:\\standin\\none.msi"), ("", "")):
        done, checks = world.run((), *arguments)
        assert done.returncode != 0 and not checks, done.stdout  # 2; Wine's "call" makes 1 of each
