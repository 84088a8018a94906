"""installer/acceptance.cmd, which is for a real PC, in the parts that Wine has."""

import shutil

from harness import ROOT, windows_path
from package import of_version
from test_setup import bare, pc  # noqa: F401 (fixtures)


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
