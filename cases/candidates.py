"""Whom an act may be asked of: who may do it there, in the order in which a desk would ask, and why in that order.

First who is posted to the third-level grid of the place, then who is on duty, then who was seen nearest (by the last
place that his phone or photo told, in steps of `suggest_near_step_m`, so that a few metres do not outweigh a day's
work), then who has the fewest open cases. Where a reason is not known of somebody, he stands behind those of whom it
is. All figures are the city's own (`cells.rules`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot, inf
from typing import Any, TypeAlias

from django.contrib.auth import get_user_model
from django.db.models import Count, Max
from django.utils import timezone

from cases import sides
from cases.models import Case, SideRole
from cases.sight import AT_WORK
from cases.workflow import Side
from cells.models import CellVersion, DutyShift, NoEditionInForce, Posting
from cells.rules import figures
from spatial.postgis import roles, run

MOST = 20  # more than these nobody reads; whoever else is meant is told the case by its unit
_Ground: TypeAlias = tuple[int | None, int | None]  # third-level grid and community of a place


@dataclass(frozen=True, slots=True)
class Candidate:
    """One whom it may be asked of, and why he stands where he stands."""

    user: Any
    posted_here: bool  # to the third-level grid of the case's place
    load: int  # open cases that are his work
    on_duty: bool | None = None  # by the roster; None: it has nobody at that moment
    duty_until: dt.datetime | None = None
    away_m: float | None = None  # from where he was last seen to the case
    seen_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of some users at a moment, by their ids; by four statements for any number of them."""

    load: dict[int, int]
    duty: dict[int, dt.datetime | None] | None
    seen: dict[int, tuple[dt.datetime, float, float]]


def for_assigning(case: Case, *, at: dt.datetime) -> list[Candidate]:
    """Those of the owning unit whose work a case may become, the first to be asked first; without who has it."""
    return for_assigning_each([case], at=at)[case.pk]


def for_assigning_each(cases: Sequence[Case], *, at: dt.datetime) -> dict[int, list[Candidate]]:
    """The same for many cases at once, by their ids: each is thought of as given to its first, so nobody gets all.

    Who may act is asked once for each owner and third-level grid, so it is the ground that costs and not the cases.
    """
    found = _each(cases, Side.OWNER, at=at)
    given: Counter[int] = Counter()
    chosen: dict[int, list[Candidate]] = {}
    step_m = figures("suggest_near_step_m")[0]
    for case in cases:
        others = [one for one in found[case.pk] if one.user.pk != case.assignee_id]
        chosen[case.pk] = sorted(others, key=lambda one: _rank(one, step_m, given[one.user.pk]))[:MOST]
        given.update(one.user.pk for one in chosen[case.pk][:1])
    return chosen


def for_verifying(case: Case, *, at: dt.datetime) -> list[Candidate]:
    """Those whom a look on the spot may be asked of; who is asked already is left out."""
    found = _each([case], Side.PATROL, at=at)[case.pk]
    step_m = figures("suggest_near_step_m")[0]
    others = [one for one in found if one.user.pk != case.asked_of_id]
    return sorted(others, key=lambda one: _rank(one, step_m, 0))[:MOST]


def _rank(one: Candidate, step_m: float, given: int) -> tuple[bool, bool, float, int, int]:
    near = inf if one.away_m is None else one.away_m // max(step_m, 1.0)
    return (not one.posted_here, not one.on_duty, near, one.load + given, one.user.pk)


