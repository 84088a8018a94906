"""What an installation leaves on a PC, by itself, by its properties, and when it fails; no database is needed for it."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from harness import ROOT, Bridge, free_port, temporary_folder, wait_for, windows_path
from package import change, of_version

SERVICE_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\HipBridge"
PASSWORD = 'p"a|ss \'wörd'  # as a command prompt has it: "" within quotation marks
STEPS = ["quoted program path", "description in Windows' language", "restart after a crash", "time to stop at shutdown", "config.json", "firewall rule",
         "data folder for Administrators and SYSTEM alone", "link to the status page"]


@pytest.fixture(scope="module")
def pc(msi, terminal):
    with temporary_folder() as folder:
        bridge = Bridge(folder, msi, terminal)
        try:
            bridge.folder.mkdir(parents=True, exist_ok=True)
            bridge.wine.start()
            yield bridge
        finally:
            bridge.close()


@pytest.fixture
def bare(pc, request):
    """The PC with nothing installed and no data."""
    request.node.bridge = pc
    pc.port = free_port()
    pc.forget_events()
    yield pc
    request.node.bridge = None
    pc.wine.run("net", "stop", "HipBridge")
    for msi in [pc.msi, *pc.folder.glob("*.msi")]:
        pc.msiexec("/x", windows_path(msi))
    shutil.rmtree(pc.data, ignore_errors=True)
    # Wine deletes at once, or not at all: the service's process may take a moment to end.
    assert {path.name for path in pc.program_folder.rglob("*")} <= {"HipBridge.exe"}
    shutil.rmtree(pc.program_folder, ignore_errors=True)


def prompt(pc, line):
    """A command prompt's line, with its quotation marks as they are."""
    script = pc.wine.drive_c / "line.cmd"
    script.write_bytes(f"@chcp 65001 >nul\r\n{line}\r\n".encode())
    return pc.wine.run("cmd", "/c", "C:\\line.cmd").returncode


def install(pc, *properties):
    return prompt(pc, f"msiexec /i {windows_path(pc.msi)} /qn PORT={pc.port} " + " ".join(properties))


def settings(pc):
    return json.loads(pc.config_path.read_text("utf-8"))


def registry(pc, name, key=SERVICE_KEY):
    for line in pc.wine.run("reg", "query", key).stdout.splitlines():
        words = line.split(None, 2)
        if len(words) == 3 and words[0] == name:
            return words[2]
    return None


def ports_of_the_rule(pc):
    """Those that the firewall was told, as Wine's stub of it traces."""
    return [line.split('L"')[1].rstrip('"') for line in pc.wine.log.read_text("utf-8", "replace").splitlines()
            if "netfw_rule_put_LocalPorts" in line]


def peers_of_the_rule(pc):
    return [line.split('L"')[1].rstrip('"') for line in pc.wine.log.read_text("utf-8", "replace").splitlines()
            if "netfw_rule_put_RemoteAddresses" in line]


def test_properties_make_the_first_configuration(bare):
    pc = bare
    assert install(pc, "DBHOST=db.example:3307", "DBUSER=bridge", 'DBPASSWORD="' + PASSWORD.replace('"', '""') + '"', "DBNAME=attendance",
                   'LOGDIR="C:\\my logs\\"', "TLS=verify-ca", 'TLSCA="C:\\ca of ours.pem"', "SYNC=0") == 0
    wait_for(lambda: pc.state() == "RUNNING", 30, "the service runs")
    config, default = settings(pc), json.loads((ROOT / "config.json").read_text())
    password = config["database"]["password"]
    assert password.startswith("dpapi:")
    default["listener"]["port"] = pc.port
    default["sync"]["log_directory"] = "C:\\my logs\\"
    default["sync"]["enabled"] = False
    default["database"].update(host="db.example:3307", user="bridge", database="attendance", password=password, tls="verify-ca",
                               tls_ca="C:\\ca of ours.pem")
    assert config == default, "the default but for the properties"
    assert pc.config_path.read_text("utf-8").count("\n") == (ROOT / "config.json").read_text().count("\n")
    checked = pc.hipctl("check-config")
    assert checked.returncode == 1 and "database.tls_ca: there is no file" in checked.stdout, checked.stdout
    assert not pc.events(111), "it never stood there in the clear"
    for path in (pc.wine.log, pc.config_path):
        assert "ss 'w" not in path.read_text("utf-8", "replace"), path
    assert registry(pc, "ImagePath") == r'"C:\Program Files\HipBridge\HipBridge.exe"'
    assert registry(pc, "PreshutdownTimeout") == hex(10000)
    kept = pc.config_path.read_bytes()
    assert prompt(pc, f"msiexec /x {windows_path(pc.msi)} /qn") == 0
    assert pc.config_path.read_bytes() == kept, "kept by an uninstall"
    assert install(pc, "DBHOST=other.example") == 0
    assert pc.config_path.read_bytes() == kept, "and by the next install, whatever its properties"


