"""The staffing map and the handover in a real browser: colours, list, card, phone, and work that changes hands."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from spatial.crs import LONLAT
from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]


def opened(person: Watched, address: str = "/staffing/") -> None:
    """The page, once the map is drawn and the list is there."""
    person.open(address)
    person.until("document.documentElement.dataset.staffing > 0")
    person.drawn()


def a_gap(site: Site) -> dict[str, Any]:
    """A third-level grid that nobody answers for: its id, code and a place in it in degrees."""
    (found, *_more) = site.rows(
        "SELECT g.id, g.code, ST_X(p), ST_Y(p) FROM cells_grid g "
        "JOIN cells_gridversion v ON v.grid_id = g.id AND v.until_id IS NULL "
        "CROSS JOIN LATERAL ST_Transform(ST_PointOnSurface(v.shape), %s::integer) p "
        "WHERE g.level_id = 'grid' AND NOT EXISTS (SELECT FROM cells_posting h JOIN cells_person n "
        "ON n.id = h.person_id WHERE h.grid_id = g.id AND n.role_id <> 'seconded' "
        "AND (h.until IS NULL OR h.until > current_date + 1)) "
        "ORDER BY g.code",
        LONLAT,
    )
    return dict(zip(("id", "code", "lon", "lat"), found, strict=True))


def test_a_gap_is_found_in_the_list_and_on_the_map(site: Site, people_of: People) -> None:
    gap = a_gap(site)
    head = people_of("shift_head", language="en-US", width=1440, height=900)
    opened(head)
    page = head.page
    nobody = page.locator('[data-test="class-nobody"]')
    count = int(nobody.locator("b").inner_text())
    assert count >= 1
    nobody.click()
    expect(nobody).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("class=nobody"))
    expect(page.locator("#gaps tr[data-grid]")).to_have_count(count)
    row = page.locator(f'#gaps tr[data-grid="{gap["id"]}"]')
    expect(row.locator('[data-gap="nobody"]')).to_be_visible()
    row.locator("button").click()
    expect(page.locator("#card .code").first).to_have_text(gap["code"])
    expect(page.locator('#card [data-kind="responsible"] .vacant')).to_be_visible()
    page.locator('[data-test="close-card"]').click()
    expect(row).to_be_visible()
    # The same by a click on the map.
    head.click_at([gap["lon"], gap["lat"]], zoom=15)
    expect(page.locator('#card [data-test="card-gaps"] [data-gap="nobody"]')).to_be_visible()
    painted = head.page.evaluate(
        "id => JSON.stringify(wanmi.city.drawn.getFilter('third-nobody')).includes(String(id))", gap["id"]
    )
    assert painted, "the border of a grid that nobody has is thick"


def test_the_list_is_put_in_another_order_and_fits_a_phone(site: Site, people_of: People) -> None:
    head = people_of("shift_head", width=390, height=844)
    opened(head)
    page = head.page
    names = page.locator("#gaps tr[data-grid] .code")
    page.locator('[data-sort="name"]').click()
    expect(page.locator("th:has([data-sort=name])")).to_have_attribute("aria-sort", "ascending")
    up = names.all_inner_texts()
    page.locator('[data-sort="name"]').click()
    expect(page.locator("th:has([data-sort=name])")).to_have_attribute("aria-sort", "descending")
    assert sorted(names.all_inner_texts()) == sorted(up)
    if len(up) > 1:
        assert names.first.inner_text() != up[0]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is wider than the phone"


def test_a_post_changes_hands_after_a_look_at_what_will_happen(site: Site, people_of: People) -> None:
    # A worker of the five trades who still has his posts: an attempt before this one may have taken one's.
    (leaver, *_), (to, *_) = site.rows(
        "SELECT n.id, count(*) FROM cells_person n JOIN auth_user u ON u.id = n.user_id "
        "JOIN cells_postholder h ON h.person_id = n.id AND h.until IS NULL "
        "WHERE u.username LIKE 'demo-staff-%%' GROUP BY n.id ORDER BY n.id DESC LIMIT 2"
    )
    head = people_of("shift_head", language="en-US", width=1440, height=900)
    page = head.page
    address = f"/staffing/handover/{leaver}/"
    page.goto(site.url + address)
    posts = page.locator('[data-test="posts"] li').count()
    assert posts >= 1
    page.locator("#to").select_option(str(to))
    page.locator('[data-test="reason"]').fill("moves away")
    page.locator('[data-test="show"]').click()
    told = page.locator('[data-test="rehearsed"] dd').nth(1)
    expect(told).to_have_text(str(posts))
    expect(page.locator("#to")).to_have_value(str(to))
    page.locator('[data-test="do"]').click()
    expect(page.locator('[data-test="nothing"]')).to_be_visible()
    expect(page.locator('[data-test="done"]')).to_contain_text("moves away")
    ended = site.rows("SELECT count(*) FROM cells_postholder WHERE person_id = %s AND until IS NULL", leaver)
    assert ended == [(0,)]
