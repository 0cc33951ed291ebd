"""Who answers for which third-level grid (定人、定岗), by the postings that hold on a day.

Questions only; each is one or two queries, whatever the size of the city. The rule of the bureau is that one officer
answers for two to three grids: its figures are data (`officer_grids_least`, `officer_grids_most`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from cells.models import Edition, Grid, GridVersion, Level, Person, Posting, Role
from cells.rules import figures


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
    held = Posting.objects.on(day).filter(grid__in=_grids_of(edition))
    if grids is not None:
        here = Posting.objects.on(day).filter(grid__in=sorted(set(grids)))
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
    posted = Posting.objects.on(day).values("grid")
    return list(Grid.objects.filter(pk__in=_grids_of(edition)).exclude(pk__in=posted).order_by("code"))


def _grids_of(edition: Edition | None) -> QuerySet[GridVersion]:
    there = GridVersion.objects.of_edition(edition or Edition.objects.in_force())
    return there.filter(grid__level=Level.GRID).values("grid")
