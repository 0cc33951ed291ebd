"""The messages of a unit: who sees them, how many wait, and that somebody has read them.

A person sees the messages to the grid of his territory and to those below; without a territory (the centres, leaders)
those of the whole city. Read is read for the unit: one of its people has seen it, who and when stays on record. Who
only looks on from above or beside does not take the mark away from the unit.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from cases.errors import NotYours
from cases.models import Message
from cells.models import Person
from cells.territory import territory_of


def messages_for(user: Any) -> QuerySet[Message]:
    """The messages that a user may see, the newest first; none for one who is no person of the city."""
    if _person(user) is None:
        return Message.objects.none()
    grids = territory_of(user)
    return Message.objects.all() if grids is None else Message.objects.filter(to__in=grids)


def waiting(user: Any) -> int:
    """How many messages to the user's own unit nobody there has read."""
    person = _person(user)
    if person is None or person.territory_id is None:
        return 0
    return Message.objects.unread().filter(to=person.territory_id).count()


def read(message: Message, *, by: Any, at: dt.datetime) -> Message:
    """Mark a message as read by its unit; who was first stays on record.

    Raises
    ------
    NotYours : the user does not belong to the unit
    """
    person = _person(by)
    if person is None or person.territory_id != message.to_id:
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
