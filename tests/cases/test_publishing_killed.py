"""kill -9 in the middle of publishing, at twenty random moments: the city is wholly old or wholly new, a rerun ends it.

The city is committed in a database of its own. A program with everything imported waits there and forks for each
attempt a process that runs `manage.py publish_plan`, so that the moments are spread over the publication, not over the
start of Python; the rerun at the end is `manage.py` itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests.browser.conftest import ROOT, a_database, manage

KILLS = 20
VICTIM = "wanmi-victim"
_PROGRAM = f"""
import json, os, sys
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command, execute_from_command_line
from django.db import connection
from django.utils import timezone
from cases import intake
from cases.publishing import revert_edition
from cells.plans import apply, approve, open_plan, send
from tests.makers import City, a_city, a_component
from cells.models import CatalogueClass, Edition, Grid, PlanCheck

def fill():
    city = a_city("6x4", community="3x2")
    kind = CatalogueClass.objects.in_use().components().minors()[0].code
    for column in range(6):
        for n in range(20):
            a_component(city, column, 0, class_code=kind)
            x, y = city.metres(column, 0, east=0.03 + 0.047 * n, south=0.1)
            report = intake.Report(source="hotline", words="路面塌陷", lon=x, lat=y, crs="CITY")
            intake.receive(report, by=None, at=timezone.now())
    get_user_model().objects.create_user("second")

def plan():
    first = Edition.objects.get(number=1)
    city = City(first, 6, 4, 3, 2, 100.0, (450_000.0, 3_840_000.0))
    made = open_plan(title="drill")
    at = lambda east: list(city.lonlat(1, 0, east=east, south=0.5))
    done = apply(made, "split", {{"cells": [city.cell(1, 0).pk], "line": [at(-0.1), at(1.1)]}}, revision=0)
    grid = Grid.objects.get(code=city.community_code(3, 0) + "-01").pk
    apply(made, "paint", {{"cells": [city.cell(2, 0).pk], "grid": grid, "across": True}}, revision=done.revision)
    PlanCheck.objects.update(severity=PlanCheck.Severity.OFF)
    send(made, by=None)
    approve(made, by=get_user_model().objects.get(username="second"))
    return made.pk

def revert():
    return revert_edition(Edition.objects.in_force()).edition

call_command("check", stdout=open(os.devnull, "w"))  # imports all that a command looks at before it begins
print("READY", flush=True)
for line in sys.stdin:
    word, *rest = line.split()
    if word == "publish":
        connection.close()
        child = os.fork()
        if child == 0:
            os.environ["PGAPPNAME"] = "{VICTIM}"
            sys.stdout = open(os.devnull, "w")
            execute_from_command_line(["manage.py", "publish_plan", rest[0], "--json"])
            os._exit(0)
        print("PID", child, flush=True)
        os.waitpid(child, 0)
        print("ENDED", flush=True)
    else:
        print("TOLD", globals()[word](), flush=True)
