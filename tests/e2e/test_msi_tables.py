"""What the MSI says and what its programs are, where Wine's installer is more forgiving than Windows', or has it not."""

import os
import re
import shutil
import subprocess

import pytest
from harness import ROOT
from package import of_version, table, unpack

VERSION = (ROOT / "VERSION").read_text().strip()
PROGRAMS = ["HipBridge.exe", "hipctl.exe", "HipBridgeMessages.dll"]
SETUP = "HipBridgeSetup.dll"  # in the package, never installed
UPGRADE_CODE = "{FD28BB23-89D5-4D8E-B405-59810AB1E6D9}"  # never another: upgrades find each other by it
GUID = re.compile(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}")
PROPERTIES = {"CONFIG", "DBHOST", "DBUSER", "DBPASSWORD", "DBNAME", "LOGDIR", "PORT", "SYNC", "TLS", "TLSCA"}

# type of a custom action
LIBRARY, INSTALLED_PROGRAM, SET_PROPERTY = 1, 18, 51
CONTINUE, ASYNCHRONOUS, ROLLBACK, DEFERRED, NO_IMPERSONATE, HIDE = 64, 128, 256, 1024, 2048, 8192


@pytest.fixture(scope="module")
def properties(msi):
    return {row["Property"]: row["Value"] for row in table(msi, "Property")}


def test_files(msi):
    files = {row["File"]: row for row in table(msi, "File")}
    hashed = {row["File_"] for row in table(msi, "MsiFileHash")}
    for name in PROGRAMS:
        assert files[name]["Version"] == f"{VERSION}.0" and name not in hashed, "replaced by version"
    assert set(files) == hashed | set(PROGRAMS)
    assert not any("config.json" == row["FileName"] for row in files.values()), "the user's, not the MSI's"
    assert sorted(int(row["Sequence"]) for row in files.values()) == list(range(1, len(files) + 1))
    (media,) = table(msi, "Media")
    assert media["LastSequence"] == str(len(files)) and media["Cabinet"].startswith("#"), "in the package"


def test_no_table_grants_anything(msi):
    """hipctl configure and the service set the access lists (docs/attack-surface.md); the tables hold none."""
    tables = subprocess.run(["msiinfo", "tables", str(msi)], check=True, capture_output=True, text=True).stdout.split()
    assert "Component" in tables and not {"LockPermissions", "MsiLockPermissionsEx"} & set(tables)


def test_component_rules(msi):
    components = {row["Component"]: row for row in table(msi, "Component")}
    files = {row["File"]: row["Component_"] for row in table(msi, "File")}
    folders = {row["Directory"] for row in table(msi, "Directory")}
    assert {row["Attributes"] for row in components.values()} == {"256"}, "64-bit each"
    assert len({row["ComponentId"] for row in components.values()}) == len(components)
    for name, row in components.items():
        assert GUID.fullmatch(row["ComponentId"]) and row["Directory_"] in folders
        assert files[row["KeyPath"]] == name, "one file a component, and it is the key"
    assert sorted(files.values()) == sorted(components)
    assert sorted(row["Component_"] for row in table(msi, "FeatureComponents")) == sorted(components)


@pytest.mark.parametrize("name,key,column", [("File", "Component_", "FileName"), ("Shortcut", "Directory_", "Name"),
                                             ("Directory", "Directory_Parent", "DefaultDir")])
def test_names_have_their_short_form(msi, name, key, column):
    seen = set()
    for row in table(msi, name):
        short = row[column].split("|")[0]
        if short in (".", "SourceDir"):
            continue
        assert re.fullmatch(r"[A-Za-z0-9_~-]{1,8}(\.[A-Za-z0-9_~-]{1,3})?", short), row[column]
        assert "|" not in row[column] or short != row[column].split("|")[1]
        folder = row[key] if name != "File" else ""
        assert (folder, short.upper()) not in seen, "twice"
        seen.add((folder, short.upper()))


def test_codes_and_properties(properties, msi):
    assert properties["UpgradeCode"] == UPGRADE_CODE and GUID.fullmatch(properties["ProductCode"])
    assert properties["ProductVersion"] == VERSION and properties["ALLUSERS"] == "1"
    assert properties["ARPPRODUCTICON"] in {row["Name"] for row in table(msi, "Icon")}
    assert "Uninstalling keeps" in properties["ARPCOMMENTS"]
    actions = {row["Source"] for row in table(msi, "CustomAction") if int(row["Type"]) & 63 == SET_PROPERTY}
    assert {"ARPREADME", "ARPHELPLINK", "ARPINSTALLLOCATION"} <= actions


