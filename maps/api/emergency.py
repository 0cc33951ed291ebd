"""What a desk is shown of an emergency: how it stands, the teams on duty nearest first, whose it could be."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases import emergencies
from cases.emergencies import Choice
from cases.models import Case, EmergencyGrade
from cases.workflow import Act
from cells.models import Grid
from cells.territory import areas_named


def standing(case: Case) -> dict[str, Any] | None:
    """The grade, who coordinates, the team that was sent, whether it must still be settled; None where it is none."""
    if case.emergency is None and not case.owner_open:
        return None
    names = areas_named([case.coordinator_id]) if case.coordinator_id else {}
    return {
        "grade": case.emergency_id,
        "name": str(case.emergency or ""),
        "coordinator": names[case.coordinator_id].as_data() if case.coordinator_id in names else None,
        "team": {"name": str(case.team), "telephone": case.team.telephone} if case.team else None,
        "owner_open": case.owner_open,
    }


def choices(case: Case, act: str, *, at: dt.datetime) -> dict[str, Any]:
    """What there is to choose from for an act of an emergency; nothing for the others."""
    match act:
        case Act.DECLARE_EMERGENCY | Act.CHANGE_GRADE:
            return {"grades": [grade for grade in grades() if grade["slug"] != case.emergency_id]}
        case Act.SEND_TEAM:
            found = emergencies.teams_for(case, at=at)
            return {"teams": [_team(one) for one in found if one.team.pk != case.team_id]}
        case Act.SETTLE_OWNER:
            return {"units": _units(emergencies.units_to_settle(case))}
        case _:
            return {}


def grades() -> list[dict[str, str]]:
    """The grades, the gravest first, each with the level that coordinates."""
    return [
        {"slug": grade.pk, "name": str(grade), "level": str(grade.level)}
        for grade in EmergencyGrade.objects.select_related("level")
    ]


def _team(one: Choice) -> dict[str, Any]:
    return {
        "id": one.team.pk,
        "name": str(one.team),
        "kind": str(one.team.kind),
        "telephone": one.team.telephone,
        "distance_m": None if one.distance_m is None else round(one.distance_m, 1),
        "serves": one.serves,
        "until": one.until.timestamp(),
        "people": [str(person) for person in one.people],
    }


def _units(units: list[Grid]) -> list[dict[str, Any]]:
    names = areas_named([unit.pk for unit in units])
    return [names[unit.pk].as_data() for unit in units if unit.pk in names]
