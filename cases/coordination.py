"""Coordination (协调): a case that one unit cannot solve gathers several departments, until it ends with its outcome.

Whoever coordinates calls them with a reason, holds meetings (协调会), writes their minutes and a plan of joint
enforcement (联合执法). What each promises is in `cases.commitments`. Every verb is one line of the case's history, and
the case stays where it stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from cases import sides
from cases.errors import AlreadyDone, BadReport, CaseError, NotYours
from cases.guards import Given
from cases.models import Case, Coordination, Meeting, Message, Participant, PlanStep
from cases.moves import move
from cases.workflow import Act, Side
from cells.models import Grid, GridVersion, Level, Person

MOST_TEXT, MOST_NAME, MOST_PARTICIPANTS = 4000, 120, 50


@dataclass(frozen=True, slots=True)
class Who:
    """A unit of the grids, or a department by its name: just one of them."""

    unit: Grid | None = None
    department: str = ""

    def __str__(self) -> str:
        return self.department or (self.unit.code if self.unit else "")


@dataclass(frozen=True, slots=True)
class Called:
    """Who is called to a meeting: a unit or department, or one person."""

    who: Who | None = None
    person: Person | None = None


def under_way(case: Case) -> Coordination | None:
    """The coordination of a case that has not ended."""
    return Coordination.objects.select_related("unit").filter(case=case, ended_at=None).first()


@transaction.atomic
def call(case: Case, *, by: Any, at: dt.datetime, note: str, unit: Grid | None = None) -> Coordination:
    """Call a coordination, with the reason; it is the caller's own unit that coordinates, unless one below is named.

    Raises
    ------
    NotYours : the caller is not seated in or above `unit`
    AlreadyDone, BadReport, StepRefused, CaseError : as `cases.moves.move`
    """
    unit = unit or _unit_of(by)
    if by is not None and not sides.sits_above(by, unit):
        raise NotYours(f"“{by}” is not of {unit.code}, nor above it.", hint="Name your own unit.", unit=unit.code)
    given = Given(more={"unit": unit.code})
    done = move(case, Act.CALL_COORDINATION, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    return Coordination.objects.create(case=done, unit=unit, reason=note.strip(), called_by=by, called_at=at)


@transaction.atomic
def end(case: Case, *, by: Any, at: dt.datetime, note: str) -> Coordination:
    """End the coordination with its outcome, once every commitment is settled. Raises as `cases.moves.move`."""
    move(case, Act.END_COORDINATION, by=by, side=Side.COORDINATION, at=at, note=note)
    now = _now(case)
    now.ended_by, now.ended_at, now.outcome = by, at, note.strip()
    now.save(update_fields=["ended_by", "ended_at", "outcome"])
    return now


@transaction.atomic
def call_meeting(
    case: Case, *, meets_at: dt.datetime, place_words: str, place: Point | None = None, called: Sequence[Called] = (),
    by: Any, at: dt.datetime, note: str = "",
) -> Meeting:  # fmt: skip
    """Call a meeting at a time and place (`place` in metres, city CRS); the units and people called are told.

    Raises
    ------
    BadReport : no place is said, or too many are called
    AlreadyDone, StepRefused, NotYours, CaseError : as `cases.moves.move`
    """
    words = text_within(place_words, 200, "place")
    if not called:
        raise BadReport("Nobody is called to the meeting.", hint="Name a unit, department or person.", field="called")
    if len(called) > MOST_PARTICIPANTS:
        raise BadReport(f"{len(called)} are called.", hint=f"At most {MOST_PARTICIPANTS}.", field="called")
    given = Given(until=meets_at, more={"place": words, "called": [_name(one) for one in called]})
    done = move(case, Act.CALL_MEETING, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    now = _now(done)
    meeting = Meeting.objects.create(
        coordination=now, at=meets_at, place_words=words, place=place, called_by=by, called_at=at
    )
    Participant.objects.bulk_create(
        Participant(
            meeting=meeting,
            unit=one.who.unit if one.who else None,
            department=one.who.department if one.who else "",
            person=one.person,
        )
        for one in called
    )
    seats = {(one.who.unit, None) for one in called if one.who and one.who.unit}
    seats |= {(one.person.territory or now.unit, one.person) for one in called if one.person}
    body = f"{timezone.localtime(meets_at):%Y-%m-%d %H:%M} · {words}"
    for unit, person in sorted(seats, key=lambda seat: (seat[0].pk, seat[1].pk if seat[1] else 0)):
        tell(done, Message.Kind.TO_MEETING, to=unit, person=person, other=now.unit, body=body, at=at)
    return meeting


@transaction.atomic
def write_minutes(case: Case, meeting: int, *, minutes: str, by: Any, at: dt.datetime) -> Meeting:
    """Write the minutes of a meeting, or write them anew: every version stays in the history.

    Raises as `cases.moves.move`; CaseError where the meeting is none of the coordination under way.
    """
    text = text_within(minutes, MOST_TEXT, "minutes")
    held = _held(case)
    found = Meeting.objects.filter(pk=meeting, coordination=_now(held)).first()
    if found is None:
        raise CaseError(f"There is no meeting {meeting} in it.", hint="Take one of those listed.", field="meeting")
    given = Given(more={"meeting": meeting})
    move(held, Act.WRITE_MINUTES, by=by, side=Side.COORDINATION, at=at, note=text, given=given)
    found.minutes, found.minutes_by, found.minutes_at = text, by, at
    found.save(update_fields=["minutes", "minutes_by", "minutes_at"])
    return found


@transaction.atomic
def plan_step(
    case: Case, *, who: Who, what: str, until: dt.datetime | None = None, by: Any, at: dt.datetime
) -> PlanStep:
    """Add a step to the plan of joint enforcement: who does what, until when. Raises as `cases.moves.move`."""
    text = text_within(what, MOST_TEXT, "what")
    check_who(who)
    given = Given(until=until, more={"who": str(who)})
    done = move(case, Act.PLAN_STEP, by=by, side=Side.COORDINATION, at=at, note=text, given=given)
    now = _now(done)
    last = now.steps.aggregate(last=Max("order"))["last"] or 0
    return PlanStep.objects.create(
        coordination=now, order=last + 1, unit=who.unit, department=who.department, what=text, until=until,
        added_by=by, added_at=at,
    )  # fmt: skip


@transaction.atomic
def finish_step(case: Case, step: int, *, by: Any, at: dt.datetime, note: str = "") -> PlanStep:
    """Say that a step of the plan is done.

    Raises as `cases.moves.move`; CaseError where the step is none of the plan, AlreadyDone where it was done.
    """
    held = _held(case)
    found = PlanStep.objects.select_related("done_by__person").filter(pk=step, coordination=_now(held)).first()
    if found is None:
        raise CaseError(f"There is no step {step} in the plan.", hint="Take one of those listed.", field="step")
    if found.done_at is not None:
        raise done_already(f"Step {found.order} is done", by=found.done_by, at=found.done_at)
    given = Given(more={"step": found.order})
    move(held, Act.FINISH_STEP, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    found.done_by, found.done_at = by, at
    found.save(update_fields=["done_by", "done_at"])
    return found


# ---- for its neighbour, `cases.commitments` --------------------------------------------------------------------------


def check_who(who: Who) -> None:
    """Raises BadReport unless just one, a unit or a department, is named."""
    if (who.unit is None) == (not who.department.strip()):
        raise BadReport("A unit or a department must be named.", hint="Name one of the two.", field="who")
    text_within(str(who), MOST_NAME, "who")


def text_within(text: str, most: int, field: str) -> str:
    """A text without the space around it; raises BadReport where it is empty or too long."""
    found = text.strip()
    if not 0 < len(found) <= most:
        raise BadReport(f"“{field}” has {len(found)} characters.", hint=f"Give 1 to {most}.", field=field)
    return found


def tell(
    case: Case, kind: Message.Kind, *, to: Grid, other: Grid | None, body: str, at: dt.datetime,
    person: Person | None = None,
) -> Message:  # fmt: skip
    """A message of a coordination to a unit, or to one person of it."""
    told = Message.objects.create(
        to=to, person=person, other=other if other != to else None, kind=kind, body=body, made_at=at
    )
    told.cases.add(case)
    return told


def done_already(what: str, *, by: Any, at: dt.datetime | None) -> AlreadyDone:
    """Who was quicker, and when."""
    who = str(getattr(by, "person", None) or by or "the system")
    when = at.isoformat() if at else ""
    return AlreadyDone(f"{what} already, by {who} at {when}.", hint="Reload the page.", by=who, at=when)


def held_with_coordination(case: Case) -> tuple[Case, Coordination]:
    """The case's row, held, and its coordination; raises CaseError where none is under way."""
    held = _held(case)
    return held, _now(held)


def _held(case: Case) -> Case:
    return Case.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case.pk)


def _now(case: Case) -> Coordination:
    found = under_way(case)
    if found is None:
        raise CaseError(f"No coordination of case {case.number} is under way.", hint="Call one.", number=case.number)
    return found


def _unit_of(user: Any) -> Grid:
    """Where a user is seated; the city, for who is seated in no grid."""
    person: Person | None = getattr(user, "person", None)
    if person is not None and person.territory is not None:
        return person.territory
    city = GridVersion.objects.current().select_related("grid").filter(grid__level=Level.CITY).first()
    if city is None:
        raise CaseError("The city has no grid of its own.", hint="Name the unit that coordinates.", field="unit")
    return city.grid


def _name(called: Called) -> str:
    return str(called.person or called.who or "")
