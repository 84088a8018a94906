"""What Windows and the MSI show of the product where Windows is Thai, and where it is not: service, firewall rule, Start menu, the
installer's own words. The texts are found as Windows finds them (spoken.c); Wine's Start menu has no names by resource."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
from harness import ROOT, Bridge, temporary_folder, windows_path
from package import table

SPOKEN = pathlib.Path(os.environ.get("HIPBRIDGE_SPOKEN") or ROOT / "build/windows/bin/spoken.exe")
THAI = re.compile("[\u0e00-\u0e7f]")
SERVICE_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\HipBridge"
UNINSTALL_KEY = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
SAID = ["SayNeeds", "SayNewer", "ARPCOMMENTS", "action:Configure", "action:Unconfigure"]


@pytest.fixture(scope="module", params=["th", "en"])
def pc(request, msi, terminal):
    """A PC whose Windows has that language, with the product installed."""
    with temporary_folder() as folder:
        bridge = Bridge(folder, msi, terminal)
        bridge.folder.mkdir(parents=True, exist_ok=True)
        bridge.language = request.param
        if request.param == "th":
            subprocess.run(["localedef", "-i", "th_TH", "-f", "UTF-8", folder / "th_TH.UTF-8"], check=True)
            bridge.wine.env.update(LC_ALL="th_TH.UTF-8", LOCPATH=str(folder))
        try:
            bridge.wine.start()
            assert bridge.msiexec("/i", windows_path(msi), f"PORT={bridge.port}") == 0
            shutil.copy(SPOKEN, bridge.program_folder)
            yield bridge
        finally:
            bridge.close()


def spoken(pc, *arguments):
    done = pc.wine.program("spoken.exe", *map(str, arguments))
    assert done.returncode == 0, done
    return done.stdout.splitlines()


def comments(pc):
    """What the list of installed apps says of it. Exported, since a console has not every letter."""
    assert pc.wine.run("reg", "export", UNINSTALL_KEY, "C:\\apps.reg", "/y").returncode == 0
    (found,) = re.findall(r'"Comments"="(.*)"', (pc.wine.drive_c / "apps.reg").read_text("utf-16"))
    return found.replace("\\\\", "\\")


def is_right(pc, text):
    return bool(text) and bool(THAI.search(text)) == (pc.language == "th")


def test_the_service_s_description(pc):
    found = re.search(r"Description\s+REG_SZ\s+(.*)", pc.wine.run("reg", "query", SERVICE_KEY).stdout)[1].strip()
    (text,) = spoken(pc, "text", found)
    assert is_right(pc, text) and "config.json" in text


def test_the_firewall_rule_s_description(pc):
    told = [line.split('L"')[1].rstrip('"').replace("\\\\", "\\") for line in pc.wine.log.read_text("utf-8", "replace").splitlines()
            if "netfw_rule_put_Description" in line]
    assert set(told) == {r"@C:\Program Files\HipBridge\HipBridgeMessages.dll,-2"}
    (text,) = spoken(pc, "text", told[-1])
    assert is_right(pc, text) and "allowed_networks" in text
    kept = pc.wine.run("reg", "query", SERVICE_KEY + r"\Parameters", "/v", "FirewallRule").stdout
    assert re.search(rf"FirewallRule\s+REG_SZ\s+\[{pc.port} [0-9a-f]{{16}}\]", kept), "what the rule was written for"


def test_the_start_menu(pc, msi):
    """The table says which texts; what each is, Windows looks up for whoever opens the menu."""
    rows = table(msi, "Shortcut")
    assert len(rows) == 8
    names = []
    for row in rows:
        for what in ("Display", "Description"):
            dll = row[f"{what}ResourceDLL"].replace("[INSTALLDIR]", "C:\\Program Files\\HipBridge\\")
            (text,) = spoken(pc, "text", f"@{dll},-{row[f'{what}ResourceId']}")
            english = row["Description"] if what == "Description" else row["Name"].split("|")[-1]
            if pc.language == "th":
                assert THAI.search(text), text
                if what == "Display":
                    assert english.split(" (")[0] in text, "the documents call it by its English name too"
            else:
                assert text == english, "what the MSI writes without the DLL"
            if what == "Display":
                names.append(text)
                assert not set(text) & set('\\/:*?"<>|'), "a name of a file"
    assert len(set(names)) == len(names)


def test_what_the_msi_says(pc, msi):
    said = dict(zip(SAID, spoken(pc, "msi", windows_path(msi), *SAID), strict=True))
    assert all(is_right(pc, text) for text in said.values()), said
    assert "Windows Server 2016" in said["SayNeeds"] and "config.json" in said["SayNewer"]
    assert comments(pc) == said["ARPCOMMENTS"]


def test_a_language_that_is_asked_for(pc, msi):
    other = {"th": "en", "en": "th"}[pc.language]
    assert pc.msiexec("/i", windows_path(msi), f"LANGUAGE={other}", "REINSTALL=ALL", "REINSTALLMODE=amus") == 0
    assert bool(THAI.search(comments(pc))) == (other == "th")
