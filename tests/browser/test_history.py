"""The history of the grids in a real browser: a divider that is dragged, owners then and now, an edition taken back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched, manage

pytestmark = pytest.mark.browser
People = Callable[..., Watched]

# A plan cuts one cell, gives another to the neighbouring community, and takes effect; the first edition began in March.
_REDRAW = """
import datetime as dt, json, shapely
from django.conf import settings
from django.contrib.auth import get_user_model
from cases.publishing import publish_plan
from cells.models import CellVersion, Edition, GridVersion, Plan
from cells.plans import EditRefused, apply, borders, open_plan
from spatial import crs
from spatial.postgis.convert import to_shapely
def lonlat(points):
    return crs.from_city([list(p) for p in points], srid=settings.CITY_SRID).tolist()
Edition.objects.filter(number=1).update(valid_from=dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC))
base = Edition.objects.in_force()
planner = get_user_model().objects.get(username="planner")
plan = open_plan(title="Browser's plan", by=planner)
cells = {v.cell_id: v for v in CellVersion.objects.current().select_related("cell", "community", "grid")}
names = dict(GridVersion.objects.current().filter(grid__level="community").values_list("grid_id", "name_zh"))
revision, cut, given = plan.revision, None, None
for key, cell in sorted(cells.items()):
    shape = to_shapely(cell.shape)
    west, south, east, north = shape.bounds
    middle = (west + east) / 2
    if cut is None and shape.equals(shape.convex_hull):
        try:
            line = lonlat([(middle, south - 9), (middle, north + 9)])
            revision = apply(plan, "split", {"cells": [key], "line": line}, revision=revision, by=planner).revision
            cut = key
        except EditRefused:
            pass
    elif given is None and cut is not None:
        for border in borders(plan, keys=[key]):
            other = cells.get(border.other if border.one == key else border.one)
            if other is None or not other.grid_id or other.cell_id == cut or other.community_id == cell.community_id:
                continue
            try:
                wish = {"cells": [key], "grid": other.grid_id, "across": True}
                revision = apply(plan, "paint", wish, revision=revision, by=planner).revision
                given = (key, other)
                break
            except EditRefused:
                pass
    if cut and given:
        break
Plan.objects.filter(pk=plan.pk).update(state=Plan.State.APPROVED)
made = publish_plan(plan.pk, by=planner)
old = cells[given[0]]
print("REDRAWN" + json.dumps({
    "before": base.number, "after": made.edition, "plan": plan.pk, "cut": cells[cut].cell.code,
    "given": old.cell.code, "from": names[old.community_id], "to": names[given[1].community_id],
    "given_at": lonlat([to_shapely(old.shape).representative_point().coords[0]])[0],
}))
"""


@pytest.fixture(scope="module")
def redrawn(site: Site) -> dict[str, Any]:
    """What the second edition of the site's city changed."""
    environment = os.environ | {"DATABASE_URL": site.database_url, "CITY_POOL": "4"}
    environment.pop("CITY_DATABASE", None)
    told = manage(environment, "shell", "-v0", "-c", _REDRAW)
    return dict(json.loads(told.split("REDRAWN", 1)[1]))


def opened(person: Watched, address: str) -> None:
    """The page, once both editions are drawn and what differs is known."""
    person.open(address)
    person.until("document.documentElement.dataset.changes > 0")


def cut_is_at(person: Watched, share: float, *, within: float = 0.01) -> None:
    """Wait until the later edition is cut off there, as a share of the map's width from its left."""
    person.until(
        """([share, within]) => { const { leaflet } = wanmi.city, box = leaflet.getContainer();
           const pane = leaflet.getPane("later");
           const from = Number(/polygon\\(([-\\d.]+)px/.exec(pane.style.clipPath)[1]);
           const cut = leaflet.layerPointToContainerPoint([from, 0]).x / box.clientWidth;
           return Math.abs(cut - share) <= within; }""",
        [share, within],
    )


