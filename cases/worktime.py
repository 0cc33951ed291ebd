"""The city's own working time and limits, read from their tables.

Each process keeps one calendar. Every use compares it with the database by one small query, so an edit by any process,
the admin's included, counts at the next use; the limits are read anew each time. Who counts many clocks asks once and
keeps the answers for the batch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings

from cases.clocks import Limit, Part, Unit
from cases.models import CalendarYear, SpecialDay, StageLimit, WorkHours
from cases.workdays import Shift, WorkCalendar, work_calendar
from cells.models import FilingCondition
from cells.rules import figures
from spatial.postgis import run


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[object, ...]
    calendar: WorkCalendar


_kept: _Kept | None = None


def calendar_of_city() -> WorkCalendar:
    """The city's working time, for the years whose calendar is known: the latest of them that follow each other.

    Without any known year it has no days, and the first limit in working time raises CalendarEnds. Raises NoSuchRule,
    and BadShifts where a special day's hours are none.
    """
    global _kept
    stamp = (settings.TIME_ZONE, *(run.row("cases", "calendar_stamp_v1") or ()))
    here = _kept
    if here is None or here.stamp != stamp:
        # Two threads may both make it: the same one, in 25 ms for three years.
        here = _kept = _Kept(stamp, _made())
    return here.calendar


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
    """The table of limits as it stands now, by one query (a few hundred rows at most); kept by who counts many."""
    return LimitTable(tuple(StageLimit.objects.order_by("order", "pk")))


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
        """The limits of one step; the narrowest rows that fit count, and they alone.

        A row for the filing condition goes before one for the class, that before the default, and among equals one for
        the class of area before one for all. The limit that the catalogue has for a filing condition is the limit of
        handling, unless a row for that very condition says otherwise.
        """
        if condition is not None:
            catalogue_class = condition.catalogue_class_id
        wanted = {
            "catalogue_class_id": (None, catalogue_class),
            "condition_id": (None, condition.pk if condition is not None else None),
            "area_class": ("", area_class),
        }
        fitting = [
            row
            for row in self.rows
            if row.stage == stage and all(getattr(row, name) in allowed for name, allowed in wanted.items())
        ]
        best = max((_narrowness(row) for row in fitting), default=(False, False, False))
        if stage == StageLimit.Stage.HANDLE and condition is not None and not best[0]:
            return (Part("", _limit(condition.limit_value, condition.limit_unit)),)
        return tuple(
            Part(row.label, _limit(row.value, row.unit), row.after_previous)
            for row in fitting
            if _narrowness(row) == best
        )


def _narrowness(row: StageLimit) -> tuple[bool, bool, bool]:
    return (row.condition_id is not None, row.catalogue_class_id is not None, row.area_class != "")


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
