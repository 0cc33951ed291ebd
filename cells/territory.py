"""What lies in somebody's territory: his grid and every grid below it; and what grids are called, also those gone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from cells.explanation import Area
from cells.models import CellVersion, Edition, GridVersion, NoEditionInForce, Person
from spatial.postgis import run

_KEPT = "_territory_as_read"


def grids_within(*grids: int) -> list[int]:
    """Some grids and all below them by primary key, in the edition in force; one that is gone, where it last stood."""
    found = run.rows("cells", "grids_within_v2", {"grids": list(grids), "at": timezone.now()})
    return [grid for (grid,) in found]


def territory_of(user: Any) -> list[int] | None:
    """The grids whose cases a user may see, None for the whole city: those where he is seated or posted, and below.

    None is also the answer for `user=None`, the system itself. A user who is no person of the city sees nothing, but
    for the superuser, who sees everything. `cases/sql/row_security_v1.sql` says the same to the database.
    """
    if user is None:
        return None
    known: tuple[list[int] | None] | None = getattr(user, _KEPT, None)
    if known is not None:
        return known[0]
    person: Person | None = getattr(user, "person", None)
    if person is None:
        return None if getattr(user, "is_superuser", False) else []
    seats = list(person.postings.on(timezone.localdate()).values_list("grid", flat=True))
    if person.territory_id is not None:
        seats.append(person.territory_id)
    return grids_within(*seats) if seats else None


def keep_territory(user: Any, grids: list[int] | None) -> None:
    """Keep a territory, as `territory_of` gives it, with a user as he was read for one request."""
    setattr(user, _KEPT, (grids,))


def cells_within(grids: Iterable[int]) -> QuerySet[CellVersion, int]:
    """The cells, by primary key, of some third-level grids or communities, as the edition in force has them."""
    try:
        current = CellVersion.objects.current()
    except NoEditionInForce:
        current = CellVersion.objects.none()
    here = list(grids)
    return current.filter(Q(grid__in=here) | Q(community__in=here)).order_by().values_list("cell", flat=True)


def areas_named(grids: Iterable[int]) -> dict[int, Area]:
    """What grids are called, by primary key, as their last published versions say; by one query."""
    versions = (
        GridVersion.objects.filter(grid__in=list(grids), since__state=Edition.State.PUBLISHED)
        .order_by("grid_id", "-since__number")
        .distinct("grid_id")
        .values_list("grid_id", "grid__level_id", "grid__code", "name_zh", "name_en", "source_label", "parent_id")
    )
    return {row[0]: Area(*row) for row in versions}
