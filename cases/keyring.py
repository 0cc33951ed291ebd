"""Keys of other programs: made once and shown once, kept as a digest, with what they open and how often.

A key is 32 random bytes, so its plain SHA-256 is enough to know it by. The limits are counted in the database, so that
all processes of the site keep them together and no other server is needed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from cases.errors import CaseError
from cases.models import CaseSource, OpenKey
from spatial.postgis import roles, run

LEAST_SIGNS = 32


class BadKey(CaseError):
    """The key is missing, unknown, over, or does not open this."""


class TooOften(CaseError):
    """The key was used more often than it may be."""


@transaction.atomic
def make_key(
    name: str, *, scopes: Iterable[str], source: str, per_minute: int, per_day: int, at: dt.datetime,
    until: dt.datetime | None = None, given: str = "",
) -> str:  # fmt: skip
    """Make a key for somebody and return it: it cannot be read again. One of that name that was there is replaced.

    `given` is a key that the other side made itself.

    Raises
    ------
    CaseError : no such scope or source, a limit below one, or a given key that is too short
    """
    wanted = list(dict.fromkeys(scopes))
    unknown = sorted(set(wanted) - set(OpenKey.Scope.values))
    if unknown or not wanted:
        raise CaseError(f"“{', '.join(unknown)}” opens nothing.", hint=f"Scopes: {', '.join(OpenKey.Scope.values)}.")
    if min(per_minute, per_day) < 1:
        raise CaseError("A key that may never be used is no key.", hint="Give limits of one or more.")
    if not CaseSource.objects.filter(pk=source).exists():
        known = ", ".join(CaseSource.objects.order_by("pk").values_list("pk", flat=True))
        raise CaseError(f"“{source}” is not a source.", hint=f"Sources: {known}.")
    if given and len(given) < LEAST_SIGNS:
        raise CaseError(f"The key has {len(given)} signs.", hint=f"Give {LEAST_SIGNS} or more, made by chance.")
    key = given or secrets.token_urlsafe(32)
    user, fresh = get_user_model().objects.get_or_create(username=f"open311:{name}"[:150])
    if fresh:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    OpenKey.objects.update_or_create(
        name=name,
        defaults={
            "digest": digest_of(key), "scopes": wanted, "user": user, "source_id": source, "per_minute": per_minute,
            "per_day": per_day, "is_active": True, "until": until, "made_at": at,
        },
    )  # fmt: skip
    return key


def digest_of(key: str) -> str:
    """What is kept of a key.

    >>> digest_of("key")[:12]
    '2c70e12b7a06'
    """
    return hashlib.sha256(key.encode()).hexdigest()


def holder(key: str, *, scope: str, at: dt.datetime) -> OpenKey:
    """The key as it is kept, if it opens this now; BadKey, with one answer for all that is wrong but the scope."""
    if not key:
        raise BadKey("No api_key is given.", hint="Send api_key with the call; the city gives keys out.")
    with roles.as_owner():
        found = OpenKey.objects.select_related("user__person").filter(digest=digest_of(key)).first()
    if found is None or not found.is_active or (found.until is not None and found.until <= at):
        raise BadKey("The api_key is not known here, or not any more.", hint="Ask the city for a new one.")
    if scope not in found.scopes:
        raise BadKey(f"The api_key does not open “{scope}”.", hint=f"It opens: {', '.join(found.scopes)}.")
    return found


def count_use(key: OpenKey, *, at: dt.datetime) -> None:
    """Count one use of a key; raises TooOften, with the seconds to wait, beyond its limits of a minute and a day.

    In a transaction of its own before the work, so that a refused report counts too.
    """
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    minute, day = (
        local.replace(second=0, microsecond=0),
        local.replace(hour=0, minute=0, second=0, microsecond=0),
    )
    with roles.as_owner():
        found = run.row("cases", "open_key_used_v1", {"key": key.pk, "minute": minute, "day": day})
    assert found is not None
    in_minute, in_day = found
    for times, most, word, ends in (
        (in_day, key.per_day, "day", day + dt.timedelta(days=1)),
        (in_minute, key.per_minute, "minute", minute + dt.timedelta(minutes=1)),
    ):
        if times > most:
            raise TooOften(
                f"This api_key may send {most} reports a {word}.",
                hint="Send the rest later, or ask the city for a wider limit.",
                wait_s=max(1, round((ends - at).total_seconds())),
            )
