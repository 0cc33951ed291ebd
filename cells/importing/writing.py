"""The ladder into the database: what is new or different begins with the draft, the rest is left alone.

Names and attributes are corrected in place; shape and belonging make another version, since a draft that is opened for
it. Cells of a community whose shape changed end with the draft: divide it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from cells import editions
from cells.division.tiling import retire
from cells.importing.areas import ATTRIBUTES
from cells.importing.ladder import FILLED, LEVELS, Area, Ladder, identical, same_shape
from cells.models import Edition, Grid, GridVersion, Level
from spatial.partition import double_areas_mm2
from spatial.postgis import convert

_BATCH = 2000
_DATES = ("initial_date", "end_date")


@dataclass(slots=True)
class Outcome:
    """What was written of the level imported; `edition` is the draft's number, None if none was needed."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    edition: int | None = None
    notices: list[str] = field(default_factory=list)


def write(ladder: Ladder, level: str) -> Outcome:
    """Write what differs from what is stored; the counts are of the level imported, whole city otherwise in notices."""
    everything = [area for slug in LEVELS for area in ladder.areas[slug]]
    new = [a for a in everything if a.grid_id is None]
    reshaped = [a for a in everything if a.grid_id is not None and _moved(a)]
    counted = {id(a) for a in reshaped}
    if new or reshaped:
        # Where one border moves, its neighbours get its vertices; areas with cells get them when they are divided.
        shifted = [a for a in everything if a.stored is not None and id(a) not in counted and a.new_identity]
        reshaped += [a for a in shifted if not identical(a.stored["shape"], a.shape)]
    recoded = [a for a in everything if a.stored is not None and a.stored["code"] != a.code]
    renamed = [a for a in everything if a.grid_id is not None and a not in reshaped and _renamed(a)]
    outcome = Outcome()
    touched = counted | {id(a) for a in (*recoded, *renamed)}
    of_level = ladder.areas[level]
    outcome.added = sum(a.grid_id is None for a in of_level)
    outcome.changed = sum(id(a) in touched for a in of_level)
    outcome.unchanged = len(of_level) - outcome.added - outcome.changed
    _correct(renamed)
    if not (new or reshaped or recoded or ladder.dropped):
        return outcome
    draft = editions.open_draft()
    outcome.edition = draft.number
    cells_ended = [a.grid_id for a in reshaped if a.level == Level.COMMUNITY and not _same_ground(a)]
    cells_ended += [a.grid_id for a in ladder.dropped if a.level == Level.COMMUNITY]
    retire(draft, [pk for pk in cells_ended if pk is not None])
    _end([*reshaped, *ladder.dropped], draft)
    # Their codes may be given again, as nobody outside the draft ever saw them.
    Grid.objects.filter(pk__in=[a.grid_id for a in ladder.dropped], versions=None).delete()
    _recode(recoded)
    for slug in LEVELS:
        fresh = [a for a in new if a.level == slug]
        grids = Grid.objects.bulk_create([Grid(level_id=slug, code=a.code) for a in fresh], batch_size=_BATCH)
        for area, grid in zip(fresh, grids, strict=True):
            area.grid_id = grid.pk
    _begin([*new, *reshaped], draft)
    made = [a for a in new if a.level != level]
    if made:
        counts = {slug: sum(a.level == slug for a in made) for slug in LEVELS}
        listed = ", ".join(f"{n} {slug}" for slug, n in counts.items() if n)
        outcome.notices.append(f"Made above them, so that the ladder is whole: {listed}.")
    return outcome


def _same_ground(area: Area) -> bool:
    return area.stored is not None and same_shape(area.stored["shape"], area.shape)


def _moved(area: Area) -> bool:
    """Whether an area has another shape or parent than is stored."""
    assert area.stored is not None
    parent = area.parent.grid_id if area.parent is not None else None
    return area.stored["parent_id"] != parent or not _same_ground(area)


def _texts(area: Area) -> dict[str, Any]:
    """The columns that are corrected in place."""
    values: dict[str, Any] = {a: area.attributes.get(a) for a in ATTRIBUTES}
    values = {a: v if a in _DATES else (v or "") for a, v in values.items()}
    if area.filled:
        values["note"] = FILLED
    return values | {"source_label": area.label, "name_zh": area.name_zh, "name_en": area.name_en}


def _renamed(area: Area) -> bool:
    assert area.stored is not None
    before = {**area.stored, "source_label": area.stored["label"]}
    return any(str(before[k] or "") != str(v or "") for k, v in _texts(area).items())


def _correct(areas: list[Area]) -> None:
    rows = [GridVersion(pk=a.version_id, **_texts(a)) for a in areas]
    if rows:
        GridVersion.objects.bulk_update(rows, list(_texts(areas[0])), batch_size=_BATCH)


def _end(areas: list[Area], draft: Edition) -> None:
    GridVersion.objects.filter(pk__in=[a.version_id for a in areas if a.in_draft]).delete()
    GridVersion.objects.filter(pk__in=[a.version_id for a in areas if not a.in_draft]).update(until=draft)


def _recode(areas: list[Area]) -> None:
    """Give grids that no published edition knows their new codes; by a detour, as codes may change places."""
    for area in areas:
        Grid.objects.filter(pk=area.grid_id).update(code=f"~{area.grid_id}")
    Grid.objects.bulk_update([Grid(pk=a.grid_id, code=a.code) for a in areas], ["code"], batch_size=_BATCH)


def _begin(areas: list[Area], draft: Edition) -> None:
    today = timezone.localdate()
    rows = []
    for area in areas:
        texts = _texts(area)
        texts["initial_date"] = texts["initial_date"] or today
        rows.append(
            GridVersion(
                grid_id=area.grid_id,
                since=draft,
                parent_id=area.parent.grid_id if area.parent is not None else None,
                shape=convert.to_geos(area.shape),
                area_m2=float(double_areas_mm2([area.shape])[0] / 2e6),
                **texts,
            )
        )
    GridVersion.objects.bulk_create(rows, batch_size=_BATCH)
