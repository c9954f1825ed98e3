"""The search of the documentation site in Chromium."""
import sys

from lab.program import say
from lab.repository import ROOT
from lab.waiting import wait_until
from selenium.webdriver.common.by import By

sys.path.append(str(ROOT / "Tests/System/pages"))
from page import SHOTS, Page

WORDS = "rename a setting"
SECONDS = 30


def check(*places):
    """Searches the site at each address: on the disk and on a server."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for place in places:
        with Page(place) as page:
            page.open(f"{place}/index.html")
            field = page.browser.find_element(By.CSS_SELECTOR, "input.md-search__input")
            page.browser.execute_script("arguments[0].focus()", field)
            field.send_keys(WORDS)
            found = "return document.querySelector('.md-search-result__link') !== null"
            if not wait_until(lambda: page.browser.execute_script(found), SECONDS, 0.1):
                page.shoot("failed")
                sys.exit(f"The search of {place} finds nothing")
            page.shoot(f"search-{place.partition(':')[0]}")
    say("The search of the site works, from the disk and from a web server")