def test_the_password_is_hidden(properties, msi):
    """Neither the property nor the one that is made of it come into a log, and no program's command line holds them."""
    hidden = properties["MsiHiddenProperties"].split(";")
    actions = {row["Action"]: row for row in table(msi, "CustomAction")}
    (action,) = [row for row in actions.values() if "DBPASSWORD" in row["Target"]]
    assert int(action["Type"]) == SET_PROPERTY | HIDE
    assert "DBPASSWORD" in hidden and action["Source"] in hidden
    taking = actions[action["Source"]]  # it is given the property of its own name
    assert int(taking["Type"]) & HIDE and int(taking["Type"]) & 63 == LIBRARY
    assert not any(f"[{action['Source']}]" in row["Target"] for row in actions.values())
    for name in ("Registry", "Property"):
        assert not any("[DBPASSWORD]" in cell for row in table(msi, name) for cell in row.values())
    assert PROPERTIES | {"OLDSTART"} <= set(properties["SecureCustomProperties"].split(";")), "reach the SYSTEM part"
    assert all(f"|{name}=[{name}]" in action["Target"] for name in PROPERTIES)
    assert action["Target"].endswith("|DBPASSWORD=[DBPASSWORD]"), "last: it may hold anything"


def test_actions(msi):
    actions = {row["Action"]: row for row in table(msi, "CustomAction")}
    sequence = {row["Action"]: (int(row["Sequence"]), row["Condition"]) for row in table(msi, "InstallExecuteSequence")}
    system = INSTALLED_PROGRAM | DEFERRED | NO_IMPERSONATE | CONTINUE
    for name, more in (("ConfigureUndo", ROLLBACK), ("Unconfigure", 0), ("UnconfigureUndo", ROLLBACK)):
        assert int(actions[name]["Type"]) == system | more and actions[name]["Source"] == "hipctl.exe", name
    assert int(actions["Configure"]["Type"]) == LIBRARY | DEFERRED | NO_IMPERSONATE | CONTINUE | HIDE
    assert (actions["Configure"]["Source"], actions["Configure"]["Target"]) == (SETUP, "Configure")
    assert [row["Name"] for row in table(msi, "Binary")] == [SETUP]
    assert SETUP not in {row["File"] for row in table(msi, "File")}
    order = ["Speak", "FindRelatedProducts", "AppSearch", "LaunchConditions", "CostInitialize", "FileCost", "CostFinalize", "SetReadme",
             "InstallValidate", "InstallInitialize", "RemoveExistingProducts", "ProcessComponents", "StopServices",
             "UnconfigureUndo", "Unconfigure", "DeleteServices", "RemoveFiles", "InstallFiles", "WriteRegistryValues",
             "InstallServices", "ConfigureUndo", "SetConfigure", "Configure", "StartServices", "RegisterProduct",
             "InstallFinalize"]
    places = [sequence[action][0] for action in order]
    assert places == sorted(places) and len(set(places)) == len(places)
    for name in ("SetConfigure", "Configure"):
        assert sequence[name][1] == 'NOT (REMOVE="ALL")', "installing, repairing, upgrading"
    assert sequence["ConfigureUndo"][1] == "NOT Installed AND NOT WIX_UPGRADE_DETECTED", "a first install alone"
    assert sequence["Unconfigure"][1] == 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE'
    assert sequence["UnconfigureUndo"][1] == 'REMOVE="ALL"'
    assert sequence["DeleteServices"][1] == "VersionNT AND NOT UPGRADINGPRODUCTCODE", "with services.msc open it fails (1072)"
    assert sequence["InstallServices"][1] == "VersionNT AND (NOT OLDSTART OR NEWSERVICE)", "the account set by hand stays"
    assert set(actions) - set(sequence) == {"OpenSetup"}, "each is run"
    assert (int(actions["OpenSetup"]["Type"]), actions["OpenSetup"]["Target"]) == (INSTALLED_PROGRAM | CONTINUE | ASYNCHRONOUS, "open setup")
    assert (int(actions["Speak"]["Type"]), actions["Speak"]["Target"]) == (LIBRARY | CONTINUE, "Speak")
    shown = {row["Action"]: int(row["Sequence"]) for row in table(msi, "InstallUISequence")}
    (asked,) = [row["Condition"] for row in table(msi, "InstallUISequence") if row["Action"] == "OpenSetup"]
    assert shown["OpenSetup"] > shown["ExecuteAction"] and max(shown, key=shown.get) == "OpenSetup"
    assert asked == "NOT Installed AND NOT WIX_UPGRADE_DETECTED AND NOT DBHOST AND NOT CONFIG", "a first install that was told nothing"
    for places in (shown, {name: place for name, (place, _) in sequence.items()}):
        assert min(places, key=places.get) == "Speak", "before a condition is looked at"


