"""A simulated day, small: it keeps every promise, comes out the same again, and what is broken is found and said."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from cases import intake
from cases.models import Case, CaseEvent, Outgoing
from cases.simulation.arrivals import figures_of_day
from cases.simulation.crew import gather
from cases.simulation.day import Day
from cases.simulation.proof import Proof, prove
from cells.models import Grid, Level, Posting, Role
from tests.cases.makers import a_user
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 3, 10)
# What is rare happens often, so that a small day has all of it.
UNUSUAL = {
    "rework": 0.2, "extension": 0.3, "hold": 0.5, "hold_refused": 0.2, "return": 0.15, "escalate": 0.4,
    "come_down": 0.8, "up_again": 0.9, "on_spot": 0.2, "verify": 0.4, "untrue": 0.4, "void": 0.5, "no_place": 0.3,
    "second_caller": 0.5, "reopen": 0.5, "evaluate": 0.5, "officer_reports": 1.0,
}  # fmt: skip
KEYS = (
    "cases", "closed", "overdue", "escalated", "rework", "callers", "callers_answered", "orphan_cases",
    "history_broken", "seconds",
)  # fmt: skip


@pytest.fixture
def city(settings: Any, tmp_path: Path) -> City:
    """Four communities in two streets, with an officer in one grid; the other seats the day fills itself."""
    settings.PHOTOS = tmp_path / "photos"
    made = a_city(cells="6x4", community="3x2", at=dt.datetime(2025, 12, 1, tzinfo=dt.UTC))
    officer = a_user(Role.OFFICER, territory=made.community(0, 0))
    grid = Grid.objects.filter(level=Level.GRID).order_by("code").first()
    Posting.objects.create(person=officer.person, grid=grid, since=dt.date(2025, 12, 1))
    return made


def a_day(cases: int, *, seed: int = 5, **shares: float) -> tuple[Day, Proof]:
    """A day with more calls than patrols, whose timetable is worked off every two hours only."""
    usual = figures_of_day()
    figures = usual | {
        "sources": {"patrol": 0.5, "hotline": 0.4, "video": 0.1},
        "timetable_minutes": {"first_days": 0, "then": 120, "later": 120},
        "shares": usual["shares"] | shares,
    }
    day = Day(DAY, cases=cases, seed=seed, figures=figures)
    day.run()
    return day, prove(after=day.first_case)


def behind(statement: str, **values: Any) -> None:
    """As somebody with the rights of a superuser does it: past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")


def test_a_day_keeps_its_promises_and_comes_out_the_same_again(city: City) -> None:
    told: list[tuple[Proof, list[tuple[Any, ...]]]] = []
    gather()  # the same people both times
    for _ in range(2):
        with transaction.atomic():
            day, proof = a_day(25, **UNUSUAL)
            lines = CaseEvent.objects.filter(case__gt=day.first_case).order_by("pk")
            told.append((proof, list(lines.values_list("act", "at", "by", "owner"))))
            transaction.set_rollback(True)
    (proof, lines), again = told
    assert (proof, lines) == again
    assert proof.faults == []
    assert (proof.cases, proof.still_open) == (25, 0)
    assert proof.callers == proof.callers_answered > 0
    assert proof.lines == len(lines)
    assert {line[0] for line in lines} >= {"rework", "return", "escalate", "come_down", "ask_hold", "verify", "reopen"}


# How a promise is broken of one case that has ended and of its history, and in which words that is said.
BROKEN: dict[str, str] = {
    "without owner": "UPDATE cases_caseevent SET owner_id = NULL WHERE case_id = %(case)s AND act = 'handle'",
    "without cell": "UPDATE cases_case SET cell_id = NULL WHERE id = %(case)s",
    "of another's": "UPDATE cases_caseevent SET owner_id = %(stranger)s WHERE case_id = %(case)s AND act = 'dispatch'",
    "untold": "UPDATE cases_case SET stage = 'void' WHERE id = %(case)s",
    "no step": "UPDATE cases_caseevent SET act = 'resume' WHERE case_id = %(case)s AND act = 'close'",
    "backwards": "UPDATE cases_caseevent SET at = at - interval '9 days' WHERE case_id = %(case)s AND act = 'close'",
    "clock": "UPDATE cases_caseevent SET clocks = jsonb_set(clocks, '{shown,0,elapsed}', '-1') "
    "WHERE case_id = %(case)s AND act = 'close'",
    "unsent": "UPDATE cases_outgoing SET state = 'dead', sent_at = NULL WHERE id = %(message)s",
}
SAID = {
    "without owner": "no owner or no cell",
    "without cell": "no owner or no cell",
    "of another's": "no owner or no cell",
    "untold": "without a line of history",
    "no step": "without a line of history",
    "backwards": "below zero",
    "clock": "below zero",
    "unsent": "callers were not answered",
}


def test_what_is_broken_behind_the_day_is_found(city: City) -> None:
    day, proof = a_day(12)
    assert proof.faults == []
    cases = Case.objects.filter(pk__gt=day.first_case, stage="closed", on_spot=False, rung=None)
    case = cases.order_by("pk").first()
    assert case is not None
    stranger = Grid.objects.filter(level=Level.COMMUNITY).exclude(pk=case.owner_id).first()
    message = Outgoing.objects.filter(case__gt=day.first_case, state="sent").first()
    assert stranger is not None
    assert message is not None
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for how, statement in BROKEN.items():
        with transaction.atomic():
            behind(statement, case=case.pk, stranger=stranger.pk, message=message.pk)
            faults = " ".join(prove(after=day.first_case).faults)
            transaction.set_rollback(True)
        assert SAID[how] in faults, how


def test_the_command_prints_its_totals_and_ends_with_one_where_a_history_is_broken(city: City) -> None:
    with pytest.raises(CommandError, match="no demo city"):
        call_command("simulate_day", "--here", "--cases", "3", "-v0")
    note = json.dumps({"today": DAY.isoformat()})
    city.edition.note = f"demo city {note}"
    city.edition.save()
    lon, lat = city.lonlat(0, 0)
    before = dt.datetime(2026, 3, 9, 2, tzinfo=dt.UTC)
    report = intake.Report(source="video", words="早先的案卷", catalogue_class="event-0110", lon=lon, lat=lat)
    earlier = intake.receive(report, by=None, at=before)
    behind("UPDATE cases_caseevent SET note = 'x' WHERE case_id = %(case)s", case=earlier.pk)
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("simulate_day", "--here", "--cases", "5", "--json", "-v0", stdout=out, stderr=err)
    told = json.loads(out.getvalue())
    assert ended.value.code == 1
    assert tuple(told) == KEYS
    assert (told["cases"], told["orphan_cases"], told["history_broken"]) == (5, 0, 1)
    assert "1 histories are not as they were written" in err.getvalue()
    with pytest.raises(CommandError, match="lived in this city already"):
        call_command("simulate_day", "--here", "--cases", "5", "-v0")
