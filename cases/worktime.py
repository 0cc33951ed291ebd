"""The city's own working time and limits, read from their tables.

Each process keeps one book of them. Every use compares its stamp with the database's by one small query, so an edit by
any process, the admin's included, counts at the next use. Who counts many clocks asks once and keeps the book for the
batch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings

from cases.clocks import Limit, Part, Unit
from cases.clockwork import Kind, Planned
from cases.models import CalendarYear, SpecialDay, StageLimit, WorkHours
from cases.workdays import Shift, WorkCalendar, work_calendar
from cells.models import FilingCondition
from cells.rules import figures
from spatial.postgis import run

_kept: Book | None = None
_URGENT = (Unit.UH, Unit.UD)


def book_of_city(stamp: object = None) -> Book:
    """The city's calendar, limits and shares as they stand now; by one query where nobody has edited them.

    By none for one who has read the database's stamp within this transaction, with something else.
    """
    global _kept
    read = (stamp,) if stamp is not None else run.row("cases", "tables_stamp_v1") or ()
    stamp = (settings.TIME_ZONE, *read)
    here = _kept
    if here is None or here.stamp != stamp:
        # Two threads may both make it: the same one.
        here = _kept = Book(stamp)
    return here


def calendar_of_city() -> WorkCalendar:
    """The city's working time, for the years whose calendar is known: the latest of them that follow each other.

    Without any known year it has no days, and the first limit in working time raises CalendarEnds. Raises NoSuchRule,
    and BadShifts where a special day's hours are none.
    """
    return book_of_city().calendar


def parts_of(
    stage: StageLimit.Stage | str,
    *,
    catalogue_class: int | None = None,
    condition: FilingCondition | None = None,
    area_class: str = "",
) -> tuple[Part, ...]:
    """The limits of one step of a case, in order; empty where the step has none. See `LimitTable.parts`."""
    return limits_of_city().parts(stage, catalogue_class=catalogue_class, condition=condition, area_class=area_class)


def limits_of_city() -> LimitTable:
    """The table of limits as it stands now."""
    return book_of_city().limits


@dataclass
class Book:
    """What the clocks of a city go by, each part read when it is first asked for.

    A part that is read after somebody edited it fits the next stamp, not this one: it is thrown away with the book.
    """

    stamp: tuple[object, ...]
    _planned: dict[tuple[object, ...], tuple[Planned, ...]] = field(default_factory=dict)

    @cached_property
    def calendar(self) -> WorkCalendar:
        """The working time of the known years (three of them: 25 ms)."""
        return _made()

    @cached_property
    def limits(self) -> LimitTable:
        return LimitTable(tuple(StageLimit.objects.order_by("order", "pk")))

    @cached_property
    def amber_share(self) -> float:
        return figures("limit_amber_share")[0]

    @cached_property
    def conditions(self) -> dict[int, FilingCondition]:
        """All filing conditions, by their ids."""
        return {condition.pk: condition for condition in FilingCondition.objects.all()}

    @cached_property
    def first_conditions(self) -> dict[int, FilingCondition]:
        """The first condition of each class: what counts until somebody says which it is."""
        ordered = sorted(self.conditions.values(), key=lambda c: (-c.serial, -c.pk))
        return {condition.catalogue_class_id: condition for condition in ordered}

    @cached_property
    def asks_area(self) -> bool:
        """Whether any limit differs by the class of area."""
        return any(row.area_class for row in self.limits.rows)

    def planned(
        self, kind: Kind, *, catalogue_class: int | None, condition: int | None, area_class: str, grade: str = ""
    ) -> tuple[Planned, ...]:
        """The parts of a step's limit for a case; without a condition by the first one of its class."""
        key = (kind, catalogue_class, condition, area_class, grade)
        found = self._planned.get(key)
        if found is None:
            chosen = self.conditions.get(condition or 0) or self.first_conditions.get(catalogue_class or 0)
            fit = {"catalogue_class": catalogue_class, "condition": chosen, "area_class": area_class}
            rows = self.limits.fitting(kind, **fit)
            # What a class has of its own that runs day and night stays: the limit of a burst main is its own.
            if grade and not any(_narrowness(row)[1] or _narrowness(row)[2] for row in rows if row.unit in _URGENT):
                rows = self.limits.fitting(kind, **fit, grade=grade)
            found = self._planned[key] = tuple(
                Planned(
                    limit=_limit(row.value, row.unit),
                    after_previous=row.after_previous,
                    label_zh=row.label_zh,
                    label_en=row.label_en,
                )
                for row in rows
            )
        return found


