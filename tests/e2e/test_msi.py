"""The MSI: installed, upgraded, removed; and its tables, where Wine's installer is more forgiving than Windows'."""

import shutil
import subprocess
import uuid

import pytest
from harness import ROOT, windows_path

SOURCE = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\HipBridge"
FILES = {"HipBridge.exe", "hipctl.exe", "HipBridgeMessages.dll", "config.default.json", "LICENSE.txt",
         "THIRD-PARTY-NOTICES.txt", "README.md", "HIP Bridge status.url"} | {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}


def table(msi, name):
    """Rows of a table by column."""
    text = subprocess.run(["msiinfo", "export", str(msi), name], check=True, capture_output=True, text=True).stdout
    lines = text.replace("\r", "").splitlines()
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"))) for line in lines[3:]]


def of_version(msi, folder, version):
    """The same MSI as another version would be."""
    other = folder / f"HipBridge-{version}.msi"
    shutil.copy(msi, other)
    code = "{" + str(uuid.uuid4()).upper() + "}"
    upgrade_code = table(msi, "Upgrade")[0]["UpgradeCode"]
    for query in (
        f"UPDATE `Property` SET `Value` = '{version}' WHERE `Property` = 'ProductVersion'",
        f"UPDATE `Property` SET `Value` = '{code}' WHERE `Property` = 'ProductCode'",
        "DELETE FROM `Upgrade`",
        "INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMax`, `Attributes`, `ActionProperty`) "
        f"VALUES ('{upgrade_code}', '{version}', 513, 'WIX_UPGRADE_DETECTED')",
        "INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `Attributes`, `ActionProperty`) "
        f"VALUES ('{upgrade_code}', '{version}', 2, 'WIX_DOWNGRADE_DETECTED')",
    ):
        subprocess.run(["msibuild", str(other), "-q", query], check=True, capture_output=True)
    subprocess.run(["msibuild", str(other), "-s", "HIP Bridge", "the HIP Bridge authors", "x64;1033",
                    "{" + str(uuid.uuid4()).upper() + "}"], check=True, capture_output=True)
    return other


