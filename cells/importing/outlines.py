"""Outlines from a file, for pasting into a plan: the areas of a GeoJSON, GeoPackage or zipped Shapefile, one by one.

Nothing is stored: the outlines go back to the planner, who pastes one. They come through the same door as imports, so a
named coordinate system (GCJ-02, BD-09 too) is undone once and places are on the 1 mm grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from cells.importing.columns import Columns
from cells.importing.door import open_door
from cells.importing.errors import ImportRefused
from cells.importing.reading import Source, open_source
from spatial.crs import words

MOST_OUTLINES, MOST_CORNERS = 500, 20_000


@dataclass(frozen=True, slots=True)
class Outline:
    """One area of a file: what it is called there, and its polygon in the city's metres."""

    name: str
    shape: Any


def read_outlines(
    path: Path, *, crs: str | None = None, layer: str | None = None, opened: Callable[..., Source] = open_source
) -> list[Outline]:
    """The areas of a file in its own order; areas of several parts come part by part, holes stay.

    `opened` opens the file: `fenced.open_fenced` where a stranger sent it.

    Raises
    ------
    ImportRefused : the file cannot be read, has no areas, more than 500 of them, or one of more than 20,000 corners
    UnknownCrs : the CRS named means nothing here
    """
    source = opened(path, layer=layer)
    columns = Columns(source.columns, ["name", "label"])
    door = open_door(source, columns, crs=crs)
    found: list[Outline] = []
    for chunk in source.chunks():
        shapes, fault = door.shapes(chunk)
        names = columns.text(chunk, "name" if "name" in columns else "label", longest=80)
        for row, shape, wrong, name in zip(chunk.row_numbers.tolist(), shapes, fault.tolist(), names, strict=True):
            if wrong:
                raise ImportRefused(f"Row {row}: {words(wrong)[0]}", hint=words(wrong)[1], row=row)
            parts = [] if shape is None else shapely.get_parts(shape)
            areas = [p for p in parts if p.geom_type == "Polygon" and not p.is_empty]
            for n, part in enumerate(areas, 1):
                _require_small(row, part)
                found.append(Outline((name or f"#{row}") + (f" ({n})" if len(areas) > 1 else ""), part))
        if len(found) > MOST_OUTLINES:
            raise ImportRefused(
                f"{path.name} holds more than {MOST_OUTLINES} areas.", hint="Send the one or the few that are meant."
            )
    if not found:
        raise ImportRefused(f"{path.name} holds no area.", hint="Send polygons; lines and points enclose nothing.")
    return found


def _require_small(row: int, shape: Any) -> None:
    corners = int(shapely.get_num_coordinates(shape))
    if corners > MOST_CORNERS:
        raise ImportRefused(
            f"Row {row}: the area has {corners} corners; at most {MOST_CORNERS} are taken.",
            hint="Simplify it.",
            row=row,
        )
