"""Keys and tokens of other programs: made once and shown once, kept as a digest, with what they open and how often.

A key is 32 random bytes, so its plain SHA-256 is enough to know it by. The limits are counted in the database, so that
all processes of the site keep them together and no other server is needed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from cases.errors import CaseError
from cases.models import ApiToken, CaseSource, OpenKey
from cells.models import Grid
from spatial.postgis import roles, run

LEAST_SIGNS = 32


class BadKey(CaseError):
    """The key is missing, unknown, over, or does not open this."""


class BadToken(BadKey):
    """The token is missing, unknown or over."""


class NotInScope(BadKey):
    """The token is good, for other things."""


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
    _require_source(source)
    if given and len(given) < LEAST_SIGNS:
        raise CaseError(f"The key has {len(given)} signs.", hint=f"Give {LEAST_SIGNS} or more, made by chance.")
    key = given or secrets.token_urlsafe(32)
    user = _account(f"open311:{name}")
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


@transaction.atomic
def make_token(
    name: str, *, scopes: Iterable[str], territory: Grid | None, source: str, per_minute: int, at: dt.datetime,
    until: dt.datetime | None = None,
) -> str:  # fmt: skip
    """Make a token of the REST door for somebody and return it: it cannot be read again. One of that name is replaced.

    Raises
    ------
    CaseError : no name, no such scope or source, a limit below one, or an end that is past
    """
    wanted = list(dict.fromkeys(scopes))
    unknown = sorted(set(wanted) - set(ApiToken.Scope.values))
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise CaseError("The name is no name.", hint="Give one line of 1 to 60 signs.")
    if unknown or not wanted:
        raise CaseError(f"“{', '.join(unknown)}” opens nothing.", hint=f"Scopes: {', '.join(ApiToken.Scope.values)}.")
    if per_minute < 1:
        raise CaseError("A token that may never be used is no token.", hint="Give a limit of one or more.")
    if until is not None and until <= at:
        raise CaseError("The end of the token lies in the past.", hint="Give a day to come.")
    _require_source(source)
    token = secrets.token_urlsafe(32)
    ApiToken.objects.update_or_create(
        name=name,
        defaults={
            "digest": digest_of(token), "scopes": wanted, "territory": territory, "user": _account(f"rest:{name}"),
            "source_id": source, "per_minute": per_minute, "is_active": True, "until": until, "made_at": at,
        },
    )  # fmt: skip
    return token


def token_holder(token: str, *, scope: str, at: dt.datetime) -> ApiToken:
    """The token as it is kept, if it opens this now (an empty scope: if it is good for anything).

    Raises
    ------
    BadToken, NotInScope : it is not good; it opens other things
    """
    if not token:
        raise BadToken("No token is given.", hint="Send “Authorization: Bearer …”; the city gives tokens out.")
    with roles.as_owner():
        found = ApiToken.objects.select_related("user", "territory").filter(digest=digest_of(token)).first()
    if found is None or not found.is_active or (found.until is not None and found.until <= at):
        raise BadToken("The token is not known here, or not any more.", hint="Ask the city for a new one.")
    if scope and scope not in found.scopes:
        raise NotInScope(f"The token does not open “{scope}”.", hint=f"It opens: {', '.join(found.scopes)}.")
    return found


def count_token(token: ApiToken, *, at: dt.datetime) -> int:
    """Count one use of a token: how many are left in this minute; raises TooOften, with the seconds to wait."""
    minute = at.replace(second=0, microsecond=0)
    with roles.as_owner():
        found = run.row("cases", "token_used_v1", {"token": token.pk, "minute": minute, "at": at})
    times = found[0] if found else 1  # revoked and removed at this moment
    if times > token.per_minute:
        wait_s = max(1, round((minute + dt.timedelta(minutes=1) - at).total_seconds()))
        raise TooOften(
            f"This token may call {token.per_minute} times a minute.",
            hint=f"Go on in {wait_s} s, or ask the city for a wider limit.",
            wait_s=wait_s,
        )
    return token.per_minute - times


def _require_source(slug: str) -> None:
    if not CaseSource.objects.filter(pk=slug).exists():
        known = ", ".join(CaseSource.objects.order_by("pk").values_list("pk", flat=True))
        raise CaseError(f"“{slug}” is not a source.", hint=f"Sources: {known}.")


def _account(name: str) -> Any:
    """The account under which a program stands in histories: nobody can log in by it."""
    user, fresh = get_user_model().objects.get_or_create(username=name[:150])
    if fresh:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
