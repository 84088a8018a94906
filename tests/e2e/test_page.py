"""The status page in a browser: what it shows is what the database and the outbox hold, and nobody else sees it."""

import contextlib
import datetime
import json
import re
import socket
import sqlite3

import harness
import page_office as office
import pytest
from browser import Browser
from harness import ROOT, TABLE, read_answer, wait_for
from prometheus_client.parser import text_string_to_metric_families

MARKUP = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>"
# Those of the default, and that of an address that is lent for a test: who is refused is a concern for a day.
NETWORKS = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "198.51.100.0/24"]
COLUMNS = {"today": 4, "received": 5, "holds": 6}


@pytest.fixture(scope="module")
def browser():
    browser = Browser()
    yield browser
    browser.close()


def furnish(bridge):
    """A week of punches, a log file, and a day's samples; the service runs and all is well."""
    bridge.reset()
    bridge.write_config(bridge.config(listener={"devices": office.DEVICES, "allowed_networks": NETWORKS}))
    bridge.start()
    office.move_in(bridge)
    yesterday = office.wall_now() - datetime.timedelta(days=1)
    bridge.drop_log("front-office.txt", [(str(2001 + i), yesterday.strftime(f"%d/%m/%Y 08:0{i}:11 AM")) for i in range(3)])
    assert bridge.hipctl("sync-now").returncode == 0
    wait_for(lambda: any(f["archived_as"] for f in bridge.status()["files"]), 30, "the log is archived")
    bridge.stop()
    office.remember_a_day(bridge)
    bridge.start()
    for number, (sn, _, _) in enumerate(office.TERMINALS):
        office.push(bridge, sn, [(str(1001 + number * 100), str(office.wall_now()))], info=False)
    office.settled(bridge)


@pytest.fixture(scope="module")
def busy(installed):
    furnish(installed)
    yield installed
    if installed.pids():
        installed.stop()


def get(bridge, path="/hipbridge/", host=None, method="GET", address="127.0.0.1", source=None):
    """Status, headers and body of a request in our own bytes."""
    host = host or f"localhost:{bridge.port}"
    with socket.create_connection((address, bridge.port), timeout=20, source_address=source and (source, 0)) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n".encode())
        return read_answer(connection, method == "HEAD")


def one(bridge, sql, *parameters):
    with bridge.database.connect() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


# ---- what is shown ----


