"""The messages of a unit: who sees them, how many wait, and that somebody has read them.

A person sees the messages to the grid of his territory and to those below; without a territory (the centres, leaders)
those of the whole city. Read is read for the unit: one of its people has seen it, who and when stays on record. Who
only looks on from above or beside does not take the mark away from the unit.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from cases.errors import NotYours
from cases.models import Message
from cells.models import Person, Role
from cells.territory import territory_of

_UP = Message.Kind.REPORTED_UP
_IN_THE_GRID = (Role.OFFICER, Role.SECONDED)


def messages_for(user: Any) -> QuerySet[Message]:
    """The messages that a user may see, the newest first; none for one who is no person of the city."""
    if _person(user) is None:
        return Message.objects.none()
    grids = territory_of(user)
    if grids is None:
        return Message.objects.all()
    return Message.objects.filter(Q(to__in=grids) | Q(person=_person(user)))


def waiting(user: Any) -> int:
    """How many messages to the user himself are not read, and how many to his own unit nobody there has read."""
    person = _person(user)
    if person is None:
        return 0
    mine = Q(person=person)
    if person.territory_id is not None:
        mine |= Q(person=None, to=person.territory_id) & (~Q(kind=_UP) if person.role_id in _IN_THE_GRID else Q())
    return Message.objects.unread().filter(mine).count()


def may_read(message: Message, person: Person | None) -> bool:
    """Whether it is this person's to mark a message as read: his own, or one to the unit in which he is seated.

    A report upward is read by the desk that it was made to, not by those in the grids who made it.
    """
    if person is None:
        return False
    if message.person_id is not None:
        return message.person_id == person.pk
    below = message.kind == _UP and person.role_id in _IN_THE_GRID
    return message.to_id == person.territory_id and not below


def read(message: Message, *, by: Any, at: dt.datetime) -> Message:
    """Mark a message as read by its unit; who was first stays on record.

    Raises
    ------
    NotYours : the message is to another person, or the user does not belong to the unit
    """
    person = _person(by)
    if not may_read(message, person):
        raise NotYours(
            f"The message is to {message.to.code}, not to a unit of “{by}”.",
            hint="Somebody of that unit marks it as read.",
            to=message.to.code,
        )
    Message.objects.filter(pk=message.pk, read_at=None).update(read_at=at, read_by=by)
    message.refresh_from_db()
    return message


def _person(user: Any) -> Person | None:
    return getattr(user, "person", None)
