"""What is counted in: the unit cells of the edition in force, or hexagons, which stay when borders are redrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from cells.ground import Ground
from cells.routing import ground
from spatial import crs as reference
from spatial import hexes
from spatial.partition import Floats, Ints, Shapes
from spatial.postgis import run
from spatial.vicinity import Weights, weights_of_cells, weights_of_hexagons

# Finer hexagons than these are smaller than unit cells, coarser ones larger than towns.
COARSEST, FINEST = 6, 10


class BadFrame(ValueError):
    """There is no such frame; there are cells, and h3:6 to h3:10."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Units to count in, in a fixed order.

    `names`: (n,) codes of cells or ids of hexagons; `shapes`: in metres, hexagons whole; `area_m2`: what of each lies
    in the city; `weights`: neighbours. `resolution` is None for cells; `ground` says which unit cell owns a place.
    """

    name: str
    names: list[str]
    shapes: Shapes
    area_m2: Floats
    weights: Weights
    ground: Ground
    resolution: int | None = None
    hexagons: Ints | None = None  # ids as int64, ascending

    def __len__(self) -> int:
        return len(self.names)

    def units_at(self, xy: Floats) -> Ints:
        """(n,) index of the unit that holds each place in metres, -1 where none does."""
        if self.hexagons is None:
            return self.ground.locator.locate_many(xy).astype(np.int64)
        lonlat = reference.from_city(xy, srid=settings.CITY_SRID) if len(xy) else np.empty((0, 2))
        ids = hexes.ids_at(lonlat, resolution=int(self.resolution or 0)).astype(np.int64)
        at = np.clip(np.searchsorted(self.hexagons, ids), 0, max(len(self.hexagons) - 1, 0))
        return np.where(self.hexagons[at] == ids, at, -1) if len(self.hexagons) else np.full(len(ids), -1)


def frame_named(name: str) -> Frame:
    """The frame `cells` or `h3:N` on the edition in force; raises BadFrame, NoEditionInForce."""
    here = ground()
    if name == "cells":
        return _cells(here)
    kind, _, resolution = name.partition(":")
    if kind != "h3" or not resolution.isdecimal() or not COARSEST <= int(resolution) <= FINEST:
        raise BadFrame(f"“{name}”: there are cells, and h3:{COARSEST} to h3:{FINEST}.")
    return _hexagons(here, int(resolution))


def shapes_of_cells(here: Ground) -> Shapes:
    """Shapes of the cells in the order of the locator's indices (by code)."""
    rows = run.rows("cells", "cells_of_edition_v1", {"number": here.edition, "cells": None})
    shape_of = dict(zip([row[1] for row in rows], shapely.from_wkb([bytes(row[4]) for row in rows]), strict=True))
    shapes: Shapes = np.array([shape_of[str(code)] for code in here.locator.codes], dtype=object)
    return shapes


def _cells(here: Ground) -> Frame:
    shapes = shapes_of_cells(here)
    codes = [str(code) for code in here.locator.codes]
    return Frame("cells", codes, shapes, shapely.area(shapes), weights_of_cells(shapes), here)


def _hexagons(here: Ground, resolution: int) -> Frame:
    """All hexagons that some cell reaches into, with the part of their area that cells cover."""
    cells = shapes_of_cells(here)
    corners = shapely.get_coordinates(cells)
    ids = hexes.around(reference.from_city(corners, srid=settings.CITY_SRID), resolution=resolution)
    shapes = _in_metres(hexes.outlines(ids))
    hexagon, cell = shapely.STRtree(cells).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[hexagon], cells[cell]))
    area = np.bincount(hexagon, common, minlength=len(ids))
    kept = area > 0
    ids, shapes, area = ids[kept], shapes[kept], area[kept]
    return Frame(
        name=f"h3:{resolution}",
        names=[f"{int(i):x}" for i in ids],
        shapes=shapes,
        area_m2=area,
        weights=weights_of_hexagons(ids),
        ground=here,
        resolution=resolution,
        hexagons=ids.astype(np.int64),
    )


def _in_metres(shapes: Any) -> Shapes:
    moved: Shapes = shapely.transform(
        shapes, lambda lonlat: reference.to_city(lonlat, crs=reference.WGS84, srid=settings.CITY_SRID)
    )
    return moved
