"""Who gains or loses a grid with a plan.

A posting follows its grid: whose grid ends, loses it; a grid that is born has nobody yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cells import staffing
from cells.models import Plan


@dataclass(frozen=True, slots=True)
class PersonChange:
    """A person who answers for a grid that the plan touches."""

    person: int
    name_zh: str
    name_en: str
    gains: tuple[str, ...]  # codes
    loses: tuple[str, ...]
    grids_before: int
    grids_after: int
    within_rule: bool  # after

    def as_data(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "id": self.person,
            "name_zh": self.name_zh,
            "name_en": self.name_en,
            "gains": list(self.gains),
            "loses": list(self.loses),
            "grids_before": self.grids_before,
            "grids_after": self.grids_after,
            "within_rule": self.within_rule,
        }


def posted_to(plan: Plan, grids: Iterable[int], *, day: dt.date) -> list[staffing.Officer]:
    """The officers of some third-level grids of the plan's base edition, with all their grids there."""
    asked = sorted(g for g in grids if g > 0)
    return staffing.officers(day, edition=plan.base, grids=asked) if asked else []


def changes_of_people(
    officers: list[staffing.Officer], *, touched: set[int], ended: dict[int, str]
) -> list[PersonChange]:
    """The officers of touched grids, those first who lose one; `ended` are the grids that end, with their codes."""
    rule = staffing.grids_rule()
    found = []
    for officer in officers:
        if not touched.intersection(officer.grids):
            continue
        loses = tuple(sorted(ended[g] for g in officer.grids if g in ended))
        had, has = len(officer.grids), len(officer.grids) - len(loses)
        found.append(
            PersonChange(officer.person, officer.name_zh, officer.name_en, (), loses, had, has, rule.holds(has))
        )
    return sorted(found, key=lambda p: (not p.loses, p.within_rule, p.person))


def people_of(
    officers: list[staffing.Officer], grids: Iterable[int], community_of: dict[int, int]
) -> tuple[dict[int, int], int]:
    """How many persons each of some grids has, and each of their communities; how many all have."""
    there = set(grids)
    persons: dict[int, set[int]] = {}
    for officer in officers:
        for grid in there.intersection(officer.grids):
            persons.setdefault(grid, set()).add(officer.person)
            persons.setdefault(community_of[grid], set()).add(officer.person)
    everybody: set[int] = set().union(*persons.values())
    return {name: len(held) for name, held in persons.items()}, len(everybody)
