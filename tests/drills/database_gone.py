"""The database is gone for a while under a served city: what everybody was told, what was kept, how soon all went on.

    python -m tests.drills.database_gone [--seconds 30] [--cells 200] [--kill] [--out FILE]

Makes a private PostGIS of its own in a temporary folder (never the checkout's), a demo city in it, and serves it as
`make run` does: uvicorn with two processes and the worker of the timetable. While readers read, streams are open and
two seats file calls without a break, the server of the database is stopped (with `--kill` by SIGKILL), left away, and
started again. A seat sends a call with its key until it is told 201, as the hotline's page does.

Prints one object of JSON; `"good": true` and exit code 0 where every answer while it was away was a 503 in words, every
call is one whole case, the streams said what happened and came back, and the worker works again. Times are those of the
machine of the drill: they depend on what else it does.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
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

PAGES = ("/", "/board/", "/leader/", "/api/board", "/api/desk", "/admin/login/")
READERS, FILERS, STREAMS = 3, 2, 4
QUIET_S, AFTER_S = 3.0, 8.0


@dataclass(slots=True)
class Seen:
    """What the people of the drill saw, each thing with its moment (seconds of `time.monotonic`)."""

    answers: list[tuple[float, float, int, bool]] = field(default_factory=list)  # asked at, told at, status, in words
    filings: list[tuple[float, str, int, int]] = field(default_factory=list)  # told at, key, status (0: none), attempt
    events: list[tuple[float, int, str]] = field(default_factory=list)  # told at, stream, event
    ended: threading.Event = field(default_factory=threading.Event)


def read(seat: Seat, seen: Seen, first: int) -> None:
    """Read one page after another until the drill has ended."""
    turn = first
    while not seen.ended.is_set():
        path = PAGES[turn % len(PAGES)]
        turn += 1
        asked = time.monotonic()
        status, text = seat.ask(path)
        words = "The database does not answer" in text
        seen.answers.append((asked, time.monotonic(), status, words))
        seen.ended.wait(0.05)


def file(seat: Seat, seen: Seen, name: str, at: tuple[float, float]) -> None:
    """File one call after another, each sent with its key until it is there."""
    turn = 0
    while not seen.ended.is_set():
        turn += 1
        key, attempt = f"drill-{name}-{turn}", 0
        call = {
            "key": key, "lon": at[0], "lat": at[1], "crs": "WGS84", "kind": "event", "class": "0103",
            "words": f"路面塌陷 {key}",
        }  # fmt: skip
        while True:
            attempt += 1
            status, _ = seat.ask("/api/cases", call)
            seen.filings.append((time.monotonic(), key, status, attempt))
            if status == 201 or (attempt > 1 and seen.ended.is_set()):
                break
            time.sleep(0.5)  # the hotline's page waits longer
        seen.ended.wait(0.2)


def listen(seat: Seat, seen: Seen, place: int) -> None:
    """Keep a stream of events open; broken off it is opened anew, as a browser does."""
    while not seen.ended.is_set():
        line = http.client.HTTPConnection("127.0.0.1", seat.port, timeout=30)
        try:
            line.request("GET", "/live/", headers={"Cookie": seat.cookies})
            answer = line.getresponse()
            if answer.status != 200:
                seen.events.append((time.monotonic(), place, f"refused {answer.status}"))
                raise OSError
            while not seen.ended.is_set() and (told := answer.readline()):
                if told.startswith(b"event: "):
                    seen.events.append((time.monotonic(), place, told[7:].decode().strip()))
        except (OSError, http.client.HTTPException):
            pass
        finally:
            line.close()
        seen.ended.wait(1)


@contextmanager
def served(environment: dict[str, str]) -> Iterator[int]:
    """The site and its worker, as .ci/serve.sh runs them; the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-m", "uvicorn", "maps.asgi:application", "--port", str(port), "--workers", "2", "--log-level", "warning"]
    words += ["--timeout-graceful-shutdown", "3"]
    # A worker that loses its database ends by itself and is begun again, as .ci/work.sh does it.
    again = "import sys, subprocess, time\nwhile True:\n    subprocess.call(sys.argv[1:])\n    time.sleep(1)\n"
    work = [sys.executable, "manage.py", "procrastinate", "worker", "--queues", "timetable", "--concurrency", "4"]
    with Path(environment["WANMI_LOCAL"], "server.log").open("w") as log:

        def begin(words: list[str], **more: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=environment | more, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

        own = [begin(["-c", again, *work], CITY_POOL="0"), begin(words)]
        try:
            until(lambda: answers(port), "the server does not answer")
            yield port
        finally:
            for program in own:
                with suppress(ProcessLookupError):
                    os.killpg(program.pid, signal.SIGTERM)
            for program in own:
                try:
                    program.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(program.pid, signal.SIGKILL)
                    program.wait()


def drill(*, seconds: float, cells: int, kill: bool) -> dict[str, Any]:
    """One outage of so many seconds; the figures."""
    with city_of_its_own(cells) as (environment, facts), served(environment) as port:
        seen, place = Seen(), facts["cell_at"]
        people = [Seat(port, name) for name in ("dispatcher", "operator", "leader")]
        works = [threading.Thread(target=read, args=(people[n % 3], seen, n), daemon=True) for n in range(READERS)]
        works += [
            threading.Thread(target=file, args=(people[n], seen, str(n), place), daemon=True) for n in range(FILERS)
        ]
        works += [threading.Thread(target=listen, args=(people[0], seen, n), daemon=True) for n in range(STREAMS)]
        for work in works:
            work.start()
        until(lambda: jobs_done(environment) > 0, "the worker does nothing")
        until(lambda: len({s for _, s, event in seen.events if event == "hello"}) == STREAMS, "a stream is not open")
        until(lambda: len(seen.answers) >= len(PAGES), "no page answers")
        until(lambda: any(status == 201 for _, _, status, _ in seen.filings), "no call is filed")
        time.sleep(QUIET_S)
        cut = time.monotonic()
        _cut(environment, kill=kill)
        away = time.monotonic()
        time.sleep(seconds)
        starts = time.monotonic()
        cluster(environment, "up")
        mended, done = time.monotonic(), jobs_done(environment)
        worker_back = until(lambda: jobs_done(environment) > done, "the worker does not go on")
        until(lambda: len(_streams_back(seen, mended)) == STREAMS, "a stream does not come back")
        time.sleep(AFTER_S)
        seen.ended.set()
        for work in works:
            work.join()
        return {
            "seconds_away": round(mended - away, 1),
            "killed": kill,
            **_of_answers(seen, cut, away, starts, mended),
            **of_filings(seen, environment, cut, mended),
            **_of_streams(seen, cut, mended),
            "worker_back_s": round(worker_back, 1),
            "history_broken": broken(environment),
            "load": os.getloadavg()[0],
        }


def _cut(environment: dict[str, str], *, kill: bool) -> None:
    if kill:
        os.kill(int(cluster(environment, "status")), signal.SIGKILL)
    else:
        cluster(environment, "down")


def _of_answers(seen: Seen, cut: float, away: float, starts: float, mended: float) -> dict[str, Any]:
    """Questions asked and answered while it was away, and those of the seconds round it; how soon pages were there.

    While it starts it may answer before its start is told to have ended: those are of the seconds round it.
    """
    within = [one for one in seen.answers if one[0] >= away and one[1] <= starts]
    edges = [one for one in seen.answers if one[1] >= cut and one not in within and one[0] <= mended]
    later = [one for one in seen.answers if one[0] > mended]
    good = min((told for _, told, status, _ in later if status == 200), default=None)
    last_bad = max((told for _, told, status, _ in later if status >= 500 or not status), default=mended)
    return {
        "answers_before": len([one for one in seen.answers if one[1] < cut]),
        "answers_away": dict(Counter(str(status) for _, _, status, _ in within)),
        "answers_away_without_words": len([one for one in within if one[2] != 503 or not one[3]]),
        "answers_at_the_edges": dict(Counter(str(status) for _, _, status, _ in edges)),
        "longest_answer_away_s": round(max((told - asked for asked, told, *_ in within), default=0.0), 1),
        "errors_500": len([one for one in seen.answers if one[2] == 500]),
        "first_page_back_s": None if good is None else round(good - mended, 1),
        "last_refusal_s": round(last_bad - mended, 1),
        "answers_after": len(later),
    }


def of_filings(seen: Seen, environment: dict[str, str], cut: float, mended: float) -> dict[str, Any]:
    """What became of the calls: how many were told to be filed, are lost, are there twice, or were saved by halves."""
    keys = {key for _, key, _, _ in seen.filings}
    told = {key for _, key, status, _ in seen.filings if status == 201}
    found = Counter(key for (key,) in rows(
        environment, "SELECT idempotency_key FROM cases_case WHERE idempotency_key LIKE 'drill-%%'"
    ))  # fmt: skip
    again = {key for _, key, _, attempt in seen.filings if attempt > 1}
    halves = "SELECT count(*) FROM cases_case c WHERE NOT EXISTS (SELECT FROM cases_caseevent e WHERE e.case_id = c.id)"
    first = min((at for at, _, status, _ in seen.filings if status == 201 and at > mended), default=None)
    between = [status for at, _, status, _ in seen.filings if cut <= at <= mended]
    return {
        "calls": len(keys),
        "calls_filed": len(told),
        "calls_sent_again": len(again),
        "calls_lost": len(told - set(found)),
        "calls_twice": len([key for key, times in found.items() if times > 1]),
        "calls_unanswered": len(keys - told),
        "filing_answers_away": dict(Counter(str(status) for status in between)),
        "half_saved": int(rows(environment, halves)[0][0]),
        "filing_back_s": None if first is None else round(first - mended, 1),
    }


def _streams_back(seen: Seen, mended: float) -> dict[int, float]:
    """When each stream told of a case again after the mend (it is one that was filed then)."""
    back: dict[int, float] = {}
    for at, place, event in list(seen.events):
        if at > mended and event == "case":
            back.setdefault(place, at)
    return back


def _of_streams(seen: Seen, cut: float, mended: float) -> dict[str, Any]:
    away = {place for at, place, event in seen.events if cut <= at and event == "away"}
    fresh = {place for at, place, event in seen.events if at > mended and event in ("refetch", "hello")}
    back = _streams_back(seen, mended)
    return {
        "streams": STREAMS,
        "streams_told_away": len(away),
        "streams_told_to_fetch_again": len(fresh),
        "streams_back_s": round(max(back.values()) - mended, 1) if len(back) == STREAMS else None,
    }


def broken(environment: dict[str, str]) -> int:
    """How many histories are not sound."""
    return int(json.loads(manage(environment, "verify_history", "--json"))["broken"])


def is_good(told: dict[str, Any]) -> bool:
    """Whether it was got through as it must be."""
    nothing = (
        "answers_away_without_words",
        "errors_500",
        "calls_lost",
        "calls_twice",
        "calls_unanswered",
        "half_saved",
    )
    return (
        not any(told[name] for name in (*nothing, "history_broken"))
        # A short one is over before those who asked in it are answered.
        and set(told["answers_away"]) <= {"503"}
        and "503" in {*told["answers_away"], *told["answers_at_the_edges"]}
        and told["streams_told_away"] == told["streams_told_to_fetch_again"] == STREAMS
        and None not in (told["first_page_back_s"], told["filing_back_s"], told["streams_back_s"])
    )


def run(small: bool) -> dict[str, Any]:
    """One outage of half a minute (a few seconds if small), for `make drill`."""
    told = drill(seconds=6.0 if small else 30.0, cells=200, kill=False)
    told["good"] = is_good(told)
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the database is away")
    parser.add_argument("--cells", type=int, default=200, help="of the demo city, 200 or more")
    parser.add_argument("--kill", action="store_true", help="SIGKILL instead of an orderly stop")
    parser.add_argument("--out", type=Path, default=None, help="keep the JSON there, too")
    asked = parser.parse_args()
    if not 0 < asked.seconds <= 600:
        parser.error("--seconds: more than 0, at most 600.")
    told = drill(seconds=asked.seconds, cells=asked.cells, kill=asked.kill)
    told["good"] = is_good(told)
    words = json.dumps(told, ensure_ascii=False)
    if asked.out is not None:
        asked.out.write_text(words + "\n")
    print(words)
    return 0 if told["good"] else 1


if __name__ == "__main__":
    sys.exit(main())
