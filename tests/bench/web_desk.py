"""The community's queue and the live board with 1,000,000 cases in the table, beside a plain select by primary key.

`python -m tests.bench --only web_desk` prints the figures: over HTTP (the workers of `make run`, one reader at a time,
who is another one each time) and inside one process (the whole of Django without server and socket). A look at the desk
is what the page asks for when it is opened: the page and then `/api/desk`. The looks take turns with the floor.

The cases lie over the communities of a demo city, most of them closed (`_many_cases.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from tests.bench._city import a_person, cookies_of, in_a_city
from tests.bench._many_cases import put_in

CASES, OPEN_CASES = {True: 50_000, False: 1_000_000}, {True: 2_500, False: 50_000}


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
    is_open = put_in(CASES[small], OPEN_CASES[small], worker=a_person("officer", name="bench-officer").pk)
    out: dict[str, Any] = {
        "cases": CASES[small],
        "open": is_open,
        "put_in_s": round(perf_counter() - began, 1),
    }
    communities = sorted({int(pk) for pk in routing.ground().area_ids(Level.COMMUNITY)})
    people = [a_person("community", name=f"bench-{n}", territory=pk) for n, pk in enumerate(communities)]
    centre = a_person("dispatcher", name="bench-centre")
    keys = rng.choice(np.array(Case.objects.values_list("pk", flat=True)[:200_000]), 1000).tolist()
    longest = [Case.objects.open().filter(owner=pk).count() for pk in communities]
    out["communities"], out["open_of_a_community"] = len(communities), round(float(np.median(longest)))
    rounds = 40 if small else 120
    print(f"  {out}", file=sys.stderr, flush=True)
    out["in_process"] = _in_process(people, centre, keys, rounds, rng)
    print(f"  {out['in_process']}", file=sys.stderr, flush=True)
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
