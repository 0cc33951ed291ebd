"""The book of days is what the cases say, whatever happens to them, by whichever door, and whoever carries it when."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from cases import daily, dispatch, forgetting, moves, summaries
from cases.daily import Of
from cases.hotspots.asking import Asked
from cases.hotspots.frames import frame_named
from cases.hotspots.gathering import tallies, unit_counts
from cases.importing import Options, import_cases
from cases.ledger import enter_due
from cases.models import Case, DayTally, LedgerEntry, TallyChange
from cases.publishing import revert_edition
from cases.summaries import carry, carry_due, differences
from cases.workflow import ENDS, Act, Side, Stage
from cells.importing.rejects import Rejects
from cells.models import CatalogueClass, Edition, Grid, Role
from cells.territory import grids_within
from spatial.postgis import run
from tests.cases.makers import a_case, a_user, closed, voided
from tests.cases.publishing_desk import PublishingDesk
from tests.cases.test_import_cases import a_week
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def case_at(city: City, at: dt.datetime, column: int = 0, row: int = 0, **given: Any) -> Case:
    x, y = city.metres(column, row)
    return a_case(at=at, lon=x, lat=y, crs="CITY", **given)


def counted_by_hand(owners: list[int] | None, at: dt.datetime) -> dict[str, tuple[int, int, int]]:
    """What `daily.figures` must say, from every case there is, one by one."""
    cases = [c for c in Case.objects.all() if owners is None or c.owner_id in owners]
    filed = dict(LedgerEntry.objects.values_list("case", "filed_at"))
    told: dict[str, list[int]] = {name: [] for name in ("reported", "filed", "closed", "open")}
    for ago in (0, 1, 7):
        then = at - ago * DAY
        dawn = timezone.localtime(then).replace(hour=0, minute=0, second=0, microsecond=0)
        told["reported"].append(sum(dawn <= c.reported_at <= then for c in cases))
        told["filed"].append(sum(c.pk in filed and dawn <= filed[c.pk] <= then for c in cases))
        ended = [c for c in cases if c.closed_at and c.stage == Stage.CLOSED]
        told["closed"].append(sum(dawn <= c.closed_at <= then for c in ended))
        told["open"].append(
            sum(c.stage not in ENDS for c in cases)
            if not ago
            else sum(c.reported_at <= then and (c.stage not in ENDS or c.closed_at > then) for c in cases)
        )
    return {name: (n[0], n[1], n[2]) for name, n in told.items()}


def figures(user: Any, at: dt.datetime) -> dict[str, tuple[Any, ...]]:
    told = {str(f.of): (f.now, f.yesterday, f.last_week) for f in daily.figures(by=user, at=at)}
    return {name: told[name] for name in ("reported", "filed", "closed", "open")}


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_the_book_says_what_a_full_count_says(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    desk, now = PublishingDesk(), timezone.now()
    classes = list(CatalogueClass.objects.in_use().minors()[:3])
    published = 0

    def report() -> None:
        at = now - DAY * int(rng.integers(0, 9)) - HOUR * int(rng.integers(0, 24))
        source = str(rng.choice(["hotline", "patrol", "video"]))
        case_at(desk.city, at, int(rng.integers(6)), int(rng.integers(4)), source=source)  # type: ignore[arg-type]

    def some(*stages: Stage) -> Case | None:
        found = list(Case.objects.filter(stage__in=stages).order_by("pk"))
        return found[int(rng.integers(len(found)))] if found else None

    def later(case: Case) -> dt.datetime:
        return case.history.order_by("-pk")[0].at + dt.timedelta(minutes=int(rng.integers(1, 300)))

    def close() -> None:
        case = some(Stage.FILED, Stage.DISPATCHED)
        if case:
            closed(case, at=later(case))

    def void() -> None:
        case = some(Stage.FILED)
        if case:
            voided(case, at=later(case))

    def send() -> None:
        case = some(Stage.FILED)
        if case:
            dispatch.dispatch(case, by=None, at=later(case))

    def reclass() -> None:
        case = some(*Stage)
        if case:
            Case.objects.filter(pk=case.pk).update(catalogue_class=classes[int(rng.integers(len(classes)))])

    def load() -> None:
        path = a_week(tmp_path / f"{rng.integers(1 << 30)}.csv", case_id=[f"{rng.integers(1 << 30)}" for _ in range(4)])
        import_cases(path, Options(), rejects=Rejects(None))

    def publish() -> None:
        nonlocal published
        if published == 0:
            desk.split(1, 1)
            desk.paint_across(2, 0, into=(3, 0))
            desk.publish()
        elif published == 1:
            revert_edition(Edition.objects.in_force())
        published += 1

    def take_back() -> None:
        with transaction.atomic():
            report()
            transaction.set_rollback(True)

    acts: list[tuple[Callable[[], Any], float]] = [
        (report, 0.4), (close, 0.12), (void, 0.05), (send, 0.08), (reclass, 0.05), (load, 0.04), (publish, 0.06),
        (take_back, 0.04), (lambda: enter_due(at=now), 0.06), (lambda: carry(int(rng.integers(1, 9))), 0.08),
        (lambda: forgetting.forget_callers(at=now), 0.02),
    ]  # fmt: skip
    weights = np.array([weight for _, weight in acts])
    theirs = a_user(Role.LEADER, territory=desk.city.community(0, 0))
    for step in range(45):
        acts[int(rng.choice(len(acts), p=weights / weights.sum()))][0]()
        if step == 20:
            publish()
        if step % 9 == 8:
            assert differences().examples == []
            at = now - HOUR * int(rng.integers(0, 24))
            assert figures(None, at) == counted_by_hand(None, at)
            here = grids_within(desk.city.community(0, 0).pk)
            assert figures(theirs, at) == counted_by_hand(here, at)
    carry_due(at=now)
    assert not TallyChange.objects.exists()
    assert differences().examples == []
    assert sum(DayTally.objects.filter(frame="class", measure="reported").values_list("n", flat=True)) == len(
        Case.objects.all()
    )
    found = summaries.recount()
    assert (found.mended, found.differences) == (0, 0)
    # Half a year by cell is the same from the book as from the cases, also on ground that was redrawn.
    asked = Asked(since=timezone.localdate(now) - 15 * DAY, until=timezone.localdate(now))
    units = frame_named("cells")
    theirs_by_slice = tallies(asked, units, slice_days=4)
    table = theirs_by_slice.by_slice(int(theirs_by_slice.slice.max(initial=0)) + 1)
    assert table.sum() > 0
    assert (unit_counts(asked, units, slice_days=4) == table).all()


def test_a_case_counts_as_soon_as_it_is_there(django_assert_max_num_queries: Any) -> None:
    city = a_city("4x4", community="2x2")
    now = timezone.now()
    carry_due(at=now)
    case = case_at(city, now)
    assert TallyChange.objects.exists()
    assert figures(None, now)["reported"][0] == figures(None, now)["open"][0] == 1
    moves.move(case, Act.PROPOSE_VOID, by=None, side=Side.SUPERVISION, at=now, note="误报")
    carry_due(at=now)
    with django_assert_max_num_queries(8):
        assert figures(None, now)["open"][0] == 1


def test_what_was_written_behind_the_triggers_is_found_and_mended() -> None:
    city = a_city("4x4", community="2x2")
    now = timezone.now()
    for column in range(3):
        case_at(city, now - column * DAY, column)
    carry_due(at=now)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE cases_case SET source_id = 'video', reported_at = '1987-05-05T12:00Z'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(CommandError, match="recount_summaries"):
        call_command("recount_summaries", check=True, stdout=StringIO())
    out = StringIO()
    call_command("recount_summaries", json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert set(told) == {"differences", "mended", "examples", "seconds"}
    assert told["differences"] == 0
    assert told["mended"] > 0
    call_command("recount_summaries", check=True, stdout=StringIO())
    # A year before any city's is kept with the others, in the default partition.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_daytally_other WHERE n > 0")
        assert cursor.fetchone()[0] > 0


def test_a_week_is_read_from_its_year_alone_and_a_day_by_an_index_alone() -> None:
    city = a_city("4x4", community="2x2")
    now = timezone.now()
    for years in range(3):
        case_at(city, now - 365 * years * DAY)
    carry_due(at=now)
    asked = {"since": timezone.localdate(now), "until": timezone.localdate(now), "zone": "Asia/Shanghai"}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + run.statement("cases", "reported_in_days_v1"), asked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
        assert f"cases_daytally_{now:%Y}_pkey" in plan
        assert f"cases_daytally_{now - 365 * DAY:%Y}" not in plan
        assert "cases_daytally_other" not in plan
        cursor.execute("SELECT count(*) FROM cases_daytally_other")
        assert cursor.fetchone() == (0,)  # each year has its own
        cursor.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        day = "reported_at >= now() - interval '1 day'"
        cursor.execute(f"EXPLAIN SELECT owner_id FROM cases_case WHERE {day} ORDER BY reported_at DESC")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Index Only Scan using case_newest" in plan, plan


@pytest.mark.django_db(transaction=True)
def test_two_carriers_take_turns_and_one_that_dies_has_done_nothing() -> None:
    city = a_city("4x4", community="2x2")
    now = timezone.now()
    cases = [case_at(city, now - n * HOUR, n % 4) for n in range(8)]
    waiting = TallyChange.objects.count()
    assert waiting >= len(cases)
    # One has carried, and is killed before it commits: the other leaves the book to him meanwhile.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
    dying = connection.copy()
    with dying.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(run.statement("cases", "hold_tallies_v1"), {"wait": True})
        cursor.execute(run.statement("cases", "fold_tallies_v1"), {"zone": "Asia/Shanghai", "most": 5})
        assert cursor.fetchone()[0] == 5
        assert carry(100).changes == 0
        assert figures(None, now) == counted_by_hand(None, now)
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    dying.close()
    for _ in range(200):
        if carry(3).changes:
            break
        threading.Event().wait(0.02)
    assert TallyChange.objects.count() == waiting - 3
    assert differences().examples == []
    # Writers and carriers at once.
    failed: list[BaseException] = []

    def at_work(work: Callable[[], Any]) -> None:
        try:
            for _ in range(6):
                work()
        except BaseException as error:  # shown by the test's own thread
            failed.append(error)
        finally:
            connections.close_all()

    def write() -> None:
        case_at(city, now, 1, 1)

    threads = [
        threading.Thread(target=at_work, args=(work,)) for work in (write, write, lambda: carry(2), lambda: carry(3))
    ]
    for thread in threads:
        thread.start()
    assert differences().examples == []
    recounted = summaries.recount()
    assert recounted.differences == 0
    for thread in threads:
        thread.join()
    assert failed == []
    assert Case.objects.count() == len(cases) + 12
    carry_due(at=now)
    assert differences().examples == []
    assert figures(None, now) == counted_by_hand(None, now)


def test_no_number_of_the_page_is_taken_from_a_grid_that_is_not_the_readers() -> None:
    city = a_city("4x4", community="2x2")
    now = timezone.now()
    case_at(city, now, 0, 0)
    carry_due(at=now)
    case_at(city, now, 0, 0)
    nobody = a_user(None)
    assert {f.now for f in daily.figures(by=nobody, at=now)} == {0}
    assert {f.of for f in daily.figures(by=nobody, at=now)} == set(Of)
    assert Grid.objects.exists()
