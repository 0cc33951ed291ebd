"""The outbox: messages to callers and other systems, written with what they tell of, and handed on afterwards.

`post` writes a message in the transaction that is open, so there is one exactly if what it tells of happened.
`send_due` hands on what is due, from any number of processes at once. What is promised:

- In our tables each message is sent once: its row is locked while it is handed on, and "sent" is written by the one who
  holds the lock, in one transaction. A process that is killed in the middle leaves the row as "being sent"; after the
  time of the rule `outbox_takeover_s` another takes it over. An attempt counts before it is made, so a message that
  kills its sender is given up like any other.
- Outside each message arrives at least once or is given up where people can see it. It can arrive twice: where the
  receiver took it and the answer, our process or our database was lost before we wrote that down. Nobody can promise
  more across two systems. Each copy carries the same key (`Idempotency-Key`), so a receiver that keeps keys shows it
  once; a telephone, say, does not.
- Nothing is promised of the order, nor of when: who does not answer is asked again after a wait that doubles.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from cases import webhook
from cases.errors import CaseError
from cases.models import Caller, Case, Outgoing
from cases.webhook import NotDelivered
from cells import rules

Kind, State = Outgoing.Kind, Outgoing.State
Adapter = Callable[[Outgoing, str, float], None]

log = logging.getLogger(__name__)

_KEY = re.compile(r"[!-~]+")
_ERROR = Outgoing._meta.get_field("last_error").max_length or 0


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the messages that were due."""

    sent: int = 0
    failed: int = 0
    dead: int = 0


def post(
    *, kind: str, to: str, body: str, key: str, at: dt.datetime, subject: str = "",
    case: Case | None = None, caller: Caller | None = None,
) -> Outgoing:  # fmt: skip
    """Write a message to one receiver into the transaction that is open; a message with the key of one is that one.

    `key` says event and receiver ("answer/2026030200017/5"): visible ASCII signs, for it travels in a header.

    Raises
    ------
    CaseError : a text is missing, too long or has control characters, or the key belongs to another message
    """
    message = Outgoing(
        kind=Kind(kind), to=to.strip(), subject=subject.strip(), body=body.strip(), key=key, case=case, caller=caller,
        made_at=at, next_at=at,
    )  # fmt: skip
    _check(message)
    # The key decides, also between two who post at once: the second waits for the first's commit.
    Outgoing.objects.bulk_create([message], ignore_conflicts=True)
    there = Outgoing.objects.get(key=key)
    if (there.kind, there.case_id, there.caller_id) != (message.kind, message.case_id, message.caller_id):
        raise CaseError(
            f"The key “{key}” belongs to another message.", hint="Make a key of the event and its receiver.", key=key
        )
    return there


def send_due(*, at: dt.datetime, most: int = 200, within_s: float = 20.0) -> Sent:
    """Hand on what is due, the longest due first: up to `most` messages, none begun after `within_s`.

    Any number of processes may do this at once. A receiver that does not answer has its other messages left for the
    next time, so that one dead receiver costs one wait and not all the time there is.
    """
    count = dict.fromkeys((State.SENT, State.FAILED, State.DEAD), 0)
    silent: dict[str, set[str]] = {"to": set(), "kind": set()}
    begun = time.monotonic()
    while sum(count.values()) < most and time.monotonic() - begun < within_s:
        spent_s = time.monotonic() - begun
        taken = _take(at, silent, spent_s)
        if taken is None:
            break
        became = _hand_on(taken, at, silent) if taken.state == State.SENDING else State(taken.state)
        if became is not None:
            count[became] += 1
    return Sent(count[State.SENT], count[State.FAILED], count[State.DEAD])


def try_again(*keys: str, at: dt.datetime) -> int:
    """Let messages that were given up (all of them where no key is said) be tried anew; their number.

    One whose caller was forgotten since has nobody to go to any more, and stays.
    """
    dead = Outgoing.objects.filter(state=State.DEAD).exclude(to="")
    if keys:
        dead = dead.filter(key__in=keys)
    return dead.update(state=State.WAITING, attempts=0, next_at=at)


def _check(message: Outgoing) -> None:
    for name in ("to", "subject", "key"):
        text, most = getattr(message, name), Outgoing._meta.get_field(name).max_length
        if len(text) > most:
            raise CaseError(f"“{name}” of a message has {len(text)} characters.", hint=f"At most {most} are kept.")
        if any(ord(sign) < 32 for sign in text):
            raise CaseError(f"“{name}” of a message has control characters.", hint="Send one line of plain text.")
    if not message.to and message.kind != Kind.CONSOLE:
        raise CaseError("The message has no receiver.", hint="Give a telephone number or an address.")
    if not (message.subject or message.body):
        raise CaseError("The message says nothing.", hint="Give a subject or a text.")
    if not _KEY.fullmatch(message.key):
        raise CaseError(f"“{message.key}” is no key.", hint="Use letters, digits and signs of ASCII, no blanks.")


