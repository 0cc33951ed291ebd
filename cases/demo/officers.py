"""The grid officers of the demo city: each answers for two or three third-level grids that lie together.

The grids of a community are shared out by `spatial.balance`, evenly by what there is to do. A few grids are left
without anybody, as happens in real cities, so that what looks for such gaps has something to find.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import shapely
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.gis.db.models.functions import AsWKB
from django.db.models import Count

from cases.demo.staff import PREFIX
from cells.demo.plan import stream
from cells.demo.words import pick, words
from cells.models import CellVersion, Edition, GridVersion, Level, Person, Posting, Role
from cells.rules import figures
from spatial.balance import propose
from spatial.partition import Floats, Ints, as_shapes, neighbours
from spatial.shares import Units

SIZE = (2, 3)
WITHOUT_ANYBODY = 0.015  # of all grids


@dataclass(frozen=True, slots=True)
class _Community:
    """A community's third-level grids, by code."""

    number: int
    grids: list[int]
    units: Units


def make_officers(edition: Edition, *, seed: int, since: dt.date) -> int:
    """The officers of an edition's third-level grids and their postings from a day on; the number of officers."""
    teams: list[tuple[int, list[int]]] = []
    spare: list[tuple[int, int]] = []  # a team, and a grid of it without which it still hangs together
    for community in _communities(edition):
        label = _shared_out(community.units)
        for group in np.unique(label).tolist():
            members = np.flatnonzero(label == group).tolist()
            spare += [(len(teams), community.grids[n]) for n in _spare(community.units, members)]
            teams.append((community.number, [community.grids[n] for n in members]))
    _leave_gaps(teams, spare, seed=seed)
    _write(teams, seed=seed, since=since)
    return len(teams)


def _communities(edition: Edition) -> list[_Community]:
    there = GridVersion.objects.of_edition(edition).filter(grid__level=Level.GRID, parent__isnull=False)
    rows = list(
        there.annotate(wkb=AsWKB("shape"))
        .order_by("parent__code", "grid__code")
        .values_list("parent", "grid", "area_m2", "wkb")
    )
    if not rows:
        return []
    shapes = as_shapes(shapely.from_wkb([bytes(row[3]) for row in rows]))
    parents, areas = np.array([row[0] for row in rows]), np.array([row[2] for row in rows])
    load = _loads(edition, [row[1] for row in rows], areas)
    found = []
    for parent in dict.fromkeys(parents.tolist()):
        mine = np.flatnonzero(parents == parent)
        left, right, metres = neighbours(shapes[mine])
        units = Units(load[mine], areas[mine], shapely.length(shapes[mine]), left, right, metres, np.zeros(len(metres)))
        found.append(_Community(int(parent), [rows[n][1] for n in mine.tolist()], units))
    return found


def _loads(edition: Edition, grids: list[int], areas_m2: Floats) -> Floats:
    """What there is to do in each grid: its components, its cases and its ground."""
    cells = CellVersion.objects.of_edition(edition).filter(grid__isnull=False).order_by().values_list("grid")
    components = dict(cells.annotate(Count("cell__components")))
    cases = dict(cells.annotate(Count("cell__cases")))
    minutes_of_case, minutes_of_component, minutes_of_hectare = figures(
        "load_case_minutes", "load_component_minutes", "load_hectare_minutes"
    )
    by_grid = [
        components.get(g, 0) * minutes_of_component + cases.get(g, 0) * minutes_of_case / 76.0  # days of demo cases
        for g in grids
    ]
    return np.asarray(by_grid) + areas_m2 / 10_000.0 * minutes_of_hectare


def _shared_out(units: Units) -> Ints:
    """The group of each unit: two or three together where that is possible, else what is."""
    count = len(units)
    best = max(1, round(count / 2.5))
    wanted = sorted(range(-(-count // SIZE[1]), count // SIZE[0] + 1), key=lambda k: (abs(k - best), k))
    for groups in wanted:
        try:
            return propose(units, groups, size=SIZE, most_groups_listed=20_000, seconds=0.5, starts=0).label
        except ValueError:  # not this number of groups
            continue
    # One grid alone, or pieces of ground that lie apart: any number of groups, of any size, that is at all possible.
    for groups in range(best, count + 1):
        try:
            return propose(units, groups, most_groups_listed=20_000, seconds=0.5, starts=1).label
        except ValueError:
            continue
    return np.arange(count, dtype=np.int64)


def _spare(units: Units, members: list[int]) -> list[int]:
    """Of three units, those without which the other two still border on each other."""
    if len(members) != SIZE[1]:
        return []
    borders = set(zip(units.left.tolist(), units.right.tolist(), strict=True))
    return [n for n in members if tuple(m for m in members if m != n) in borders]


def _leave_gaps(teams: list[tuple[int, list[int]]], spare: list[tuple[int, int]], *, seed: int) -> None:
    """Take a grid from some teams of three."""
    number = max(1, round(WITHOUT_ANYBODY * sum(len(grids) for _, grids in teams)))
    taken: set[int] = set()
    for n in stream(seed, "gaps").permutation(len(spare)).tolist():
        team, grid = spare[n]
        if len(taken) < number and team not in taken:
            taken.add(team)
            teams[team][1].remove(grid)


def _write(teams: list[tuple[int, list[int]]], *, seed: int, since: dt.date) -> None:
    rng, lists, users = stream(seed, "officers"), words(), get_user_model()
    no_password = make_password(None)
    # Those of a demo city that was there before: they act in no history, and their grids are gone.
    users.objects.filter(username__startswith=f"{PREFIX}{Role.OFFICER}-").delete()
    made = users.objects.bulk_create(
        [users(username=f"{PREFIX}{Role.OFFICER}-{n}", password=no_password) for n in range(1, len(teams) + 1)],
        batch_size=1000,
    )
    people = []
    for user, (community, _) in zip(made, teams, strict=True):
        family, given, end = pick(rng, lists["surnames"]), pick(rng, lists["first"]), pick(rng, lists["second"])
        zh, en = family[0] + given[0] + end[0], f"{family[1]} {given[1]}{end[1]}"
        people.append(Person(user=user, role_id=Role.OFFICER, territory_id=community, name_zh=zh, name_en=en))
    people = Person.objects.bulk_create(people, batch_size=1000)
    Posting.objects.bulk_create(
        [
            Posting(person=person, grid_id=grid, since=since)
            for person, (_, grids) in zip(people, teams, strict=True)
            for grid in grids
        ],
        batch_size=2000,
    )