def test_every_figure_is_the_databases_and_the_outboxs(busy, browser, tmp_path):
    browser.open(busy)
    today = office.wall_now().strftime("%Y-%m-%d")
    before = (office.wall_now() - datetime.timedelta(days=7)).strftime("%Y-%m-%d")
    by_day = {str(day): int(count) for day, count in one(busy, f"SELECT DATE(check_time), COUNT(*) FROM {TABLE} GROUP BY 1")}

    assert browser.number("#f-today") == by_day.get(today, 0)
    yesterday, hour = office.wall_now() - datetime.timedelta(days=1), office.wall_now().hour
    so_far = one(busy, f"SELECT COUNT(*) FROM {TABLE} WHERE DATE(check_time) = %s AND HOUR(check_time) < %s", yesterday.strftime("%Y-%m-%d"), hour)[0][0]
    assert browser.text("#f-today-note") == f"{so_far} yesterday by {hour:02}:00"
    assert browser.number("#f-waiting") == 0
    assert browser.number("#f-terminals") == len(office.TERMINALS)

    # Each terminal's own counts.
    shown = {row[0].split()[-2]: row for row in browser.rows("#t-terminals")}
    for sn, name, _ in office.TERMINALS:
        total, newest = one(busy, f"SELECT COUNT(*), MAX(check_time) FROM {TABLE} WHERE device_sn = %s", sn)[0]
        its_today = one(busy, f"SELECT COUNT(*) FROM {TABLE} WHERE device_sn = %s AND DATE(check_time) = %s", sn, today)[0][0]
        row = shown[sn]
        assert name in row[0] and "127.0.0.1" in row[0]
        assert int(row[COLUMNS["received"]].replace(",", "")) == total
        assert int(row[COLUMNS["today"]].replace(",", "")) == its_today
        assert int(row[COLUMNS["holds"]].replace(",", "")) == total - 1  # it said so before its last punch
        assert row[2] == newest.strftime("%H:%M") and "8.0.4.3" in row[7]

    # The table behind each picture. Of the week's hours those with punches are listed, the newest first.
    names = dict([(name, sn) for sn, name, _ in office.TERMINALS] + [("HIP_DEVICE_1", "HIP_DEVICE_1")])
    columns = [names[heading] for heading in browser.headings("#t-hours")[2:]]
    first = (office.wall_now() - datetime.timedelta(days=6)).strftime("%Y-%m-%d")
    expected = {}
    for hour, sn, count in one(busy, f"SELECT DATE_FORMAT(check_time, '%%Y-%%m-%%d %%H'), device_sn, COUNT(*) FROM {TABLE}"
                                     f" WHERE check_time >= %s GROUP BY 1, 2", first):
        expected.setdefault(hour, {})[sn] = count
    rows = [[int(cell.replace(",", "")) for cell in row[1:]] for row in browser.rows("#t-hours")]
    assert rows == [[sum(hours.values())] + [hours.get(sn, 0) for sn in columns]
                    for _, hours in sorted(expected.items(), reverse=True)]
    for column, day in ((1, today), (2, before)):
        counts = dict(one(busy, f"SELECT HOUR(check_time), COUNT(*) FROM {TABLE} WHERE DATE(check_time) = %s GROUP BY 1", day))
        assert [int(row[column]) for row in browser.rows("#t-today")] == [counts.get(hour, 0) for hour in range(24)]

    # What the outbox holds.
    status = busy.status()
    with office.outbox_of(busy, tmp_path) as outbox:
        kept = outbox.execute("SELECT COUNT(*) FROM punch").fetchone()[0]
        delivered = outbox.execute("SELECT SUM(punches) FROM delivery WHERE slot > 0").fetchone()[0]
        kinds = dict(outbox.execute("SELECT class, SUM(punches) FROM delivery WHERE slot > 0 GROUP BY 1"))
        samples = outbox.execute("SELECT waiting FROM sample WHERE at_s >= ? ORDER BY at_s DESC", (status["now_s"] - 86400,)).fetchall()
    assert browser.number("#d-dKept") == kept == one(busy, f"SELECT COUNT(*) FROM {TABLE}")[0][0]
    assert browser.number("#f-rows") == browser.number("#d-dRows") == delivered
    assert [int(row[1].replace(",", "")) for row in browser.rows("#t-delay")] == [kinds.get(kind, 0) for kind in range(7)]
    depths = [int(row[1].replace(",", "")) for row in browser.rows("#t-depth")][1:]  # the first is now
    assert abs(len(depths) - len(samples)) <= 1 and depths[1:250] == [waiting for waiting, in samples][1:250]

    [file] = browser.rows("#t-files")
    assert file[0].startswith("front-office.txt") and file[2:6] == ["3", "0", "0", "0"] and "front-office" in file[6]
    server, version = one(busy, "SELECT @@hostname, VERSION()")[0]
    assert browser.text("#d-dHost") == f"localhost:{busy.database.port}" and browser.text("#d-dServer") == version
    assert browser.text("#d-dTls").startswith("TLSv1.") and browser.text("#d-dError") == "–"
    assert browser.text("#d-dTrip").endswith("ms")
    assert browser.complaints() == []


