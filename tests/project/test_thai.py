"""The Thai documents (docs/th) against the English ones: the same headings in the same order, and under each heading of a Thai page
the digest of the English section that it renders. An English section that is changed makes its Thai page fail here until somebody has
looked at both; then

    python3 tests/project/test_thai.py docs/th/operations.md ["Backup" ...]

writes the digests anew: of all sections, or of those whose English headings are named.
"""

import hashlib
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
THAI = ROOT / "docs" / "th"
OWN = {"glossary.md"}  # no English one
STAMP = re.compile(r"^<!-- en ([0-9a-f]{10}) -->$")


def english_of(page):
    return ROOT / "README.md" if page.name == "README.md" else ROOT / "docs" / page.name


def sections(text):
    """(level, heading, body) of each; what stands in fences is no heading."""
    found, fenced = [], False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else re.match(r"(#+) (.*)", line)
        if heading:
            found.append((len(heading[1]), heading[2], []))
        elif found:
            found[-1][2].append(line.rstrip())
    return [(level, heading, "\n".join(body).strip("\n")) for level, heading, body in found]


def digest(section):
    return hashlib.sha256(f"{section[1]}\n{section[2]}".encode()).hexdigest()[:10]


def stamp_of(section):
    found = STAMP.match(section[2].split("\n", 1)[0])
    return found[1] if found else None


def lagging(english, thai):
    """The English headings whose Thai sections are of another text."""
    return [one[1] for one, other in zip(sections(english), sections(thai)) if stamp_of(other) != digest(one)]


def pages():
    return sorted(path for path in THAI.glob("*.md") if path.name not in OWN)


def read(path):
    return path.read_text("utf-8")


def changed_by(path):
    """The commit that last changed it, for the message; "" where there is no git."""
    done = subprocess.run(["git", "log", "-1", "--format=%h %s", "--", str(path)], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_the_same_headings():
    assert pages()
    for page in pages():
        english, thai = sections(read(english_of(page))), sections(read(page))
        assert [level for level, _, _ in english] == [level for level, _, _ in thai], page.name


def test_no_thai_page_lags():
    behind = {page.name: lagging(read(english_of(page)), read(page)) for page in pages()}
    assert {f"{name}, behind {changed_by(english_of(THAI / name))}": which for name, which in behind.items() if which} == {}


def test_that_test_fails_when_the_english_page_changes():
    english = "# A\none\n```\n# no heading\n```\n## B\ntwo\n"
    thai = "# ก\n<!-- en {} -->\nหนึ่ง\n## ข\n<!-- en {} -->\nสอง\n".format(*(digest(one) for one in sections(english)))
    assert lagging(english, thai) == []
    assert lagging(english.replace("two", "three"), thai) == ["B"]
    assert lagging(english.replace("## B", "## C"), thai) == ["C"]
    assert lagging(english.replace("# no", "# still no"), thai) == ["A"]
    assert lagging(english, thai.replace("<!-- en", "<!-- of")) == ["A", "B"]


def test_links_stay_in_thai_where_there_is_a_thai_page():
    there = {page.name for page in pages()}
    for page in pages():
        wrong = [link for link in re.findall(r"(?<!\[English)\]\(\.\./([\w-]+\.md)", read(page)) if link in there]
        assert wrong == [], f"{page.name} leads to English pages of which there is a Thai one"


def code(section):
    """What is typed or shown as it is, without the words that the reader chooses; fences aside."""
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", section[2])
    return {re.sub(r'--reason "[^"]*"', "--reason", span) for span in re.findall(r"`([^`\n]+)`", text)}


def lost(english, thai):
    """(heading, code) of the English page that the Thai section has not: a key, a value, a command."""
    return {(one[1], span) for one, other in zip(sections(english), sections(thai)) for span in code(one) - code(other)}


def keys_of(text):
    """The first two cells of each row that begins with code: a key and its default, where that is code too."""
    rows = [[cell.strip() for cell in line.removeprefix("| ").split(" | ")] for line in text.splitlines() if line.startswith("| `")]
    return [(row[0], row[1] if row[1].startswith("`") and " " not in row[1].strip("`") else "") for row in rows]


def test_no_code_is_lost():
    assert {page.name: missing for page in pages() if (missing := lost(read(english_of(page)), read(page)))} == {}


def test_the_keys_stand_in_the_same_order():
    thai, english = read(THAI / "configuration.md"), read(ROOT / "docs" / "configuration.md")
    assert len(keys_of(english)) > 60 and keys_of(thai) == keys_of(english)


def test_the_ranges_are_the_same():
    """`1 to 65535` of a key's row, in both."""
    def ranges(text, between):
        return [re.findall(rf"(-?\d+) {between} (-?\d+)", line) for line in text.splitlines() if line.startswith("| `")]

    found = ranges(read(ROOT / "docs" / "configuration.md"), "to")
    assert sum(map(len, found)) >= 15 and ranges(read(THAI / "configuration.md"), "ถึง") == found


def test_those_tests_find_it():
    assert lost("# A\n`x` and `y`\n", "# ก\n`y`\n") == {("A", "x")}
    assert lost('# A\n`settle 1 --reason "a card"`\n', '# ก\n`settle 1 --reason "บัตร"`\n') == set()
    assert keys_of("| `a` | `1` | x |\n| `b` | none | y |\n| c | d |") == [("`a`", "`1`"), ("`b`", "")]


def write_stamps(page, headings=()):
    page = pathlib.Path(page).resolve()
    fresh = iter(sections(read(english_of(page))))
    lines, fenced, out = read(page).split("\n"), False, []
    for number, line in enumerate(lines):
        if STAMP.match(line):
            continue
        out.append(line)
        fenced ^= line.startswith("```")
        if not fenced and re.match(r"#+ ", line):
            one = next(fresh)
            old = lines[number + 1] if number + 1 < len(lines) and STAMP.match(lines[number + 1]) else None
            keep = headings and one[1] not in headings and old
            out.append(old if keep else f"<!-- en {digest(one)} -->")
    page.write_text("\n".join(out), "utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    write_stamps(sys.argv[1], sys.argv[2:])