@dataclass(frozen=True, slots=True)
class LimitTable:
    """The limits of the steps, in the order of their parts."""

    rows: tuple[StageLimit, ...]

    def parts(
        self,
        stage: StageLimit.Stage | str,
        *,
        catalogue_class: int | None = None,
        condition: FilingCondition | None = None,
        area_class: str = "",
    ) -> tuple[Part, ...]:
        """The limits of one step, with the parts' names in the reader's language; see `fitting`."""
        rows = self.fitting(stage, catalogue_class=catalogue_class, condition=condition, area_class=area_class)
        return tuple(Part(row.label, _limit(row.value, row.unit), row.after_previous) for row in rows)

    def fitting(
        self,
        stage: StageLimit.Stage | str,
        *,
        catalogue_class: int | None = None,
        condition: FilingCondition | None = None,
        area_class: str = "",
        grade: str = "",
    ) -> tuple[StageLimit, ...]:
        """The rows for one step; the narrowest rows that fit count, and they alone.

        A row for the filing condition goes before one for the class, that before the default, and among equals one for
        the class of area before one for all. In an emergency the rows of its grade go before all others.
        The limit that the catalogue has for a filing condition is the limit of handling, unless a row for that very
        condition, or for the grade, says otherwise.
        """
        if condition is not None:
            catalogue_class = condition.catalogue_class_id
        wanted = {
            "catalogue_class_id": (None, catalogue_class),
            "condition_id": (None, condition.pk if condition is not None else None),
            "area_class": ("", area_class),
            "grade_id": (None, grade or None),
        }
        fitting = [
            row
            for row in self.rows
            if row.stage == stage and all(getattr(row, name) in allowed for name, allowed in wanted.items())
        ]
        best = max((_narrowness(row) for row in fitting), default=(False, False, False, False))
        if stage == StageLimit.Stage.HANDLE and condition is not None and not (best[0] or best[1]):
            own = {"value": condition.limit_value, "unit": condition.limit_unit}
            return (StageLimit(stage=stage, condition=condition, catalogue_class_id=catalogue_class, **own),)
        return tuple(row for row in fitting if _narrowness(row) == best)


def _narrowness(row: StageLimit) -> tuple[bool, bool, bool, bool]:
    return (
        row.grade_id is not None,
        row.condition_id is not None,
        row.catalogue_class_id is not None,
        row.area_class != "",
    )


def _limit(value: object, unit: str) -> Limit:
    """A limit as a table has it: hours to the second, so that 0.1667 is ten minutes."""
    number = float(str(value))
    return Limit(round(number * 3600) / 3600 if unit in (Unit.UH, Unit.WH) else number, Unit(unit))


def _made() -> WorkCalendar:
    week: dict[int, list[Shift]] = {}
    for row in WorkHours.objects.all():
        week.setdefault(row.weekday, []).append(row.shift)
    first, last = _years(CalendarYear.objects.values_list("year", flat=True))
    return work_calendar(
        zone=ZoneInfo(settings.TIME_ZONE),
        week=week,
        special={day.day: day.rule for day in SpecialDay.objects.filter(day__range=(first, last))},
        first=first,
        last=last,
        workday_hours=figures("limit_workday_hours")[0],
    )


def _years(known: Iterable[int]) -> tuple[dt.date, dt.date]:
    """The first and the last day of the latest years in a row; of none, a last day before the first."""
    years = set(known)
    if not years:
        return dt.date(1970, 1, 2), dt.date(1970, 1, 1)
    first = last = max(years)
    while first - 1 in years:
        first -= 1
    return dt.date(first, 1, 1), dt.date(last, 12, 31)