@pytest.mark.parametrize("width, dark, language, says", [
    (1280, False, "en-GB", "All is well"),
    (1280, True, "th-TH", "ทุกอย่างเรียบร้อยดี"),
    (390, False, "th-TH", "ทุกอย่างเรียบร้อยดี"),
    (390, True, "en-GB", "All is well"),
])
def test_it_is_readable_by_everybody(busy, browser, width, dark, language, says):
    browser.open(busy, width=width, dark=dark, language=language)
    assert browser.text("#headline-text") == says
    assert browser.script("return document.documentElement.lang") == language[:2]
    assert browser.script("return document.documentElement.scrollWidth") <= width, "it must not need scrolling sideways"
    assert browser.script("return [...document.querySelectorAll('[data-t]')].filter(e => !e.textContent || e.textContent === e.dataset.t)"
                          ".map(e => e.dataset.t)") == []
    assert browser.script("return [...document.querySelectorAll('.picture svg')].filter(s => s.getAttribute('aria-label') &&"
                          " s.querySelector('rect, path')).length") == 4
    browser.screenshot(f"well-{'narrow' if width < 700 else 'wide'}-{'dark' if dark else 'light'}-{language[:2]}")
    assert browser.violations() == []
    assert browser.complaints() == []


def test_who_was_not_let_in_stands_beside_the_terminal(busy, browser):
    """By the terminal's own codes; none of them is a punch."""
    sn = office.TERMINALS[0][0]
    now = office.wall_now()
    rows = "".join(f"time={now}\tpin={900 + i}\tcardno=0\tevent={code}\tinoutstatus=0\tverifytype=4\n" for i, code in enumerate([27, 27, 23]))
    assert busy.request(f"POST /iclock/cdata?SN={sn}&table=rtlog HTTP/1.1", rows.encode())[0] == 200
    for language, heading, code in (("en-GB", "Not let in", "code {}: {}"), ("th-TH", "ไม่อนุญาตให้เข้า", "รหัส {}: {}")):
        # What the page reads may be a second old.
        wait_for(lambda: browser.open(busy, language=language) or heading in browser.headings("#t-terminals"), 20, heading)
        column = browser.headings("#t-terminals").index(heading)
        cells = {row[0].split()[-2]: row[column] for row in browser.rows("#t-terminals")}
        assert cells[sn].split()[0] == "3" and code.format(27, 2) in cells[sn] and code.format(23, 1) in cells[sn], cells[sn]
        assert all(cell == "–" for terminal, cell in cells.items() if terminal != sn)
    assert browser.complaints() == []


def test_every_word_is_there_in_both_languages(busy, browser):
    browser.open(busy)
    assert browser.script("return ['en', 'th'].flatMap(a => ['en', 'th'].flatMap(b => Object.keys(HIP.words[a]).filter(k => !HIP.words[b][k])))") == []


def test_the_switch_is_remembered_and_times_follow_the_browser(busy, browser):
    browser.open(busy)
    browser.script("document.querySelector('button[data-lang=th]').click()")
    assert browser.text("#h-terminals") == "เครื่องสแกน"
    browser.driver.refresh()
    wait_for(lambda: browser.script("return document.getElementById('headline').dataset.code"), 20, "the page is there again")
    assert browser.text("#h-terminals") == "เครื่องสแกน"
    browser.script("document.querySelector('button[data-lang=en]').click()")
    assert browser.text("#h-terminals") == "Terminals"
    browser.open(busy, language="en-US")
    assert re.search(r"\d [AP]M$", browser.text("#fresh")), browser.text("#fresh")


