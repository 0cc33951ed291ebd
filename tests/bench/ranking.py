"""A year's ranking over many cases, per district, town and community, beside a plain GROUP BY over the same rows.

`python -m tests.bench --only ranking` prints the figures. Facts are put in by COPY over the units of the city that is
loaded, and all is taken back at the end. The rival counts the rows of the year by the same units and nothing else; the
ranking counts every fact of the vocabulary, and scores.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from time import perf_counter
from typing import Any

import django
import numpy as np

SMALL, LARGE = 200_000, 10_000_000
AT_ONCE = 500_000
YEAR = 2021
HOUR = 3600.0


def run(small: bool) -> dict[str, Any]:
    """Seconds of each level's year, and the ratio to the plain GROUP BY; milliseconds of the arithmetic alone."""
    django.setup()
    from django.db import transaction

    count = SMALL if small else LARGE
    with transaction.atomic():
        begun = perf_counter()
        _put_in(count)
        found: dict[str, Any] = {"cases": count, "put_in_s": round(perf_counter() - begun, 1)}
        _say("ANALYZE cases_casefacts")
        for level in ("district", "town", "community"):
            found[level] = _beside(level)
        transaction.set_rollback(True)
    return found


def _beside(level: str) -> dict[str, float]:
    from cases.judging.periods import Period
    from cases.judging.rates import rates
    from cases.judging.units import Of

    year = Period.of_days(dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31))
    plain = (
        f"SELECT {level}_id, count(*) FROM cases_casefacts"
        f" WHERE reported_at < '{year.end.isoformat()}' AND last_at >= '{year.begin.isoformat()}' GROUP BY 1"
    )
    rival = _best(lambda: _say(plain))
    ours = _best(lambda: _ranked(rates(Of(level), year, reread=False, patrols=False), level))
    return {"ranking_s": round(ours, 3), "group_by_s": round(rival, 3), "ratio": round(ours / rival, 2)}


def _ranked(counted: Any, level: str) -> int:
    from cases.judging.ranking import parts_of
    from cases.judging.scoring import score
    from cases.models import Scheme

    slug = {"district": "monthly", "town": "towns", "community": "communities"}[level]
    parts = parts_of(Scheme.objects.filter(slug=slug).order_by("-version")[0])
    scores = [score(parts, row.facts, counted.formulas)[0] for row in counted.rows]
    return len([one for one in scores if one is not None])


def _best(what: Callable[[], Any]) -> float:
    times = []
    for _ in range(3):
        begun = perf_counter()
        what()
        times.append(perf_counter() - begun)
    return min(times)


def _say(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        if cursor.description:
            cursor.fetchall()


def _put_in(count: int) -> None:
    """Facts of cases all over a year: 97 % closed, 80 % in time; the case is one and the same, its opening another."""
    from cases.models import Case, CaseFacts
    from cells.models import CellVersion, GridVersion
    from spatial.postgis.bulk import copy_in

    case = Case.objects.order_by("pk").values_list("pk", flat=True)[0]
    cells = list(CellVersion.objects.current().values_list("cell", "grid", "community"))
    parent = dict(GridVersion.objects.current().values_list("grid", "parent"))
    ground = [(*cell, parent[cell[2]], parent[parent[cell[2]]]) for cell in cells]
    _say("ALTER TABLE cases_casefacts DROP CONSTRAINT facts_once_an_opening")
    rng, begin = np.random.default_rng(1), dt.datetime(YEAR, 1, 1, tzinfo=dt.UTC).timestamp()
    for done in range(0, count, AT_ONCE):
        _block(copy_in, CaseFacts, case, ground, min(AT_ONCE, count - done), begin, rng)


def _block(
    copy_in: Callable[..., int], model: Any, case: int, ground: list[tuple[int, ...]], n: int, begin: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    where = [ground[k] for k in rng.integers(0, len(ground), n)]
    reported = begin + rng.uniform(0, 360 * 24 * HOUR, n)
    filed, due = reported + rng.exponential(0.3 * HOUR, n), reported + rng.uniform(6 * HOUR, 60 * HOUR, n)
    handled = np.where(rng.random(n) < 0.8, due - HOUR, due + rng.exponential(20 * HOUR, n))
    closed, open_ = handled + HOUR, rng.random(n) < 0.03

    def times(seconds: Any, without: Any = None) -> list[dt.datetime | None]:
        gone = np.zeros(n, np.bool_) if without is None else without
        return [
            None if no else dt.datetime.fromtimestamp(s, tz=dt.UTC)
            for s, no in zip(seconds.tolist(), gone.tolist(), strict=True)
        ]

    copy_in(
        model,
        {
            "case_id": case,
            "turn": 1,
            "lines": 1,
            "edition": 1,
            "cell_id": [w[0] for w in where],
            "grid_id": [w[1] for w in where],
            "community_id": [w[2] for w in where],
            "town_id": [w[3] for w in where],
            "district_id": [w[4] for w in where],
            "found_by": rng.choice(["p", "c", "o"], n, p=[0.93, 0.05, 0.02]),
            "missed": False,
            "untrue": False,
            "reported_at": times(reported),
            "accept_due_at": times(reported + HOUR),
            "filed_at": times(filed),
            "dispatch_due_at": times(filed + HOUR),
            "dispatched_at": times(filed + 0.2 * HOUR),
            "due_at": times(due),
            "first_handled_at": times(handled, open_),
            "handled_at": times(handled, open_),
            "check_ask_due_at": times(handled + HOUR, open_),
            "check_sent_at": times(handled + 0.2 * HOUR, open_),
            "check_due_at": times(handled + HOUR, open_),
            "checked_at": times(handled + 0.8 * HOUR, open_),
            "reworked_at": times(handled, rng.random(n) > 0.005),
            "closed_at": times(closed, open_),
            "last_at": times(np.maximum(closed, due)),
        },
    )
