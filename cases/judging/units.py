"""What is judged: units of a level as an edition has them, offices that own cases, departments, people, their roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q
from django.utils.translation import get_language

from cases.models import Department
from cells.models import Cell, Edition, Grid, GridVersion, Person, Role
from cells.territory import areas_named


class Of(StrEnum):
    """Kinds of units; the first six are the levels of the grids."""

    CITY = "city"
    DISTRICT = "district"
    TOWN = "town"
    COMMUNITY = "community"
    GRID = "grid"
    CELL = "cell"
    OWNER = "owner"  # whoever had the case last, of any level
    DEPARTMENT = "department"  # that answers for the component a case is about
    ROLE = "role"  # a post of the centre or the grids: those who did the work, together
    PERSON = "person"


LEVELS = (Of.CITY, Of.DISTRICT, Of.TOWN, Of.COMMUNITY, Of.GRID)
PEOPLE = (Of.ROLE, Of.PERSON)


@dataclass(frozen=True, slots=True)
class Unit:
    """One that is judged: its key in the tables, its code, its name in both languages, and since which edition."""

    id: int | None
    code: str
    name_zh: str = ""
    name_en: str = ""
    since: int | None = None  # number of the edition in which it appeared
    gone: bool = False  # it is no unit any more at the end of the period

    @property
    def name(self) -> str:
        """In the reader's language, the code where it has none."""
        zh = (get_language() or "").startswith("zh")
        return ((self.name_zh or self.name_en) if zh else (self.name_en or self.name_zh)) or self.code


def units_of(kind: Of, edition: Edition, *, within: Grid | None = None) -> dict[int, Unit]:
    """The units of a level in an edition, by key; of other kinds and of cells none is listed unless it has cases."""
    if kind not in LEVELS:
        return {}
    versions = GridVersion.objects.of_edition(edition).filter(grid__level=str(kind))
    if within is not None:
        versions = versions.filter(grid__in=_below(within, edition))
    rows = versions.values_list("grid", "grid__code", "name_zh", "name_en")
    first = _first_editions([row[0] for row in rows])
    return {row[0]: Unit(*row, since=first.get(row[0])) for row in rows}


def named(kind: Of, keys: Iterable[int]) -> dict[int, Unit]:
    """Units by their keys, also those that are gone."""
    wanted = [key for key in keys if key is not None]
    if kind is Of.CELL:
        cells = Cell.objects.filter(pk__in=wanted).values_list("pk", "code")
        return {pk: Unit(pk, code) for pk, code in cells}
    if kind is Of.DEPARTMENT:
        departments = Department.objects.filter(pk__in=wanted)
        return {d.pk: Unit(d.pk, "", d.name) for d in departments}
    if kind is Of.PERSON:
        people = Person.objects.filter(user__in=wanted).select_related("user")
        return {p.user_id: Unit(p.user_id, p.user.get_username(), p.name_zh, p.name_en) for p in people}
    areas = areas_named(wanted)
    return {key: Unit(key, a.code, a.name_zh, a.name_en) for key, a in areas.items()}


def roles_of(users: Iterable[int]) -> dict[int, Role]:
    """The role of each of some users."""
    people = Person.objects.filter(user__in=list(users)).select_related("role")
    return {person.user_id: person.role for person in people}


def units_below(grids: Iterable[int], edition: Edition) -> dict[int, list[int]]:
    """The units directly below each of some units in an edition, by key."""
    found = GridVersion.objects.of_edition(edition).filter(parent__in=list(grids)).order_by("grid__code")
    out: dict[int, list[int]] = {}
    for parent, grid in found.values_list("parent", "grid"):
        out.setdefault(parent, []).append(grid)
    return out


def _below(grid: Grid, edition: Edition) -> set[int]:
    """A unit and all below it in an edition: a handful of queries, one a level."""
    found, last = {grid.pk}, {grid.pk}
    versions = GridVersion.objects.of_edition(edition)
    while last:
        last = set(versions.filter(parent__in=last).values_list("grid", flat=True)) - found
        found |= last
    return found


def _first_editions(grids: list[int]) -> dict[int, int]:
    published = Q(since__state=Edition.State.PUBLISHED)
    rows = GridVersion.objects.filter(published, grid__in=grids).values_list("grid", "since__number")
    first: dict[int, int] = {}
    for grid, number in rows:
        first[grid] = min(number, first.get(grid, number))
    return first
