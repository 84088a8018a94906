"""The documents say what is: every `hipctl` call, configuration key, event, field and picture that they name exists, and every one
that exists is named.
"""

import pathlib
import re
import subprocess
import urllib.parse
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def read(path):
    return (ROOT / path).read_text("utf-8")


def name_of(path):
    return str(path.relative_to(ROOT))


# ---- hipctl ----

def verbs():
    """Each verb's form, from the table: {"requeue": "[--from DATE --to DATE]"}."""
    table = read("tools/hipctl/verbs.c").split("static const struct verb verbs[] = {")[1].split("\n};")[0]
    return {name: "".join(re.findall(r'"([^"]*)"', arguments)) for name, arguments in
            re.findall(r'\{"([a-z-]+)",\s*command_\w+,\s*((?:"[^"]*"\s*)+),', table)}


VERBS = verbs()


def calls(text):
    """What a document calls hipctl with; in code alone, since a sentence may go on behind the word."""
    fenced = "\n".join(re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```", text))
    lines = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^ *```.*?^ *```", "", text))
    lines += re.findall(r"(?m)^\s*(?:\w:\\[^>\n]*>)?\s*(hipctl .*)$", fenced)
    for line in lines:
        for words in re.findall(r"\bhipctl(?:\.exe)?((?: [^;|&>()]+)?)", line):
            yield words.split()


def test_the_table_is_read():
    assert len(VERBS) > 14 and VERBS["requeue"] == "[--from DATE] [--to DATE]" and VERBS["check-config"] == ""


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_each_call_of_hipctl_is_one_that_it_takes(path):
    for words in calls(path.read_text("utf-8")):
        while words[:1] == ["--config"]:
            words = words[2:]
        if not words or words[0] in ("VERB", "help", "--version", "--help", "…", "..."):
            continue
        assert words[0] in VERBS, f"hipctl {' '.join(words)}"
        for word in words[1:]:
            assert not word.startswith("--") or word.strip("[],.") in VERBS[words[0]], f"hipctl {' '.join(words)}"


def test_each_verb_is_in_a_document():
    named = {words[0] for path in DOCUMENTS for words in calls(path.read_text("utf-8")) if words}
    assert set(VERBS) - named == set()


# ---- config.json ----

def keys():
    """(section, key, kind, min, max) of the parser's own tables."""
    found = []
    for row in re.findall(r'\{"(\w*)",\s*"(\w+)",\s*(\w+),\s*(?:AT\([\w.]+\)|0, \w+),\s*(-?\w+),\s*(-?\w+),', read("shared/config/config_read.c")):
        found.append(row)
    return found


KEYS = keys()
CONFIGURATION = read("docs/configuration.md")


def section_of(name):
    """The text of a section; the top level's keys have a heading each."""
    found = re.search(rf"(?ms)^## {name}\b.*?(?=^## |\Z)", CONFIGURATION)
    return found[0] if found else ""


def test_the_parsers_table_is_read():
    assert len(KEYS) > 35 and ("listener", "port", "config_read_int", "1", "65535") in KEYS


@pytest.mark.parametrize("section, key", [(row[0], row[1]) for row in KEYS])
def test_each_key_is_documented_in_its_section(section, key):
    if section:
        assert f"`{key}`" in section_of(section) or re.search(rf"`\w+`(, `\w+`)*", section_of(section)) and f"`{key}`" in section_of(section)
    else:
        assert section_of(key), f"{key} stands at the top level: a heading of its own"


@pytest.mark.parametrize("row", [row for row in KEYS if row[2] == "config_read_int"], ids=lambda row: f"{row[0]}.{row[1]}")
def test_each_numbers_range_is_said(row):
    section, key, _, low, high = row
    line = next(line for line in section_of(section).splitlines() if line.startswith("|") and f"`{key}`" in line.split("|")[1])
    assert f"{low} to {high}" in line.replace(",", ""), f"{section}.{key}: {low} to {high}"


def test_each_documented_key_exists():
    known = {(section, key) for section, key, *_ in KEYS}
    # What an entry of a list, or an object within a section, may have: tables of their own.
    inner = {key for path in (ROOT / "shared" / "config").glob("config_*.c") if path.name != "config_read.c"
             for key in re.findall(r'\{"\w*",\s*"(\w+)",', path.read_text("utf-8"))}
    known |= {(section, key) for section in ("listener", "sync", "pull") for key in inner}
    for section in {section for section, _ in known if section}:
        for line in section_of(section).splitlines():
            if line.startswith("| `"):
                for key in re.findall(r"`(\w+)`", line.split("|")[1]):
                    assert (section, key) in known, f"{section}.{key}"


# ---- events, fields, pictures ----

EVENTS = set(re.findall(r"(?m)^MessageId=(\d{3})", read("service/events.mc")))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_each_event_named_exists(path):
    for number in re.findall(r"\bevents? (\d{3})\b", path.read_text("utf-8")):
        assert number in EVENTS or number == "4688", f"event {number}"


def test_each_field_of_status_json_is_documented_and_the_other_way_round():
    sources = "".join(path.read_text("utf-8") for path in sorted((ROOT / "shared" / "status").glob("status*.c")))
    made = set(re.findall(r'status_add_\w+\(\s*\w+,\s*[\w(), ]+,\s*"(\w+)"', sources)) | set(re.findall(r'cJSON_Add\w+\(\w+, "(\w+)"', sources))
    made |= set(re.findall(r'\{"(\w+)", OUTBOX_NOTE_', sources)) | set(re.findall(r'add_numbers\(\w+, \w+, "(\w+)"', sources))
    text = read("docs/status.md").split("## For Prometheus")[0]
    assert len(made) > 60 and {name for name in made if f"`{name}`" not in text} == set()
    rows = re.findall(r"(?m)^\| ((?:`\w+`(?:: )?(?:, )?)+) \| (?:text|number|object|list|true)", text)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named - made == set(), "documented, and not made"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_each_picture_and_file_linked_is_there(path):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        if not re.match(r"\w+:", target):
            assert (path.parent / target).exists(), target


def test_each_picture_is_shown_somewhere():
    shown = {pathlib.PurePath(target).name for path in DOCUMENTS for target in re.findall(r"\]\(([^)]+\.png)\)", path.read_text("utf-8"))}
    assert {path.name for path in (ROOT / "docs" / "images").glob("*.png")} - shown == set()


# ---- the corpora ----

def test_each_log_of_the_corpus_is_in_its_index():
    folder = ROOT / "tests" / "corpus" / "logs"
    named = {line.split()[0] for line in (folder / "index.txt").read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")}
    there = {path.name for path in folder.iterdir() if path.suffix != ".rows" and path.name not in ("index.txt", "README.md")}
    assert named == there
    assert {path.name.removesuffix(".rows") for path in folder.glob("*.rows")} - there == set()


# ---- what is noted ----

def test_each_note_is_written_by_the_product_and_read():
    """A field that nobody fills is always empty, and a test that fills it itself does not see that."""
    notes = re.findall(r"(?m)^    (OUTBOX_NOTE_\w+)(?=[ ,])", read("shared/outbox/outbox_note.h").split("OUTBOX_NOTES")[0])
    writers, readers = "", ""
    for folder in ("service", "shared", "tools"):
        for path in (ROOT / folder).rglob("*.c"):
            text = path.read_text("utf-8")
            if path.name == "outbox_note.c":
                continue
            if path.parent.name in ("status", "hipctl"):
                readers += text
            else:
                writers += text
    assert len(notes) > 15
    assert [note for note in notes if note not in writers] == [], "nobody writes it"
    own = [note for note in notes if note not in readers]
    # What the writer alone reads again after a restart.
    assert [note for note in own if len(re.findall(rf"\b{note}\b", writers)) < 2] == [], "nobody reads it"


def test_the_task_that_an_alarm_starts_waits_for_the_event_of_the_level():
    tree = xml.etree.ElementTree.parse(ROOT / "docs" / "alarm-task.xml")
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    query = tree.findtext(".//t:EventTrigger/t:Subscription", namespaces=space)
    inner = xml.etree.ElementTree.fromstring(query)
    assert "@Name='HipBridge'" in inner.findtext(".//Select") and "EventID=120" in inner.findtext(".//Select")
    assert {value.text for value in tree.findall(".//t:ValueQueries/t:Value", space)} == {"Event/EventData/Data[1]", "Event/EventData/Data[3]"}


# ---- documents that a program names ----

THAI = re.compile("[\u0e00-\u0e7f]")
NAMED = re.compile(r"[\w./\\-]*\b[\w-]+\.(?:md|html)\b")


def said(text):
    """The strings of a C source: pieces that stand one behind the other are one."""
    text = re.sub(r"(?s)/\*.*?\*/", "", text)
    for literal in re.findall(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', re.sub(r"(?m)^#.*$", "", text)):
        yield "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', literal))


def wrongly_named(text):
    """What a text names that is not a document as it lies on the PC, in the text's language where there is one in it."""
    wrong = []
    for name in NAMED.findall(text):
        page = re.fullmatch(r"docs\\\\(th\\\\)?([\w-]+)\.html", name)
        if not page or not (ROOT / "docs" / (page[1] or "").strip("\\") / f"{page[2]}.md").exists():
            wrong.append(name)
        elif not page[1] and THAI.search(text) and (ROOT / "docs" / "th" / f"{page[2]}.md").exists():
            wrong.append(name)
    return wrong


def test_each_document_that_a_program_names_is_on_the_pc():
    """There it is HTML (installer/documents.py), and a text in Thai leads to the Thai page."""
    texts = {(path.name, text) for folder in ("tools/hipctl", "shared", "service") for path in (ROOT / folder).rglob("*.c")
             if "http" not in path.parts for text in said(path.read_text("utf-8")) if re.search(r"\.(md|html)\b", text)}
    assert len(texts) > 5
    assert {(name, *wrong) for name, text in texts if (wrong := wrongly_named(text))} == set()


@pytest.mark.parametrize("text, wrong", [
    (r"docs\\events.html has it", []), (r"docs\\events.md has it", [r"docs\\events.md"]), ("docs/events.html", ["docs/events.html"]),
    (r"docs\\nothing.html", [r"docs\\nothing.html"]), (r"อยู่ใน docs\\th\\events.html", []),
    (r"อยู่ใน docs\\events.html", [r"docs\\events.html"]), (r"อยู่ใน docs\\status.html", []), ("(configuration.md)", ["configuration.md"])])
def test_that_test_finds_them(text, wrong):
    assert wrongly_named(text) == wrong


# ---- the start page ----


@pytest.mark.parametrize("folder", ["docs", "docs/th"])
def test_the_index_leads_to_every_document(folder):
    """In Thai to the Thai page where there is one; what is in English alone is marked."""
    text = read(f"{folder}/index.md")
    led = {(ROOT / folder / target).resolve() for target in re.findall(r"\]\(([^)#]+)\)", text)}
    english = {path.name for path in (ROOT / "docs").glob("*.md")}
    own = {path.name for path in (ROOT / folder).glob("*.md")}
    wanted = {ROOT / folder / name for name in own - {"index.md"}} | {ROOT / "docs" / name for name in english - own}
    assert wanted - led == set()
    if folder != "docs":
        unmarked = [line for line in text.splitlines() if line.startswith("- ") and re.search(r"\]\(\.\./", line) and "(อังกฤษ)" not in line]
        assert unmarked == []
        assert [line for line in text.splitlines() if line.startswith("- ") and "(อังกฤษ)" in line and "](../" not in line] == []


def test_both_installers_carry_each_language():
    folders = re.findall(r'"\w\w": \("([\w/]+)"', read("installer/documents.py").split("LANGUAGES =")[1].split("}")[0])
    assert folders == ["docs", "docs/th"] and re.findall(r"'(docs[\\\w]*)'", read("installer/texts.ps1").split("foreach ($folder in")[1].split(")")[0]) \
        == [folder.replace("/", "\\") for folder in folders]


def test_the_pages_made_of_them_lead_on(tmp_path):
    """Those of the MSI: each names its language, leads to the list of documents in it, and to the same page in the other."""
    subprocess.run([ROOT / "installer/documents.py", tmp_path], check=True)
    pages = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in tmp_path.rglob("*.html")}
    assert len(pages) > 30
    for name, text in pages.items():
        language, folder = ("th", "docs/th") if name.startswith("docs/th/") else ("en", "docs")
        assert f'<html lang="{language}">' in text, name
        ways = [(tmp_path / name).parent.joinpath(link).resolve().relative_to(tmp_path).as_posix()
                for link in re.findall(r'href="([^"]*)"', text.split("<nav>")[1].split("</nav>")[0])]
        assert ways[:2] == ["README.html" if language == "en" else "docs/th/README.html", f"{folder}/index.html"], name
        other = {"README.html": "docs/th/README.html", "docs/th/README.html": "README.html"}.get(
            name, name.replace("docs/th/", "docs/") if language == "th" else name.replace("docs/", "docs/th/"))
        assert ways[2:] == ([other] if other in pages else []), name
        assert not re.search(r"\.md</a>", text), f"{name}: on the PC it is HTML"
        for link, place in re.findall(r'(?:href|src)="(?!\w+:)([^"#]*)#?([^"]*)"', text):
            target = (tmp_path / name).parent / link if link else tmp_path / name
            assert target.exists(), f"{name}: {link}"
            assert not place or f'id="{urllib.parse.unquote(place)}"' in target.read_text("utf-8"), f"{name}: {link}#{place}"
