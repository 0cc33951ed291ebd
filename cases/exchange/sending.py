"""Sending what goes up: each row until the other side has said that it has the case, or that it will not have it.

A row is marked as being sent before it is, and the answer is written only by who marked it; a sender that never comes
back is taken over after the rule `outbox_takeover_s`. No answer is no news: the same goes out again, after a wait that
doubles, under the same key, by which the other side knows it. Several are on the way at once.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from django.db import transaction

from cases import webhook
from cases.models import PassedUp, Peer
from cases.webhook import NotDelivered
from cells import rules

State = PassedUp.State
AT_ONCE, MOST_ANSWER_BYTES = 8, 64 * 1024
_ERROR = 300
# What asking again cannot change, as long as nothing else is changed.
_REFUSALS = frozenset({400, 404, 405, 413, 422})
log = logging.getLogger(__name__)
Answer = tuple[str, str] | NotDelivered  # number there, or what is said against it


def key_for(peer_url: str) -> str:
    """The key by which this platform speaks to another: made of the house's own, so that it stands nowhere."""
    return webhook.key_for(peer_url, use="exchange")


def send_due(peer: Peer, *, at: dt.datetime, most: int, within_s: float) -> dict[str, int]:
    """Send what is due to a peer, the longest due first; how many were sent, failed (come again) and were refused.

    Where a whole handful gets no answer the peer is away, and is left for the next time.
    """
    first_s, longest_s, timeout_s, takeover_s = rules.figures(
        "outbox_wait_first_s", "outbox_wait_most_s", "outbox_answer_most_s", "outbox_takeover_s"
    )
    count = {"sent": 0, "failed": 0, "refused": 0}
    begun, key = time.monotonic(), key_for(peer.url)
    with ThreadPoolExecutor(AT_ONCE) as hands:
        while sum(count.values()) < most and time.monotonic() - begun < within_s:
            taken = _take(peer, at=at, takeover_s=time.monotonic() - begun + takeover_s + timeout_s)
            if not taken:
                break
            answers = list(hands.map(lambda row: _send(peer, row, key=key, timeout_s=timeout_s), taken))
            for row, answer in zip(taken, answers, strict=True):
                wait_s = min(first_s * 2.0 ** min(row.attempts - 1, 30), longest_s)
                count[_keep(row, answer, at=at, wait_s=wait_s)] += 1
            if len(taken) == AT_ONCE and all(isinstance(a, NotDelivered) and a.silent for a in answers):
                break
    return count


@transaction.atomic
def _take(peer: Peer, *, at: dt.datetime, takeover_s: float) -> list[PassedUp]:
    due = PassedUp.objects.due(at).filter(peer=peer).order_by("next_at", "pk")
    taken = list(due.select_for_update(skip_locked=True)[:AT_ONCE])
    for row in taken:
        row.state, row.attempts = State.SENDING, row.attempts + 1
        row.next_at = at + dt.timedelta(seconds=takeover_s)
    PassedUp.objects.bulk_update(taken, ["state", "attempts", "next_at"])
    return taken


def _send(peer: Peer, row: PassedUp, *, key: str, timeout_s: float) -> Answer:
    """In a thread, and without a look at the database."""
    body = urlencode({"api_key": key, **{n: v for n, v in row.told.items() if v}}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Idempotency-Key": row.key}
    try:
        status, said = webhook.call(
            f"{peer.url}/requests.json", verb="POST", body=body, headers=headers, timeout_s=timeout_s,
            most_bytes=MOST_ANSWER_BYTES,
        )  # fmt: skip
    except NotDelivered as error:
        return error
    try:
        found = json.loads(said)[0]
        if status == 200:
            return "number", str(found["service_request_id"])[:60]
        words = f"{found['code']}: {found['description']}"
    except (ValueError, LookupError, TypeError):
        return NotDelivered(f"{peer} answers {status} with nothing of Open311.")
    return ("refused", words) if status in _REFUSALS else NotDelivered(f"{peer} answers {words}")


def _keep(row: PassedUp, answer: Answer, *, at: dt.datetime, wait_s: float) -> str:
    """Write down what came of it, unless another took the row over meanwhile, or its news were quicker."""
    mine = PassedUp.objects.filter(pk=row.pk, attempts=row.attempts, state=State.SENDING)
    if isinstance(answer, tuple) and answer[0] == "number":
        mine.update(state=State.SENT, number_there=answer[1], sent_at=at, last_error="")
        return "sent"
    if isinstance(answer, tuple):
        mine.update(state=State.REFUSED, last_error=answer[1][:_ERROR])
        log.error("%s refuses case %s: %s", row.peer, row.told["source_label"], answer[1])
        return "refused"
    mine.update(state=State.WAITING, next_at=at + dt.timedelta(seconds=wait_s), last_error=str(answer)[:_ERROR])
    return "failed"


def send_again(peer: Peer, *, at: dt.datetime) -> int:
    """Let what was refused be sent anew, after what was in its way was put right; the number of rows."""
    return PassedUp.objects.filter(peer=peer, state=State.REFUSED).update(state=State.WAITING, next_at=at)
