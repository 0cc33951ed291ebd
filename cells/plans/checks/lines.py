"""Lines of communities and districts: cells across them, and cells that go from one to another.

Ground goes from community to community by whole cells of the base edition: painted or merged across, that is a change
of hands (`community_changes`), however the cells are cut after. A cell that holds ground of two communities because a
border was moved over the line, so that a cell of the base edition is parted between them, crosses the line
(`crosses_community`): no list of either community would say where it lies. Moves of up to some millimetres, as the
corners of the line are rounded, are neither.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from django.utils.translation import gettext_noop

from cells.plans.checks.scene import HAIR_M, HAIR_M2, Found, Scene, Share, called, spot_in
from spatial.partition import as_shapes

CROSSES = gettext_noop(
    "Cell {cell} lies across the line between communities {one} and {other}, with {area} m² beyond it; "
    "split it along the line."
)
BEYOND = gettext_noop("Cell {cell} holds {area} m² that belong to no community.")
GOES = gettext_noop("{count} cells with {area} m² go from community {one} to {other}; their codes change.")
GOES_FAR = gettext_noop("{count} cells with {area} m² go from district {one} to district {other}.")


def crosses_community(scene: Scene) -> Iterator[Found]:
    """Cells that hold ground of two communities, a cell of the base edition being parted between them."""
    stray = _strays(scene)
    for key in sorted({s.cell.key for s in stray}):
        parts = [s for s in stray if s.cell.key == key]
        cell, most = parts[0].cell, max(parts, key=lambda s: s.area_m2)
        values = {
            "cell": called(cell.key, cell.code),
            "one": scene.community_code(cell.community_after or 0),
            "other": scene.community_code(most.of.community_before or 0),
            "area": f"{sum(s.area_m2 for s in parts):,.1f}",
        }
        yield Found(f"cell:{key}", CROSSES, values, spot_in(most.ground), (key,))
    yield from _beyond(scene)


def community_changes(scene: Scene) -> Iterator[Found]:
    """Cells that go to another community whole; one finding for each pair of communities."""
    stray = {(s.cell.key, s.of.key) for s in _strays(scene)}
    whole = [s for s in _foreign(scene) if (s.cell.key, s.of.key) not in stray]
    yield from _moves(GOES, "community", whole, {c: scene.community_code(c) for c in scene.communities})


def crosses_district(scene: Scene) -> Iterator[Found]:
    """Cells, or ground of them, that go to another district; one finding for each pair of districts."""
    foreign = _foreign(scene)
    if foreign:
        yield from _moves(GOES_FAR, "district", foreign, scene.districts)


def _moves(sentence: str, word: str, shares: list[Share], name: dict[int, str]) -> Iterator[Found]:
    """Give one finding for each pair of names that ground goes from and to."""
    groups: dict[tuple[str, str], list[Share]] = {}
    for s in shares:
        pair = (name.get(s.of.community_before or 0, ""), name.get(s.cell.community_after or 0, ""))
        if pair[0] != pair[1]:
            groups.setdefault(pair, []).append(s)
    for (one, other), members in sorted(groups.items()):
        keys = tuple(sorted({s.cell.key for s in members}))
        area = sum(s.area_m2 for s in members)
        most = max(members, key=lambda s: (s.area_m2, s.cell.key))
        values = {"count": len(keys), "area": f"{area:,.0f}", "one": one, "other": other}
        yield Found(f"{word}:{one}>{other}"[:40], sentence, values, spot_in(most.ground), keys)


def _foreign(scene: Scene) -> list[Share]:
    """Give the shares of cells in another community than their own."""
    return [s for s in scene.shares if s.of.community_before != s.cell.community_after]


def _strays(scene: Scene) -> list[Share]:
    """Give the foreign shares of cells that lie in two communities, of base cells parted between communities."""
    shares = scene.shares
    goes: dict[int, set[int | None]] = {}  # where the ground of a base cell goes
    homes: dict[int, set[int | None]] = {}  # communities of whose ground a cell of the plan has some
    for s in shares:
        goes.setdefault(s.of.key, set()).add(s.cell.community_after)
        homes.setdefault(s.cell.key, set()).add(s.of.community_before)
    return [
        s
        for s in shares
        if s.of.community_before != s.cell.community_after and len(goes[s.of.key]) > 1 and len(homes[s.cell.key]) > 1
    ]


def _beyond(scene: Scene) -> Iterator[Found]:
    """Find cells that reach out of the ground of the base edition's cells."""
    moved = [d for d in scene.reshaped if d.after is not None and d.moved]
    if not moved:
        return
    around = [*(d.before for d in scene.reshaped if d.before is not None), *(h.shape for h in scene.ring)]
    known = shapely.union_all(as_shapes(around))
    shapely.prepare(known)
    after = as_shapes([d.after for d in moved])
    outside = np.flatnonzero(~shapely.covers(known, after))
    over = shapely.difference(after[outside], known)
    area = shapely.area(over)
    for k in np.flatnonzero((area > HAIR_M2) & (2 * area > HAIR_M * shapely.length(over))).tolist():
        d = moved[int(outside[k])]
        values = {"cell": called(d.key, d.code), "area": f"{area[k]:,.1f}"}
        yield Found(f"cell:{d.key}", BEYOND, values, spot_in(over[k]), (d.key,))