def installed_files(bridge):
    folder = bridge.program_folder
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_install_upgrade_downgrade_uninstall(fresh, msi):
    bridge = fresh
    bridge.write_config(bridge.config())
    config = bridge.config_path.read_bytes()
    bridge.install()
    assert installed_files(bridge) == FILES
    assert bridge.state() == "RUNNING"
    registry = bridge.wine.run("reg", "query", SOURCE).stdout
    assert r"C:\Program Files\HipBridge\HipBridgeMessages.dll" in registry and "0x7" in registry
    service = bridge.wine.run("reg", "query", r"HKLM\SYSTEM\CurrentControlSet\Services\HipBridge").stdout
    values = dict((words[0], words[2]) for words in (line.split(None, 2) for line in service.splitlines()) if len(words) == 3)
    assert values["Start"] == "0x2" and values["Type"] == "0x10" and values["ObjectName"] == "LocalSystem"
    assert values["DependOnService"].split("\\0") == ["HTTP", "EventLog"]
    assert not (bridge.data / "config.default.json").exists()
    run = bridge.terminals("--punches", 10, "--batch", 5)
    run.wait()
    bridge.assert_arrive(run.acknowledged())
    kept = bridge.config_path.read_bytes()
    assert kept != config and b"dpapi:" in kept, "the password is protected"

    newer = of_version(msi, bridge.folder, "9.0.0")
    bridge.install(newer)
    assert bridge.state() == "RUNNING"
    assert installed_files(bridge) == FILES
    assert bridge.config_path.read_bytes() == kept
    second = bridge.terminals("--punches", 10, "--batch", 5, "--sn-prefix", "AFTER")
    second.wait()
    bridge.assert_arrive(run.acknowledged() + second.acknowledged())
    products = bridge.wine.run("reg", "query", r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall", "/s").stdout
    assert products.count("HIP Bridge") >= 1 and "0.1.0" not in products.replace("9.0.0", "")

    assert bridge.msiexec("/i", windows_path(msi)) != 0, "an older version is refused"
    assert bridge.state() == "RUNNING"

    bridge.uninstall(newer)
    assert bridge.query() == {} and not bridge.pids()
    # Wine deletes at once, or not at all, and a process takes a moment to end after its service has said that it is
    # stopped; Windows moves a program that still runs out of the way.
    assert installed_files(bridge) <= {"HipBridge.exe"}
    assert bridge.wine.run("reg", "query", SOURCE).returncode != 0
    assert bridge.config_path.read_bytes() == kept
    assert (bridge.data / "outbox.db").stat().st_size > 0


def test_a_first_install_makes_the_configuration_from_the_default(fresh):
    import json

    bridge = fresh
    # The default port may be taken on this machine: that is event 201, and not what this test is about.
    bridge.msiexec("/i", windows_path(bridge.msi))
    made = json.loads(bridge.config_path.read_bytes().decode("utf-8-sig"))
    assert made == json.loads((ROOT / "config.json").read_text())
    default = bridge.program_folder / "config.default.json"
    if default.exists():
        assert bridge.config_path.read_bytes() == default.read_bytes()


def test_the_tables(msi):
    version = (ROOT / "VERSION").read_text().strip()
    files = {row["File"]: row for row in table(msi, "File")}
    hashed = {row["File_"] for row in table(msi, "MsiFileHash")}
    for name in ("HipBridge.exe", "hipctl.exe", "HipBridgeMessages.dll"):
        assert files[name]["Version"] == f"{version}.0" and name not in hashed
    assert set(files) == hashed | {"HipBridge.exe", "hipctl.exe", "HipBridgeMessages.dll"}
    # 256: each component is a 64-bit one. Each has a code of its own and a file as its key.
    components = table(msi, "Component")
    assert {row["Attributes"] for row in components} == {"256"}
    assert len({row["ComponentId"] for row in components}) == len(components)
    assert {row["KeyPath"] for row in components} == set(files)
    sequence = {row["Action"]: int(row["Sequence"]) for row in table(msi, "InstallExecuteSequence")}
    order = ["FindRelatedProducts", "LaunchConditions", "CostInitialize", "FileCost", "CostFinalize", "InstallValidate",
             "InstallInitialize", "RemoveExistingProducts", "ProcessComponents", "StopServices", "DeleteServices",
             "RemoveFiles", "InstallFiles", "WriteRegistryValues", "InstallServices", "StartServices", "InstallFinalize"]
    assert [sequence[action] for action in order] == sorted(sequence[action] for action in order)
    assert not any("config.json" == row["FileName"] for row in files.values())


@pytest.mark.parametrize("name", ["HipBridge.exe", "hipctl.exe", "HipBridgeMessages.dll"])
def test_the_programs_need_nothing_but_windows(msi, tmp_path, name):
    subprocess.run(["msiextract", "-C", str(tmp_path), str(msi)], check=True, capture_output=True)
    path = next(tmp_path.rglob(name))
    text = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", str(path)], check=True, capture_output=True, text=True).stdout
    imports = {line.split()[-1].lower() for line in text.splitlines() if "DLL Name:" in line}
    assert imports <= {"advapi32.dll", "bcrypt.dll", "crypt32.dll", "httpapi.dll", "kernel32.dll", "msvcrt.dll", "ole32.dll",
                       "oleaut32.dll", "secur32.dll", "shell32.dll", "shlwapi.dll", "user32.dll", "version.dll",
                       "ws2_32.dll", "iphlpapi.dll", "ntdll.dll"} | {d for d in imports if d.startswith("api-ms-win-")}
    for flag in ("DYNAMIC_BASE", "NX_COMPAT", "HIGH_ENTROPY_VA"):
        assert flag in text or (flag == "HIGH_ENTROPY_VA" and name.endswith(".dll"))
