"""Loading the demo city into the database, stage by stage; a load that was stopped goes on where it was.

The edition remembers in its note which demo city it holds. Nothing here touches a city that is not a demo city.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import shapely
from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from cells.demo.city import DemoCity
from cells.demo.words import words
from cells.editions import communities_without_cells, open_draft, publish
from cells.models import (
    Building,
    CatalogueClass,
    Cell,
    Component,
    Edition,
    Green,
    Grid,
    GridVersion,
    Place,
    Street,
    Water,
)
from cells.routing import route_many
from spatial import crs as reference
from spatial.postgis import convert
from spatial.postgis.bulk import copy_in

IN_FORCE_SINCE_DAYS = 400  # before the oldest case of the demo


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """What makes a demo city: equal orders, equal cities."""

    cells: int
    seed: int
    today: str
    srid: int
    east: float
    north: float

    def note(self) -> str:
        """How an edition remembers it."""
        return "demo city " + json.dumps(asdict(self), sort_keys=True)


class AnotherCity(ValueError):
    """The database holds another city."""


def place_of(lon_lat: tuple[float, float] | None = None) -> tuple[float, float]:
    """Where the demo city is put: the given place, else the usual one, else the middle of the CRS's area of use.

    Degrees in, metres of CITY_SRID out, to the kilometre.
    """
    usual = lon_lat or tuple(words()["anchor_lon_lat"])
    west, south, east, north = reference.area_of_use(settings.CITY_SRID)
    if lon_lat is None and not (west <= usual[0] <= east and south <= usual[1] <= north):
        usual = ((west + east) / 2, (south + north) / 2)
    x, y = reference.to_city([usual], crs=reference.WGS84, srid=settings.CITY_SRID)[0].tolist()
    return round(x, -3), round(y, -3)


def loaded() -> Edition | None:
    """The newest edition of the database, draft or published; None where there is no city."""
    return Edition.objects.order_by("-number").first()


def is_demo(edition: Edition) -> bool:
    """Whether an edition was made by this module and nothing was published since."""
    return edition.note.startswith("demo city ")


def require_room(order: DemoOrder) -> Edition | None:
    """The edition of the same demo city, to go on with; None where the database is empty.

    Raises
    ------
    AnotherCity : there is a city, and it is not this one
    """
    first = Edition.objects.order_by("number").first()
    if first is None and not Grid.objects.exists():
        return None
    if first is not None and first.note == order.note():
        return first
    cells = "a demo city with other measures" if first and is_demo(first) else "a city that is no demo city"
    raise AnotherCity(cells)


@transaction.atomic
def write_ground(city: DemoCity, order: DemoOrder, *, show: bool = False) -> Edition:
    """Areas into a draft edition, the base layers and the gazetteer by COPY; all of it or nothing."""
    name = words()["city"]
    draft = open_draft(label=f"{name[0]} {name[1]}")
    draft.note = order.note()
    draft.save(update_fields=["note"])
    _write_areas(city.areas, draft, dt.date.fromisoformat(order.today))
    for model, table, extra in (
        (Street, city.streets, ("street_class", "width_m")),
        (Water, city.water, ("kind",)),
        (Green, city.green, ("kind",)),
        (Building, city.buildings, ("kind", "floors")),
    ):
        columns = {name: table[name].to_numpy() for name in ("name_zh", "name_en", *extra) if name in table}
        shape = table["shape"].to_numpy()
        columns["shape"] = shape if model is Street else multi(shape)
        copy_in(model, columns, show=model._meta.model_name or "" if show else "")
    _write_places(city.places, show=show)
    return draft


def multi(shapes: np.ndarray) -> np.ndarray:
    """Each polygon as a multipolygon, which is what the area columns hold."""
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    out = shapes.copy()
    out[single] = (
        shapely.multipolygons(shapes[single], indices=np.arange(single.sum())) if single.any() else out[single]
    )
    return out


def _write_areas(areas: pd.DataFrame, draft: Edition, today: dt.date) -> None:
    grids = Grid.objects.bulk_create([Grid(level_id=row.level, code=row.code) for row in areas.itertuples()])
    by_code = {grid.code: grid for grid in grids}
    shapes = multi(areas["shape"].to_numpy())
    since = today - dt.timedelta(days=IN_FORCE_SINCE_DAYS)
    GridVersion.objects.bulk_create(
        [
            GridVersion(
                grid=by_code[row.code], since=draft, parent=by_code.get(row.parent), name_zh=row.name_zh,
                name_en=row.name_en, shape=convert.to_geos(shape), area_m2=shape.area, initial_date=since,
            )
            for row, shape in zip(areas.itertuples(), shapes, strict=True)
        ],
        batch_size=500,
    )  # fmt: skip


def _write_places(places: pd.DataFrame, *, show: bool) -> None:
    # As cells.gazetteer.compose_words has it.
    address = places["address"].where(places["address"] != places["name_zh"], "")
    words_of = places["name_zh"] + " " + places["name_en"] + " " + address
    columns = {
        name: places[name].to_numpy()
        for name in ("kind", "category", "name_zh", "name_en", "address", "weight", "place")
    }
    columns["words"] = words_of.str.replace(r"\s+", " ", regex=True).str.strip().str.lower().to_numpy()
    copy_in(Place, columns, show="place" if show else "")


def publish_city(order: DemoOrder) -> Edition:
    """Put the divided draft in force, dated back before the oldest case."""
    day = dt.date.fromisoformat(order.today) - dt.timedelta(days=IN_FORCE_SINCE_DAYS)
    return publish(at=timezone.make_aware(dt.datetime.combine(day, dt.time())))


@transaction.atomic
def write_components(city: DemoCity, edition: Edition, *, show: bool = False) -> int:
    """Components with the cell that owns their place in the edition in force."""
    table = city.components
    classes = {row.code: row.pk for row in CatalogueClass.objects.in_use().components().minors()}
    place = table["place"].to_numpy()
    cell = route_many(shapely.get_coordinates(place), crs=reference.CITY).cell_ids()
    columns = {
        "code": table["code"].to_numpy(),
        "catalogue_class_id": table["class"].map(classes).to_numpy(),
        "state": table["state"].to_numpy(),
        "competent_department": table["competent"].to_numpy(),
        "owner_department": table["owner"].to_numpy(),
        "maintainer_department": table["maintainer"].to_numpy(),
        "accuracy_class": table["accuracy_class"].to_numpy(),
        "place": place,
        "cell_id": np.where(cell < 0, None, cell.astype(object)),
        "edition_id": edition.pk,
        "surveyed_on": table["surveyed_on"].to_numpy(),
        "data_source": table["data_source"].to_numpy(),
    }
    return copy_in(Component, columns, show="component" if show else "")


def day_of(edition: Edition) -> dt.date:
    """The day up to which a demo city has cases."""
    return dt.date.fromisoformat(json.loads(edition.note.removeprefix("demo city "))["today"])


def undivided(edition: Edition) -> bool:
    """Whether communities of the draft still wait for their cells."""
    return bool(communities_without_cells(edition))


def counts() -> dict[str, int]:
    """How much of what there is: areas by level, cells, components, places."""
    by_level = dict(Grid.objects.values_list("level").annotate(n=Count("pk")))
    return {
        **by_level,
        "cell": Cell.objects.count(),
        "component": Component.objects.count(),
        "place": Place.objects.count(),
    }
