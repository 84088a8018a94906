"""One installation a session; each test finds it as freshly installed and stopped."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402

# What takes longest begins first: workers that take a file each (--dist loadfile) then end together.
LONGEST = ("access", "setup", "acceptance", "green", "database", "crash", "language", "pull", "page", "sync", "main_job", "proxy",
           "msi_tables", "msi", "strangers", "web", "false_server", "installed_language", "kill")


def pytest_collection_modifyitems(items):
    order = {f"test_{name}.py": number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(LONGEST)))


def _program(variable, fallback):
    path = pathlib.Path(os.environ.get(variable) or harness.ROOT / fallback)
    assert path.exists(), f"{path} is not there: run this by `./dev test e2e`, or set {variable}"
    return path


@pytest.fixture(scope="session")
def msi():
    version = (harness.ROOT / "VERSION").read_text().strip()
    return _program("HIPBRIDGE_MSI", f"build/HipBridge-{version}-x64.msi")


@pytest.fixture(scope="session")
def terminal():
    return _program("HIPBRIDGE_TERMINAL", "build/host-release/bin/terminal")


@pytest.fixture(scope="session")
def installed(msi, terminal, request):
    with harness.temporary_folder() as folder:
        bridge = request.node.bridge = harness.Bridge(folder, msi, terminal)
        try:
            bridge.prepare()
            bridge.write_config(bridge.config())  # before the install, whose service would take the default port
            bridge.install()
            bridge.stop()
            yield bridge
        finally:
            bridge.close()


@pytest.fixture
def bridge(installed, request):
    request.node.bridge = installed
    installed.reset()
    yield installed
    for run in installed.runs:
        run.kill()
    if installed.pids():
        installed.stop()


@pytest.fixture
def fresh(msi, terminal, request):
    """A prefix and a database of the test's own, with nothing installed."""
    with harness.temporary_folder() as folder:
        bridge = harness.Bridge(folder, msi, terminal)
        request.node.bridge = bridge
        try:
            bridge.prepare()
            yield bridge
        finally:
            bridge.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    bridge = getattr(item, "bridge", None) or getattr(item.session, "bridge", None)
    if bridge is None or not report.failed:
        return
    # What failed may be the end of the session, when its folder is gone.
    if bridge.wine.log.exists():
        report.sections.append(("events", "\n".join(map(repr, bridge.events()[-40:]))))
        report.sections.append(("threads", "\n".join(bridge.wine.threads())))
        report.sections.append(("wine log", bridge.wine.log.read_text("utf-8", "replace")[-4000:]))
    database_log = bridge.database.folder / "mariadbd.log"
    if database_log.exists():
        report.sections.append(("mariadbd", database_log.read_text("utf-8", "replace")[-1500:]))
