"""The MSI as a file: its tables, its programs, and packages of other versions made of the same programs."""

import os
import pathlib
import subprocess
import tempfile

from harness import ROOT


def table(msi, name):
    """Rows of a table by column."""
    with tempfile.TemporaryDirectory() as folder:  # it writes the streams of a table into the current one
        text = subprocess.run(["msiinfo", "export", str(pathlib.Path(msi).resolve()), name], cwd=folder, check=True,
                              capture_output=True, text=True).stdout
    lines = text.replace("\r", "").splitlines()
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"))) for line in lines[3:]]


def binary(msi, name):
    """A file that the package carries for its own use."""
    return subprocess.run(["msiinfo", "extract", str(msi), f"Binary.{name}"], check=True, capture_output=True).stdout


def change(msi, *queries):
    for query in queries:
        subprocess.run(["msibuild", str(msi), "-q", query], check=True, capture_output=True)


def unpack(msi, folder):
    """The programs, in a folder as build.sh wants it."""
    build = pathlib.Path(folder) / "build"
    if not build.exists():
        out = pathlib.Path(folder) / "unpacked"
        subprocess.run(["msiextract", "-C", str(out), str(msi)], check=True, capture_output=True)
        (build / "bin").mkdir(parents=True)
        for name in ("HipBridge.exe", "hipctl.exe", "HipBridgeMessages.dll"):
            next(out.rglob(name)).rename(build / "bin" / name)
        (build / "bin/HipBridgeSetup.dll").write_bytes(binary(msi, "HipBridgeSetup.dll"))
    return build


def of_version(msi, folder, version, **environment):
    """The package that the same programs would make as another version."""
    other = pathlib.Path(folder) / f"HipBridge-{version}-x64.msi"
    done = subprocess.run([ROOT / "installer/build.sh", unpack(msi, folder), other, version], capture_output=True, text=True,
                          env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr[-3000:]
    return other
