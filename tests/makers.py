"""Small worlds for tests, by plain functions with fixed values: what a test says is all that there is.

    city = a_city(cells="3x3")                          one community of 3 × 3 square cells, published
    city = a_city(cells="6x4", community="3x2")         four communities in two towns
    city.code(0, 0), city.metres(0, 0), city.lonlat(2, 1)
    officer = a_person("community", territory=city.community(0, 0))

Columns count from the west, rows from the north, both from 0: the way serials are given.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.utils import timezone

from cells import editions
from cells.models import (
    Building,
    CatalogueClass,
    Cell,
    CellVersion,
    Component,
    Edition,
    Grid,
    GridVersion,
    Level,
    Person,
    Place,
    Street,
)
from spatial import crs

ORIGIN = (450_000.0, 3_840_000.0)  # south-west corner; easting and northing of the default city CRS
DISTRICT = "990101"  # 99 is no province's code: nobody can take it for a real place


@dataclass(frozen=True, slots=True)
class City:
    """A square-celled city in the database: its edition, and where its cells lie."""

    edition: Edition
    columns: int
    rows: int
    community_columns: int
    community_rows: int
    side_m: float
    origin: tuple[float, float]

    def metres(self, column: int, row: int, *, east: float = 0.5, south: float = 0.5) -> tuple[float, float]:
        """Easting and northing in a cell: its middle, or a share of its side from its north-west corner."""
        x, top = self.origin[0], self.origin[1] + self.rows * self.side_m
        return x + (column + east) * self.side_m, top - (row + south) * self.side_m

    def lonlat(self, column: int, row: int, *, east: float = 0.5, south: float = 0.5) -> tuple[float, float]:
        """The same place as longitude and latitude (WGS 84), as pages and phones send it."""
        lon, lat = crs.from_city([self.metres(column, row, east=east, south=south)], srid=settings.CITY_SRID)[0]
        return float(lon), float(lat)

    def point(self, column: int, row: int, *, east: float = 0.5, south: float = 0.5) -> Point:
        """The same place as a geometry of the database."""
        return Point(*self.metres(column, row, east=east, south=south), srid=settings.CITY_SRID)

    def town_code(self, row: int) -> str:
        return f"{DISTRICT}{row // self.community_rows + 1:03d}"

    def community_code(self, column: int, row: int) -> str:
        """The code of the community that a cell lies in."""
        return f"{self.town_code(row)}{column // self.community_columns + 1:03d}"

    def code(self, column: int, row: int) -> str:
        """The 15-digit code of a cell; serials run west to east, then north to south, inside its community."""
        within = (row % self.community_rows) * self.community_columns + column % self.community_columns
        return f"{self.community_code(column, row)}{within + 1:03d}"

    def community(self, column: int, row: int) -> Grid:
        return Grid.objects.get(code=self.community_code(column, row))

    def cell(self, column: int, row: int) -> Cell:
        return Cell.objects.get(code=self.code(column, row))


def a_city(
    cells: str = "3x3",
    *,
    community: str | None = None,
    grids: bool = True,
    side_m: float = 100.0,
    origin: tuple[float, float] = ORIGIN,
    at: dt.datetime | None = None,
) -> City:
    """A published city of square cells: city, one district, a town for each row of communities, communities, cells.

    `cells` and `community` say columns × rows: of the whole city, and of one community (the whole city where not
    said). With `grids` every community has two third-level grids, its western columns and the rest (one grid where it
    is one column wide). `at` is the moment from which the edition is in force (now where not said).
    """
    city = a_draft_city(cells, community=community, grids=grids, side_m=side_m, origin=origin)
    editions.publish(at=at)
    city.edition.refresh_from_db()
    return city


def a_draft_city(
    cells: str = "3x3",
    *,
    community: str | None = None,
    grids: bool = True,
    side_m: float = 100.0,
    origin: tuple[float, float] = ORIGIN,
) -> City:
    """The same city as a draft that is not published."""
    columns, rows = _times(cells)
    wide, deep = _times(community or cells)
    if columns % wide or rows % deep:
        raise ValueError(f"{cells} cells do not make whole communities of {wide}x{deep}")
    city = City(editions.open_draft(label="test"), columns, rows, wide, deep, side_m, origin)
    whole = _a_grid(city, Level.CITY, "city", None, (0, 0, columns, rows), "万市")
    district = _a_grid(city, Level.DISTRICT, DISTRICT, whole, (0, 0, columns, rows), "东区")
    versions: list[CellVersion] = []
    for top in range(0, rows, deep):
        town = _a_grid(city, Level.TOWN, city.town_code(top), district, (0, top, columns, top + deep), "街道")
        for left in range(0, columns, wide):
            ground = (left, top, left + wide, top + deep)
            area = _a_grid(city, Level.COMMUNITY, city.community_code(left, top), town, ground, "社区")
            versions += _cells_of(city, area, ground, _third_level(city, area, ground) if grids else [])
    CellVersion.objects.bulk_create(versions)
    return city


def a_person(role: str, *, territory: Grid | None = None, username: str = "") -> User:
    """A user with a role (`dispatcher`, `community`, …) in a territory; the password is the username."""
    name = username or (f"{role}-{territory.code}" if territory else role)
    user = get_user_model().objects.create_user(name, password=name)
    Person.objects.create(user=user, role_id=role, territory=territory, name_zh=name, name_en=name)
    return user


def a_class(code: str, *, kind: str = CatalogueClass.Kind.EVENT) -> CatalogueClass:
    """A class of the catalogue in use by its code ("0102"); event or component."""
    return CatalogueClass.objects.in_use().get(kind=kind, major=code[:2], minor=code[2:])


def a_component(city: City, column: int, row: int, *, code: str = "", class_code: str = "") -> Component:
    """A component in the middle of a cell, of the first class of components where none is said."""
    in_use = CatalogueClass.objects.in_use().components().minors()
    kind = a_class(class_code, kind=CatalogueClass.Kind.COMPONENT) if class_code else in_use[0]
    serial = Component.objects.count() + 1
    return Component.objects.create(
        code=code or f"{DISTRICT}{kind.major}{kind.minor[:2]}{serial:06d}",
        catalogue_class=kind,
        place=city.point(column, row),
        cell=city.cell(column, row),
        edition=city.edition,
    )


def a_street(city: City, row: int, *, name_zh: str = "人民路", name_en: str = "Renmin Road") -> Street:
    """A street along the northern border of a row of cells, over the whole city."""
    west, east = city.metres(0, row, east=0, south=0), city.metres(city.columns, row, east=0, south=0)
    return Street.objects.create(
        name_zh=name_zh, name_en=name_en, street_class=1, shape=LineString(west, east, srid=settings.CITY_SRID)
    )


def a_building(city: City, column: int, row: int, *, side_m: float = 20.0) -> Building:
    """A square building in the middle of a cell."""
    x, y = city.metres(column, row)
    half = side_m / 2
    square = Polygon.from_bbox((x - half, y - half, x + half, y + half))
    return Building.objects.create(shape=MultiPolygon(square, srid=settings.CITY_SRID))


def a_place(
    city: City, column: int, row: int, *, name_zh: str = "人民路1号", name_en: str = "1 Renmin Road", kind: str = "poi"
) -> Place:
    """A place of the gazetteer in the middle of a cell."""
    return Place.objects.create(
        kind=kind, name_zh=name_zh, name_en=name_en, words=f"{name_zh} {name_en}".lower(), place=city.point(column, row)
    )


def noon(day: str = "2026-03-02") -> dt.datetime:
    """Twelve o'clock of a day in the city's time zone (the default day is a Monday)."""
    return dt.datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=timezone.get_default_timezone())


def _times(text: str) -> tuple[int, int]:
    columns, rows = text.split("x")
    return int(columns), int(rows)


Ground = tuple[int, int, int, int]  # columns and rows: west, north, east, south


def _square(city: City, ground: Ground) -> Polygon:
    west, north = city.metres(ground[0], ground[1], east=0, south=0)
    east, south = city.metres(ground[2], ground[3], east=0, south=0)
    # Every corner of a cell on the outline is a vertex of it, as in a union of cells.
    step = city.side_m
    across = [west + k * step for k in range(ground[2] - ground[0] + 1)]
    up = [south + k * step for k in range(ground[3] - ground[1] + 1)]
    ring = [(x, south) for x in across[:-1]] + [(east, y) for y in up[:-1]]
    ring += [(x, north) for x in across[:0:-1]] + [(west, y) for y in up[::-1]]
    return Polygon(ring, srid=settings.CITY_SRID)


def _a_grid(city: City, level: str, code: str, parent: Grid | None, ground: Ground, word: str) -> Grid:
    grid, _ = Grid.objects.get_or_create(code=code, defaults={"level_id": level})
    shape = MultiPolygon(_square(city, ground), srid=settings.CITY_SRID)
    serial = code[-3:].lstrip("0")
    GridVersion.objects.create(
        grid=grid,
        since=city.edition,
        parent=parent,
        name_zh=f"{word}{serial}" if parent else word,
        name_en=f"{level} {serial}" if parent else level,
        source_label=code,
        shape=shape,
        area_m2=shape.area,
    )
    return grid


def _third_level(city: City, community: Grid, ground: Ground) -> list[Grid]:
    west, north, east, south = ground
    middle = west + (east - west + 1) // 2
    halves = [(west, north, middle, south)] + ([(middle, north, east, south)] if middle < east else [])
    return [
        _a_grid(city, Level.GRID, f"{community.code}-{k + 1:02d}", community, half, "网格")
        for k, half in enumerate(halves)
    ]


def _cells_of(city: City, community: Grid, ground: Ground, grids: list[Grid]) -> list[CellVersion]:
    west, north, east, south = ground
    middle = west + (east - west + 1) // 2
    places = [(column, row) for row in range(north, south) for column in range(west, east)]
    identities = Cell.objects.bulk_create([Cell(code=city.code(*place)) for place in places])
    return [
        CellVersion(
            cell=cell,
            since=city.edition,
            community=community,
            grid=grids[0 if column < middle else 1] if grids else None,
            shape=_square(city, (column, row, column + 1, row + 1)),
            area_m2=city.side_m**2,
            perimeter_m=4 * city.side_m,
        )
        for cell, (column, row) in zip(identities, places, strict=True)
    ]
