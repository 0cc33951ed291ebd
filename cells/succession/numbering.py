"""Codes of what is born: the next serials of its community. A serial is given once, also if its cell is retired."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
import shapely
from django.db.models import Q
from django.utils.translation import gettext_noop

from cells.codes import SerialsExhausted, serial_order
from cells.division.tiling import scheme
from cells.editions import CannotPublish
from cells.models import Cell, Grid, Level


def number_cells(shapes: list[Any], communities: list[int]) -> list[Cell]:
    """Make the identities of born cells, in the order given; serials go in rows from north to south, west to east.

    Raises
    ------
    CannotPublish : the serials of a community are used up
    """
    places = shapely.get_coordinates(shapely.centroid(np.array(shapes, dtype=object)))
    areas = shapely.area(np.array(shapes, dtype=object))
    members: dict[int, list[int]] = defaultdict(list)
    for n, community in enumerate(communities):
        members[community].append(n)
    order: list[int] = []
    for community in sorted(members):
        mine = np.array(members[community])
        order += mine[serial_order(places[mine], float(areas[mine].mean()))].tolist()
    codes = _next_codes(Level.CELL, [communities[n] for n in order], Cell)
    made = Cell.objects.bulk_create([Cell(code=code) for code in codes], batch_size=5000)
    by_place = dict(zip(order, made, strict=True))
    return [by_place[n] for n in range(len(shapes))]


def number_grids(communities: list[int]) -> list[Grid]:
    """Make the identities of born third-level grids, in the order given; raises as `number_cells`."""
    codes = _next_codes(Level.GRID, communities, Grid)
    return Grid.objects.bulk_create([Grid(level_id=Level.GRID, code=code) for code in codes])


def _next_codes(level: str, communities: list[int], kind: type[Cell] | type[Grid]) -> list[str]:
    """Codes below communities, in the order given."""
    if not communities:
        return []
    plan = scheme()
    head = dict(Grid.objects.filter(pk__in=set(communities)).values_list("pk", "code"))
    mark = plan.segments[level].mark
    # Each is a range of the code's pattern index: a community has at most 999 cells, however many it has had.
    given = kind.objects.filter(reduce(or_, (Q(code__startswith=code + mark) for code in head.values())))
    if kind is Grid:
        given = given.filter(level=level)
    used = list(given.values_list("code", flat=True))
    serial = {community: plan.next_serial(level, code, used) for community, code in head.items()}
    codes = []
    try:
        for community in communities:
            codes.append(plan.code(level, head[community], serial[community]))
            serial[community] += 1
    except SerialsExhausted as error:
        raise CannotPublish(gettext_noop("Codes are used up, and none is given twice. {error}"), error=error) from error
    return codes
