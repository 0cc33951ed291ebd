"""Cases with whole histories and clocks, thousands at once: so many filed, due, closed, late, sent back, extended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from cases.models import Case, CaseClock, CaseEvent, HistorySeal
from cells.models import CellVersion, Edition
from spatial.postgis.bulk import copy_in

HOUR = dt.timedelta(hours=1)
# What a history is made of: act, stage before, stage after.
STEPS = {
    "report": ("", "reported"),
    "file": ("reported", "filed"),
    "dispatch": ("filed", "dispatched"),
    "ask_extension": ("dispatched", "dispatched"),
    "grant_extension": ("dispatched", "dispatched"),
    "handle": ("dispatched", "handled"),
    "ask_check": ("handled", "checking"),
    "rework": ("checking", "dispatched"),
    "pass_check": ("checking", "checked"),
    "close": ("checked", "closed"),
}
END = ("handle", "ask_check", "pass_check", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Counts of a week, as a city published them."""

    accepted: int
    filed: int
    dispatched: int
    should_close: int
    closed: int
    closed_on_time: int
    rework: int
    extended: int

    def minus(self, other: Week) -> Week:
        return Week(**{name: getattr(self, name) - getattr(other, name) for name in self.__slots__})


def at(day: str, hour: float = 12) -> dt.datetime:
    """An hour of a day of the city."""
    return timezone.make_aware(dt.datetime.combine(dt.date.fromisoformat(day), dt.time())) + hour * HOUR


def live(week: Week, community: Any, *, monday: str, prefix: str) -> int:
    """Write the cases of a week that begins on a Monday; the number written.

    They are reported in it, but for as many as were due beyond those dispatched, which came in the week before; where
    fewer were due, the others are due in the week after.
    """
    edition = Edition.objects.in_force()
    cells = list(
        CellVersion.objects.current().filter(community=community).order_by("cell").values_list("cell", flat=True)
    )
    begin = at(monday, 0)
    before = max(week.should_close - week.dispatched, 0)
    lives: list[tuple[dt.datetime, list[str], bool]] = []
    for n in range(before + week.accepted):
        came = begin + (HOUR * (n % 72) if n >= before else -HOUR * (24 + n % 48))
        mine = n - before  # below 0: of the week before
        acts = ["report"]
        if mine < week.filed:
            acts.append("file")
        if mine < week.dispatched:
            acts.append("dispatch")
            if n < week.extended:
                acts += ["ask_extension", "grant_extension"]
            if n < week.closed:
                acts += ["handle", "ask_check", "rework"] if n < week.rework else []
                acts += END
        lives.append((came, acts, n >= week.closed_on_time))
    _write(lives, cells, community, edition, prefix, begin, week.should_close)
    return len(lives)


def _write(
    lives: Sequence[tuple[dt.datetime, list[str], bool]], cells: list[int], community: Any, edition: Edition,
    prefix: str, begin: dt.datetime, to_close: int,
) -> None:  # fmt: skip
    """Limits end on the fifth day of the week; the work is done on the fourth, or (late) on the sixth.

    The database's own triggers sleep, as sealing 300,000 lines takes minutes; seals are written without a digest.
    """
    due, in_time, late = begin + 108 * HOUR, begin + 90 * HOUR, begin + 130 * HOUR
    ids = range(
        *(k + (Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) for k in (1, len(lives) + 1))
    )
    stages = [STEPS[acts[-1]][1] for _, acts, _ in lives]
    told = [_moments(came, acts, late if slow else in_time) for came, acts, slow in lives]
    copy_in(
        Case,
        {
            "id": list(ids),
            "number": [f"{prefix}{n:06d}" for n in range(len(lives))],
            "source_id": "patrol",
            "stage": stages,
            "reason": "{}",
            "cell_id": [cells[n % len(cells)] for n in range(len(lives))],
            "edition_id": edition.pk,
            "owner_id": community.pk,
            "reported_at": [came for came, _, _ in lives],
            "closed_at": [when[-1] if stage == "closed" else None for when, stage in zip(told, stages, strict=True)],
            "extensions": [acts.count("grant_extension") for _, acts, _ in lives],
            "reworks": [acts.count("rework") for _, acts, _ in lives],
        },
    )
    lines = [
        (pk, act, when)
        for pk, (_, acts, _), moments in zip(ids, lives, told, strict=True)
        for act, when in zip(acts, moments, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    copy_in(
        CaseEvent,
        {
            "case_id": [pk for pk, _, _ in lines],
            "act": [act for _, act, _ in lines],
            "from_stage": [STEPS[act][0] for _, act, _ in lines],
            "to_stage": [STEPS[act][1] for _, act, _ in lines],
            "at": [when for _, _, when in lines],
            "owner_id": community.pk,
            "clocks": "{}",
            "given": "{}",
        },
    )
    copy_in(HistorySeal, {"case_id": list(ids), "lines": [len(acts) for _, acts, _ in lives], "digest": b""})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")
    had = [(pk, came) for pk, (came, acts, _) in zip(ids, lives, strict=True) if "dispatch" in acts]
    ends = [due if n < to_close else due + 100 * HOUR for n in range(len(had))]
    done = {pk: when for pk, act, when in lines if act == "handle"}
    copy_in(
        CaseClock,
        {
            "case_id": [pk for pk, _ in had],
            "kind": "handle",
            "value": 8.0,
            "unit": "WH",
            "state": ["stopped" if pk in done else "running" for pk, _ in had],
            "started_at": [came + HOUR / 30 for _, came in had],
            "amber_at": [end - HOUR for end in ends],
            "due_at": ends,
            "stopped_at": [done.get(pk) for pk, _ in had],
            "pauses": "{}",
        },
    )


def _moments(came: dt.datetime, acts: list[str], worked: dt.datetime) -> list[dt.datetime]:
    """The desk takes a minute for each step; what the unit and the checker do begins when the work is done."""
    first = acts.index("handle") if "handle" in acts else len(acts)
    return [came + n * HOUR / 60 if n < first else worked + (n - first) * HOUR / 60 for n in range(len(acts))]
