"""Vector tiles from PostGIS: what is drawn, from which zoom, with which attributes; and the sentence that draws it.

A tile set is a few layers that change together: the ground (streets, water, buildings, places), the grids of the
edition in force or of one asked for, the components, the open cases. Each layer says in SQL which rows it wants inside
the tile's bounds; the one `ST_AsMVT` sentence selects with the bounds widened by the buffer and clips to them, so that
lines and labels meet across tiles. Detail grows with the zoom: far out only what is large or important is sent, so that
a tile of a city of 50,000 cells stays below some hundred kilobytes (59 kB gzipped at most; 5 to 30 ms in the median).
Shapes are projected as they are asked for: a second copy of each in Web Mercator saves a third of the time where
buildings are many (zoom 14: 13 ms for 21 ms), which is not worth a copy that could differ from its original.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection

from cells import routing
from cells.ground import stamp_of
from cells.models import Edition, NoEditionInForce
from spatial.crs import WEB_MERCATOR

EXTENT, BUFFER = 4096, 96
DEEPEST = 18
_EVERY_VERTEX_FROM = 15
_CACHE_BYTES = 64 * 1024 * 1024

# Below, %(…)s are bound: b (bounds in the city's CRS, buffered), z (zoom), e (edition number), m (metres of a pixel), t
# (the grids of the reader's territory, NULL for the whole city).
_OF_EDITION = """
    JOIN cells_edition s ON s.id = v.since_id AND s.number <= %(e)s
    LEFT JOIN cells_edition u ON u.id = v.until_id
    WHERE (u.number IS NULL OR u.number > %(e)s)
"""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: from which zoom it is sent, its attributes (one named `id`), its geometry, its rows."""

    name: str
    from_zoom: int
    columns: str
    shape: str
    source: str

    def fields(self) -> dict[str, str]:
        """The names of its attributes, as TileJSON tells them."""
        return dict.fromkeys((name for name in _outer(self.columns) if name != "id"), "")

    def encoded(self, z: int) -> str:
        """The SQL of this layer's part of a tile.

        OFFSET 0 keeps the choice of rows below the drawing of their shapes: without it PostgreSQL draws a city's 5,000
        grids to find out that seven of them are wanted (290 ms instead of 15 ms at zoom 7). Rows whose shape vanishes
        are left out by ST_AsMVT itself.
        """
        # A quarter of a pixel: what goes is not seen, and what is not transformed costs nothing.
        shape = "ST_Simplify(shape, %(m)s / 4, true)" if z < _EVERY_VERTEX_FROM else "shape"
        return f"""coalesce((SELECT ST_AsMVT(q, '{self.name}', {EXTENT}, 'geom', 'id') FROM (
            SELECT {", ".join(_outer(self.columns))}, ST_AsMVTGeom(
                ST_Transform({shape}, {WEB_MERCATOR}), (SELECT exact FROM b), {EXTENT}, {BUFFER}, true) AS geom
            FROM (SELECT {self.columns}, {self.shape} AS shape FROM {self.source} OFFSET 0) chosen) q), ''::bytea)"""


def _outer(columns: str) -> list[str]:
    """The names by which an outer query knows the columns of an inner one."""
    parts = re.split(r",(?![^()]*\))", columns)
    return [re.split(r"\s+AS\s+|\.", part.strip())[-1] for part in parts]