def test_the_password_is_on_no_command_line_but_the_one_typed(bare):
    """Others can read a process's command line, and auditing keeps it (event 4688)."""
    pc = bare
    secret = "secret-of-the-installation"
    mark, debug = pc.wine.log.stat().st_size, pc.wine.env["WINEDEBUG"]
    pc.wine.env["WINEDEBUG"] = debug + ",+process"
    try:
        assert pc.msiexec("/i", windows_path(pc.msi), f"PORT={pc.port}", "DBHOST=db.example", f"DBPASSWORD={secret}") == 0
    finally:
        pc.wine.env["WINEDEBUG"] = debug
    assert settings(pc)["database"]["password"].startswith("dpapi:")
    told = pc.wine.log.read_bytes()[mark:].decode("utf-8", "replace")
    started = re.findall(r'trace:process:CreateProcessInternalW app .*?([\w.]+)" cmdline (.*)', told)
    assert any(program == "hipctl.exe" and "configure" in line for program, line in started), "the trace has it"
    assert {program for program, line in started if secret in line} == {"msiexec.exe"}, "which the user typed"
    # Wine's log lists hidden properties as well; what hipctl says goes there through our hands.
    said = [line for line in (pc.folder / "msiexec.log").read_text("utf-8", "replace").splitlines() if "HIP Bridge: " in line]
    for step in STEPS:
        assert f"HIP Bridge: done    {step}" in said, said
    assert secret not in "".join(said)


def test_what_the_installer_says_is_judged_and_never_shown(bare):
    pc = bare
    assert install(pc) == 0
    wait_for(lambda: pc.state() == "RUNNING", 30, "the service runs")
    pc.stop()
    marks = "|START=|PORT={}|LOGDIR=|DBHOST=|DBNAME=|DBUSER=|TLSCA=|TLS=|SYNC=|CONFIG=|DBPASSWORD="
    secret = "0123456789abcdef"
    wrong = "failed  properties of the installer: "
    pc.config_path.unlink(missing_ok=True)
    done = pc.hipctl("configure", "--properties", stdin=marks.format("").replace("CONFIG=", "CONFIG=C:\\none.json").encode())
    assert "failed  config.json: the installer's property CONFIG: " in done.stdout and done.returncode == 1
    taken = pc.folder / "whole.json"
    taken.write_text('{"listener": {"delay_s": 77}}')
    pc.config_path.unlink(missing_ok=True)
    whole = marks.format("").replace("CONFIG=", "CONFIG=" + windows_path(taken))
    assert "done    config.json" in pc.hipctl("configure", "--properties", stdin=whole.encode()).stdout
    assert settings(pc) == {"listener": {"delay_s": 77}}
    for told, words in (
        (marks.format(pc.port) + 16 * secret, "failed  installer property for database.password: "),
        (marks.format(pc.port) + 64 * secret, wrong),
        (marks.format(pc.port).replace("|DBUSER=", "|DBUSER=x TLS=off"), "failed  installer property for database.user: it has swallowed"),
        (marks.format(pc.port).replace("|SYNC=", "|SYNC=maybe"), "failed  installer property for sync.enabled: "),
        (marks.format(pc.port) + 64 * 16 * secret, wrong + "they are too long"),
        (marks.format(pc.port).replace("|DBUSER=", "") + secret, wrong),
        (secret, wrong),
        ("", wrong),
    ):
        pc.config_path.unlink(missing_ok=True)
        done = pc.hipctl("configure", "--properties", stdin=told.encode())
        assert words in done.stdout and done.returncode == 1, done.stdout
        assert secret not in done.stdout and secret not in pc.config_path.read_text()
        for step in STEPS:
            assert f"done    {step}" in done.stdout, "one step's failure leaves the rest"
    done = pc.hipctl("configure", "--properties", stdin=marks.encode() + b"\xff")
    assert wrong + "they are no UTF-8" in done.stdout


def test_a_property_that_is_not_right_is_named_and_left_out(bare):
    pc = bare
    assert prompt(pc, f"msiexec /i {windows_path(pc.msi)} /qn PORT=abc DBHOST=db.example DBUSER=bridge DBNAME=a") == 0
    told = pc.events(114)
    assert told and "listener.port" in told[0].text, pc.events()
    config = settings(pc)
    assert config["listener"]["port"] == 9090 and config["database"]["host"] == "db.example"


