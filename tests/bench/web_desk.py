"""The community's queue and the live board with 1,000,000 cases in the table, beside a plain select by primary key.

`python -m tests.bench --only web_desk` prints the figures: over HTTP (the workers of `make run`, one reader at a time,
who is another one each time) and inside one process (the whole of Django without server and socket). A look at the desk
is what the page asks for when it is opened: the page and then `/api/desk`. The looks take turns with the floor.

The cases are put in by COPY over the communities of a demo city, most of them closed. The open ones have their history,
the closed ones have none: nothing here reads it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from tests.bench._city import a_person, cookies_of, in_a_city

CASES, OPEN_CASES = {True: 50_000, False: 1_000_000}, {True: 2_500, False: 50_000}
# Of the open ones.
STAGES = {
    "reported": 0.04, "verifying": 0.02, "accepted": 0.01, "filed": 0.06, "dispatched": 0.3, "handling": 0.38,
    "held": 0.05, "handled": 0.07, "checking": 0.04, "checked": 0.03,
}  # fmt: skip
# How each stage is reached; the closed ones have no history here.
PATHS = {
    "reported": (),
    "verifying": (("ask_verify", "verifying"),),
    "accepted": (("accept", "accepted"),),
    "filed": (("file", "filed"),),
    "dispatched": (("file", "filed"), ("dispatch", "dispatched")),
    "handling": (("file", "filed"), ("dispatch", "dispatched"), ("assign", "handling")),
    "held": (("file", "filed"), ("dispatch", "dispatched"), ("assign", "handling"), ("grant_hold", "held")),
    "handled": (("file", "filed"), ("dispatch", "dispatched"), ("assign", "handling"), ("handle", "handled")),
}
PATHS["checking"] = (*PATHS["handled"], ("ask_check", "checking"))
PATHS["checked"] = (*PATHS["checking"], ("pass_check", "checked"))


def run(small: bool) -> dict[str, Any]:
    """Milliseconds of each look, and how many times as long as the floor it takes."""
    return in_a_city("web_desk", cells=200 if small else 2000, small=small)


def inside(small: bool) -> dict[str, Any]:
    """The figures in the city of this process's database."""
    from django.db import connection

    from cases.models import Case
    from cells import routing
    from cells.models import Level

    rng = np.random.default_rng(1)
    began = perf_counter()
    _put_in(CASES[small], OPEN_CASES[small], rng)
    out: dict[str, Any] = {
        "cases": CASES[small],
        "open": OPEN_CASES[small],
        "put_in_s": round(perf_counter() - began, 1),
    }
    communities = sorted({int(pk) for pk in routing.ground().area_ids(Level.COMMUNITY)})
    people = [a_person("community", name=f"bench-{n}", territory=pk) for n, pk in enumerate(communities)]
    centre = a_person("dispatcher", name="bench-centre")
    keys = rng.choice(np.array(Case.objects.values_list("pk", flat=True)[:200_000]), 1000).tolist()
    longest = [Case.objects.open().filter(owner=pk).count() for pk in communities]
    out["communities"], out["open_of_a_community"] = len(communities), round(float(np.median(longest)))
    rounds = 40 if small else 200
    out["in_process"] = _in_process(people, centre, keys, rounds, rng)
    connection.close()
    out["over_http"] = _over_http(people, centre, keys, rounds, rng)
    return out


def _looks(ask: Callable[[Any, str], bytes], somebody: Callable[[], Any], centre: Any, key: Callable[[], int]) -> Any:
    """The looks that are compared, by name, the floors first."""

    def desk() -> None:
        who = somebody()
        ask(who, "/desk/"), ask(who, "/api/desk")

    def queue(name: str) -> Callable[[], Any]:
        return lambda: ask(somebody(), f"/api/desk?queue={name}")

    return {
        # By who sees the whole city: to a community most of them are not there.
        "select_by_key": lambda: ask(centre, f"/floor/select/{key()}"),
        "select_by_key_for_anybody": lambda: ask(None, f"/floor/bare/{key()}"),
        "desk_of_a_community": desk,
        "page_alone": lambda: ask(somebody(), "/desk/"),
        "queue_assign": queue("assign"),
        "queue_work": queue("work"),
        "queue_of_the_centre": lambda: ask(centre, "/api/desk?queue=dispatch"),
        "board_of_a_community": lambda: ask(somebody(), "/api/board"),
        "board_of_the_city": lambda: ask(centre, "/api/board"),
    }