STREETS = Layer(
    "streets",
    9,
    "id, street_class AS class, name_zh, name_en, coalesce(width_m, 0) AS width",
    "shape",
    """cells_street WHERE shape && (SELECT g FROM b)
      AND street_class <= CASE WHEN %(z)s >= 14 THEN 4 WHEN %(z)s >= 13 THEN 3 WHEN %(z)s >= 11 THEN 2 ELSE 1 END""",
)
WATER = Layer(
    "water",
    8,
    "id, kind, name_zh, name_en",
    "shape",
    "cells_water WHERE shape && (SELECT g FROM b) AND ST_Area(ST_Envelope(shape)) > 4 * %(m)s * %(m)s",
)
GREEN = Layer(
    "green",
    9,
    "id, kind, name_zh, name_en",
    "shape",
    "cells_green WHERE shape && (SELECT g FROM b) AND ST_Area(ST_Envelope(shape)) > 9 * %(m)s * %(m)s",
)
BUILDINGS = Layer(
    "buildings",
    14,
    "id, kind, coalesce(floors, 0) AS floors",
    "shape",
    "cells_building WHERE shape && (SELECT g FROM b)",
)
PLACES = Layer(
    "places",
    13,
    "id, kind, category, weight, name_zh, name_en",
    "place",
    """cells_place WHERE place && (SELECT g FROM b) AND kind IN ('poi', 'door_plate')
      AND ((kind = 'poi' AND (%(z)s >= 16 OR weight >= CASE WHEN %(z)s >= 14 THEN 0.5 ELSE 0.8 END))
           OR (kind = 'door_plate' AND %(z)s >= 18))
    ORDER BY weight DESC, id LIMIT 1500""",
)
GRIDS = Layer(
    "grids",
    6,
    "g.id, g.level_id AS level, g.code, v.parent_id AS parent, v.name_zh, v.name_en",
    "v.shape",
    f"""cells_gridversion v JOIN cells_grid g ON g.id = v.grid_id {_OF_EDITION}
      AND v.shape && (SELECT g FROM b)
      AND CASE g.level_id WHEN 'grid' THEN %(z)s >= 14 WHEN 'community' THEN %(z)s >= 11
          WHEN 'town' THEN %(z)s >= 9 ELSE true END""",
)
# At every zoom, for maps that colour them; far out a pixel or two each.
THIRD = Layer(
    "third",
    6,
    "g.id, g.code, v.name_zh, v.name_en",
    "v.shape",
    f"""cells_gridversion v JOIN cells_grid g ON g.id = v.grid_id {_OF_EDITION}
      AND g.level_id = 'grid' AND v.shape && (SELECT g FROM b)""",
)
# As the third-level grids: at every zoom, for maps that colour them by what else they know of them. Only the number by
# which they are known goes along. Far out a cell is a few pixels: its corners are drawn no finer than those.
ALL_CELLS = Layer(
    "cells",
    6,
    "v.cell_id AS id",
    "v.shape",
    f"cells_cellversion v {_OF_EDITION} AND v.shape && (SELECT g FROM b)",
)
GRID_LABELS = Layer(
    "grid_labels",
    6,
    "g.id, g.level_id AS level, g.code, v.parent_id AS parent, v.name_zh, v.name_en",
    "ST_PointOnSurface(v.shape)",
    f"""cells_gridversion v JOIN cells_grid g ON g.id = v.grid_id {_OF_EDITION}
      AND v.shape && (SELECT g FROM b)
      AND CASE g.level_id WHEN 'grid' THEN %(z)s >= 15 WHEN 'community' THEN %(z)s BETWEEN 12 AND 18
          WHEN 'town' THEN %(z)s BETWEEN 10 AND 13 WHEN 'district' THEN %(z)s BETWEEN 8 AND 12
          ELSE %(z)s < 9 END""",
)
CELLS = Layer(
    "cells",
    13,
    "k.id, k.code, v.grid_id AS grid, v.community_id AS community, round(v.area_m2)::integer AS area",
    "v.shape",
    f"cells_cellversion v JOIN cells_cell k ON k.id = v.cell_id {_OF_EDITION} AND v.shape && (SELECT g FROM b)",
)
CELL_LABELS = Layer(
    "cell_labels",
    16,
    "k.id, k.code",
    "ST_PointOnSurface(v.shape)",
    f"cells_cellversion v JOIN cells_cell k ON k.id = v.cell_id {_OF_EDITION} AND v.shape && (SELECT g FROM b)",
)
COMPONENTS = Layer(
    "components",
    16,
    "c.id, c.code, k.major, k.minor, k.name_zh, k.name_en, c.state",
    "c.place",
    """cells_component c JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id
    WHERE c.place && (SELECT g FROM b) ORDER BY c.id LIMIT 6000""",
)
_OPEN_HERE = """stage NOT IN ('closed', 'declined', 'void') AND place && (SELECT g FROM b)
    AND (%(t)s::bigint[] IS NULL OR owner_id = ANY(%(t)s::bigint[]))"""
