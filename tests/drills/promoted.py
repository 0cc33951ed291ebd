"""The primary dies under load and a standby takes its place: nothing that was acknowledged is lost.

    python -m tests.drills --only promoted

A standby follows the city's PostgreSQL by streaming replication, first with `synchronous_standby_names`, so that a
commit waits until the standby has it, then as PostgreSQL does it by itself (a commit waits for nobody). Calls are filed
without a break, kill -9 takes the primary with all that it had in memory, the standby is promoted, the web is begun
again with its address. Good is: with a standby that is waited for no acknowledged call is lost, none is twice, every
history is whole, and new calls get numbers of their own. Without waiting, what is lost is counted and told.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from tests.browser.conftest import manage
from tests.drills._city import Seat, city_of_its_own, cluster, rows, until
from tests.drills.database_gone import served
from tests.drills.killed import Told, send

SENDERS = 8


def run(small: bool) -> dict[str, Any]:
    """The figures of one drill; `good` says whether it was got through as it must be."""
    waited = _once(waits=True, calls=60 if small else 600)
    alone = {} if small else _once(waits=False, calls=600)
    nothing = ("lost", "doubled", "history_broken", "book_differences")
    good = not any(waited[name] for name in nothing) and waited["filed_after"] > 0
    return waited | {f"alone_{name}": value for name, value in alone.items()} | {"good": good}


def _once(*, waits: bool, calls: int) -> dict[str, Any]:
    with city_of_its_own(200) as (environment, facts), tempfile.TemporaryDirectory(prefix="wanmi-standby-") as folder:
        Path(folder).chmod(0o755)
        standby = environment | {"WANMI_LOCAL": folder}
        cluster(standby, "follow", environment["WANMI_LOCAL"])
        try:
            if waits:
                _wait_for_the_standby(environment)
            told, numbers = Told(), itertools.count()
            with served(environment) as port:
                seats = [Seat(port, name) for name in ("dispatcher", "operator")]
                work = [_sender(seats[n % 2], numbers, calls, told, facts) for n in range(SENDERS)]
                until(lambda: len(told.acknowledged) >= calls // 2, "too few calls are filed", seconds=300)
                os.kill(int(cluster(environment, "status")), signal.SIGKILL)
                died = time.monotonic()
                time.sleep(1)
                told.given_up.set()
                for one in work:
                    one.join(60)
            cluster(standby, "promote")
            if waits:
                _wait_for_nobody(standby)
            promoted = time.monotonic() - died
            before = set(told.acknowledged)
            with served(standby) as port:
                seat = Seat(port, "dispatcher")
                after = Told()
                more = _sender(seat, itertools.count(calls), calls + 10, after, facts)
                more.join(120)
                first = min(after.acknowledged.values(), default=died)
            return {
                "acknowledged": len(before), "standby_takes_over_s": round(promoted, 1),
                "first_call_after_s": round(first - died, 1), "filed_after": len(after.acknowledged),
            } | _kept(standby, before | set(after.acknowledged))  # fmt: skip
        finally:
            cluster(standby, "remove")


def _sender(seat: Seat, numbers: Any, calls: int, told: Told, facts: dict[str, Any]) -> threading.Thread:
    one = threading.Thread(target=send, args=(seat, numbers, calls, told, facts["cell_at"]), daemon=True)
    one.start()
    return one


def _kept(environment: dict[str, str], acknowledged: set[str]) -> dict[str, Any]:
    query = "SELECT idempotency_key FROM cases_case WHERE idempotency_key LIKE 'drill-%%'"
    found = Counter(key for (key,) in rows(environment, query))
    return {
        "there": len(found),
        "lost": len(acknowledged - set(found)),
        "doubled": len([key for key, times in found.items() if times > 1]),
        "history_broken": int(json.loads(manage(environment, "verify_history", "--json"))["broken"]),
        "book_differences": int(
            json.loads(manage(environment, "recount_summaries", "--check", "--json"))["differences"]
        ),
    }


def _wait_for_the_standby(environment: dict[str, str]) -> None:
    _set(environment, "synchronous_standby_names", "*")
    query = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
    until(lambda: rows(environment, query)[0][0] == 1, "the standby is not waited for")


def _wait_for_nobody(environment: dict[str, str]) -> None:
    """The one promoted has copied the primary's settings, and would wait for a standby of its own."""
    _set(environment, "synchronous_standby_names", "")


def _set(environment: dict[str, str], name: str, value: str) -> None:
    address = cluster(environment, "url").replace("postgis://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as connection:
        # It waits for no standby itself, as it may be there to end the waiting.
        connection.execute("SET synchronous_commit = local")
        connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")  # type: ignore[call-overload]
        connection.execute("SELECT pg_reload_conf()")