def swipe(page: Page, what: str, across: float) -> None:
    """Drag something sideways with one finger."""
    box = page.locator(what).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = page.context.new_cdp_session(page)
    for kind, share in (("touchStart", 0.0), *(("touchMove", n / 5) for n in range(1, 6)), ("touchEnd", None)):
        points = [] if share is None else [{"x": x + across * share, "y": y}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_the_divider_is_dragged_and_moved_by_keys_and_stays_on_a_map_that_moves(
    site: Site, people_of: People, redrawn: dict[str, Any]
) -> None:
    reader = people_of("dispatcher")
    opened(reader, f"/history/#of={redrawn['before']}-{redrawn['after']}")
    page = reader.page
    handle, box = page.locator("#divider .handle"), page.locator("#compared").bounding_box()
    assert box
    cut_is_at(reader, 0.5)
    held = handle.bounding_box()
    assert held
    page.mouse.move(held["x"] + 20, held["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, held["y"] + 60, steps=6)
    page.mouse.up()
    cut_is_at(reader, 0.25)
    expect(page.locator("#divider")).to_have_attribute("aria-valuenow", "25")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    cut_is_at(reader, 0.31)
    page.keyboard.press("End")
    cut_is_at(reader, 1.0)
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    expect(page).to_have_url(re.compile(r"cut=10\b"))
    # The map moves under it; the cut stays where it is on the screen.
    page.evaluate("wanmi.city.leaflet.panBy([137, 41], { animate: false })")
    cut_is_at(reader, 0.1)


def test_each_side_shows_its_edition_and_a_click_tells_both_owners(
    site: Site, people_of: People, redrawn: dict[str, Any]
) -> None:
    reader = people_of("community", width=1300, height=800)
    opened(reader, f"/history/#of={redrawn['before']}-{redrawn['after']}&cut=40")
    page = reader.page
    expect(page.locator("#changes .hatches li")).not_to_have_count(0)
    reader.click_at(redrawn["given_at"], zoom=17)
    reader.until("document.documentElement.dataset.answered !== undefined")
    before, after = page.locator("#answer .owner").all()
    assert redrawn["from"] in before.inner_text()
    assert redrawn["given"] in before.inner_text()
    assert redrawn["to"] in after.inner_text()
    assert redrawn["given"] not in after.inner_text()
    verdict = page.locator("[data-test=verdict]").inner_text()
    assert redrawn["from"] in verdict
    assert redrawn["to"] in verdict
    # The new cell came from the old one, which is a click away.
    family = page.locator("[data-test=family]")
    expect(family).to_have_count(1)
    family.locator("li .link", has_text=redrawn["given"]).click()
    # Each drawing has the cells of its own edition.
    reader.drawn()
    drawn = """side => [...new Set(wanmi.map[side].drawn.querySourceFeatures("grids", { sourceLayer: "cells" })
        .map(f => f.properties.code))]"""
    reader.until(f"code => ({drawn})('left').includes(code)", redrawn["given"])
    reader.until(f"() => ({drawn})('right').length > 0")
    assert redrawn["given"] not in page.evaluate(drawn, "right")
    # A link shows what its sender saw.
    other = people_of("dispatcher")
    other.open(page.evaluate("location.href").removeprefix(site.url))
    expect(other.page.locator("[data-test=verdict]")).to_have_text(verdict)


def test_editions_are_picked_by_name_and_by_day(site: Site, people_of: People, redrawn: dict[str, Any]) -> None:
    reader = people_of("leader", language="en-US", width=390, height=844)
    opened(reader, "/history/")
    page = reader.page
    expect(page.locator("#right")).to_have_value(str(redrawn["after"]))
    swipe(page, "#divider .handle", -110)
    cut_is_at(reader, (195 - 110) / 390, within=0.02)
    page.locator("#right-day").fill("2026-03-05")
    expect(page.locator("#right")).to_have_value("1")
    page.locator("#left").select_option("1")
    expect(page.locator("#changes")).to_contain_text("The same edition on both sides")
    page.locator("#right").select_option(str(redrawn["after"]))
    reader.until("document.documentElement.dataset.changes > 0")
    expect(page.locator("#name-left")).to_contain_text("Edition 1")
    reader.expected.add(404)
    page.evaluate("document.getElementById('left-day').min = ''")
    page.locator("#left-day").fill("2020-01-01")
    expect(page.locator("#trouble")).to_contain_text("the first began on 2026-03-02")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    edition = page.locator(f"#editions [data-edition='{redrawn['after']}']")
    expect(edition).to_contain_text("Browser's plan")
    expect(page.locator(".take-back")).to_have_count(0)  # a leader looks
    edition.get_by_role("link", name="The plan").click()
    expect(page).to_have_url(f"{site.url}/plans/{redrawn['plan']}/")
    expect(page.locator("body")).to_contain_text("Browser's plan")


def test_a_planner_takes_the_newest_edition_back(site: Site, people_of: People, redrawn: dict[str, Any]) -> None:
    planner = people_of("planner", language="en-US")
    opened(planner, f"/history/#of={redrawn['before']}-{redrawn['after']}")
    page = planner.page
    # The newest is this plan's, or an attempt's that was cut off: taking back is itself an edition.
    after = int(page.locator("#editions li").first.get_attribute("data-edition") or 0)
    before = after - 1
    page.locator(".take-back").click()
    sheet = page.locator("#taking-back")
    expect(sheet).to_contain_text(f"A new edition {after + 1} begins now, with the grids of edition {before}.")
    sheet.get_by_role("button", name="Leave it in force").click()
    expect(sheet).to_be_hidden()
    page.locator(".take-back").click()
    page.locator("#take-back-now").click()
    expect(sheet).to_contain_text(f"Edition {after + 1} is in force", timeout=90_000)
    sheet.get_by_role("button", name="See what changed").click()
    expect(page.locator("#left")).to_have_value(str(after))
    expect(page.locator("#right")).to_have_value(str(after + 1))
    expect(page.locator(f"#editions [data-edition='{after}']")).to_contain_text(f"Taken back by edition {after + 1}.")
    # From before the plan to now nothing differs.
    page.locator("#left").select_option(str(before))
    expect(page.locator("#changes")).to_contain_text("No cell differs between the two.")
