"""Which lines of the ledger somebody wants to see, and the questions about them: a page, all of them, how many.

Every question goes through `asked_lines`, and so through the territory of who asks. A page is found by its last line
(keyset), so that what comes in meanwhile neither repeats nor hides a line on the next one. With 1,000,000 cases the
newest of a town are read from `ledger_of_town`, of the city from `ledger_newest`, words from `case_word_pairs`, a
community's from `case_queue`. Measured on two busy cores: most pages in 10 to 50 ms, the worst (6,000 void cases of the
city in all years, sorted) in 250; the counts of a month in 100, of everything in 1.5 s.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils import timezone

from cases.ledger.lines import Line, lines_of
from cases.models import Case
from cases.models.case import CaseQuerySet
from cells.models import CatalogueClass, Grid, Level
from cells.territory import grids_within
from spatial.postgis import roles

USUALLY_SHOWN = 50
# A stage that is none: whatever somebody still has to do something about.
OPEN = "open"
_NUMBER = re.compile(r"(\d{4})\s*[-–]\s*(\d{1,9})")


class BadCursor(ValueError):
    """The place in the ledger to go on from cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The filter. Days are local days of filing, both included; what is empty is not asked for."""

    area: Grid | None = None
    kind: str = ""
    major: str = ""
    minor: str = ""
    stage: str = ""
    source: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    # Words of the case or its address, its number or how that begins, or its number in the ledger (2026-17).
    words: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the ledger to go on: behind this line. As text `1764000000000000-17`."""

    filed_at: dt.datetime
    entry: int

    def __str__(self) -> str:
        return f"{(self.filed_at - _EPOCH) // _MICROSECOND}-{self.entry}"

    @classmethod
    def read(cls, text: str) -> Position:
        """The position that a text names; raises BadCursor."""
        found = re.fullmatch(r"(-?\d{1,17})-(\d{1,18})", text, re.ASCII)
        try:
            if found is None:
                raise BadCursor(f"“{text[:60]}” is no place in the ledger.")
            return cls(_EPOCH + int(found[1]) * _MICROSECOND, int(found[2]))
        except OverflowError:
            raise BadCursor(f"“{text[:60]}” is no place in the ledger.") from None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines a filter has, by stage and by class (None: without one), the largest first."""

    cases: int
    by_stage: dict[str, int]
    by_class: dict[CatalogueClass | None, int]


_NEWEST = ("-ledger_entry__filed_at", "-ledger_entry__pk")
_EPOCH, _MICROSECOND = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(microseconds=1)


def asked_lines(asked: Asked, *, by: Any) -> CaseQuerySet:
    """The cases of a filter that somebody may see, in the order of the ledger: the newest first."""
    found = Case.objects.in_territory_of(by).filter(ledger_entry__isnull=False)
    if asked.area is not None:
        found = _in_area(found, asked.area)
    if asked.kind:
        found = found.filter(catalogue_class__in=_classes(asked))
    if asked.stage == OPEN:
        found = found.open()
    elif asked.stage:
        found = found.filter(stage=asked.stage)
    if asked.source:
        found = found.filter(source=asked.source)
    if asked.since is not None:
        found = found.filter(ledger_entry__filed_at__gte=_midnight(asked.since))
    if asked.until is not None:
        found = found.filter(ledger_entry__filed_at__lt=_midnight(asked.until + dt.timedelta(days=1)))
    if asked.words.strip():
        found = _with_words(found, asked.words.strip())
    return found.order_by(*_NEWEST)


def page(
    asked: Asked, *, by: Any, after: Position | None = None, most: int = USUALLY_SHOWN
) -> tuple[list[Line], Position | None]:
    """Lines behind a position, as many as fit, and the position to go on from; None where nothing follows."""
    found = asked_lines(asked, by=by)
    if after is not None:
        # The first condition is where the index is entered; the other takes off what was shown of the same moment.
        found = found.filter(ledger_entry__filed_at__lte=after.filed_at).exclude(
            ledger_entry__filed_at=after.filed_at, ledger_entry__pk__gte=after.entry
        )
    chosen = found.chosen(*_NEWEST, most=most + 1)
    lines = list(lines_of(Case.objects.filter(pk__in=chosen).order_by(*_NEWEST)))
    shown = lines[:most]
    return shown, Position(shown[-1].filed_at, shown[-1].entry) if len(lines) > most else None


def tally(asked: Asked, *, by: Any) -> Tally:
    """How many lines there are, by stage and by class; one look over them all (see `tests/bench/ledger.py`)."""
    found = asked_lines(asked, by=by).order_by().values_list("stage", "catalogue_class").annotate(cases=Count("pk"))
    with roles.as_owner():
        rows = list(found)
    stages: dict[str, int] = {}
    classes: dict[int | None, int] = {}
    for stage, key, cases in rows:
        stages[stage] = stages.get(stage, 0) + cases
        classes[key] = classes.get(key, 0) + cases
    named = CatalogueClass.objects.select_related("edition").in_bulk([key for key in classes if key is not None])
    falling = sorted(classes.items(), key=lambda item: (-item[1], item[0] or 0))
    return Tally(
        cases=sum(stages.values()),
        by_stage=dict(sorted(stages.items(), key=lambda item: (-item[1], item[0]))),
        by_class={(named[key] if key is not None else None): cases for key, cases in falling},
    )


def _in_area(found: CaseQuerySet, area: Grid) -> CaseQuerySet:
    """A town's own ledger; the ledgers of all towns of a district; below a town, what the unit or one below it owns."""
    if area.level_id == Level.TOWN:
        return found.filter(ledger_entry__town=area)
    within = grids_within(area.pk)
    if area.level_id == Level.CITY:
        return found
    if area.level_id == Level.DISTRICT:
        return found.filter(ledger_entry__town__in=within)
    return found.in_territory(within)


def _classes(asked: Asked) -> list[int]:
    """The classes of the catalogue in use that are asked for; as a list, whose statistics the planner knows."""
    classes = CatalogueClass.objects.in_use().filter(kind=asked.kind)
    if asked.major:
        classes = classes.filter(major=asked.major)
    if asked.minor:
        classes = classes.filter(minor=asked.minor)
    return list(classes.values_list("pk", flat=True))


def _with_words(found: CaseQuerySet, words: str) -> CaseQuerySet:
    number = _NUMBER.fullmatch(words)
    if number is not None and int(number[1]) < 2**15 and int(number[2]) < 2**31:
        return found.filter(ledger_entry__year=int(number[1]), ledger_entry__serial=int(number[2]))
    return found.with_words(words)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
