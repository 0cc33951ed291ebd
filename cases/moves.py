"""The one door: every change of a case's stage goes through `move`, and nothing else writes `Case.stage` or history.

A move locks the case's row, asks the workflow table, its guards and the sides, writes the line of history with what the
clocks showed, then the stage, the clocks and how the case stands besides, and tells every listening process when (and
only if) the transaction commits. Two at once: one wins, the other is told who was quicker and when.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from cases import facts, sides, standing, timekeeping, workflow
from cases.errors import AlreadyDone, CaseError
from cases.guards import OF_THE_GIFT, Given
from cases.models import Case, CaseClock, CaseEvent
from cases.standing import Standing
from cases.workdays import ClockError
from cases.workflow import AGAIN, ENDS, STEPS, Act, Side, Stage, StepRefused
from cases.worktime import book_of_city
from cells import rules
from cells.models import Edition, Grid
from spatial.postgis import roles, run

CHANNEL = "wanmi_case"
log = logging.getLogger("cases.acts")
NOTHING = Given()


def move(
    case: Case,
    act: Act,
    *,
    by: Any,
    side: Side,
    at: dt.datetime,
    note: str = "",
    owner: Grid | None = None,
    given: Given = NOTHING,
    unit: Grid | None = None,
) -> Case:
    """Do one act to a case; the case as it is afterwards (the one given stays as it was).

    `by` is the user, or None for the system; `side` the side he acts for; `owner` a new owner where the act gives one;
    `given` what comes with the act besides its note; `unit` the unit that he acts for, where that is not the case's.

    Raises
    ------
    StepRefused : the act is not open in the case's stage, not to this side, or a guard speaks against it
    AlreadyDone : the same act was done by another (or a first click) since; `where` says who and when
    NotYours : the user may not act for the side, or not in this territory
    BadReport : something that must be given with the act is not; `where` says which field
    CaseError : `at` lies before the last line of the history, by more than clocks may differ
    """
    # What is done to a case may carry it out of the sight of who does it; that he may do it is asked here, and that he
    # sees it was asked by whoever gave it to him.
    with roles.as_owner(), transaction.atomic():
        return _moved(case, act, by=by, side=side, at=at, note=note, owner=owner, given=given, unit=unit)


def _moved(
    case: Case, act: Act, *, by: Any, side: Side, at: dt.datetime, note: str, owner: Grid | None, given: Given,
    unit: Grid | None,
) -> Case:  # fmt: skip
    held = Case.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case.pk)
    stamp, last_at = run.row("cases", "before_move_v1", {"case": held.pk}) or (None, None)
    known = _Known(stamp, last_at)
    at = _in_order(at, [last_at])
    weighed = _weighed(held, act, known, by=by, side=side, at=at, note=note, owner=owner, given=given, unit=unit)
    _write(held, [weighed.line], weighed.owners, by=by, at=at)
    held.save(update_fields=weighed.fields)
    weighed.turned.keep()
    return held


def move_each(
    cases: Sequence[Case], act: Act, *, by: Any, side: Side, at: dt.datetime, note: str = "", given: Mapping[int, Given]
) -> dict[int, Case | Exception]:
    """Do one act to each of many cases, as `move` does to one: by some ten statements, however many they are.

    `given` by the id of the case. Each case as it is afterwards, or what speaks against it: that one stays as it was,
    and the others go on. Inside the caller's transaction.
    """
    ids = [case.pk for case in cases]
    told: dict[int, Case | Exception] = {}
    with roles.as_owner(), transaction.atomic():
        held = list(
            Case.objects.select_for_update(of=("self",)).select_related("owner").filter(pk__in=ids).order_by("pk")
        )
        before = {row[0]: (row[1], row[2]) for row in run.rows("cases", "before_moves_v1", {"cases": ids})}
        clocks = timekeeping.stored_of(ids)
        at = _in_order(at, [last for _stamp, last in before.values()])
        done: list[tuple[Case, _Weighed]] = []
        for case in held:
            known = _Known(*before[case.pk], clocks.get(case.pk, []))
            try:
                weighed = _weighed(case, act, known, by=by, side=side, at=at, note=note, given=given[case.pk])
            except (CaseError, StepRefused, ClockError) as refused:
                told[case.pk] = refused
                continue
            done.append((case, weighed))
            told[case.pk] = case
        if done:
            _write_each(done, by=by, at=at)
    return told


def _in_order(at: dt.datetime, lasts: Iterable[dt.datetime | None]) -> dt.datetime:
    """The moment of an act: that of the last line of history where it lies a little before that.

    Clocks of two machines differ, a clock is set back, and who waited for the case began before who had it. How much is
    a little is a rule of the city (`clock_back_minutes`); what lies further back is no clock but a wrong time.
    """
    later = [last for last in lasts if last is not None and last > at]
    if not later:
        return at
    (minutes,) = rules.figures("clock_back_minutes")
    return max((last for last in later if last - at <= dt.timedelta(minutes=minutes)), default=at)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a move goes by besides the case's row: the stamp of the tables, its last line, and its clocks, if read."""

    stamp: Any
    last_at: dt.datetime | None
    clocks: list[CaseClock] | None = None


