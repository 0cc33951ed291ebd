"""The leader's pages in a real browser: one screen, on the wall without growing, on a phone; hot spots; the file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site, Watched, manage

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
SHOWN = "document.documentElement.dataset.leader === 'shown'"
FOUND = "document.documentElement.dataset.hotspots === 'shown'"
NO_WIDER = "document.documentElement.scrollWidth <= window.innerWidth"


def overview(person: Watched, address: str = "/leader/") -> None:
    person.open(address)
    person.until(SHOWN, within_s=60)
    person.drawn()


def test_a_leader_sees_all_on_one_screen_and_each_number_opens_its_cases(site: Site, people_of: People) -> None:
    person = people_of("leader", language="en-US", width=1440, height=900)
    page = person.page
    overview(person)
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    (of_database,) = site.rows("SELECT count(*) FROM cases_case WHERE stage NOT IN ('closed', 'declined', 'void')")[0]
    tile = page.locator("[data-test=figure-open]")
    expect(tile.locator(".now")).to_have_text(f"{of_database:,}")
    assert page.locator("[data-test=todo]").inner_text() not in ("", "…")
    tile.locator("summary").click()
    expect(tile.locator("details p")).to_contain_text("neither closed")
    tile.locator("a").click()
    expect(page.locator("[data-test=count]")).to_have_text(str(of_database))
    number = page.locator("[data-case]").first
    expect(number).to_be_visible()
    number.locator("a").click()
    person.drawn()
    assert "/#map=" in page.url


def test_the_hall_shows_itself_anew_and_grows_by_nothing(people_of: People) -> None:
    person = people_of("leader", width=1920, height=1080)
    page = person.page
    overview(person, "/leader/?hall=1")
    expect(page.locator(".bar")).to_be_hidden()
    size = """() => ({
        nodes: document.querySelectorAll(".leader *:not(.leaflet-container *)").length,
        marks: wanmi.map.markers.getLayers().length,
        layers: wanmi.city.drawn.getStyle().layers.length,
        sources: Object.keys(wanmi.city.drawn.getStyle().sources).length,
        listeners: Object.values(wanmi.city.leaflet._events).flat().length,
    })"""
    before = page.evaluate(size)
    for _ in range(4):
        page.evaluate("wanmi.refresh()")
    assert page.evaluate(size) == before
    assert int(page.evaluate("document.documentElement.dataset.leaderTimes")) >= 5


def test_a_phone_shows_the_overview_in_one_column(people_of: People) -> None:
    person = people_of("leader", width=390, height=844)
    overview(person)
    assert person.page.evaluate(NO_WIDER)
    boxes = [
        person.page.locator(f"[data-test={name}]").bounding_box() for name in ("todo", "changes", "cells", "grids")
    ]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 4
    assert tops == sorted(tops)
    expect(person.page.locator("[data-test=figure-overdue]")).to_be_visible()


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 1440), ("en-US", 390)])
def test_hot_spots_by_method_time_and_community(people_of: People, language: str, width: int) -> None:
    person = people_of("leader", language=language, width=width, height=900)
    page = person.page
    person.open("/hotspots/?frame=h3:9")
    person.until(FOUND, within_s=60)
    assert page.evaluate(NO_WIDER)
    units = page.evaluate("wanmi.state.frame.features.length")
    legend = "[...document.querySelectorAll('#legend-rows b')].reduce((sum, b) => sum + Number(b.textContent), 0)"
    assert page.evaluate(legend) == units > 10
    page.locator("[data-test=method-gi]").click()
    expect(page.locator("[data-test=method-gi]")).to_have_attribute("aria-checked", "true")
    person.until(f"{legend} === {units}")
    page.locator("[data-test=tab-communities]").click()
    expect(page.locator("[data-test=communities] circle").first).to_be_visible()
    # A week earlier: the period in the picture and in the answer move, the classes stay.
    day = page.evaluate("wanmi.state.query.to")
    page.evaluate("""() => { const slider = document.getElementById("moment"); slider.value = Number(slider.value) - 1;
        slider.dispatchEvent(new Event("change")); }""")
    person.until(f"{FOUND} && wanmi.state.query.to < '{day}'")
    earlier = page.evaluate("wanmi.state.query.to")
    expect(page.locator("[data-test=caption]")).to_contain_text(earlier)
    page.locator("[data-test=compare]").select_option("period")
    person.until(f"{FOUND} && wanmi.state.before !== null")
    assert page.evaluate("document.querySelectorAll('#legend-rows li').length") == 4
    assert page.evaluate(legend) == units


def test_the_file_to_take_along_opens_with_the_network_off(site: Site, chromium: Browser, tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": site.database_url}
    environment.pop("CITY_DATABASE", None)
    out = tmp_path / "report.html"
    manage(environment, "heatmap", "--language", "en", "--out", str(out))
    assert out.stat().st_size < 3_000_000
    context = chromium.new_context(offline=True, viewport={"width": 1200, "height": 800})
    page, faults, asked = context.new_page(), [], []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(out.as_uri())
    switches = page.locator(".leaflet-control-layers-selector")
    expect(switches).to_have_count(4)
    for _ in range(3):  # the heat on and off, near and far
        switches.nth(2).click()
        page.locator(".leaflet-control-zoom-in").click()
    canvas = page.locator("canvas").first
    expect(canvas).to_be_visible()
    drawn = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].some((v) => v > 0)"
    assert canvas.evaluate(drawn)
    expect(page.locator(".told")).to_contain_text(re.compile(r"edition \d"))
    assert faults == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    context.close()


def test_density_says_its_bandwidth_and_two_periods_move_as_one(people_of: People) -> None:
    person = people_of("leader", language="en-US", width=1440, height=900)
    page = person.page
    person.open("/hotspots/")
    person.until(FOUND, within_s=60)
    page.locator("[data-test=method-density]").click()
    page.locator("[data-test=bandwidth]").select_option("600")
    expect(page.locator("[data-test=caption]")).to_contain_text("bandwidth 600 m")
    expect(page.locator("[data-test=legend]")).to_contain_text("For looks only")
    assert page.evaluate("wanmi.city.drawn.getLayer('density') !== undefined")
    page.locator("[data-test=method-oe]").click()
    page.locator("[data-test=compare]").select_option("period")
    page.locator("[data-test=two]").check()
    person.until("wanmi.state.before !== null", within_s=60)
    expect(page.locator("[data-test=caption-before]")).to_contain_text(page.evaluate("wanmi.state.before.figures.to"))
    person.until(FOUND)
    assert page.evaluate("wanmi.city.drawn.getLayer('density') === undefined")
    assert page.locator("#legend-rows li").count() == 8  # the classes of one period, the same on both maps
    for mine, theirs in (("city", "side.city"), ("side.city", "city")):
        page.evaluate(f"wanmi.{mine}.leaflet.panBy([120, 40], {{ animate: false }})")
        apart = f"wanmi.{mine}.leaflet.getCenter().distanceTo(wanmi.{theirs}.leaflet.getCenter())"
        person.until(f"{apart} < 40")
    page.locator("[data-test=two]").uncheck()
    expect(page.locator("[data-test=map-before]")).to_be_hidden()
