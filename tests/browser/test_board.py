"""The live board in the browser: what others do is seen without reloading, and filters stand in the address."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
COUNTED = """async () => { const { counts } = await (await fetch("/api/board")).json();
    return document.querySelector(".column.green .count").textContent === counts.green.toLocaleString(); }"""


def filed(site: Site, person: Watched) -> str:
    """A case filed now by a person, over the wire; its number."""
    lon, lat = site.facts["place_at"]
    case = {"words": "看板", "class": "0103", "kind": "event", "lon": lon, "lat": lat}
    return str(person.post("/api/cases", case)["number"])


def test_a_case_filed_by_another_appears_and_is_counted(site: Site, people_of: People) -> None:
    leader, other = people_of("leader"), people_of("dispatcher")
    watcher = leader.page
    watcher.goto("/board/")
    expect(watcher.locator(".column.green .count")).to_be_visible()
    expect(watcher.locator("html")).to_have_attribute("data-live", "on")
    number = filed(site, other)
    # A quarter of an hour to dispatch it: the first of the green ones.
    card = watcher.locator(".column.green .board-card", has_text=number)
    expect(card).to_be_visible()
    expect(card.locator(".left")).to_have_text(re.compile("剩 1[0-5] 分钟"))
    # Others turn yellow meanwhile: the figure is the server's own of that moment.
    leader.until(COUNTED)


def test_filters_stand_in_the_address_and_a_phone_shows_one_column(site: Site, people_of: People) -> None:
    person = people_of("dispatcher", width=390, height=844)
    phone = person.page
    filed(site, person)
    phone.goto("/board/?stage=filed")
    phone.locator(".column.green .column-head").click()
    expect(phone.locator(".column.green .board-card").first).to_be_visible()
    expect(phone.locator(".column.red ol")).to_be_hidden()
    expect(phone.locator(".column.green .stage").filter(has_not_text="已立案")).to_have_count(0)
    phone.locator("select[name=stage]").select_option("held")
    expect(phone).to_have_url(re.compile(r"stage=held$"))
    expect(phone.locator(".column.green .count")).to_have_text("0")
