"""The ranking in a real browser: each number opens its formula, and that its cases; weights are tried, not saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
NO_WIDER = "document.documentElement.scrollWidth <= window.innerWidth"


def test_a_number_opens_its_formula_and_its_cases_and_a_weight_moves_the_score(
    site: Site, people_of: Callable[..., Watched]
) -> None:
    person = people_of("leader", language="en-US", width=390, height=844)
    page = person.page
    person.open("/ranking/?scheme=towns")
    first = page.locator("[data-test=ranking] tbody tr").first
    expect(first.locator(".place b")).to_have_text("1")
    assert page.evaluate(NO_WIDER)
    rate = first.locator("td a").first
    told = rate.inner_text()
    rate.click()
    expect(page.locator("[data-test=rate]")).to_have_text(told)
    count = page.locator("[data-fact=closed]")
    closed = count.inner_text()
    count.click()
    expect(page.locator("[data-test=count]")).to_have_text(closed)
    assert page.locator("[data-case]").count() == min(int(closed), 100)
    person.open("/ranking/try/?scheme=towns")
    before = page.locator("[data-test=tried] tbody tr td:nth-child(3)").all_inner_texts()
    page.locator(".weights td input").first.fill("90")
    page.locator("[data-test=try]").click()
    expect(page.locator("[data-test=save]")).to_be_visible()
    assert page.locator("[data-test=tried] tbody tr td:nth-child(3)").all_inner_texts() != before
    assert page.evaluate(NO_WIDER)
    assert site.rows("SELECT max(version) FROM cases_scheme") == [(1,)]