def test_the_servers_certificate(busy, browser):
    database, devices = busy.database, {"devices": office.DEVICES, "allowed_networks": NETWORKS}

    def test_db_says():
        done = busy.hipctl("test-db")
        return done, re.search(r", issued by CN=(.*), (\d+) days left", done.stdout)

    def with_certificate(name, tls="verify"):
        busy.stop()
        busy.write_config(busy.config(listener=devices, database={"tls": tls}))
        database.use_certificate(name)
        busy.start()
        browser.open(busy)
        wait_for(lambda: busy.status()["uploader"]["tls_days_left"] == database.days_left(name), 30, "it is connected anew")
        browser.again()

    browser.open(busy)
    days = database.days_left()
    uploader, (done, said) = busy.status()["uploader"], test_db_says()
    assert browser.text("#d-dIssuer") == uploader["tls_issuer"] == "CN=HIP Bridge test ca" and said[1] == "HIP Bridge test ca"
    assert uploader["tls_days_left"] == int(said[2]) == days and browser.text("#d-dUntil").endswith(f", {days} days left")
    assert not browser.script("return document.getElementById('d-dUntil').classList.contains('warn')")
    shown = busy.hipctl("status").stdout
    assert re.search(r"Issued by +CN=HIP Bridge test ca\n +Certificate ends +20.*\(%d days left\)" % days, shown), shown

    try:
        with_certificate("short")
        days = database.days_left("short")
        browser.wait_headline("certificate_ends")
        assert browser.text("#headline-text") == f"The database server’s certificate ends in {days} days"
        assert "renew it" in browser.text("#headline-more") and browser.text("#d-dUntil").endswith(f", {days} days left")
        assert browser.script("return document.getElementById('d-dUntil').classList.contains('warn')")
        done, said = test_db_says()
        assert done.returncode == 0 and int(said[2]) == days and "renew its certificate" in done.stdout, done.stdout
        state_shot(browser, "certificate-ends")

        # Nobody vouches for this one, and what it says is shown as text. Its end matters to nobody.
        with_certificate("hostile", tls="encrypt")
        wait_for(lambda: browser.again() or database.HOSTILE_ISSUER in browser.text("#d-dIssuer"), 20, "the page has the issuer")
        assert database.HOSTILE_ISSUER in test_db_says()[1][1]
        assert browser.script("return document.querySelectorAll('main b').length") == 0
        assert browser.text("#headline-text") == "All is well"
    finally:
        with_certificate("server")
    browser.wait_headline("well")
    assert browser.complaints() == []


def test_it_keeps_its_place_while_it_updates(busy, browser):
    browser.open(busy)
    wait_for(lambda: browser.script("window.scrollTo(0, 400); return window.scrollY === 400"), 10, "the page is longer than the screen")
    browser.script("document.querySelectorAll('details')[0].open = true;"
                   "window.row = document.querySelector('#t-terminals tbody tr'); row.marked = 1;"
                   "window.place = row.getBoundingClientRect().top")
    sn = office.TERMINALS[0][0]
    office.push(busy, sn, [("1999", str(office.wall_now()))], info=False)
    total = one(busy, f"SELECT COUNT(*) FROM {TABLE}")[0][0]

    def counted():
        browser.again()
        return browser.number("#d-dKept") > total - 1 and browser.number("#f-waiting") == 0

    wait_for(counted, 20, "the page has the new punch")
    # Where a line above came or went, the browser scrolls with it: then what one looks at has stayed where it was.
    kept = browser.script("const now = document.querySelector('#t-terminals tbody tr');"
                          "return [document.querySelectorAll('details')[0].open, now === window.row, window.row.marked === 1,"
                          "window.scrollY === 400 || Math.abs(now.getBoundingClientRect().top - window.place) < 2,"
                          "window.scrollY, now.getBoundingClientRect().top, window.place, window.row.textContent, now.textContent]")
    assert kept[:4] == [True] * 4, kept


def test_it_can_be_printed(busy, browser):
    browser.open(busy)
    printed = browser.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"]
    assert len(printed) > 10000
    # The tables behind the pictures are on paper, and as they were on the screen afterwards.
    opened = "return [...document.querySelectorAll('details')].map(d => d.open)"
    assert not any(browser.script(opened))
    browser.script("window.dispatchEvent(new Event('beforeprint'))")
    assert all(browser.script(opened))
    browser.script("window.dispatchEvent(new Event('afterprint'))")
    assert not any(browser.script(opened))


# ---- the same facts for programs ----


