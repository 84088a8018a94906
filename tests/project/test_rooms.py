"""The walls of the house: which room of shared/ may know which, and what keeps to its own room.

ROOMS is the one list; docs/architecture.md prints it. Each rule is shown to fail by a tree that breaks it.
"""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# From the ground up: a room includes itself, and of the rooms above it in this list those that it names.
ROOMS = {
    "base": [],
    "words": ["base"],
    "pace": ["base"],
    "record": ["base", "pace"],
    "net": ["base", "record"],
    "system": ["base", "pace", "record"],
    "formats": ["base", "record"],
    "access": ["base", "record"],
    "iclock": ["base", "record", "formats"],
    "fk": ["base", "record", "formats"],
    "pull": ["base", "record", "formats"],
    "config": ["base", "pace", "record", "net", "system"],
    "outbox": ["base", "record", "net", "system", "formats"],
    "cloud": ["base", "pace", "record", "net", "config"],
    "terminals": ["base", "pace", "record", "net", "iclock", "fk", "config", "outbox"],
    "logs": ["base", "pace", "record", "system", "formats", "config", "outbox"],
    "vendor": ["base", "pace", "record", "system", "access", "config", "outbox"],
    "upload": ["base", "pace", "record", "config", "outbox", "cloud"],
    "status": ["base", "words", "pace", "record", "config", "outbox", "terminals", "upload"],
}

# Where threads begin, each with what it needs for a fall to leave a dump; net, which may not know the service, has its own.
THREADS = ["service/thread.c", "shared/net/resolve_win.c"]

# What the C library of every system has.
C_LIBRARY = {f"{name}.h" for name in
             "assert ctype errno float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdbool stddef "
             "stdint stdio stdlib stdnoreturn string time uchar wchar wctype".split()}
# A library's headers belong to the rooms that exist for its sake.
LIBRARIES = {
    "cjson/cJSON.h": {"config", "status", "fk"},
    "sqlite3.h": {"outbox"},
    "zlib.h": {"formats"},
    "mysql.h": {"cloud"},
    "mysqld_error.h": {"cloud"},
    "errmsg.h": {"cloud"},
}
SOCKETS = {"sys/socket.h", "netinet/in.h", "netinet/tcp.h", "arpa/inet.h", "netdb.h", "poll.h", "winsock2.h", "ws2tcpip.h"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)


def circles(edges):
    """One circle for each file from which a walk comes back to it."""
    found, done = [], set()

    def walk(name, way):
        if name in way:
            found.append(" → ".join([*way[way.index(name):], name]))
            return
        if name in done:
            return
        for other in sorted(edges.get(name, ())):
            walk(other, [*way, name])
        done.add(name)

    for name in sorted(edges):
        walk(name, [])
    return found


def may_look(module, private):
    """X_private.h is for X.c, X.h and X_*."""
    owner = private.removesuffix("_private")
    return module == owner or module.startswith(owner + "_")


def begins_threads(root):
    for folder in ("service", "shared"):
        for path in sorted((root / folder).rglob("*.c")):
            name = path.relative_to(root).as_posix()
            if name not in THREADS and re.search(r"\b(_beginthreadex|CreateThread)\b", path.read_text(encoding="utf-8")):
                yield name


def faults(root):
    """What breaks a rule in the tree below root, a line each."""
    said, edges = [], {}
    shared = root / "shared"
    for path in sorted(shared.rglob("*.[ch]")):
        own = path.relative_to(shared)
        if len(own.parts) != 2 or own.parts[0] not in ROOMS:
            said.append(f"shared/{own} is in no room that test_rooms.py knows")
            continue
        room, system = own.parts[0], own.stem.endswith(("_win", "_host"))
        for quoted, angled in INCLUDE.findall(path.read_text(encoding="utf-8")):
            line = f"shared/{own} includes {quoted or angled}"
            if quoted:
                other = pathlib.PurePosixPath(quoted)
                if not (shared / other).is_file():
                    said.append(f"{line}, which is not named by its room")
                    continue
                edges.setdefault(str(own), set()).add(str(other))
                if other.parts[0] not in [room, *ROOMS[room]]:
                    said.append(f"{line}, but {room} may not know {other.parts[0]}")
                if other.stem.endswith("_private") and not may_look(own.stem, other.stem):
                    said.append(f"{line}, which is private")
            elif angled in LIBRARIES:
                if room not in LIBRARIES[angled]:
                    said.append(f"{line}, which belongs to {', '.join(sorted(LIBRARIES[angled]))}")
            elif angled in SOCKETS and room != "net":
                said.append(f"{line}, and sockets are net's")
            elif angled not in C_LIBRARY and not system:
                said.append(f"{line}, which is a system's and belongs into a *_win.c or *_host.c")
    said += [f"a circle: {one}" for one in circles(edges)]
    said += [f"{name} begins a thread, which is for {THREADS[0]} alone" for name in begins_threads(root)]
    for folder, others in (("service", ("tools",)), ("tools", ("service",))):
        names = {path.name for other in others for path in (root / other).rglob("*.h")}
        own = {path.name for path in (root / folder).rglob("*.h")}
        for path in sorted((root / folder).rglob("*.[ch]")):
            for quoted, _ in INCLUDE.findall(path.read_text(encoding="utf-8")):
                name = pathlib.PurePosixPath(quoted).name
                if name.endswith("_private.h") and (shared / quoted).is_file():
                    said.append(f"{path.relative_to(root)} includes {quoted}, which is private")
                if quoted and not (shared / quoted).is_file() and name in names - own:
                    said.append(f"{path.relative_to(root)} includes {quoted}, which is {others[0]}'s")
    return said


def test_the_rooms_are_kept():
    assert not faults(ROOT)


