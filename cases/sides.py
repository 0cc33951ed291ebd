"""Who may act for which side, and where: the one place that says so.

The workflow names sides (supervision centre, command centre, owning unit, …); people have roles in territories; the
table `SideRole` says which role sits on which side. As a city starts, the hotline operator and the dispatcher sit in
both centres (监督中心 and 指挥中心 share the seats, so that a call is filed and dispatched in one breath), the
community officer acts for the owning unit inside his territory, the grid officer in the grids he is posted to.
Planners, leaders and administrators look, and change no case. `by=None` is the system itself: imports and timers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from cases.errors import NotYours
from cases.models import SideRole
from cases.workflow import Side
from cells.models import Grid, Level, Person, Posting
from spatial.postgis import run

_KEPT, _POSTED, _REACHED = "_seats_as_read", "_posts_as_read", "_reached_as_read"
_NEAR = (Level.COMMUNITY, Level.GRID)


def sides_of(user: Any) -> frozenset[Side]:
    """The sides that a user may act for; none for one who is no person of the city."""
    person = _person(user)
    return frozenset(_seats(person)) if person else frozenset()


def acts_in(user: Any, side: Side) -> list[int] | None:
    """The grids (ids) in and below which a user acts for a side: none where he does not, None is the whole city."""
    person = _person(user)
    seat = _seats(person).get(side) if person else None
    return _territories(person, seat) if person is not None and seat is not None else []


def require(user: Any, side: Side, *, owner: Grid | None = None, cell: int | None = None) -> None:
    """Raises NotYours unless the user may act for the side, on a case of this owner in this cell (its id)."""
    if may(user, side, owner=owner, cell=cell):
        return
    if side not in sides_of(user):
        raise NotYours(f"“{user}” may not act for {side}.", hint=_who_may(side), user=str(user), side=str(side))
    raise NotYours(
        f"The case belongs to {owner.code if owner else 'nobody'}, outside the territory of “{user}”.",
        hint="Ask somebody of that unit, or the command centre.",
        user=str(user),
        owner=owner.code if owner else None,
    )


def may(user: Any, side: Side, *, owner: Grid | None = None, cell: int | None = None) -> bool:
    """Whether the user may act for the side, on a case of this owner in this cell; None is the system itself."""
    if user is None:
        return True
    person = _person(user)
    seat = _seats(person).get(side) if person else None
    if person is None or seat is None:
        return False
    territories = _territories(person, seat)
    if territories is None:
        return True
    kept: dict[Any, bool] | None = person.__dict__.get(_REACHED)  # of who was read at once with others, for one act
    if kept is None:
        return _reaches(territories, seat, owner, cell)
    place = (side, owner.pk if owner is not None else None, cell if seat.by_place else None)
    if place not in kept:
        kept[place] = _reaches(territories, seat, owner, cell)
    return kept[place]


def read_at_once(users: Iterable[Any]) -> None:
    """Read the seats and today's posts of many users by two queries, as each would read his own for himself."""
    people = [person for person in map(_person, users) if person is not None]
    seats: dict[str, dict[Side, SideRole]] = {person.role_id: {} for person in people}
    for seat in SideRole.objects.filter(role__in=seats):
        seats[seat.role_id][Side(seat.side)] = seat
    posts: dict[int, dict[int, str]] = {person.pk: {} for person in people}
    posted = Posting.objects.on(timezone.localdate()).filter(person__in=posts)
    for person, grid, level in posted.values_list("person", "grid", "grid__level"):
        posts[person][grid] = level
    for person in people:
        person.__dict__[_KEPT] = seats[person.role_id]
        person.__dict__[_POSTED] = posts[person.pk]
        person.__dict__[_REACHED] = {}


def is_of_unit(user: Any, owner: Grid | None, *, cell: int | None = None) -> bool:
    """Whether a user belongs to the unit that owns a case: acts for it there, or is seated or posted within it."""
    person = _person(user)
    if person is None or owner is None or Side.OWNER not in _seats(person):
        return False
    if may(user, Side.OWNER, owner=owner, cell=cell):
        return True
    return any(is_within(grid, owner.pk) for grid in _grids(person))


def sits_in(user: Any, unit: Grid) -> bool:
    """Whether a unit is the very one in which a user is seated; who is seated in none sits in the city itself."""
    person = _person(user)
    if person is None:
        return False
    return unit.level_id == Level.CITY if person.territory_id is None else person.territory_id == unit.pk


def sits_above(user: Any, unit: Grid) -> bool:
    """Whether a user is seated in a unit, or in one above it."""
    person = _person(user)
    if person is None:
        return False
    return person.territory_id is None or is_within(unit.pk, person.territory_id)


def is_within(grid_id: int, territory_id: int) -> bool:
    """Whether a grid is a territory or lies below it in the edition in force."""
    if grid_id == territory_id:
        return True
    found = run.row("cases", "grid_is_within_v1", {"grid": grid_id, "territory": territory_id, "at": timezone.now()})
    return bool(found and found[0])


def _seats(person: Person) -> dict[Side, SideRole]:
    """The seats of a person's role: one query, kept with the person as he was read for this request."""
    found: dict[Side, SideRole] | None = person.__dict__.get(_KEPT)
    if found is None:
        found = {Side(seat.side): seat for seat in SideRole.objects.filter(role=person.role_id)}
        person.__dict__[_KEPT] = found
    return found


def _territories(person: Person, seat: SideRole) -> list[int] | None:
    """Ids of the grids in which a person acts on a seat; None is the whole city."""
    if person.territory_id is None and seat.level_id is None:
        return None
    return [grid for grid, level in _grids(person).items() if seat.level_id in (None, level)]


def _grids(person: Person) -> dict[int, str]:
    """The levels of the grids, by id, in which a person is seated or posted today."""
    posted: dict[int, str] | None = person.__dict__.get(_POSTED)
    if posted is None:
        posted = dict(person.postings.on(timezone.localdate()).values_list("grid", "grid__level"))
    found = dict(posted)
    if person.territory is not None:
        found[person.territory_id] = person.territory.level_id
    return found


def _reaches(territories: list[int], seat: SideRole, owner: Grid | None, cell: int | None) -> bool:
    owner_id = owner.pk if owner is not None else None
    if not seat.by_place and owner_id in territories:
        return True
    # An officer's hands end with the community: what went up the ladder belongs to people of the level that has it.
    if seat.by_place and seat.side == Side.OWNER and owner is not None and owner.level_id not in _NEAR:
        return False
    if not territories or (cell if seat.by_place else owner_id) is None:
        return False
    found = run.row(
        "cases",
        "case_is_within_v1",
        {
            "territories": territories,
            "owner": owner_id,
            "cell": cell,
            "by_place": seat.by_place,
            "owner_too": seat.by_place and seat.side == Side.OWNER,
            "at": timezone.now(),
        },
    )
    return bool(found and found[0])


def _who_may(side: Side) -> str:
    roles = sorted(SideRole.objects.filter(side=side).values_list("role", flat=True))
    return f"These roles may: {', '.join(roles)}." if roles else "Only the system does this."


def _person(user: Any) -> Person | None:
    return getattr(user, "person", None)
