"""One problem with several parts: a case is split into others, each with its own class, unit and clock.

One level deep: a part has no parts. The whole closes when all its parts have ended, and is not voided while one is
open. How many parts a case may have is a rule of the city (`case_parts_most`). The rows of the whole and of the part
are held while they are joined, so that of two at once who add the last part one wins.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db import transaction

from cases import intake, sides
from cases.errors import BadReport, CaseError
from cases.guards import Given
from cases.models import Case, CasePart
from cases.moves import move
from cases.workflow import ENDS, Act, Side
from cells.editions import hold_in_force
from spatial import crs as reference


@transaction.atomic
def split(case: Case, report: intake.Report, *, by: Any, at: dt.datetime) -> Case:
    """Make a part of a case a case of its own: the new one, taken in like any other report.

    What the report leaves open is the whole's: its place, its address. It is filed where `by` may file, else it waits;
    its unit and its clocks are those of its own place and class.

    Raises
    ------
    StepRefused : the case is itself a part, or has as many as it may have
    BadReport, OutsideCity, … : as `cases.intake.receive`
    AlreadyDone, NotYours, CaseError : as `cases.moves.move`
    """
    hold_in_force()  # before the row: publishing waits for rows that others hold
    held = Case.objects.select_for_update(of=("self",)).select_related("owner", "component").get(pk=case.pk)
    if report.lon is None and not report.component:
        if held.place is not None:
            report = replace(report, lon=held.place.x, lat=held.place.y, crs=reference.CITY)
        report = replace(report, address=report.address or held.address)
    # What is refused at the door takes the new case and its number back with it.
    child = intake.receive(report, by=by, at=at, keep_outside=held.owner is None)
    given = Given(more={"child": child.number})
    move(held, Act.SPLIT, by=by, side=Side.COORDINATION, at=at, note=child.words, given=given)
    # A part may lie in another unit's ground, where whoever splits has no seat: his name stands in the whole's line.
    seated = sides.may(by, Side.COORDINATION, owner=child.owner, cell=child.cell_id)
    return _join(held, child, by=by if seated else None, at=at).child


@transaction.atomic
def link(case: Case, child: Case, *, by: Any, at: dt.datetime, note: str = "") -> CasePart:
    """Make an open case a part of another.

    Raises
    ------
    StepRefused : the whole is a part or has as many as it may have; the part has parts or is one
    CaseError : a case is no part of itself; the part has ended; and as `cases.moves.move`
    NotYours : whoever links must be on the side of coordination for both
    """
    held, part = _both(case, child)
    if part.stage in ENDS:
        raise CaseError(f"Case {part.number} is {part.stage}.", hint="Only an open case is made a part.", field="child")
    given = Given(more={"child": part.number})
    move(held, Act.LINK, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    return _join(held, part, by=by, at=at, note=note)


@transaction.atomic
def unlink(case: Case, child: Case, *, by: Any, at: dt.datetime, note: str) -> None:
    """Let a part be a case for itself again, with the reason.

    Raises
    ------
    CaseError : `child` is no part of the case, or has ended; and as `cases.moves.move`
    """
    held, part = _both(case, child)
    found = CasePart.objects.filter(child=part, parent=held).first()
    if found is None or part.stage in ENDS:
        raise CaseError(f"Case {part.number} is no open part of {held.number}.", hint="Reload.", field="child")
    given = Given(more={"child": part.number})
    move(held, Act.UNLINK, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    given = Given(more={"parent": held.number})
    move(part, Act.LEAVE_PARENT, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    found.delete()


def _join(whole: Case, part: Case, *, by: Any, at: dt.datetime, note: str = "") -> CasePart:
    given = Given(more={"parent": whole.number})
    joined = move(part, Act.JOIN_PARENT, by=by, side=Side.COORDINATION, at=at, note=note, given=given)
    return CasePart.objects.create(child=joined, parent=whole, since=at)


def _both(case: Case, child: Case) -> tuple[Case, Case]:
    """The rows of two cases, held in one order whoever comes first with which."""
    if case.pk == child.pk:
        raise BadReport(f"Case {case.number} is no part of itself.", hint="Name another case.", field="child")
    rows = Case.objects.select_for_update(of=("self",)).select_related("owner").filter(pk__in=[case.pk, child.pk])
    held = {found.pk: found for found in rows.order_by("pk")}
    return held[case.pk], held[child.pk]
