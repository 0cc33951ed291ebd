"""People on the day the plan takes effect: grids nobody answers for, officers with too many grids or too few.

Looked at are the grids the plan touches and whoever is posted there. A grid born in the plan has nobody yet, and a
posting at a grid that ends is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop

from cells.models import GridVersion, Level, Person, Posting
from cells.plans.checks.scene import Found, Scene, spot_in
from cells.rules import figures

NOBODY = gettext_noop("Nobody is posted at grid {grid} on {day}.")
TOO_MANY = gettext_noop("{person} answers for {count} grids on {day}; {most} is the most.")
TOO_FEW = gettext_noop("{person} answers for {count} grids on {day}; {least} is the least.")


def grid_without_person(scene: Scene) -> Iterator[Found]:
    """Touched grids with cells that nobody answers for."""
    held = Posting.objects.on(scene.day).filter(grid__in=[g for g in scene.grids if g > 0])
    staffed = set(held.values_list("grid", flat=True))
    for grid, ground in scene.unions_after.items():
        if grid not in staffed:
            values = {"grid": scene.grid_name(grid), "day": scene.day.isoformat()}
            keys = tuple(h.key for h in scene.members_after[grid])
            yield Found(f"grid:{grid}", NOBODY, values, spot_in(ground), keys)


def officer_too_many_grids(scene: Scene) -> Iterator[Found]:
    """People posted at a touched grid who answer for more grids than the rule `officer_grids_most`."""
    (most,) = figures("officer_grids_most")
    for person, grids in _answers(scene).items():
        if len(grids) > most:
            yield _about(scene, person, grids, TOO_MANY, most=f"{most:g}")


def officer_too_few_grids(scene: Scene) -> Iterator[Found]:
    """People posted at a touched grid who answer for fewer grids than the rule `officer_grids_least`."""
    (least,) = figures("officer_grids_least")
    for person, grids in _answers(scene).items():
        if len(grids) < least:
            yield _about(scene, person, grids, TOO_FEW, least=f"{least:g}")


def _answers(scene: Scene) -> dict[Person, set[int]]:
    """Give the people posted at touched grids, each with the grids left to them on the day."""
    touched = [g for g in scene.grids if g > 0]
    concerned = Posting.objects.on(scene.day).filter(grid__in=touched).values("person")
    held = list(
        Posting.objects.on(scene.day)
        .filter(person__in=concerned, grid__level=Level.GRID)
        .select_related("person__user")
        .order_by("person", "grid")
    )
    versions = GridVersion.objects.of_edition(scene.plan.base).filter(grid__in={p.grid_id for p in held})
    there = set(versions.values_list("grid", flat=True))
    ended = {g for g in touched if not scene.members_after[g]}
    found: dict[Person, set[int]] = {}
    for posting in held:
        left = found.setdefault(posting.person, set())
        if posting.grid_id in there - ended:
            left.add(posting.grid_id)
    return found


def _about(scene: Scene, person: Person, grids: set[int], sentence: str, **limit: str) -> Found:
    near = sorted(grids & set(scene.unions_after))
    spot = spot_in(scene.unions_after[near[0]]) if near else None
    values = {"person": str(person), "count": len(grids), "day": scene.day.isoformat(), **limit}
    keys = tuple(h.key for g in near for h in scene.members_after[g])
    return Found(f"person:{person.pk}", sentence, values, spot, keys)
