"""An emergency in a real browser: declared at the desk, the nearest team sent by one key, settled, and its roster."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.browser.test_desk import People, act, at_desk, open_case, stands

pytestmark = pytest.mark.browser


def test_a_team_is_sent_by_one_key_and_the_owner_is_settled_before_closing(site: Site, people_of: People) -> None:
    person = people_of("dispatcher", width=1440, height=900)
    page = at_desk(person, "dispatch")
    lon, lat = site.facts["cell_at"]
    data = {"lon": lon, "lat": lat, "words": "水管爆裂", "class": "event-0501", "source": "hotline"}
    number = str(person.post("/api/cases", data)["number"])
    open_case(page, "dispatch", number)
    act(page, "declare_emergency")
    page.locator(".act-form input[value=difficult]").check()
    page.locator(".act-form textarea").fill("水漫路面，影响通行")
    page.locator(".act-form [data-test=do]").click()
    expect(page.locator("[data-test=emergency] .grade")).to_contain_text("疑难")

    teams = page.locator("[data-test=teams] > li")
    expect(teams.first).to_be_visible()
    expect(teams.first.locator(".call")).to_have_attribute("href", "tel:" + "".join(
        sign for sign in teams.first.locator(".call").inner_text() if sign.isdigit()
    ))  # fmt: skip
    sent = teams.first.get_attribute("data-team")
    page.locator("[data-test=owner-open]").check()
    page.locator("#case").focus()
    page.keyboard.press("s")
    stands(page, "处置中")
    expect(page.locator("[data-test=unsettled]")).to_be_visible()
    assert site.rows("SELECT team_id, owner_open FROM cases_case WHERE number = %s", number) == [(int(sent or 0), True)]

    # The head of the shift finds it among the emergencies and settles it.
    head = at_desk(people_of("shift_head", width=1440, height=900), "emergency")
    open_case(head, "emergency", number)
    act(head, "settle_owner")
    head.locator(".act-form input[name=owner]").first.check()
    head.locator(".act-form textarea").fill("属社区")
    head.locator(".act-form [data-test=do]").click()
    expect(head.locator("[data-test=unsettled]")).to_have_count(0)
    assert site.rows("SELECT owner_open FROM cases_case WHERE number = %s", number) == [(False,)]

    # The roster, on a phone: one day at a time, nothing beside the screen.
    phone = people_of("shift_head", width=390, height=844).page
    phone.goto("/roster/")
    expect(phone.locator(".roster td:not(.other)").first).to_be_visible()
    expect(phone.locator(".roster td.other").first).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
