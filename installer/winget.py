#!/usr/bin/python3
"""winget.py PACKAGE.msi URL FOLDER: the three files of a winget manifest for the package that lies at URL."""

import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

SCHEMA = "1.6.0"
IDENTIFIER = "HipBridge.HipBridge"


def properties_of(msi):
    with tempfile.TemporaryDirectory() as folder:
        text = subprocess.run(["msiinfo", "export", str(msi), "Property"], cwd=folder, check=True, capture_output=True, text=True).stdout
    return dict(line.split("\t", 1) for line in text.replace("\r", "").splitlines()[3:])


def main(msi, url, folder):
    msi, folder = pathlib.Path(msi).resolve(), pathlib.Path(folder)
    if not re.fullmatch(r"https://[!-~]+", url):
        sys.exit("winget.py: the package must lie at an https:// address")
    properties = properties_of(msi)
    head = f"PackageIdentifier: {IDENTIFIER}\nPackageVersion: {properties['ProductVersion']}\n"
    tail = f"ManifestVersion: {SCHEMA}\n"
    files = {
        "": head + "DefaultLocale: en-US\nManifestType: version\n" + tail,
        ".installer": head + "Platform:\n- Windows.Desktop\nMinimumOSVersion: 10.0.14393.0\nInstallerType: wix\nScope: machine\n"
                             "InstallModes:\n- interactive\n- silent\n- silentWithProgress\nUpgradeBehavior: install\n"
                             f"ProductCode: '{properties['ProductCode']}'\n"
                             "AppsAndFeaturesEntries:\n"
                             f"- ProductCode: '{properties['ProductCode']}'\n  UpgradeCode: '{properties['UpgradeCode']}'\n"
                             "ElevationRequirement: elevatesSelf\n"
                             f"Installers:\n- Architecture: x64\n  InstallerUrl: {url}\n"
                             f"  InstallerSha256: {hashlib.sha256(msi.read_bytes()).hexdigest().upper()}\n"
                             "ManifestType: installer\n" + tail,
        ".locale.en-US": head + f"PackageLocale: en-US\nPublisher: {properties['Manufacturer']}\nPackageName: {properties['ProductName']}\n"
                                "License: MIT\nShortDescription: Brings punches of HIP and ZKTeco attendance terminals to MySQL or MariaDB.\n"
                                "ManifestType: defaultLocale\n" + tail,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{IDENTIFIER}{name}.yaml").write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
