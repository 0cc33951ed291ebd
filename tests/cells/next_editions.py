"""A further edition for tests, said cell by cell and written down as publishing leaves it: versions and descents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import shapely

from cells import editions
from cells.models import Cell, CellDescent, CellVersion, Edition, Grid
from spatial.postgis.convert import to_geos
from tests.makers import City

Ground = tuple[float, float, float, float]  # columns and rows, fractions too: west, north, east, south


def square(city: City, ground: Ground) -> shapely.Polygon:
    """A rectangle of the city, in metres."""
    west, north = city.metres(0, 0, east=ground[0], south=ground[1])
    east, south = city.metres(0, 0, east=ground[2], south=ground[3])
    return shapely.box(west, south, east, north)


def next_edition(
    city: City,
    *,
    at: dt.datetime,
    label: str = "",
    by: Any = None,
    retired: Iterable[str] = (),
    born: Mapping[str, Ground] | None = None,
    reshaped: Mapping[str, Ground] | None = None,
    rehanded: Mapping[str, Grid | None] | None = None,
    descents: Iterable[tuple[str, str]] = (),
) -> Edition:
    """Publish an edition in which some cells (by code) end, begin, have another shape or another third-level grid.

    Communities are those that the codes begin with; `descents` are pairs of parent and child.
    """
    draft = editions.open_draft(label=label)
    for code in retired:
        CellVersion.objects.filter(cell__code=code, until=None).update(until=draft)
    for code, ground in (born or {}).items():
        _version(
            draft, Cell.objects.get_or_create(code=code)[0], square(city, ground), Grid.objects.get(code=code[:12])
        )
    for code, ground in (reshaped or {}).items():
        old = _ended(draft, code)
        _version(draft, old.cell, square(city, ground), old.community, old.grid)
    for code, grid in (rehanded or {}).items():
        old = _ended(draft, code)
        old.pk, old.since, old.until, old.grid = None, draft, None, grid
        old.save()
    for parent, child in descents:
        parents, children = Cell.objects.get(code=parent), Cell.objects.get(code=child)
        CellDescent.objects.create(edition=draft, parent=parents, child=children)
    return editions.publish(at=at, by=by)


def _ended(draft: Edition, code: str) -> CellVersion:
    old = CellVersion.objects.get(cell__code=code, until=None)
    CellVersion.objects.filter(pk=old.pk).update(until=draft)
    return old


def _version(draft: Edition, cell: Cell, shape: Any, community: Grid, grid: Grid | None = None) -> None:
    CellVersion.objects.create(
        cell=cell,
        since=draft,
        community=community,
        grid=grid,
        shape=to_geos(shape),
        area_m2=shape.area,
        perimeter_m=shape.length,
    )