def test_no_room_names_one_that_comes_later():
    names = list(ROOMS)
    assert all(names.index(other) < names.index(room) for room, others in ROOMS.items() for other in others)


def test_shared_holds_rooms_only():
    here = {path.name for path in (ROOT / "shared").iterdir()}
    assert here - set(ROOMS) == {"CMakeLists.txt", "hipshared.vcxproj"}


def test_the_document_prints_the_table():
    """docs/architecture.md: | room | what it holds | what it may include |, a row for each folder."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").split("## The rooms")[1].split("\n## ")[0]
    rows = {name: others for name, others in re.findall(r"^\| `(\w+)` \| [^|]{10,} \| ([^|]*) \|$", text, re.M)}
    here = [name for name in ROOMS if (ROOT / "shared" / name).is_dir()]
    assert {name: rows.get(name) for name in here} == {name: ", ".join(ROOMS[name]) or "–" for name in here}
    assert not set(rows) - set(here)


def test_the_documents_breakpoints_are_functions():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    places = re.findall(r"^\| `(\w+)` \| `([\w/]+\.c)` \|", text, re.M)
    assert len(places) >= 9
    missing = [f"{name} in {path}" for name, path in places
               if not re.search(rf"^(?!#)\S.*\b{name}\(", (ROOT / path).read_text(encoding="utf-8"), re.M)]
    assert not missing


def test_each_that_begins_threads_keeps_stack_for_a_fall():
    """service/crash.h: else an overflow of it leaves no dump."""
    for name in THREADS:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.search(r"^    (crash_guard_thread\(\)|SetThreadStackGuarantee\(&\w+\));", text, re.M), name


def test_no_file_is_past_600_lines():
    """One that gets there is asking to become two."""
    folders = ("shared", "service", "tools", "installer", "tests", "cmake")
    lengths = {path.relative_to(ROOT): path.read_bytes().count(b"\n") for folder in folders
               for path in (ROOT / folder).rglob("*") if path.suffix in (".c", ".h", ".py", ".js")}
    assert not {str(path): lines for path, lines in lengths.items() if lines > 600}


# ---- that each rule can fail ----

SOUND = {
    "shared/base/text.h": "#include <stddef.h>\n",
    "shared/base/text.c": '#include "base/text.h"\n',
    "shared/outbox/outbox.h": '#include "base/text.h"\n',
    "shared/outbox/outbox_private.h": '#include <sqlite3.h>\n#include "outbox/outbox.h"\n',
    "shared/outbox/outbox_file.c": '#include "outbox/outbox_private.h"\n',
    "shared/system/file_win.c": "#include <windows.h>\n",
    "shared/net/wake_host.c": "#include <sys/socket.h>\n",
    "service/sync.h": "",
    "service/thread.c": "HANDLE thread = (HANDLE)_beginthreadex(NULL, 0, begin, NULL, 0, NULL);\n",
    "tools/hipctl/console.h": "",
    "tools/hipctl/open.c": '#include "console.h"\n#include "outbox/outbox.h"\n',
}

BROKEN = [
    ("shared/base/text.c", '#include "outbox/outbox.h"\n', "base may not know outbox"),
    ("shared/outbox/outbox.h", '#include "cloud/cloud.h"\n', "outbox may not know cloud"),
    ("shared/net/share.c", "#include <sqlite3.h>\n", "which belongs to outbox"),
    ("shared/outbox/outbox_file.c", "  #  include <mysql.h>\n", "which belongs to cloud"),
    ("shared/terminals/intake.c", "#include <cjson/cJSON.h>\n", "which belongs to config"),
    ("shared/base/error.h", '#include "base/text.h"\n', "a circle: base/error.h → base/text.h → base/error.h"),
    ("shared/base/text.h", '#include "base/text.h"\n', "a circle: base/text.h → base/text.h"),
    ("shared/status/status.c", '#include "outbox/outbox_private.h"\n', "which is private"),
    ("shared/outbox/retention.c", '#include "outbox/outbox_private.h"\n', "which is private"),
    ("tools/hipctl/open.c", '#include "outbox/outbox_private.h"\n', "which is private"),
    ("shared/base/text.c", "#include <windows.h>\n", "belongs into a *_win.c"),
    ("shared/system/file.c", "#include <unistd.h>\n", "belongs into a *_win.c"),
    ("shared/system/file_host.c", "#include <sys/socket.h>\n", "sockets are net's"),
    ("shared/text.c", "", "is in no room"),
    ("shared/base/deep/text.c", "", "is in no room"),
    ("shared/attic/text.c", "", "is in no room"),
    ("shared/base/text.c", '#include "text.h"\n', "not named by its room"),
    ("service/bridge.c", '#include "console.h"\n', "which is tools's"),
    ("tools/hipctl/open.c", '#include "sync.h"\n', "which is service's"),
    ("service/sync.c", "HANDLE thread = (HANDLE)_beginthreadex(NULL, 0, run, NULL, 0, NULL);\n", "begins a thread"),
    ("shared/net/wake_win.c", "HANDLE thread = CreateThread(NULL, 0, run, NULL, 0, NULL);\n", "begins a thread"),
]


def plant(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_sound_tree_passes(tmp_path):
    plant(tmp_path, SOUND)
    assert faults(tmp_path) == []


@pytest.mark.parametrize("name, text, told", BROKEN)
def test_each_rule_can_fail(name, text, told, tmp_path):
    plant(tmp_path, {**SOUND, "shared/cloud/cloud.h": "", "shared/base/text.h": '#include "base/error.h"\n',
                     "shared/base/error.h": ""})
    assert faults(tmp_path) == []
    plant(tmp_path, {name: text})
    assert any(told in one for one in faults(tmp_path)), faults(tmp_path)