# More cases than anybody could tell apart or a desk's computer draw quickly are counted instead, down to the zooms in
# which a pile on one place stays a pile.
CROWD, _ALL_FROM_ZOOM = 1500, 17
_CROWDED = f"""(%(z)s < {_ALL_FROM_ZOOM} AND
    (SELECT count(*) FROM (SELECT FROM cases_case WHERE {_OPEN_HERE} LIMIT %(crowd)s + 1) few) > %(crowd)s)"""
CASES = Layer(
    "cases",
    13,
    """c.id, c.number, c.stage, k.major, k.kind, k.name_zh, k.name_en,
        floor(extract(epoch FROM c.reported_at))::bigint AS reported,
        floor(extract(epoch FROM c.amber_at))::bigint AS amber, floor(extract(epoch FROM c.due_at))::bigint AS due""",
    "c.place",
    f"""(SELECT * FROM cases_case WHERE {_OPEN_HERE} AND NOT {_CROWDED} ORDER BY reported_at DESC LIMIT 5000) c
    LEFT JOIN cells_catalogueclass k ON k.id = c.catalogue_class_id""",
)
# Far out, and near where they crowd: how many open cases in each of 8 x 8 squares of a tile. A square lies in one tile,
# and a case in one square: the numbers of all tiles together are the cases of the city.
CASE_COUNTS = Layer(
    "case_counts",
    6,
    "id, cases",
    "shape",
    f"""(SELECT min(id) AS id, count(*) AS cases, ST_Centroid(ST_Collect(place)) AS shape FROM (
            SELECT c.id, c.place, floor((ST_X(c.at) - ST_XMin(b.exact)) / side) AS i,
                floor((ST_Y(c.at) - ST_YMin(b.exact)) / side) AS j
            FROM (SELECT exact, (ST_XMax(exact) - ST_XMin(exact)) / 8 AS side FROM b) b,
                (SELECT id, place, ST_Transform(place, {WEB_MERCATOR}) AS at FROM cases_case
                 WHERE {_OPEN_HERE} AND (%(z)s < 13 OR {_CROWDED})
                 OFFSET 0) c) s
        WHERE i BETWEEN 0 AND 7 AND j BETWEEN 0 AND 7 GROUP BY i, j) counted""",
)


@dataclass(frozen=True, slots=True)
class TileSet:
    """Layers that are sent together; `of_edition` sets change when an edition is published, live ones at any moment.

    What is `of_reader` differs by the territory of who looks; nothing of it is kept for another.
    """

    layers: tuple[Layer, ...]
    of_edition: bool = False
    of_reader: bool = False
    keep_s: float = 60.0


