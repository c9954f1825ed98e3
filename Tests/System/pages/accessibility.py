"""Whether everybody can use a page: WCAG 2.2 AA as axe-core checks it, no horizontal scrolling on a phone, and one typeface."""
import pathlib
import subprocess
import sys

from lab.program import say
from lab.repository import ROOT
from page import SCHEMES, WINDOWS

PATH = "import importlib.metadata as m; print(m.distribution('axe-selenium-python').locate_file('axe_selenium_python'))"
AXE_OPTIONS = """{
    runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
    rules: { "target-size": { enabled: true } }, resultTypes: ["violations"]
}"""
# Lists the violations, each with the first elements that cause it.
AXE = """
    const done = arguments[arguments.length - 1];
    axe.run(document, %s).then(
        ({ violations }) => done(violations.map(({ id, help, nodes }) => `${id} (${help}), ${nodes.length} times: `
            + nodes.slice(0, 3).map(node => `${node.html.slice(0, 120)} ${node.failureSummary.split("\\n").slice(1, 2).join()}`).join(" | "))),
        error => done([`axe-core fails: ${error}`]));
""" % AXE_OPTIONS
# Lists the elements that are wider than the window, given its width.
WIDE = """
    const [width] = arguments;
    if (document.documentElement.scrollWidth <= width) return [];
    const isWide = element => element.getBoundingClientRect().right > width + 0.5;
    const names = [...document.body.querySelectorAll("*")].filter(isWide).map(element => element.tagName + "." + element.className);
    return [`scrolls horizontally to ${document.documentElement.scrollWidth} pixels in a window of ${width}: ${names.slice(0, 5).join(", ")}`];
"""
# Lists the typefaces of visible text that are not those of the pages.
TYPEFACES = """
    const known = ["system-ui, sans-serif", "ui-monospace, monospace"];
    const found = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
        const family = getComputedStyle(element).fontFamily;
        if (!known.includes(family)) found.set(family, walker.currentNode.textContent.trim().slice(0, 40));
    }
    return [...found].map(([family, text]) => `has another typeface, ${family}: ${text}`);
"""


def load_axe():
    """The script of axe-core."""
    done = subprocess.run([ROOT / ".ci/python", "axe", "-c", PATH], stdout=subprocess.PIPE, text=True, check=True)
    return (pathlib.Path(done.stdout.strip()) / "node_modules/axe-core/axe.min.js").read_text()


class Accessibility:
    """Collects the problems of all pages."""

    def __init__(self):
        self.axe = load_axe()
        self.problems, self.pages = [], 0

    def examine(self, page, name, window):
        """Checks the page that a browser shows, and keeps a screenshot. name: of the page and its state."""
        # The browser resizes a page some time later. The width can lack a scroll bar.
        width = WINDOWS[window][0]
        page.wait(f"return Math.abs(document.documentElement.clientWidth - {width}) < 20", f"{name} is not {width} pixels wide")
        page.shoot(name)
        if not page.browser.execute_script("return window.axe !== undefined"):
            page.browser.execute_script(self.axe)
        problems = page.browser.execute_async_script(AXE) + page.browser.execute_script(TYPEFACES)
        problems += page.browser.execute_script(WIDE, width)
        for problem in problems:
            say(f"{name}: {problem}")
        self.problems += [f"{name}: {problem}" for problem in problems]
        self.pages += 1

    def look(self, page, url, name, prepare=lambda: None):
        """Opens a page in each window and colour scheme, and checks it. prepare: brings the page into the state to check."""
        for scheme in SCHEMES:
            page.resize("wide", scheme)
            page.open(url)
            prepare()
            for window in WINDOWS:
                page.resize(window, scheme)
                self.examine(page, f"{name}-{window}-{scheme}", window)

    def conclude(self):
        """Ends the check if there are problems, which it has already printed."""
        if self.problems:
            sys.exit(f"The pages have {len(self.problems)} problems")
