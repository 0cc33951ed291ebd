"""The demo officers' tracks of the last two weeks, taken in like any other: on foot along the streets of their cells.

Some cells are never walked, some are left out on a day, on weekends some officers rest, so that rates and gaps have
something to show; one officer sends a track of another day once more.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from cases.demo.staff import PREFIX
from cases.patrols.comparing import compare_tracks
from cases.patrols.days import edition_of, microseconds, midnight
from cases.patrols.ground import ground_and_streets, limits
from cases.patrols.taking import Taken, device_of, take
from cells.demo.plan import stream
from cells.models import CellVersion, Posting, Role
from spatial import crs as reference
from spatial.partition import Floats
from spatial.tracks import POINT, Points, Streets

DAYS = 14
EVERY_S = 40.0
SPEED_MPS = 1.3
_NOISE_M = 3.0
_LONGEST_S = 4 * 3600.0
_ROW_M = 120.0
NEVER_WALKED, LEFT_OUT, RESTS = 0.03, 0.04, 0.35


def make_patrols(*, seed: int, today: dt.date, now: dt.datetime | None = None) -> Taken:
    """Tracks of the days before `today`, and of today until `now` if it is given, for each demo officer posted."""
    rng, rng_today = stream(seed, "patrols"), stream(seed, "patrols today")
    before = [today - dt.timedelta(days=back) for back in range(DAYS, 0, -1)]
    edition = edition_of(today)
    ground, streets = ground_and_streets(edition, limits().side_m)
    index = {int(cell): k for k, cell in enumerate(ground.cell_ids)}
    cells = CellVersion.objects.of_edition(edition).filter(grid__isnull=False)
    of_grid: dict[int, list[tuple[int, float, float]]] = {}
    for cell, grid, shape in cells.order_by("cell__code").values_list("cell", "grid", "shape"):
        of_grid.setdefault(grid, []).append((index[cell], *shape.centroid.coords))
    postings = Posting.objects.filter(
        person__user__username__startswith=f"{PREFIX}{Role.OFFICER}-", person__role=Role.OFFICER
    )
    beats: dict[int, list[tuple[int, float, float]]] = {}
    for person, grid in postings.order_by("person", "grid__code").values_list("person", "grid"):
        beats.setdefault(person, []).extend(of_grid.get(grid, []))
    out: list[Points] = []
    so_far: list[Points] = []
    for person, beat in beats.items():
        walked = [cell for cell in _in_rows(beat) if rng.random() >= NEVER_WALKED]
        ways = [_way(cell, streets) for cell in walked]
        out += _days(person, ways, before, rng)
        if now is not None:
            so_far += [of[of["at"] < microseconds(now)] for of in _days(person, ways, [today], rng_today)]
    if len(out) > DAYS:
        out.append(_once_more(out[0], today))
    out += so_far
    done = take(np.concatenate(out)) if out else Taken()
    compare_tracks()
    return done


def _in_rows(beat: list[tuple[int, float, float]]) -> list[tuple[int, float, float]]:
    """Row by row, there and back."""
    rows = [round(y / _ROW_M) for _, _, y in beat]
    return [
        cell for row, cell in sorted(zip(rows, beat, strict=True), key=lambda rc: (-rc[0], rc[1][1] * (-1) ** rc[0]))
    ]


def _way(cell: tuple[int, float, float], streets: Streets) -> Floats:
    """The corners of a walk through a cell: its middle, and every other sample of its streets."""
    begin, end = streets.start[cell[0]], streets.start[cell[0] + 1]
    return np.vstack([streets.xy[begin:end:2], [[cell[1], cell[2]]]])


def _days(person: int, ways: list[Floats], days: list[dt.date], rng: np.random.Generator) -> list[Points]:
    if not ways:
        return []
    device, out = device_of(f"demo-{person}", reference.WGS84), []
    for day in days:
        kept = rng.random(len(ways)) >= LEFT_OUT
        if (day.weekday() >= 5 and rng.random() < RESTS) or not kept.any():
            continue
        way = np.vstack([w for w, is_kept in zip(ways, kept, strict=True) if is_kept])
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))])
        seconds = np.arange(0.0, min(along[-1] / SPEED_MPS, _LONGEST_S) + 1.0, EVERY_S)
        begin = microseconds(midnight(day)) + int(rng.integers(8 * 3600, 9 * 3600)) * 1_000_000
        points = np.empty(len(seconds), POINT)
        points["person"], points["device"] = person, device
        points["at"] = begin + (seconds * 1e6).astype(np.int64)
        for k, name in enumerate(("x", "y")):
            at = np.interp(seconds * SPEED_MPS, along, way[:, k])
            points[name] = np.round(at + rng.normal(0.0, _NOISE_M, len(at)), 3)
        points["accuracy"] = np.round(rng.gamma(4.0, 1.6, len(seconds)), 1)
        out.append(points)
    return out


def _once_more(points: Points, today: dt.date) -> Points:
    """A track sent again as one of yesterday evening."""
    copy = points.copy()
    copy["at"] += microseconds(midnight(today - dt.timedelta(days=1))) + 17 * 3600 * 1_000_000 - int(copy["at"][0])
    return copy
