"""An edition is taken back: the next one has the grids of the one before it, under their own identities and codes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db import transaction
from django.utils.translation import gettext_noop

from cells import editions
from cells.editions import CannotPublish
from cells.models import CellVersion, Edition, GridVersion
from cells.succession.beginning import edition_to_follow, next_edition, require_same_ground
from cells.succession.steps import Succession
from spatial.changes import hardly_moved
from spatial.partition import as_shapes
from spatial.postgis import run


@transaction.atomic
def take_back(edition: Edition, *, by: Any = None, at: dt.datetime | None = None) -> Succession:
    """Put an edition in force that has all grids and cells of the one before `edition`, byte for byte.

    Cells born in it retire, cells it retired are back under their own code. What was in force stays on record. An
    edition that took another back can be taken back in turn: that does it again. Any edition can be returned from,
    whatever made it, since versions are only ever added; but it must be the one in force, for what came after it was
    built on it.

    Raises
    ------
    CannotPublish : it is not in force, it is the first, or a draft is under way
    """
    before = edition_to_follow()
    _require_last(edition, before)
    made = Succession(next_edition(before, by=by, at=at, takes_back=before), before)
    was, now = _cells(since=before), _cells(until=before)
    if before.takes_back_id is not None or hasattr(before, "plan"):
        # What an import or a division changed need not be the same ground; what a plan changed is.
        shapes = [as_shapes([shape for *_, shape in cells.values()]) for cells in (was, now)]
        require_same_ground(*shapes, changed={*was, *now})
    counts = {}
    both = {"taken": before.pk, "edition": made.edition.pk}
    for name, versions, statement in (
        ("cell", CellVersion, "return_cell_versions_v1"),
        ("grid", GridVersion, "return_grid_versions_v1"),
    ):
        ended = versions.objects.filter(since=before).update(until=made.edition)
        back = run.execute("cells", statement, both)
        kept = versions.objects.filter(since=before).filter(**{f"{name}__versions__until": before}).count()
        counts[name] = (kept, back - kept, ended - kept)
    made.cells_changed, made.cells_born, made.cells_retired = counts["cell"]
    made.cells_vertex_only = sum(_same_but_vertices(was[k], now[k]) for k in was if k in now)
    made.cells_changed -= made.cells_vertex_only
    made.grids_changed, made.grids_born, made.grids_retired = counts["grid"]
    made.components_moved = editions.settle(made.edition)
    return made


def _require_last(edition: Edition, in_force: Edition) -> None:
    """Refuse all but the edition in force, and that if it is the first."""
    if edition.pk != in_force.pk:
        back = Edition.objects.filter(takes_back=edition).values_list("number", flat=True).first()
        if back is not None:
            raise CannotPublish(
                gettext_noop("Edition {number} was taken back by edition {back}."), number=edition.number, back=back
            )
        raise CannotPublish(
            gettext_noop(
                "Edition {number} is not in force, {in_force} is: later editions were built on it, take them back "
                "one by one."
            ),
            number=edition.number,
            in_force=in_force.number,
        )
    if not Edition.objects.published().filter(number__lt=in_force.number).exists():
        raise CannotPublish(
            gettext_noop("Edition {number} is the first: there is none to go back to."), number=in_force.number
        )


def _cells(**which: Edition) -> dict[int, tuple[int, int | None, Any]]:
    """Community, third-level grid and shape of the cells of some versions, by number."""
    found = CellVersion.objects.filter(**which).annotate(wkb=AsWKB("shape"))
    rows = found.values_list("cell", "community", "grid", "wkb")
    return {cell: (community, grid, shapely.from_wkb(bytes(wkb))) for cell, community, grid, wkb in rows}


def _same_but_vertices(was: tuple[int, int | None, Any], now: tuple[int, int | None, Any]) -> bool:
    return was[:2] == now[:2] and hardly_moved(was[2], now[2])
