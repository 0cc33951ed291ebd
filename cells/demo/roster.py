"""The teams of the demo city and their rota: day and night, weekends and holidays, with a few hours that nobody covers.

Each district has one team of each trade that is on duty around the clock, the towns take turns in having one of their
own; bases lie within the ground served. A watch of two people relieves the last one at 0, 8 and 16 o'clock.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import shapely
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import Point
from django.utils import timezone

from cells.demo.plan import stream
from cells.demo.words import pick, words
from cells.models import DutyShift, Edition, GridVersion, Level, Person, Role, Team, TeamKind

PREFIX = "demo-responder-"
DAYS_BACK, DAYS_AHEAD = 14, 28
WATCHES = (0, 8, 16)  # o'clock, by the city's clock
TOGETHER, SQUADS = 2, 4  # people of a watch; watches of a team that take turns
GAPS = 3  # watches that nobody took
_SHORT = {"maintenance": ("市政应急队", "Maintenance Team"), "sanitation": ("环卫应急队", "Sanitation Team"),
          "enforcement": ("执法机动队", "Enforcement Team")}  # fmt: skip


def make_roster(edition: Edition, *, seed: int, today: dt.date) -> int:
    """The teams of an edition's districts and towns, their people and their shifts; the number of teams."""
    rng = stream(seed, "roster")
    kinds = list(TeamKind.objects.filter(round_the_clock=True).order_by("rank"))
    there = GridVersion.objects.of_edition(edition).annotate(wkb=AsWKB("shape"))
    areas = list(there.filter(grid__level__in=(Level.DISTRICT, Level.TOWN)).order_by("grid__level", "grid__code"))
    teams, towns = [], 0
    for area in areas:
        if area.grid.level_id == Level.DISTRICT:
            chosen = kinds
        else:
            chosen = [kinds[towns % len(kinds)]]
            towns += 1
        for kind in chosen:
            teams.append(_team(area, kind, rng, serial=len(teams) + 1))
    Team.objects.bulk_create(teams)
    people = _people(len(teams) * SQUADS * TOGETHER, rng)
    DutyShift.objects.bulk_create(_shifts(teams, people, rng, today=today), batch_size=2000)
    return len(teams)


def _team(area: GridVersion, kind: TeamKind, rng: np.random.Generator, *, serial: int) -> Team:
    shape = shapely.from_wkb(bytes(area.wkb))
    west, south, east, north = shape.bounds
    # The first of some places that lies inside; the ground has holes and corners.
    drawn = np.column_stack([rng.uniform(west, east, 64), rng.uniform(south, north, 64)])
    inside = shapely.contains_xy(shape, drawn[:, 0], drawn[:, 1])
    x, y = drawn[inside.argmax()] if inside.any() else shape.representative_point().coords[0]
    zh, en = _SHORT.get(kind.slug, (kind.name_zh, kind.name_en))
    return Team(
        kind=kind,
        name_zh=f"{area.name_zh}{zh}",
        name_en=f"{area.name_en} {en}",
        telephone=f"0000-{600_0000 + serial:07d}",  # no city has this code
        base=Point(round(float(x), 3), round(float(y), 3), srid=settings.CITY_SRID),
        territory_id=area.grid_id,
    )


def _people(number: int, rng: np.random.Generator) -> list[Person]:
    lists, users = words(), get_user_model()
    users.objects.filter(username__startswith=PREFIX, person__isnull=True).delete()
    known = {p.user.get_username(): p for p in Person.objects.filter(user__username__startswith=PREFIX)}
    no_password, fresh = make_password(None), [f"{PREFIX}{n}" for n in range(1, number + 1)]
    made = users.objects.bulk_create([users(username=n, password=no_password) for n in fresh if n not in known])
    people = []
    for user in made:
        family, given, end = pick(rng, lists["surnames"]), pick(rng, lists["first"]), pick(rng, lists["second"])
        zh, en = family[0] + given[0] + end[0], f"{family[1]} {given[1]}{end[1]}"
        people.append(Person(user=user, role_id=Role.RESPONDER, name_zh=zh, name_en=en))
    known |= {person.user.get_username(): person for person in Person.objects.bulk_create(people)}
    return [known[name] for name in fresh]


def _shifts(teams: list[Team], people: list[Person], rng: np.random.Generator, *, today: dt.date) -> list[DutyShift]:
    """Watch after watch, the squads of a team in turn; the gaps lie ahead of today."""
    begins = [
        timezone.make_aware(dt.datetime.combine(today + dt.timedelta(days=day), dt.time(hour)))
        for day in range(-DAYS_BACK, DAYS_AHEAD + 1)
        for hour in WATCHES
    ]
    watches = list(pairwise(begins))
    ahead = (DAYS_BACK + 1) * len(WATCHES)
    # The first within days, so that whoever looks at the week sees one.
    soon = ahead + len(WATCHES) * 2
    left_out = {
        (int(rng.integers(len(teams))), int(rng.integers(ahead, len(watches) if n else soon)))
        for n in range(min(GAPS, len(teams)))
    }
    size = SQUADS * TOGETHER
    return [
        DutyShift(team=team, person=person, starts_at=starts_at, ends_at=ends_at)
        for k, team in enumerate(teams)
        for n, (starts_at, ends_at) in enumerate(watches)
        if (k, n) not in left_out
        for person in people[k * size + n % SQUADS * TOGETHER :][:TOGETHER]
    ]
