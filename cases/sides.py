"""Who may act for which side, and where: the one place that says so.

The workflow names sides (supervision centre, command centre, owning unit); people have roles in territories. In this
city form the hotline operator and the dispatcher sit in both centres (监督中心 and 指挥中心 share the seats, so that a
call is filed and dispatched in one breath), the community officer acts for the owning unit inside his territory.
Planners, leaders and administrators look, and change no case. `by=None` is the system itself: imports and timers.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from cases.errors import NotYours
from cases.workflow import Side
from cells.models import Grid, Person, Role
from spatial.postgis import run

SIDES: dict[str, frozenset[Side]] = {
    Role.OPERATOR: frozenset({Side.SUPERVISION, Side.COMMAND}),
    Role.DISPATCHER: frozenset({Side.SUPERVISION, Side.COMMAND}),
    Role.COMMUNITY: frozenset({Side.OWNER}),
}


def sides_of(user: Any) -> frozenset[Side]:
    """The sides that a user may act for; none for one who is no person of the city."""
    person = _person(user)
    return SIDES.get(person.role_id, frozenset()) if person else frozenset()


def require(user: Any, side: Side, *, owner: Grid | None = None) -> None:
    """Raises NotYours unless the user may act for the side, on a case of this owner."""
    if user is None:
        return
    if side not in sides_of(user):
        raise NotYours(
            f"“{user}” may not act for {side}.",
            hint=f"These roles may: {', '.join(sorted(r for r, s in SIDES.items() if side in s))}.",
            user=str(user),
            side=str(side),
        )
    territory = _person(user).territory_id
    if territory is not None and (owner is None or not is_within(owner.pk, territory)):
        raise NotYours(
            f"The case belongs to {owner.code if owner else 'nobody'}, outside the territory of “{user}”.",
            hint="Ask somebody of that unit, or the command centre.",
            user=str(user),
            owner=owner.code if owner else None,
        )


def may(user: Any, side: Side, *, owner: Grid | None = None) -> bool:
    """Whether the user may act for the side, on a case of this owner."""
    try:
        require(user, side, owner=owner)
    except NotYours:
        return False
    return True


def is_within(grid_id: int, territory_id: int) -> bool:
    """Whether a grid is a territory or lies below it in the edition in force."""
    if grid_id == territory_id:
        return True
    found = run.row("cases", "grid_is_within_v1", {"grid": grid_id, "territory": territory_id, "at": timezone.now()})
    return bool(found and found[0])


def _person(user: Any) -> Person | None:
    return getattr(user, "person", None)
