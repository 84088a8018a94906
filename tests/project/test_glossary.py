"""docs/th/glossary.md: one Thai term a concept. A word that it forbids stands in no Thai text of the project, and none of the
texts that are shown has an English sentence left in it."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GLOSSARY = "docs/th/glossary.md"
THAI = re.compile("[\u0e00-\u0e7f]")
FOLDERS = {"service": (".mc", ".js", ".html", ".c", ".h", ".rc"), "shared": (".c", ".h"), "tools": (".c", ".h"),
           "installer": (".wxs", ".wxi", ".sh", ".py", ".ps1", ".c"), "docs": (".md",)}


def read(path):
    return (ROOT / path).read_text("utf-8")


def glossary():
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in read(GLOSSARY).splitlines() if line.startswith("|")]
    terms, forbidden = [], {}
    for concept, thai, never in rows[2:]:
        terms += thai.split(", ")
        forbidden.update((word, concept) for word in never.split(", ") if word)
    return terms, forbidden


TERMS, FORBIDDEN = glossary()
# Good terms that hold a forbidden word, as คอมพิวเตอร์เครื่องนี้ does.
COVERING = sorted((term for term in TERMS if any(word in term for word in FORBIDDEN)), key=len, reverse=True)


def texts():
    """Whatever has Thai in it, but the glossary itself."""
    found = [path for folder, kinds in FOLDERS.items() for path in sorted((ROOT / folder).rglob("*")) if path.suffix in kinds]
    return [path for path in [*found, ROOT / "README.md"] if path != ROOT / GLOSSARY and THAI.search(path.read_text("utf-8"))]


def misused(text):
    """The forbidden words of a text, outside of a good term."""
    for term in COVERING:
        text = text.replace(term, "·")
    return [word for word in FORBIDDEN if word in text]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_forbidden_word(path):
    lines = path.read_text("utf-8").splitlines()
    assert [(number, word, FORBIDDEN[word]) for number, line in enumerate(lines, 1) for word in misused(line)] == []


def test_the_events_and_the_page_are_among_them():
    assert {"service/events.mc", "service/http/page/words.js"} <= {path.relative_to(ROOT).as_posix() for path in texts()}


def test_that_test_finds_what_is_forbidden():
    assert misused("ข้อมูลอยู่ในเครื่องนี้") == ["เครื่องนี้"]
    assert misused("ข้อมูลอยู่ในคอมพิวเตอร์เครื่องนี้") == []
    assert misused("ส่งไปฐานข้อมูลคลาวด์") == ["ฐานข้อมูลคลาวด์"]
    for word in FORBIDDEN:
        assert word in misused(word)


# ---- what is shown is Thai ----


def left_in_english(text):
    """Four words of English in a row, names and what is typed aside."""
    text = re.sub(r'"[^"]*"|“[^”]*”|`[^`]*`|\([^()]*\)|hipctl( [a-z-]+)*|[A-Z]:\\\S+|\{\w+\}|%\d', " · ", text)
    return [found[0] for found in re.finditer(r"\b[A-Za-z’']+(?:[ ,]+[a-z’']{2,}\b){3,}", text)]


def shown():
    """The Thai of the events and of the page, by where it stands."""
    found = {}
    for block in re.split(r"(?m)^MessageId=", read("service/events.mc"))[1:]:
        found["event " + block.split("\n", 1)[0]] = re.search(r"(?ms)^Language=Thai\n(.*?)\n\.$", block)[1]
    for line in read("service/http/page/words.js").split("  th: {\n")[1].split("\n  },")[0].split("\n"):
        for key, text in re.findall(r"\b(\w+): '((?:[^'\\]|\\.)*)'", line):
            found["page " + key] = text
    return found


def test_no_english_sentence_is_shown():
    texts = shown()
    assert len(texts) > 200
    assert {place: english for place, text in texts.items() if (english := left_in_english(text))} == {}
    without = [place for place, text in texts.items() if re.search("[A-Za-z]{3}", re.sub(r"\{\w+\}", "", text)) and not THAI.search(text)]
    assert without == ["page title", "page tPush"], "a name, and a word of the protocol"


def test_that_test_finds_what_is_english():
    assert left_in_english("ดูสาเหตุ the outbox on this PC") == ["the outbox on this"]
    assert left_in_english('ใช้ hipctl rejected retry หรือ "the list of it all" (PC connection, Comm Key)') == []
