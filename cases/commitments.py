"""Commitments (处置承诺书): what each unit that is gathered promises to do, until when, over its signature.

Written by whoever coordinates, signed by the unit (a department without a seat here is signed for by the coordinator,
who has its paper), then met or formally released: the unit asks with the reason, another person of the coordinator's
side grants or refuses it. Signed, it stays word for word; its digest stands in the sealed history. A case does not
close while one is open. One past its limit is told to the unit and the coordinator, once.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases import clocks, worktime
from cases.coordination import (
    MOST_NAME,
    MOST_TEXT,
    Who,
    check_who,
    done_already,
    held_with_coordination,
    tell,
    text_within,
)
from cases.errors import BadReport, CaseError
from cases.guards import Given
from cases.models import Case, Commitment, Coordination, Message
from cases.moves import move
from cases.workflow import Act, Side
from cells.models import Level

State = Commitment.State


def due_after(limit: clocks.Limit, *, start: dt.datetime) -> dt.datetime:
    """When a limit that begins with a moment ends, by the city's working time; raises CalendarEnds."""
    return clocks.due(start, limit, worktime.calendar_of_city())


@transaction.atomic
def write(
    case: Case, *, who: Who, text: str, due_at: dt.datetime | None = None, limit: clocks.Limit | None = None,
    by: Any, at: dt.datetime,
) -> Commitment:  # fmt: skip
    """Write what a unit is to promise, until `due_at` or a `limit` from now on; the unit is asked to sign it.

    Raises
    ------
    BadReport : no text, nobody or two named, no end or two, or an end that does not lie ahead; the city's own unit
    CalendarEnds : the limit runs into a year without a calendar
    AlreadyDone, StepRefused, NotYours, CaseError : as `cases.moves.move`
    """
    words = text_within(text, MOST_TEXT, "text")
    check_who(who)
    if who.unit is not None and who.unit.level_id == Level.CITY:
        raise BadReport("The city itself promises nothing.", hint="Name the department.", field="who")
    if (due_at is None) == (limit is None):
        raise BadReport("The commitment has no end, or two.", hint="Give a moment or a limit.", field="due_at")
    ends = due_at if due_at is not None else due_after(limit, start=at) if limit is not None else at
    if ends <= at:
        raise BadReport(f"It ends at {ends.isoformat()}, which is past.", hint="Give one to come.", field="due_at")
    given = Given(until=ends, more={"who": str(who)} | ({"limit": str(limit)} if limit else {}))
    done = move(case, Act.WRITE_COMMITMENT, by=by, side=Side.COORDINATION, at=at, note=words, given=given)
    held, now = held_with_coordination(done)
    made = Commitment.objects.create(
        coordination=now, case=held, unit=who.unit, department=who.department.strip(), text=words, due_at=ends,
        limit_value=limit.value if limit else None, limit_unit=str(limit.unit) if limit else "",
        written_by=by, written_at=at,
    )  # fmt: skip
    if who.unit is not None:
        tell(held, Message.Kind.TO_SIGN, to=who.unit, other=now.unit, body=_in_short(made), at=at)
    return made


@transaction.atomic
def sign(case: Case, commitment: int, *, signer: str = "", by: Any, at: dt.datetime) -> Commitment:
    """Sign a commitment for the unit that promises (`signer` is the name under it; the user's own where left out).

    What is signed is kept by its digest, here and in the history, and does not change any more.

    Raises
    ------
    StepRefused : also to anybody of another unit, and where it is signed
    AlreadyDone : it was settled; `where` says who and when
    BadReport, NotYours, CaseError : as `cases.moves.move`
    """
    held, now, meant = _meant(case, commitment)
    name = text_within(signer or str(getattr(by, "person", None) or by or ""), MOST_NAME, "signer")
    digest = meant.digest_of(signer=name, signed_at=at)
    given = Given(more={"commitment": meant.pk, "signer": name, "digest": digest})
    _as_partner(held, now, meant, Act.SIGN_COMMITMENT, by=by, at=at, given=given)
    meant.signer, meant.signed_by, meant.signed_at, meant.digest = name, by, at, digest
    meant.save(update_fields=["signer", "signed_by", "signed_at", "digest"])
    return meant


@transaction.atomic
def withdraw(case: Case, commitment: int, *, by: Any, at: dt.datetime, note: str = "") -> Commitment:
    """Take back a commitment that nobody has signed. Raises as `sign`."""
    return _settled(case, commitment, Act.WITHDRAW_COMMITMENT, State.WITHDRAWN, by=by, at=at, note=note)


