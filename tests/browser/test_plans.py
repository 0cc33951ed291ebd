"""A planner's plan in a real browser, from the first stroke to the call that goes to the new community."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Watched, manage
from tests.browser.drawing_table import (
    SCREEN,
    after,
    becomes,
    cell_at,
    click,
    drag_box,
    explain_all,
    made,
    publish,
    pull_border,
    ready,
    revision,
    table,
    use,
    view,
    what_to_redraw,
)

pytestmark = pytest.mark.browser
People = Callable[..., Watched]
SLOW_MS = 90_000  # a plan is published: editions, components, cases and messages in one step


@pytest.fixture(scope="module")
def environment(site: Site) -> dict[str, str]:
    """What manage.py needs to work on the site's own city."""
    found = os.environ | {"DATABASE_URL": site.database_url, "CITY_POOL": "4"}
    found.pop("CITY_DATABASE", None)
    return found


@pytest.fixture(scope="module")
def facts(site: Site, environment: dict[str, str]) -> dict[str, Any]:
    """What of the site's city to redraw."""
    return what_to_redraw(site, environment)


@pytest.fixture
def reverted(environment: dict[str, str]) -> Iterator[None]:
    """Whatever a test published is taken back, so that the others find the city they know."""
    last = "from cells.models import Edition; found = Edition.objects.in_force()"
    told = manage(environment, "shell", "-v0", "-c", f"{last}; print('EDITION', found.number)")
    before = int(told.split("EDITION", 1)[1])
    yield
    back = f"from cases.publishing import revert_edition; found.number > {before} and revert_edition(found)"
    manage(environment, "shell", "-v0", "-c", f"{last}; {back}")


def test_from_the_first_stroke_to_the_call_at_its_new_owner(
    site: Site, people_of: People, environment: dict[str, str], facts: dict[str, Any], reverted: None
) -> None:
    desk = people_of("planner", width=1360, height=820)
    page = desk.page
    page.goto(f"{site.url}/plans/")
    page.locator("#new").click()
    page.fill("#title", "Across the street")
    page.locator("#make .primary").click()
    page.wait_for_url(re.compile(r"/plans/\d+/"))
    number = int(re.findall(r"/plans/(\d+)/", page.url)[0])
    ready(desk)

    # Fifty cells by box, there and back.
    view(desk, facts["beside_at"], 17)
    page.keyboard.press("i")
    click(page, facts["beside_at"])
    desk.until("grid => document.documentElement.dataset.active === String(grid)", facts["grid"])
    view(desk, facts["beside_at"], 14.5)
    use(page, "box")
    page.locator("#options input[type=checkbox]").check()
    after(desk, lambda: drag_box(page, 0.9))
    painted = page.evaluate("wanmi.map.plan.cells.size")
    assert painted >= 50
    desk.until("document.documentElement.dataset.impact === document.documentElement.dataset.revision")
    assert int(page.locator(".figure b").first.inner_text()) == painted
    after(desk, lambda: page.keyboard.press("Control+z"))
    assert page.evaluate("wanmi.map.plan.cells.size") == 0
    after(desk, lambda: page.keyboard.press("Control+Shift+z"))
    assert page.evaluate("wanmi.map.plan.cells.size") == painted
    after(desk, lambda: page.locator("#undo").click())

    # One cell to the community beside it: refused first, then meant.
    view(desk, facts["moved_at"], 17)
    use(page, "brush")
    page.locator("#options input[type=checkbox]").uncheck()
    desk.expected.add(422)
    click(page, facts["moved_at"])
    page.locator("[data-test=refused]").wait_for()
    expect(page.locator(".pulse")).to_have_count(1)
    after(desk, lambda: page.locator("[data-test=across]").click())
    becomes(desk, facts["moved_at"], facts["grid"])
    expect(page.locator("#refusal")).to_be_hidden()

    # A shared border pulled by a point between its corners.
    pull_border(desk, facts)

    # A cell cut by a drawn line.
    view(desk, facts["cut"][0], 17)
    page.keyboard.press("Escape")
    use(page, "split")
    for n, place in enumerate(facts["cut"], 1):
        click(page, place)
        desk.until("n => wanmi.city.leaflet.pm.Draw.Line._layer.getLatLngs().length === n", n)
    after(desk, lambda: page.keyboard.press("Enter"))
    page.keyboard.press("Escape")
    halves = page.evaluate("key => [...wanmi.map.plan.cells.keys()].filter(k => k < 0 || k === key)", facts["cut_key"])
    assert sorted(halves) == [-1, facts["cut_key"]]

    # Seen before it happens, explained, sent.
    page.locator("[data-tab=impact]").click()
    desk.until("document.documentElement.dataset.impact === document.documentElement.dataset.revision")
    expect(page.locator(".impact-table tbody tr")).not_to_have_count(0)
    assert page.locator(".impact-table tbody tr").count() >= 2
    with page.expect_download() as download:
        page.locator(".impact-bar a").click()
    assert download.value.suggested_filename.endswith(".csv")
    page.locator("[data-tab=checks]").click()
    page.locator("#body-checks .verdict").wait_for()
    page.locator(".finding:enabled").first.click()
    desk.until("wanmi.map.marks.lit.size > 0")
    explain_all(desk)
    page.locator("[data-tab=steps]").click()
    expect(page.locator(".step")).to_have_count(revision(page))
    page.locator("[data-tab=approval]").click()
    page.locator("[data-test=send]").click()
    expect(page.locator("html")).to_have_attribute("data-state", "sent")
    expect(page.locator("[data-tool=brush]")).to_have_count(0)
    expect(page.locator("[data-test=approve]")).to_have_count(0)

    # The second person; then the call.
    second = people_of("planner2", width=1360, height=820)
    table(second, number, facts["moved_at"])
    second.page.locator("[data-tab=approval]").click()
    second.page.locator("[data-test=approve]").click()
    expect(second.page.locator("html")).to_have_attribute("data-state", "approved")
    second.page.locator("[data-test=publish]").click()
    second.page.locator("[data-test=sure]").click()
    second.page.locator("[data-test=published]").wait_for(timeout=SLOW_MS)
    expect(page.locator("html")).to_have_attribute("data-state", "published")

    call = people_of("dispatcher")
    call.open(f"/#map=17/{facts['moved_at'][1]:.5f}/{facts['moved_at'][0]:.5f}")
    call.click_at(facts["moved_at"])
    community = call.page.locator("#panel [data-test=community]")
    community.wait_for()
    assert community.inner_text() == facts["to"] != facts["from"]
    call.page.locator("#filing .chip").first.click()
    call.page.locator("#filing [data-test=file]").click()
    told = call.page.locator(".toast.good")
    told.wait_for()
    filed = re.search(r"\d{10,}", told.inner_text())
    assert filed
    stored = site.case(filed[0])
    assert stored is not None
    assert stored["owner"].startswith(facts["to_code"])


