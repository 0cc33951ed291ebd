"""A line of the ledger as pages, answers and files show it: plain values, made many at a time.

Nothing of who called is in it: callers are read through `cases.callers` alone. The limit is that of handling as the
tables have it, counted from the filing, without holds and extensions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import F, FloatField, Func

from cases.clocks import Part, due_each
from cases.models import CaseSource, StageLimit
from cases.models.case import CaseQuerySet
from cases.workdays import CalendarEnds
from cases.worktime import LimitTable, calendar_of_city, limits_of_city
from cells.explanation import Area
from cells.models import CatalogueClass
from cells.territory import areas_named
from spatial import crs as reference

AT_ONCE = 2_000
_FIELDS = (
    "number",
    "ledger_entry__year",
    "ledger_entry__serial",
    "ledger_entry__town",
    "ledger_entry__filed_at",
    "catalogue_class",
    "words",
    "address",
    "owner",
    "stage",
    "source",
    "closed_at",
    "ledger_entry__pk",
    "x",
    "y",
)
_PLACE = slice(13, 15)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a case as it stands now, with its number in the ledger of its town."""

    number: str
    year: int
    serial: int
    town: Area | None
    filed_at: dt.datetime
    catalogue_class: CatalogueClass | None
    words: str
    address: str
    owner: Area | None
    stage: str
    source: CaseSource
    closed_at: dt.datetime | None
    lon: float | None
    lat: float | None
    due_at: dt.datetime | None
    entry: int

    @property
    def ledger_number(self) -> str:
        """As `LedgerEntry.number`."""
        return f"{self.year}-{self.serial:05d}"

    def is_late(self, at: dt.datetime) -> bool:
        """Whether it was closed after its limit, or is open past it."""
        return self.due_at is not None and (self.closed_at or at) > self.due_at


def lines_of(cases: CaseQuerySet, *, streamed: bool = False) -> Iterator[Line]:
    """The lines of cases of the ledger, in their order.

    Streamed they are read from the database 2,000 at a time, so that memory stays flat whatever their number.
    """
    x, y = (Func(F("place"), function=name, output_field=FloatField()) for name in ("ST_X", "ST_Y"))
    rows = cases.annotate(x=x, y=y).values_list(*_FIELDS)
    read = rows.iterator(chunk_size=AT_ONCE) if streamed else iter(rows)
    words = _Words()
    while block := tuple(islice(read, AT_ONCE)):
        yield from words.lines(block)


class _Words:
    """What numbers of classes, sources and areas stand for, learned as they come; and the limits."""

    def __init__(self) -> None:
        self._areas: dict[int, Area] = {}
        self._classes: dict[int, CatalogueClass] = {}
        self._sources = CaseSource.objects.in_bulk()
        self._limits: LimitTable = limits_of_city()
        self._parts: dict[int | None, tuple[Part, ...]] = {}
        self._calendar = calendar_of_city()

    def lines(self, block: tuple[tuple[Any, ...], ...]) -> Iterator[Line]:
        unknown = {key for row in block for key in (row[3], row[8]) if key is not None and key not in self._areas}
        if unknown:
            self._areas |= areas_named(unknown)
        classes = {row[5] for row in block if row[5] is not None} - self._classes.keys()
        if classes:
            self._classes |= CatalogueClass.objects.in_bulk(classes)
        metres = np.array([row[_PLACE] for row in block], np.float64)
        placed = ~np.isnan(metres).any(axis=1)
        degrees = np.full_like(metres, np.nan)
        if placed.any():
            degrees[placed] = np.round(reference.from_city(metres[placed], srid=settings.CITY_SRID), 8)
        for row, (lon, lat), has_place in zip(block, degrees.tolist(), placed.tolist(), strict=True):
            number, year, serial, town, filed_at, key, words, address, owner, stage, source, closed_at, entry, *_xy = (
                row
            )
            yield Line(
                number=number,
                year=year,
                serial=serial,
                town=self._areas.get(town),
                filed_at=filed_at,
                catalogue_class=self._classes.get(key),
                words=words,
                address=address,
                owner=self._areas.get(owner),
                stage=stage,
                source=self._sources[source],
                closed_at=closed_at,
                lon=lon if has_place else None,
                lat=lat if has_place else None,
                due_at=self._due(key, filed_at),
                entry=entry,
            )

    def _due(self, key: int | None, filed_at: dt.datetime) -> dt.datetime | None:
        parts = self._parts.get(key)
        if parts is None:
            parts = self._parts[key] = self._limits.parts(StageLimit.Stage.HANDLE, catalogue_class=key)
        try:
            ends = due_each(filed_at, parts, self._calendar)
        except CalendarEnds:
            return None
        return ends[-1] if ends else None