def _measured(looks: dict[str, Callable[[], Any]], rounds: int) -> dict[str, Any]:
    took: dict[str, list[float]] = {name: [] for name in looks}
    for turn in range(rounds + 2):
        for name, look in looks.items():
            began = perf_counter()
            look()
            if turn >= 2:
                took[name].append((perf_counter() - began) * 1000)
    found: dict[str, Any] = {}
    floor = np.array(took["select_by_key"])
    for name, times in took.items():
        ms = np.array(times)
        p95 = float(np.quantile(ms, 0.95))
        found[name] = {
            "p50_ms": round(float(np.median(ms)), 2),
            "p95_ms": round(p95, 2),
            "min_max_ms": [round(float(ms.min()), 2), round(float(ms.max()), 2)],
        }
        if not name.startswith("select"):
            found[name]["p95_to_select_by_key"] = round(p95 / float(np.quantile(floor, 0.95)), 1)
            found[name]["p50_to_select_by_key"] = round(float(np.median(ms) / np.median(floor)), 1)
    return found


def _in_process(people: list[Any], centre: Any, keys: list[int], rounds: int, rng: np.random.Generator) -> Any:
    from django.conf import settings
    from django.test import Client, override_settings

    def client(user: Any) -> Any:
        made = Client()
        made.force_login(user)
        return made

    clients, of_centre, nobody = [client(user) for user in people], client(centre), Client()

    def ask(who: Any, path: str) -> bytes:
        answer = (who or nobody).get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}.")
        return bytes(answer.content)

    somebody = _another(clients, rng)
    with override_settings(
        ROOT_URLCONF="tests.bench._floor_urls", ALLOWED_HOSTS=[*settings.ALLOWED_HOSTS, "testserver"]
    ):
        return _measured(_looks(ask, somebody, of_centre, _another(keys, rng)), rounds)


def _over_http(people: list[Any], centre: Any, keys: list[int], rounds: int, rng: np.random.Generator) -> Any:
    from django.db import connection

    from tests.bench._server import Line, expect, served

    cookies, of_centre = [cookies_of(user) for user in people], cookies_of(centre)
    connection.close()
    with served() as port:
        lines = [Line(port, found) for found in cookies]
        centre_line, nobody = Line(port, of_centre), Line(port)

        def ask(who: Any, path: str) -> bytes:
            return expect((who or nobody).ask("GET", path), 200)

        return _measured(_looks(ask, _another(lines, rng), centre_line, _another(keys, rng)), rounds)


def _another(some: list[Any], rng: np.random.Generator) -> Callable[[], Any]:
    return lambda: some[int(rng.integers(len(some)))]