def test_the_service(msi):
    (service,) = table(msi, "ServiceInstall")
    assert (service["Name"], service["DisplayName"], service["ServiceType"], service["StartType"], service["StartName"]) == (
        "HipBridge", "HIP Bridge", "16", "2", "LocalSystem")
    assert service["ErrorControl"] == str(32768 + 1), "vital"
    assert service["Dependencies"].split("[~]") == ["HTTP", "EventLog", "", ""]
    texts = re.findall(r'(?m)^    1 "(.*)"$', (ROOT / "service/texts.rc").read_text("utf-8"))
    assert service["Description"] == texts[0] and re.search("[\u0e00-\u0e7f]", texts[1]), "until hipctl configure names the DLL's, in Windows' language"
    assert {row["File"]: row["Component_"] for row in table(msi, "File")}["HipBridge.exe"] == service["Component_"]
    control = {row["ServiceControl"]: (row["Event"], row["Wait"]) for row in table(msi, "ServiceControl")}
    start, stop, stop_uninstall, delete = 1, 2, 32, 128
    assert control == {"HipBridgeStop": (str(stop | stop_uninstall | delete), "1"), "HipBridgeStart": (str(start), "0")}


def test_an_upgrade_and_a_downgrade(msi):
    rows = {row["ActionProperty"]: row for row in table(msi, "Upgrade")}
    assert all(row["UpgradeCode"] == UPGRADE_CODE for row in rows.values()) and len(rows) == 2
    up, down = rows["WIX_UPGRADE_DETECTED"], rows["WIX_DOWNGRADE_DETECTED"]
    assert (up["VersionMin"], up["VersionMax"], int(up["Attributes"])) == ("", VERSION, 1 | 512), "this version included"
    assert (down["VersionMin"], down["VersionMax"], int(down["Attributes"])) == (VERSION, "", 2), "found, not removed"
    refusals = {row["Condition"]: row["Description"] for row in table(msi, "LaunchCondition")}
    assert refusals["NOT WIX_DOWNGRADE_DETECTED"] == "[SayNewer]"


def test_what_windows_it_needs(properties, msi):
    """The condition names a property that AppSearch fills from the registry, where Windows 8.1 has no such value."""
    assert properties["REBOOT"] == "ReallySuppress"
    refusals = {row["Condition"]: row["Description"] for row in table(msi, "LaunchCondition")}
    assert refusals["Installed OR WINDOWSMAJOR"] == "[SayNeeds]" and "Windows 10, Windows Server 2016" in properties["SayNeeds"]
    (search,) = [row for row in table(msi, "AppSearch") if row["Property"] == "WINDOWSMAJOR"]
    (place,) = [row for row in table(msi, "RegLocator") if row["Signature_"] == search["Signature_"]]
    local_machine, raw, in_64_bits = "2", 2, 16
    assert (place["Root"], place["Key"], place["Name"], int(place["Type"])) == (
        local_machine, r"SOFTWARE\Microsoft\Windows NT\CurrentVersion", "CurrentMajorVersionNumber", raw | in_64_bits)


def test_what_is_looked_up_reaches_the_part_that_installs(properties, msi):
    """Windows looks once, in the part that shows windows. The part that installs asks the launch conditions again, and is handed
    of that only what is secure, where who began it is no administrator or has not said yes yet."""
    secure = set(properties["SecureCustomProperties"].split(";"))
    assert {row["Property"] for row in table(msi, "AppSearch")} == {"OLDSTART", "WINDOWSMAJOR"} <= secure
    wxs = (ROOT / "installer/HipBridge.wxs").read_text("utf-8")
    for name in ("OLDSTART", "WINDOWSMAJOR"):
        assert f'<Property Id="{name}" Secure="yes">' in wxs, "by WiX too"


