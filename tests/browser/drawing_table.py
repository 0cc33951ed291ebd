"""What tests do at the planner's drawing table: find something to redraw, and draw it with a mouse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Watched, manage

# A cell at the border of two communities of one town, far from what other tests look at, whose loss leaves its grid in
# one piece; a border and a cell of the same grid to pull and to cut.
_FACTS = """
import json, sys
import shapely
from django.conf import settings
from django.contrib.auth import get_user_model
from cells.models import CellVersion, GridVersion, Person, Role
from spatial import crs
from spatial.postgis.convert import to_shapely
planner2, _ = get_user_model().objects.get_or_create(username="planner2")
planner2.set_password("planner2")
planner2.save()
Person.objects.get_or_create(user=planner2, defaults={"role": Role.objects.get(slug="planner"), "name_en": "Second"})
kept = set(KEPT)
town = dict(GridVersion.objects.current().filter(grid__level="community").values_list("grid_id", "parent_id"))
name = dict(GridVersion.objects.current().filter(grid__level="community").values_list("grid_id", "name_zh"))
code = dict(GridVersion.objects.current().filter(grid__level="community").values_list("grid_id", "grid__code"))
cells = list(CellVersion.objects.current().select_related("cell"))
shape = {c.cell_id: to_shapely(c.shape) for c in cells}
tree, order = shapely.STRtree([shape[c.cell_id] for c in cells]), cells
def one_piece(keys):
    return shapely.coverage_union_all([shape[k] for k in keys]).geom_type == "Polygon"
def lonlat(point):
    return crs.from_city([[point.x, point.y]], srid=settings.CITY_SRID)[0].tolist()
def found():
    for c in cells:
        mine = [o for o in cells if o.grid_id == c.grid_id]
        rest = [o.cell_id for o in mine if o.cell_id != c.cell_id]
        if c.cell.code in kept or len(rest) < 5 or not one_piece(rest):
            continue
        near = [order[n] for n in tree.query(shape[c.cell_id]) if order[n].cell_id != c.cell_id]
        for o in near:
            common = shape[c.cell_id].boundary.intersection(shape[o.cell_id].boundary).length
            if o.community_id == c.community_id or town[o.community_id] != town[c.community_id] or common < 40:
                continue
            theirs = [x.cell_id for x in cells if x.grid_id == o.grid_id]
            if not one_piece([*theirs, c.cell_id]):
                continue
            inner = [x for x in mine if x.cell.code not in kept and x.cell_id != c.cell_id]
            inner.sort(key=lambda x: -shape[x.cell_id].area)
            pairs = [(a, b) for a in inner for b in inner if a.pk < b.pk and a.cell_id != inner[0].cell_id != b.cell_id
                     and shape[a.cell_id].boundary.intersection(shape[b.cell_id].boundary).length > 50]
            if pairs:
                return c, o, inner[0], pairs[0]
c, o, cut, (a, b) = found()
low, left = shape[cut.cell_id].bounds[1], shape[cut.cell_id].bounds[0]
high, right = shape[cut.cell_id].bounds[3], shape[cut.cell_id].bounds[2]
middle = (left + right) / 2 + 3
print("FACTS" + json.dumps({
    "moved": c.cell.code, "moved_key": c.cell_id, "moved_at": lonlat(shape[c.cell_id].point_on_surface()),
    "from": name[c.community_id], "to": name[o.community_id], "to_code": code[o.community_id],
    "beside_at": lonlat(shape[o.cell_id].point_on_surface()), "grid": o.grid_id,
    "cut_key": cut.cell_id, "cut": [lonlat(shapely.Point(middle, low - 2)), lonlat(shapely.Point(middle, high + 2))],
    "pair": [a.cell_id, b.cell_id], "pair_at": lonlat(shape[a.cell_id].point_on_surface()),
}))
"""
SCREEN = """([lon, lat]) => { const at = wanmi.city.leaflet.latLngToContainerPoint([lat, lon]);
    const box = document.getElementById("map").getBoundingClientRect(); return [box.x + at.x, box.y + at.y]; }"""


def what_to_redraw(site: Site, environment: dict[str, str]) -> dict[str, Any]:
    """Facts of the site's city for a plan; makes the second planner, whose password is his name."""
    kept = [site.facts["cell"], *site.facts["border_cells"]]
    told = manage(environment, "shell", "-v0", "-c", _FACTS.replace("KEPT", repr(kept)))
    return dict(json.loads(told.split("FACTS", 1)[1]))


def made(environment: dict[str, str], title: str, *edits: str) -> int:
    """A plan of the planner's, with edits as Python of `apply(plan, …)`; its number."""
    lines = [
        "from django.contrib.auth import get_user_model",
        "from cells.plans import apply, open_plan",
        "by = get_user_model().objects.get(username='planner')",
        f"plan = open_plan(title={title!r}, by=by)",
        "from cells.models import Plan",
        *(f"apply(plan, {edit}, revision=Plan.objects.get(pk=plan.pk).revision, by=by)" for edit in edits),
        "print('PLAN', plan.pk)",
    ]
    return int(manage(environment, "shell", "-v0", "-c", "\n".join(lines)).split("PLAN", 1)[1])


