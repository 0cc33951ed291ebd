"""Import how many people live where: a row is an area (code of a grid or cell in force, or a shape), people and a year.

A row at fault is left out with its reason, the others are kept, in one transaction; the same file again changes
nothing, a new number for the same code and year replaces the old one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import transaction

from cells.importing.columns import Columns
from cells.importing.door import Door, open_door, require_home
from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, open_source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.models import CellVersion, GridVersion, Population
from spatial import crs as reference
from spatial.postgis import convert, run

FIELDS = ("code", "people", "year", "source")
EARLIEST, LATEST = 1950, 2199
_VOCABULARY = {"code": "people_code", "people": "people_count", "year": "people_year", "source": "people_source"}
_LOCK = 0x9_E091  # one import of people at a time
# Areas of one year that have more than this share of the smaller in common would count people twice.
_COMMON = 0.01
_AT_ONCE = 5_000


@dataclass(slots=True)
class Options:
    """How to take a file in; `year` and `source` hold where the file has no column for them."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    year: int | None = None
    source: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    code: str
    year: int
    people: float
    source: str
    shape: Any


def import_population(path: Path, options: Options, *, rejects: Rejects) -> Report:
    """Take a file in; what it did.

    Raises
    ------
    ImportRefused : the file cannot be read, has no column of people, or nothing says the year
    NoEditionInForce : rows name grids, and no edition of them is in force
    """
    begun, report = time.monotonic(), Report("population", dry_run=options.dry_run)
    source = open_source(path, layer=options.layer, encoding=options.encoding)
    columns = Columns(source.columns, FIELDS, named=options.named, vocabulary=_VOCABULARY)
    wanted = [n for n, given in (("people", None), ("year", options.year)) if n not in columns and given is None]
    if not source.has_geometry and "code" not in columns:
        wanted.append("code")
    if wanted:
        raise ImportRefused(
            f"{path.name} has no column for {', '.join(wanted)}.",
            hint=f"Its columns: {', '.join(source.columns)}. Name it: --map {wanted[0]}=COLUMN"
            + (", or --year for the whole file." if "year" in wanted else "."),
        )
    report.notices += columns.lines()
    door = open_door(source, columns, crs=options.crs) if source.has_geometry else None
    with transaction.atomic():
        run.row("cells", "lock_v1", [_LOCK])
        known = _Known() if door is None else None
        rows: list[_Row] = []
        for chunk in source.chunks():
            report.read += len(chunk)
            rows += _read(chunk, columns, door, known, options, rejects)
        for number, what in source.broken:
            report.read += 1
            rejects.add(number, "", "The row cannot be cut into columns.", found=what)
        _write(_apart(rows, rejects), report)
        transaction.set_rollback(options.dry_run)
    report.rejected, report.seconds = rejects.count, time.monotonic() - begun
    return report


