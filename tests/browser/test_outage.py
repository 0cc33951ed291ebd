"""The database is away while people work: nothing that was typed is lost, and every page goes on by itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from maps import cluster
from tests.browser.conftest import Site, Watched, served
from tests.browser.test_hotline import cases_with, find, number_of, seat
from tests.maps.live_desk import Wire

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
SLOW_MS = 30_000
# The board shows the first of a colour: among the cases of its class alone the new one is surely there.
OF_ITS_CLASS = "/board/?class=event-0102"


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """The way of this module's server to the database."""
    made = Wire(str(cluster.socket_folder()))
    yield made
    made.cut()


@pytest.fixture(scope="module")
def site(site: Site, wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same city, served once more: with its database at the end of a wire."""
    address = wire.address(urlsplit(site.database_url).path[1:])
    environment = os.environ | {"DATABASE_URL": address, "CITY_POOL": "8"}
    environment.pop("CITY_DATABASE", None)
    with served(environment, tmp_path_factory.mktemp("wired") / "log") as url:
        yield replace(site, url=url)


def test_a_call_typed_while_the_database_is_away_is_kept_and_filed_once(
    site: Site, people_of: People, wire: Wire
) -> None:
    wire.mend()  # a first attempt may have broken off while it was cut
    desk, board, late = seat(people_of), people_of("dispatcher"), people_of("leader")
    for person in (desk, board, late):
        person.expected.add(503)
    board.page.goto(OF_ITS_CLASS)
    expect(board.page.locator("html")).to_have_attribute("data-live", "on", timeout=SLOW_MS)
    expect(desk.page.locator("html")).to_have_attribute("data-live", "on", timeout=SLOW_MS)
    page, words = desk.page, f"数据库不在时打的字{uuid4().hex[:6]}"
    page.keyboard.press("Alt+4")
    page.keyboard.type("0102")
    page.keyboard.press("Enter")
    find(desk, site.facts["place"])

    wire.cut()
    # The pages that are open say so; one that is opened now says so, too.
    for person in (desk, board):
        expect(person.page.locator("#offline")).to_be_visible(timeout=SLOW_MS)
        expect(person.page.locator("html")).to_have_attribute("data-live", "away")
    late.page.goto(OF_ITS_CLASS)
    expect(late.page.locator("[data-test=away]")).to_be_visible()
    page.keyboard.press("Alt+2")
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    page.locator("#result [data-test=waiting]").wait_for()
    expect(page.locator("#said")).to_have_value(words)
    assert cases_with(site, words) == []

    wire.mend()
    number = number_of(page)
    assert cases_with(site, words) == [number]
    for person in (desk, board, late):
        expect(person.page.locator("html")).to_have_attribute("data-live", "on", timeout=SLOW_MS)
        expect(person.page.locator("#offline")).to_be_hidden()
    for person in (board, late):
        expect(person.page.locator("#board")).to_contain_text(words, timeout=SLOW_MS)
