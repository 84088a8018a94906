"""Reasons in Thai: each format of which a reason is made (error_set and its like, what sets a line aside, a cure) has its Thai one in
shared/words/reason_*.c, with the same arguments; none is left over, and none has English left in it.
"""

import pathlib
import re

from test_glossary import THAI, left_in_english
from test_hipctl_words import LITERAL, ONE, arguments, joined

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONVERSION = r"%[-+ #0-9.*]*(?:ll|z|l|h|j|t)?[a-zA-Z]"
# Calls by the argument that is the format, and how what they make is told: "{}" is the format.
CALLS = {
    "error_set": (3, "{}"),
    "error_prefix": (1, "{}%s"),
    "wide_error": (2, "{}: %s (%lu)"),
    "config_complain": (2, "%s {}"),
    "config_wrong": (2, "{}"),
    "invalid": (2, "{}"),
    "cloud_fail": (1, "{}: %s (%u)"),
    "cloud_fail_statement": (2, "{}: %s (%u)"),
    "give_aside": (3, "{}"),
    "fail": (2, "{} for port %d"),
    "stop": (2, "{}"),
    "warn": (1, "{}"),
}
# Those whose functions have a name of that kind and mean another thing.
ONLY_IN = {"invalid": "shared/config/config_syntax.c", "fail": "service/http/httpsys.c", "stop": "shared/vendor/vendor.c",
           "warn": "shared/cloud/cloud_look.c"}
# Of the tests' system alone, never a person's.
NOT_SHOWN = re.compile(r"_host\.c$|/keyhash|shared/base/error\.c")
# Constants and tables of reasons, by file: the literals that have a blank and begin so.
TABLES = ["shared/formats/logcode.c", "shared/formats/logtime.c", "shared/formats/logline_moment.c", "shared/formats/logtable.c", "shared/formats/row.c",
          "shared/fk/fkbody.c", "shared/fk/fkrecord.c", "shared/fk/fkweb.c", "shared/iclock/iclock.c", "shared/iclock/envelope.c", "shared/terminals/gate.c",
          "shared/terminals/harvest.c", "shared/vendor/vendor_file.c", "shared/access/jetpunch.c", "shared/pull/records.c", "shared/net/port_refused.c",
          "shared/system/whereabouts.c", "shared/cloud/cloud_login.c", "shared/fk/fksession.c", "shared/fk/fksession_judge.c", "shared/pull/pull.c",
          "shared/pull/pull_course.c", "shared/terminals/clockwatch.c", "shared/status/concern.c", "shared/net/call.c", "shared/net/dial_win.c"]
# Made of what the others have: no words of their own.
JOINTS = {"%s", "%s: %s", "%s. %s", "%s: %s (%u)", "%s: %s (%lu)", "%s: %s (%d)", "%s: %s (%u)%s%s", "cannot %s %s: %s"}
# With words in the place of a "%s": the catalogue has each.
SPELLED_OUT = {
    "%s for port %d: %s (%lu)": ["cannot initialise http.sys for port %d"],
    "cannot %s: %s (%lu)": ["cannot send the request"],
    "cannot %s %s: %s (%lu)": ["cannot open %s: %s (%lu)", "cannot write %s: %s (%lu)"],
    "cannot %s Windows Firewall: %s (%lu)": ["cannot reach Windows Firewall"],
    "%s, line %zu: %s%s%s.": ["%s, line %zu: %s."],
    "the server answered %lu%s%s": ["the server answered %lu", "the server answered %lu: %s"],
    "the service %s of the old bridge %s (%s %s). Two that do the same are one too many: stop it and set it to \\\"disabled\\\" in services.msc; "
    "docs\\\\moving-in.html has the rest": [],
    "count its records": ["it refuses to count its records: %s (error %lu)"],
    "give its records": ["it refuses to give its records: %s (error %lu)"],
    "%s is %s; that %s": ["is %s; that %s"],
    "is %s; that %s": ["%s is %s; that %s"],
}


def read(path):
    return re.sub(r"(?s)/\*.*?\*/", "", (ROOT / path).read_text("utf-8"))


def sources():
    return [path.relative_to(ROOT).as_posix() for folder in ("shared", "service") for path in sorted((ROOT / folder).rglob("*.c"))
            if not NOT_SHOWN.search(path.relative_to(ROOT).as_posix()) and "shared/words" not in path.as_posix()]


OUTBOX = "shared/words/reason_outbox.c"  # pieces of a sentence


def catalogue(of="reason_*.c"):
    rows = [row for path in sorted((ROOT / "shared/words").glob(of)) if (path == ROOT / OUTBOX) == (of == "reason_outbox.c")
            for row in re.findall(rf"\{{((?:{ONE}\s*)+),\s*((?:{ONE}\s*)+)\}}", read(path.relative_to(ROOT)))]
    texts = [(joined(english), joined(thai)) for english, thai in rows]
    assert len(dict(texts)) == len(texts), "each once"
    return dict(texts)


CATALOGUE = catalogue()
PIECES = catalogue("reason_outbox.c")


def plain(text):
    """The kind of a conversion alone counts: PRIu64 is %lu here."""
    return re.sub(CONVERSION, lambda found: "%s" if found[0][-1] in "sc" else "%d", text)


KNOWN = {plain(text) for text in CATALOGUE}


