"""People on the day the plan takes effect: grids nobody answers for, officers with too many grids or too few.

Looked at are the grids the plan touches and whoever is posted there. A grid born in the plan has nobody yet, and a
posting at a grid that ends is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import get_language, gettext_noop

from cells.plans.checks.scene import Found, Scene, spot_in
from cells.staffing import Officer, grids_rule, officers, officers_of_grids

NOBODY = gettext_noop("Nobody is posted at grid {grid} on {day}.")
TOO_MANY = gettext_noop("{person} answers for {count} grids on {day}; {most} is the most.")
TOO_FEW = gettext_noop("{person} answers for {count} grids on {day}; {least} is the least.")


def grid_without_person(scene: Scene) -> Iterator[Found]:
    """Touched grids with cells that nobody answers for."""
    staffed = officers_of_grids(_officers(scene))
    for grid, ground in scene.unions_after.items():
        if grid not in staffed:
            values = {"grid": scene.grid_name(grid), "day": scene.day.isoformat()}
            keys = tuple(h.key for h in scene.members_after[grid])
            yield Found(f"grid:{grid}", NOBODY, values, spot_in(ground), keys)


def officer_too_many_grids(scene: Scene) -> Iterator[Found]:
    """People posted at a touched grid who answer for more grids than the rule `officer_grids_most`."""
    most = grids_rule().most
    for officer in _officers(scene):
        left = _left(scene, officer)
        if len(left) > most:
            yield _about(scene, officer, left, TOO_MANY, most=most)


def officer_too_few_grids(scene: Scene) -> Iterator[Found]:
    """People posted at a touched grid who answer for fewer grids than the rule `officer_grids_least`."""
    least = grids_rule().least
    for officer in _officers(scene):
        left = _left(scene, officer)
        if len(left) < least:
            yield _about(scene, officer, left, TOO_FEW, least=least)


def _officers(scene: Scene) -> list[Officer]:
    """Give the people posted at touched grids, each with all grids of the base edition he or she answers for."""
    return officers(scene.day, edition=scene.plan.base, grids=[g for g in scene.grids if g > 0])


def _left(scene: Scene, officer: Officer) -> list[int]:
    """Give the grids that an officer has when those without cells have ended."""
    return [g for g in officer.grids if scene.members_after.get(g, True)]


def _about(scene: Scene, officer: Officer, grids: list[int], sentence: str, **limit: int) -> Found:
    near = [g for g in grids if g in scene.unions_after]
    spot = spot_in(scene.unions_after[near[0]]) if near else None
    chinese = (get_language() or "").startswith("zh")
    name = officer.name_zh if chinese else officer.name_en
    values = {"person": name, "count": len(grids), "day": scene.day.isoformat(), **limit}
    keys = tuple(h.key for g in near for h in scene.members_after[g])
    return Found(f"person:{officer.person}", sentence, values, spot, keys)
