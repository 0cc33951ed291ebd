"""The double report (双报告): a grid has its own responsible officer and a seconded one, and each tells the other.

What is beyond the responsible officer's duty he reports to the community, and tells the seconded officer in the same
breath; what the seconded officer finds is told to the responsible one first. What both cannot solve goes to the unit
that seconded the latter (R14), and the responsible one is told that it went. Messages are written in the transaction
of what they tell of; who has read them, and when, stands in each.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils import timezone

from cases.models import Case, LadderStep, Message, OwnUnit
from cells.models import CellVersion, Grid, GridVersion, NoEditionInForce, Person, Posting, Role


def is_of_grid(user: Any) -> bool:
    """Whether a user is the responsible officer of a third-level grid."""
    return _role(user) == Role.OFFICER


def report_up(case: Case, *, at: dt.datetime, body: str) -> list[Message]:
    """Tell the owning community that a case is beyond its officer's duty, and the seconded officers of the grid.

    The message to the community first, the others name it. Where nobody is seconded there, it is the only one.
    """
    if case.owner is None:
        return []
    grid = _grid_of(case)
    told = {"other": grid, "body": body, "made_at": at}
    first = Message(to=case.owner, kind=Message.Kind.REPORTED_UP, **told)
    first.save()
    others = [
        Message(to=case.owner, kind=Message.Kind.TOLD_SECONDED, person=person, beside=first, **told)
        for person in _people_of(case, grid, Role.SECONDED)
    ]
    return _sent(case, [first, *others])


def tell_find(case: Case, *, by: Any, at: dt.datetime) -> list[Message]:
    """Tell the responsible officers of the place what the seconded officer found there; nothing if he is none."""
    if _role(by) != Role.SECONDED or case.owner is None:
        return []
    grid = _grid_of(case)
    people = _people_of(case, grid, Role.OFFICER)
    body = " · ".join(filter(None, (str(by.person), case.words)))
    return _sent(case, [
        Message(to=case.owner, other=grid, kind=Message.Kind.FOUND, person=person, body=body, made_at=at)
        for person in people
    ])  # fmt: skip


def own_unit_of(user: Any) -> OwnUnit | None:
    """The unit from which a seconded officer was sent, and the step on which it stands; None for everybody else.

    Without a row of his own it is the city's grid on the step that seconds (a department of the city, as a city starts:
    ours, as the requirement says "own unit" and names none); None too where no step seconds.
    """
    if _role(user) != Role.SECONDED:
        return None
    found = OwnUnit.objects.select_related("unit", "step").filter(person=user.person).first()
    if found is not None:
        return found
    step = LadderStep.objects.filter(seconds=True).order_by("rank").first()
    there = step and GridVersion.objects.current().select_related("grid").filter(grid__level=step.level_id)
    version = there.order_by("grid__code").first() if there else None
    return OwnUnit(person=user.person, unit=version.grid, step=step) if version and step else None


def tell_own_unit(case: Case, *, before: Grid, at: dt.datetime, body: str) -> list[Message]:
    """Tell the seconded officer's own unit, which owns a case now, that both officers of the grid could not solve it.

    The message to the unit first, with `before`, the unit that had it; those to the responsible officers name it.
    """
    if case.owner is None:
        return []
    told = {"to": case.owner, "other": before, "body": body, "made_at": at}
    first = Message(kind=Message.Kind.TO_OWN_UNIT, **told)
    first.save()
    others = [
        Message(kind=Message.Kind.TOLD_RESPONSIBLE, person=person, beside=first, **told)
        for person in _people_of(case, _grid_of(case), Role.OFFICER, community=before.pk)
    ]
    return _sent(case, [first, *others])


def _sent(case: Case, messages: list[Message]) -> list[Message]:
    for message in messages:
        message.save()
        message.cases.add(case)
    return messages


def _grid_of(case: Case) -> Grid | None:
    """The third-level grid that a case lies in now."""
    try:
        version = CellVersion.objects.current().select_related("grid").filter(cell=case.cell_id).first()
    except NoEditionInForce:
        return None
    return version.grid if version else None


def _people_of(case: Case, grid: Grid | None, role: str, *, community: int | None = None) -> list[Person]:
    """Who of a role is posted to the grid today, or to the owning community or seated there while posted nowhere."""
    here = [found for found in (grid.pk if grid else None, community or case.owner_id) if found is not None]
    today = Posting.objects.on(timezone.localdate())
    posted = today.filter(grid__in=here).values("person")
    elsewhere = today.values("person")
    where = Q(pk__in=posted) | (Q(territory__in=here) & ~Q(pk__in=elsewhere))
    return list(Person.objects.filter(where, role=role).order_by("pk"))


def _role(user: Any) -> str | None:
    person: Person | None = getattr(user, "person", None)
    return person.role_id if person is not None else None
