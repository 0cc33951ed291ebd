"""Entering filed cases into the ledgers of their towns, each with the next number of the year, without holes.

A case is entered at its filing (立案), not at its report or its dispatch: from filing on the city owes an answer, a
report may still be declined, and a dispatch can be returned and repeated. What is dispatched before it was filed
(先应急处置) or fixed on the spot is entered by that. The town is the one above the owner in the edition of the case;
the number stays with it whatever becomes of the case.

Entering is a job of its own, so that filing never waits for a town's counter: it reads the history from where it was
read last. Serials follow the order of filing (then of the cases) among what is entered together; a case that becomes
known later, such as one imported with an old date, gets the next free number. Who enters holds the one row of
`LedgerMark` until the end of his transaction: two at once take turns, and a transaction taken back gives its numbers
and its mark back.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from cases.models import LedgerMark
from cells.models import Level
from spatial.postgis import roles, run

# As text: acts of a table that goes on growing.
ENTERING = ("file", "dispatch", "fix_on_spot", "send_team")
# More lines of history than there are.
_ALL = 2**62
_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class Entered:
    """How many cases were entered into how many ledgers (a town's year is one), and whether more may wait."""

    cases: int = 0
    ledgers: int = 0
    more: bool = False
    seconds: float = 0.0

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def enter_due(*, at: dt.datetime, most: int | None = None, wait: bool = True) -> Entered:
    """Enter what was filed since the last time; twice changes nothing more.

    Parameters
    ----------
    at : the moment of entering, as the entries keep it
    most : how many lines of history to read (a case has about five); all of them where not said
    wait : whether to wait for another who enters; if not, he is trusted to do it and nothing is done here

    Raises
    ------
    Nothing of its own.
    """
    began = time.perf_counter()
    LedgerMark.objects.get_or_create(pk=1)
    # Of the whole city, also where a reader's question is what sets it off.
    with roles.as_owner(), transaction.atomic():
        mark = LedgerMark.objects.select_for_update(skip_locked=not wait).filter(pk=1).first()
        if mark is None:  # another one enters
            return Entered(more=True)
        cases, ledgers, read_to, newest, oldest_running, next_xid, alone = _enter(mark, at, most)
        _move(mark, read_to=read_to, oldest_running=oldest_running, next_xid=next_xid, alone=alone)
    # What was seen is entered, also where it is to be read again for what may still appear in it.
    more = newest > max(read_to, mark.seen)
    return Entered(cases, ledgers, more, round(time.perf_counter() - began, 3))


def enter_all(*, at: dt.datetime) -> Entered:
    """Enter all that is due, block by block, so that a million imported cases are not one transaction."""
    began = time.perf_counter()
    cases = ledgers = 0
    while True:
        # Every block is read for good, or read again by the next one where others were writing: the last finds nothing.
        done = enter_due(at=at, most=_AT_ONCE)
        cases, ledgers = cases + done.cases, max(ledgers, done.ledgers)
        if not done.more or not done.cases:
            break
    if done.more:
        last = enter_due(at=at)
        cases, ledgers = cases + last.cases, max(ledgers, last.ledgers)
    return Entered(cases, ledgers, False, round(time.perf_counter() - began, 3))


def _enter(mark: LedgerMark, at: dt.datetime, most: int | None) -> tuple[Any, ...]:
    found = run.row(
        "cases",
        "enter_ledger_v1",
        {
            "settled": mark.settled,
            "most": _ALL if most is None else most,
            "acts": list(ENTERING),
            "zone": settings.TIME_ZONE,
            "town": Level.TOWN,
            "at": at,
        },
    )
    assert found is not None
    return found


def _move(mark: LedgerMark, *, read_to: int, oldest_running: int, next_xid: int, alone: bool) -> None:
    """Move the mark as far as nothing can appear behind it.

    Numbers of lines are drawn before their transactions commit, so a line can appear behind one that was seen. Where
    nobody else was writing, all up to `read_to` is read for good. Else it is remembered, and good at a later reading,
    by when every transaction of that time has ended (writers have a transaction number before they draw a line's, as
    they lock or insert the case first); until then the stretch is read again.
    """
    if alone:
        mark.settled = read_to
    elif oldest_running >= mark.seen_xid:
        mark.settled = max(mark.settled, min(mark.seen, read_to))
    else:
        return
    if read_to >= mark.seen:
        mark.seen, mark.seen_xid = read_to, next_xid
    mark.save(update_fields=["settled", "seen", "seen_xid"])
