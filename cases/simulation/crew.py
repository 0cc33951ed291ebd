"""Who acts on a simulated day: the people of the city as the database has them, by seat and by post.

Where a seat is empty that the day needs (a desk of a community, of a street, of the city's department), somebody is put
there, who has a name and a role and with whose name nobody can sign in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from cases.demo.staff import PREFIX
from cells.models import CellVersion, GridVersion, Level, Person, Posting, Role

# Enough to work at all: one who asks is never the one who answers, and a checker can be chosen.
FEWEST = {Role.OPERATOR: 2, Role.DISPATCHER: 2, Role.SHIFT_HEAD: 2, Role.CHECKER: 2, Role.COLLECTOR: 3}


@dataclass(slots=True)
class Crew:
    """The people: of the centres by role, at desks by the grid they are seated in, officers by third-level grid."""

    centre: dict[str, list[Any]] = field(default_factory=dict)
    desks: dict[int, list[Any]] = field(default_factory=dict)
    officers: dict[int, list[Any]] = field(default_factory=dict)
    grid_of: dict[int, int] = field(default_factory=dict)  # of each cell
    by_id: dict[int, Any] = field(default_factory=dict)

    def seated(self, role: str, chance: Random, *, but: int | None = None) -> Any:
        """Somebody of a centre, another one than a user."""
        return chance.choice([user for user in self.centre[role] if user.pk != but])

    def desk(self, owner: int, chance: Random, *, but: int | None = None) -> Any:
        """Somebody at the desk of a unit; another one than a user where there is another."""
        there = self.desks[owner]
        return chance.choice([user for user in there if user.pk != but] or there)

    def officer(self, cell: int | None, chance: Random) -> Any:
        """An officer posted to the third-level grid of a cell; None where nobody is."""
        there = self.officers.get(self.grid_of.get(cell or 0, 0))
        return chance.choice(there) if there else None


def gather() -> Crew:
    """The people who are there, with those who are missing put into their seats. Raises NoEditionInForce."""
    _fill_seats()
    crew = Crew()
    crew.grid_of = dict(
        CellVersion.objects.current().filter(grid__isnull=False).order_by("cell").values_list("cell", "grid")
    )
    users = get_user_model().objects.filter(is_active=True, person__isnull=False)
    for user in users.select_related("person__territory", "person__role").order_by("pk"):
        crew.by_id[user.pk] = user
        person = user.person
        if person.territory_id is None:
            crew.centre.setdefault(person.role_id, []).append(user)
        elif person.role_id in (Role.COMMUNITY, Role.SHIFT_HEAD):
            crew.desks.setdefault(person.territory_id, []).append(user)
    posted = Posting.objects.on(timezone.localdate()).filter(person__role=Role.OFFICER, person__user__is_active=True)
    for grid, user in posted.order_by("grid", "person").values_list("grid", "person__user"):
        crew.officers.setdefault(grid, []).append(crew.by_id[user])
    return crew


def _fill_seats() -> None:
    there = Person.objects.filter(user__is_active=True)
    wanted: list[tuple[str, int | None]] = []
    for role, fewest in FEWEST.items():
        wanted += [(role, None)] * max(0, fewest - there.filter(role=role, territory=None).count())
    units = GridVersion.objects.current().exclude(grid__level=Level.GRID).order_by("grid__code")
    for grid, level in units.values_list("grid", "grid__level"):
        role = Role.SHIFT_HEAD if level == Level.CITY else Role.COMMUNITY
        if not there.filter(role=role, territory=grid).exists():
            wanted.append((role, grid))
    _seat(wanted)


def _seat(wanted: Iterable[tuple[str, int | None]]) -> None:
    users, no_password = get_user_model(), make_password(None)
    taken = set(users.objects.filter(username__startswith=f"{PREFIX}day-").values_list("username", flat=True))
    names = (name for n in range(1, 1_000_000) if (name := f"{PREFIX}day-{n}") not in taken)
    for role, grid in wanted:
        user = users.objects.create(username=next(names), password=no_password)
        Person.objects.create(user=user, role_id=role, territory_id=grid, name_zh=user.username, name_en=user.username)
