"""A page in Chromium."""
import json
import shutil
import sys
import time

from lab.repository import ROOT
from lab.waiting import wait_until
from selenium import webdriver
from selenium.webdriver.common.by import By

SHOTS = ROOT / ".build/pages"
SECONDS = 60
# The windows in which a page is checked, in pixels, and the colour schemes.
WINDOWS = {"wide": (1400, 1000), "phone": (360, 780)}
SCHEMES = ["light", "dark"]

# By page, a script that lists the operations that it shows.
SHOWN = {
    "docs": "[...document.querySelectorAll('.opblock')].map(block => block.querySelector('.opblock-summary-method').textContent"
            " + ' ' + block.querySelector('[data-path]').dataset.path)",
    "redoc": "[...new Set([...document.querySelectorAll('[data-section-id*=\"operation/\"]')].map(section =>"
             " section.dataset.sectionId.replace(/.*operation\\//, '')))]",
}
# Runs before the page's own scripts. Notes the time at which all operations are there, and the responses that the page gets.
OBSERVER = """
    // The site of the documentation would keep the colour scheme of the first page.
    try { localStorage.clear(); } catch { }
    window.responses = [];
    const send = window.fetch;
    window.fetch = async (...request) => {
        const response = await send(...request);
        const { url, status } = response;
        window.responses.push({ url, status, text: await response.clone().text() });
        return response;
    };
    const kind = location.pathname.match(/(docs|redoc)(\\.html)?$/)?.[1];
    const clock = setInterval(() => {
        if (kind && ({ docs: () => %s, redoc: () => %s })[kind]().length < %d) return;
        window.complete = performance.now();
        clearInterval(clock);
    }, 5);
"""


class Page:
    """A page in a browser of its own, without a cache.

    allowed: the beginning of the addresses to which the page may send requests. operations: how many of them /docs and /redoc show."""

    def __init__(self, allowed, operations=0):
        self.allowed = allowed
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--disable-background-networking", "--disable-component-update",
                         # Requests to other hosts fail.
                         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        self.browser.set_script_timeout(2 * SECONDS)
        source = OBSERVER % (SHOWN["docs"], SHOWN["redoc"], operations)
        self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        self.resize("wide", "light")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.check()
        finally:
            self.browser.quit()

    def resize(self, window, scheme):
        """Opens the next pages in a window of WINDOWS, in a colour scheme."""
        width, height = WINDOWS[window]
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, url):
        """Loads a page; returns the number of bytes, the number of responses, and the milliseconds until it was complete."""
        # An address that differs only after # would not load the page again.
        self.browser.get("about:blank")
        self.browser.get(url)
        self.wait("return window.complete !== undefined", f"{url} does not show every operation")
        # The last requests of a page that a script creates may end after it is complete.
        if self.browser.execute_script("return document.getElementById('page') !== null"):
            time.sleep(0.5)
        size, responses = 0, 0
        for event in self.events():
            # Data that the page contains comes without a response.
            if event["method"] == "Network.loadingFinished" and event["params"]["encodedDataLength"]:
                size, responses = size + event["params"]["encodedDataLength"], responses + 1
        return size, responses, self.browser.execute_script("return window.complete")

    def wait(self, script, otherwise):
        """Waits until a script returns true. otherwise: the message of the failure."""
        if not wait_until(lambda: self.browser.execute_script(script), SECONDS, 0.02):
            self.browser.save_screenshot(str(SHOTS / "failed.png"))
            self.check()
            sys.exit(f"{otherwise}; see {SHOTS}/failed.png")

    def events(self):
        """The network events since the last call. Ends the check if a request failed or went to another host."""
        events = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        for event in events:
            parameters = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                if not url.startswith((self.allowed, "data:", "blob:", "about:")):
                    sys.exit(f"A page requests {url}")
            if event["method"] == "Network.responseReceived" and parameters["response"]["status"] >= 400:
                sys.exit(f"{parameters['response']['url']} got {parameters['response']['status']}")
            if event["method"] == "Network.loadingFailed" and not parameters.get("canceled"):
                sys.exit(f"A request failed: {parameters}")
        return events

    def check(self):
        """Ends the check if the console has an error or a warning."""
        self.events()
        for entry in self.browser.get_log("browser"):
            # Redoc warns of schemas that narrow the type ["string", "null"] to "string", which JSON Schema allows.
            if entry["level"] == "SEVERE" or (entry["level"] == "WARNING" and "Incompatible types in allOf" not in entry["message"]):
                sys.exit(f"On the console of {self.browser.current_url}: {entry['message']}")

    def shown(self, kind):
        """The operations that /docs or /redoc shows."""
        return self.browser.execute_script(f"return {SHOWN[kind]}")

    def shoot(self, name):
        """Keeps a screenshot of what the next frames show."""
        self.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        self.browser.save_screenshot(str(SHOTS / f"{name}.png"))

    def click(self, selector):
        element = self.browser.find_element(By.CSS_SELECTOR, selector)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