"""


@dataclass
class Drill:
    """The waiting program and the database it works on."""

    program: subprocess.Popen[str]
    database: psycopg.Connection[Any]
    environment: dict[str, str]

    def say(self, *words: object) -> str:
        assert self.program.stdin is not None
        self.program.stdin.write(" ".join(map(str, words)) + "\n")
        self.program.stdin.flush()
        return self.hear()

    def hear(self) -> str:
        assert self.program.stdout is not None
        line = self.program.stdout.readline()
        assert line, "the program has ended"
        return line.split()[-1]

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        return self.database.execute(question).fetchall()

    def publish(self, plan: str, *, kill_after_s: float | None = None) -> tuple[float, bool]:
        """Publish, or kill it some time after its transaction began; its seconds, and whether it was inside still."""
        pid = int(self.say("publish", plan))
        inside, give_up = False, time.monotonic() + 20
        while not self._victims("AND xact_start IS NOT NULL"):
            assert time.monotonic() < give_up, "it never began"
        begun = time.perf_counter()
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            inside = bool(self._victims("AND xact_start IS NOT NULL"))
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(pid, signal.SIGKILL)
        self.hear()
        took = time.perf_counter() - begun
        while self._victims():  # its backend ends at its next word to the dead
            time.sleep(0.002)
        return took, inside

    def _victims(self, only: str = "") -> list[tuple[Any, ...]]:
        return self.ask(
            "SELECT pid FROM pg_stat_activity "
            f"WHERE application_name = '{VICTIM}' AND datname = current_database() {only}"
        )

    def state(self) -> dict[str, Any]:
        """All that publishing changes; codes of cells without their serials, which are never the same twice."""
        digest = hashlib.sha256()
        for rows in (
            "SELECT left(k.code, 12), g.code, encode(ST_AsBinary(v.shape), 'hex') FROM cells_cellversion v "
            "JOIN cells_cell k ON k.id = v.cell_id JOIN cells_grid g ON g.id = v.grid_id "
            "WHERE v.until_id IS NULL ORDER BY 3",
            "SELECT g.code, encode(ST_AsBinary(v.shape), 'hex') FROM cells_gridversion v "
            "JOIN cells_grid g ON g.id = v.grid_id WHERE v.until_id IS NULL ORDER BY 1",
            "SELECT c.code, left(k.code, 12) FROM cells_component c JOIN cells_cell k ON k.id = c.cell_id ORDER BY 1",
            "SELECT c.number, c.stage, g.code, left(k.code, 12), c.reason->'community'->>'code' FROM cases_case c "
            "JOIN cells_cell k ON k.id = c.cell_id JOIN cells_grid g ON g.id = c.owner_id ORDER BY 1",
        ):
            digest.update(repr(self.ask(rows)).encode())
        ((edition, in_force),) = self.ask(
            "SELECT max(number), count(*) FILTER (WHERE valid_to IS NULL) FROM cells_edition"
        )
        ((orphans,),) = self.ask(
            "SELECT count(*) FROM cells_cell k LEFT JOIN cells_cellversion v ON v.cell_id = k.id WHERE v.id IS NULL"
        )
        ((lines,),) = self.ask("SELECT count(*) FROM cases_caseevent WHERE act = 'redraw'")
        ((messages,),) = self.ask("SELECT count(*) FROM cases_message")
        ((published,),) = self.ask("SELECT count(*) FROM cells_plan WHERE state = 'published'")
        assert (in_force, orphans) == (1, 0)
        counts = {"edition": edition, "lines": lines, "messages": messages, "published": published}
        return {"city": digest.hexdigest(), **counts}


@pytest.fixture(scope="module")
def drill() -> Iterator[Drill]:
    name = f"drill_{settings.DATABASES['default']['NAME']}"
    with a_database(name) as url:
        environment = os.environ | {"DATABASE_URL": url, "CITY_POOL": "0", "DJANGO_SETTINGS_MODULE": "maps.settings"}
        environment.pop("CITY_DATABASE", None)
        manage(environment, "migrate", "-v0")
        program = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            with psycopg.connect(url.replace("postgis://", "postgresql://"), autocommit=True) as database:
                made = Drill(program, database, environment)
                assert made.hear() == "READY"
                made.say("fill")
                yield made
        finally:
            program.kill()
            program.wait()


def test_a_city_is_wholly_old_or_wholly_new_whenever_publishing_is_killed(drill: Drill) -> None:
    old = drill.state()
    took, _ = drill.publish(drill.say("plan"))
    new = drill.state()
    assert (new["edition"], new["published"], new["messages"]) == (2, 1, 2)
    assert new["lines"] > old["lines"]
    assert new["city"] != old["city"]
    step = {name: new[name] - old[name] for name in ("edition", "lines", "messages", "published")}
    drill.say("revert")
    assert drill.state()["city"] == old["city"]
    plan, rng, inside, outcomes = drill.say("plan"), random.Random(11), 0, []
    for _ in range(KILLS):
        before = drill.state()
        _, was_inside = drill.publish(plan, kill_after_s=rng.uniform(0.0, 0.9) * took)
        inside += was_inside
        after = drill.state()
        if after["published"] == before["published"]:
            assert after == before
            outcomes.append("old")
            continue
        assert after == {"city": new["city"], **{name: before[name] + step[name] for name in step}}
        outcomes.append("new")
        drill.say("revert")
        assert drill.state()["city"] == old["city"]
        plan = drill.say("plan")
    assert inside >= KILLS // 4, "the kills did not hit the publication"
    assert "old" in outcomes
    before = drill.state()
    told = json.loads(manage(drill.environment, "publish_plan", plan, "--json"))
    assert told["edition"] == before["edition"] + 1
    assert drill.state() == {"city": new["city"], **{name: before[name] + step[name] for name in step}}
    print(f"{inside} of {KILLS} were killed inside the transaction; {outcomes.count('new')} had committed")