def test_what_it_says_in_thai(properties, msi):
    """Each English text has its Thai one, which the database's code page can hold; no table of Windows' own has Thai in it."""
    speech = {(row["Language"], row["Place"], row["Name"]): row["Words"] for row in table(msi, "Speech")}
    thai = {key[1:]: words for key, words in speech.items() if key[0] == "1054"}
    english = {key[1:]: words for key, words in speech.items() if key[0] == "1033"}
    english.update({("Property", name): value for name, value in properties.items() if name.startswith("Say") or name == "ARPCOMMENTS"})
    assert len(speech) == len(thai) + sum(place == "ActionText" for place, _ in english), "English properties are the package's own"
    assert set(thai) == set(english)
    for key, words in thai.items():
        assert re.search("[\u0e00-\u0e7f]", words) and words.encode("cp874"), key
        assert words != english[key] and len(words) < 1024, key
        assert re.findall(r"\[\w+\]", words) == re.findall(r"\[\w+\]", english[key]), key
    assert {name for place, name in thai if place == "ActionText"} <= {row["Action"] for row in table(msi, "CustomAction")}
    assert not table(msi, "ActionText"), "Speak adds its rows, and could not replace any"
    tables = subprocess.run(["msiinfo", "tables", str(msi)], check=True, capture_output=True, text=True).stdout.split()
    for name in set(tables) - {"Speech"} - {one for one in tables if one.startswith("_")}:
        assert all("".join(row.values()).isascii() for row in table(msi, name)), name
    page = subprocess.run(["msiinfo", "export", str(msi), "_ForceCodepage"], check=True, capture_output=True, text=True).stdout
    assert page.split()[0] == "874" and "1033" in properties["ProductLanguage"]


def test_the_start_menu(msi):
    entries = {row["Shortcut"]: row for row in table(msi, "Shortcut")}
    shown = {name: (row["Target"], row["Arguments"]) for name, row in entries.items()}
    assert shown == {
        "MenuStatus": ("[INSTALLDIR]HIP Bridge status.url", ""),
        "MenuSetup": ("[INSTALLDIR]hipctl.exe", "open setup"),
        "MenuConfig": ("[INSTALLDIR]hipctl.exe", "open config"),
        "MenuTest": ("[INSTALLDIR]hipctl.exe", "open test-db"),
        "MenuReadme": ("[INSTALLDIR]README.html", ""),
        "MenuPrompt": ("[INSTALLDIR]hipctl.exe", "open prompt"),
        "MenuDocs": (r"[INSTALLDIR]docs\index.html", ""),
        "MenuDocsThai": (r"[INSTALLDIR]docs\th\index.html", ""),
    }
    assert {row["Directory_"] for row in entries.values()} == {"MenuDir"}
    for what in ("Display", "Description"):
        assert {row[f"{what}ResourceDLL"] for row in entries.values()} == {r"[INSTALLDIR]HipBridgeMessages.dll"}
        assert len({row[f"{what}ResourceId"] for row in entries.values()}) == len(entries)
    assert [row["DirProperty"] for row in table(msi, "RemoveFile")] == ["MenuDir"]


def test_hipctl_is_on_the_path(msi):
    assert [(row["Name"], row["Value"]) for row in table(msi, "Environment")] == [("=-*PATH", "[~];[INSTALLDIR]")]


def test_notices_name_each_library(msi, tmp_path):
    subprocess.run(["msiextract", "-C", str(tmp_path), str(msi)], check=True, capture_output=True)
    text = next(tmp_path.rglob("THIRD-PARTY-NOTICES.txt")).read_text()
    for words in ("MariaDB Connector/C", "LGPL 2.1", "apt-get source mariadb", "links the programs anew", "cJSON", "SQLite",
                  "mingw-w64", "GNU LESSER GENERAL PUBLIC LICENSE"):
        assert words in text, words


