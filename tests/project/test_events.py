"""The events: texts (service/events.mc), ids (shared/record/event.h), what writes them (service/eventlog.c), the document
(docs/events.md) and the calls in the code say the same. None missing, none unused, each in English and in Thai.
"""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEVERITIES = {"Informational": "information", "Warning": "warning", "Error": "error"}
CATEGORIES = {1: "SERVICE", 2: "TERMINALS", 3: "LOG_FILES", 4: "DATABASE", 5: "PULL"}
# The contract's: what other people's filters and documents rely on.
CONTRACT = {100: "information", 101: "information", 120: "information", 110: "error", 111: "information", 200: "information", 201: "error",
            210: "warning", 211: "error", 300: "information", 301: "warning", 302: "warning", 303: "information",
            400: "information", 401: "warning", 402: "error", 403: "warning", 404: "error", 405: "warning",
            500: "information", 501: "warning", 502: "error", 503: "error", 504: "error"}
STRINGS_MAX = 8


def read(path):
    return (ROOT / path).read_text("utf-8")


def catalogue():
    found = {}
    for block in re.split(r"(?m)^MessageId=", read("service/events.mc"))[1:]:
        number, rest = block.split("\n", 1)
        fields = dict(re.findall(r"(?m)^(Severity|Facility|SymbolicName)=(\w+)$", rest))
        texts = dict(re.findall(r"(?ms)^Language=(\w+)\n(.*?)\n\.$", rest))
        found[int(number)] = (fields["SymbolicName"], fields["Severity"], texts)
    return found


CATALOGUE = catalogue()
EVENTS = {number: entry for number, entry in CATALOGUE.items() if number >= 100}
IDS = {int(number): (name, words) for name, number, words in
       re.findall(r"EVENT_(\w+) = (\d+),\s*/\*\s*(.*?)\s*\*/", read("shared/record/event.h"), re.S) if int(number) >= 100}
ROWS = {int(number): (level, what, remedy) for number, level, what, remedy in
        re.findall(r"(?m)^\| (\d+) \| (\w+) \| (.*?) \| (.*?) \|$", read("docs/events.md"))}


def inserts(text):
    return {int(one) for one in re.findall(r"%(\d)", text)}


def test_the_same_ids_everywhere():
    assert sorted(EVENTS) == sorted(IDS), "service/events.mc and shared/record/event.h"
    assert sorted(EVENTS) == sorted(ROWS), "service/events.mc and docs/events.md"
    assert list(EVENTS) == sorted(EVENTS) and list(ROWS) == sorted(ROWS), "in the order of their numbers"


def test_the_same_names():
    for number, (name, _, _) in EVENTS.items():
        assert name == "MSG_" + IDS[number][0], number


def test_what_writes_them_knows_all():
    written = re.search(r"messages\[\] = \{(.*?)\};", read("service/eventlog.c"), re.S)[1]
    assert sorted(re.findall(r"MSG_\w+", written)) == sorted(name for name, _, _ in EVENTS.values())


def test_the_contract_s_are_as_it_says():
    for number, level in CONTRACT.items():
        assert SEVERITIES[EVENTS[number][1]] == level, number


def test_each_category_is_named():
    named = {number: name for number, (name, _, _) in CATALOGUE.items() if number < 100}
    assert named == {number: "CATEGORY_" + name for number, name in CATEGORIES.items()}
    assert {number // 100 for number in EVENTS} == set(CATEGORIES)
    count = re.search(r'Name="CategoryCount" Type="integer" Value="(\d+)"', read("installer/HipBridge.wxs"))
    assert int(count[1]) == len(CATEGORIES)


@pytest.mark.parametrize("number", sorted(CATALOGUE))
def test_a_text(number):
    name, severity, texts = CATALOGUE[number]
    assert set(texts) == {"English", "Thai"}, f"{name} wants both languages"
    assert re.search(r"[\u0e00-\u0e7f]", texts["Thai"]), "is that Thai?"
    assert inserts(texts["English"]) == inserts(texts["Thai"]), "the same facts in both"
    for text in texts.values():
        assert "\n" not in text and text == text.strip() and not re.search(r"%(?!\d)|%\d\d|%0", text)
    if number >= 100:
        used = inserts(texts["English"])
        said = 0 if not IDS[number][1] else len(split(IDS[number][1]))
        assert used == set(range(1, len(used) + 1)) and len(used) <= STRINGS_MAX, "no fact is left out"
        assert len(used) == said, f"shared/record/event.h says of {name}: {IDS[number][1]}"
        level, what, remedy = ROWS[number]
        assert level == SEVERITIES[severity], "docs/events.md"
        assert len(what) > 20 and remedy, "a cause and a remedy"


def test_what_a_person_must_act_on_says_where_to_read_on():
    """Event Viewer has no link for it: a classic source has no value for one, and the one of the registry is of all sources at once."""
    for number, (_, severity, texts) in EVENTS.items():
        wanted = severity in ("Warning", "Error")
        assert (f"More: Start menu, HIP Bridge, Documents, event {number}." in texts["English"]) == wanted, number
        assert (f"อ่านเพิ่ม: เมนู Start, HIP Bridge, เอกสารภาษาไทย (Documents in Thai), เหตุการณ์ {number}" in texts["Thai"]) == wanted, number


def split(words):
    """The facts of a comment in event.h, which commas separate: but not behind a colon."""
    return words.split(": ")[0].split(", ")


def calls():
    found = {}
    for folder in ("service", "shared", "tools/hipctl"):
        for path in sorted((ROOT / folder).rglob("*.c")):
            if path.parent.name == "status":
                continue  # reads of them, and tells of none
            text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.S)
            for name in re.findall(r"\bEVENT_([A-Z_]+)\b", text):
                found.setdefault(name, set()).add(path.name)
    return found


KINDS = {name: code for code, name in re.findall(r'\{"(\w+)", CONCERN_\w+, EVENT_(\w+)', read("shared/status/concern.c"))}


def without_concern(events, kinds, rows):
    """Warnings and errors that no concern stands for and of which the document does not say why not."""
    return [number for number, (name, severity, _) in events.items() if severity in ("Warning", "Error")
            and name.removeprefix("MSG_") not in kinds and "*No concern:" not in rows[number][2]]


def test_each_warning_and_error_is_a_concern_or_it_is_said_why_not():
    assert without_concern(EVENTS, KINDS, ROWS) == []
    for number, (name, _, _) in EVENTS.items():
        said = "*No concern:" in ROWS[number][2]
        assert not (said and name.removeprefix("MSG_") in KINDS), f"{number} has a concern; docs/events.md says it has none"


def test_that_test_fails_where_a_concern_is_taken_away():
    for name in KINDS:
        number, entry = next((number, entry) for number, entry in EVENTS.items() if entry[0] == "MSG_" + name)
        fewer = {one: code for one, code in KINDS.items() if one != name}
        lost = [number] if entry[1] in ("Warning", "Error") else []
        assert without_concern(EVENTS, fewer, ROWS) == lost


def test_each_is_reported_somewhere_and_no_other():
    named = {name for name, _ in IDS.values()}
    used = {name for name in calls() if name not in ("STRINGS_MAX", "CATEGORY")}
    assert named - used == set(), "never reported"
    assert used & named == used, "reported, but not in event.h"
