"""Components from a file of any length: class and place known, code its own or given, snapped to the cell.

A component is known again by its code or, within its class, by its label (a print of its place where the file has no
label that would last): the same file twice changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction
from tqdm import tqdm

from cells import routing
from cells.codes import COMPONENT_DIGITS
from cells.editions import hold_in_force, resnap_components
from cells.importing import staging
from cells.importing.classes import ClassFinder
from cells.importing.columns import Columns, ValueMap, words
from cells.importing.door import Door, open_door, require_home
from cells.importing.errors import ImportRefused
from cells.importing.reading import Chunk, open_source
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.importing.times import Times
from cells.models import CatalogueClass, Component, Edition, Grid, Level, NoEditionInForce
from spatial import crs as reference
from spatial.postgis import run

DEPARTMENTS = ("competent_department", "owner_department", "maintainer_department")
_DATES = ("surveyed_on", "changed_on")
FIELDS = ("label", "code", "name", "class", "state", *DEPARTMENTS, "accuracy_class", *_DATES, "note", "lon", "lat")
_SERIALS = 10 ** COMPONENT_DIGITS[-1] - 1
_LOCK = 0x636F6D70  # two imports at once would give the same serials


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. `of_class` is the class of all rows, by code or name."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    of_class: str = ""
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    label_prefix: str = ""
    dry_run: bool = False
    show: bool = False


def import_components(path: Path, options: Options, *, rejects: Rejects) -> Report:
    """Take a file's components in, in one transaction; the report.

    Raises
    ------
    ImportRefused : the file cannot be used, no class is known, there is no district, or serials run out
    """
    begun = time.perf_counter()
    report = Report("components", dry_run=options.dry_run)
    source = open_source(path, layer=options.layer, encoding=options.encoding)
    columns = Columns(
        source.columns, FIELDS, named=options.named, vocabulary={"label": "stable_label"}, prefer=options.crs or ""
    )
    if options.of_class:
        columns.drop("class")
    door = open_door(source, columns, crs=options.crs, points=True)
    intake = _Intake(door, columns, options, rejects)
    with transaction.atomic():
        run.row("cells", "lock_v1", [_LOCK])
        staging.begin("cells", "stage_components_v1")
        with tqdm(total=source.rows, desc=path.name, unit=" rows", unit_scale=True, disable=not options.show) as bar:
            for chunk in source.chunks():
                if report.read == 0:
                    columns.require_unique(chunk, "label")
                    intake.first(chunk, report)
                report.read += len(chunk)
                intake.take(chunk)
                bar.update(len(chunk))
        for row, what in source.broken:
            rejects.add(row, "", "The row cannot be cut into columns.", found=what)
        staging.analyze("import_component")
        run.execute("cells", "match_components_v1", {"srid": settings.CITY_SRID})
        staging.analyze("import_component_matched")
        for head, wanted, last in run.rows("cells", "component_serials_v1"):
            if wanted + last > _SERIALS:
                raise ImportRefused(
                    f"{wanted} components more behind {head} do not fit six digits: {last} are given already.",
                    hint="Divide the district, or give them codes of their own (--map code=COLUMN).",
                )
        hold_in_force()
        counts = run.row("cells", "import_components_v1", {"edition": intake.edition_id})
        assert counts is not None
        report.added, report.changed, in_all = counts
        report.unchanged = in_all - report.added - report.changed
        intake.catch_up()
        transaction.set_rollback(options.dry_run)
    report.rejected = rejects.count
    report.notices += intake.lines()
    report.seconds = time.perf_counter() - begun
    return report


class _Intake:
    """One import under way: chunks are checked, given class, code and cell, and staged."""

    def __init__(self, door: Door, columns: Columns, options: Options, rejects: Rejects) -> None:
        self._door, self._columns, self._options, self._rejects = door, columns, options, rejects
        classes = CatalogueClass.objects.in_use().components().minors()
        self._classes = ClassFinder(classes, options.meanings.get("class", {}))
        if options.of_class and not self._classes.one(options.of_class):
            raise ImportRefused(
                f"“{options.of_class}” is no class of components.",
                hint=f"Classes: {self._classes.listed(options.of_class)}.",
            )
        if not options.of_class and "class" not in columns:
            raise ImportRefused(
                "It is not known what these components are.",
                hint=f"Name their class (--class 0104) or its column (--map class=COLUMN). Classes: "
                f"{self._classes.listed()}.",
            )
        self._states = ValueMap(words()["state"], options.meanings.get("state", {}))
        self._dates = {f: Times(settings.TIME_ZONE) for f in _DATES}
        try:
            self._ground: routing.Ground | None = routing.ground()
            self.edition_id = Edition.objects.in_force().pk
        except NoEditionInForce:
            self._ground, self.edition_id = None, None
        district = Grid.objects.filter(level=Level.DISTRICT).order_by("code").first()
        if district is None:
            raise ImportRefused(
                "There is no district yet, and a component's code begins with its district's.",
                hint="Import the areas first: import_grids FILE --level community.",
            )
        self._district = district.code
        self._outside = 0
        self._foreign_codes = 0

    def catch_up(self) -> None:
        """Give the components on ground that editions changed since their cells were looked up the cells of now."""
        if self.edition_id is not None:
            looked_up = Edition.objects.get(pk=self.edition_id).number
            for edition in Edition.objects.published().filter(number__gt=looked_up):
                resnap_components(edition)

    def first(self, chunk: Chunk, report: Report) -> None:
        """Look at the first rows: do they lie in this part of the world, and in the CRS they are named by?"""
        metres, _, given = self._door.points(chunk)
        require_home(metres)
        report.notices += self._columns.lines()
        if self._ground is not None:
            report.notices += self._door.judge(given, lambda xy: self._ground.locator.locate_many(xy) >= 0)

    def take(self, chunk: Chunk) -> None:
        """Stage a chunk's good rows."""
        columns, rejects, rows = self._columns, self._rejects, chunk.row_numbers
        label, code = columns.text(chunk, "label", longest=100), columns.text(chunk, "code", longest=20)
        metres, fault, given = self._door.points(chunk)
        missing = ~np.isfinite(given).all(axis=1)
        rejects.add_many(rows, label, missing, "The row has no place.")
        for kind in np.unique(fault[(fault != 0) & ~missing]):
            which = (fault == kind) & ~missing
            found = [f"{x:.9g}, {y:.9g}" for x, y in given[which]]
            rejects.add_many(rows, label, which, " ".join(reference.words(int(kind))), found)
        good = fault == 0
        class_ids, class_codes = self._class_of(chunk)
        unknown = good & (class_ids < 0)
        said = columns.text(chunk, "class")
        rejects.add_many(rows, label, unknown, "The class is not known.", said[unknown])
        good &= ~unknown
        if not good.any():
            return
        cell, district = self._cells(metres)
        self._outside += int(np.count_nonzero(good & (cell < 0)))
        head = np.array([d + c for d, c in zip(district, class_codes, strict=True)], dtype=object)
        digits = sum(COMPONENT_DIGITS)
        fits = np.array([len(c) == digits and c.isdigit() for c in code])
        self._foreign_codes += int(np.count_nonzero(good & ~fits & (code != "")))
        label = np.where(label == "", np.where(fits, "", code), label)
        printed = np.array([f"~{x:.3f} {y:.3f}" for x, y in metres], dtype=object)
        label = np.where((label == "") & ~fits, printed, label)
        add = {
            "row": rows,
            "label": np.array([self._options.label_prefix + v for v in label], dtype=object),
            "code": np.where(fits, code, ""),
            "head": head,
            "class_id": class_ids,
            "x": metres[:, 0],
            "y": metres[:, 1],
            "cell_id": np.array([None if c < 0 else c for c in cell.tolist()], dtype=object),
        }
        for f in ("name", *DEPARTMENTS):
            if f in columns:
                add[f] = columns.text(chunk, f, longest=120)
        if "note" in columns:
            add["note"] = columns.text(chunk, "note")
        if "state" in columns:
            state = self._states(columns.text(chunk, "state"))
            add["state"] = np.array([v or None for v in state], dtype=object)
        if "accuracy_class" in columns:
            accuracy = [v.upper() for v in columns.text(chunk, "accuracy_class")]
            add["accuracy_class"] = np.array([v if v in Component.Accuracy else None for v in accuracy], dtype=object)
        for f in _DATES:
            if f in columns:
                add[f] = self._dates[f].dates(columns.text(chunk, f))
        staging.add("import_component", {name: values[good] for name, values in add.items()})

    def _class_of(self, chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
        if self._options.of_class:
            found = self._classes.one(self._options.of_class)
            assert found is not None
            return np.full(len(chunk), found.pk), np.full(len(chunk), found.code, dtype=object)
        return self._classes.find(self._columns.text(chunk, "class"))

    def _cells(self, metres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) ids of the owning cells, -1 where none, and (n,) codes of the districts (of the nearest, outside)."""
        ground = self._ground
        if ground is None or not len(ground.locator):
            return np.full(len(metres), -1), np.full(len(metres), self._district, dtype=object)
        index = ground.locator.locate_many(metres)
        cell = np.where(index >= 0, ground.cell_ids[np.maximum(index, 0)], -1)
        near = index.copy()
        out = (index < 0) & np.isfinite(metres).all(axis=1)
        near[out] = ground.locator.nearest_many(metres[out])[0]
        return cell, ground.codes(Level.DISTRICT)[np.maximum(near, 0)]

    def lines(self) -> list[str]:
        """What the reader should know."""
        lines = [*self._states.lines("state"), *self._classes.lines()]
        if self._ground is None:
            lines.append("No edition is in force: the components get their cells when one is published.")
        elif self._outside:
            lines.append(f"{self._outside} components lie outside the city's cells: they are kept without a cell.")
        if self._foreign_codes:
            lines.append(
                f"{self._foreign_codes} codes do not have {sum(COMPONENT_DIGITS)} digits: they are kept as labels, and "
                "codes were given."
            )
        return lines