SETS = {
    "ground": TileSet((GREEN, WATER, BUILDINGS, STREETS, PLACES), keep_s=300.0),
    "grids": TileSet((CELLS, CELL_LABELS, GRIDS, GRID_LABELS), of_edition=True, keep_s=3600.0),
    "third": TileSet((THIRD,), of_edition=True, keep_s=3600.0),
    "cells": TileSet((ALL_CELLS,), of_edition=True, keep_s=3600.0),
    "components": TileSet((COMPONENTS,)),
    "cases": TileSet((CASES, CASE_COUNTS), of_reader=True, keep_s=0.0),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile's gzipped bytes, and their mark for the browser's cache."""

    body: bytes
    etag: str
    made: float


class _Kept:
    """Tiles made lately, the least used dropped first, bounded in bytes."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[tuple[object, ...], Tile] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: tuple[object, ...], keep_s: float) -> Tile | None:
        with self._lock:
            tile = self._tiles.get(key)
            if tile is None or time.monotonic() - tile.made > keep_s:
                return None
            self._tiles.move_to_end(key)
            return tile

    def put(self, key: tuple[object, ...], tile: Tile) -> None:
        with self._lock:
            old = self._tiles.pop(key, None)
            self._bytes += len(tile.body) - (len(old.body) if old else 0)
            self._tiles[key] = tile
            while self._bytes > _CACHE_BYTES and len(self._tiles) > 1:
                _, dropped = self._tiles.popitem(last=False)
                self._bytes -= len(dropped.body)


_kept = _Kept()


def sentence(layers: tuple[Layer, ...], z: int) -> str:
    """The SQL of one tile: bounds once, each layer clipped and encoded, the layers joined as bytes."""
    together = " || ".join(layer.encoded(z) for layer in layers if z >= layer.from_zoom) or "''::bytea"
    return f"""WITH b AS MATERIALIZED (
        SELECT exact, ST_Transform(ST_Segmentize(ST_Expand(exact, margin), ST_XMax(exact) - ST_XMin(exact)), %(srid)s) g
        FROM (SELECT env AS exact, (ST_XMax(env) - ST_XMin(env)) * {BUFFER / EXTENT} AS margin
              FROM (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS env) t) t)
    SELECT {together}"""


class NoSuchEdition(LookupError):
    """No edition of this number was ever in force."""


def tile(name: str, z: int, x: int, y: int, *, edition: int | None = None, territory: list[int] | None) -> Tile:
    """One tile of a set, of the edition in force or of a published one by its number.

    `territory` are the grids whose cases the reader may see, None for the whole city.

    Raises
    ------
    KeyError : there is no such set, no such tile at this zoom, or the set does not change with the edition
    NoSuchEdition : no edition of this number was published
    NoEditionInForce : none is in force, and none was asked for
    """
    tile_set = SETS[name]
    if not (0 <= z <= DEEPEST and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise KeyError(f"{name}/{z}/{x}/{y}")
    if edition is not None and not tile_set.of_edition:
        raise KeyError(f"{name}/{z}/{x}/{y}?edition={edition}")
    drawn_of = _edition(edition) if tile_set.of_edition else None
    whose = tuple(territory) if tile_set.of_reader and territory is not None else None
    key = (name, z, x, y, drawn_of, whose)
    known = _kept.get(key, tile_set.keep_s)
    if known is not None:
        return known
    made = drawn(name, z, x, y, drawn_of[1] if drawn_of else 0, territory=territory)
    if tile_set.keep_s:
        _kept.put(key, made)
    return made


def _edition(number: int | None) -> tuple[Any, ...]:
    """The edition by its key, number and moments: its number alone could be given again in a database made anew."""
    if number is None:
        stamp = routing.stamp_in_force()
        if stamp is None:
            raise NoEditionInForce
        return stamp
    # A draft's versions are not complete before it is published, and nobody's business.
    found = Edition.objects.published().filter(number=number).first()
    if found is None:
        raise NoSuchEdition(f"No edition {number} was published.")
    return stamp_of(found)


def drawn(name: str, z: int, x: int, y: int, edition: int, *, territory: list[int] | None = None) -> Tile:
    """A tile drawn now, whatever is kept; `edition` is a number, which only sets of the edition ask for.

    Of cases those that `territory` owns, a list of grids; None is the whole city.
    """
    # Metres of a 256th of the tile, at the equator: a measure of what is too small to see.
    pixel_m = 40_075_016.7 / 256 / (1 << z)
    parameters = {"z": z, "x": x, "y": y, "srid": settings.CITY_SRID, "m": pixel_m, "e": edition, "t": territory}
    parameters["crowd"] = CROWD
    with connection.cursor() as cursor:
        cursor.execute(sentence(SETS[name].layers, z), parameters)
        raw = bytes(cursor.fetchone()[0])
    return Tile(gzip.compress(raw, 3), hashlib.blake2b(raw, digest_size=12).hexdigest(), time.monotonic())
