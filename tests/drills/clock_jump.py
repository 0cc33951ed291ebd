"""The clocks of the machines that serve jump an hour back, and three hours ahead and back, while cases are worked on.

    python -m tests.drills --only clock_jump

The database's clock stays right, as on a machine of its own. In each stretch seats file calls, dispatch those of the
stretch before, and read pages. What was done by a clock that ran far ahead cannot be gone on with by the right one: it
is refused with the reason, until the city raises the rule that says how far clocks may differ, as the words say.

`good`: no answer was a 500, every call is one whole case, every one was dispatched in the end, what was refused was
refused with words and only then, no history lies out of order, and the histories are sound.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from tests.drills._city import Seat, city_of_its_own, cluster, jobs_done, rows, until
from tests.drills.database_gone import broken, served

CALLS = {True: 10, False: 100}
# Name of the stretch, and seconds by which the clocks are wrong in it.
STRETCHES = (("right", 0), ("an_hour_back", -3600), ("right_again", 0), ("three_hours_ahead", 3 * 3600), ("at_last", 0))
PAGES = ("/", "/hotline/", "/leader/", "/hotspots/", "/gaps/")
WIDER = "UPDATE cells_rule SET value = 600 WHERE slug = 'clock_back_minutes'"


def run(small: bool) -> dict[str, Any]:
    """The figures of one drill; `good` says whether it was got through as it must be."""
    calls = CALLS[small]
    with city_of_its_own(200) as (environment, facts):
        clock = Path(environment["WANMI_LOCAL"], "clock")
        clock.write_text("0")
        environment |= {"DRILL_CLOCK": str(clock), "DJANGO_SETTINGS_MODULE": "tests.drills._shifted_settings"}
        with served(environment) as port:
            desk, hotline = Seat(port, "dispatcher"), Seat(port, "operator")
            until(lambda: jobs_done(environment) > 0, "the worker does nothing")
            answers: dict[str, Counter[str]] = {}
            numbers: list[str] = []
            waiting: list[str] = []
            wordless = 0
            for name, seconds in STRETCHES:
                clock.write_text(str(seconds))
                told = answers[name] = Counter()
                filed = []
                for n in range(calls):
                    status, text = hotline.ask("/api/cases", _call(f"drill-{name}-{n}", facts["cell_at"]))
                    told[f"file {status}"] += 1
                    filed += [json.loads(text)["number"]] if status == 201 else []
                still = []
                for number in waiting:
                    status, text = desk.ask(f"/api/cases/{number}/dispatch", {})
                    told[f"dispatch {status}"] += 1
                    still += [number] if status != 200 else []
                    wordless += status not in (200, 500) and "clock" not in text
                for page in PAGES:
                    told[f"page {desk.ask(page)[0]}"] += 1
                numbers += filed
                waiting = still + filed
            refused = answers["at_last"]["dispatch 409"] + answers["at_last"]["dispatch 400"]
            address = cluster(environment, "url").replace("postgis://", "postgresql://")
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(WIDER)
            in_the_end = Counter(desk.ask(f"/api/cases/{number}/dispatch", {})[0] for number in waiting)
            done = jobs_done(environment)
            until(lambda: jobs_done(environment) > done, "the worker does not go on")
            found = _figures(environment, numbers) | {
                "answers": {name: dict(told) for name, told in answers.items()},
                "refused_after_running_ahead": refused,
                "refused_without_words": wordless,
                "dispatched_in_the_end": in_the_end[200],
                "left_undispatched": sum(in_the_end.values()) - in_the_end[200],
                "errors_500": sum(n for told in answers.values() for what, n in told.items() if what.endswith(" 500")),
            }
            return found | {"good": is_good(found, calls)}


def is_good(found: dict[str, Any], calls: int) -> bool:
    """Whether it was got through as it must be."""
    nothing = (
        "calls_lost", "calls_twice", "lines_out_of_order", "history_broken", "refused_without_words",
        "left_undispatched", "errors_500",
    )  # fmt: skip
    smooth = [told for name, told in found["answers"].items() if name != STRETCHES[-1][0]]
    return (
        found["calls"] == calls * len(STRETCHES)
        and not any(found[name] for name in nothing)
        and all(what.endswith((" 200", " 201")) for told in smooth for what in told)
        and found["refused_after_running_ahead"] == calls
    )


def _call(key: str, at: tuple[float, float]) -> dict[str, Any]:
    return {
        "key": key, "lon": at[0], "lat": at[1], "crs": "WGS84", "kind": "event", "class": "0103",
        "words": f"路面塌陷 {key}",
    }  # fmt: skip


def _figures(environment: dict[str, str], numbers: list[str]) -> dict[str, Any]:
    there = Counter(number for (number,) in rows(
        environment, "SELECT number FROM cases_case WHERE idempotency_key LIKE 'drill-%%'"
    ))  # fmt: skip
    out_of_order = """
        SELECT count(*) FROM (
            SELECT at < lag(at) OVER (PARTITION BY case_id ORDER BY id) AS late FROM cases_caseevent
        ) e WHERE late"""
    return {
        "calls": len(numbers),
        "calls_lost": len(set(numbers) - set(there)),
        "calls_twice": len(there) - len(set(numbers)) + len([n for n, times in there.items() if times > 1]),
        "lines_out_of_order": int(rows(environment, out_of_order)[0][0]),
        "history_broken": broken(environment),
    }
