"""What lies in somebody's territory: his grid and every grid below it; and what grids are called, also those gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from cells.explanation import Area
from cells.models import Edition, GridVersion, Person
from spatial.postgis import run


def grids_within(grid: int) -> list[int]:
    """A grid and all below it by primary key, in the edition in force; one that is gone, where it last stood."""
    return [found for (found,) in run.rows("cells", "grids_within_v1", {"grid": grid, "at": timezone.now()})]


def territory_of(user: Any) -> list[int] | None:
    """The grids whose cases a user may see, None for the whole city.

    None is also the answer for `user=None`, the system itself. A user who is no person of the city sees nothing, but
    for the superuser, who sees everything.
    """
    if user is None:
        return None
    person: Person | None = getattr(user, "person", None)
    if person is None:
        return None if getattr(user, "is_superuser", False) else []
    return None if person.territory_id is None else grids_within(person.territory_id)


def areas_named(grids: Iterable[int]) -> dict[int, Area]:
    """What grids are called, by primary key, as their last published versions say; by one query."""
    versions = (
        GridVersion.objects.filter(grid__in=list(grids), since__state=Edition.State.PUBLISHED)
        .order_by("grid_id", "-since__number")
        .distinct("grid_id")
        .values_list("grid_id", "grid__level_id", "grid__code", "name_zh", "name_en", "source_label", "parent_id")
    )
    return {row[0]: Area(*row) for row in versions}
