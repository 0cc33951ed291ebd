"""kill -9 at random moments under load: of the web, of one of its processes, of the worker, of PostgreSQL.

    python -m tests.drills --only killed          (1,000 calls; a hundred with --small)

A city of its own is served as `make run` does it, with two processes and a worker; whatever ends is begun again, as
systemd would. Senders file calls with keys, each sent again until it is told 201, while a seeded hand kills. Good is:
every call that was acknowledged is there, none twice, every history whole, the ledger without a hole, the book of days
what the cases say, and jobs go on.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.conftest import manage
from tests.drills._city import ROOT, Seat, answers, city_of_its_own, cluster, jobs_done, rows, until

SENDERS = 16
CALLS = {True: 100, False: 1000}
PAUSES_S = (1.0, 4.0)
SEED = 1


@dataclass(slots=True)
class Supervised:
    """A program that is begun again whenever it ends, with all that it began killed first (systemd: control-group)."""

    words: list[str]
    environment: dict[str, str]
    log: Path
    program: subprocess.Popen[bytes] | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> None:
        while not self.ended.is_set():
            with self.log.open("ab") as log:
                self.program = subprocess.Popen(
                    self.words, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
            self.program.wait()
            self.kill()
            self.ended.wait(0.5)

    def kill(self) -> None:
        if self.program is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.program.pid, signal.SIGKILL)

    def kill_one_child(self, rng: random.Random) -> bool:
        """SIGKILL one of the processes that serve; False where there is none just now."""
        if self.program is None:
            return False
        found = subprocess.run(["pgrep", "-P", str(self.program.pid)], capture_output=True, text=True).stdout.split()
        if not found:
            return False
        with suppress(ProcessLookupError):
            os.kill(int(rng.choice(found)), signal.SIGKILL)
        return True


@contextmanager
def kept_running(environment: dict[str, str]) -> Iterator[tuple[int, Supervised, Supervised]]:
    """The site and the worker, begun again whenever they end: port, web, worker."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = Path(environment["WANMI_LOCAL"], "server.log")
    serve = [sys.executable, "-m", "uvicorn", "maps.asgi:application", "--port", str(port), "--workers", "2"]
    serve += ["--log-level", "warning", "--timeout-graceful-shutdown", "3", "--http", "maps.wire:AtOnce"]
    work = [sys.executable, "manage.py", "procrastinate", "worker", "--queues", "timetable", "--concurrency", "4"]
    web, worker = Supervised(serve, environment, log), Supervised(work, environment | {"CITY_POOL": "0"}, log)
    threads = [threading.Thread(target=one.keep, daemon=True) for one in (web, worker)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: answers(port), "the server does not answer")
        yield port, web, worker
    finally:
        for one in (web, worker):
            one.ended.set()
            one.kill()
        for thread in threads:
            thread.join(20)


@dataclass(slots=True)
class Told:
    """What the senders were told, with moments of `time.monotonic`."""

    acknowledged: dict[str, float] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    given_up: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


def send(seat: Seat, numbers: Iterator[int], calls: int, told: Told, at: tuple[float, float]) -> None:
    """File calls until all are taken, each until it is acknowledged."""
    for number in iter(lambda: next(numbers), None):
        if number >= calls:
            return
        key = f"drill-{number}"
        call = {
            "key": key, "lon": at[0], "lat": at[1], "crs": "WGS84", "kind": "event", "class": "0103",
            "words": f"路面塌陷 {key}",
        }  # fmt: skip
        while not told.given_up.is_set():
            status, _ = seat.ask("/api/cases", call)
            with told.lock:
                told.answers[status] += 1
                if status == 201:
                    told.acknowledged[key] = time.monotonic()
            if status == 201:
                break
            time.sleep(0.2)


