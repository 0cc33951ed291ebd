"""Batches of points come in: late, twice, out of order, several at once; what is kept is always the same.

The record of a person's day is locked first, so days are written one batch after the other. The points that are there
and those that come are put together (`spatial.tracks.kept`); only what is new is written, and only days that changed
are counted anew, in the same transaction: nobody ever reads visits that lag behind their points.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from django.db import transaction

from cases.models import TrackDevice
from cases.patrols.days import bounds, days_of, make_days, microseconds, midnight, oldest_kept
from cases.patrols.deriving import Days, derive
from cells import rules
from spatial import tracks
from spatial.postgis import binary, run
from spatial.tracks import POINT, Ints, Points

COLUMNS = ("person_id", "at", "x", "y", "accuracy_m", "device_id")
MOST_ACCURACY_M = 100_000.0


class Late(IntEnum):
    """Why a point's moment cannot be taken; 0 is none."""

    NONE = 0
    FORGOTTEN = 1  # of a day whose points are not kept any more
    AHEAD = 2  # of a clock that runs ahead
    NO_TIME = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: points given, new ones, and of these the ones before the last that was there; the days
    changed by it, with the visits and flags they have now."""

    points: int = 0
    inserted: int = 0
    duplicates: int = 0
    late: int = 0
    days: int = 0
    visits: int = 0
    flags: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))


def device_of(label: str, crs: str) -> int:
    """The key of a phone and the CRS it names its points in, made where it is new."""
    digest = hashlib.sha256(f"{label}\0{crs}".encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    TrackDevice.objects.bulk_create([TrackDevice(id=key, label=label, crs=crs)], ignore_conflicts=True)
    return key


def moments_at_fault(at_us: Ints, *, at: dt.datetime) -> np.ndarray:
    """(n,) `Late` of each moment (microseconds since 1970; NaT is NO_TIME)."""
    (ahead,) = rules.figures("track_clock_ahead_minutes")
    fault = np.zeros(len(at_us), np.int8)
    fault[at_us < microseconds(midnight(oldest_kept(at)))] = Late.FORGOTTEN
    fault[at_us > microseconds(at + dt.timedelta(minutes=ahead))] = Late.AHEAD
    fault[at_us == np.iinfo(np.int64).min] = Late.NO_TIME
    return fault


def accuracies(values: np.ndarray) -> np.ndarray:
    """(n,) float32 metres, NaN where a phone says nothing that can be."""
    out = np.asarray(values, np.float64).copy()
    out[~((out >= 0) & (out <= MOST_ACCURACY_M))] = np.nan
    return out.astype(np.float32)


@transaction.atomic
def take(points: Points) -> Taken:
    """Take points (`spatial.tracks.POINT`, places on the 1 mm grid, persons and devices that exist) into their days.

    Raises
    ------
    NoEditionInForce : there are no cells yet to visit
    """
    points = np.asarray(points, POINT)
    fresh = points[tracks.kept(points)]
    if not len(fresh):
        return Taken()
    of_day, days = days_of(fresh["at"])
    pairs = np.unique(np.column_stack([fresh["person"], of_day]), axis=0)
    make_days(days[k] for k in np.unique(of_day).tolist())
    wanted = {"persons": pairs[:, 0].tolist(), "days": [days[k] for k in pairs[:, 1].tolist()]}
    run.execute("cases", "open_patrols_v1", wanted)
    # In the order of `pairs`: by person, then day.
    rows = run.rows("cases", "lock_patrols_v1", wanted)
    old = points_of([(row[1], row[2]) for row in rows if row[3]])
    both = np.concatenate([old, fresh])
    left = tracks.kept(both)
    new = both[left[left >= len(old)]]
    done = Taken(points=len(points), inserted=len(new), duplicates=len(points) - len(new))
    if not len(new):
        return done
    gone = np.setdiff1d(np.arange(len(old)), left)
    if len(gone):
        moments = old["at"][gone].astype("datetime64[us]").tolist()
        run.execute(
            "cases", "drop_points_v1",
            {"persons": old["person"][gone].tolist(), "moments": [m.replace(tzinfo=dt.UTC) for m in moments]},
        )  # fmt: skip
    binary.write("cases_trackpoint", COLUMNS, new, times=("at",))
    group = group_of(both[left], pairs, days)
    changed = np.unique(group[left >= len(old)])
    before = np.array([np.iinfo(np.int64).min if row[4] is None else microseconds(row[4]) for row in rows])
    late = int(np.count_nonzero(new["at"] < before[group[left >= len(old)]]))
    number = np.full(len(pairs), -1)
    number[changed] = np.arange(len(changed))
    mine = number[group] >= 0
    some = [rows[k] for k in changed.tolist()]
    visits, flags = derive(
        both[left][mine], number[group[mine]], Days([r[0] for r in some], [r[1] for r in some], [r[2] for r in some])
    )
    return done + Taken(late=late, days=len(changed), visits=visits, flags=flags)


def points_of(days: list[tuple[int, dt.date]]) -> Points:
    """The points of some persons' days as they are stored."""
    if not days:
        return np.empty(0, POINT)
    limits = [bounds(day) for _, day in days]
    asked = {
        "persons": [person for person, _ in days],
        "since": [since for since, _ in limits],
        "until": [until for _, until in limits],
    }
    return binary.read("cases", "points_of_days_v1", asked, dtype=POINT, times=("at",))


def group_of(points: Points, pairs: Ints, days: list[dt.date]) -> Ints:
    """(n,) which of the pairs (person, day; ascending) each point belongs to."""
    begin = np.array([microseconds(midnight(day)) for day in days])
    day = np.searchsorted(begin, points["at"], side="right") - 1
    people, person = np.unique(pairs[:, 0]), np.searchsorted(np.unique(pairs[:, 0]), points["person"])
    key = np.searchsorted(people, pairs[:, 0]) * len(days) + pairs[:, 1]
    return np.searchsorted(key, person * len(days) + day)