def test_a_colleagues_stroke_is_seen_at_once_and_the_view_is_in_the_address(
    people_of: People, environment: dict[str, str], facts: dict[str, Any]
) -> None:
    number = made(environment, "Two at one table")
    one, other = (people_of(role, width=1200, height=760) for role in ("planner", "planner2"))
    table(one, number, facts["moved_at"])
    table(other, number, facts["moved_at"])
    expect(other.page.locator("html")).to_have_attribute("data-live", "on")
    one.page.evaluate("key => wanmi.desk.edit('lock', { grids: [key] })", facts["grid"])
    other.until("grid => wanmi.map.plan.locked.has(grid)", facts["grid"])
    other.page.locator(".toast").wait_for()
    # A locked grid stays as it is, and says so.
    one.expected.add(422)
    one.page.evaluate(
        "([key, grid]) => wanmi.desk.edit('paint', { cells: [key], grid, across: true })",
        [facts["moved_key"], facts["grid"]],
    )
    one.page.locator("[data-test=refused]").wait_for()
    one.page.locator("[data-tab=steps]").click()
    expect(one.page.locator(".step")).to_have_count(1)
    assert re.search(r"map=17/.*tab=steps", one.page.evaluate("location.hash"))


def test_a_stale_stroke_is_refused_with_who_changed_what(
    people_of: People, environment: dict[str, str], facts: dict[str, Any]
) -> None:
    number = made(environment, "Late by one")
    late = people_of("planner", width=1200, height=760)
    table(late, number, facts["moved_at"])
    late.expected.add(409)
    # As if the other's change had not been told yet: the stroke is made for an older revision.
    manage(
        environment, "shell", "-v0", "-c",
        "from django.contrib.auth import get_user_model\nfrom cells.plans import apply\nfrom cells.models import Plan\n"
        f"plan = Plan.objects.get(pk={number})\n"
        f"apply(plan, 'paint', {{'cells': [{facts['moved_key']}], 'grid': {facts['grid']}, 'across': True}},"
        " revision=plan.revision, by=get_user_model().objects.get(username='planner2'))",
    )  # fmt: skip
    late.until("document.documentElement.dataset.revision === '1'")
    late.drawn()
    late.page.evaluate("wanmi.map.plan.revision = 0")
    late.page.evaluate("grid => wanmi.desk.edit('lock', { grids: [grid] })", facts["grid"])
    told = late.page.locator("[data-test=stale]")
    told.wait_for()
    assert "planner2" in told.inner_text() or "Second" in told.inner_text()
    assert late.page.evaluate("[...wanmi.map.marks.lit]") == [facts["moved_key"]]
    assert revision(late.page) == 1


