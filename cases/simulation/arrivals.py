"""What comes in on a simulated day: when, where, what, and by whom it is told. Data: `fixtures/demo/day.json`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone

from cases.demo.reports import rules
from cells.demo.plan import stream
from cells.demo.words import FOLDER, words
from cells.models import CatalogueClass, CellVersion
from cells.routing import route_many
from spatial import crs as reference

JITTER_M = 8.0


@cache
def figures_of_day() -> dict[str, Any]:
    """The figures of the day, as the file has them."""
    return dict(json.loads((FOLDER / "day.json").read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One report as it comes in: place in degrees (WGS 84), class as “event-0103”."""

    n: int
    at: dt.datetime
    source: str
    lon: float
    lat: float
    cell: int
    catalogue_class: str
    words: str
    name: str = ""
    telephone: str = ""
    urgent: bool = False


def make_arrivals(day: dt.date, *, cases: int, seed: int, data: Mapping[str, Any]) -> list[Arrival]:
    """So many reports of a local day, in the order in which they come in; number 0 is urgent. `data`: figures of a day.

    Raises
    ------
    NoEditionInForce
    """
    rng = stream(seed, "day")
    lonlat, cells, names = _places(cases, rng)
    source = rng.choice(list(data["sources"]), cases, p=list(data["sources"].values()))
    seconds = np.empty(cases)
    for name in data["sources"]:
        mine = np.flatnonzero(source == name)
        hours = np.array(data["hours"][name], dtype=float)
        seconds[mine] = rng.choice(24, len(mine), p=hours / hours.sum()) * 3600 + rng.integers(0, 3600, len(mine))
    kinds = _kinds()
    weights = np.array([kind["share"] for kind in kinds.values()])
    code = rng.choice(np.array(list(kinds)), cases, p=weights / weights.sum())
    midnight = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    urgent = data["urgent"]
    source[0], code[0] = "hotline", urgent["class"]
    seconds[0] = dt.timedelta(hours=int(urgent["at"][:2]), minutes=int(urgent["at"][3:])).total_seconds()
    made = []
    for n in np.argsort(seconds, kind="stable").tolist():
        chance = Random(f"{seed}/{n}/said")
        said = urgent["words"] if n == 0 else chance.choice(kinds[str(code[n])]["words"])
        told = _caller(n, chance, data["shares"]["anonymous"]) if source[n] == "hotline" else {}
        made.append(
            Arrival(
                n=n,
                at=midnight + dt.timedelta(seconds=float(seconds[n])),
                source=str(source[n]),
                lon=float(lonlat[n, 0]),
                lat=float(lonlat[n, 1]),
                cell=int(cells[n]),
                catalogue_class=f"event-{code[n]}",
                words=said.format(where=names[n], street=names[n]),
                urgent=n == 0,
                **told,
            )
        )
    return made


def _kinds() -> dict[str, dict[str, Any]]:
    """The classes of the demo that the catalogue in use knows, with their shares, hours and words."""
    known = {row.code for row in CatalogueClass.objects.in_use().minors().filter(kind=CatalogueClass.Kind.EVENT)}
    return {code: kind for code, kind in rules()["classes"].items() if code in known}


def _caller(n: int, chance: Random, anonymous: float) -> dict[str, str]:
    """Name and number of who calls; neither of one who does not say who he is."""
    if chance.random() < anonymous:
        return {}
    data = rules()["callers"]
    name = chance.choice(words()["surnames"])[0] + chance.choice(data["titles"])
    return {"name": name, "telephone": f"{data['telephone']}{n:07d}"}


def _places(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(count, 2) degrees of places in the city, (count,) the cells that hold them, and what the places are called."""
    cells = list(CellVersion.objects.current().select_related("cell").order_by("cell__code"))
    middles = np.array([version.shape.point_on_surface.coords for version in cells])
    of = rng.integers(0, len(cells), count)
    wanted = middles[of] + rng.normal(0.0, JITTER_M, (count, 2))
    lonlat = np.round(reference.from_city(wanted, srid=settings.CITY_SRID), 7)
    astray = route_many(lonlat).cell_ids() < 0
    lonlat[astray] = np.round(reference.from_city(middles[of][astray], srid=settings.CITY_SRID), 7)
    return lonlat, route_many(lonlat).cell_ids(), [cells[n].cell.code for n in of.tolist()]
