"""What a Thai reader is shown, of every concern and every event (tests/pictures/concerns.c makes them with the product's own code): the
page in a browser, hipctl's sentences, the events' texts with their strings in. No English is left in it but names, what is typed, and
what another program says, which stands in quotation marks.
"""

import functools
import http.server
import itertools
import json
import pathlib
import re
import shutil
import subprocess
import threading

import pytest
from browser import Browser
from harness import ROOT, wait_for

THAI = re.compile("[\u0e00-\u0e7f]")
# English words that Thai technicians say, and names that stand without quotation marks: docs/th/glossary.md has the terms.
ALLOWED = set("""hip bridge premium time windows thai log outbox sms sn ip usb tls dns http sql pc access database host config json hipctl fkweb
    push comm key communication memory server address port device type time attendance administrators crash dump true false metrics resend
    user password reject connection start""".split())
PAGE = ROOT / "service" / "http" / "page"


def english(text):
    """The English words of a text: small letters alone, outside of quotation marks and brackets, and not part of a name or of what is typed."""
    text = re.sub(r'"[^"]*"|“[^”]*”|`[^`]*`|\([^()]*\)', " · ", text)
    text = re.sub(r"(ALTER TABLE|GRANT) .*", " · ", text)
    text = re.sub(r"hipctl( [a-z-]+)*|net (start|stop) \w+", " · ", text)
    text = re.sub(r"\S*[\\/_.:@=`*<>{}\d]\S*", " · ", text)
    return [word for word in re.findall(r"(?<![\w-])[A-Za-z][a-z’']+(?![\w-])", text) if word.lower() not in ALLOWED]


@pytest.fixture(scope="module")
def made(terminal, tmp_path_factory):
    folder = tmp_path_factory.mktemp("concerns")
    subprocess.run([pathlib.Path(terminal).with_name("concerns"), folder], check=True, timeout=120)
    return folder


def groups(made):
    return sorted(path.stem for path in made.glob("*.json"))


def test_every_concern_is_there(made):
    found = {concern["code"] for group in groups(made) for concern in json.loads((made / f"{group}.json").read_text())["concerns"]}
    assert found == set((made / "kinds.txt").read_text().split())


def test_each_concern_in_a_sentence(made):
    lines = [line.split("\t", 1) for group in groups(made) for line in (made / f"{group}.th.txt").read_text("utf-8").splitlines()]
    assert len(lines) > 60 and all(THAI.search(words) for _, words in lines)
    assert {code: (left, words) for code, words in lines if (left := english(words))} == {}


def events():
    found = {}
    for block in re.split(r"(?m)^MessageId=", (ROOT / "service/events.mc").read_text("utf-8"))[1:]:
        number, rest = block.split("\n", 1)
        if int(number) >= 100:
            found[int(number)] = re.search(r"(?ms)^Language=Thai\n(.*?)\n\.$", rest)[1]
    return found


def test_each_event_with_its_strings(made):
    texts, told = events(), {}
    for line in (made / "told.txt").read_text("utf-8").splitlines():
        number, *strings = line.split("\t")
        told[int(number)] = re.sub(r"%(\d)", lambda place: (strings + [""] * 8)[int(place[1]) - 1], texts[int(number)])
    assert told.keys() == texts.keys()
    assert {number: (left, text) for number, text in told.items() if (left := english(text))} == {}


# ---- hipctl ----


def test_hipctl_status(made, bridge):
    """The service is stopped, which is a concern of its own."""
    left, seen = {}, set()
    for group in groups(made):
        shutil.copy(made / group / "outbox.db", bridge.data / "outbox.db")
        bridge.write_config((made / group / "config.json").read_text("utf-8"))
        done = bridge.hipctl("--language", "th", "status")
        assert done.returncode == 4 and THAI.search(done.stdout), done
        seen |= set(re.findall(r"(?:เหตุการณ์|event) (\d{3})", done.stdout))
        if found := [line for line in done.stdout.splitlines() if english(line)]:
            left[group] = found
        assert "บริการไม่ได้ทำงานอยู่" in done.stdout
    concerns = [concern for group in groups(made) for concern in json.loads((made / f"{group}.json").read_text("utf-8"))["concerns"]]
    assert seen >= {str(concern["event"]) for concern in concerns if concern["event"]}
    assert left == {}, json.dumps(left, ensure_ascii=False, indent=1)


# ---- the page ----