def publish(environment: dict[str, str], number: int) -> None:
    """Settle a plan of the planner's: warnings explained, sent, approved by the second planner, published."""
    lines = f"""
from django.contrib.auth import get_user_model
from cases.publishing import publish_plan
from cells.models import Plan
from cells.plans import approve, send
from cells.plans.checks import findings, remark
one, other = (get_user_model().objects.get(username=name) for name in ("planner", "planner2"))
plan = Plan.objects.get(pk={number})
for f in findings(plan):
    remark(plan, check=f.check, subject=f.subject, words="Agreed.", by=one)
send(plan, by=one)
approve(plan, by=other)
publish_plan(plan, by=other)
"""
    manage(environment, "shell", "-v0", "-c", lines)


def table(person: Watched, number: int, at: list[float], *, zoom: float = 17) -> Page:
    """The drawing table of a plan, drawn."""
    person.page.goto(f"{person.site.url}/plans/{number}/#map={zoom}/{at[1]:.5f}/{at[0]:.5f}")
    ready(person)
    return person.page


def ready(person: Watched) -> None:
    """Wait until the page is at work and the plan is drawn."""
    person.until("document.documentElement.dataset.ready === 'yes'", within_s=60)
    person.drawn()
    person.until("wanmi.map.at(wanmi.city.leaflet.getCenter()) !== null")


def revision(page: Page) -> int:
    return int(page.evaluate("document.documentElement.dataset.revision"))


def after(person: Watched, gesture: Callable[[], Any], *, more: int = 1) -> int:
    """Make a gesture; the plan's revision once it is applied and drawn."""
    before = revision(person.page)
    gesture()
    person.until("known => Number(document.documentElement.dataset.revision) >= known", before + more, within_s=60)
    person.drawn()
    return revision(person.page)


def click(page: Page, lonlat: list[float]) -> None:
    x, y = page.evaluate(SCREEN, lonlat)
    page.mouse.click(x, y)


def use(page: Page, tool: str) -> None:
    page.locator(f"[data-tool={tool}]").click()
    expect(page.locator("html")).to_have_attribute("data-tool", tool)


def cell_at(person: Watched, lonlat: list[float]) -> dict[str, Any]:
    """The cell that the page draws at a place."""
    person.until("([lng, lat]) => wanmi.map.at({ lng, lat }) !== null", lonlat)
    return dict(person.page.evaluate("([lng, lat]) => wanmi.map.at({ lng, lat })", lonlat))


def becomes(person: Watched, lonlat: list[float], grid: int) -> None:
    """Wait until the cell that is drawn at a place is of a grid."""
    person.until("([[lng, lat], grid]) => wanmi.map.at({ lng, lat })?.grid === grid", [lonlat, grid])


def view(person: Watched, lonlat: list[float], zoom: float) -> None:
    """Go to a place; the cells there are drawn."""
    person.page.evaluate(
        "([lon, lat, z]) => wanmi.city.leaflet.setView([lat, lon], z, { animate: false })", [*lonlat, zoom]
    )
    person.drawn()
    person.until("([lng, lat]) => wanmi.map.at({ lng, lat }) !== null", lonlat)


def drag_box(page: Page, share: float) -> None:
    """Drag a box over the middle of the map: some share of its width and height."""
    box = page.locator("#map").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - box["width"] * share / 2, y - box["height"] * share / 2)
    page.mouse.down()
    page.mouse.move(x, y, steps=3)
    page.mouse.move(x + box["width"] * share / 2, y + box["height"] * share / 2, steps=3)
    page.mouse.up()


def explain_all(person: Watched) -> None:
    """Give every warning its word of explanation."""
    page = person.page
    for _ in range(30):
        if page.evaluate("document.documentElement.dataset.hindrances") == "0":
            return
        assert page.locator(".findings.error").count() == 0, page.locator(".findings.error").inner_text()
        for closed in page.locator(".findings details:not([open]) > summary").all():
            closed.click()
        field = page.locator(".explain:not(.done) input").first
        before = page.locator(".explain.done").count()
        field.fill("Agreed with both communities.")
        field.press("Enter")
        expect(page.locator(".explain.done")).to_have_count(before + 1)
    raise AssertionError("warnings without an end")


def pull_border(desk: Watched, facts: dict[str, Any]) -> None:
    """Take the border of the pair and drag a point of it some metres aside; both cells must be others then."""
    page = desk.page
    view(desk, facts["pair_at"], 17.5)
    line = page.evaluate(
        """async ([one, other]) => (await wanmi.desk.borders({ cells: `${one},${other}` }))
            .filter(b => [one, other].includes(b.one) && [one, other].includes(b.other))
            .map(b => b.line).sort((a, b) => b.length - a.length)[0]""",
        facts["pair"],
    )
    (x0, y0), (x1, y1) = line[0], line[1]
    middle = [(x0 + x1) / 2, (y0 + y1) / 2]
    view(desk, middle, 18)
    use(page, "border")
    click(page, middle)
    desk.until("document.querySelectorAll('.marker-icon-middle').length > 0")
    handle = page.locator(".marker-icon-middle").first.bounding_box()
    assert handle
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2

    def drag() -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 8, y + 8, steps=4)
        page.mouse.up()

    after(desk, drag)
    touched = set(page.evaluate("[...wanmi.map.plan.cells.keys()]"))
    assert set(facts["pair"]) <= touched
    # The border is still in hand, with the new point.
    desk.until("document.querySelectorAll('.marker-icon').length >= 3")
