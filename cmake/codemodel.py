"""What CMake says of the Windows build: each target with its sources, definitions and libraries.

Asked of CMake itself (its file API), in a build folder of its own that is only ever configured.
"""

import fcntl
import functools
import json
import pathlib
import re
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "codemodel"

# Of the libraries a link line ends in, CMake adds these to each of its own accord.
STANDARD = {"kernel32", "user32", "gdi32", "winspool", "shell32", "ole32", "oleaut32", "uuid",
            "comdlg32", "advapi32"}


@dataclass
class Target:
    name: str
    kind: str  # EXECUTABLE, STATIC_LIBRARY or SHARED_LIBRARY
    folder: pathlib.PurePosixPath
    sources: list  # of our own, relative to the repository; not what the build makes
    resources: list  # resource scripts, likewise
    definitions: pathlib.PurePosixPath  # what a library exports (.def), or None
    defines: dict  # name: value, "" if it is empty, None if there is none
    includes: list  # of our own, relative to the repository; not what the build makes
    system: set  # Windows' libraries named by us
    third_party: set  # libmariadbclient and so on

    @property
    def uses_shared(self):
        """Whether it is a program or library with code of our own."""
        return self.kind != "STATIC_LIBRARY" and bool(self.sources)


def _reply(name):
    return json.loads((BUILD / ".cmake/api/v1/reply" / name).read_text())


def _inside(path):
    """The path relative to the repository; None for what the build makes or the system has."""
    path = ROOT / path
    if not path.is_relative_to(ROOT) or path.is_relative_to(ROOT / "build"):
        return None
    return pathlib.PurePosixPath(path.resolve().relative_to(ROOT))


def _target(said):
    sources = [_inside(source["path"]) for source in said["sources"] if "compileGroupIndex" in source]
    definitions = [one["path"] for one in said["sources"] if one["path"].endswith(".def")]
    defines, includes = {}, []
    for group in said.get("compileGroups", []):
        if group["language"] != "C":
            continue
        for one in group.get("defines", []):
            name, given, value = one["define"].partition("=")
            defines[name] = value if given else None
        includes += [_inside(one["path"]) for one in group.get("includes", []) if not one.get("isSystem")]
    system, third_party = set(), set()
    for fragment in said.get("link", {}).get("commandFragments", []):
        if fragment["role"] != "libraries":
            continue
        for one in fragment["fragment"].split():
            if one.startswith("-l"):
                system.add(one[2:])
            elif "/build/deps/" in one:
                third_party.add(pathlib.PurePosixPath(one).stem)
    return Target(
        name=said["name"], kind=said["type"], folder=pathlib.PurePosixPath(said["paths"]["source"]),
        sources=[source for source in sources if source and source.suffix != ".rc"],
        resources=[source for source in sources if source and source.suffix == ".rc"],
        definitions=_inside(definitions[0]) if definitions else None, defines=defines,
        includes=[folder for folder in includes if folder], third_party=third_party,
        system=system - STANDARD - {"ssp"})


@functools.cache
def targets():
    """Every target of the preset "windows" by name; asked once a process, by one process at a time."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _asked()


def _asked():
    query = BUILD / ".cmake/api/v1/query/codemodel-v2"
    query.parent.mkdir(parents=True, exist_ok=True)
    query.touch()
    subprocess.run(["cmake", "--preset", "windows", "-B", str(BUILD), "-Wno-dev"], cwd=ROOT,
                   check=True, stdout=subprocess.DEVNULL)
    index = _reply(max(path.name for path in (BUILD / ".cmake/api/v1/reply").glob("index-*.json")))
    model = _reply(index["reply"]["codemodel-v2"]["jsonFile"])
    found = [_target(_reply(one["jsonFile"])) for one in model["configurations"][0]["targets"]]
    return {one.name: one for one in found if one.kind != "UTILITY"}


def version():
    said = (ROOT / "VERSION").read_text().strip()
    assert re.fullmatch(r"\d+\.\d+\.\d+", said), said
    return said
