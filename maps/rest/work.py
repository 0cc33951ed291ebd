"""How well the work is done: the indicators of units in a period, as `manage.py rates` counts them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from cases.judging import rates as judging
from cases.judging.periods import BadPeriod, Period
from cases.judging.units import Of
from cells.models import Grid, Level
from cells.territory import grids_within
from maps.errors import BadRequest
from maps.rest.door import READS_RATES, api
from maps.rest.shapes import CODE, Rates


class Unit(StrEnum):
    """What is judged: places, never people."""

    DISTRICT = "district"
    TOWN = "town"
    COMMUNITY = "community"
    GRID = "grid"
    CELL = "cell"
    DEPARTMENT = "department"  # of the components that cases are about


class RatesAsked(Schema):
    unit: Unit = Unit.DISTRICT
    since: Annotated[dt.date, Field(alias="from")]
    until: Annotated[dt.date, Field(alias="to")]
    within: Annotated[str | None, Field(pattern=CODE, description="code of a unit; for cells a town or less")] = None


@api.get(
    "rates", response=Rates, auth=READS_RATES, url_name="rest-rates", operation_id="read_rates", tags=["rates"],
    by_alias=True,
)  # fmt: skip
def rates(request: HttpRequest, asked: Query[RatesAsked]) -> Any:
    """Every indicator by its key, both days included, by facts that are read anew every two minutes.

    In a token's territory: all of its units, or those within one of them. Scope: rates:read.
    """
    within = _within(asked, request.auth.territory)  # type: ignore[attr-defined]
    try:
        period = Period.of_days(asked.since, asked.until)
    except BadPeriod as error:
        raise BadRequest(str(error), field="from") from error
    found = judging.rates(Of(asked.unit), period, within=within, reread=False)
    told = found.as_data()
    keys = tuple(found.formulas)
    rows = [_row(row, keys) for row in (*told["rows"], told["total"])]
    return {
        "unit": told["unit"], "from": asked.since, "to": asked.until, "partial": told["partial"],
        "edition": told["edition"], "rows": rows[:-1], "total": rows[-1],
    }  # fmt: skip


def _within(asked: RatesAsked, territory: Grid | None) -> Grid | None:
    within = territory
    if asked.within is not None:
        within = Grid.objects.filter(code=asked.within).first()
        if within is None or (territory is not None and within.pk not in grids_within(territory.pk)):
            raise BadRequest(f"There is no unit “{asked.within}” here.", hint="GET grids lists them.", field="within")
    if asked.unit is Unit.CELL and (within is None or within.level_id in (Level.CITY, Level.DISTRICT)):
        raise BadRequest("Cells of a whole district are too many.", hint="Say a town or less.", field="within")
    return within


def _row(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {
        "code": row["code"] or "", "name": str(row["name"]), "gone": row["gone"], "facts": row["facts"],
        "indicators": {key: row[key] for key in keys},
    }  # fmt: skip