def test_configure_is_idempotent_and_one_step_s_failure_leaves_the_rest(bare):
    pc = bare
    assert install(pc) == 0
    before = pc.config_path.read_bytes()
    first, second = pc.hipctl("configure"), pc.hipctl("configure")
    assert first.stdout == second.stdout and pc.config_path.read_bytes() == before
    steps = dict(reversed(line.split(None, 1)) for line in first.stdout.splitlines())
    done = {step for step, word in steps.items() if word == "done"}
    assert done >= set(STEPS)
    failed = {step.split(":")[0] for step, word in steps.items() if word == "failed"}
    # What Wine's service manager has not.
    assert failed == {"no restart after a clean failure", "delayed start", "own account name", "privileges cut"}
    assert first.returncode == 1
    assert pc.hipctl("configure", "--nonsense").returncode == 2
    old = ["sc", "create", "HIPListener", "binPath=", "C:\\hip\\nssm.exe", "start=", "auto"]
    assert pc.wine.run(*old).returncode == 0 and "the old bridge is away" not in first.stdout
    found = pc.hipctl("configure")
    assert "failed  the old bridge is away: the service HIPListener" in found.stdout, found.stdout
    pc.wine.run("sc", "delete", "HIPListener")
    link = pc.program_folder / "HIP Bridge status.url"
    assert pc.hipctl("unconfigure").returncode == 0 and not link.exists()
    assert pc.hipctl("unconfigure").returncode == 0, "nothing to take back is no failure"
    assert pc.config_path.read_bytes() == before, "the rollback alone takes that"
    assert pc.hipctl("open", "nonsense").returncode == 2


def test_firewall_and_link_follow_the_port(bare):
    pc = bare
    assert install(pc) == 0
    wait_for(lambda: pc.state() == "RUNNING", 30, "the service runs")
    assert ports_of_the_rule(pc)[-1] == str(pc.port)
    assert peers_of_the_rule(pc)[-1] == "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16", "allowed_networks"
    link = pc.program_folder / "HIP Bridge status.url"
    assert f"http://localhost:{pc.port}/hipbridge/" in link.read_text()
    pc.stop()
    config = settings(pc)
    config["listener"]["port"] = free_port()
    pc.write_config(config)
    pc.start()
    assert ports_of_the_rule(pc)[-1] == str(config["listener"]["port"])
    assert f"http://localhost:{config['listener']['port']}/hipbridge/" in link.read_text()
    pc.stop()
    config["listener"].update(open_firewall=False, port=free_port())
    pc.write_config(config)
    pc.start()
    assert ports_of_the_rule(pc)[-1] != str(config["listener"]["port"]), "the user keeps his own rule"


@pytest.mark.parametrize("how,asks", [((), True), (("DBHOST=db.example",), False), (("/qb",), False)])
def test_a_double_click_ends_with_the_question_for_the_database(bare, how, asks):
    """Wine's ShellExecute does not ask for an administrator; that window is closed again."""
    pc = bare
    mark, changed = pc.wine.log.stat().st_size, {"WINEDEBUG": pc.wine.env["WINEDEBUG"] + ",+process"}
    before = {name: pc.wine.env[name] for name in changed}
    pc.wine.env.update(changed)
    try:
        assert pc.wine.run("msiexec", "/i", windows_path(pc.msi), f"PORT={pc.port}", "NEWSERVICE=1", *how).returncode == 0
    finally:
        pc.wine.env.update(before)

    def started():
        told = pc.wine.log.read_bytes()[mark:].decode("utf-8", "replace")
        return [line for line in re.findall(r"trace:process:CreateProcessInternalW app .*", told) if "setup" in line]

    wait_for(lambda: pc.state() == "RUNNING", 30, "the service runs")
    if asks:
        wait_for(lambda: any("cmd.exe" in line and "/k" in line for line in started()), 20, started)
    assert any("open setup" in line for line in started()) == asks, started()
    for pid in pc.wine.processes("hipctl.exe") + pc.wine.processes("cmd.exe"):
        os.kill(pid, signal.SIGKILL)


def test_the_start_menu(bare):
    pc = bare
    assert install(pc) == 0
    entries = {path.stem for path in pc.wine.drive_c.rglob("HIP Bridge/*.lnk")}
    assert entries == {"HIP Bridge status", "Set up the database", "Edit configuration", "Test database", "Read me", "Documents", "Documents in Thai",
                       "HIP Bridge command prompt (administrator)"}
    pc.uninstall()
    assert not list(pc.wine.drive_c.rglob("HIP Bridge/*.lnk"))