@transaction.atomic
def meet(case: Case, commitment: int, *, by: Any, at: dt.datetime, note: str = "") -> Commitment:
    """Say that what was promised is done: the coordinator's side, not the unit that promised. Raises as `sign`."""
    return _settled(case, commitment, Act.MEET_COMMITMENT, State.MET, by=by, at=at, note=note)


@transaction.atomic
def ask_release(case: Case, commitment: int, *, by: Any, at: dt.datetime, note: str) -> Commitment:
    """Ask to be released from what was signed, with the reason. Raises as `sign`."""
    held, now, meant = _meant(case, commitment)
    given = Given(more={"commitment": meant.pk})
    _as_partner(held, now, meant, Act.ASK_RELEASE, by=by, at=at, note=note, given=given)
    meant.release_asked_by, meant.release_reason = by, note.strip()
    meant.save(update_fields=["release_asked_by", "release_reason"])
    return meant


@transaction.atomic
def refuse_release(case: Case, commitment: int, *, by: Any, at: dt.datetime, note: str) -> Commitment:
    """Refuse the release, with the reason: the commitment stands. Raises as `sign`."""
    held, _now, meant = _meant(case, commitment)
    given = Given(more={"commitment": meant.pk})
    move(held, Act.REFUSE_RELEASE, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    meant.release_asked_by, meant.release_reason = None, ""
    meant.save(update_fields=["release_asked_by", "release_reason"])
    return meant


@transaction.atomic
def release(case: Case, commitment: int, *, by: Any, at: dt.datetime, note: str) -> Commitment:
    """Release a unit formally from what it promised, with the reason: never by the unit, nor by who asked for it.

    Raises as `sign`.
    """
    return _settled(case, commitment, Act.RELEASE, State.RELEASED, by=by, at=at, note=note)


@transaction.atomic
def tell_late(*, at: dt.datetime, most: int = 500) -> list[Commitment]:
    """Tell of the commitments that are past their limit: each once, to its unit and to the coordinator.

    The longest late first, at most so many. Rows that another run holds are left to it, and both messages and the mark
    are one transaction: run twice, or twice at once, or killed in the middle, each is told once.
    """
    due = Commitment.objects.late(at).filter(told_late_at=None)
    held = due.select_for_update(skip_locked=True, of=("self",)).select_related("case", "unit", "coordination__unit")
    late = list(held[:most])
    for one in late:
        for to in {one.coordination.unit, one.unit} - {None}:
            other = one.unit if to == one.coordination.unit else one.coordination.unit
            tell(one.case, Message.Kind.COMMITMENT_LATE, to=to, other=other, body=_in_short(one), at=at)
        one.told_late_at = at
    Commitment.objects.bulk_update(late, ["told_late_at"])
    return late


def _settled(case: Case, commitment: int, act: Act, state: str, *, by: Any, at: dt.datetime, note: str) -> Commitment:
    held, _now, meant = _meant(case, commitment)
    given = Given(more={"commitment": meant.pk, "who": _who(meant)})
    move(held, act, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    meant.state, meant.settled_by, meant.settled_at, meant.settled_note = state, by, at, note.strip()
    meant.save(update_fields=["state", "settled_by", "settled_at", "settled_note"])
    return meant


def _as_partner(
    held: Case, now: Coordination, meant: Commitment, act: Act, *, by: Any, at: dt.datetime, given: Given,
    note: str = "",
) -> None:  # fmt: skip
    # For a department without a seat here the coordinating unit acts.
    unit = meant.unit or now.unit
    move(held, act, by=by, side=Side.PARTNER, at=at, note=note, given=given, unit=unit)


def _meant(case: Case, commitment: int) -> tuple[Case, Coordination, Commitment]:
    """The case's row, held, and the commitment of its coordination that is meant, still open."""
    held, now = held_with_coordination(case)
    found = (
        Commitment.objects.select_related("unit", "settled_by__person", "case")
        .filter(pk=commitment, coordination=now)
        .first()
    )
    if found is None:
        raise CaseError(f"There is no commitment {commitment} in it.", hint="Take one listed.", field="commitment")
    if found.state != State.OPEN:
        raise done_already(f"The commitment is {found.state}", by=found.settled_by, at=found.settled_at)
    return held, now, found


def _who(meant: Commitment) -> str:
    return meant.department or (meant.unit.code if meant.unit else "")


def _in_short(meant: Commitment) -> str:
    """Who, until when, what, as the message of a unit says it."""
    until = f"{timezone.localtime(meant.due_at):%Y-%m-%d %H:%M}"
    return " · ".join(filter(None, (meant.department, until, meant.text[:120])))
