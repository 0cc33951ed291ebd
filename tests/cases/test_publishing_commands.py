"""The commands that publish print exactly what the functions give, and refuse with words."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cases.management.commands.publish_due import Command
from cells.models import Edition, Plan
from tests.cases.publishing_desk import PublishingDesk, soon
from tests.makers import a_person

pytestmark = pytest.mark.django_db

FIGURES = {
    "edition", "plan", "takes_back", "cells_changed", "cells_vertex_only", "cells_born", "cells_retired",
    "grids_changed", "grids_born", "grids_retired", "components_moved", "cases_moved", "cases_reowned", "messages",
    "seconds",
}  # fmt: skip


@pytest.fixture
def desk() -> PublishingDesk:
    return PublishingDesk()


def told(*words: object, **options: object) -> str:
    out = io.StringIO()
    call_command(*map(str, words), stdout=out, **options)
    return out.getvalue()


def test_publish_plan_and_revert_edition_print_one_object(desk: PublishingDesk) -> None:
    planner = a_person("planner")
    desk.split(1, 0)
    desk.approve()
    done = json.loads(told("publish_plan", desk.plan.pk, "--json", "--by", planner.username))
    assert set(done) == FIGURES
    assert (done["edition"], done["plan"], done["takes_back"], done["cells_born"]) == (2, desk.plan.pk, None, 1)
    assert Edition.objects.get(number=2).published_by == planner
    back = json.loads(told("revert_edition", 2, "--json"))
    assert (back["edition"], back["plan"], back["takes_back"], back["cells_retired"]) == (3, None, 2, 1)


def test_without_json_the_figures_are_for_people(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.approve()
    assert "cells born: 1" in told("publish_plan", desk.plan.pk)


def test_what_is_refused_is_told_with_its_conflicts(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    for plan in (desk, other):
        plan.split(1, 0)
    desk.publish()
    other.approve()
    with pytest.raises(CommandError, match=desk.city.code(1, 0)):
        told("publish_plan", other.plan.pk)
    with pytest.raises(CommandError, match="no plan 999"):
        told("publish_plan", 999)
    with pytest.raises(CommandError, match="no user “nobody”"):
        told("publish_plan", other.plan.pk, "--by", "nobody")
    with pytest.raises(CommandError, match="2 is"):
        told("revert_edition", 1)


def test_due_plans_are_published_and_the_refused_are_named_once(desk: PublishingDesk) -> None:
    other = desk.another_plan()
    for plan in (desk, other):
        plan.split(1, 0)
        plan.approve(effective_at=soon())
    Plan.objects.update(effective_at=timezone.now())
    out, err = io.StringIO(), io.StringIO()
    command = Command(stdout=out, stderr=err)
    for _ in range(2):
        command.execute(
            watch=None, while_pid=None, json=True, force_color=False, no_color=True, skip_checks=True, verbosity=1
        )
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["plan"] == desk.plan.pk
    assert f"Plan {other.plan.pk}" in err.getvalue()


@pytest.mark.django_db(transaction=True)
def test_two_watches_publish_once_outlive_a_lost_connection_and_end_with_the_server(desk: PublishingDesk) -> None:
    desk.split(1, 0)
    desk.approve(effective_at=soon())
    name = connection.settings_dict["NAME"]
    program = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {name!r}\n"
        "from django.core.management import call_command\n"
        "import sys; call_command('publish_due', watch=0.2, while_pid=int(sys.argv[1]), json=True, skip_checks=True)\n"
    )
    server = subprocess.Popen(["sleep", "60"])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "maps.settings"}
    watches = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(server.pid)],
            cwd=Path(__file__).resolve().parents[2],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        _until(lambda: _others() >= 2)
        with connection.cursor() as cursor:  # as a restart of the database does
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        Plan.objects.update(effective_at=timezone.now())
        _until(lambda: Edition.objects.count() == 2)
    finally:
        server.terminate()
        server.wait()
    lines = [watch.communicate(timeout=20)[0].splitlines() for watch in watches]
    assert [watch.returncode for watch in watches] == [0, 0]
    assert [json.loads(line)["edition"] for told in lines for line in told] == [2]


def _others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def _until(what: Callable[[], bool], *, within_s: float = 40.0) -> None:
    give_up = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < give_up, "it never came to that"
        time.sleep(0.05)
