"""The people in the histories of demo cases: they have names and roles, and nobody can log in as them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from cases.workflow import Act, Side
from cells.demo.plan import stream
from cells.demo.words import pick, words
from cells.models import Person, Role

PREFIX = "demo-"
_CENTRE = {Role.OPERATOR: 4, Role.DISPATCHER: 3, Role.SHIFT_HEAD: 2, Role.CHECKER: 3, Role.COLLECTOR: 4}
_BEFORE_FILING = {Act.ASK_VERIFY, Act.ACCEPT, Act.DECLINE, Act.FILE, Act.PROPOSE_VOID}


@dataclass(frozen=True, slots=True)
class Staff:
    """Ids of the users of each seat of the centres, and one officer a community (by its grid's id)."""

    centre: dict[str, list[int]]
    officers: dict[int, int]

    def by(self, act: Act, side: Side, owner: int | None, case: int, source: str) -> int | None:
        """Who does an act of a side to a case; None for what a machine or a patrol sends in, and for the system."""
        if act == Act.REPORT:
            return self.seated(Role.OPERATOR, case) if source == "hotline" else None
        if side == Side.SYSTEM:
            return None
        if side == Side.OWNER:
            return self.officers.get(owner) if owner is not None else None
        seats = {Side.SHIFT: Role.SHIFT_HEAD, Side.PATROL: Role.COLLECTOR, Side.CHECK: Role.CHECKER}
        desk = Role.OPERATOR if act in _BEFORE_FILING else Role.DISPATCHER
        return self.seated(seats.get(side, desk), case)

    def asked(self, act: Act, case: int) -> int | None:
        """The person that a verification or a check is asked of."""
        role = {Act.ASK_VERIFY: Role.COLLECTOR, Act.ASK_CHECK: Role.CHECKER}.get(act)
        return None if role is None else self.seated(role, case)

    def seated(self, role: str, case: int) -> int:
        """The person of a role who has to do with a case."""
        return self.centre[role][case % len(self.centre[role])]


def make_staff(communities: list[int], *, seed: int) -> Staff:
    """The staff of the demo city, made where missing."""
    rng = stream(seed, "staff")
    lists = words()
    users, people = get_user_model(), []
    wanted = [(role, k, None) for role, count in _CENTRE.items() for k in range(1, count + 1)]
    wanted += [(Role.COMMUNITY, k, grid) for k, grid in enumerate(communities, 1)]
    no_password = make_password(None)
    named = []
    for role, k, grid in wanted:
        family, given, end = pick(rng, lists["surnames"]), pick(rng, lists["first"]), pick(rng, lists["second"])
        named.append(
            (f"{PREFIX}{role}-{k}", role, grid, family[0] + given[0] + end[0], f"{family[1]} {given[1]}{end[1]}")
        )
    users.objects.bulk_create(
        [users(username=username, password=no_password) for username, *_ in named],
        ignore_conflicts=True,
        batch_size=1000,
    )
    ids = dict(users.objects.filter(username__startswith=PREFIX).values_list("username", "pk"))
    there = set(Person.objects.filter(user__username__startswith=PREFIX).values_list("user_id", flat=True))
    for username, role, grid, zh, en in named:
        if ids[username] not in there:
            people.append(Person(user_id=ids[username], role_id=role, territory_id=grid, name_zh=zh, name_en=en))
    Person.objects.bulk_create(people, batch_size=1000)

    def seats(role: str) -> list[int]:
        return [ids[username] for username, its_role, *_ in named if its_role == role]

    officers = {grid: ids[username] for username, _, grid, *_ in named if grid is not None}
    return Staff({role: seats(role) for role in _CENTRE}, officers)