def made(path):
    """The reasons that a file makes, as the catalogue should have them."""
    text = read(path)
    for call in re.finditer(rf"\b({'|'.join(CALLS)})\(", text):
        place, form = CALLS[call[1]]
        if path != ONLY_IN.get(call[1], path):
            continue
        given = list(arguments(text, call.end()))
        if len(given) > place:
            for literal in re.findall(LITERAL, re.sub(r"PRI([ud])32", r"PRI\g<1>64", given[place])):
                yield form.format("\0").replace("\0", joined(literal))
    if path in TABLES:
        for literal in re.findall(LITERAL, re.sub(r"PRI([ud])32", r"PRI\g<1>64", text)):
            if re.match(r"[a-z]\S* \S+ \S", one := joined(literal)) and not re.search(r"^ ?\S+ FROM |\\n", one):
                yield one


def cures():
    text = read("shared/cloud/cloud_error.c")
    table = text.split("classes[] = {")[1].split("\n};")[0]
    return {joined(cure) for cure in re.findall(rf'\{{\d+, ERR_\w+, "\w+", ({ONE})\}}', table)} | {
        joined(re.search(rf"\bgrant\[\] = ({LITERAL})", text)[1]), joined(re.search(rf"without_tls\[\] =\s*({LITERAL})", text)[1])}


def advice():
    return {joined(literal).removeprefix(". ") for literal in re.findall(LITERAL, read("shared/cloud/cloud_tls.c")) if joined(literal).startswith(". ")}


def has(text):
    """In the catalogue, or put together of what is there."""
    text = re.sub(r"\{ \\.* \}", "{ %s }", text)  # an example
    pieces = re.fullmatch(r"(.*)(?<!%s): %s \(%\w+\)|%s:? (.*[^.])", text)
    return plain(text) in KNOWN or text in JOINTS or bool(pieces and plain(pieces[1] or pieces[2]) in KNOWN)


WANTED = {one: path for path in sources() for one in made(path)} | dict.fromkeys(cures() | advice(), "shared/cloud")


def reloads():
    """What the service answers `hipctl reload` when it has done it."""
    return {joined(literal) for literal in re.findall(LITERAL, read("service/bridge_config.c")) if joined(literal).startswith("The ")}


def test_what_a_reload_answers():
    assert len(reloads()) == 2 and reloads() - CATALOGUE.keys() == set()


def test_each_has_its_thai_one():
    assert len(WANTED) > 350
    missing = {text: path for text, path in WANTED.items() if not has(text.replace("'%'", "'%%'")) and text not in SPELLED_OUT}
    assert missing == {}
    assert [text for forms in SPELLED_OUT.values() for text in forms if not has(text)] == []


def test_none_is_left_over():
    """Each literal piece of it stands in the sources."""
    everything = "\n".join(joined(literal) for path in sources() for literal in re.findall(LITERAL, re.sub(r"PRI[a-z]+\d+", '"ld"', read(path))))
    words = set(re.findall(r"[A-Za-z]{3,}", everything))
    unknown = {text: lost for text in CATALOGUE if (lost := set(re.findall(r"[A-Za-z]{3,}", re.sub(CONVERSION, " ", text))) - words) and not of_another(text)}
    assert unknown == {}


def of_another(text):
    """Windows' and SQLite's own words, which are looked up as they are."""
    return re.match(r"[A-Z]|database |disk |attempt |unable ", text)


def test_the_same_arguments():
    for english, thai in CATALOGUE.items():
        count = len(re.findall(CONVERSION, english.replace("%%", "")))
        assert sorted(re.findall(r"%[qw]?(\d)", thai.replace("%%", ""))) == [str(number + 1) for number in range(count)], english
        assert re.findall(r"%(?![qw]?\d)", thai.replace("%%", "")) == [], english
        assert english.count("%%") == thai.count("%%"), english


def test_it_is_thai():
    for english, thai in CATALOGUE.items():
        assert THAI.search(thai) or plain(english) == plain(re.sub(r"%[qw]?\d", "%s", thai)) or not re.search("[a-z]", re.sub(r"\S+\.\S+|%s", "", english)), english
        assert left_in_english(re.sub(r"(ALTER TABLE|GRANT).*|hipctl [a-z -]+|HIP Premium Time", " · ", thai)) == [], english


def test_a_single_word_is_no_reason():
    """A terminal or a table may have it as its name."""
    assert [text for text in CATALOGUE if " " not in text] == []


def steps(text):
    """What the outbox says of itself: the step that failed, named in front of `err` or as `what`, and what outbox_corrupt is told."""
    return set(re.findall(r'"([a-z][a-z \',-]+)",\s*(?:\w+->)?err\b', text)) | set(re.findall(r'\bwhat\w*\[\] =\s*"([^"]*)"', text))


def test_each_piece_has_its_thai_one():
    said = set().union(*(steps(read(path.relative_to(ROOT))) for path in sorted((ROOT / "shared/outbox").glob("*.c"))))
    assert len(said) > 80 and {"store a punch", "begin a transaction", "it has no cursor"} <= said
    assert said - PIECES.keys() == set() and PIECES.keys() - said == set()
    assert all(THAI.search(thai) and not re.search("[A-Za-z]{4,}", thai) for thai in PIECES.values())
    assert steps('    if (!run(outbox, "eat a punch",\n          err) || !f(sums->err, "x"))') == {"eat a punch"}


def test_that_test_finds_what_is_missing():
    assert not has("cannot open %s") and has("cannot open %s: %s (%lu)") and not has("cannot eat %s: %s (%lu)")
    assert has("cannot start the listener: %s (%lu)") and has("told to stop") and not has("told to go")