def test_the_same_sources_give_the_same_package(msi, tmp_path):
    packages = []
    for name in ("one", "two"):
        folder = tmp_path / name
        shutil.copytree(unpack(msi, tmp_path), folder / "build")
        for path in folder.rglob("*"):
            os.utime(path, (1, 1) if name == "one" else None)
        packages.append(of_version(msi, folder, VERSION, SOURCE_DATE_EPOCH="1700000000"))
    one, two = (path.read_bytes() for path in packages)
    assert one == two
    other = of_version(msi, tmp_path, "9.9.9", SOURCE_DATE_EPOCH="1700000000")
    codes = [{row["Property"]: row["Value"] for row in table(path, "Property")}["ProductCode"] for path in (packages[0], other)]
    assert codes[0] != codes[1]


def objdump(*arguments):
    return subprocess.run(["x86_64-w64-mingw32-objdump", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", [*PROGRAMS, SETUP])
def test_the_programs(msi, tmp_path_factory, name):
    path = unpack(msi, tmp_path_factory.getbasetemp()) / "bin" / name
    text = objdump("-p", path)
    imports = {line.split()[-1].lower() for line in text.splitlines() if "DLL Name:" in line}
    windows = {"advapi32.dll", "bcrypt.dll", "crypt32.dll", "httpapi.dll", "iphlpapi.dll", "kernel32.dll", "msvcrt.dll",
               "msi.dll", "ntdll.dll", "ole32.dll", "oleaut32.dll", "secur32.dll", "shell32.dll", "shlwapi.dll", "user32.dll",
               "version.dll", "winhttp.dll", "ws2_32.dll"}
    assert imports <= windows | {one for one in imports if one.startswith("api-ms-win-")}
    if name == "HipBridgeMessages.dll":
        assert not imports and re.search(r"AddressOfEntryPoint\s+0+\n", text), "texts alone, nothing runs"
    for flag in ("DYNAMIC_BASE", "NX_COMPAT", "HIGH_ENTROPY_VA"):
        assert flag in text, f"{name} lacks {flag}"
    # without relocations nothing is moved, whatever the flag says
    assert name == "HipBridgeMessages.dll" or re.search(r"Entry 5 [0-9a-f]+ (?!0{8})[0-9a-f]{8} Base Relocation", text)
    assert re.search(r"Time/Date\s+Thu Jan +1 00:00:00 1970", text), "no time of building"
    sections = re.findall(r"^\s*\d+ (\S+)\s.*\n\s*(.*)$", objdump("-h", path), re.M)
    assert sections
    for section, flags in sections:
        assert not ("CODE" in flags and "READONLY" not in flags), f"{section} is writable and runs"
    assert f"{VERSION}" in subprocess.run(["strings", "-el", path], capture_output=True, text=True, check=True).stdout


def test_the_programs_of_another_folder_are_the_same(msi, tmp_path):
    """Built again, elsewhere, of a copy: byte for byte what the package carries."""
    packed = unpack(msi, tmp_path) / "bin"
    sources = ["CMakeLists.txt", "CMakePresets.json", "VERSION", "cmake", "installer", "service", "shared", "tools", "tests/unit",
               "tests/bench", "tests/e2e", "tests/pictures", "docs"]
    newest = max(path.stat().st_mtime for one in sources[:-5] for path in [ROOT / one, *(ROOT / one).rglob("*")]
                 if path.suffix in (".c", ".h", ".def", ".mc", ".txt", ".cmake", ".rc", ".in", ".html", ".js", ".css"))
    assert newest <= msi.stat().st_mtime, "the sources have changed since the package was made: run ./dev msi"
    for one in sources:
        copy = tmp_path / "copy" / one
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / one, copy) if (ROOT / one).is_dir() else shutil.copy(ROOT / one, copy)
    out = tmp_path / "elsewhere"
    for command in (["cmake", "--preset", "windows", "-B", out, f"-DHIPBRIDGE_DEPS_DIR={ROOT / 'build/deps'}", "-Wno-dev"],
                    ["cmake", "--build", out, "--target", "HipBridge", "hipctl", "HipBridgeMessages", "HipBridgeSetup"]):
        subprocess.run(command, cwd=tmp_path / "copy", check=True, capture_output=True)
    for name in [*PROGRAMS, SETUP]:
        assert (out / "bin" / name).read_bytes() == (packed / name).read_bytes(), name
