"""News come down: read from a cursor, each page taken in together with the cursor, so that none counts twice.

A news names the case by our own number, so it may come before the answer that had the number there: then it says, too,
that the case has arrived. What has ended there is told here as handled by the unit that has it, for our own desk to
look at; a case that stands elsewhere by now only keeps what was said.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.utils.dateparse import parse_datetime

from cases import handling, webhook
from cases.errors import CaseError
from cases.exchange.sending import key_for
from cases.models import Case, PassedUp, Peer
from cases.webhook import NotDelivered
from cases.workflow import ENDS, Stage, StepRefused
from cells import rules

PAGE, MOST_BYTES = 500, 4 * 1024 * 1024
_STAGES = {str(stage).upper(): stage for stage in Stage}
log = logging.getLogger(__name__)


def hear(peer: Peer, *, at: dt.datetime, most_pages: int = 20) -> int:
    """Take in what the peer has to tell since the cursor; the number of news.

    Raises
    ------
    NotDelivered : the peer does not answer, or not as it must; what came before is taken in
    """
    (timeout_s,) = rules.figures("outbox_answer_most_s")
    count = 0
    for _ in range(most_pages):
        rows = _page(peer, timeout_s=timeout_s)
        count += _take_in(peer, rows, at=at)
        if len(rows) < PAGE:
            break
    return count


def _page(peer: Peer, *, timeout_s: float) -> list[dict[str, Any]]:
    query = urlencode({"after": peer.cursor, "page_size": PAGE})
    # The key in the head: addresses are written into logs on the way.
    headers = {"X-Api-Key": key_for(peer.url), "Accept": "application/json"}
    url = f"{peer.url}/servicerequestupdates.json?{query}"
    status, said = webhook.call(url, verb="GET", headers=headers, timeout_s=timeout_s, most_bytes=MOST_BYTES)
    try:
        rows = json.loads(said)
        if status != 200:
            raise NotDelivered(f"{peer} answers {rows[0]['code']}: {rows[0]['description']}")
        for row in rows:
            row["news"] = int(row["update_id"])
            row["at"] = parse_datetime(row["updated_datetime"])
            row["stage"] = _STAGES[row["external_status_code"]]
            row["label"] = str(row["source_label"])
    except (ValueError, LookupError, TypeError) as error:
        raise NotDelivered(f"{peer} answers {status} with nothing of an exchange.") from error
    return sorted(rows, key=lambda row: row["news"])


@transaction.atomic
def _take_in(peer: Peer, rows: list[dict[str, Any]], *, at: dt.datetime) -> int:
    held = Peer.objects.select_for_update().get(pk=peer.pk)
    fresh = [row for row in rows if row["news"] > held.cursor]  # another may have read the same page
    passed = PassedUp.objects.select_for_update(of=("self",)).select_related("case").filter(peer=peer)
    known = {row.case.number: row for row in passed.filter(case__number__in={row["label"] for row in fresh})}
    for row in fresh:
        mine = known.get(row["label"])
        if mine is None:
            log.warning("%s tells of a case %s that never went up from here.", peer, row["label"][:40])
            continue
        _keep(mine, row, at=at)
        if row["stage"] in ENDS:
            _tell_done(mine, at=at)
    if fresh:
        held.cursor = fresh[-1]["news"]
    held.heard_at, held.last_error = at, ""
    held.save(update_fields=["cursor", "heard_at", "last_error"])
    peer.cursor = held.cursor
    return len(fresh)


def _keep(mine: PassedUp, row: dict[str, Any], *, at: dt.datetime) -> None:
    mine.number_there, mine.stage_there = str(row["service_request_id"])[:60], str(row["stage"])
    mine.changed_there_at = row["at"]
    mine.result = str(row["description"] or "")[:4000] or mine.result
    mine.news += 1
    if mine.state != PassedUp.State.SENT:
        mine.state, mine.sent_at, mine.last_error = PassedUp.State.SENT, at, ""
    mine.save(
        update_fields=[
            "number_there", "stage_there", "changed_there_at", "result", "news", "state", "sent_at", "last_error",
        ]
    )  # fmt: skip


def _tell_done(mine: PassedUp, *, at: dt.datetime) -> None:
    case = Case.objects.get(pk=mine.case_id)
    if case.stage not in (Stage.DISPATCHED, Stage.HANDLING):
        return
    note = f"{mine.peer}: {mine.number_there} {mine.stage_there}. {mine.result}".strip()
    try:
        with transaction.atomic():
            handling.handle(case, by=None, at=at, note=note[:1000])
    except (CaseError, StepRefused) as error:
        log.warning("Case %s has ended above and goes on here: %s", case.number, error)