def run(small: bool) -> dict[str, Any]:
    """The figures of one drill; `good` says whether it was got through as it must be."""
    rng, calls = random.Random(SEED), CALLS[small]
    with city_of_its_own(200) as (environment, facts), kept_running(environment) as (port, web, worker):
        until(lambda: jobs_done(environment) > 0, "the worker does nothing")
        seats = [Seat(port, name) for name in ("dispatcher", "operator")]
        told, numbers = Told(), itertools.count()
        work = [
            threading.Thread(target=send, args=(seats[n % 2], numbers, calls, told, facts["cell_at"]), daemon=True)
            for n in range(SENDERS)
        ]
        began = time.monotonic()
        for one in work:
            one.start()
        kills = _kill_by_chance(rng, work, environment, web, worker)
        for one in work:
            one.join(300)
        took = time.monotonic() - began
        told.given_up.set()
        done = jobs_done(environment)
        worker_back = until(lambda: jobs_done(environment) > done, "the worker does not go on")
        return _figures(environment, calls, told, kills) | {
            "seconds": round(took, 1),
            "worker_back_s": round(worker_back, 1),
            "load": round(os.getloadavg()[0], 1),
        }


def _kill_by_chance(
    rng: random.Random, work: list[threading.Thread], environment: dict[str, str], web: Supervised, worker: Supervised
) -> list[tuple[str, float]]:
    """Kill something every few seconds while there is work; each kind in turn, in an order by chance."""
    kills: list[tuple[str, float]] = []
    kinds: list[str] = []
    while any(one.is_alive() for one in work):
        time.sleep(rng.uniform(*PAUSES_S))
        if not any(one.is_alive() for one in work):
            break
        kinds = kinds or rng.sample(["web", "web_process", "worker", "postgres"], 4)
        kind = kinds.pop()
        if kind == "web_process" and not web.kill_one_child(rng):
            continue
        kills.append((kind, time.monotonic()))
        if kind == "web":
            web.kill()
        elif kind == "worker":
            worker.kill()
        elif kind == "postgres":
            if (number := cluster(environment, "status")).isdigit():
                os.kill(int(number), signal.SIGKILL)
            cluster(environment, "up")
    return kills


def _figures(environment: dict[str, str], calls: int, told: Told, kills: list[tuple[str, float]]) -> dict[str, Any]:
    query = "SELECT idempotency_key FROM cases_case WHERE idempotency_key LIKE 'drill-%%'"
    found = Counter(key for (key,) in rows(environment, query))
    moments = sorted(told.acknowledged.values())
    back = [next((at - when for at in moments if at > when), None) for _, when in kills]
    halves = "SELECT count(*) FROM cases_case c WHERE NOT EXISTS (SELECT FROM cases_caseevent e WHERE e.case_id = c.id)"
    holes = (
        "SELECT count(*) FROM (SELECT max(serial) - count(*) AS gap FROM cases_ledgerentry GROUP BY town_id, year) t"
    )
    figures = {
        "calls": calls,
        "acknowledged": len(told.acknowledged),
        "sent": sum(told.answers.values()),
        "answers": {str(status): count for status, count in sorted(told.answers.items())},
        "there": len(found),
        "lost": len(set(told.acknowledged) - set(found)),
        "doubled": len([key for key, times in found.items() if times > 1]),
        "half_saved": int(rows(environment, halves)[0][0]),
        "holes_in_ledgers": int(rows(environment, holes + " WHERE gap <> 0")[0][0]),
        "history_broken": int(json.loads(manage(environment, "verify_history", "--json"))["broken"]),
        "book_differences": int(
            json.loads(manage(environment, "recount_summaries", "--check", "--json"))["differences"]
        ),
        "kills": dict(Counter(kind for kind, _ in kills)),
        "back_after_s_most": round(max((one for one in back if one is not None), default=0.0), 1),
    }
    nothing = ("lost", "doubled", "half_saved", "holes_in_ledgers", "history_broken", "book_differences")
    figures["good"] = figures["acknowledged"] == calls and bool(kills) and not any(figures[name] for name in nothing)
    return figures