@dataclass(frozen=True, slots=True)
class _Weighed:
    """What a move that nothing speaks against is going to write."""

    line: CaseEvent
    owners: list[int | None]
    fields: list[str]  # of the case
    turned: timekeeping.Turned


def _weighed(
    held: Case, act: Act, known: _Known, *, by: Any, side: Side, at: dt.datetime, note: str, given: Given,
    owner: Grid | None = None, unit: Grid | None = None,
) -> _Weighed:  # fmt: skip
    """Ask the table, the guards and the sides, and make of a held case what it is to be; write nothing."""
    now_owner = held.owner if side is Side.OWNER else owner or held.owner
    sides.require(by, side, owner=unit or now_owner, cell=held.cell_id)
    stage = Stage(held.stage)
    try:
        step = workflow.step(stage, act, by=side)
        facts.require_gifts(step.needs, given, note)
        if step.guards:
            so = facts.facts_of(held, step.guards, by=by, at=at, given=given)
            workflow.step(stage, act, by=side, facts=so)
    except StepRefused as refused:
        acted = held.history.select_related("by__person").exclude(act=Act.REDRAW).order_by("-pk").first()
        if acted is not None and acted.act == act and acted.to_stage == held.stage and act not in AGAIN:
            raise _already_done(held, acted) from refused
        raise
    if known.last_at is not None and at < known.last_at:
        raise CaseError(
            f"The case's history reaches to {known.last_at.isoformat()}; {at.isoformat()} lies before it.",
            hint="Give the time at which the act is done, and look at the clock of the server.",
            number=held.number,
        )
    owners = [held.owner_id]
    if owner is not None:
        held.owner = owner
        owners.append(owner.pk)
    line = CaseEvent(act=act, from_stage=held.stage, to_stage=step.to, note=note)
    facts.keep_gifts(held, line, given)
    moved = step.to != stage
    # Before the clocks: the limits of an emergency hold from the act that declares it.
    changed = _stand(
        held, standing.after(_stood(held), act, moved=moved, actor=by.pk if by is not None else None, given=given)
    )
    book = book_of_city(known.stamp)
    turned = timekeeping.turn(held, act, to=step.to, at=at, book=book, stored=known.clocks)
    line.clocks = turned.told[0]
    held.stage = step.to
    if moved:
        held.closed_at = at if step.to in ENDS else None
    return _Weighed(line, owners, ["stage", "owner", "closed_at", *turned.marks, *changed], turned)


def begin(case: Case, *, by: Any, at: dt.datetime, note: str = "", file: bool = False) -> Case:
    """Write a fresh case with the first line of its history; with `file` it is filed in the same breath.

    Inside the caller's transaction; one insert of the case and one of its lines, as intake is the busiest door.

    Raises
    ------
    NotYours : `file`, and the user may not act for the supervision centre
    """
    lines = [CaseEvent(act=Act.REPORT, from_stage="", to_stage=Stage.REPORTED, note=note)]
    if file:
        sides.require(by, Side.SUPERVISION, owner=case.owner, cell=case.cell_id)
        filed = workflow.step(Stage.REPORTED, Act.FILE, by=Side.SUPERVISION)
        lines.append(CaseEvent(act=Act.FILE, from_stage=Stage.REPORTED, to_stage=filed.to))
    case.stage = Stage(lines[-1].to_stage)
    turned = timekeeping.begin(case, [(Act(line.act), Stage(line.to_stage)) for line in lines], at=at)
    for line, told in zip(lines, turned.told, strict=True):
        line.clocks = told
    case.save(force_insert=True)
    _write(case, lines, [case.owner_id], by=by, at=at)
    turned.keep()
    return case


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What a new edition makes of an open case."""

    case: int
    cell: int | None
    owner: int | None
    reason: dict[str, Any]  # of the owner, as intake keeps it
    note: str


def redraw(redrawn: Sequence[Redrawn], *, edition: Edition, by: Any, at: dt.datetime) -> int:
    """Give open cases the cell, owner and reason of a new edition, all at once; the number that got their line.

    Inside the caller's transaction, which has locked them. A case stays in its stage, and its clocks run on; one that
    passes to another owner is nobody's work there, and its line says whose it was. One that ended keeps everything.
    """
    if not redrawn:
        return 0
    stages = [stage for (stage, act), step in STEPS.items() if act is Act.REDRAW and step.to == stage]
    done = run.execute(
        "cases",
        "redraw_cases_v2",
        {
            "cases": [r.case for r in redrawn],
            "cells": [r.cell for r in redrawn],
            "owners": [r.owner for r in redrawn],
            "reasons": [json.dumps(r.reason, ensure_ascii=False) for r in redrawn],
            "notes": [r.note for r in redrawn],
            "clocks": [json.dumps(told) for told in timekeeping.shown([r.case for r in redrawn], at=at)],
            "edition": edition.pk,
            "stages": [str(stage) for stage in stages],
            "act": str(Act.REDRAW),
            "by": None if by is None else by.pk,
            "at": at,
        },
    )
    run.row("cases", "tell_v1", [CHANNEL, json.dumps({"redrawn": done})])
    return done


def open_to(case: Case, user: Any, *, at: dt.datetime) -> list[Act]:
    """The acts that a user may do to a case now, in the table's order; what must be given is his to bring."""
    may = {side: sides.may(user, side, owner=case.owner, cell=case.cell_id) for side in sorted(sides.sides_of(user))}
    stage = Stage(case.stage)
    here = {act: step for (start, act), step in STEPS.items() if start == stage and may.get(step.by, False)}
    asked = {guard for step in here.values() for guard in step.guards} - OF_THE_GIFT
    known = facts.facts_of(case, asked, by=user, at=at, given=NOTHING)
    return [act for act, step in here.items() if all(guard.holds(known) for guard in step.guards if guard in asked)]


