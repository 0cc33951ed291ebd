"""The live board in the browser: what others do is seen without reloading, and filters stand in the address."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]


def filed(site: Site, page: Page) -> str:
    """A case filed now by the person of a page, over the wire; its number."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    lon, lat = site.facts["place_at"]
    answer = page.request.post(
        "/api/cases",
        data={"words": "看板", "class": "0103", "kind": "event", "lon": lon, "lat": lat},
        headers={"X-CSRFToken": token, "Referer": site.url},
    )
    assert answer.status == 201, answer.text()
    return str(answer.json()["number"])


def test_a_case_filed_by_another_appears_and_is_counted(site: Site, people_of: People) -> None:
    watcher, other = people_of("leader").page, people_of("dispatcher").page
    watcher.goto("/board/")
    expect(watcher.locator(".column.green .count")).to_be_visible()
    expect(watcher.locator("html")).to_have_attribute("data-live", "on")
    before = int(watcher.locator(".column.green .count").inner_text().replace(",", ""))
    number = filed(site, other)
    # A quarter of an hour to dispatch it: the first of the green ones.
    card = watcher.locator(".column.green .board-card", has_text=number)
    expect(card).to_be_visible()
    expect(card.locator(".left")).to_have_text(re.compile("剩 1[45] 分钟"))
    expect(watcher.locator(".column.green .count")).to_have_text(f"{before + 1:,}")


def test_filters_stand_in_the_address_and_a_phone_shows_one_column(site: Site, people_of: People) -> None:
    phone = people_of("dispatcher", width=390, height=844).page
    filed(site, phone)
    phone.goto("/board/?stage=filed")
    phone.locator(".column.green .column-head").click()
    expect(phone.locator(".column.green .board-card").first).to_be_visible()
    expect(phone.locator(".column.red ol")).to_be_hidden()
    assert set(phone.locator(".column.green .stage").all_inner_texts()) == {"已立案"}
    phone.locator("select[name=stage]").select_option("held")
    expect(phone).to_have_url(re.compile(r"stage=held$"))
    expect(phone.locator(".column.green .count")).to_have_text("0")