# Its visible texts, each with the name of what holds it.
WALK = """
const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
  const of = node.parentElement, text = node.textContent.trim();
  if (text && of.checkVisibility() && !of.closest('button[lang=en], noscript, script')) found.push([of.id || of.className || of.tagName, text]);
}
document.querySelectorAll('[aria-label], [title], [alt], td[data-label]').forEach(one => ['aria-label', 'title', 'alt', 'data-label'].forEach(name => {
  if (one.getAttribute(name) && (name !== 'data-label' || one.tagName === 'TD')) found.push([name, one.getAttribute(name)]);
}));
found.push(['title', document.title]);
return found;
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class At:
    """What Browser.open wants of a bridge."""

    def __init__(self, port):
        self.port = port


@pytest.fixture(scope="module")
def page(made):
    site = made / "site" / "hipbridge"
    shutil.copytree(PAGE, site)
    shutil.copy(ROOT / "docs/events.md", site / "events.md")
    shutil.copy(ROOT / "docs/th/events.md", site / "events.th.md")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=site.parent))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browser, version = Browser(), itertools.count(1)
    (site / "status.json").write_text((made / "told.json").read_text("utf-8"), "utf-8")
    browser.open(At(server.server_address[1]), language="th-TH")

    def walk(status):
        """The same page, when it has looked again: it says the version that this status alone has."""
        mark = f"0.0.{next(version)}"
        (site / "status.json").write_text(json.dumps(status | {"program_version": mark}), "utf-8")
        browser.again()
        wait_for(lambda: f"{mark} " in browser.text("#running"), 20, "the page shows it")
        browser.script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        return browser.script(WALK)

    walk.browser, walk.address = browser, f"http://localhost:{server.server_address[1]}/hipbridge/"
    yield walk
    browser.close()
    server.shutdown()


def shown_in_english(texts):
    return [(place, text) for place, text in texts if english(text)]


def statuses(made):
    """Each group as it is, and each of its concerns as the headline."""
    for group in groups(made):
        status = json.loads((made / f"{group}.json").read_text("utf-8"))
        yield group, status
        for concern in status["concerns"][1:]:
            yield concern["code"], status | {"concerns": [concern]}


def test_the_page(made, page):
    left, codes = {}, set()
    for name, status in statuses(made):
        texts = page(status)
        codes.add(status["concerns"][0]["code"])
        assert len(texts) > 60 and any(THAI.search(text) for _, text in texts)
        if found := shown_in_english(texts):
            left[name] = found
    assert codes == set((made / "kinds.txt").read_text().split())
    assert left == {}, json.dumps(left, ensure_ascii=False, indent=1)


def test_an_english_sentence_would_be_found(made, page):
    """A concern whose reason has no Thai words, and one of a kind that the page does not know."""
    status = json.loads((made / "told.json").read_text("utf-8"))
    concern = status["concerns"][0]
    concern["reason"], concern["reason_th"] = "the moon is made of cheese", None
    assert ("headline-reason", "the moon is made of cheese") in shown_in_english(page(status))
    assert english("อ่านไม่ได้ 2:03:00 ahead") == ["ahead"] and english("ใช้ hipctl rejected retry หรือ \"the list of it all\" (PC connection)") == []
    assert english("ดูสาเหตุ the outbox on this PC") == ["the", "on", "this"]


# ---- how it stands there ----

# Pieces of pictures' text that lie over one another.
OVERLAPS = """
return [...document.querySelectorAll('svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('text')].map(one => [one.textContent, one.getBoundingClientRect()]);
  return boxes.flatMap(([name, a], i) => boxes.slice(i + 1).filter(([, b]) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom - 4 && b.top < a.bottom - 4).map(([other]) => name + ' / ' + other));
});
"""
# Cells of the events' table: their number, and lines high and letters wide.
CELLS = """
return [...document.querySelectorAll('#events tbody tr')].flatMap(row => [...row.cells].map((cell, i) => {
  const style = getComputedStyle(cell.firstChild), box = cell.firstChild.getBoundingClientRect();
  return [row.id, i, box.height / parseFloat(style.lineHeight), box.width / parseFloat(style.fontSize)];
}));
"""


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_stands_over_another_or_letter_by_letter(made, page, width):
    page(json.loads((made / "behind.json").read_text("utf-8")))
    browser = page.browser
    browser.look_like(width, language="th-TH")
    wait_for(lambda: browser.script("return innerWidth") == width, 10, "the width")
    browser.again()
    wait_for(lambda: browser.script(OVERLAPS) == [], 10, lambda: browser.script(OVERLAPS))
    assert browser.script("return document.documentElement.scrollWidth") <= width
    browser.driver.get(page.address + "events.html#405")
    wait_for(lambda: browser.script("return document.querySelectorAll('#events tbody tr').length") > 60, 20, "the events")
    cells = browser.script(CELLS)
    assert {place: high for place, i, high, _ in cells if i == 0 and high > 1.5} == {}
    assert {(place, i): wide for place, i, high, wide in cells if i >= 2 and high > 2.5 and wide < 14} == {}
    assert browser.script("return document.documentElement.scrollWidth") <= width
    browser.look_like(language="th-TH")
    browser.driver.get(page.address)
