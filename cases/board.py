"""The live board: the open cases of somebody's territory by the colour of their clocks, what ends first on top.

A board is counted and listed from the marks in the cases' own rows, by the indexes `case_due` and `case_due_of_owner`
alone: of 1,000,000 cases with 40,000 open ones the counts of the whole city take 14 ms, a column 0.1 to 0.4 ms. Pages
go on after the last case shown (`Place`), so that a board of any length costs the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, Min, Q

from cases.clocks import Light
from cases.models import Case
from cases.models.case import CaseQuerySet
from cells.territory import grids_within
from spatial.postgis import roles


class Column(StrEnum):
    """The columns of the board, the most urgent first."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    NONE = "none"  # on hold, or the calendar of the year it ends in is not known


# The column of a case by its `light`.
LIGHTS = {str(light): Column(str(light)) for light in Light} | {"": Column.NONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the territory is shown; a town or a community is a grid by primary key."""

    grid: int | None = None
    catalogue_class: int | None = None
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page goes on: after the case with this end (in the last column: report) and primary key."""

    at: dt.datetime
    case: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases each column has, and when the next of them changes its colour."""

    of: dict[Column, int]
    turns_at: dt.datetime | None


def seen(user: Any, wanted: Wanted) -> CaseQuerySet:
    """The cases that a user may see and asks for; which of them are open, the columns say."""
    cases = Case.objects.in_territory_of(user)
    if wanted.grid is not None:
        cases = cases.in_territory(grids_within(wanted.grid))
    if wanted.catalogue_class is not None:
        cases = cases.filter(catalogue_class=wanted.catalogue_class)
    return cases.filter(stage__in=wanted.stages) if wanted.stages else cases


def counts(cases: CaseQuerySet, *, at: dt.datetime) -> Counts:
    """The length of each column at a moment: two counts over indexes, past the policies of rows."""
    colours = {
        str(colour): Count("pk", filter=_colour(colour, at)) for colour in (Column.RED, Column.AMBER, Column.GREEN)
    }
    with roles.as_owner():
        running = _running(cases).aggregate(
            **colours,
            amber_next=Min("amber_at", filter=Q(amber_at__gte=at)),
            red_next=Min("due_at", filter=Q(due_at__gte=at)),
        )
        standing = _standing(cases).count()
    turns = [moment for moment in (running.pop("amber_next"), running.pop("red_next")) if moment is not None]
    of = {Column(name): number for name, number in running.items()}
    return Counts(of | {Column.NONE: standing}, min(turns, default=None))


def column_of(
    cases: CaseQuerySet, which: Column, *, at: dt.datetime, most: int, after: Place | None = None
) -> CaseQuerySet:
    """The cases of one column at a moment, the nearest to their end first, at most so many after a place.

    They are chosen by the index alone, and only then read, under the reader's own role: the few that are shown.
    """
    if which is Column.NONE:
        moment, listed = "reported_at", _standing(cases)
    else:
        moment, listed = "due_at", _running(cases).filter(_colour(which, at))
    if after is not None:
        later = Q(**{f"{moment}__gt": after.at}) | Q(**{moment: after.at, "pk__gt": after.case})
        # The first half is said twice so that the index is entered there.
        listed = listed.filter(Q(**{f"{moment}__gte": after.at}) & later)
    chosen = listed.chosen(moment, "pk", most=most)
    return _told(Case.objects.filter(pk__in=chosen), at).order_by(moment, "pk")


def some(cases: CaseQuerySet, ids: Iterable[int], *, at: dt.datetime) -> list[Case]:
    """Those of some cases that are on the board."""
    return list(_told(cases.open().filter(pk__in=list(ids)), at).order_by("due_at", "pk"))


def place_of(case: Case) -> Place:
    """Where the page after this case goes on."""
    return Place(case.due_at or case.reported_at, case.pk)


def _running(cases: CaseQuerySet) -> CaseQuerySet:
    """Those with a clock that runs: open ones, says the database (`only_open_cases_are_due`).

    The stage is not asked a second time: PostgreSQL takes the two for independent, expects a few rows instead of
    thousands, and sorts the whole column (900 ms for the board).
    """
    return cases.filter(due_at__isnull=False)


def _standing(cases: CaseQuerySet) -> CaseQuerySet:
    return cases.open().filter(due_at=None)


def _colour(which: Column, at: dt.datetime) -> Q:
    """As `cases.clocks.Marks.light`: a moment still belongs to the colour that ends with it."""
    return {
        Column.RED: Q(due_at__lt=at),
        Column.AMBER: Q(due_at__gte=at, amber_at__lt=at),
        # The end lies behind the yellow mark: said too, so that the index is entered there.
        Column.GREEN: Q(due_at__gte=at, amber_at__gte=at),
    }[which]


def _told(cases: CaseQuerySet, at: dt.datetime) -> CaseQuerySet:
    shown = ("number", "stage", "words", "address", "place", "owner", "amber_at", "due_at", "hold_until", "reported_at")
    # Classes are looked up by who shows them, after the few cases are chosen: joined, they are for all of the column.
    return cases.with_light(at).only(*shown, "catalogue_class")
