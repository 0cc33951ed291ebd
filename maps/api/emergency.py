"""What a desk is shown of an emergency: how it stands, the teams on duty nearest first, whose it could be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language

from cases import emergencies
from cases.emergencies import Choice
from cases.models import Case, CaseEvent, EmergencyGrade
from cases.workflow import Act
from cells.models import Grid
from cells.territory import areas_named
from maps.stages import grades

_TOLD = frozenset({Act.DECLARE_EMERGENCY, Act.CHANGE_GRADE, Act.SEND_TEAM, Act.SETTLE_OWNER})


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


def lines_told(lines: Iterable[CaseEvent]) -> dict[int, str]:
    """What lines of a history say of an emergency besides their note, by id: the grade, the team with its distance, the
    unit that it was settled on."""
    said = {line.pk: (Act(line.act), line.given.get("more", {})) for line in lines if line.act in _TOLD}
    if not said:
        return {}
    names = {grade.pk: str(grade) for grade in EmergencyGrade.objects.all()}
    units = Grid.objects.filter(code__in=[more["to"] for act, more in said.values() if act is Act.SETTLE_OWNER])
    areas = areas_named(unit.pk for unit in units)
    called = {area.code: area.name_zh if _chinese() else area.name_en or area.name_zh for area in areas.values()}
    found = {}
    for line, (act, more) in said.items():
        if act is Act.SEND_TEAM:
            metres = more.get("distance_m")
            far = "" if metres is None else f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"
            found[line] = " · ".join(filter(None, (more.get("name", ""), far)))
        elif act is Act.SETTLE_OWNER:
            found[line] = called.get(more["to"], more["to"])
        else:
            found[line] = names.get(more.get("grade", ""), more.get("grade", ""))
    return found


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")


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
