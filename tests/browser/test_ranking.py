"""The ranking in a real browser: each number opens its formula, and that its cases; weights are tried, not saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "maps" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
NO_WIDER = "document.documentElement.scrollWidth <= window.innerWidth"


def barriers(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA: the rule, and the first thing that breaks it."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(rules)", RULES)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def test_the_pages_of_rankings_have_no_barriers(site: Site, people_of: Callable[..., Watched]) -> None:
    person = people_of("leader", language="zh-CN", width=1440, height=900)
    for address in ("", "rates/", "figure/?key=close_rate", "cases/?fact=closed", "try/", "register/", "year/"):
        person.page.goto(f"/ranking/{address}")
        assert barriers(person.page) == [], address


def test_a_number_opens_its_formula_and_its_cases_and_a_weight_moves_the_score(
    site: Site, people_of: Callable[..., Watched]
) -> None:
    person = people_of("leader", language="en-US", width=390, height=844)
    page = person.page
    page.goto("/ranking/?scheme=towns")
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
    page.goto("/ranking/try/?scheme=towns")
    before = page.locator("[data-test=tried] tbody tr td:nth-child(3)").all_inner_texts()
    page.locator(".weights td input").first.fill("90")
    page.locator("[data-test=try]").click()
    expect(page.locator("[data-test=save]")).to_be_visible()
    assert page.locator("[data-test=tried] tbody tr td:nth-child(3)").all_inner_texts() != before
    assert page.evaluate(NO_WIDER)
    assert site.rows("SELECT max(version) FROM cases_scheme") == [(1,)]
