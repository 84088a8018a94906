"""What a release says of itself: the bill of materials against the link maps, the winget manifest against the package."""

import hashlib
import json
import os
import pathlib
import re
import subprocess

import pytest
from harness import ROOT
from package import table

BUILD = pathlib.Path(os.environ.get("HIPBRIDGE_BUILD") or ROOT / "build/windows")
LIBRARIES = {"mariadbclient": "mariadb", "cjson": "cjson", "sqlite3": "sqlite3", "z": "zlib"}


def linked():
    """By the other half of the maps than sbom.py reads: the archives' members that were wanted, and by whom."""
    found = set()
    for program in ("HipBridge", "hipctl", "HipBridgeSetup"):
        head = (BUILD / "bin" / f"{program}.map").read_text(errors="replace").split("Memory Configuration")[0]
        for path in re.findall(r"^(\S+)\(\S+\)", head, re.M):
            name = re.sub(r"^lib|(\.dll)?\.a$", "", pathlib.PurePath(path).name)
            if name == "hipshared":
                continue
            found.add(LIBRARIES.get(name) or ("gcc-mingw-w64-x86-64-win32" if "/gcc/" in os.path.normpath(path) else "mingw-w64-x86-64-dev"))
    return found


def test_the_bill_of_materials_has_each_library_and_nothing_else(msi, tmp_path):
    out = tmp_path / "sbom.json"
    subprocess.run([ROOT / "installer/sbom.py", BUILD, out, msi], check=True)
    said = json.loads(out.read_text())
    own, *others = said["packages"]
    assert own["checksums"][0]["checksumValue"] == hashlib.sha256(msi.read_bytes()).hexdigest()
    assert {one["SPDXID"].removeprefix("SPDXRef-") for one in others} == linked()
    versions = dict(line.split() for line in (BUILD / "../deps/versions").read_text().splitlines())
    for one in others:
        name = one["SPDXID"].removeprefix("SPDXRef-")
        assert one["versionInfo"] == versions.get(name, one["versionInfo"]) and re.match(r"[\d:]+\.", one["versionInfo"]), one
    ids = {one["SPDXID"] for one in said["packages"]} | {"SPDXRef-DOCUMENT"}
    assert all({one["spdxElementId"], one["relatedSpdxElement"]} <= ids for one in said["relationships"])
    assert len(said["relationships"]) == len(said["packages"])
    (patched,) = [one["comment"] for one in others if one["SPDXID"] == "SPDXRef-mariadb"]
    assert all(path.name in patched for path in (ROOT / "cmake").glob("connector-c-*.patch"))


def test_a_library_that_nobody_listed_stops_it(msi, tmp_path):
    """A map in which another library gave a piece of itself."""
    build = tmp_path / "build/windows"
    (build / "bin").mkdir(parents=True)
    (tmp_path / "build/deps").mkdir()
    (tmp_path / "build/deps/versions").write_bytes((BUILD / "../deps/versions").read_bytes())
    for path in (BUILD / "bin").glob("*.map"):
        text = path.read_text(errors="replace")
        if path.stem == "hipctl":
            text += " .text          0x0000000140001000       0x10 /somewhere/libcurl.a(easy.o)\n"
        (build / "bin" / path.name).write_text(text)
    done = subprocess.run([ROOT / "installer/sbom.py", build, tmp_path / "sbom.json"], capture_output=True, text=True)
    assert done.returncode != 0 and "libcurl.a" in done.stderr and not (tmp_path / "sbom.json").exists()


def test_the_winget_manifest_is_the_package_s(msi, tmp_path):
    url = "https://downloads.example/HipBridge.msi"
    subprocess.run([ROOT / "installer/winget.py", msi, url, tmp_path], check=True)
    texts = {path.name: path.read_text() for path in tmp_path.glob("*.yaml")}
    assert len(texts) == 3
    properties = {row["Property"]: row["Value"] for row in table(msi, "Property")}
    installer = next(text for name, text in texts.items() if ".installer." in name)
    for words in (f"InstallerUrl: {url}", f"InstallerSha256: {hashlib.sha256(msi.read_bytes()).hexdigest().upper()}",
                  f"ProductCode: '{properties['ProductCode']}'", f"UpgradeCode: '{properties['UpgradeCode']}'", "Architecture: x64",
                  "InstallerType: wix", "Scope: machine"):
        assert words in installer, words
    for text in texts.values():
        assert f"PackageVersion: {properties['ProductVersion']}" in text


@pytest.mark.parametrize("name", ["release.yml", "debian.yml", "windows.yml"])
def test_what_the_workflows_call_is_there(name):
    text = (ROOT / ".github/workflows" / name).read_text()
    for path in re.findall(r"(?<![\w/.])(?:installer|\.ci|tests)/[\w./-]+", text):
        assert (ROOT / path).exists(), path
    assert "permissions:" in text


@pytest.mark.parametrize("name", ["release.yml", "debian.yml"])
def test_git_works_in_the_container(name):
    """The folder there is the runner's, who is not root: git asks for leave, and the package's date and the bill of materials ask git."""
    text = (ROOT / ".github/workflows" / name).read_text()
    (container,) = [job for job in re.split(r"(?m)^  (?=\w+:$)", text) if "container:" in job]
    leave = container.index("git config --global --add safe.directory")
    assert container.index("actions/checkout") < leave < min(container.index(".ci/run"), container.index("./dev msi"))


def test_windows_runs_each_unit_test_by_its_name():
    """Its workflow gives none an argument; of those that have one here, that of messages finds the DLL beside itself there."""
    lists = (ROOT / "tests/unit/CMakeLists.txt").read_text()
    assert re.findall(r"set\(arguments_(\w+)", lists) == ["messages"]
    assert "HipBridgeMessages.dll" in (ROOT / "tests/unit/service/test_messages.c").read_text()
    for path in (ROOT / "tests/unit").glob("*/test_*.c"):
        assert "argc !=" not in path.read_text("utf-8"), path.name
