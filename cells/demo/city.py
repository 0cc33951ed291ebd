"""The demo city as a whole: one call, one frozen result, the same to the last bit for the same arguments."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
import shapely

from cells.demo.areas import name_areas
from cells.demo.components import make_components
from cells.demo.ground import Ground, lay_out
from cells.demo.land import GREEN
from cells.demo.naming import name_estates, name_streets
from cells.demo.places import make_places
from cells.demo.plan import make_plan
from cells.demo.territory import divide_territory
from cells.demo.words import words

CELL_M2 = 10_000.0
FEWEST_CELLS = 200


@dataclass(frozen=True, slots=True)
class DemoCity:
    """Tables of everything in the city; `shape` or `place` columns are shapely geometries, city CRS, metres, 1 mm grid.

    areas: level, code, parent, name_zh, name_en, shape. streets: shape, street_class, name_zh, name_en, width_m, block.
    water, green: kind, name_zh, name_en, shape. buildings: kind, floors, shape. blocks: land, name_zh, name_en, shape.
    places: kind, category, name_zh, name_en, address, weight, place. components: see `make_components`.
    """

    areas: pd.DataFrame
    streets: pd.DataFrame
    water: pd.DataFrame
    green: pd.DataFrame
    buildings: pd.DataFrame
    blocks: pd.DataFrame
    places: pd.DataFrame
    components: pd.DataFrame

    def fingerprint(self) -> str:
        """SHA-256 of all geometries and texts: equal for equal cities."""
        digest = hashlib.sha256()
        for field in fields(self):
            table: pd.DataFrame = getattr(self, field.name)
            for column in table.columns:
                if column in ("shape", "place"):
                    for wkb in shapely.to_wkb(table[column].to_numpy(), byte_order=1):
                        digest.update(wkb)
                else:
                    digest.update("\x1f".join(table[column].astype(str)).encode())
        return digest.hexdigest()


def make_city(
    *,
    cells: int,
    seed: int,
    origin: tuple[float, float],
    today: dt.date,
    tell: Callable[[str], None] = lambda stage: None,
) -> DemoCity:
    """Make a city of about `cells` unit cells around `origin` (easting, northing in the city's CRS).

    `today` dates the surveys; `tell` hears each stage's name as it begins.

    Raises
    ------
    ValueError
        Fewer than 200 cells were asked for.
    """
    if cells < FEWEST_CELLS:
        raise ValueError(f"A demo city of {cells} cells is too small to be one: ask for {FEWEST_CELLS} or more.")
    tell("plan")
    plan = make_plan(area_m2=cells * CELL_M2, seed=seed, origin=origin)
    tell("ground")
    ground = lay_out(plan)
    tell("territory")
    territory = divide_territory(plan, ground.net, ground.street_class)
    tell("names")
    estates = name_estates(plan, ground)
    streets = name_streets(plan, ground, estates)
    areas = name_areas(plan, ground, territory, streets, estates)
    tell("places")
    places = make_places(plan, ground, streets, estates, areas)
    tell("components")
    components = make_components(plan, ground, streets, places, areas, today=today)
    return DemoCity(
        areas=areas, streets=streets, water=_water(ground), green=_green(ground, estates), buildings=_buildings(ground),
        blocks=estates.assign(shape=ground.blocks), places=places, components=components,
    )  # fmt: skip


def _water(ground: Ground) -> pd.DataFrame:
    lists = words()
    names = {"river": lists["river"], "canal": lists["canal"]}
    zh = [names.get(kind, ["", ""])[0] for kind in ground.water_kind]
    en = [names.get(kind, ["", ""])[1] for kind in ground.water_kind]
    return pd.DataFrame({"kind": ground.water_kind, "name_zh": zh, "name_en": en, "shape": ground.water})


def _green(ground: Ground, estates: pd.DataFrame) -> pd.DataFrame:
    block = ground.green_block
    named = estates.reindex(np.maximum(block, 0)).reset_index(drop=True)
    public = np.isin(ground.green_kind, [str(use) for use in GREEN]) & (block >= 0)
    return pd.DataFrame(
        {
            "kind": [str(kind) for kind in ground.green_kind],
            "name_zh": named["name_zh"].where(public, ""),
            "name_en": named["name_en"].where(public, ""),
            "shape": ground.green,
        }
    )


def _buildings(ground: Ground) -> pd.DataFrame:
    buildings = ground.buildings
    return pd.DataFrame({"kind": buildings.kind, "floors": buildings.floors, "shape": buildings.shapes})
