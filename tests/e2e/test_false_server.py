"""A server in the database's place that does what none should: what the installed service and hipctl give away to it.

The servers are those of tests/unit/hostile_server.py. Each cell of plugin by tls with its sentence is tests/unit/cloud/test_cloud_login.c's;
here it is the program as it is installed, its own retries among it.
"""

import pathlib
import sys

import harness
import pytest
from harness import wait_for, windows_path

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "unit"))
import hostile_server  # noqa: E402

PASSWORD = hostile_server.PASSWORD.decode()
SHOWN = [plugin for plugin in hostile_server.PLUGINS if plugin not in ("mysql_native_password", "client_ed25519")]
# What may never be given to a server that nobody vouches for.
SECRETS = ("the password", "a question for our key")


class Hostile:
    def __init__(self, folder):
        self.folder, self.ports = folder, hostile_server.open_all(folder)

    def database(self, scenario, tls, ca="ca"):
        return {"host": "localhost", "port": int((self.ports / scenario).read_text()), "user": "bridge", "password": PASSWORD,
                "database": "hip", "tls": tls, "tls_ca": windows_path(self.folder / f"{ca}.pem") if tls.startswith("verify") else ""}

    def got(self, scenario):
        return (self.ports / f"{scenario}.got").read_text().splitlines()


@pytest.fixture(scope="module")
def hostile():
    with harness.temporary_folder() as folder:
        yield Hostile(folder)


def ask(bridge, hostile, scenario, tls, **more):
    """What hipctl test-db says, and what the server got of it."""
    before = len(hostile.got(scenario))
    bridge.write_config(bridge.config(database=hostile.database(scenario, tls, **more)))
    done = bridge.hipctl("test-db")
    assert done.returncode != 0, done.stdout
    assert PASSWORD not in (done.stdout + done.stderr).split(), done.stdout
    wait_for(lambda: len(hostile.got(scenario)) > before, 20, f"{scenario} has been asked")
    return done.stdout + done.stderr, hostile.got(scenario)[before:]


@pytest.mark.parametrize("tls", ["encrypt", "verify", "verify-ca"])
def test_nothing_is_said_before_tls_stands(bridge, hostile, tls):
    for scenario in ("plain-caching_sha2_password", "plain-sha256_password", "plain-mysql_clear_password", "plain-dialog",
                     "plain-mysql_native_password", "plain-client_ed25519", "broken-caching_sha2_password", "old-mysql_native_password"):
        said, got = ask(bridge, hostile, scenario, tls)
        assert set(got) == {"nothing"}, (scenario, got, said)


@pytest.mark.parametrize("plugin", SHOWN)
def test_without_tls_no_way_that_shows_the_password(bridge, hostile, plugin):
    """Not in clear, and not for whatever key the server hands over."""
    said, got = ask(bridge, hostile, f"plain-{plugin}", "off")
    assert set(got) == {"the user"} and "TLS" in said, (got, said)


@pytest.mark.parametrize("plugin", [plugin for plugin in SHOWN if plugin not in ("caching_sha2_password", "sha256_password")])
@pytest.mark.parametrize("tls", ["encrypt", "verify"])
def test_behind_tls_no_way_that_is_no_login(bridge, hostile, plugin, tls):
    _, got = ask(bridge, hostile, f"tls-{plugin}", tls)
    assert not [line for line in got if any(secret in line for secret in SECRETS)], got


def test_a_server_whom_nobody_vouches_for(bridge, hostile):
    for scenario, tls, ca in (("tls-caching_sha2_password", "verify", "other"), ("tls-caching_sha2_password", "verify-ca", "other"),
                              ("tls-sha256_password", "verify", "other"), ("named-caching_sha2_password", "verify", "ca"),
                              ("named-caching_sha2_password", "verify-ca", "other")):
        said, got = ask(bridge, hostile, scenario, tls, ca=ca)
        assert set(got) == {"nothing"}, (scenario, tls, got, said)


@pytest.mark.parametrize("scenario, tls", [("plain-caching_sha2_password", "encrypt"), ("plain-sha256_password", "off"),
                                           ("plain-caching_sha2_password", "off")])
def test_the_service_gives_no_more_at_its_retries(bridge, hostile, scenario, tls):
    before = len(hostile.got(scenario))
    bridge.write_config(bridge.config(database=hostile.database(scenario, tls)))
    bridge.start()
    assert bridge.request("POST /iclock/cdata?SN=REAL1&table=ATTLOG&Stamp=1 HTTP/1.1", b"7\t2026-01-15 08:01:02\t0\t1\n")[0] == 200
    wait_for(lambda: len(hostile.got(scenario)) >= before + 3, 60, "it has tried again")
    got = hostile.got(scenario)[before:]
    assert set(got) == {"nothing" if tls == "encrypt" else "the user"}, got
    assert bridge.events(401) or bridge.events(402)
