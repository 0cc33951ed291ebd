"""The duty roster: who is on duty at a moment, which team on duty is nearest, and which hours nobody covers.

Questions, each one or two statements whatever the size of the roster, and the two ways to change it: `put_on` and
`take_off`. A shift holds from its beginning up to, not including, its end; times are moments with a zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cells.models import CatalogueClass, DutyShift, Person, Role, Team, TeamKind
from spatial.postgis import run

# Whose the roster is to change.
EDITORS = frozenset({Role.SHIFT_HEAD, Role.ADMINISTRATOR})
LONGEST_SHIFT = dt.timedelta(hours=48)


class RosterError(ValueError):
    """The roster cannot be changed like that."""

    def __init__(self, detail: str, *, hint: str = "", **where: Any) -> None:
        self.detail, self.hint, self.where = detail, hint, where
        super().__init__(f"{detail} {hint}".strip())


class NotYourRoster(RosterError):
    """The user may not change the roster."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A team on duty: its people, and until when the last of them is."""

    team: Team
    people: tuple[Person, ...]
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class NearOnDuty:
    """A team on duty as seen from a place: how far its base is, and whether it serves the ground there."""

    team: Team
    people: tuple[Person, ...]
    until: dt.datetime
    distance_m: float
    serves: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody of a team is on duty."""

    team: int
    since: dt.datetime
    until: dt.datetime

    @property
    def hours(self) -> float:
        return (self.until - self.since).total_seconds() / 3600


def on_duty(at: dt.datetime, *, teams: Collection[int] | None = None) -> list[OnDuty]:
    """The teams (or of some teams) with anybody on duty at a moment, in the teams' own order, each with its people."""
    shifts = DutyShift.objects.on(at).filter(team__is_active=True)
    if teams is not None:
        shifts = shifts.filter(team__in=teams)
    held: dict[Team, list[DutyShift]] = {}
    ordered = shifts.select_related("team__kind", "person__user").order_by(
        "team__territory__code", "team__kind__rank", "team", "starts_at", "pk"
    )
    for shift in ordered:
        held.setdefault(shift.team, []).append(shift)
    return [
        OnDuty(team, tuple(dict.fromkeys(s.person for s in its)), max(s.ends_at for s in its))
        for team, its in held.items()
    ]


def nearest_on_duty(
    place: Point, *, at: dt.datetime, cell: int | None = None, kinds: Collection[str] | None = None, most: int = 10
) -> list[NearOnDuty]:
    """The teams on duty at a moment, those that serve the place's ground first, then the nearest base first.

    `place` in metres of the city's CRS; `cell` its cell where that is known; `kinds` only teams of these trades.
    """
    rows = run.rows(
        "cells",
        "teams_near_v1",
        {
            "x": place.x, "y": place.y, "srid": settings.CITY_SRID, "at": at, "most": most,
            "grids": [grid for grid, _level in grids_at(place, cell=cell)],
            "kinds": None if kinds is None else sorted(kinds),
        },
    )  # fmt: skip
    there = {found.team.pk: found for found in on_duty(at, teams=[row[0] for row in rows])} if rows else {}
    return [
        NearOnDuty(there[team].team, there[team].people, until, float(distance_m), serves)
        for team, serves, distance_m, until in rows
        if team in there
    ]


def grids_at(place: Point | None, *, cell: int | None = None) -> list[tuple[int, str]]:
    """The grids (ids and levels) that hold a place now, the smallest first; outside the city those of the nearest cell.

    Empty without place and cell, and where no edition is in force.
    """
    if place is None and cell is None:
        return []
    x, y = (place.x, place.y) if place is not None else (None, None)
    given = {"cell": cell, "x": x, "y": y, "srid": settings.CITY_SRID, "at": timezone.now()}
    return [(grid, level) for grid, level in run.rows("cells", "grids_at_place_v1", given)]


def kinds_for(catalogue_class: CatalogueClass | None) -> list[str]:
    """The trades that are sent first for a class; none where no trade names it."""
    if catalogue_class is None:
        return []
    name = f"{catalogue_class.kind}-{catalogue_class.code}"
    return [
        slug
        for slug, classes in TeamKind.objects.exclude(sent_for="").values_list("slug", "sent_for")
        if any(name.startswith(one) for one in classes.split())
    ]


def gaps(teams: Iterable[int] | None, since: dt.datetime, until: dt.datetime) -> list[Gap]:
    """When nobody is on duty from a moment up to another, by team and time; None: all that are on day and night."""
    given = {"teams": None if teams is None else list(teams), "since": since, "until": until}
    return [Gap(*row) for row in run.rows("cells", "duty_gaps_v1", given)]


def may_edit(user: Any) -> bool:
    """Whether a user may change the roster."""
    person = getattr(user, "person", None)
    return person is not None and person.role_id in EDITORS


def put_on(team: Team, person: Person, *, starts_at: dt.datetime, ends_at: dt.datetime, by: Any) -> DutyShift:
    """Put a person on duty in a team.

    Raises
    ------
    NotYourRoster : `by` may not change the roster
    RosterError : the shift ends before it begins or is longer than LONGEST_SHIFT, or he is on duty there already
    """
    _require(by)
    if not starts_at < ends_at <= starts_at + LONGEST_SHIFT:
        most = LONGEST_SHIFT.total_seconds() / 3600
        raise RosterError(
            "The shift ends before it begins, or lasts too long.", hint=f"At most {most:.0f} hours.", field="ends_at"
        )
    shift = DutyShift(team=team, person=person, starts_at=starts_at, ends_at=ends_at)
    try:
        with transaction.atomic():
            shift.full_clean()
            shift.save(force_insert=True)
    except (ValidationError, IntegrityError) as error:  # the latter where two do it at once
        raise RosterError(
            f"{person} is on duty in this team at that time already.", hint="Choose another time.", field="person"
        ) from error
    return shift


def take_off(shift: DutyShift, *, by: Any) -> None:
    """Take a shift off the roster; raises NotYourRoster."""
    _require(by)
    shift.delete()


def _require(user: Any) -> None:
    if user is not None and not may_edit(user):
        raise NotYourRoster(
            f"“{user}” may not change the roster.", hint=f"These roles may: {', '.join(sorted(EDITORS))}."
        )
