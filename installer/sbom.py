#!/usr/bin/python3
"""sbom.py BUILD_DIR OUT.json [MSI]: what the programs are made of (SPDX 2.3, JSON).

It is read off the link maps of what was built: each static library that gave a program a piece of itself, with the version
of the Debian source package that it was built from, and the patches. A library that is not in the table stops it.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ["HipBridge", "hipctl", "HipBridgeSetup"]
OWN = {"libhipshared.a"}

# By the archive's name: the Debian source package, its licence, who makes it.
LIBRARIES = {
    "libmariadbclient.a": ("mariadb", "LGPL-2.1-or-later", "MariaDB Connector/C"),
    "libcjson.a": ("cjson", "MIT", "cJSON"),
    "libsqlite3.a": ("sqlite3", "blessing", "SQLite"),
    "libz.a": ("zlib", "Zlib", "zlib"),
}
# The compiler's own, by the Debian package that brings it.
RUNTIME = {
    "mingw-w64-x86-64-dev": ("ZPL-2.1", "mingw-w64 runtime", re.compile(r"/x86_64-w64-mingw32/lib/[^/]+\.[ao]$")),
    "gcc-mingw-w64-x86-64-win32": ("GPL-3.0-or-later WITH GCC-exception-3.1", "GCC runtime",
                                   re.compile(r"/gcc/x86_64-w64-mingw32/[^/]+/[^/]+\.[ao]$")),
}
PATCHES = {"mariadb": sorted(path.name for path in (ROOT / "cmake").glob("connector-c-*.patch"))}


def pieces(build):
    """The archives and objects in the maps of which a program has code or data, without our own."""
    found = set()
    for program in PROGRAMS:
        text = (pathlib.Path(build) / "bin" / f"{program}.map").read_text(errors="replace")
        mapped = text.split("Linker script and memory map", 1)[1]
        # " .text  0x00… 0x123 path/libx.a(member.o)": placed, with a size
        for size, path in re.findall(r"^ \.\S+\s+0x[0-9a-f]{16}\s+0x([0-9a-f]+) (\S+)$", mapped, re.M):
            archive = path.split("(")[0]
            if int(size, 16) > 0 and not archive.endswith((".obj", ".res")):
                found.add(os.path.normpath(archive))
    return {path for path in found if pathlib.PurePath(path).name not in OWN}


def version_of(package, versions):
    if package in versions:
        return versions[package]
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], check=True, capture_output=True, text=True).stdout


def library_of(path):
    """(package, licence, name) of an archive or object; None for an import library, which is no code of anyone's."""
    name = pathlib.PurePath(path).name
    if name in LIBRARIES:
        return LIBRARIES[name]
    for package, (licence, words, pattern) in RUNTIME.items():
        if pattern.search(path):
            return (package, licence, words)
    sys.exit(f"sbom.py: {path} is in a program, and in no table here")


def document(build, msi):
    versions = dict(line.split() for line in (pathlib.Path(build) / "../deps/versions").read_text().splitlines())
    used = sorted({library_of(path) for path in pieces(build)})
    version = (ROOT / "VERSION").read_text().strip()
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or
                  subprocess.run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"], check=True, capture_output=True, text=True).stdout)
    made = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    packages = [{"SPDXID": "SPDXRef-HipBridge", "name": "HIP Bridge", "versionInfo": version, "downloadLocation": "NOASSERTION",
                 "licenseDeclared": "MIT", "licenseConcluded": "MIT", "copyrightText": "NOASSERTION", "filesAnalyzed": False}]
    if msi:
        digest = hashlib.sha256(pathlib.Path(msi).read_bytes()).hexdigest()
        packages[0].update(packageFileName=pathlib.Path(msi).name, checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-HipBridge")]
    for package, licence, words in used:
        one = {"SPDXID": f"SPDXRef-{package}", "name": words, "versionInfo": version_of(package, versions),
               "downloadLocation": "NOASSERTION", "licenseDeclared": licence, "licenseConcluded": "NOASSERTION",
               "copyrightText": "NOASSERTION", "filesAnalyzed": False,
               "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                 "referenceLocator": f"pkg:deb/debian/{package}@{version_of(package, versions)}"}]}
        if PATCHES.get(package):
            one["comment"] = "with " + ", ".join(PATCHES[package])
        packages.append(one)
        relations.append(("SPDXRef-HipBridge", "STATIC_LINK", f"SPDXRef-{package}"))
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"HipBridge-{version}",
            "documentNamespace": f"urn:hipbridge:sbom:{version}:{seconds}",
            "creationInfo": {"created": made.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: installer/sbom.py"]},
            "packages": packages,
            "relationships": [dict(zip(("spdxElementId", "relationshipType", "relatedSpdxElement"), one)) for one in relations]}


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    pathlib.Path(sys.argv[2]).write_text(json.dumps(document(sys.argv[1], (sys.argv[3:] or [None])[0]), indent=1) + "\n")
