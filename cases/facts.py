"""What a step is weighed by: the facts that its guards ask for, gathered from the case, the people and the rules; and
what is given with it, required and kept in the line of history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.gis.geos import Point

from cases import sides
from cases.clockwork import Kind
from cases.errors import BadReport
from cases.guards import Facts, Given, Guard, Need
from cases.models import Case, CaseClock, CaseEvent, CasePart, CasePhoto, Commitment, Coordination, LadderStep
from cases.workflow import Side
from cells.models import DutyShift, Grid
from cells.rules import figures

# The figures that guards ask for: the rule, and the name of the fact.
_FIGURES = {
    Guard.EXTENSIONS_LEFT: ("limit_extensions_most", "most_extensions"),
    Guard.HOLDS_LEFT: ("holds_most", "most_holds"),
    Guard.HOLD_NOT_TOO_LONG: ("hold_days_most", "longest_hold_days"),
    Guard.CLOSES_ON_SPOT: ("spot_closes", "spot_closes"),
    Guard.ROOM_FOR_PART: ("case_parts_most", "most_parts"),
}
_OF_COMMITMENT = {
    Guard.SIGNED,
    Guard.UNSIGNED,
    Guard.FOR_THE_PROMISER,
    Guard.NOT_THE_PROMISER,
    Guard.NO_RELEASE_ASKED,
    Guard.RELEASE_ASKED,
    Guard.ANOTHER_THAN_ASKED,
}
_OF_COORDINATION = {Guard.NOT_COORDINATED, Guard.COORDINATED, Guard.OF_THE_COORDINATOR, Guard.FOR_THE_PROMISER}
_WAYS_OUT = {
    Need.REASON: "Say why, in the note.",
    Need.PHOTO: "Add a photo of the case and name it.",
    Need.DATE: "Say until when.",
    Need.FINDING: "Say whether the report was found to be true.",
    Need.PERSON: "Say whose work it is to be.",
    Need.GRADE: "Say how grave it is.",
    Need.TEAM: "Say which team is sent.",
    Need.OWNER: "Say whose it is.",
    Need.MEASURE: "Say what was done meanwhile so that nobody comes to harm.",
}


def require_gifts(needs: Iterable[Need], given: Given, note: str) -> None:
    """Raises BadReport, with the field, where something that must be given with a step is not."""
    for need in needs:
        if given.lacks(need, note):
            raise BadReport(f"A {need} must be given with this; none is.", hint=_WAYS_OUT[need], field=str(need))


def keep_gifts(case: Case, line: CaseEvent, given: Given) -> None:
    """What was given stands in the line; of a photo also its SHA-256, so that no other can take its place."""
    line.given = given.as_data()
    if given.place is not None:
        line.place = Point(*given.place, srid=settings.CITY_SRID)
    if given.photo is not None:
        photo = CasePhoto.objects.filter(pk=given.photo, case=case).first()
        if photo is None:
            raise BadReport(
                f"Photo {given.photo} is no photo of case {case.number}.", hint=_WAYS_OUT[Need.PHOTO], field="photo"
            )
        line.photo = photo
        line.given["photo"] = photo.sha256


def facts_of(case: Case, guards: Iterable[Guard], *, by: Any, at: dt.datetime, given: Given) -> Facts:
    """What some guards have to know; nothing is asked of the database that none of them wants."""
    wanted = set(guards)
    slugs = {slug: name for guard, (slug, name) in _FIGURES.items() if guard in wanted}
    limits = dict(zip(slugs.values(), figures(*slugs), strict=True)) if slugs else {}
    parts_left: tuple[int, ...] = ()
    if Guard.PART_LEFT in wanted:
        parts = CaseClock.objects.filter(case=case, kind=Kind.HANDLE, stopped_at=None).order_by("part")
        parts_left = tuple(parts.values_list("part", flat=True))
    person_of_unit = False
    if Guard.FREE_CHECKER in wanted and given.person is not None:
        person = get_user_model().objects.select_related("person").filter(pk=given.person).first()
        person_of_unit = sides.is_of_unit(person, case.owner, cell=case.cell_id)
    return Facts(
        **_coordination(case, wanted, by=by, given=given),
        **_parts(case, wanted),
        at=at,
        actor=by.pk if by is not None else None,
        of_unit=Guard.NOT_OF_THE_UNIT in wanted and sides.is_of_unit(by, case.owner, cell=case.cell_id),
        person_of_unit=person_of_unit,
        given=given,
        asked=case.asked,
        asked_by=case.asked_by_id,
        asked_until=case.asked_until,
        asked_of=case.asked_of_id,
        assignee=case.assignee_id,
        wants_help=case.wants_help,
        handler=case.handler_id,
        true=case.true,
        extensions=case.extensions,
        holds=case.holds,
        hold_until=case.hold_until,
        on_spot=case.on_spot,
        evaluated=case.evaluated,
        # While the unit has the case, no other clock than that of handling runs.
        due_at=case.due_at,
        parts_left=parts_left,
        rung=case.rung_id,
        at_top=Guard.LEVEL_ABOVE in wanted and LadderStep.objects.is_top(case.rung_id),
        came_down=case.came_down,
        to_decide=case.to_decide,
        emergency=case.emergency_id,
        team=case.team_id,
        of_team=Guard.OF_THE_TEAM in wanted and _is_of_team(case, by),
        owner_open=case.owner_open,
        most_extensions=int(limits.get("most_extensions", 0)),
        most_holds=int(limits.get("most_holds", 0)),
        longest_hold_days=limits.get("longest_hold_days", 0.0),
        spot_closes=bool(limits.get("spot_closes", 0)),
        most_parts=int(limits.get("most_parts", 0)),
    )


def _coordination(case: Case, wanted: set[Guard], *, by: Any, given: Given) -> dict[str, Any]:
    """What is so of a case's coordination, and of the commitment that is meant."""
    found: dict[str, Any] = {}
    unit: Grid | None = None
    if wanted & _OF_COORDINATION:
        now = Coordination.objects.select_related("unit").filter(case=case, ended_at=None).first()
        unit = now.unit if now is not None else None
        found["coordinated"] = now is not None
        # The system is of every unit, as it is on every side.
        found["of_coordinator"] = unit is not None and (by is None or sides.sits_above(by, unit))
    if Guard.COMMITMENTS_SETTLED in wanted:
        listed = Commitment.objects.open().filter(case=case).select_related("unit").order_by("due_at", "pk")
        found["open_commitments"] = tuple(one.department or one.unit.code for one in listed)
    if wanted & _OF_COMMITMENT and "commitment" in given.more:
        meant = Commitment.objects.select_related("unit").get(pk=given.more["commitment"], case=case)
        found |= facts_of_commitment(meant, by=by, of_coordinator=bool(found.get("of_coordinator")))
    return found


