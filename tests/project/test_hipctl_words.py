"""hipctl in Thai: each text of the verbs that are looked at daily has its Thai one (tools/hipctl/words_*.c), with the same conversions in
the same order; none is left over, and none has English left in it.
"""

import pathlib
import re

from test_glossary import THAI, left_in_english

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Whose texts are all translated.
SPOKEN = ["hipctl.c", "console.c", "show_status.c", "show_summary.c", "test_db.c", "check_config.c", "verbs.c", "reload.c", "set_password.c", "setup.c", "sync_now.c",
          "forget.c", "requeue.c", "rejected.c", "device.c", "pull.c", "capture.c",
          "sniff.c", "sniff_replay.c", "report.c", "test_alarm.c", "configure.c",
          "service_query.c", "package.c", "open.c", "check_access.c"]
# What they say where something fails is translated too, where no file and no Event Log is given it.
FOR_FILES = {"configure.c", "capture.c"}
# Whose tables have words in them, each looked up where it is printed.
TABLED = ["tools/hipctl/device.c", "tools/hipctl/report.c", "tools/hipctl/configure.c", "tools/hipctl/configure_service.c", "shared/logs/check.c"]
ONE = r'"(?:[^"\\\n]|\\.)*"'
LITERAL = rf"(?:{ONE}\s*(?:PRI[ud](?:32|64)\s*)?)+"


def read(path):
    return re.sub(r"(?s)/\*.*?\*/", "", (ROOT / path).read_text("utf-8"))


def joined(literal):
    return "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', re.sub(r"PRI([ud])32", r'"\1"', re.sub(r"PRI([ud])64", r'"ll\1"', literal))))


def table():
    rows = [row for path in sorted((ROOT / "tools/hipctl").glob("words_*.c"))
            for row in re.findall(rf"\{{({ONE}),\s*({ONE})\}}", read(path.relative_to(ROOT)))]
    assert len({english for english, _ in rows}) == len(rows), "each text once"
    return {joined(english): joined(thai) for english, thai in rows}


WORDS = table()


def first_argument(text, begin):
    """From behind the bracket to the comma or bracket that ends it."""
    depth, quoted, at = 0, False, begin
    while depth >= 0 and not (depth == 0 and text[at] == "," and not quoted):
        if text[at] == "\\" and quoted:
            at += 1
        elif text[at] == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return text[begin:at]


def said(path):
    """The literals that a file's calls are given first, a choice of several too."""
    text = read(path)
    for call in re.finditer(r"\bconsole_(?:print|complain|agree|say|padded|label|secret)\(", text):
        for literal in re.findall(LITERAL, first_argument(text, call.end())):
            yield joined(literal)


def arguments(text, begin):
    """All of a call's, from behind the bracket."""
    bare = ""
    while bare.count(")") <= bare.count("("):  # the call's own bracket ends the last one
        one = first_argument(text, begin)
        bare = re.sub(ONE, '""', one)
        begin += len(one) + 1
        yield one


def calls_of(names, path):
    text = read(path)
    return [list(arguments(text, call.end())) for call in re.finditer(rf"\b(?:{names})\(", text)]


def checks():
    """What is told of a log file and of a vendor's database; who tells it asks for the words. A line for config.json has none."""
    calls = [call for path in ("shared/logs/check.c", "shared/vendor/vendor_show.c") for call in calls_of("say|in_words", path)]
    for call in calls:
        for literal in re.findall(LITERAL, call[1]) if len(call) > 1 else []:
            if not (text := joined(literal)).startswith(r'  \"columns\"'):
                yield text


def findings():
    """What is told of config.json; some is the key alone, and what the system says."""
    for call in calls_of("say|words_of", "shared/config/config_findings.c"):
        for argument in call[1:3]:
            for literal in re.findall(LITERAL, argument):
                if needs_words(re.sub(r"\w+\.\w+", "", text := joined(literal))):
                    yield text


def in_tables(path):
    """The literals of a file's tables that are more than a word."""
    for block in re.findall(r"(?s)\bstatic (?:const )?[\w *]+?(?:\w+\[\w*\]|\{[^{}]*\} \w+\[\w*\]) = \{(.*?)\n? *\};", read(path)):
        for literal in re.findall(LITERAL, block):
            if " " in (text := joined(literal)).strip():
                yield text