def _stood(case: Case) -> Standing:
    return Standing(**{name: getattr(case, name) for name in standing.NAMES})


def _stand(case: Case, now: Standing) -> list[str]:
    """Set how a case stands; the names of the fields that changed."""
    changed = [name for name in standing.NAMES if getattr(case, name) != getattr(now, name)]
    for name in changed:
        setattr(case, name, getattr(now, name))
    return changed


def _write(case: Case, lines: list[CaseEvent], owners: list[int | None], *, by: Any, at: dt.datetime) -> None:
    """Add lines to a case's history, and tell every process of the last and whom it concerns: who has or had the case,
    and whether it went up the ladder."""
    for line in lines:
        _log(case, line, by)
    # PostgreSQL sends it on commit, and not at all on rollback; ids only, the readers fetch what they may see.
    run.row(
        "cases",
        "write_lines_v1",
        {
            "case": case.pk,
            "by": None if by is None else by.pk,
            "at": at,
            "owner": case.owner_id,
            "lines": json.dumps([_as_data(line) for line in lines]),
            "channel": CHANNEL,
            "told": _news(case, str(lines[-1].to_stage), owners),
        },
    )


def _write_each(done: Sequence[tuple[Case, _Weighed]], *, by: Any, at: dt.datetime) -> None:
    """As `_write`, one line a case, and the cases and their clocks: cases that come to be alike by one statement."""
    lines = [_as_data(weighed.line) | {"case": case.pk, "owner": case.owner_id} for case, weighed in done]
    for case, weighed in done:
        _log(case, weighed.line, by)
    run.row(
        "cases",
        "write_lines_of_cases_v1",
        {
            "by": None if by is None else by.pk,
            "at": at,
            "lines": json.dumps(lines),
            "channel": CHANNEL,
            "told": [_news(case, str(weighed.line.to_stage), weighed.owners) for case, weighed in done],
        },
    )
    alike: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for case, weighed in done:
        names = [Case._meta.get_field(name).attname for name in weighed.fields]
        alike.setdefault(tuple((name, getattr(case, name)) for name in names), []).append(case.pk)
    for values, ids in alike.items():
        Case.objects.filter(pk__in=ids).update(**dict(values))
    timekeeping.keep_each([weighed.turned for _, weighed in done])


def _log(case: Case, line: CaseEvent, by: Any) -> None:
    """A line of the operator's log: numbers and ids, nobody's words."""
    if log.isEnabledFor(logging.INFO):
        told = {
            "case": case.number,
            "act": str(line.act),
            "stage": str(line.to_stage),
            "user": None if by is None else by.pk,
        }
        log.info("act", extra=told)


def _as_data(line: CaseEvent) -> dict[str, Any]:
    return {
        "act": str(line.act),
        "from": str(line.from_stage),
        "to": str(line.to_stage),
        "note": line.note,
        "place": line.place.hexewkb.decode() if line.place is not None else None,
        "photo": line.photo_id,
        "clocks": line.clocks,
        "given": line.given,
    }


def _news(case: Case, stage: str, owners: list[int | None]) -> str:
    told = {"id": case.pk, "number": case.number, "stage": stage, "owners": owners}
    told |= {"people": sorted({case.assignee_id, case.asked_of_id} - {None}), "up": case.rung_id is not None}
    return json.dumps(told)


def _already_done(case: Case, last: CaseEvent) -> AlreadyDone:
    person = getattr(last.by, "person", None)
    who = str(person or last.by or "the system")
    return AlreadyDone(
        f"Case {case.number} was moved by “{last.act}” already, by {who} at {last.at.isoformat()}.",
        hint="Reload the case to go on from where it stands.",
        number=case.number,
        act=last.act,
        by=who,
        at=last.at.isoformat(),
        owner=case.owner.code if case.owner else None,
    )
