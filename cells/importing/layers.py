"""Base layers and the gazetteer: streets, water, green, buildings, places, from a file of any length.

A feature is known again by its label, or, where the file has none that would last, by a print of its shape and name:
the same file twice changes nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from tqdm import tqdm

from cells.importing import staging
from cells.importing.areas import names_of
from cells.importing.columns import Columns, ValueMap, words
from cells.importing.door import Door, open_door, require_home
from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, open_source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.models import Place, Street
from spatial import crs as reference
from spatial.postgis import run
from spatial.postgis.convert import to_hex_ewkb

FIELDS: dict[str, tuple[str, ...]] = {
    "streets": ("label", "name", "name_zh", "name_en", "class", "width_m"),
    "water": ("label", "name", "name_zh", "name_en", "kind", "width_m"),
    "green": ("label", "name", "name_zh", "name_en", "kind"),
    "buildings": ("label", "name", "name_zh", "name_en", "kind", "floors"),
    "places": ("label", "name", "name_zh", "name_en", "kind", "category", "address", "lon", "lat"),
}
KINDS = tuple(FIELDS)
_VOCABULARY = {"label": "stable_label", "class": "street_class"}
_LONGEST = {"kind": 20, "category": 40, "address": 200}
_USUAL_STREET = str(Street.StreetClass.LOCAL.value)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    kind: str
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    label_prefix: str = ""
    default: str = ""  # the class of streets, the kind of places, where the file says nothing known
    dry_run: bool = False
    show: bool = False


def import_layer(path: Path, options: Options, *, rejects: Rejects) -> Report:
    """Take a file's features into a base layer or the gazetteer, in one transaction; the report.

    Raises
    ------
    ImportRefused : the file cannot be used as it is; nothing was changed
    """
    begun = time.perf_counter()
    report = Report(options.kind, dry_run=options.dry_run)
    source = open_source(path, layer=options.layer, encoding=options.encoding)
    points = options.kind == "places"
    fields = FIELDS[options.kind]
    columns = Columns(source.columns, fields, named=options.named, vocabulary=_VOCABULARY, prefer=options.crs or "")
    door = open_door(source, columns, crs=options.crs, points=points)
    values = _Values(options, columns)
    with transaction.atomic():
        staging.begin("cells", "stage_features_v1")
        with tqdm(total=source.rows, desc=path.name, unit=" rows", unit_scale=True, disable=not options.show) as bar:
            for chunk in source.chunks():
                if report.read == 0:
                    _require_home(door, chunk, points)
                    columns.require_unique(chunk, "label")
                    report.notices[:0] = columns.lines()
                report.read += len(chunk)
                _stage(chunk, door, columns, values, options, rejects)
                bar.update(len(chunk))
        for row, what in source.broken:
            rejects.add(row, "", "The row cannot be cut into columns.", found=what)
        staging.analyze("import_feature")
        counts = run.row("cells", f"import_{options.kind}_v1")
        assert counts is not None
        report.added, report.changed, in_all = counts
        report.unchanged = in_all - report.added - report.changed
        if points:
            run.execute("cells", "compose_place_words_v1")
        transaction.set_rollback(options.dry_run)
    report.rejected = rejects.count
    report.notices += values.lines()
    report.seconds = time.perf_counter() - begun
    return report


def _require_home(door: Door, chunk: Chunk, points: bool) -> None:
    if points:
        require_home(door.points(chunk)[0])
        return
    shapes, _ = door.shapes(chunk)
    require_home(shapely.get_coordinates(shapely.centroid(shapes[~shapely.is_missing(shapes)])))


class _Values:
    """What the words in the file's columns mean."""

    def __init__(self, options: Options, columns: Columns) -> None:
        self.kind = options.kind
        known: dict[str, Any] = {"streets": words()["street_class"], "places": words()["place_kind"]}.get(self.kind, {})
        self.field = {"streets": "class", "places": "kind"}.get(self.kind, "")
        self._map = ValueMap(known, options.meanings.get(self.field, {})) if self.field else None
        self._columns = columns
        usual = {"streets": _USUAL_STREET, "places": Place.Kind.POI.value}.get(self.kind, "")
        self.default = usual
        if options.default:
            assert self._map is not None
            self.default = str(self._map(np.array([options.default], dtype=object))[0])
            if not self.default:
                raise ImportRefused(f"“{options.default}” is not known.", hint=f"One of: {', '.join(known)}.")

    def of(self, chunk: Chunk) -> np.ndarray:
        """(n,) class or kind of each row."""
        assert self._map is not None
        found = self._map(self._columns.text(chunk, self.field))
        return np.where(found == "", self.default, found)

    def lines(self) -> list[str]:
        """The words nobody knows."""
        if self._map is None or not self._map.unknown:
            return []
        return [*self._map.lines(self.field), f"They are taken as “{self.default}”."]


