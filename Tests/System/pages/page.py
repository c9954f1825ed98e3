"""A documentation page in Chromium."""
import json
import shutil
import sys
import time

from lab.repository import ROOT
from lab.waiting import wait_until
from selenium import webdriver
from selenium.webdriver.common.by import By

SHOTS = ROOT / ".build/pages"
SECONDS = 30
# The contrast from which on large text is legible, by WCAG 2.2.
CONTRAST = 3.0

# By page, a script that lists the operations that it shows.
SHOWN = {
    "docs": "[...document.querySelectorAll('.opblock')].map(block => block.querySelector('.opblock-summary-method').textContent"
            " + ' ' + block.querySelector('[data-path]').dataset.path)",
    "redoc": "[...new Set([...document.querySelectorAll('[data-section-id*=\"operation/\"]')].map(section =>"
             " section.dataset.sectionId.replace(/.*operation\\//, '')))]",
}
# Runs before the page's own scripts, and notes the time at which all operations are there.
CLOCK = """
    const clock = setInterval(() => {
        if ((%s).length < %d) return;
        window.complete = performance.now();
        clearInterval(clock);
    }, 5);
"""
# Lists the texts whose contrast is too low.
FAINT = """
    const channels = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
    const luminance = rgb => {
        const [r, g, b] = rgb.map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const over = (top, below) => {
        const alpha = top[3] ?? 1;
        return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha));
    };
    const ground = element => {
        const layers = [];
        for (let each = element; each; each = each.parentElement) {
            layers.push(channels(getComputedStyle(each).backgroundColor));
            if ((layers.at(-1)[3] ?? 1) === 1) break;
        }
        return layers.reduceRight((below, top) => over(top, below), [255, 255, 255]);
    };
    const found = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
        if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        if (["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(element.tagName)) continue;
        const back = ground(element), colour = channels(getComputedStyle(element).color);
        let alpha = colour[3] ?? 1;
        for (let each = element; each; each = each.parentElement) alpha *= getComputedStyle(each).opacity;
        const ink = over([...colour.slice(0, 3), alpha], back);
        const [low, high] = [luminance(ink), luminance(back)].sort((a, b) => a - b);
        const ratio = (high + 0.05) / (low + 0.05);
        if (ratio < %s) found.set(element.className + "|" + ratio.toFixed(2), text.slice(0, 40));
    }
    return [...found].map(([where, text]) => `${where} ${text}`);
""" % CONTRAST


class Page:
    """A page in a browser of its own, without a cache."""

    # Descriptions of texts that are hard to read, of all pages.
    illegible = []

    def __init__(self, kind, url, allowed, operations, dark=False):
        self.kind, self.allowed = kind, allowed
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--disable-background-networking", "--disable-component-update", "--window-size=1440,1000",
                         # Requests to other hosts fail.
                         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
        try:
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
            # The browser's logs are read after the page has loaded, so that they do not add to its time.
            if kind in SHOWN:
                script = CLOCK % (SHOWN[kind], operations)
                self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
            self.open(url)
        except BaseException:
            self.browser.quit()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.check()
        finally:
            self.browser.quit()

    def open(self, url):
        """Loads a page; returns the number of bytes, the number of responses, and the milliseconds until it was complete."""
        self.browser.get(url)
        if self.kind in SHOWN:
            self.wait("return window.complete !== undefined", f"{url} does not show every operation")
        # The last requests may end after the page is complete.
        time.sleep(0.5)
        size, responses = 0, 0
        for event in self.events():
            # Data that the page contains comes without a response.
            if event["method"] == "Network.loadingFinished" and event["params"]["encodedDataLength"]:
                size, responses = size + event["params"]["encodedDataLength"], responses + 1
        self.figures = size, responses, self.browser.execute_script("return window.complete")
        return self.figures

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
                if not url.startswith((self.allowed, "data:", "blob:")):
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

    def shown(self):
        return self.browser.execute_script(f"return {SHOWN[self.kind]}")

    def shoot(self, name):
        """Keeps a screenshot, and records texts that are hard to read."""
        time.sleep(0.4)
        self.browser.save_screenshot(str(SHOTS / f"{name}.png"))
        if faint := self.browser.execute_script(FAINT):
            self.illegible.append(f"{name} is hard to read (class|contrast, text):\n  " + "\n  ".join(faint[:40]))

    def click(self, selector):
        element = self.browser.find_element(By.CSS_SELECTOR, selector)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
