"""What is told and taken, as schemas: they are the OpenAPI document and the check in one."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime

from cases.intake import MOST_ACCURACY_M, MOST_NAME, MOST_WORDS
from cases.workflow import Act, Stage


def _plain(text: str) -> str:
    if any((ord(sign) < 32 and sign not in "\n\r\t") or 0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        raise ValueError("it has signs that are no text")
    return text


Text = Annotated[str, AfterValidator(_plain)]
CODE = r"^[0-9A-Za-z._-]{1,40}$"
CLASS = r"^(component|event)-[0-9]{4,5}$"
BBOX = Annotated[Text, Field(max_length=200, description="west,south,east,north in degrees, WGS 84")]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class Page(Schema):
    """One page; `next` is the cursor of the one after it, null on the last."""

    next: str | None = None


class CaseTold(Schema):
    """A case without personal data. Longitude and latitude in WGS 84."""

    number: str
    stage: Stage
    class_code: str | None = Field(None, description="kind and code: event-0103")
    class_zh: str | None = None
    class_en: str | None = None
    source: str
    words: str | None = Field(None, description="once the desk has read them; numbers of people struck out")
    address: str | None = None
    lon: float | None = None
    lat: float | None = None
    cell: str | None = None
    edition: int | None = Field(None, description="the edition of the grids by which it got its owner")
    owner: str | None = Field(None, description="code of the unit whose case it is")
    component: str | None = None
    emergency: str | None = None
    reported_at: dt.datetime
    updated_at: dt.datetime = Field(..., description="when the last line of its history was written")
    due_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    returns: int
    reworks: int
    reopened: int


class Cases(Page):
    items: list[CaseTold]


class LineTold(Schema):
    """A line of a case's history, without who did it and what he noted."""

    id: int
    act: Act
    from_stage: Stage | None = None
    to_stage: Stage
    owner: str | None = None
    at: dt.datetime
    written_at: dt.datetime | None = None


class History(Schema):
    number: str
    items: list[LineTold]


class ReportGiven(Schema):
    """A report. A place (lon and lat), a component or an address, and words or a class."""

    model_config = {"extra": "forbid"}

    words: Annotated[Text, Field(max_length=MOST_WORDS)] = ""
    class_code: Annotated[str, Field(max_length=20, description="kind and code: event-0103")] = ""
    lon: Annotated[float | None, Field(allow_inf_nan=False, description="longitude, or east of a projected crs")] = None
    lat: Annotated[float | None, Field(allow_inf_nan=False)] = None
    crs: Annotated[Text, Field(max_length=20)] = "WGS84"
    accuracy_m: Annotated[float | None, Field(ge=0, le=MOST_ACCURACY_M, allow_inf_nan=False)] = None
    address: Annotated[Text, Field(max_length=200)] = ""
    component: Annotated[Text, Field(max_length=MOST_NAME)] = ""
    source_label: Annotated[Text, Field(max_length=60, description="its number in the sending system")] = ""


class Geometry(Schema):
    """A GeoJSON geometry, longitude first."""

    type: str
    coordinates: list[Any]


class GridTold(Schema):
    code: str
    level: str
    parent: str | None = None
    name_zh: str
    name_en: str
    area_m2: float
    since_edition: int


class GridWhole(GridTold):
    geometry: Geometry


class Grids(Page):
    edition: int
    items: list[GridTold]


class CellTold(Schema):
    code: str
    community: str
    grid: str | None = None
    area_m2: float
    land_use: str
    since_edition: int


class CellWhole(CellTold):
    geometry: Geometry


class Cells(Page):
    edition: int
    items: list[CellTold]


class ComponentTold(Schema):
    code: str
    name: str
    class_code: str
    state: str
    accuracy_class: str
    competent_department: str
    owner_department: str
    maintainer_department: str
    cell: str | None = None
    lon: float
    lat: float
    surveyed_on: dt.date | None = None
    changed_on: dt.date | None = None


class Components(Page):
    items: list[ComponentTold]


class ClassTold(Schema):
    code: str = Field(..., description="kind and code: event-0103; of a heading kind and two digits")
    kind: str
    name_zh: str
    name_en: str
    heading: bool
    city_own: bool


class Catalogue(Schema):
    edition: str
    items: list[ClassTold]


class RateTold(Schema):
    code: str
    name: str
    gone: bool
    indicators: dict[str, float | None] = Field(..., description="per cent by key; null: there were no cases")
    facts: dict[str, int]


class Rates(Schema):
    unit: str
    since: dt.date = Field(..., alias="from")
    until: dt.date = Field(..., alias="to")
    partial: bool = Field(..., description="the period is not over yet")
    edition: int
    rows: list[RateTold]
    total: RateTold


class ProblemTold(Schema):
    """RFC 9457. `type` stays; `title` is for people, in their language."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    where: dict[str, Any]


Moment = AwareDatetime
