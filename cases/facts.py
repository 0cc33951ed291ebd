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
from cases.models import Case, CaseClock, CaseEvent, CasePhoto, LadderStep
from cases.workflow import Side
from cells.models import DutyShift
from cells.rules import figures

# The figures that guards ask for: the rule, and the name of the fact.
_FIGURES = {
    Guard.EXTENSIONS_LEFT: ("limit_extensions_most", "most_extensions"),
    Guard.HOLDS_LEFT: ("holds_most", "most_holds"),
    Guard.HOLD_NOT_TOO_LONG: ("hold_days_most", "longest_hold_days"),
    Guard.CLOSES_ON_SPOT: ("spot_closes", "spot_closes"),
}
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
    )


def _is_of_team(case: Case, by: Any) -> bool:
    """Whether a user is of the team that was sent (he stands in its roster), or sits at the desk that sent it."""
    if by is None or case.team_id is None:
        return False
    if sides.may(by, Side.COMMAND, owner=case.owner, cell=case.cell_id):
        return True
    return DutyShift.objects.filter(team=case.team_id, person__user=by).exists()
