"""Shape the cells themselves: the kinds of edit that cut, join and move borders.

Each reads its intent, takes the window of cells it can touch, asks the verb of `spatial.edits` (which proves the new
tiling or refuses), and gives the states before and after.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np
import shapely

from cells.models import Plan, Street
from cells.plans.doing import Change
from cells.plans.errors import EditRefused
from cells.plans.ground import BORDER_CLASSES, streets
from cells.plans.intents import Intent, bad
from cells.plans.outcome import as_change
from cells.plans.painting import require_cells, require_community
from cells.plans.working import Box, Window, box_round, id_of, window, working_cells
from spatial import edits
from spatial.ground import meet, merge_carriageways, off_border
from spatial.intents import DEFAULT_LIMITS, Limits
from spatial.moving import Ends
from spatial.postgis.convert import to_shapely

LOOK_AROUND_M = 250.0  # so far a corner is looked for, to show the nearest
CUT_OFF_M2 = 500.0  # streets cut off no pieces below this


def split(plan: Plan, intent: Intent) -> Change:
    """Split `cells`, or all of a `community`, by `line` or `lines`; with `keep_small` no small pieces come off."""
    held, ids = chosen(plan, intent)
    lines = intent.lines()
    return as_change(plan, held, edits.split(held.partition, ids, lines, keep_small=intent.flag("keep_small")))


def split_by_streets(plan: Plan, intent: Intent) -> Change:
    """Split `cells`, or all of a `community`, by the streets of some `classes` (1 arterial to 4 compound road)."""
    classes = intent.keys("classes") if intent.has("classes") else list(BORDER_CLASSES)
    smallest = intent.number("smallest_m2", CUT_OFF_M2, DEFAULT_LIMITS.min_area_m2, 1e6)
    held, ids = chosen(plan, intent)
    shapes = held.partition.of_cells(ids)
    lines, line_class = streets(box_round(shapes), classes)
    if len(lines):
        # A street that is the border already, give or take some metres, would cut strips off.
        borders = shapely.multipolygons(shapes)
        lines, line_class = off_border(*merge_carriageways(lines, line_class), borders)
        near = shapely.STRtree(shapes).query(lines, predicate="intersects")[0]
        lines = meet(lines[np.unique(near)])
    if len(lines) == 0:
        raise EditRefused("no_streets")
    limits = Limits(min_area_m2=smallest)
    return as_change(plan, held, edits.split(held.partition, ids, lines, keep_small=True, limits=limits))


def merge(plan: Plan, intent: Intent) -> Change:
    """Merge `cells` into one, which stays `into` (or the oldest); with `across` also over a community's border."""
    held, ids = chosen(plan, intent)
    into = id_of(intent.key("into")) if intent.has("into") else None
    return as_change(plan, held, edits.merge(held.partition, ids, into=into, across=intent.flag("across")))


def move_vertex(plan: Plan, intent: Intent) -> Change:
    """Move the corner `at` a place `to` another, for all cells that have it."""
    at, to = intent.point("at"), intent.point("to")
    here = shapely.points(at[0])
    met = working_cells(plan, box=box_round(here, DEFAULT_LIMITS.snap_m))
    held = _window(plan, box_round(met.shapes) if len(met) else box_round(here, LOOK_AROUND_M))
    return as_change(plan, held, edits.move_vertex(held.partition, at[0], to[0], across=intent.flag("across")))


def move_border(plan: Plan, intent: Intent) -> Change:
    """Put `line` in the place of the shared border `arc`; its `ends` stay pinned, or are moved with all that meet."""
    arc, line = intent.arc(), intent.line()
    ends = cast(Ends, intent.one_of("ends", ("pinned", "moved")))
    held = _beside(plan, arc, wider=ends == "moved")
    answer = edits.move_arc(held.partition, _named(arc), line, ends=ends, across=intent.flag("across"))
    return as_change(plan, held, answer)


def redraw_border(plan: Plan, intent: Intent) -> Change:
    """Draw the border between the cells `one` and `other` anew along `line`."""
    one, other, line = intent.key("one"), intent.key("other"), intent.line()
    held = _window(plan, box_round(require_cells(plan, sorted({one, other})).shapes))
    answer = edits.reshape(held.partition, id_of(one), id_of(other), line, across=intent.flag("across"))
    return as_change(plan, held, answer)


def straighten(plan: Plan, intent: Intent) -> Change:
    """Lay the shared border `arc` along a line (`along`), along a `street`, or straight from corner to corner."""
    arc = intent.arc()
    ends = cast(Literal["pinned", "slide"], intent.one_of("ends", ("slide", "pinned")))
    along: Any = None
    if intent.has("street"):
        street = Street.objects.filter(pk=intent.key("street")).first()
        if street is None:
            raise bad("there is no such street")
        along = to_shapely(street.shape)
    elif intent.has("along"):
        along = intent.line("along")
    held = _beside(plan, arc)
    answer = edits.straighten(held.partition, _named(arc), along=along, ends=ends, across=intent.flag("across"))
    return as_change(plan, held, answer)


def paste(plan: Plan, intent: Intent) -> Change:
    """Make a GeoJSON `outline` the border of the cell `into`, or of a new one; neighbours give land or take it."""
    outline = intent.area("outline")
    box = box_round(outline)
    if not np.isfinite(box).all():
        raise bad("“outline” has no corners")
    shapes = [working_cells(plan, box=box).shapes]
    into = intent.key("into") if intent.has("into") else None
    if into is not None:
        shapes += [require_cells(plan, [into]).shapes]
        shapes += [working_cells(plan, box=box_round(shapes[-1])).shapes]
    held = _window(plan, box_round(np.concatenate(shapes)) if sum(map(len, shapes)) else box)
    target = None if into is None else id_of(into)
    return as_change(plan, held, edits.paste(held.partition, outline, into=target, across=intent.flag("across")))


def chosen(plan: Plan, intent: Intent) -> tuple[Window, list[int]]:
    """The chosen cells with those around, and their ids: `cells` by key, or all of a `community`."""
    if intent.has("cells") or not intent.has("community"):
        cells = require_cells(plan, intent.keys())
    else:
        cells = working_cells(plan, communities=[require_community(plan, intent.key("community"))])
        if len(cells) == 0:
            raise EditRefused("unknown_community", {"community": intent.key("community")})
    return _window(plan, box_round(cells.shapes)), [id_of(k) for k in cells.keys.tolist()]


def _beside(plan: Plan, arc: tuple[int, int, int], *, wider: bool = False) -> Window:
    """Give the two cells of a border with those around; `wider`: so that these may change as well."""
    keys = sorted({k for k in arc[:2] if k != 0})
    shapes = require_cells(plan, keys).shapes
    if wider:
        shapes = working_cells(plan, box=box_round(shapes)).shapes
    return _window(plan, box_round(shapes))


def _named(arc: tuple[int, int, int]) -> str:
    """Give the name `spatial.arcs` knows a border by: there ids stand for keys, and the outside is -1."""
    one, other, order = arc
    sides = sorted(id_of(k) for k in (one, other) if k != 0)
    return f"{sides[0]}:{sides[1] if len(sides) > 1 else -1}:{order}"


def _window(plan: Plan, box: Box) -> Window:
    held = window(plan, box)
    if len(held.cells) == 0:
        raise EditRefused("outside", {"area_m2": 0.0})
    return held
