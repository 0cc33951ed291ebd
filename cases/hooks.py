"""Web-hooks by subscription: each line of a history is told once to each program that asked for such lines.

`tell_due` writes one message into the outbox for each line and subscription, in the order of the lines, and moves the
subscription's cursor in the same transaction: a line is one message, however often this runs and whoever else runs it
(the message's key says line and subscription). From there on `cases.outbox` answers for it: at least once outside, with
the same key in each copy, tried again after waits that double, and given up where `maps.pages.hooks` shows it.

Nothing of people is told: not who acted, nor what was noted, nor the words of the case.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from cases import outbox, webhook
from cases.errors import CaseError
from cases.models import CaseEvent, HookSubscription, Outgoing
from cases.webhook import NotDelivered
from cases.workflow import Act
from cells import rules
from cells.models import Grid
from cells.territory import grids_within
from spatial import crs as reference
from spatial.postgis import roles, run

LINES_AT_ONCE, ROUNDS, FORGOTTEN = 1000, 20, 5000
_READ = (
    "act", "from_stage", "to_stage", "at", "case__number", "case__owner_id", "case__place",
    "case__catalogue_class__kind", "case__catalogue_class__major", "case__catalogue_class__minor", "case__owner__code",
)  # fmt: skip


def subscribe(
    name: str, url: str, *, events: Iterable[str], territory: Grid | None, at: dt.datetime
) -> tuple[HookSubscription, str]:
    """Subscribe a program to what happens from now on: the subscription and the secret that signs its messages.

    One of that name is changed, and keeps its secret and its place.

    Raises
    ------
    CaseError : no name, an address that is none, or no such act
    """
    wanted = list(dict.fromkeys(events))
    strange = [event for event in wanted if event not in set(Act)]
    if strange:
        raise CaseError(f"“{strange[0][:40]}” is no act.", hint=f"Acts: {', '.join(sorted(Act))}.")
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise CaseError("The name is no name.", hint="Give one line of 1 to 60 signs.")
    if len(url) > 300:
        raise CaseError("The address is too long.", hint="At most 300 signs are kept.")
    try:
        webhook.key_for(url)
    except NotDelivered as error:
        raise CaseError(str(error), hint="Give https://host/path.") from error
    kept, _ = HookSubscription.objects.update_or_create(
        name=name,
        defaults={"url": url, "events": wanted, "territory": territory, "is_active": True},
        create_defaults={
            "url": url, "events": wanted, "territory": territory, "seed": secrets.token_hex(32), "made_at": at,
            "cursor": _settled(),
        },
    )  # fmt: skip
    return kept, webhook.secret_of(kept.seed)


def tell_due(*, at: dt.datetime) -> int:
    """Write what subscribers are to be told of the lines that came since; the number of messages.

    What was delivered long ago (rule `hook_kept_days`) is thrown away: the histories have it.
    """
    _forget(at)
    told = 0
    for key in HookSubscription.objects.filter(is_active=True).values_list("pk", flat=True):
        for _ in range(ROUNDS):
            count, more = _tell(key, at)
            told += count
            if not more:
                break
    return told


def waiting() -> list[dict[str, Any]]:
    """Each subscription with how many of its messages stand where."""
    with roles.as_owner():
        found = HookSubscription.objects.select_related("territory").annotate(
            **{state: Count("outgoing", filter=Q(outgoing__state=state)) for state in Outgoing.State.values}
        )
        return [{"subscription": one, **{s: getattr(one, s) for s in Outgoing.State.values}} for one in found]


def dead() -> Any:
    """Messages of subscriptions that were given up, the newest first, without what they say."""
    found = Outgoing.objects.filter(state=Outgoing.State.DEAD, subscription__isnull=False).order_by("-pk")
    return found.select_related("subscription", "case").only(
        "key", "attempts", "last_error", "made_at", "subscription__name", "case__number"
    )


def replay(*keys: str, at: dt.datetime) -> int:
    """Let messages of subscriptions that were given up (all, where no key is said) be tried anew; their number."""
    with roles.as_owner():
        given_up = dead().order_by().filter(key__in=keys) if keys else dead().order_by()
        named = list(given_up.values_list("key", flat=True))
        return outbox.try_again(*named, at=at) if named else 0


def _forget(at: dt.datetime) -> None:
    (days,) = rules.figures("hook_kept_days")
    over = at - dt.timedelta(days=days)
    for key in HookSubscription.objects.values_list("pk", flat=True):
        old = Outgoing.objects.filter(subscription=key, state=Outgoing.State.SENT, sent_at__lt=over)
        Outgoing.objects.filter(pk__in=list(old.order_by("sent_at").values_list("pk", flat=True)[:FORGOTTEN])).delete()


@transaction.atomic
def _tell(key: int, at: dt.datetime) -> tuple[int, bool]:
    """The next lines for one subscription: how many messages were written, and whether there is more to look at."""
    held = HookSubscription.objects.select_for_update(skip_locked=True).filter(pk=key, is_active=True).first()
    if held is None:
        return 0, False
    settled = _settled()
    lines = CaseEvent.objects.filter(pk__gt=held.cursor, pk__lte=settled).order_by("pk")
    window = list(lines.select_related("case__catalogue_class", "case__owner").only(*_READ)[:LINES_AT_ONCE])
    more = len(window) == LINES_AT_ONCE
    here = None if held.territory_id is None else set(grids_within(held.territory_id))
    chosen = [
        line
        for line in window
        if (not held.events or line.act in held.events) and (here is None or line.case.owner_id in here)
    ]
    places = [line.case.place for line in chosen if line.case.place is not None]
    degrees = reference.from_city([[p.x, p.y] for p in places], srid=settings.CITY_SRID).tolist() if places else []
    where = iter(degrees)
    messages = [
        Outgoing(
            kind=Outgoing.Kind.HOOK, to=held.url, case=line.case, subscription=held, key=f"hook/{held.pk}/{line.pk}",
            body=json.dumps(_told(line, next(where) if line.case.place else None), ensure_ascii=False), made_at=at,
            next_at=at,
        )
        for line in chosen
    ]  # fmt: skip
    Outgoing.objects.bulk_create(messages, ignore_conflicts=True)
    held.cursor = window[-1].pk if more else max(settled, held.cursor)
    held.save(update_fields=["cursor"])
    return len(messages), more


def _told(line: Any, place: list[float] | None) -> dict[str, Any]:
    """What a subscriber is told of a line; longitude and latitude in WGS 84."""
    kind, owner = line.case.catalogue_class, line.case.owner
    return {
        "id": line.pk,
        "event": line.act,
        "at": line.at.isoformat(),
        "from_stage": line.from_stage or None,
        "to_stage": line.to_stage,
        "case": {
            "number": line.case.number,
            "class_code": f"{kind.kind}-{kind.code}" if kind else None,
            "owner": owner.code if owner else None,
            "lon": round(place[0], 8) if place else None,
            "lat": round(place[1], 8) if place else None,
        },
    }


def _settled() -> int:
    row = run.row("cases", "history_settled_v1")
    return int(row[0]) if row else 0