class _Known:
    """The shapes of grids and cells in force, by code."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[type, int]] = {}
        for model, name in ((CellVersion, "cell"), (GridVersion, "grid")):
            for pk, code in model.objects.current().values_list("pk", f"{name}__code"):
                self._of[code] = (model, pk)

    def shapes(self, codes: Sequence[str]) -> dict[str, Any]:
        """Those of some codes; what is not known is left out."""
        found = {}
        for model, name in ((CellVersion, "cell"), (GridVersion, "grid")):
            keys = [self._of[c][1] for c in set(codes) if c in self._of and self._of[c][0] is model]
            rows = model.objects.filter(pk__in=keys).values_list(f"{name}__code", "shape")
            found |= {code: convert.to_shapely(shape) for code, shape in rows}
        return found


def _read(
    chunk: Chunk, columns: Columns, door: Door | None, known: _Known | None, options: Options, rejects: Rejects
) -> list[_Row]:
    codes, words = columns.text(chunk, "code"), columns.text(chunk, "source", longest=120)
    people, texts = columns.number(chunk, "people"), columns.text(chunk, "people")
    years, year_texts = columns.number(chunk, "year"), columns.text(chunk, "year")
    shapes, fault = door.shapes(chunk) if door else (np.full(len(chunk), None, dtype=object), np.zeros(len(chunk)))
    if door:
        require_home(shapely.get_coordinates(shapely.centroid(shapes[~shapely.is_missing(shapes)])))
    by_code = known.shapes([str(c) for c in codes]) if known else {}
    out = []
    for k, number in enumerate(chunk.row_numbers.tolist()):
        code = str(codes[k]) or (f"{options.source or 'area'} {number}"[:60] if door else "")
        year = float(options.year) if options.year and not year_texts[k] else float(years[k])
        shape = shapes[k] if door else by_code.get(code)
        reason, found = "", ""
        if not code:
            reason = "The row names no area."
        elif len(code) > 60:
            reason, found = "The code is longer than 60 characters.", code[:40]
        elif fault[k]:
            reason = " ".join(reference.words(int(fault[k])))
        elif not np.isfinite(people[k]) or people[k] < 0:
            reason, found = "The people are no number of 0 or more.", str(texts[k])
        elif not np.isfinite(year) or year != int(year) or not EARLIEST <= year <= LATEST:
            reason, found = f"The year is none from {EARLIEST} to {LATEST}.", str(year_texts[k])
        elif shape is None or shapely.is_empty(shape):
            reason = "The row has no shape." if door else "There is no grid or cell of this code in force."
            found = code
        else:
            shape = _area(shape)
            reason = "" if shape is not None else "The shape is not an area."
        if reason:
            rejects.add(number, code, reason, found=found)
            continue
        out.append(_Row(number, code, int(year), float(people[k]), str(words[k]) or options.source, shape))
    return out


def _area(shape: Any) -> Any:
    """A sound multipolygon; None where nothing of it is an area."""
    parts = shapely.get_parts(shape if shape.is_valid else shapely.make_valid(shape, method="structure"))
    areas = [p for p in parts if p.geom_type == "Polygon" and p.area > 0]
    return shapely.multipolygons(areas) if areas else None


def _apart(rows: list[_Row], rejects: Rejects) -> list[_Row]:
    """The rows whose areas lie apart from those before them and from those kept of the same year; no code twice."""
    kept: list[_Row] = []
    taken: set[tuple[int, str]] = set()
    for row in rows:
        if (row.year, row.code) in taken:
            rejects.add(row.number, row.code, "The same code and year stand in the file before.")
            continue
        taken.add((row.year, row.code))
        kept.append(row)
    out = []
    for year in sorted({row.year for row in kept}):
        mine = [row for row in kept if row.year == year]
        there = Population.objects.filter(year=year).exclude(code__in=[row.code for row in mine])
        others = [(code, convert.to_shapely(shape)) for code, shape in there.values_list("code", "shape")]
        shapes = np.array([shape for _, shape in others] + [row.shape for row in mine], dtype=object)
        names = [code for code, _ in others] + [row.code for row in mine]
        area = shapely.area(shapes)
        refused: set[int] = set()
        left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        pairs = (left > right) & (left >= len(others))
        left, right = left[pairs], right[pairs]
        common = shapely.area(shapely.intersection(shapes[left], shapes[right]))
        for a, b in sorted(
            zip(*(x[common > _COMMON * np.minimum(area[left], area[right])] for x in (left, right)), strict=True)
        ):
            if int(a) in refused or int(b) in refused:
                continue
            refused.add(int(a))
            row = mine[int(a) - len(others)]
            rejects.add(row.number, row.code, "Its area lies over another one of the same year.", found=names[int(b)])
        out += [row for k, row in enumerate(mine) if k + len(others) not in refused]
    return out


def _write(rows: list[_Row], report: Report) -> None:
    years = {row.year for row in rows}
    old = {(p.year, p.code): p for p in Population.objects.filter(year__in=years)}
    new, changed = [], []
    for row in rows:
        shape = convert.to_geos(row.shape)
        known = old.get((row.year, row.code))
        if known is None:
            new.append(Population(code=row.code, year=row.year, people=row.people, source=row.source, shape=shape))
        elif (known.people, known.source) != (row.people, row.source) or not known.shape.equals(shape):
            known.people, known.source, known.shape = row.people, row.source, shape
            changed.append(known)
        else:
            report.unchanged += 1
    Population.objects.bulk_create(new, batch_size=_AT_ONCE)
    Population.objects.bulk_update(changed, ["people", "source", "shape"], batch_size=_AT_ONCE)
    report.added, report.changed = len(new), len(changed)
    report.facts["people"] = round(sum(row.people for row in rows))
    report.facts["years"] = sorted(years)
