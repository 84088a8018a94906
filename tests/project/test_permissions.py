"""Who may read which file: docs/attack-surface.md, what the code sets, and what the installer's source holds say the same."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The one list: what, its security descriptor by the name in shared/system/access.h, and the calls that set it.
LIST = {
    r"`%ProgramData%\HipBridge` and all that is made in it (dumps too)": (
        "ACCESS_FOLDER_SDDL", {"tools/hipctl/configure.c": "access_restrict_folder(configure->data", "service/guard.c": "access_restrict_folder(path"}),
    "`config.json`": ("ACCESS_FILE_SDDL", {"service/bridge_config.c": "guard_file(bridge->config_path", "service/guard.c": "access_restrict_file(path"}),
    "`outbox.db`, `outbox.db-wal`, `outbox.db-shm`": (
        "ACCESS_FILE_SDDL", {"service/bridge_config.c": '{"", "-wal", "-shm"}', "service/guard.c": "access_restrict_file(path"}),
    "captures (`hipctl sniff --out FILE`)": ("ACCESS_OWN_SDDL", {"tools/hipctl/capture.c": "access_restrict_own(path"}),
}


def read(path):
    return (ROOT / path).read_text("utf-8")


def lists():
    return dict(re.findall(r'#define (ACCESS_\w+_SDDL) "(.*)"', read("shared/system/access.h")))


def documented():
    part = read("docs/attack-surface.md").split("## Who may read which file")[1]
    rows = re.findall(r"^\| (.+?) \| `(.+?)` \|", part, re.M)
    return dict(rows)


def test_the_document_has_what_the_code_sets():
    assert documented() == {what: lists()[name] for what, (name, _) in LIST.items()}


def test_each_is_set_where_the_list_says():
    for what, (_, calls) in LIST.items():
        for path, call in calls.items():
            assert call in read(path), f"{what}: {path} no longer has {call}"


def test_nothing_else_has_a_list_of_its_own():
    sddl = re.compile(r'L?"[OGD]:[^"]*\(A;')
    found = {str(path.relative_to(ROOT)) for folder in ("shared", "service", "tools", "installer")
             for path in (ROOT / folder).rglob("*.[ch]") if sddl.search(path.read_text("utf-8"))}
    assert found == {"shared/system/access.h"}


def test_nobody_but_system_and_administrators_is_granted_anything():
    for name, sddl in lists().items():
        assert "D:P(" in sddl, f"{name}: nothing is inherited"
        granted = set(re.findall(r"\(A;[^;]*;FA;;;(\w+)\)", sddl))
        assert granted == {"SY", "BA"} | ({"OW"} if name == "ACCESS_OWN_SDDL" else set()) and sddl.count("(") == len(granted)


def test_the_installer_grants_nothing():
    source = read("installer/HipBridge.wxs")
    assert not re.search(r"<(util:)?Permission|PermissionEx|CreateFolder|LockPermissions", source), "hipctl configure does it"
