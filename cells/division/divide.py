"""The whole of a division, from the communities of an edition to the published cells."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from time import monotonic, process_time
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db import transaction

from cells.division import ladder, tiling, work
from cells.editions import communities_without_cells, open_draft, publish
from cells.models import CellVersion, DividedCommunity, Edition, Grid, GridVersion, Level
from spatial.divide import TARGET_M2
from spatial.errors import BrokenCoverage
from spatial.noding import tile
from spatial.partition import find_faults

SETTLED_M2 = 1.0  # noding outlines may move this much of a community; more is a fault of the input
FULL = 0.9  # of the serials that the scheme has for a community


class DivisionError(ValueError):
    """There is nothing that could be divided."""


@dataclass(slots=True)
class Outcome:
    """What a division did."""

    edition: Edition
    communities: int = 0
    cells: int = 0  # new ones
    grids: int = 0  # new third-level grids
    kept_communities: int = 0  # taken over from a run that was stopped
    seconds: float = 0.0  # processor time of all processes added up
    wall_seconds: float = 0.0
    notices: list[str] = field(default_factory=list)


def divide_cells(
    *,
    codes: list[str] | None = None,
    target_m2: float = TARGET_M2,
    jobs: int | None = None,
    draft_only: bool = False,
    by: Any = None,
    show: bool = False,
) -> Outcome:
    """Divide communities into unit cells and publish the edition.

    Parameters
    ----------
    codes : communities to divide (anew); without, those of the draft that have no cells, or a new outline
    target_m2 : area aimed at; communities too large for their serials get larger cells, with a notice
    jobs : processes; without, one a core
    draft_only : leave the result in the draft, to be published later
    show : progress bars on the terminal

    Raises
    ------
    DivisionError : no such community, no community at all, or all of them have cells
    BrokenCoverage : the outlines overlap by more than rounding
    CannotPublish : the edition cannot come into force now (see `cells.editions.publish`)
    """
    if not target_m2 > 0:
        raise DivisionError(f"The target area is {target_m2} m²: give a number above 0, such as {TARGET_M2:.0f}.")
    begun = monotonic()
    edition = open_draft() if codes else _working_draft()
    outcome = Outcome(edition)
    versions = _communities(edition)
    chosen = _chosen(edition, versions, codes or [])
    outlines = _noded_outlines(versions)
    areas = [_area(versions[g], outlines[g], target_m2, outcome) for g in chosen]
    computed = work.compute(edition, areas, jobs=jobs or _cores(), show=show)
    outcome.communities = len(computed)
    outcome.kept_communities = sum(c.kept for c in computed)
    outcome.seconds = sum(c.seconds for c in computed)
    computing = process_time()
    with transaction.atomic():
        _write(edition, versions, computed, outcome)
        outcome.seconds += process_time() - computing
        outcome.wall_seconds = monotonic() - begun
        record = _record(edition, outcome, target_m2)
        Edition.objects.filter(pk=edition.pk).update(division=record)
        bare = communities_without_cells(edition)
        if bare and not draft_only:
            outcome.notices.append(
                f"The draft is not published yet: {len(bare)} communities have no cells ({', '.join(bare[:5])}…). "
                "Run divide_cells without --community."
            )
        if not bare and not draft_only:
            outcome.edition = publish(by=by, division=record)
    return outcome


def _working_draft() -> Edition:
    draft = Edition.objects.draft()
    if draft is None:
        raise DivisionError(
            "There is no draft edition to divide. Import areas first, or name communities of the edition in force "
            "to divide them anew (--community CODE)."
        )
    return draft


def _communities(edition: Edition) -> dict[int, GridVersion]:
    found = GridVersion.objects.of_edition(edition).filter(grid__level=Level.COMMUNITY)
    versions = {v.grid_id: v for v in found.select_related("grid").order_by("grid__code")}
    if not versions:
        raise DivisionError("The edition has no communities: import areas of level “community” first.")
    return versions


def _chosen(edition: Edition, versions: dict[int, GridVersion], codes: list[str]) -> list[int]:
    """Give the communities to divide: the named ones, else those without cells or with a newer outline."""
    if codes:
        by_code = {v.grid.code: g for g, v in versions.items()}
        unknown = sorted(set(codes) - set(by_code))
        if unknown:
            raise DivisionError(
                f"No community of edition {edition.number} has the code {', '.join(unknown[:5])}; "
                f"codes look like {next(iter(by_code))}."
            )
        return sorted({by_code[c] for c in codes})
    cells = CellVersion.objects.of_edition(edition)
    since = dict(cells.order_by("community", "since__number").values_list("community", "since__number"))
    outdated = {g for g, v in versions.items() if v.since_id == edition.pk and since.get(g, 0) < edition.number}
    without = set(versions) - set(since)
    chosen = sorted(without | outdated)
    if not chosen:
        raise DivisionError(
            "Every community of the draft has its cells. Name communities to divide them anew (--community CODE), "
            "or publish the draft."
        )
    return chosen


def _noded_outlines(versions: dict[int, GridVersion]) -> dict[int, Any]:
    """Give the outlines of all communities as one exact tiling: borders that nearly agree become one."""
    wkb = dict(
        GridVersion.objects.filter(pk__in=[v.pk for v in versions.values()])
        .annotate(wkb=AsWKB("shape"))
        .values_list("grid_id", "wkb")
    )
    ids = np.array(sorted(wkb), dtype=np.int64)
    given = np.asarray(shapely.from_wkb([bytes(wkb[k]) for k in ids.tolist()]), dtype=object)
    parts, owner = shapely.get_parts(given, return_index=True)
    tiles, source = tile(parts, territory=owner.astype(np.int64))
    noded = {int(ids[k]): shapely.coverage_union_all(tiles[owner[source] == k]) for k in range(len(ids))}
    moved = [
        k for k, i in enumerate(ids.tolist())
        if abs(noded[i].area - given[k].area) > SETTLED_M2 + 1e-6 * given[k].area or noded[i].is_empty
    ]  # fmt: skip
    if moved:
        _refuse_overlaps(given, [versions[i].grid.code for i in ids.tolist()], moved)
    return noded


def _refuse_overlaps(given: np.ndarray, codes: list[str], moved: list[int]) -> None:
    near = np.unique(shapely.STRtree(given).query(given[moved], predicate="dwithin", distance=1.0)[1])
    faults = sorted((f for f in find_faults(given[near]) if f.kind == "overlap"), key=lambda f: (-f.area_m2, f.place))
    worst = [
        f"{codes[near[f.owners[0]]]} and {codes[near[f.owners[1]]]} overlap by {f.area_m2:.1f} m²" for f in faults[:3]
    ]
    raise BrokenCoverage(
        f"{len(faults)} overlaps between communities are more than rounding: {'; '.join(worst)}.",
        hint="See them all with check_coverage --level community, repair with --repair TOLERANCE_M.",
    )


def _area(version: GridVersion, outline: Any, target_m2: float, outcome: Outcome) -> work.Area:
    """Give a community as a task; a target that its serials cannot hold is raised, with a notice."""
    capacity = FULL * (10 ** tiling.scheme().segments[Level.CELL].digits - 1)
    if outline.area / target_m2 > capacity:
        larger = float(np.ceil(outline.area / capacity / 1000) * 1000)
        outcome.notices.append(
            f"Community {version.grid.code} has {outline.area / 1e6:.1f} km²: cells of {target_m2:.0f} m² would not "
            f"fit its serials; it is divided into cells of {larger:.0f} m²."
        )
        target_m2 = larger
    return work.Area(version.grid_id, version.pk, version.grid.code, outline, target_m2)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _write(edition: Edition, versions: dict[int, GridVersion], computed: list[work.Computed], outcome: Outcome) -> None:
    """Make the computed cells those of the draft, and derive everything above."""
    fresh = {c.area.community_id: c.cells for c in computed}
    tiling.retire(edition, list(fresh))
    made = tiling.tile_city(edition, fresh)
    tiling.prove(made)
    tiling.order_cells(made)
    outcome.cells = tiling.number_cells(made, {g: v.grid.code for g, v in versions.items()})
    concerned = {g: versions[g] for g in np.unique(made.community[made.grid == 0]).tolist()}
    outcome.grids = ladder.make_third_level(edition, made, concerned)
    tiling.write_cells(edition, made)
    ladder.derive_shapes(edition, made)
    DividedCommunity.objects.filter(edition=edition).delete()
    Grid.objects.filter(level=Level.GRID, versions=None).delete()


def _record(edition: Edition, outcome: Outcome, target_m2: float) -> dict[str, Any]:
    """Give what the edition remembers of its division; a draft divided in several runs adds up."""
    before = Edition.objects.values_list("division", flat=True).get(pk=edition.pk) or {}
    return {
        "target_m2": target_m2,
        "seconds": round(outcome.seconds + before.get("seconds", 0.0), 3),
        "wall_seconds": round(outcome.wall_seconds + before.get("wall_seconds", 0.0), 3),
        "communities": outcome.communities + before.get("communities", 0),
        "cells": outcome.cells + before.get("cells", 0),
        "grids": outcome.grids + before.get("grids", 0),
        "notices": [*before.get("notices", []), *outcome.notices],
    }
