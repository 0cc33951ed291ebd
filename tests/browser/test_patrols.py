"""A patrol on a phone: its track comes in, also out of a dead spot; the page of the day, a record completed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.conftest import Site, Watched

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
PHONE = {"width": 390, "height": 844}
POINTS = (
    "SELECT count(*) FROM cases_trackpoint t JOIN cases_trackdevice d ON d.id = t.device_id WHERE d.label LIKE 'pwa-%%'"
)


@pytest.fixture
def phone(site: Site, people_of: People) -> Watched:
    person = people_of("officer", **PHONE)
    person.network_may_fail = True
    lon, lat = site.facts["beat"][0]
    person.context.grant_permissions(["geolocation"])
    person.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 9})
    return person


def ready(phone: Watched) -> None:
    phone.page.goto("/my/")
    phone.until("document.documentElement.dataset.ready === 'yes'")
    phone.until("document.documentElement.dataset.worker === 'ready'", within_s=60)


def test_a_point_kept_in_a_dead_spot_is_sent_when_the_network_is_back(site: Site, phone: Watched) -> None:
    before = site.rows(POINTS)[0][0]
    ready(phone)
    page = phone.page
    phone.context.set_offline(True)
    page.locator("[data-test=start-patrol]").click()
    expect(page.locator("[data-test=patrol]")).to_have_attribute("data-on", "yes")
    phone.until("Number(document.documentElement.dataset.track) > 0")
    # Closed and opened again without a network it is still on, and the point is still there.
    page.reload()
    phone.until("document.documentElement.dataset.ready === 'yes'")
    expect(page.locator("[data-test=patrol]")).to_have_attribute("data-on", "yes")
    phone.until("Number(document.documentElement.dataset.track) > 0")
    phone.context.set_offline(False)
    phone.until("document.documentElement.dataset.track === '0'")
    assert site.rows(POINTS)[0][0] > before
    page.locator("[data-test=stop-patrol]").click()
    expect(page.locator("[data-test=patrol]")).to_have_attribute("data-on", "no")


def test_the_round_shows_what_is_not_seen_yet_with_its_way(site: Site, phone: Watched) -> None:
    # The demo city's officers have walked today until this hour: late in the day there would be nothing left to see.
    today = dt.datetime.now(ZoneInfo(settings.TIME_ZONE)).date()
    site.rows("DELETE FROM cases_cellvisit WHERE day = %s RETURNING id", today)
    ready(phone)
    page = phone.page
    page.locator("[data-test=round]").click()
    phone.until("document.documentElement.dataset.map === 'idle'", within_s=60)
    cells = page.locator("[data-test=round-cells] li")
    seen, beat = page.evaluate("document.documentElement.dataset.round").split("/")
    assert int(beat) == len(site.facts["beat"])
    expect(cells).to_have_count(min(30, int(beat) - int(seen)))
    expect(page.locator(".round-dot")).to_have_count(min(30, int(beat) - int(seen)))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def post_track(officer: Watched, site: Site) -> dt.date:
    """A quarter of an hour of yesterday morning, through the officer's first cells; the day."""
    here = ZoneInfo(settings.TIME_ZONE)
    yesterday = dt.datetime.now(here).date() - dt.timedelta(days=1)
    begin = dt.datetime.combine(yesterday, dt.time(10), here)
    beat = site.facts["beat"][:3]
    points: list[dict[str, Any]] = []
    for k in range(90):
        (a, b), part = (beat[k // 45], beat[k // 45 + 1]), (k % 45) / 45
        at = (begin + dt.timedelta(seconds=10 * k)).isoformat()
        points.append({"at": at, "lon": a[0] + (b[0] - a[0]) * part, "lat": a[1] + (b[1] - a[1]) * part})
    told = officer.post("/api/my/track", {"points": points, "device": "walk"})
    assert told["inserted"] + told["duplicates"] == 90
    return yesterday


def test_an_officer_completes_his_record_and_the_leader_reads_it(site: Site, people_of: People) -> None:
    officer = people_of("officer", **PHONE)
    day = post_track(officer, site)
    officer.page.goto(f"/patrols/?day={day}")
    officer.page.locator("#records a").first.click()
    officer.until("document.documentElement.dataset.track > '0'")
    officer.drawn()
    expect(officer.page.locator("#visits tbody tr").first).to_be_visible()
    officer.page.locator("#weather").fill("晴")
    officer.page.locator("#note").fill("一切正常")
    officer.page.locator("[data-test=complete]").click()
    expect(officer.page.locator("h1 + .stage.closed")).to_be_visible()
    assert officer.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    number = officer.page.url.rstrip("/").rsplit("/", 1)[1]

    leader = people_of("leader", width=1440, height=900)
    leader.page.goto(f"/patrols/?day={day}")
    leader.until("document.documentElement.dataset.ready === 'yes'")
    for rate in ("seen-rate", "full-walk", "dealt-rate"):
        expect(leader.page.locator(f"[data-test={rate}] .big")).to_be_visible()
    expect(leader.page.locator("#grids tbody tr").first).to_be_visible()
    leader.open(f"/patrols/{number}/")
    expect(leader.page.locator(".words .note")).to_have_text("一切正常")
    expect(leader.page.locator("form.words")).to_have_count(0)

    leader.expected.add(403)
    other = people_of("dispatcher")
    other.expected.add(403)
    other.page.goto(f"/patrols/{number}/")
    assert other.page.locator(".words").count() == 0
