"""The notice board: posted by a leader or the administrator, from a day until a day, for everybody or the staff."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.errors import BadReport, NotYours
from cases.models import Notice
from cells.models import Level, Role

POSTS = frozenset({Role.LEADER, Role.ADMINISTRATOR})
MOST_WORDS = 4000


def may_post(user: Any) -> bool:
    """Whether somebody posts notices and proposes awards."""
    person = getattr(user, "person", None)
    return person is not None and person.role_id in POSTS


def post(
    *, title: str, words: str, level: str, is_public: bool, first_day: dt.date | None, last_day: dt.date | None,
    by: Any, at: dt.datetime,
) -> Notice:  # fmt: skip
    """Post a notice; the same one posted again on the same day by the same person is the one that is there.

    Raises
    ------
    NotYours : `by` posts no notices
    BadReport : a field is missing, too long or no text, or it would end before it begins; `where` says which
    """
    _require(by)
    title, words = _text(title, "title", 120), _text(words, "words", MOST_WORDS)
    first_day = first_day or timezone.localdate(at)
    if last_day is not None and last_day < max(first_day, timezone.localdate(at)):
        raise BadReport(
            "The notice would end before it begins, or is over.", hint="Give a later day.", field="last_day"
        )
    if not Level.objects.filter(pk=level).exists():
        raise BadReport(f"“{level[:20]}” is no level.", hint="Choose one of the list.", field="level")
    given = {
        "title": title, "words": words, "level_id": level, "is_public": is_public, "first_day": first_day,
        "last_day": last_day, "posted_by": by, "taken_down_at": None,
    }  # fmt: skip
    return Notice.objects.get_or_create(**given, defaults={"posted_at": at})[0]


def take_down(notice: Notice, *, by: Any, at: dt.datetime) -> None:
    """Take a notice down: it stays in the table, and is shown to nobody. Raises NotYours."""
    _require(by)
    Notice.objects.filter(pk=notice.pk, taken_down_at=None).update(taken_down_by=by, taken_down_at=at)


def on_board(day: dt.date, *, public: bool) -> QuerySet[Notice]:
    """The notices of a day, the newest first; with `public` those for everybody alone."""
    found = Notice.objects.filter(taken_down_at=None, first_day__lte=day).filter(
        Q(last_day=None) | Q(last_day__gte=day)
    )
    return found.filter(is_public=True) if public else found


def _require(by: Any) -> None:
    if not may_post(by):
        raise NotYours("Notices are posted by leaders and the administrator.", hint="Ask one of them.", user=str(by))


def _text(text: str, field: str, most: int) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise BadReport(f"“{field}” is empty.", hint="Write something.", field=field)
    if len(text) > most:
        raise BadReport(f"“{field}” has {len(text)} signs.", hint=f"At most {most}.", field=field, most=most)
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in text):
        raise BadReport(f"“{field}” has control characters.", hint="Write plain text.", field=field)
    return text