def _stage(chunk: Chunk, door: Door, columns: Columns, values: _Values, options: Options, rejects: Rejects) -> None:
    rows = chunk.row_numbers
    labels = columns.text(chunk, "label", longest=100)
    if options.kind == "places":
        metres, fault, given = door.points(chunk)
        fault[np.isnan(given).any(axis=1)] = 0  # no place at all is no bad place
        shapes = np.full(len(chunk), None, dtype=object)
        here = np.isfinite(metres).all(axis=1)
        shapes[here] = shapely.points(metres[here])
    else:
        shapes, fault = door.shapes(chunk)
    for kind in np.unique(fault[fault != 0]):
        rejects.add_many(rows, labels, fault == kind, " ".join(reference.words(int(kind))))
    shapes[fault != 0] = None
    index, part, pieces, reasons = _fit(shapes, options.kind, columns.number(chunk, "width_m"))
    for reason in sorted({r for r in reasons if r}):
        which = np.array([r == reason for r in reasons]) & (fault == 0)
        rejects.add_many(rows, labels, which, reason)
    name, zh, en = (columns.text(chunk, f, longest=120) for f in ("name", "name_zh", "name_en"))
    address = columns.text(chunk, "address", longest=200)
    if options.kind == "places":
        nameless = np.array([not (a or b or c or d) for a, b, c, d in zip(name, zh, en, address, strict=True)])
        kept = ~nameless[index]
        rejects.add_many(rows, labels, nameless & ~shapely.is_missing(shapes), "Neither name nor address is given.")
        index, part, pieces = index[kept], part[kept], pieces[kept]
    if not len(index):
        return
    named = [names_of(*row) for row in zip(name, zh, en, strict=True)]
    has_name = any(f in columns for f in ("name", "name_zh", "name_en"))
    printed = (labels == "")[index]
    label = [
        _print(pieces[k], *named[i]) if printed[k] else options.label_prefix + labels[i]
        for k, i in enumerate(index.tolist())
    ]
    add = {
        "row": rows[index],
        "part": np.where(printed, 1, part),
        "label": np.array(label, dtype=object),
        "printed": printed,
        "name_zh": np.array([named[i][0] if has_name else None for i in index], dtype=object),
        "name_en": np.array([named[i][1] if has_name else None for i in index], dtype=object),
        "shape": to_hex_ewkb(pieces),
    }
    if options.kind == "streets":
        add |= {"street_class": values.of(chunk)[index].astype(int), "width_m": columns.number(chunk, "width_m")[index]}
    if options.kind == "places":
        add["kind"] = values.of(chunk)[index]
    for f in ("kind", "category", "address"):
        if f in columns and f not in add and f in FIELDS[options.kind]:
            add[f] = columns.text(chunk, f, longest=_LONGEST[f])[index]
    if options.kind == "buildings" and "floors" in columns:
        floors = columns.number(chunk, "floors")[index]
        add["floors"] = np.where((floors >= 0) & (floors < 1000), np.rint(floors), np.nan)
        add["floors"] = np.array([None if v != v else int(v) for v in add["floors"]], dtype=object)
    staging.add("import_feature", add)


def _print(shape: Any, *names: str) -> str:
    """A label for a feature without one: the same for the same shape and name."""
    mark = hashlib.blake2b(shapely.to_wkb(shapely.normalize(shape)), digest_size=12)
    mark.update("|".join(names).encode())
    return f"~{mark.hexdigest()}"


def _fit(shapes: np.ndarray, kind: str, width_m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """The pieces that the layer can hold: (row index, number of the part, piece), and why a row gives none."""
    reasons = [""] * len(shapes)
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    for k in np.flatnonzero(missing):
        reasons[k] = "The row has no shape." if kind != "places" else "The row has no place."
    index, part, pieces = [], [], []
    for k in np.flatnonzero(~missing).tolist():
        found = _FITTING[kind](shapes[k], float(width_m[k]))
        if isinstance(found, str):
            reasons[k] = found
            continue
        for n, piece in enumerate(found, start=1):
            index.append(k)
            part.append(n)
            pieces.append(piece)
    out = np.empty(len(pieces), dtype=object)
    out[:] = pieces
    return np.array(index, dtype=np.int64), np.array(part, dtype=np.int64), out, reasons


def _lines(shape: Any, width_m: float) -> list[Any] | str:
    lines = [p for p in shapely.get_parts(shape) if p.geom_type in ("LineString", "LinearRing") and p.length > 0]
    return lines or f"The shape is a {shape.geom_type}, not a line."


def _areas(shape: Any, width_m: float) -> list[Any] | str:
    if "Line" in shape.geom_type:
        if not width_m > 0:
            return "The shape is a line, and no width is known: name its column with --map width_m=COLUMN."
        shape = shapely.buffer(shape, width_m / 2, cap_style="flat")
    if not shapely.is_valid(shape):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    shape = shapely.set_precision(shape, 1e-3)
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 0]
    return [shapely.multipolygons(parts)] if parts else f"The shape is a {shape.geom_type}, not an area."


def _points(shape: Any, width_m: float) -> list[Any] | str:
    return [shape]


_FITTING = {"streets": _lines, "water": _areas, "green": _areas, "buildings": _areas, "places": _points}
