"""Every page opens in both languages without a fault: no error in the console, nothing fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
PAGES = (
    "/",
    "/board/",
    "/ledger/",
    "/reports/heatmap/",
    "/reports/division/",
    "/plans/",
    "/history/",
    "/reports/routing/",
    "/password/",
)
# They hold a stream open: the network is never idle.
LIVE = ("/", "/board/", "/history/")
# They draw themselves, and say when they are done.
DRAWN = ("/", "/board/", "/ledger/", "/plans/", "/history/")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_every_page_opens_in_the_readers_language(site: Site, people_of: People, language: str) -> None:
    person = people_of("administrator", language=language)
    for address in PAGES:
        answer = person.page.goto(site.url + address, wait_until="load" if address in LIVE else "networkidle")
        assert answer is not None
        assert answer.status == 200, address
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        said = person.page.locator("header.bar > nav").inner_text() + person.page.title()
        assert bool(re.search(r"[\u4e00-\u9fff]", said)) is (language == "zh-CN"), (address, said)


def test_the_administration_opens(site: Site, people_of: People) -> None:
    person = people_of("administrator")
    for address in ("/admin/", "/admin/cells/catalogueclass/", "/admin/cells/level/", "/admin/cases/case/"):
        answer = person.page.goto(site.url + address, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200, address


def test_pages_fit_a_phone(site: Site, people_of: People) -> None:
    phone = people_of("leader", width=390, height=844)
    for address in PAGES:
        phone.page.goto(site.url + address, wait_until="load")
        # A city with one edition has no two to draw; whether there is a second, tests before this one decide.
        if address in DRAWN and (address != "/history/" or phone.page.locator("#compared").count()):
            phone.until("document.documentElement.dataset.ready === 'yes'")
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390, address
