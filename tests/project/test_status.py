"""What is wrong: the kinds of shared/status/concern.c, the page's words for them in each language, and docs/status.md say the
same; so do the metrics and the fields.
"""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
BY_THE_PAGE_ITSELF = {"well", "moving", "gone", "unreadable"}


def read(path):
    return (ROOT / path).read_text("utf-8")


KINDS = re.findall(r'\{"(\w+)", CONCERN_(?:BAD|WARN),', read("shared/status/concern.c"))
STATUS = read("docs/status.md")


def languages():
    """The keys of each language's words."""
    found = {}
    for part in re.split(r"(?m)^  (?=\w\w: \{$)", read("service/http/page/words.js"))[1:]:
        found[part[:2]] = dict(re.findall(r"\b(\w+): (\[?'.*?'\]?)(?=,? *\n|, \w+: |, ')", part.split("\n  },")[0] + "\n"))
    return found


def test_each_kind_has_its_words():
    words = languages()
    assert set(words) == {"en", "th"} and len(KINDS) > 20
    for language, known in words.items():
        for kind in KINDS:
            assert f"c_{kind}" in known and f"r_{kind}" in known, f"{kind} in {language}"
        extra = {key[2:].removesuffix("_0") for key in known if key.startswith("c_") and not key.endswith(("_more", "_last"))}
        assert extra - set(KINDS) - BY_THE_PAGE_ITSELF == set(), "words of a kind that is none"


def test_the_languages_have_the_same_words():
    words = languages()
    plural = re.compile(r"^(c_\w+_0)$")
    first, second = ({key for key in known if not plural.match(key)} for known in words.values())
    assert first == second


def test_the_document_lists_each_kind():
    listed = set(re.findall(r"`(\w+)`", "".join(re.findall(r"(?m)^\| (`\w+`(?:, `\w+`)*) \| (?!text|number|object|list|true)", STATUS))))
    assert set(KINDS) - listed == set()


def test_the_document_lists_each_metric():
    source = set(re.findall(r'"(hipbridge_\w+)"', read("shared/status/metrics.c"))) | {"hipbridge_build_info"}
    rows = re.findall(r"(?m)^\| (`(?:hipbridge|…)_.*?) \| (?:gauge|counter|histogram)", STATUS)
    listed = set()
    for row in rows:
        names = re.findall(r"`([^`{]+)(?:\{[^`]*\})?`", row)
        stem = names[0].rsplit("_", 2)[0]
        listed |= {names[0]} | {name for name in names[1:] if name.startswith("hipbridge")}
        listed |= {stem + name.removeprefix("…") for name in names[1:] if name.startswith("…")}
    assert source == listed