@pytest.mark.parametrize("what,runs", [("prompt", "hipctl help"), ("test-db", "hipctl.exe test-db"), ("setup", "hipctl.exe setup")])
def test_a_window_of_the_start_menu_is_begun_to_stay(bare, what, runs):
    """By cmd's /k, in System32's cmd. (Without a screen Wine's cmd ends at once; it asks nobody's leave for an administrator.)"""
    pc = bare
    assert install(pc) == 0
    seen = set()

    def begun():
        for pid in pc.wine.processes("cmd.exe"):
            with contextlib.suppress(OSError):
                seen.add(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ").replace("\"", ""))
        return [line for line in seen if " /k " in line]

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        done = pool.submit(pc.hipctl, "open", what)
        wait_for(begun, 20, seen)
        assert done.result().returncode == 0
    # A process is seen under Wine's loader's name too, for a moment.
    lines = begun()
    assert all(runs in line for line in lines) and any(
        line.lower().startswith("c:\\windows\\system32\\cmd.exe") for line in lines), lines
    wait_for(lambda: not pc.wine.processes("cmd.exe") and not pc.wine.processes("hipctl.exe"), 60, "they end")


def test_repair(bare):
    pc = bare
    assert install(pc) == 0
    wait_for(lambda: pc.state() == "RUNNING", 30, "the service runs")
    config = pc.config_path.read_bytes()
    pc.stop()
    for name in ("README.html", "HipBridgeMessages.dll", "HIP Bridge status.url"):
        (pc.program_folder / name).unlink()
    # What msiexec /f does; Wine's cannot be asked by that.
    assert pc.msiexec("/i", windows_path(pc.msi), "REINSTALL=ALL", "REINSTALLMODE=amus") == 0
    assert (pc.program_folder / "README.html").exists() and (pc.program_folder / "HipBridgeMessages.dll").exists()
    assert (pc.program_folder / "HIP Bridge status.url").exists(), "configure runs again"
    assert pc.config_path.read_bytes() == config


def test_the_account_that_was_set_by_hand_survives_a_repair_and_is_set_up_for(bare):
    """As services.msc leaves it. That an upgrade does not make the service anew is test_msi_tables.py's: Wine's installer does."""
    pc = bare
    assert install(pc) == 0
    wait_for(lambda: pc.state() == "RUNNING", 30, "the service runs")
    pc.stop()
    reserved = "the port reserved for the service's account"
    assert reserved not in pc.hipctl("configure").stdout, "SYSTEM needs none"
    assert pc.wine.run("reg", "add", SERVICE_KEY, "/v", "ObjectName", "/t", "REG_SZ", "/d", ".\\bridge", "/f").returncode == 0
    pc.wine.stop()  # Wine's service manager reads it at its start
    pc.wine.start()
    assert prompt(pc, f"msiexec /i {windows_path(pc.msi)} REINSTALL=ALL REINSTALLMODE=amus /qn /l*v {windows_path(pc.folder / 'repair.log')}") == 0
    assert registry(pc, "ObjectName") == ".\\bridge"
    assert f"HIP Bridge: done    {reserved}" in (pc.folder / "repair.log").read_text("utf-8", "replace")
    assert f"done    {reserved}" in pc.hipctl("unconfigure").stdout


def test_an_older_windows_is_refused_with_a_sentence(bare):
    pc = bare
    key, name = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion", "CurrentMajorVersionNumber"
    number = registry(pc, name, key)
    assert number, "this Wine is a Windows 10"
    assert pc.wine.run("reg", "delete", key, "/v", name, "/f").returncode == 0
    try:
        assert pc.msiexec("/i", windows_path(pc.msi)) == 1603 % 256  # as a process ends here
    finally:
        pc.wine.run("reg", "add", key, "/v", name, "/t", "REG_DWORD", "/d", number, "/f")
    assert "HIP Bridge needs Windows 10, Windows Server 2016" in (pc.folder / "msiexec.log").read_text("utf-8", "replace")
    assert pc.query() == {} and not pc.data.exists(), "nothing was begun"


