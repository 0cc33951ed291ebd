"""Who may do what with plans, by role: planners and administrators draw, a second person approves."""

from __future__ import annotations

from typing import Any

from cells.models import Person, Plan, PlanEdit, Role
from cells.plans.errors import PlanError

DRAW = frozenset({Role.PLANNER, Role.ADMINISTRATOR})
APPROVE = frozenset({Role.PLANNER, Role.LEADER, Role.ADMINISTRATOR})
_OPEN = (Plan.State.DRAFTING, Plan.State.SENT, Plan.State.APPROVED)


class MayNot(PlanError):
    """The person's role does not allow this."""

    def __init__(self, user: Any, roles: frozenset[str]) -> None:
        self.roles = tuple(sorted(roles))
        super().__init__(f"“{user}” may not do this; these roles may: {', '.join(self.roles)}.")


def require(user: Any, roles: frozenset[str]) -> None:
    """Raises MayNot unless a user has one of some roles."""
    person: Person | None = getattr(user, "person", None)
    if person is None or person.role_id not in roles:
        raise MayNot(user, roles)


def acts_open(plan: Plan, user: Any) -> dict[str, bool]:
    """What a user may do with a plan as it stands, by the verb."""
    person: Person | None = getattr(user, "person", None)
    role = person.role_id if person is not None else ""
    draws, state = role in DRAW, plan.state
    second = role in APPROVE and not took_part(plan, user)
    return {
        "draw": draws and state == Plan.State.DRAFTING,
        "send": draws and state == Plan.State.DRAFTING,
        "approve": second and state == Plan.State.SENT,
        "take_back": (draws or second) and state in (Plan.State.SENT, Plan.State.APPROVED),
        "withdraw": draws and state in _OPEN,
        "publish": role in APPROVE and state == Plan.State.APPROVED,
        "rebase": draws and state in _OPEN,
    }


def took_part(plan: Plan, user: Any) -> bool:
    """Whether a user opened a plan or drew in it, and so cannot be the second person."""
    return plan.made_by_id == user.pk or PlanEdit.objects.filter(plan=plan, serial__lte=plan.cursor, by=user).exists()
