"""Headless Chromium on the status page: widths, colours and languages are emulated, so that one browser does for all."""

import base64
import json
import pathlib
import re
import subprocess
import tarfile
import tempfile

from harness import ROOT, wait_for
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

AXE = "4.14.1"
SCREENSHOTS = ROOT / "build" / "screenshots"


def axe_script():
    """axe-core, fetched once by npm into build/."""
    script = ROOT / "build" / f"axe-core-{AXE}" / "axe.min.js"
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=script.parent) as folder:
            subprocess.run(["npm", "pack", "--silent", f"axe-core@{AXE}"], cwd=folder, check=True, capture_output=True, timeout=120)
            with tarfile.open(next(pathlib.Path(folder).glob("*.tgz"))) as package:
                script.write_bytes(package.extractfile("package/axe.min.js").read())
    return script.read_text("utf-8")


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
                         "--hide-scrollbars", "--force-color-profile=srgb"):
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_script_timeout(120)
        self.agent = self.script("return navigator.userAgent")
        self.axe = axe_script()

    def close(self):
        self.driver.quit()

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def look_like(self, width=1280, dark=False, language="en-GB"):
        command = self.driver.execute_cdp_cmd
        command("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        command("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                                                           {"name": "prefers-reduced-motion", "value": "reduce"}]})
        command("Emulation.setUserAgentOverride", {"userAgent": self.agent, "acceptLanguage": language})

    def open(self, bridge, **looks):
        """The page with its first figures. What was chosen on an earlier visit is forgotten."""
        self.look_like(**looks)
        self.driver.get(f"http://localhost:{bridge.port}/hipbridge/")
        self.script("localStorage.clear()")
        self.driver.refresh()
        wait_for(lambda: self.script("return document.getElementById('headline').dataset.code"), 20, "the page shows its figures")

    def again(self):
        """Lets the page look now, as when one comes back to it."""
        self.script("document.dispatchEvent(new Event('visibilitychange'))")

    def text(self, selector):
        return self.script("const e = document.querySelector(arguments[0]); return e ? e.textContent.trim() : null", selector)

    def number(self, selector):
        return int(self.text(selector).replace(",", ""))

    def rows(self, selector):
        """The cells of a table's body, as texts."""
        return self.script("return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map(r => [...r.cells].map(c => "
                           "c.textContent.trim()))", selector)

    def headings(self, selector):
        return self.script("return [...document.querySelectorAll(arguments[0] + ' thead th')].map(c => c.textContent)", selector)

    def wait_headline(self, code, seconds=20):
        def shown():
            self.again()
            return self.script("return document.getElementById('headline').dataset.code") == code

        wait_for(shown, seconds, lambda: f"the headline {code}; it says {self.text('#headline')}")

    def screenshot(self, name):
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}})
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def complaints(self):
        """What the console says since the last call, but for looks at a service that is stopping, stopped or starting."""
        gone = re.compile(r"/hipbridge/status\.json - Failed to load resource: (net::ERR_\w+|.* 404 )")
        return [entry for entry in self.driver.get_log("browser") if not gone.search(entry["message"])]

    def violations(self):
        """What axe finds, in a line each. Run through the debugger: the page's own policy lets no foreign script in."""
        if not self.script("return typeof axe !== 'undefined'"):
            self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": self.axe})
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run({resultTypes: ['violations'], selectors: false}).then(r => done(JSON.stringify(r.violations)), e => done(String(e)))")
        return [f"{one['id']}: {one['nodes'][0]['html']} {one['nodes'][0].get('failureSummary', '')}" for one in json.loads(found)]