def facts_of_commitment(meant: Commitment, *, by: Any, of_coordinator: bool) -> dict[str, Any]:
    """What is so of one commitment (with its unit), for somebody who is of the coordinating unit or not."""
    ours = meant.unit is not None and by is not None and sides.sits_in(by, meant.unit)
    return {
        "signed": meant.signed_at is not None,
        # By its reason, which is never empty: the system, too, can ask.
        "release_asked": meant.release_reason != "",
        "release_asked_by": meant.release_asked_by_id,
        "of_promiser": ours,
        # A department that has no seat here is spoken for by those who gathered it: with its paper before them.
        "for_promiser": by is None or (of_coordinator if meant.unit is None else ours),
    }


def _parts(case: Case, wanted: set[Guard]) -> dict[str, Any]:
    """What is so of a case's parts, and of its being one."""
    found: dict[str, Any] = {}
    if wanted & {Guard.IS_PART, Guard.IS_NO_PART}:
        found["is_part"] = CasePart.objects.filter(child=case).exists()
    if wanted & {Guard.ROOM_FOR_PART, Guard.HAS_PARTS, Guard.HAS_NO_PARTS}:
        found["parts"] = CasePart.objects.filter(parent=case).count()
    if Guard.PARTS_ENDED in wanted:
        still = Case.objects.open().filter(part_of__parent=case).order_by("pk")
        found["open_parts"] = tuple(still.values_list("number", flat=True))
    return found


def _is_of_team(case: Case, by: Any) -> bool:
    """Whether a user is of the team that was sent (he stands in its roster), or sits at the desk that sent it."""
    if by is None or case.team_id is None:
        return False
    if sides.may(by, Side.COMMAND, owner=case.owner, cell=case.cell_id):
        return True
    return DutyShift.objects.filter(team=case.team_id, person__user=by).exists()
