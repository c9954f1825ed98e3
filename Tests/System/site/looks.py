"""The look of the documentation site in Chromium."""
import sys
import time

from lab.program import say
from lab.repository import ROOT
from lab.waiting import wait_until
from selenium.webdriver.common.by import By

sys.path.append(str(ROOT / "Tests/System/pages"))
import page as browser_page
from page import Page

SHOTS = ROOT / ".build/site-shots"
WIDTHS = {"wide": (1400, 1000), "phone": (360, 780)}
# The pages that the check opens in each window and in each colour scheme, and of which it keeps screenshots. It opens the others only on a
# phone, where they could scroll sideways.
SHOWN = {"index", "errors", "configuration", "http-cookbook", "comparison", "kubernetes"}
SEARCH = "rename a setting"


def resize(page, width, height):
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})


def search(page, base):
    """Uses the search of the site."""
    page.open(f"{base}/index.html")
    field = page.browser.find_element(By.CSS_SELECTOR, "input.md-search__input")
    page.browser.execute_script("arguments[0].focus()", field)
    field.send_keys(SEARCH)
    found = "return document.querySelector('.md-search-result__link') !== null"
    if not wait_until(lambda: page.browser.execute_script(found), 15, 0.1):
        page.browser.save_screenshot(str(SHOTS / "failed.png"))
        sys.exit(f"The search of {base} finds nothing")


def check(names, files, base):
    """Opens the pages in light and dark colours, in a wide window and on a phone. files, base: the site on the disk and on a server."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    browser_page.SHOTS = SHOTS
    Page.illegible.clear()
    sideways = []
    for scheme in ["light", "dark"]:
        with Page("site", f"{base}/index.html", base, 0, scheme == "dark") as page:
            for width, size in WIDTHS.items():
                resize(page, *size)
                for name in names:
                    stem = name.removesuffix(".html")
                    if stem not in SHOWN and (width, scheme) != ("phone", "light"):
                        continue
                    page.browser.get(f"{base}/{name}")
                    if stem in SHOWN:
                        page.shoot(f"{stem}-{width}-{scheme}")
                    extent = page.browser.execute_script("return document.documentElement.scrollWidth")
                    if extent > size[0]:
                        sideways.append(f"{name} is {extent} pixels wide in a window of {size[0]}")
    for place in [files, base]:
        with Page("site", f"{place}/index.html", place, 0) as page:
            resize(page, *WIDTHS["wide"])
            search(page, place)
            time.sleep(0.5)
            page.shoot(f"search-{'file' if place == files else 'web'}")
    if problems := sideways + Page.illegible:
        sys.exit("\n".join(problems))
    say(f"No page of {len(names)} scrolls sideways on a phone, {len(SHOWN)} are legible in light and dark colours, and the search works")
    say(f"Screenshots are in {SHOTS.relative_to(ROOT)}")