def _put_in(count: int, of_them_open: int, rng: np.random.Generator) -> None:
    """COPY the cases with their marks, the histories of the open ones, and callers; triggers and keys are asleep."""
    import shapely
    from django.db import connection, transaction
    from django.utils import timezone

    from cases.models import Caller, Case, CaseEvent
    from cells import routing
    from cells.models import CatalogueClass, Edition, Level
    from spatial.postgis.bulk import copy_in

    ground = routing.ground()
    cell = rng.integers(0, len(ground.cell_ids), count)
    middles = shapely.centroid(ground.locator._shapes)
    owner = ground.area_ids(Level.COMMUNITY)[cell]
    classes = list(CatalogueClass.objects.in_use().minors().values_list("pk", flat=True))
    now = timezone.now()
    # Three years of reports, the open ones among the last: all but a few of a month.
    age_s = np.sort(rng.uniform(0, 3 * 365 * 86_400, count))[::-1]
    is_open = np.zeros(count, dtype=bool)
    is_open[-int(of_them_open * 1.2) :][rng.permutation(int(of_them_open * 1.2))[:of_them_open]] = True
    stage = np.full(count, "closed", dtype=object)
    stage[~is_open & (rng.random(count) < 0.01)] = "declined"
    stage[is_open] = rng.choice(list(STAGES), of_them_open, p=list(STAGES.values()))
    reported = np.array([now - dt.timedelta(seconds=float(s)) for s in age_s], dtype=object)
    runs = is_open & (stage != "held")
    left_h = rng.uniform(-24, 120, count)
    due = np.array([now + dt.timedelta(hours=float(h)) if r else None for h, r in zip(left_h, runs, strict=True)])
    amber = np.array([at - dt.timedelta(hours=6) if at else None for at in due], dtype=object)
    number = np.array([f"B{n:010d}" for n in range(count)], dtype=object)
    door = rng.integers(1, 400, count)
    at_work = np.isin(stage, ["handling", "handled", "checking", "checked", "held"])
    worker = a_person("officer", name="bench-officer").pk
    pk = np.arange(1_000_000, 1_000_000 + count)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        copy_in(
            Case,
            {
                "id": pk,
                "number": number,
                "source_id": rng.choice(["patrol", "hotline", "video"], count, p=[0.93, 0.05, 0.02]).astype(object),
                "catalogue_class_id": rng.choice(classes, count),
                "words": np.array([f"巡查发现人民路{n}号路灯不亮，行人看不清路。" for n in door], dtype=object),
                "address": np.array([f"人民路{n}号" for n in door], dtype=object),
                "stage": stage,
                "place": middles[cell],
                "cell_id": ground.cell_ids[cell],
                "edition_id": Edition.objects.in_force().pk,
                "owner_id": owner,
                # As long as a real one: it lies in the row.
                "reason": json.dumps(
                    {"rule": "contains", "candidates": [], "certain": ["community"] * 8, "note": "x" * 400}
                ),
                "reported_at": reported,
                "closed_at": np.where(is_open, None, reported),
                "amber_at": amber,
                "due_at": due,
                "hold_until": np.where(stage == "held", now + dt.timedelta(days=5), None),
                "asked": np.where((stage == "handling") & (rng.random(count) < 0.02), "extension", "").astype(object),
                "assignee_id": np.where(at_work & (rng.random(count) < 0.9), worker, None),
                "wants_help": (stage == "handling") & (rng.random(count) < 0.03),
            },
        )
        of_case, act, before, after = [], [], [], []
        for n in np.flatnonzero(is_open):
            stood = ""
            for step, to in (("report", "reported"), *PATHS[stage[n]]):
                of_case.append(n), act.append(step), before.append(stood), after.append(to)
                stood = to
        lines = np.array(of_case)
        copy_in(
            CaseEvent,
            {
                "case_id": pk[lines],
                "act": np.array(act, dtype=object),
                "from_stage": np.array(before, dtype=object),
                "to_stage": np.array(after, dtype=object),
                "at": reported[lines],
                "owner_id": owner[lines],
                "clocks": "{}",
                "given": "{}",
            },
        )
        cursor.execute("SELECT cases_seal_unsealed(%s, %s)", [int(pk[0]), int(pk[-1]) + 1])
        told = np.flatnonzero(rng.random(count) < 0.05)
        answered = ~is_open[told] & (rng.random(len(told)) < 0.99)
        copy_in(
            Caller,
            {
                "case_id": pk[told],
                "telephone": "13800000000",
                "source_id": "hotline",
                "joined_at": reported[told],
                "answered_at": np.where(answered, reported[told], None),
            },
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('case_word_pairs')")
        cursor.execute("VACUUM ANALYZE cases_case; ")
        cursor.execute("ANALYZE cases_caller")
        cursor.execute("ANALYZE cases_caseevent")
