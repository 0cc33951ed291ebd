"""A file of areas becomes the grids of one level, in the draft edition; the levels above follow.

Areas that nearly tile are made an exact tiling: noise of digitising (below 10 cm or 1 m²) by itself, more with a
tolerance; without one the import is refused and says where. What the file holds unchanged stays untouched, so that the
same import twice opens no draft.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db import transaction

from cells.division.tiling import scheme
from cells.importing import areas as reading_areas
from cells.importing.areas import FIELDS, FileArea
from cells.importing.columns import Columns
from cells.importing.door import open_door, require_home
from cells.importing.errors import ImportRefused
from cells.importing.ladder import LEVELS, Area, Ladder
from cells.importing.numbering import give_codes
from cells.importing.reading import open_source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.importing.writing import write
from cells.models import Edition, NoEditionInForce
from spatial import crs as reference
from spatial.mending import NOISE_WIDTH_M, fit_to_parents, mend
from spatial.partition import Fault

# A gap this wide on the mean is a lake or an enclave, not a mistake.
MEANT_WIDTH_M = 20.0
SHOWN = 10
MOST_REPAIR_M = 50.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    level: str
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    code_prefix: str = ""
    called: Mapping[str, str] = field(default_factory=dict)
    name_pattern: str = ""
    repair_m: float | None = None
    replace: bool = False
    dry_run: bool = False


def import_grids(path: Path, options: Options, *, rejects: Rejects) -> Report:
    """Take the areas of a file in as the grids of a level; the report.

    Raises
    ------
    ImportRefused : the file cannot be used, or its areas leave gaps or overlap by more than noise and no (large enough)
        tolerance is given; nothing was changed
    """
    begun = time.perf_counter()
    if options.level not in LEVELS:
        raise ImportRefused(
            f"Level “{options.level}” cannot be imported as areas.",
            hint=f"One of {', '.join(LEVELS)}; cells and third-level grids are made by divide_cells.",
        )
    report = Report(f"areas of level “{options.level}”", dry_run=options.dry_run)
    source = open_source(path, layer=options.layer, encoding=options.encoding)
    over = LEVELS[: LEVELS.index(options.level)]
    columns = Columns(source.columns, (*FIELDS, *over), named=options.named)
    columns.drop(*over, "parent")
    door = open_door(source, columns, crs=options.crs)
    sample = next(source.chunks(), None)
    if sample is None:
        raise ImportRefused(f"{path.name} is empty.")
    reading_areas.guess_label(source, options.level, columns, sample)
    report.notices += columns.lines()
    found = reading_areas.read_areas(
        source,
        door,
        columns,
        rejects,
        report,
        zone=settings.TIME_ZONE,
        above=[lev for lev in over if lev in columns],
        name_pattern=options.name_pattern,
    )
    reading_areas.require_areas(found, rejects)
    require_home(shapely.get_coordinates(shapely.point_on_surface([a.shape for a in found])))
    with transaction.atomic():
        _put(found, options, rejects, report)
        transaction.set_rollback(options.dry_run)
    report.rejected = rejects.count
    report.seconds = time.perf_counter() - begun
    return report


def _put(found: list[FileArea], options: Options, rejects: Rejects, report: Report) -> None:
    ladder = Ladder(_state(), scheme())
    put = ladder.put(options.level, found, replace=options.replace)
    at = LEVELS.index(options.level)
    derived = at + 1 < len(LEVELS) and bool(ladder.areas[LEVELS[at + 1]])
    _mend(ladder, options, rejects, report, enforce=not derived)
    put = [area for area in put if area in ladder.areas[options.level]]
    given = {id(a): a.shape for up in LEVELS[:at] for a in ladder.real(up)}
    ladder.make_whole(options.level, put)
    if derived:
        for area in [a for a in put if not ladder.children(a)]:
            rejects.add(_row(area), area.label, f"No {LEVELS[at + 1]} lies in it.")
            ladder.drop(area)
    _fit(ladder, options, given, report)
    report.facts["outside_parent"] = sum(_is_outside(a, given) for a in put)
    moved = ladder.derive_shapes(LEVELS[at + 1] if derived else options.level)
    report.facts["area_m2"] = round(float(sum(a.shape.area for a in ladder.areas[options.level])), 3)
    _call(ladder, options.called)
    report.notices += ladder.notices + give_codes(ladder, prefix=options.code_prefix)
    outcome = write(ladder, options.level)
    report.added, report.changed, report.unchanged = outcome.added, outcome.changed, outcome.unchanged
    report.notices += outcome.notices
    if moved > 1.0 and at and outcome.edition is not None:
        report.notices.append(
            f"The areas above were made the exact union of these; that moved {moved:,.0f} m² "
            f"({moved / report.facts['area_m2']:.3%} of the ground)."
        )
    report.facts["edition"] = outcome.edition
    report.facts["levels"] = {level: len(ladder.areas[level]) for level in LEVELS}


def _state() -> Edition | None:
    draft = Edition.objects.draft()
    if draft is not None:
        return draft
    try:
        return Edition.objects.in_force()
    except NoEditionInForce:
        return None


def _mend(ladder: Ladder, options: Options, rejects: Rejects, report: Report, *, enforce: bool) -> None:
    """Make the areas of the level an exact tiling, or refuse."""
    areas = ladder.real(options.level)
    tolerance = options.repair_m if options.repair_m is not None else NOISE_WIDTH_M
    before = np.array([a.shape for a in areas], dtype=object)
    if len(areas) == 1:
        return
    mended = mend(before, width_m=max(tolerance, NOISE_WIDTH_M))
    meant = [f for f in mended.left if f.kind == "gap" and f.width_m >= MEANT_WIDTH_M]
    wrong = [f for f in mended.left if f not in meant]
    for kind in ("gap", "overlap"):
        report.facts[f"{kind}s"] = sum(f.kind == kind for f in (*mended.closed, *wrong))
    if meant:
        report.notices.append(
            f"{len(meant)} open spaces of {sum(f.area_m2 for f in meant):,.0f} m² lie between the areas (lakes, "
            "enclaves?): they stay outside the city."
        )
    if wrong and enforce:
        _refuse(wrong, areas, options, mended.closed)
    if mended.closed:
        report.notices.append(
            f"{len(mended.closed)} gaps and overlaps up to {max(f.width_m for f in mended.closed):.2f} m wide were "
            f"closed, {sum(f.area_m2 for f in mended.closed):,.1f} m² in all; the area that changed most changed by "
            f"{mended.moved_m2.max():,.1f} m²."
        )
    report.notices += [
        f"A detached piece of {f.area_m2:.2f} m² of {areas[f.owners[0]].name} touches no other area; it was left out."
        for f in mended.lost
    ]
    for area, shape in zip(areas, mended.shapes, strict=True):
        area.shape = shape if shape.geom_type == "MultiPolygon" else shapely.multipolygons([shape])
        if shape.is_empty:
            rejects.add(_row(area), area.label, "The area lies wholly under others.")
            ladder.drop(area)


def _fit(ladder: Ladder, options: Options, given: Mapping[int, Any], report: Report) -> None:
    """Keep the borders that the level above was given with, where the areas stray over them by no more than slivers."""
    areas = [a for a in ladder.areas[options.level] if id(a.parent) in given]
    parents = {id(a.parent): a.parent for a in areas}
    if len(parents) < 2:
        return
    index = {key: k for k, key in enumerate(parents)}
    fitted, moved = fit_to_parents(
        [a.shape for a in areas],
        np.array([index[id(a.parent)] for a in areas]),
        [given[key] for key in parents],
        width_m=max(options.repair_m or 0.0, NOISE_WIDTH_M),
    )
    if not moved.any():
        return
    for area, shape in zip(areas, fitted, strict=True):
        if not shape.is_empty:
            area.shape = shape if shape.geom_type == "MultiPolygon" else shapely.multipolygons([shape])
    report.notices.append(
        f"Slivers of {moved.sum():,.0f} m² across the borders of the level above went to the neighbour on their side."
    )


def _refuse(wrong: list[Fault], areas: list[Area], options: Options, closed: list[Fault]) -> None:
    worst = sorted(wrong, key=lambda f: -f.area_m2)
    lonlat = reference.from_city([f.place for f in worst], srid=settings.CITY_SRID)
    lines = [
        f"  {f.kind} of {f.area_m2:,.1f} m², {f.width_m:.2f} m wide at ({lon:.6f}, {lat:.6f}): "
        + ", ".join(areas[k].name for k in f.owners)
        for f, (lon, lat) in zip(worst[:SHOWN], lonlat.tolist(), strict=False)
    ]
    more = f"\n  … and {len(worst) - SHOWN} more" if len(worst) > SHOWN else ""
    widest = float(np.ceil(max(f.width_m for f in wrong) * 10) / 10)
    hint = "Correct the file" + (
        f", or let them be closed: --repair {widest:g} closes all of them." if widest <= MOST_REPAIR_M else "."
    )
    strangers = {k for f in wrong for k in f.owners if areas[k].from_file is None}
    if strangers:
        hint = f"{len(strangers)} of these were there before and are not in the file: --replace takes them out. {hint}"
    counts = {kind: sum(f.kind == kind for f in wrong) for kind in ("gap", "overlap")}
    raise ImportRefused(
        f"The areas do not tile the ground: {counts['gap']} gaps and {counts['overlap']} overlaps, "
        f"{sum(f.area_m2 for f in wrong):,.0f} m² in all (and {len(closed)} that are mere noise). The largest:\n"
        + "\n".join(lines) + more + "\n",
        hint=hint,
        gaps=counts["gap"],
        overlaps=counts["overlap"],
        widest_m=widest,
    )  # fmt: skip


def _row(area: Area) -> int:
    return area.from_file.row if area.from_file is not None else 0


def _is_outside(area: Area, given: Mapping[int, Any]) -> bool:
    """Whether more than noise of an area lies outside the outline that was given for its parent."""
    outline = given.get(id(area.parent))
    return outline is not None and float(shapely.area(shapely.difference(area.shape, outline))) > 1.0


def _call(ladder: Ladder, called: Mapping[str, str]) -> None:
    """Names for areas that no file names: the one of its level."""
    for level, name in called.items():
        bare = [a for a in ladder.areas.get(level, []) if not a.name_zh and not a.name_en] or ladder.areas.get(
            level, []
        )
        if len(bare) != 1:
            raise ImportRefused(
                f"There are {len(bare)} areas of level “{level}”; --called names the one of its level.",
                hint=f"Levels: {', '.join(LEVELS)}.",
            )
        if any("\u4e00" <= c <= "\u9fff" for c in name):
            bare[0].name_zh = name
        else:
            bare[0].name_en = name