def test_the_json_is_hipctls_and_documented(busy):
    status, headers, body = get(busy, "/hipbridge/status.json")
    page = json.loads(body)
    assert status == 200 and headers["content-type"] == "application/json" and page["version"] == 1

    def of_one_moment():
        """What both say, unless something happened between the one and the other."""
        page, tool = json.loads(get(busy, "/hipbridge/status.json")[2]), busy.status()
        for facts in (page, tool):
            del facts["now_s"]
            facts["samples"] = facts["samples"][-100:-1]
        return page == tool

    wait_for(of_one_moment, 20, "page and hipctl say the same")
    text = (ROOT / "docs" / "status.md").read_text()

    def fields(value):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield name
                yield from fields(inner)
        elif isinstance(value, list) and value:
            yield from fields(value[0])

    missing = [name for name in set(fields(page)) if f"`{name}`" not in text and not name.isdigit()]  # 27: a code's count
    assert missing == []


def test_the_metrics_are_prometheuss(busy):
    status, headers, body = get(busy, "/hipbridge/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(body.decode())}
    facts = busy.status()

    def value(name):
        return families[name].samples[0].value

    assert value("hipbridge_outbox_waiting_punches") == facts["outbox"]["waiting"]
    assert value("hipbridge_outbox_uploaded_punches") == facts["outbox"]["uploaded"]
    assert value("hipbridge_database_connected") == 1
    assert value("hipbridge_start_timestamp_seconds") == facts["started_s"]
    assert {s.labels["sn"]: s.value for s in families["hipbridge_terminal_punches"].samples} == \
        {d["sn"]: d["punches"] for d in facts["devices"]}
    for family in families.values():
        assert family.documentation and family.type in ("gauge", "counter", "histogram")
        assert family.name.startswith("hipbridge_")
        for sample in family.samples:
            assert family.type != "counter" or sample.name.endswith("_total")
    buckets = [s.value for s in families["hipbridge_punch_to_row_seconds"].samples if s.name.endswith("_bucket")]
    assert buckets == sorted(buckets) and buckets[-1] > 0


# ---- who may see it ----


def test_only_a_browser_on_this_pc_sees_it(busy):
    port = busy.port
    for path in ("/hipbridge/", "/hipbridge", "/hipbridge/status.json", "/hipbridge/metrics", "/hipbridge/page.js"):
        assert get(busy, path)[0] == (301 if path == "/hipbridge" else 200)
        assert get(busy, path, host=f"127.0.0.1:{port}")[0] in (200, 301)
        for forged in (f"evil.example:{port}", f"localhost.evil.example:{port}", f"192.168.1.10:{port}", f"127.0.0.1.evil.example:{port}"):
            status, headers, body = get(busy, path, host=forged)
            assert (status, body) == (404, b"") and "content-security-policy" not in headers
        for method in ("POST", "PUT", "DELETE"):
            assert get(busy, path, method=method)[0] == 405
            assert get(busy, path, method=method, host=f"evil.example:{port}")[0] == 404
    for path in ("/hipbridge/config.json", "/hipbridge/../config.json", "/hipbridge/%2e%2e/x", "/hipbridge/page/page.js", "/HIPBRIDGE/", "/hipbridgex"):
        assert get(busy, path)[0] == 404
    status, _, body = get(busy, method="HEAD")
    assert (status, body) == (200, b"")


def test_the_bare_address_leads_there_from_this_pc(busy, browser):
    """By whatever name one has typed; without a word of a browser that was refused."""
    for host in ("localhost", "127.0.0.1", "front-office-pc"):
        status, headers, body = get(busy, "/", host=f"{host}:{busy.port}")
        assert (status, headers["location"], body) == (302, f"http://localhost:{busy.port}/hipbridge/", b"")
    browser.driver.get(f"http://127.0.0.1:{busy.port}/")
    wait_for(lambda: browser.driver.current_url == f"http://localhost:{busy.port}/hipbridge/", 20, "the page is there")
    assert not any(concern["code"] == "refused_requests" for concern in busy.status()["concerns"])
    for path in ("/x", "/index.html", "//", "/hipbridgex"):
        assert get(busy, path)[0] == 404
    assert get(busy, "/", method="HEAD")[0] == 405 and get(busy, "/", method="POST")[0] in (400, 404)


def test_nothing_of_it_is_kept_framed_or_loaded_from_elsewhere(busy):
    for path in ("/hipbridge/", "/hipbridge/status.json"):
        _, headers, body = get(busy, path)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store" and "set-cookie" not in headers
        assert harness.Database.PASSWORD.encode() not in body and b"password" not in body.lower()
    assert not re.search(rb"<script>|<style|\son\w+=|https?://", get(busy)[2])


# ---- the headline in each state ----


def state_shot(browser, name):
    for dark, width, language in ((False, 1280, "en-GB"), (True, 390, "th-TH")):
        browser.look_like(width=width, dark=dark, language=language)
        browser.script("document.querySelector('button[data-lang=' + arguments[0] + ']').click()", language[:2])
        wait_for(lambda: browser.script("return innerWidth") == width, 5, "the width is taken")
        browser.screenshot(f"{name}-{'narrow-dark' if dark else 'wide-light'}-{language[:2]}")
        assert browser.violations() == []
    browser.look_like()
    browser.script("document.querySelector('button[data-lang=en]').click()")


def test_the_database_away_lines_rejected_and_the_service_gone(busy, browser):
    sn = office.TERMINALS[0][0]
    browser.open(busy)
    busy.database.stop()
    office.push(busy, sn, [("1901", str(office.wall_now() - datetime.timedelta(minutes=1))), ("1902", str(office.wall_now()))], info=False)
    browser.wait_headline("database_away", 40)
    assert browser.text("#headline-text") == "2 punches wait because the database cannot be reached"
    assert "Event 401" in browser.text("#headline-event") and "hipctl test-db" in browser.text("#headline-more")
    assert browser.number("#f-waiting") == 2
    state_shot(browser, "database-away")

    busy.database.start()
    busy.stop()
    browser.wait_headline("gone")
    assert browser.text("#headline-text") == "The service does not answer" and "services.msc" in browser.text("#headline-more")
    assert browser.number("#f-waiting") == 2, "what was last known stays to be seen"
    state_shot(browser, "service-gone")
    busy.start()
    browser.wait_headline("well", 40)
    assert browser.number("#f-waiting") == 0

    body = f"rubbish {MARKUP}\nother rubbish {MARKUP}\n".encode()
    assert busy.request(f"POST /iclock/cdata?SN={sn}&table=ATTLOG HTTP/1.1", body)[0] == 200
    browser.wait_headline("lines_rejected")
    assert browser.text("#headline-text") == "2 lines of terminals need a person"
    assert "Event 213" == browser.text("#headline-event")
    assert browser.rows("#t-rejected")[0][1] == sn and MARKUP in browser.rows("#t-rejected")[0][2]
    state_shot(browser, "lines-rejected")
    assert browser.script("return window.hacked === undefined && document.querySelectorAll('main img, main script').length === 0")
    assert [c for c in browser.complaints() if c["level"] == "SEVERE"] == []


def test_silent_not_configured_and_hostile_words(busy, browser):
    sn, name, _ = office.TERMINALS[1]
    busy.stop()
    with contextlib.closing(sqlite3.connect(busy.data / "outbox.db")) as outbox, outbox:
        now = int(datetime.datetime.now().timestamp())
        outbox.execute("DELETE FROM rejected")
        # The service has run all day, and this one was not heard for two hours.
        outbox.execute("UPDATE note SET text = ? WHERE name = 'terminals.watched'", (f"{now - 86400} {now} 0",))
        outbox.execute("UPDATE device SET last_seen_s = ? - CASE sn WHEN ? THEN 7200 ELSE 0 END", (now, sn))
        outbox.execute("UPDATE device SET info = ?, push_version = ? WHERE sn = ?", (f"{MARKUP},1,2,3,4", "<b>2.4</b>", office.TERMINALS[2][0]))
        outbox.execute("UPDATE file SET name = ?, archived_as = ?", (MARKUP, MARKUP))
    busy.forget_events()
    busy.start()
    browser.open(busy)
    browser.wait_headline("terminal_silent")
    assert browser.text("#headline-text").startswith("Warehouse has been silent since")
    assert "power and network" in browser.text("#headline-more")
    assert "Event 221" == browser.text("#headline-event")
    assert browser.number("#f-terminals") == len(office.TERMINALS) - 1
    told = busy.wait_event(221)
    assert told.level == "warning" and told.strings[0] == "1" and told.strings[1].startswith(f"{name} ({sn}) ")
    metrics = text_string_to_metric_families(get(busy, "/hipbridge/metrics")[2].decode())
    assert [sample.labels["sn"] for family in metrics if family.name == "hipbridge_terminal_silent"
            for sample in family.samples if sample.value] == [sn]
    shown = busy.hipctl("status").stdout.splitlines()
    assert [line.split()[0] for line in shown if line.endswith("; silent")] == [sn]
    state_shot(browser, "terminal-silent")

    # What was told outlives a restart: neither is it told again, nor its end forgotten.
    office.push(busy, sn, [("1101", str(office.wall_now()))], info=False)
    busy.stop()
    devices = [dict(office.DEVICES[0], name=MARKUP), {"sn": "NEVERSEEN1", "name": "Back door"}]
    busy.write_config(busy.config(listener={"devices": devices}, database={"host": ""}))
    busy.start()
    office.push(busy, office.TERMINALS[0][0], [("1003", str(office.wall_now()))], info=False)
    browser.open(busy)
    browser.wait_headline("not_configured")
    wait_for(lambda: browser.again() or browser.number("#f-waiting") == 1, 20, "the punch is counted")
    assert browser.text("#headline-text") == "No database is named yet: 1 punch is kept on this PC"
    assert "Event 405" == browser.text("#headline-event")
    assert "Back door has never been heard" in browser.text("#concerns")
    assert sn in busy.wait_event(222).text and len(busy.events(221)) == 1
    shown = browser.text("main")
    assert MARKUP in shown and "<b>2.4</b>" in shown
    assert browser.script("return window.hacked === undefined && document.querySelectorAll('main img, main script, main b').length === 0")
    state_shot(browser, "not-configured")
    assert browser.complaints() == []


def test_an_events_number_leads_to_its_remedy(busy, browser):
    browser.open(busy)
    browser.driver.get(f"http://localhost:{busy.port}/hipbridge/events.html#302")
    wait_for(lambda: browser.text("#events .meant td"), 20, "the event is there")
    assert browser.text("#events .meant td") == "302" and "sync.log_directory" in browser.text("#events .meant")
    assert browser.complaints() == [] and browser.violations() == []
    browser.look_like(language="th-TH")
    browser.driver.refresh()
    wait_for(lambda: browser.text("#events .meant td"), 20, "the event is there")
    assert browser.text("h1") == "เหตุการณ์" and "โฟลเดอร์ log" in browser.text("#events .meant")
    assert browser.complaints() == [] and browser.violations() == []


# The last one here: an address that is refused is a concern for a day, and the headlines before know none.
def test_another_address_is_told_of_no_page(busy):
    with harness.other_address() as address:
        if address is None:
            pytest.skip("this machine has no address but loopback, and this user may not lend it one")
        for host in (f"localhost:{busy.port}", f"{address}:{busy.port}"):
            for path in ("/hipbridge/", "/hipbridge/status.json"):
                assert get(busy, path, host=host, address=address)[0] == 404
        # Its own address, of this PC or of another: the one leads to the page, the other has nothing there.
        assert get(busy, "/", host=f"{address}:{busy.port}", address=address)[0] == 302
        assert get(busy, "/", source=address)[0] in (403, 404)
        # It is the address that is told so: a terminal there has its answer, or is refused by its address.
        assert get(busy, "/iclock/ping?SN=T1", host=f"{address}:{busy.port}", address=address)[0] in (200, 403)
