"""The documents' screenshots of the status page, made anew: its own files, served with what the product's own code says in each
state (states.c), in Chromium. `./dev pictures` runs it; build/screenshots then has every state at three widths, light and dark, in
English and Thai; docs/images those that the documents show. With names of states, only those.
"""

import functools
import http.server
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import browser  # noqa: E402

STATES = {"first-start": "not_configured", "well": "well", "log-folder": "log_folder", "database-away": "database_away",
          "three-hundred": "terminal_silent", "storm": "refused_requests", "all-sources": "access_rows"}
LOOKS = [(width, dark, language) for width in (400, 1280, 1920) for dark, language in ((False, "en-GB"), (True, "th-TH"))]
SHOWN = {"page-first-start": ("first-start", 1280, False, "en-GB"), "page-well": ("well", 1280, False, "en-GB"),
         "page-database-away": ("database-away", 1280, True, "en-GB"), "page-log-folder": ("log-folder", 1280, False, "en-GB"),
         "page-well-th": ("well", 1280, False, "th-TH")}


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class At:
    """What Browser.open wants of a bridge."""

    def __init__(self, port):
        self.port = port


def main(program, only=()):
    with tempfile.TemporaryDirectory() as folder:
        site = pathlib.Path(folder) / "hipbridge"
        shutil.copytree(ROOT / "service" / "http" / "page", site)
        shutil.copy(ROOT / "docs" / "events.md", site / "events.md")
        shutil.copy(ROOT / "docs" / "th" / "events.md", site / "events.th.md")
        subprocess.run([program, folder], check=True)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chromium = browser.Browser()
        shots = {}
        try:
            chromium.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Bangkok"})
            for state, code in ((state, code) for state, code in STATES.items() if not only or state in only):
                shutil.copy(f"{folder}/{state}.json", site / "status.json")
                for width, dark, language in LOOKS + [(1280, True, "en-GB"), (1280, False, "th-TH")]:
                    chromium.open(At(server.server_address[1]), width=width, dark=dark, language=language)
                    chromium.wait_headline(code)
                    name = f"{state}-{width}-{'dark' if dark else 'light'}-{language[:2]}"
                    shots[state, width, dark, language] = chromium.screenshot(name)
                    wide = chromium.script("return document.documentElement.scrollWidth > innerWidth")
                    # Rules for everybody's eyes: of each layout and each colouring, once; it takes longer than the rest.
                    rules = chromium.violations() if width < 1920 and (width, dark, language) in LOOKS else []
                    wrong = rules + [c["message"] for c in chromium.complaints()] + (["wider than the window"] if wide else [])
                    assert wrong == [], f"{name}: {wrong}"
            (ROOT / "docs" / "images").mkdir(exist_ok=True)
            for name, key in ((name, key) for name, key in SHOWN.items() if key in shots):
                shutil.copy(shots[key], ROOT / "docs" / "images" / f"{name}.png")
        finally:
            chromium.close()
            server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
