"""Teams with people on duty, and emergencies, for tests of the work."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point

from cases import emergencies
from cases.models import Case
from cells.models import DutyShift, Grid, Role, Team
from tests.cases.makers import NOON, a_user

DAY = dt.timedelta(days=1)


def a_team(
    place: tuple[float, float], *, serves: Grid, kind: str = "maintenance", name: str = "市政应急队",
    since: dt.datetime = NOON - DAY, until: dt.datetime = NOON + 400 * DAY,
) -> tuple[Team, Any]:  # fmt: skip
    """A team with its base at a place in metres, and one of its people (a user), on duty all the time."""
    base = Point(*(round(value, 3) for value in place), srid=settings.CITY_SRID)
    team = Team.objects.create(kind_id=kind, name_zh=name, telephone="0000-6000001", base=base, territory=serves)
    user = a_user(Role.RESPONDER)
    DutyShift.objects.create(team=team, person=user.person, starts_at=since, ends_at=until)
    return team, user


def declared(case: Case, by: Any, *, grade: str = "major", at: dt.datetime = NOON) -> Case:
    return emergencies.declare(case, grade=grade, by=by, at=at, note="水漫路面")
