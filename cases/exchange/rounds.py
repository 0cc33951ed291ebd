"""One round of the exchange with each peer: choose what goes up, send what is due, hear what came of it."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from cases.exchange.choosing import MOST_AT_ONCE, choose
from cases.exchange.hearing import hear
from cases.exchange.sending import send_due
from cases.models import Peer
from cases.webhook import NotDelivered

log = logging.getLogger(__name__)
_ERROR = 300


@dataclass(frozen=True, slots=True)
class Round:
    """What a round came to."""

    chosen: int = 0
    sent: int = 0
    failed: int = 0
    refused: int = 0
    heard: int = 0
    silent: int = 0  # peers that did not answer when asked for news


def exchange_due(*, at: dt.datetime) -> Round:
    """A round with every peer in use; the work of the timetable, from any number of workers at once."""
    rounds = [exchange(peer, at=at) for peer in Peer.objects.filter(is_active=True)]
    names = Round.__dataclass_fields__
    return Round(**{name: sum(getattr(one, name) for one in rounds) for name in names})


def exchange(peer: Peer, *, at: dt.datetime, most: int = MOST_AT_ONCE, within_s: float = 20.0) -> Round:
    """A round with one peer: none begun after `within_s`, at most so many cases sent."""
    chosen = choose(peer, at=at)
    count = send_due(peer, at=at, most=most, within_s=within_s)
    heard = silent = 0
    try:
        heard = hear(peer, at=at)
    except NotDelivered as error:
        silent = 1
        Peer.objects.filter(pk=peer.pk).update(last_error=str(error)[:_ERROR])
        log.warning("No news of %s: %s", peer, error)
    return Round(chosen=chosen, heard=heard, silent=silent, **count)
