"""The public page on a phone, in both languages, without a barrier: a report, its code, and somebody who joins."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Watched
from tests.browser.test_ranking import barriers
from tests.cases.phone import a_jpeg

pytestmark = pytest.mark.browser
NO_WIDER = "document.documentElement.scrollWidth <= window.innerWidth"
CLASSES = """SELECT k.kind || '-' || k.major || k.minor FROM cases_openservice s
    JOIN cells_catalogueclass k ON k.id = s.catalogue_class_id
    WHERE s.may_report AND s.is_shown AND NOT EXISTS (SELECT FROM cases_case c WHERE c.catalogue_class_id = k.id
        AND c.stage NOT IN ('closed', 'declined', 'void')) ORDER BY 1"""


def clean(phone: Watched, where: str) -> None:
    assert barriers(phone.page) == [], where
    assert phone.page.evaluate(NO_WIDER), where


def ready(phone: Watched, address: str) -> None:
    phone.page.goto(phone.site.url + address)
    phone.until("document.documentElement.dataset.ready === 'yes'")


def test_a_report_from_a_phone_and_somebody_who_joins_it(site: Site, people_of: Callable[..., Watched]) -> None:
    # A class of which nothing is open, whatever was reported here before.
    of_class = site.rows(CLASSES)[0][0]
    lon, lat = site.facts["cell_at"]
    phone = people_of(None, width=390, height=844)
    phone.expected |= {422}
    page = phone.page
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 12})
    ready(phone, "/public/")
    page.locator("#send").click()
    expect(page.locator("#faults a")).to_have_count(2)
    phone.until("document.documentElement.dataset.ready === 'yes'")
    clean(phone, "what is missing")
    page.locator("#service").select_option(of_class)
    page.locator("#words").fill("门口有一堆")
    page.locator("#here").click()
    expect(page.locator("#place-said")).to_contain_text("12")
    phone.drawn()
    page.locator("#photos").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg()})
    expect(page.locator("#previews img")).to_have_count(1)
    page.locator("details summary").click()
    page.locator("#telephone").fill("13800000000")
    clean(phone, "the form, filled in")
    page.locator("#send").click()
    code = page.locator(".code-out").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", code)
    number = page.locator(".facts dd").first.inner_text()
    found = site.case(number)
    assert found is not None
    assert (found["stage"], found["words"], found["cell"]) == ("reported", "门口有一堆", site.facts["cell"])
    assert site.rows(
        "SELECT count(*) FROM cases_casephoto p JOIN cases_case c ON c.id = p.case_id WHERE number = %s", number
    ) == [(1,)]
    clean(phone, "thanks")

    other = people_of(None, language="en-US", width=390, height=844)
    page = other.page
    ready(other, "/public/")
    page.locator("#service").select_option(of_class)
    page.locator("#on-map").click()
    other.drawn()
    page.evaluate("([lon, lat]) => wanmi.map.jumpTo({ center: [lon, lat], zoom: 17 })", [lon, lat])
    other.drawn()
    page.locator("#middle").click()
    page.locator("#send").click()
    twin = page.get_by_role("radio", name=re.compile("m away"))
    expect(twin).to_have_count(1)
    clean(other, "is it one of these")
    twin.check()
    page.locator("#send").click()
    expect(page.locator(".facts dd").first).to_have_text(number)
    assert page.locator(".code-out").inner_text() != code
    assert site.rows(
        "SELECT count(*) FROM cases_caller a JOIN cases_case c ON c.id = a.case_id WHERE number = %s", number
    ) == [(2,)]
    page.goto(f"{site.url}/public/follow/")
    clean(other, "where a code is typed in")
    page.locator("#code").fill(code.lower())
    page.locator("form button.primary").click()
    expect(page.locator("li[aria-current=step]")).to_contain_text("Received")
    clean(other, "how far it is")
    for address in ("/public/solved/", "/public/notices/"):
        for who in (phone, other):
            who.page.goto(site.url + address)
            clean(who, address)
