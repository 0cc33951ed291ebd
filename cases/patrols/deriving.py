"""What follows from the points of persons' days: visits, the figures of records, flags. Written anew as a whole.

Flags of two days, copies, are set by `cases.patrols.comparing` from the marks written here.

A function of the set of points (and of the city's rules, cells and streets): whichever batch came last, and however
often, the same rows stand there. The caller holds the records' locks.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cases.models import TrackFlag
from cases.patrols.days import edition_of, moment
from cases.patrols.ground import ground_and_streets, limits
from cells import rules
from cells.importing import staging
from spatial import marks, tracks
from spatial.postgis import run
from spatial.tracks import Ints, Limits, Points

_TELEPORT_LEAST_M = 100.0
_TWO_PHONES_WITHIN_S = 60.0
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Days:
    """Persons' days whose records are locked: by number, the record, the person and the day."""

    records: Sequence[int]
    persons: Sequence[int]
    days: Sequence[dt.date]

    def parameters(self) -> dict[str, list[int] | list[dt.date]]:
        """For statements that join them."""
        return {"persons": list(self.persons), "days": list(self.days)}


def derive(points: Points, group: Ints, days: Days) -> tuple[int, int]:
    """Write what follows from all points of some days; the numbers of visits and of flags there are now.

    `group` is each point's day, a position in `days`; points are one a person and moment.
    """
    figures = limits()
    order = tracks.by_phone(points, group)
    points, group = points[order], group[order]
    good = tracks.usable(points, figures)
    run.execute("cases", "drop_visits_v1", days.parameters())
    written = _write_visits(points[good], group[good], days, figures)
    path, twice = marks.path_marks(points, group, groups=len(days.records))
    place, minutes = marks.place_marks(points, group, groups=len(days.records))
    _write_records(points, group, good, days, figures, path, place, minutes)
    flags = _write_flags(points, group, good, days, figures, twice)
    return written, flags


def _write_visits(points: Points, group: Ints, days: Days, figures: Limits) -> int:
    """By the edition of each day: as a rule one."""
    by_day = {day: edition_of(day) for day in set(days.days)}
    numbers = np.array([by_day[day].number for day in days.days])
    written = 0
    for edition in {found.number: found for found in by_day.values()}.values():
        mine = numbers[group] == edition.number
        ground, streets = ground_and_streets(edition, figures.side_m)
        found = tracks.visits(points[mine], group[mine], locator=ground.locator, streets=streets, limits=figures)
        of_day = np.array(days.days, dtype="datetime64[D]")
        written += staging.add(
            "cases_cellvisit",
            {
                "person_id": np.array(days.persons, np.int64)[found.group],
                "day": of_day[found.group],
                "cell_id": ground.cell_ids[found.cell],
                "first_at": _stamps(found.first),
                "last_at": _stamps(found.last),
                "seconds": found.seconds,
                "metres": found.metres,
                "street_share": found.share,
                "mode": found.mode,
            },
        )
    return written


def _write_records(
    points: Points,
    group: Ints,
    good: tracks.Bools,
    days: Days,
    figures: Limits,
    path: list[list[int]],
    place: list[list[int]],
    minutes: Ints,
) -> None:
    count = len(days.records)
    its = group[good]
    steps = tracks.steps(points[good], its, figures)
    on = its[steps.first]
    seconds = np.bincount(on, steps.seconds, count)
    foot = np.bincount(on, steps.metres * steps.foot, count)
    driven = np.bincount(on, steps.metres * ~steps.foot, count)
    number = np.bincount(group, minlength=count)
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, group, points["at"])
    np.maximum.at(last, group, points["at"])
    rows = [
        {
            "id": record,
            "points": int(number[k]),
            "first_at": moment(int(first[k])).isoformat() if number[k] else None,
            "last_at": moment(int(last[k])).isoformat() if number[k] else None,
            "seconds": round(float(seconds[k]), 1),
            "metres": round(float(foot[k]), 1),
            "metres_driven": round(float(driven[k]), 1),
            "minutes": int(minutes[k]),
            "path_marks": path[k],
            "place_marks": place[k],
        }
        for k, record in enumerate(days.records)
    ]
    for begin in range(0, count, _AT_ONCE):
        run.execute("cases", "write_patrols_v1", {"rows": json.dumps(rows[begin : begin + _AT_ONCE])})


def _write_flags(
    points: Points, group: Ints, good: tracks.Bools, days: Days, figures: Limits, twice: tracks.Bools
) -> int:
    (apart_m,) = rules.figures("patrol_two_phones_m")
    run.execute("cases", "drop_flags_v1", days.parameters())
    used, its = points[good], group[good]
    found = [
        *_flagged(TrackFlag.Kind.TELEPORT, used, its, days,
                  tracks.teleports(used, its, figures, least_m=_TELEPORT_LEAST_M)),
        *_flagged(TrackFlag.Kind.TWO_PHONES, used, its, days,
                  tracks.two_phones(used, its, within_s=_TWO_PHONES_WITHIN_S, apart_m=apart_m)),
    ]  # fmt: skip
    for k in np.flatnonzero(twice).tolist():
        same = (days.persons[k], days.days[k])
        found.append(
            TrackFlag(kind=TrackFlag.Kind.REPLAY, person_id=same[0], day=same[1], other_person_id=same[0],
                      other_day=same[1])
        )  # fmt: skip
    TrackFlag.objects.bulk_create(found, batch_size=1000)
    return len(found)


def _flagged(kind: str, points: Points, group: Ints, days: Days, at: Ints) -> list[TrackFlag]:
    """One flag a day: how often, and when first."""
    out = []
    for k in np.unique(group[at]).tolist():
        mine = at[group[at] == k]
        first = moment(int(points["at"][mine].min()))
        out.append(TrackFlag(kind=kind, person_id=days.persons[k], day=days.days[k], at=first, times=len(mine)))
    return out


def _stamps(at_us: Ints) -> np.ndarray:
    """Moments as COPY reads them: with their zone."""
    return np.char.add(np.datetime_as_string(at_us.astype("datetime64[us]")), "Z").astype(object)