def missing_words(path):
    """What command_missing is told is missing; an option is written as it is typed."""
    return {text for call in calls_of("command_missing", path) for literal in re.findall(LITERAL, call[1])
            if not (text := joined(literal)).startswith("--")}


def unsaid(path):
    """Words that a print is given as an argument, and that nobody looked up."""
    return [literal for call in calls_of("console_print|console_complain", path) for argument in call[1:]
            if not re.search(r"console_(?:say|padded|label)\(", argument)
            for literal in re.findall(LITERAL, argument) if needs_words(text := joined(literal)) and not text.startswith("--")]


def failures(path):
    """The words of a failure that are given as they stand."""
    return [joined(literal) for call in calls_of("error_set|wide_error|error_prefix", path) for argument in call[1:4] if "console_say(" not in argument
            for literal in re.findall(LITERAL, argument) if needs_words(joined(literal))]


def needs_words(text):
    return re.search(r"[A-Za-z]{2}", re.sub(r"%[-*.0-9]*(?:ll|z|l|h)?[a-z]|\\n|hipctl|HIP Bridge", "", text))


def verbs():
    block = read("tools/hipctl/verbs.c").split("static const struct verb verbs[] = {")[1].split("\n};")[0]
    for _, help_, more in re.findall(rf'\{{"([a-z-]+)",\s*command_\w+,\s*(?:{ONE}\s*)+,\s*((?:{ONE}\s*)+),\s*((?:{ONE}\s*)+)\}}', block):
        yield joined(help_)
        yield joined(more)


def states():
    return re.findall(r'"([a-z ]+)"', read("tools/hipctl/service_query.c").split("states[] = {")[1].split("};")[0])


def steps():
    """The steps of test-db, each a label."""
    return {joined(call[1]) for call in calls_of("tell", "shared/cloud/cloud_examine.c") if len(call) > 3 and call[1].strip().startswith('"')} - {"TLS"}


WANTED = {text for name in SPOKEN for text in {*said(f"tools/hipctl/{name}"), *missing_words(f"tools/hipctl/{name}")} if needs_words(text)}
WANTED |= set(findings()) | {text for text in checks() if needs_words(text)} | {text for path in TABLED for text in in_tables(path)}
WANTED |= set(verbs()) | set(states()) | steps()


def test_each_text_has_its_thai_one():
    assert len(WANTED) > 200
    assert sorted(WANTED - set(WORDS)) == []


def test_no_word_is_given_as_it_stands():
    assert {name: words for name in SPOKEN if (words := unsaid(f"tools/hipctl/{name}"))} == {}


def test_no_failure_is_given_as_it_stands():
    assert {name: words for name in SPOKEN if name not in FOR_FILES and (words := failures(f"tools/hipctl/{name}"))} == {}


def test_none_is_left_over():
    """A word may be an argument: it stands somewhere in what hipctl is made of, the notes and steps that it shows too."""
    sources = [path for folder in ("tools/hipctl", "shared/outbox", "shared/cloud", "shared/terminals", "service", "shared/upload", "shared/logs", "shared/config", "shared/vendor")
               for path in sorted((ROOT / folder).glob("*.c")) if not path.name.startswith("words")]
    there = {joined(literal) for path in sources for literal in re.findall(LITERAL, read(path.relative_to(ROOT)))}
    ends = {word for text in there for word in text.split(" ")}  # "… ahead"
    assert [text for text in WORDS if text not in WANTED | there | ends] == []


def test_the_same_conversions():
    for english, thai in WORDS.items():
        form = r"%[-*.0-9]*(?:ll|z|l|h)?[a-zA-Z%]"
        assert re.findall(form, english) == re.findall(form, thai), english
        assert sorted(re.findall(r"\{\w\}", english)) == sorted(re.findall(r"\{\w\}", thai)), english
        assert english.startswith("\\n") == thai.startswith("\\n") and english.endswith("\\n") == thai.endswith("\\n"), english
        assert len(english) - len(english.rstrip(" ")) == len(thai) - len(thai.rstrip(" ")), english


def test_it_is_thai():
    for english, thai in WORDS.items():
        assert THAI.search(thai), english
        typed = re.sub(r"(?m)(ตัวอย่าง:  |DELETE FROM).*?(?=\\n|$)|\\n|HIP Premium Time", " · ", thai)
        assert left_in_english(typed) == [], english
