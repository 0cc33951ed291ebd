"""Who answers for which third-level grid (定人、定岗), by the postings of a day, and where somebody is missing.

Questions only; each is one or two queries, whatever the size of the city. The rule of the bureau is that one officer
answers for two to three grids: its figures are data (`officer_grids_least`, `officer_grids_most`), and so is how long
ahead a post that ends is told (`post_lapses_days`). A seconded officer stands beside the one who answers for a grid:
he is nobody's gap and nobody's load.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from cells.models import Edition, Grid, GridVersion, Level, Person, Posting, Role
from cells.rules import figures
from spatial.postgis import run


class Gap(StrEnum):
    """What is missing at a third-level grid, the gravest first."""

    NOBODY = "nobody"
    NO_SECONDED = "no_seconded"
    OUTSIDE = "outside"
    LAPSING = "lapsing"


@dataclass(frozen=True, slots=True)
class GridsRule:
    """How many third-level grids one officer may answer for."""

    least: int
    most: int

    def holds(self, grids: int) -> bool:
        """Whether a number of grids is within the rule."""
        return self.least <= grids <= self.most


@dataclass(frozen=True, slots=True)
class Officer:
    """A person with the grids that he or she answers for."""

    person: int
    name_zh: str
    name_en: str
    grids: tuple[int, ...]  # numbers of third-level grids, ascending


@dataclass(frozen=True, slots=True)
class StaffedGrid:
    """A third-level grid with what is missing there, the gravest first; `ends_on` is the first post's end to come."""

    grid: int
    community: int | None
    code: str
    name_zh: str
    name_en: str
    gaps: tuple[Gap, ...]
    ends_on: dt.date | None


@dataclass(frozen=True, slots=True)
class KindFigures:
    """A kind of post above the grids' own: at how many grids it is needed and vacant, who has too few or too many."""

    kind: str
    name_zh: str
    name_en: str
    grids: int
    vacant: int
    people_outside: int


@dataclass(frozen=True, slots=True)
class StaffingFigures:
    """How a city (or part of it) is staffed: a grid counts in each of its gaps; `well` has none."""

    day: dt.date
    grids: int
    well: int
    gaps: dict[Gap, int]
    kinds: list[KindFigures]


def staffed_grids(
    day: dt.date, *, edition: Edition | None = None, grids: Iterable[int] | None = None
) -> list[StaffedGrid]:
    """Every third-level grid of an edition (the one in force; or some of its grids) with its gaps on a day, by code.

    Raises
    ------
    NoEditionInForce : no edition is given, and none is in force
    NoSuchRule : a figure is missing
    """
    least, most, ahead = figures("officer_grids_least", "officer_grids_most", "post_lapses_days")
    given = {
        "edition": (edition or Edition.objects.in_force()).number, "day": day, "seconded": Role.SECONDED,
        "horizon": day + dt.timedelta(days=int(ahead)), "least": int(least), "most": int(most),
        "grids": None if grids is None else sorted(set(grids)),
    }  # fmt: skip
    found = []
    for grid, community, code, zh, en, nobody, alone, outside, ends_on in run.rows(
        "cells", "staffing_of_grids_v1", given
    ):
        missing = zip(Gap, (nobody, alone, outside, ends_on is not None), strict=True)
        found.append(StaffedGrid(grid, community, code, zh, en, tuple(gap for gap, is_so in missing if is_so), ends_on))
    return found


def staffing_figures(
    day: dt.date, *, grids: Iterable[int] | None = None, staffed: list[StaffedGrid] | None = None
) -> StaffingFigures:
    """The figures of a day, of the whole city or of some grids (of all levels): counts by gap, vacancies by kind.

    `staffed` are the third-level grids where they are known already; raises as `staffed_grids`.
    """
    some = None if grids is None else sorted(set(grids))
    found = staffed_grids(day, grids=some) if staffed is None else staffed
    given = {"edition": Edition.objects.in_force().number, "day": day, "grids": some}
    return StaffingFigures(
        day=day,
        grids=len(found),
        well=sum(not one.gaps for one in found),
        gaps={gap: sum(gap in one.gaps for one in found) for gap in Gap},
        kinds=[KindFigures(*row) for row in run.rows("cells", "staffing_of_posts_v1", given)],
    )


def grids_rule() -> GridsRule:
    """The rule as the city has it; raises NoSuchRule."""
    least, most = figures("officer_grids_least", "officer_grids_most")
    return GridsRule(int(least), int(most))


def officers(day: dt.date, *, edition: Edition | None = None, grids: Iterable[int] | None = None) -> list[Officer]:
    """Everybody posted on a day to a third-level grid of an edition (the one in force), by person, with all such grids.

    With `grids`, only those who answer for one of these; what else they answer for is told as well.

    Raises
    ------
    NoEditionInForce : no edition is given, and none is in force
    """
    held = _answering(day).filter(grid__in=_grids_of(edition))
    if grids is not None:
        here = _answering(day).filter(grid__in=sorted(set(grids)))
        held = held.filter(person__in=here.values("person"))
    rows = held.order_by("person", "grid").values_list(
        "person", "person__name_zh", "person__name_en", "person__user__username", "grid"
    )
    names: dict[int, tuple[str, str]] = {}
    posts: dict[int, list[int]] = {}
    for person, zh, en, username, grid in rows.distinct():
        names[person] = (zh or en or username, en or zh or username)
        posts.setdefault(person, []).append(grid)
    return [Officer(person, *names[person], tuple(held)) for person, held in posts.items()]


def officers_of_grids(found: Iterable[Officer]) -> dict[int, list[Officer]]:
    """The officers of each grid that has any."""
    by_grid: dict[int, list[Officer]] = {}
    for officer in found:
        for grid in officer.grids:
            by_grid.setdefault(grid, []).append(officer)
    return by_grid


def outside_rule(day: dt.date, *, edition: Edition | None = None) -> list[Officer]:
    """Everybody with fewer or more grids than the rule says, by person: people in the role of grid officer who answer
    for none, and everybody who is posted anywhere; raises as `officers`."""
    rule = grids_rule()
    posted = officers(day, edition=edition)
    busy = {officer.person for officer in posted}
    idle = Person.objects.filter(role=Role.OFFICER).exclude(pk__in=busy).order_by("pk")
    names = idle.values_list("pk", "name_zh", "name_en", "user__username")
    free = [Officer(pk, zh or en or username, en or zh or username, ()) for pk, zh, en, username in names]
    return sorted((o for o in posted + free if not rule.holds(len(o.grids))), key=lambda o: o.person)


def grids_without_anybody(day: dt.date, *, edition: Edition | None = None) -> list[Grid]:
    """The third-level grids of an edition (the one in force) that nobody answers for on a day, by code."""
    posted = _answering(day).values("grid")
    return list(Grid.objects.filter(pk__in=_grids_of(edition)).exclude(pk__in=posted).order_by("code"))


def _answering(day: dt.date) -> QuerySet[Posting]:
    """The postings of a day but those of seconded officers."""
    return Posting.objects.on(day).exclude(person__role=Role.SECONDED)


def _grids_of(edition: Edition | None) -> QuerySet[GridVersion]:
    there = GridVersion.objects.of_edition(edition or Edition.objects.in_force())
    return there.filter(grid__level=Level.GRID).values("grid")
