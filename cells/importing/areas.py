"""The rows of a file of areas: read, made sound, their labels made unique. `grids` puts them into the ladder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from cells.importing.columns import Columns, words
from cells.importing.door import Door
from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, Source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.importing.times import Times
from spatial import crs as reference
from spatial.partition import as_shapes

ATTRIBUTES = ("land_use", "management_grade", "responsible_party", "initial_date", "end_date", "note")
_DATES = ("initial_date", "end_date")
FIELDS = ("label", "code", "name", "name_zh", "name_en", "parent", *ATTRIBUTES)
# What is left of a shape after repair, of its ground before; less is worth a word.
_NOTABLE_M2 = 0.5


@dataclass(slots=True)
class FileArea:
    """One area of the file; `above` are the labels of the areas it belongs to, by level."""

    row: int
    label: str
    code: str
    name_zh: str
    name_en: str
    shape: Any
    above: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str | None] = field(default_factory=dict)


def guess_label(source: Source, level: str, columns: Columns, sample: Chunk) -> None:
    """Choose the column that names the areas: its values all differ, and it is called like a label or the level."""
    if "label" in columns and "label" not in columns.guessed:
        return
    known = words()["columns"]
    never = words()["never_a_label"]
    usual = [str(w).casefold() for w in (*known["code"], *known["label"], level)]

    def rank(name: str) -> tuple[bool, int]:
        lowered = name.casefold()
        place = next((k for k, w in enumerate(usual) if lowered == w), len(usual))
        if place == len(usual):
            place += next((k for k, w in enumerate(usual) if len(w) > 2 and w in lowered), len(usual))
        return any(w in lowered for w in never), place

    columns.found.pop("label", None)
    for name in sorted(source.columns, key=rank):
        columns.found["label"] = [name]
        values = columns.text(sample, "label")
        if len(np.unique(values.astype(str))) == len(values) and (values != "").all() and not rank(name)[0]:
            columns.guessed.add("label")
            return
    columns.found.pop("label", None)


def read_areas(
    source: Source,
    door: Door,
    columns: Columns,
    rejects: Rejects,
    report: Report,
    *,
    zone: str,
    above: Iterable[str] = (),
    name_pattern: str = "",
) -> list[FileArea]:
    """All areas of a file, sound and on the 1 mm grid; rows of one label and one parent are parts of one area.

    An area without a name is called by its label, or by `name_pattern` with the label in it ("Ward {label}").
    """
    times = {name: Times(zone) for name in _DATES}
    found: list[FileArea] = []
    repaired = 0
    for chunk in source.chunks():
        report.read += len(chunk)
        shapes, fault = door.shapes(chunk)
        text = {f: columns.text(chunk, f, longest=120) for f in (*FIELDS, *above)}
        for name in _DATES:
            text[name] = times[name].dates(text[name]) if name in columns else text[name]
        kept, reasons, lost = _sound(shapes, fault)
        repaired += int(np.count_nonzero(lost > _NOTABLE_M2))
        for k, row in enumerate(chunk.row_numbers.tolist()):
            label = text["label"][k] or text["code"][k] or text["name"][k] or f"row {row}"
            if reasons[k]:
                rejects.add(row, label, reasons[k])
                continue
            if lost[k] > _NOTABLE_M2:
                report.notices.append(f"{label}: its shape was not valid; repaired, {lost[k]:.1f} m² differ.")
            name = text["name"][k] or (name_pattern or "{label}").replace("{label}", label)[:120]
            zh, en = names_of(
                "" if text["name_zh"][k] or text["name_en"][k] else name, text["name_zh"][k], text["name_en"][k]
            )
            attributes = {a: text[a][k] or None for a in ATTRIBUTES if a in columns}
            over = {level: text[level][k] for level in above if level in columns and text[level][k]}
            if text["parent"][k]:
                over["parent"] = text["parent"][k]
            found.append(FileArea(row, label, text["code"][k], zh, en, kept[k], over, attributes))
    report.facts["invalid"] = repaired
    return _joined(found, report)


def names_of(name: str, zh: str, en: str) -> tuple[str, str]:
    """A plain name is Chinese if it has a Chinese character, else English."""
    chinese = any("\u4e00" <= c <= "\u9fff" for c in name)
    return zh or (name if chinese else ""), en or ("" if chinese else name)


def _sound(shapes: np.ndarray, fault: np.ndarray) -> tuple[np.ndarray, list[str], np.ndarray]:
    """(n,) valid multipolygons, the reason each row cannot be one ("" if it can), and the m² that repair changed."""
    reasons = [""] * len(shapes)
    lost = np.zeros(len(shapes))
    for k in np.flatnonzero(fault):
        reasons[k] = " ".join(reference.words(int(fault[k])))
    missing = (shapely.is_missing(shapes) | shapely.is_empty(shapes)) & (fault == 0)
    for k in np.flatnonzero(missing):
        reasons[k] = "The row has no shape."
    usable = (fault == 0) & ~missing
    if not usable.any():
        return shapes, reasons, lost
    before = shapely.area(shapes)
    sound = shapes.copy()
    broken = usable & ~shapely.is_valid(shapes)
    if broken.any():
        sound[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
        lost[broken] = np.abs(shapely.area(sound[broken]) - np.abs(before[broken]))
    for k in np.flatnonzero(usable):
        parts = [p for p in shapely.get_parts(as_shapes(_flat(sound[k]))) if p.geom_type == "Polygon" and p.area > 0]
        if not parts:
            kind = shapes[k].geom_type
            reasons[k] = f"The shape is a {kind}, not an area." if "Polygon" not in kind else "The shape has no area."
            continue
        sound[k] = shapely.multipolygons(parts)
    return sound, reasons, lost


def _flat(shape: Any) -> list[Any]:
    if shape.geom_type == "GeometryCollection":
        return [p for part in shape.geoms for p in _flat(part)]
    return [shape]


def _joined(areas: list[FileArea], report: Report) -> list[FileArea]:
    """Rows of one label and one parent made one area; rows of one label and several parents told apart by parent."""
    groups: dict[tuple[str, ...], list[FileArea]] = defaultdict(list)
    for area in areas:
        groups[(area.label, *area.above.values())].append(area)
    joined = []
    several = {k: g for k, g in groups.items() if len(g) > 1}
    for members in groups.values():
        first = members[0]
        if len(members) > 1:
            first.shape = _multi(shapely.union_all([m.shape for m in members], grid_size=1e-3))
        joined.append(first)
    if several:
        example = next(iter(several))[0]
        report.notices.append(
            f"{sum(map(len, several.values()))} rows share {len(several)} labels (such as “{example}”): each label is "
            "taken as one area of several parts. If they are different areas, name a column whose values differ: "
            "--label-field."
        )
    by_label: dict[str, list[FileArea]] = defaultdict(list)
    for area in joined:
        by_label[area.label].append(area)
    for label, twins in by_label.items():
        for twin in twins if len(twins) > 1 else []:
            twin.label = f"{' / '.join(twin.above.values())} / {label}"[:120]
    return joined


def _multi(shape: Any) -> Any:
    parts = [p for p in shapely.get_parts(as_shapes(_flat(shape))) if p.geom_type == "Polygon"]
    return shapely.multipolygons(parts)


def require_areas(areas: list[FileArea], rejects: Rejects) -> None:
    """Raises ImportRefused if a file gave no area at all."""
    if not areas:
        raise ImportRefused(
            "No area of the file can be used" + (f": {rejects.lines()[0].strip()}" if rejects.count else "."),
            hint="See the rejects file." if rejects.path else "",
        )