def _take(at: dt.datetime, silent: dict[str, set[str]], spent_s: float = 0.0) -> Outgoing | None:
    """Take the message that is longest due and mark it as being sent, or as given up where its attempts are used up.

    `spent_s` is how long ago `at` was: the time of taking over runs from now.
    """
    most, takeover_s = rules.figures("outbox_attempts_most", "outbox_takeover_s")
    with transaction.atomic():
        due = Outgoing.objects.due(at).exclude(to__in=silent["to"]).exclude(kind__in=silent["kind"])
        taken = due.order_by("next_at", "pk").select_for_update(skip_locked=True).first()
        if taken is None:
            return None
        if taken.attempts >= most:
            taken.state = State.DEAD
            taken.last_error = taken.last_error or "Its sender ended while it was sent, each time."
        else:
            taken.state = State.SENDING
            taken.attempts += 1
            taken.next_at = at + dt.timedelta(seconds=spent_s + takeover_s)
        taken.save(update_fields=["state", "attempts", "next_at", "last_error"])
    return taken


@transaction.atomic
def _hand_on(taken: Outgoing, at: dt.datetime, silent: dict[str, set[str]]) -> State | None:
    """Hand a taken message to the adapter of its kind and write what became of it; None if another took it over.

    The lock lasts as long as the adapter works, so nobody takes over a message whose sender lives. The number of the
    attempt tells whether it is still ours: whoever took it over has counted on.
    """
    ours = Outgoing.objects.filter(pk=taken.pk, state=State.SENDING, attempts=taken.attempts)
    message = ours.select_for_update(skip_locked=True, of=("self",)).select_related("case", "subscription").first()
    if message is None:
        return None
    most, first_s, longest_s, timeout_s = rules.figures(
        "outbox_attempts_most", "outbox_wait_first_s", "outbox_wait_most_s", "outbox_answer_most_s"
    )
    try:
        adapter, address = adapter_of(message)
        adapter(message, address, timeout_s)
    except NotDelivered as error:
        message.last_error = str(error)[:_ERROR]
        if error.silent:
            where = "to" if address == message.to else "kind"  # one receiver, or the gateway of all of a kind
            silent[where].add(getattr(message, where))
        if error.hopeless or message.attempts >= most:
            message.state = State.DEAD
            log.error("Message %s is given up after %d attempts: %s", message, message.attempts, error)
        else:
            wait_s = min(first_s * 2.0 ** (message.attempts - 1), longest_s)
            message.state, message.next_at = State.FAILED, at + dt.timedelta(seconds=wait_s)
            log.warning("Message %s failed, next attempt in %.0f s: %s", message, wait_s, error)
    else:
        message.state, message.sent_at, message.last_error = State.SENT, at, ""
    message.save(update_fields=["state", "next_at", "last_error", "sent_at"])
    return State(message.state)


def adapter_of(message: Outgoing) -> tuple[Adapter, str]:
    """The adapter of a message's kind and the address that it sends to, by the setting `OUTBOX`.

    The setting gives each kind `console`, `receiver` (the address is the message's own `to`) or the address of a
    gateway.
    """
    way = settings.OUTBOX.get(message.kind, "console")
    if way == "console":
        return _to_console, message.to
    return _to_webhook, message.to if way == "receiver" else way


def _to_console(message: Outgoing, address: str, timeout_s: float) -> None:
    """To the server's log. A telephone number is not written out: logs are kept longer than callers are known."""
    to = message.to if message.kind in (Kind.HOOK, Kind.CONSOLE) else f"…{message.to[-2:]}"
    log.info("Message %s to %s: %s", message, to, " / ".join(filter(None, (message.subject, message.body))))


def _to_webhook(message: Outgoing, address: str, timeout_s: float) -> None:
    if message.subscription is not None:
        secret = webhook.secret_of(message.subscription.seed)
        webhook.deliver(address, json.loads(message.body), key=message.key, timeout_s=timeout_s, secret=secret)
        return
    payload: dict[str, Any] = {
        "key": message.key,
        "kind": message.kind,
        "to": message.to,
        "subject": message.subject,
        "body": message.body,
        "case": message.case.number if message.case else None,
        "made_at": message.made_at.isoformat(),
    }
    webhook.deliver(address, payload, key=message.key, timeout_s=timeout_s)
