"""The coverage map in a real browser: a gap is shown, its cell becomes a patrol order, the officer's phone has it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from spatial.crs import LONLAT
from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]


def a_cell_of_the_officer(site: Site) -> str:
    """A cell in a grid of his that nobody has asked him to walk: an attempt before this one may have."""
    (found, *_more) = site.rows(
        "SELECT c.code FROM cells_cell c JOIN cells_cellversion v ON v.cell_id = c.id AND v.until_id IS NULL "
        "JOIN cells_posting p ON p.grid_id = v.grid_id JOIN cells_person n ON n.id = p.person_id "
        "JOIN auth_user u ON u.id = n.user_id WHERE u.username = 'officer' AND NOT EXISTS "
        "(SELECT FROM cases_patrolordercell o WHERE o.cell_id = c.id) ORDER BY c.code"
    )
    return str(found[0])


def test_a_gap_becomes_an_order_that_the_officers_phone_shows_first(site: Site, people_of: People) -> None:
    code = a_cell_of_the_officer(site)
    head = people_of("shift_head", language="en-US", width=1440, height=900)
    page = head.page
    page.goto("/gaps/#show=walked_clean")
    head.until("document.documentElement.dataset.coverage > 0")
    # A class, then a gap: the list and the words above it follow.
    gap = page.locator("[data-test=show-no_survey]")
    gap.click()
    expect(gap).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("show=no_survey"))
    expect(page.locator("#meaning")).to_contain_text("surveyed")
    count = int(gap.locator("b").inner_text().replace(",", ""))
    expect(page.locator("#cells tr[data-cell]")).to_have_count(min(200, count))
    # The curve says when it begins to know.
    page.locator("[data-test=open-curve]").click()
    head.until("document.documentElement.dataset.curve === '56'")
    known = int(page.locator("[data-test=curve-median]").get_attribute("data-known") or 0)
    assert 0 < known < 56
    page.locator("[data-test=open-curve]").click()
    # The cell is chosen on the map, where tiles know it by the number that the page knows, and given to who answers.
    place = site.rows(
        "SELECT ST_X(p), ST_Y(p) FROM cells_cellversion v JOIN cells_cell c ON c.id = v.cell_id CROSS JOIN LATERAL "
        "ST_Transform(ST_PointOnSurface(v.shape), %s::integer) p WHERE c.code = %s AND v.until_id IS NULL",
        LONLAT,
        code,
    )[0]
    head.click_at(list(place))
    expect(page.locator("[data-test=picked]")).to_contain_text("1 cell chosen")
    page.locator("[data-test=to-order]").click()
    expect(page.locator("#order-title")).to_have_text("Patrol order for 1 cell")
    ((officer,),) = site.rows(
        "SELECT n.id FROM cells_person n JOIN auth_user u ON u.id = n.user_id WHERE u.username = 'officer'"
    )
    page.locator("[data-test=order-to]").select_option(str(officer))
    page.locator("[data-test=order-reason]").fill(f"look at {code}")
    page.locator("[data-test=order-give]").click()
    given = page.locator("[data-test=given]")
    expect(given).to_be_visible()
    address = given.get_attribute("href")

    phone = people_of("officer", width=390, height=844)
    phone.page.goto("/my/")
    phone.until("document.documentElement.dataset.ready === 'yes'")
    expect(phone.page.locator("[data-test=my-orders]")).to_contain_text(f"look at {code}")
    phone.page.locator("[data-test=my-orders] a").first.click()
    expect(phone.page.locator(f'[data-test=round-cells] li[data-cell="{code}"][data-order]')).to_be_visible()
    orders = phone.page.locator("[data-test=round-cells] li").evaluate_all(
        "all => all.map((li) => 'order' in li.dataset)"
    )
    assert orders == sorted(orders, reverse=True), "what is ordered comes first"
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390

    # Taken back with a reason, it leaves the phone.
    page.goto(str(address))
    page.locator("#why").fill("another goes")
    page.locator("[data-test=take-back]").click()
    expect(page.locator("[data-test=taken-back]")).to_have_text("another goes")
    phone.page.goto("/my/#")
    phone.page.reload()
    phone.until("document.documentElement.dataset.ready === 'yes'")
    expect(phone.page.get_by_text(f"look at {code}")).to_have_count(0)