def test_a_plan_behind_the_edition_in_force_is_told_cell_by_cell_and_put_on_it(
    people_of: People, environment: dict[str, str], facts: dict[str, Any], reverted: None
) -> None:
    across = {"grid": facts["grid"], "across": True}
    first = made(environment, "First to publish", f"'paint', {across | {'cells': [facts['moved_key']]}!r}")
    both = across | {"cells": [facts["moved_key"], facts["cut_key"]]}
    second = made(environment, "Second to publish", f"'paint', {both!r}")
    desk = people_of("planner", width=1280, height=800)
    page = table(desk, second, facts["moved_at"])
    assert page.locator("#banner").is_hidden()
    publish(environment, first)
    page.locator("#banner").wait_for(timeout=SLOW_MS)  # told at once, without reloading
    page.locator("#banner button").click()
    expect(page.locator(".conflicts li")).to_have_count(1)
    assert facts["moved"] in page.locator(".conflicts li").inner_text()
    page.locator("[data-test=rebase]").click()
    page.locator("[data-test=sure]").click()
    page.locator("#banner").wait_for(state="hidden", timeout=SLOW_MS)
    desk.until("key => wanmi.map.plan.cells.size === 1 && wanmi.map.plan.cells.has(key)", facts["cut_key"])
    # What was dropped is drawn as the new edition has it.
    becomes(desk, facts["moved_at"], facts["grid"])


def test_a_plan_can_be_looked_at_on_a_phone(
    people_of: People, environment: dict[str, str], facts: dict[str, Any]
) -> None:
    paint = {"cells": [facts["moved_key"]], "grid": facts["grid"], "across": True}
    number = made(environment, "Seen from the street", f"'paint', {paint!r}")
    phone = people_of("leader", width=390, height=844)
    phone.page.goto(f"{phone.site.url}/plans/")
    phone.page.locator(f"[data-plan='{number}']").tap()
    ready(phone)
    page = phone.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("[data-test=why-not]")).to_be_visible()
    expect(page.locator("[data-tool=brush]")).to_have_count(0)
    page.locator("[data-tab=impact]").tap()
    phone.until("document.documentElement.dataset.impact === '1'")
    expect(page.locator(".impact-table tbody tr")).to_have_count(2)
    page.locator(".row-name").first.tap()
    phone.until("wanmi.map.marks.lit.size === 1")
    page.locator("[data-tab=impact]").tap()
    expect(page.locator("#side-bodies")).to_be_hidden()
    # Every target is large enough for a thumb.
    small = page.evaluate(
        """[...document.querySelectorAll(".side-tabs button:not([hidden]), .desk-bar a, .tool")]
            .map(b => b.getBoundingClientRect()).filter(b => b.width && (b.height < 40 || b.width < 40)).length"""
    )
    assert small == 0


def test_a_finger_paints_and_a_second_finger_takes_the_stroke_back(
    people_of: People, environment: dict[str, str], facts: dict[str, Any]
) -> None:
    number = made(environment, "By thumb")
    phone = people_of("planner", width=390, height=844)
    page = table(phone, number, facts["moved_at"], zoom=16)
    community = cell_at(phone, facts["beside_at"])["community"]
    page.evaluate("([grid, community]) => wanmi.desk.activate(grid, community)", [facts["grid"], community])
    page.locator("[data-tool=brush]").tap()
    page.locator("#options input[type=checkbox]").check()
    fingers = phone.context.new_cdp_session(page)

    def touch(kind: str, *places: list[float]) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    # The stroke begins in this cell: it is drawn.
    assert cell_at(phone, facts["moved_at"])["key"] == facts["moved_key"]
    x, y = page.evaluate(SCREEN, facts["moved_at"])

    def stroke() -> None:
        touch("touchStart", [x, y])
        for step in range(1, 12):
            touch("touchMove", [x, y + 8 * step])
        # 88 pixels at this zoom are more than 150 m: the stroke has met more than the cell it began in.
        phone.until("wanmi.map.marks.brushed.size > 1")
        touch("touchEnd")

    after(phone, stroke)
    assert facts["moved_key"] in page.evaluate("[...wanmi.map.plan.cells.keys()]")
    touch("touchStart", [x + 60, y])
    touch("touchMove", [x + 64, y])
    touch("touchStart", [x + 64, y], [x + 90, y + 40])
    touch("touchEnd")
    phone.until("wanmi.map.marks.brushed.size === 0")
    page.evaluate("wanmi.desk.last.then(() => null)")
    assert revision(page) == 1