def test_a_start_type_that_was_set_by_hand_survives_an_upgrade(bare, msi):
    pc = bare
    assert install(pc) == 0
    wait_for(lambda: pc.state() == "RUNNING", 30, "the service runs")
    pc.wine.run("sc", "config", "HipBridge", "start=", "demand")
    if registry(pc, "Start") != "0x3":  # Wine 8's sc has no config
        pc.wine.run("reg", "add", SERVICE_KEY, "/v", "Start", "/t", "REG_DWORD", "/d", "3", "/f")
    pc.stop()
    newer = of_version(msi, pc.folder, "9.0.0")
    assert pc.msiexec("/i", windows_path(newer)) == 0
    assert registry(pc, "Start") == "0x3"
    assert pc.state() == "STOPPED", "nobody started it"


def test_a_failed_install_leaves_nothing_installed(bare):
    """Wine undoes in the order of doing, so that hipctl is gone when its turn comes; Windows undoes backwards. What the undo
    does is the next test's, its place in the sequence test_msi_tables.py's."""
    pc = bare
    broken = pc.folder / "broken.msi"
    shutil.copy(pc.msi, broken)
    # An action that fails (hipctl does not know the verb), when all but the service's start is done.
    change(broken, "INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('Fail', 3090, 'hipctl.exe', 'fail')",
           "INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('Fail', 5860)")
    assert prompt(pc, f"msiexec /i {windows_path(broken)} /qn PORT={pc.port} DBHOST=wrong.example") != 0
    assert pc.query() == {} and not pc.pids()
    assert {path.name for path in pc.program_folder.rglob("*")} <= {"HIP Bridge status.url"}
    (pc.program_folder / "HIP Bridge status.url").unlink()
    shutil.rmtree(pc.data)
    assert install(pc) == 0, "the next try is none the worse for it"


def test_the_undo_takes_back_what_the_installation_made_and_no_more(bare):
    pc = bare
    quiet = pc.folder / "quiet.msi"
    shutil.copy(pc.msi, quiet)
    change(quiet, "DELETE FROM `InstallExecuteSequence` WHERE `Action` = 'StartServices'")
    assert pc.msiexec("/i", windows_path(quiet)) == 0
    assert pc.config_path.exists()
    assert pc.hipctl("unconfigure", "--rollback").returncode == 0
    assert not pc.data.exists(), "made by it, used by nobody"
    # A configuration that was there before is not its to take, nor one that the service has worked with.
    pc.write_config(pc.config())
    mine = pc.config_path.read_bytes()
    pc.hipctl("configure")
    assert pc.hipctl("unconfigure", "--rollback").returncode == 0 and pc.config_path.read_bytes() == mine
    pc.config_path.unlink()
    pc.hipctl("configure")
    (pc.data / "outbox.db").write_bytes(b"punches")
    assert pc.hipctl("unconfigure", "--rollback").returncode == 0
    assert pc.config_path.exists() and (pc.data / "outbox.db").exists()


@pytest.mark.parametrize("laid", ["config.json", "config.json.new", "config.json and config.json.new"])
def test_a_config_that_no_administrator_laid_is_put_aside(bare, laid):
    """ProgramData lets every user make folders: what somebody laid there before must not become the service's orders. Nor
    what looks like one that was being replaced, which is taken where there is no config.json."""
    pc = bare
    pc.data.mkdir(parents=True, exist_ok=True)
    other = 65534  # Wine: not the one it runs as, so nobody it knows
    for name in laid.split(" and "):
        (pc.data / name).write_text('{"sync": {"log_directory": "C:\\\\theirs"}}')
        subprocess.run([*(() if os.geteuid() == 0 else ("sudo",)), "chown", str(other), pc.data / name], check=True)
        (pc.data / name).chmod(0o644)
    assert install(pc, "DBHOST=db.example") == 0
    assert settings(pc)["database"]["host"] == "db.example", "the values given to the installer count"
    aside = pc.data / "config.json.not-used-1"
    assert "theirs" in aside.read_text() and "theirs" not in pc.config_path.read_text()
    event = pc.wait_event(114)
    assert "config.json that was found" in event.strings[0]  # Wine's trace cuts the rest
    pc.hipctl("configure")
    assert not (pc.data / "config.json.not-used-2").exists(), "its own is an administrator's"


def test_a_config_that_an_administrator_laid_is_used(bare):
    """A file for many PCs, put there before the installation (docs/installing.md)."""
    pc = bare
    pc.write_config(pc.config())
    mine = pc.config_path.read_bytes()
    assert install(pc, "DBHOST=db.example") == 0
    assert settings(pc)["database"]["host"] == "localhost"
    assert not list(pc.data.glob("config.json.not-used*"))
    kept = pc.config_path.read_bytes()
    assert kept.partition(b'"password"')[0] == mine.partition(b'"password"')[0], "but for the password, which is sealed"