def _each(cases: Sequence[Case], side: Side, *, at: dt.datetime) -> dict[int, list[Candidate]]:
    """Everybody who may act for a side, for each case by its id; in no order."""
    ground = _ground_of(cases)
    posted = _posted({grid for grid, _ in ground.values() if grid is not None})
    asked: dict[tuple[int | None, _Ground], list[Any]] = {}
    of: dict[int, tuple[int | None, _Ground]] = {}
    seated = _seated(side, cases)
    ids = {user for here in (*posted.values(), *seated.values()) for user in here}
    users = get_user_model().objects.filter(is_active=True).select_related("person__territory", "person__role")
    known_users = users.in_bulk(list(ids))
    sides.read_at_once(known_users.values())
    for case in cases:
        grid, _ = here = ground.get(case.cell_id or 0, (None, None))
        of[case.pk] = key = (case.owner_id, here)
        if key not in asked:
            there = {*posted.get(grid or 0, ()), *seated.get(case.owner_id, ())}
            who = [known_users[pk] for pk in sorted(there) if pk in known_users]
            asked[key] = [u for u in who if sides.may(u, side, owner=case.owner, cell=case.cell_id)]
    known = _known({user.pk for there in asked.values() for user in there}, at=at)
    return {
        case.pk: [
            _candidate(user, case, known, posted_here=user.pk in posted.get(of[case.pk][1][0] or 0, ()))
            for user in asked[of[case.pk]]
        ]
        for case in cases
    }


def _candidate(user: Any, case: Case, known: _Known, *, posted_here: bool) -> Candidate:
    seen = known.seen.get(user.pk)
    away_m = None
    if seen is not None and case.place is not None:
        away_m = hypot(case.place.x - seen[1], case.place.y - seen[2])
    return Candidate(
        user=user,
        posted_here=posted_here,
        load=known.load.get(user.pk, 0),
        on_duty=None if known.duty is None else user.pk in known.duty,
        duty_until=(known.duty or {}).get(user.pk),
        away_m=away_m,
        seen_at=seen[0] if seen is not None and away_m is not None else None,
    )


def _known(users: set[int], *, at: dt.datetime) -> _Known:
    (hours,) = figures("suggest_seen_hours")
    work = Case.objects.filter(assignee__in=users, stage__in=AT_WORK).order_by()
    since = at - dt.timedelta(hours=hours)
    asked = {"users": sorted(users), "since": since, "until": at}
    # How much they have to do and where they were counts also what the one who asks does not see.
    with roles.as_owner():
        load = dict(work.values_list("assignee").annotate(n=Count("pk")))
        seen = run.rows("cases", "last_seen_v1", asked) if users else []
    return _Known(load=load, duty=_on_duty(users, at=at), seen={user: (when, x, y) for user, when, x, y in seen})


def _on_duty(users: set[int], *, at: dt.datetime) -> dict[int, dt.datetime | None] | None:
    """Those of some users who are on duty by the roster, with the end of it; None where nobody in the city is."""
    shifts = DutyShift.objects.on(at).filter(team__is_active=True)
    found = shifts.filter(person__user__in=users).values("person__user").annotate(until=Max("ends_at"))
    duty: dict[int, dt.datetime | None] = dict(found.values_list("person__user", "until"))
    return duty if duty or shifts.exists() else None


def _seated(side: Side, cases: Iterable[Case]) -> dict[int | None, list[int]]:
    """By owner: users of a side who need no post at a third-level grid; of the owning unit, those seated there."""
    roles = SideRole.objects.filter(side=side, level=None).values("role")
    there = get_user_model().objects.filter(person__role__in=roles, is_active=True).order_by("pk")
    found: dict[int | None, list[int]] = {}
    for owner in {case.owner_id for case in cases}:
        here = there.filter(person__territory=owner) if side is Side.OWNER else there
        found[owner] = list(here.values_list("pk", flat=True)[:MOST])
    return found


def _ground_of(cases: Iterable[Case]) -> dict[int, _Ground]:
    """By cell: the third-level grid and the community that hold it in the edition in force."""
    cells = {case.cell_id for case in cases if case.cell_id is not None}
    try:
        now = CellVersion.objects.current().filter(cell__in=cells)
    except NoEditionInForce:
        return {}
    return {cell: (grid, community) for cell, grid, community in now.values_list("cell", "grid", "community")}


def _posted(grids: set[int]) -> dict[int, set[int]]:
    """By third-level grid: the users posted to it today."""
    found: dict[int, set[int]] = {}
    there = Posting.objects.on(timezone.localdate()).filter(grid__in=grids)
    for grid, user in there.values_list("grid", "person__user"):
        found.setdefault(grid, set()).add(user)
    return found
