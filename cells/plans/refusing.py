"""Refusals of the geometry in a plan's words: keys for ids, codes for numbers, longitude and latitude for metres."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import shapely

from cells.models import Grid
from cells.plans.errors import EditRefused
from cells.plans.geojson import geometry, place
from cells.plans.working import Cells, key_of
from spatial.refusals import Reason, Refusal, Refused


def refused(refusal: Refusal, cells: Cells) -> EditRefused:
    """The refusal of an edit among some cells, as the plan tells it."""
    return EditRefused(
        refusal.reason.value,
        _values(refusal, cells),
        None if refusal.place is None else place(refusal.place),
        tuple(key_of(k) for k in refusal.cells),
        geometry(refusal.nearest) if isinstance(refusal.nearest, shapely.Geometry) else None,
        tuple(key_of(k) for k in refusal.nearest_cells),
    )


@contextmanager
def refusing(cells: Cells) -> Iterator[None]:
    """Turn what `spatial` refuses within into the plan's refusal."""
    try:
        yield
    except Refused as error:
        raise refused(error.refusal, cells) from error


def _values(refusal: Refusal, cells: Cells) -> dict[str, Any]:
    values = dict(refusal.values)
    if refusal.reason is Reason.CROSSES_COMMUNITY:
        codes = Grid.objects.in_bulk([values["one"], values["other"]])
        return {name: codes[k].code if k in codes else str(k) for name, k in values.items()}
    for name in ("cell", "one", "other"):
        if isinstance(values.get(name), int):
            values[name] = _called(key_of(values[name]), cells)
    return values


def _called(key: int, cells: Cells) -> str:
    """A cell's code; the number of one born in the plan with a plus before it."""
    if key < 0:
        return f"+{-key}"
    try:
        return cells.codes[cells.at(key)]
    except KeyError:
        return str(key)
