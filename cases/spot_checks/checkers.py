"""Who looks where: nobody in a unit in which he works, and nobody at the same grid twice running.

A checker is who sits on the side of the checks (`SideRole`). The cells of one grid go to one person; the grids are
given out in the order of their codes, each to who has the fewest cells so far, then to who goes to that unit already,
then by the seed. Where nobody may go the check waits without a checker, and that is said.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from cases.models import SideRole, SpotCheck, SpotDraw
from cases.spot_checks.lots import ticket
from cases.workflow import Side
from cells.models import Edition, GridVersion, Person, PostHolder, Posting


@dataclass(frozen=True, slots=True)
class Ties:
    """Where people work, and what lies above it."""

    parents: dict[int, int | None]
    places: dict[int, set[int]] = field(default_factory=dict)  # by person: grids of territory, postings and posts

    def above(self, grid: int) -> list[int]:
        """A grid and all that hold it."""
        found: list[int] = []
        at: int | None = grid
        while at is not None and at not in found:
            found.append(at)
            at = self.parents.get(at)
        return found

    def works_in(self, person: int, unit: int) -> bool:
        """Whether somebody works in a unit, below it, or for a unit above it that is not the whole city."""
        over = {grid for grid in self.above(unit) if self.parents.get(grid) is not None}
        return any(unit in self.above(place) or place in over for place in self.places.get(person, ()))


def ties_of(people: Iterable[Person], edition: Edition, *, day: dt.date) -> Ties:
    """Where some people work on a day, over the grids of an edition: three queries."""
    ties = Ties(dict(GridVersion.objects.of_edition(edition).values_list("grid", "parent")))
    keys = []
    for person in people:
        keys.append(person.pk)
        ties.places[person.pk] = {person.territory_id} if person.territory_id else set()
    for person_id, grid in Posting.objects.on(day).filter(person__in=keys).values_list("person", "grid"):
        ties.places[person_id].add(grid)
    for person_id, grid in PostHolder.objects.on(day).filter(person__in=keys).values_list("person", "post__grid"):
        ties.places[person_id].add(grid)
    return ties


def checkers() -> list[Person]:
    """Who may be sent: the roles on the side of the checks, whose logins are in use."""
    roles = SideRole.objects.filter(side=Side.CHECK).values("role")
    found = Person.objects.filter(role__in=roles, user__is_active=True)
    return list(found.select_related("user").order_by("user__username"))


def last_at(grids: Iterable[int], *, before: SpotDraw) -> dict[int, set[int]]:
    """By grid: who was sent there in the last earlier draw that took it."""
    rows = (
        SpotCheck.objects.filter(grid__in=list(grids), draw__month__lt=before.month)
        .order_by("-draw__month")
        .values_list("grid", "draw__month", "checker")
    )
    newest: dict[int, str] = {}
    out: dict[int, set[int]] = {}
    for grid, month, checker in rows:
        if newest.setdefault(grid, month) == month and checker is not None:
            out.setdefault(grid, set()).add(checker)
    return out


def give_out(draw: SpotDraw, checks: list[SpotCheck], *, day: dt.date) -> None:
    """Set the checker of each check that has none (not saved); `checks` are all of the draw."""
    assert draw.edition is not None
    people = checkers()
    ties = ties_of(people, draw.edition, day=day)
    last = last_at({check.grid_id for check in checks}, before=draw)
    load = Counter(check.checker_id for check in checks if check.checker_id)
    going = {(check.checker_id, check.unit_id) for check in checks if check.checker_id}
    waiting: dict[int, list[SpotCheck]] = {}
    for check in checks:
        if check.checker_id is None:
            waiting.setdefault(check.grid_id, []).append(check)
    names = {check.grid_id: check.grid.code for check in checks}
    for grid in sorted(waiting, key=lambda grid: names[grid]):
        here = waiting[grid]
        unit = here[0].unit_id
        free = [p for p in people if p.pk not in last.get(grid, ()) and not ties.works_in(p.pk, unit)]
        if not free:
            continue

        def turn(person: Person, unit: int = unit, grid: int = grid) -> tuple[int, bool, str]:
            lot = ticket(f"{names[grid]}|{person.user.username}", month=draw.month, seed=draw.seed, words=draw.words)
            return load[person.pk], (person.pk, unit) not in going, lot

        chosen = min(free, key=turn)
        for check in here:
            check.checker = chosen
        load[chosen.pk] += len(here)
        going.add((chosen.pk, unit))
