"""The ledger: every filed case of a town under the next number of its year, and the lines that somebody asks for."""

from __future__ import annotations

import datetime as dt
import json
import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from cases import intake, moves
from cases.ledger import Asked, BadCursor, Position, asked_lines, enter_due, entering, lines_of, page, tally
from cases.models import Case, LedgerEntry, LedgerMark, LedgerSerial
from cases.workflow import Act, Side
from cells.models import CatalogueClass, Role
from tests.cases.ledger_desk import LedgerDesk, all_pages, dispatch, serials
from tests.cases.makers import a_user
from tests.makers import noon

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def desk() -> LedgerDesk:
    return LedgerDesk()


def test_cases_are_numbered_by_town_and_year_in_the_order_of_their_filing(desk: LedgerDesk) -> None:
    # 1 January 00:30 in the city is the evening before in UTC: the year is the city's.
    late = desk.file(0, 0, at=noon("2026-03-03"))
    early = desk.file(4, 1, at=noon("2026-03-02"))
    new_year = desk.file(1, 1, at=dt.datetime(2026, 12, 31, 16, 30, tzinfo=dt.UTC))
    below = desk.file(0, 2, at=noon("2026-03-04"))
    done = enter_due(at=noon("2027-01-02"))
    assert (done.cases, done.ledgers) == (4, 3)
    found = {e.case_id: (e.town.code, e.number) for e in LedgerEntry.objects.select_related("town")}
    first, second = desk.city.town_code(0), desk.city.town_code(2)
    assert found == {
        early.pk: (first, "2026-00001"),
        late.pk: (first, "2026-00002"),
        new_year.pk: (first, "2027-00001"),
        below.pk: (second, "2026-00001"),
    }
    # Again: nothing more. Later: the next free number, also for an older filing.
    assert enter_due(at=noon("2027-01-02")).cases == 0
    older = desk.file(2, 0, at=noon("2026-02-01"))
    assert enter_due(at=noon("2027-01-02")).cases == 1
    assert LedgerEntry.objects.get(case=older).number == "2026-00003"


def test_what_is_only_reported_stands_in_no_ledger_until_it_is_filed(desk: LedgerDesk) -> None:
    waiting = intake.receive(intake.Report(source="hotline", words="路灯不亮"), by=None, at=noon())
    mistaken = intake.receive(intake.Report(source="hotline", words="误报"), by=None, at=noon())
    moves.move(mistaken, Act.DECLINE, by=None, side=Side.SUPERVISION, at=noon() + HOUR, note="误报")
    assert enter_due(at=noon()).cases == 0
    x, y = desk.city.metres(0, 0)
    intake.locate(waiting, lon=x, lat=y, crs="CITY", by=None, at=noon() + 2 * HOUR)
    assert enter_due(at=noon()).cases == 1
    assert LedgerEntry.objects.get().filed_at == noon() + 2 * HOUR


def test_a_number_stays_when_the_case_goes_back_and_comes_again(desk: LedgerDesk) -> None:
    case = dispatch(desk.file(0, 0), at=noon() + HOUR)
    enter_due(at=noon())
    number = LedgerEntry.objects.get().number
    returned = moves.move(case, Act.RETURN, by=None, side=Side.OWNER, at=noon() + 2 * HOUR, note="不属本社区")
    moves.move(
        returned, Act.DISPATCH, by=None, side=Side.COMMAND, at=noon() + 3 * HOUR, owner=desk.city.community(0, 2)
    )
    assert enter_due(at=noon()).cases == 0
    entry = LedgerEntry.objects.get()
    assert (entry.number, entry.town.code) == (number, desk.city.town_code(0))


def test_the_command_enters_what_an_import_brought_and_tells_figures(desk: LedgerDesk) -> None:
    for n in range(5):
        desk.file(n, 0)
    out = StringIO()
    call_command("enter_ledger", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["cases"], told["more"]) == (5, False)
    assert serials(desk.town(0)) == [1, 2, 3, 4, 5]
    out = StringIO()
    call_command("enter_ledger", "--json", stdout=out)
    assert json.loads(out.getvalue())["cases"] == 0


def test_few_lines_at_a_time_come_to_the_same_numbers(desk: LedgerDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(9):
        desk.file(n % 6, n % 2, at=noon() + n * HOUR)
    monkeypatch.setattr(entering, "_AT_ONCE", 4)
    call_command("enter_ledger", stdout=StringIO())
    in_order = LedgerEntry.objects.order_by("filed_at").values_list("serial", flat=True)
    assert list(in_order) == list(range(1, 10))


@pytest.mark.django_db(transaction=True)
def test_four_at_once_and_one_taken_back_leave_no_hole() -> None:
    desk = LedgerDesk()
    faults: list[Exception] = []
    begin = threading.Barrier(4)

    def work(n: int) -> None:
        try:
            begin.wait()
            for k in range(8):
                desk.file((n + k) % 6, k % 4, at=noon() + dt.timedelta(minutes=10 * k + n))
                if k % 3 == n % 3:
                    # Numbers are drawn, and the transaction comes to nothing.
                    with transaction.atomic():
                        enter_due(at=noon())
                        transaction.set_rollback(True)
                enter_due(at=noon())
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    enter_due(at=noon())
    assert LedgerEntry.objects.count() == Case.objects.count() == 32
    for row in (0, 2):
        found = serials(desk.town(row))
        assert found == list(range(1, 17))
    assert set(LedgerSerial.objects.values_list("last", flat=True)) == {16}


@pytest.mark.django_db(transaction=True)
def test_a_case_that_commits_late_is_not_passed_over() -> None:
    """Its lines have smaller numbers than those of another case that was entered before it became visible."""
    desk = LedgerDesk()
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                desk.file(0, 0)
                written.set()
                assert may_commit.wait(10)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    # Not through intake, whose number of the day waits for the other.
    x, y = desk.city.metres(0, 2)
    other = desk.file(0, 2, at=noon("2026-03-09"), source_label="other")
    assert (x, y) == (other.place.x, other.place.y)
    assert enter_due(at=noon()).cases == 1
    assert enter_due(at=noon()).cases == 0
    may_commit.set()
    thread.join()
    assert enter_due(at=noon()).cases == 1
    assert serials(desk.town(0)) == [1]


def test_history_is_read_for_good_once_nobody_of_that_time_is_writing_any_more() -> None:
    mark = LedgerMark.objects.create(pk=1)

    def read(to: int, *, oldest: int, following: int, alone: bool = False) -> tuple[int, int, int]:
        entering._move(mark, read_to=to, oldest_running=oldest, next_xid=following, alone=alone)
        mark.refresh_from_db()
        return mark.settled, mark.seen, mark.seen_xid

    # Transaction 90 is writing while lines up to 10 are seen; it may still bring line 7.
    assert read(10, oldest=90, following=100) == (0, 10, 100)
    assert read(20, oldest=90, following=110) == (0, 10, 100)
    # All of before 100 have ended: up to 10 is good, up to 25 is seen.
    assert read(25, oldest=100, following=120) == (10, 25, 120)
    # Only a part is read: good as far as it was read, the rest is waited for.
    assert read(15, oldest=130, following=140) == (15, 25, 120)
    # Alone, a part is read: the rest stays what was seen.
    assert read(20, oldest=130, following=140, alone=True) == (20, 25, 120)
    assert read(30, oldest=130, following=140, alone=True) == (30, 30, 140)


def test_who_only_looks_does_not_wait_for_another_who_enters(desk: LedgerDesk) -> None:
    desk.file(0, 0)
    done = enter_due(at=noon(), most=1, wait=False)
    assert done.more
    assert done.cases == 1


def test_a_filter_shows_its_lines_newest_first(desk: LedgerDesk) -> None:
    a = desk.file(0, 0, at=noon("2026-03-02"), words="路面塌陷", address="人民路1号")
    b = desk.file(4, 0, at=noon("2026-03-03"), words="路灯不亮", catalogue_class="component-0137", source="patrol")
    c = dispatch(desk.file(0, 3, at=noon("2026-03-04"), words="100%_的坑"), at=noon("2026-03-05"))
    enter_due(at=noon("2026-03-06"))

    def numbers(**asked: Any) -> list[str]:
        found = [line.number for line in all_pages(Asked(**asked))]
        assert tally(Asked(**asked), by=None).cases == len(found)
        return found

    day = dt.date(2026, 3, 3)
    assert numbers() == [c.number, b.number, a.number]
    assert numbers(area=desk.town(0)) == [b.number, a.number]
    assert numbers(area=desk.city.community(0, 0)) == [a.number]
    assert numbers(kind="component") == [b.number]
    assert numbers(kind="event", major="01", minor="03") == [c.number, a.number]
    assert numbers(kind="event", major="02") == []
    assert numbers(stage="dispatched") == [c.number]
    assert numbers(stage="open") == [c.number, b.number, a.number]
    assert numbers(source="patrol") == [b.number]
    assert numbers(since=day) == [c.number, b.number]
    assert numbers(until=day) == [b.number, a.number]
    assert numbers(since=day, until=day) == [b.number]
    # Words of two signs, of the address, with the signs that LIKE reads otherwise, numbers of both kinds.
    assert numbers(words="路灯") == [b.number]
    assert numbers(words="灯") == [b.number]
    assert numbers(words="人民路") == [a.number]
    assert numbers(words="0%_的") == [c.number]
    assert numbers(words="%路") == []
    assert numbers(words=c.number[:10]) == [c.number]
    assert numbers(words="2026-00002") == numbers(words="2026-2") == [b.number]
    assert numbers(area=desk.town(2), since=day, stage="dispatched", words="的坑") == [c.number]


def test_a_tally_counts_stages_and_classes(desk: LedgerDesk) -> None:
    for n in range(3):
        desk.file(n, 0)
    dispatch(desk.file(0, 0, catalogue_class="event-0107"), at=noon() + HOUR)
    enter_due(at=noon())
    found = tally(Asked(), by=None)
    assert found.by_stage == {"filed": 3, "dispatched": 1}
    in_use = CatalogueClass.objects.in_use().filter(kind="event")
    assert found.by_class == {in_use.get(major="01", minor="03"): 3, in_use.get(major="01", minor="07"): 1}


def test_pages_neither_repeat_nor_hide_a_line_while_cases_come_in(desk: LedgerDesk) -> None:
    # Three at the same moment: the entry decides.
    before = [desk.file(n % 6, n % 4, at=noon() + (n // 3) * HOUR).number for n in range(10)]
    enter_due(at=noon())
    after: Position | None = None
    seen: list[str] = []
    for round_ in range(4):
        lines, after = page(Asked(), by=None, after=after, most=3)
        seen += [line.number for line in lines]
        desk.file(0, 0, at=noon("2026-03-05") + round_ * HOUR)
        enter_due(at=noon())
    assert after is None
    assert sorted(seen) == sorted(before)
    assert len(seen) == len(set(seen))
    position = Position(noon() + dt.timedelta(microseconds=17), 5)
    assert Position.read(str(position)) == position
    for text in ("", "a-b", "1", "-99999999999999999-1", "1-9999999999999999999", "1-2-3", "٣-1"):
        with pytest.raises(BadCursor):
            Position.read(text)


def test_a_person_sees_the_cases_of_his_territory_and_no_others(desk: LedgerDesk) -> None:
    cases = {place: desk.file(*place) for place in ((0, 0), (4, 0), (0, 2))}
    enter_due(at=noon())

    def seen(user: Any) -> set[str]:
        lines = {line.number for line in all_pages(Asked(), by=user)}
        assert tally(Asked(), by=user).cases == len(lines)
        return lines

    def number(*places: tuple[int, int]) -> set[str]:
        return {cases[place].number for place in places}

    assert seen(None) == seen(a_user(Role.LEADER)) == number((0, 0), (4, 0), (0, 2))
    assert seen(a_user(Role.COMMUNITY, territory=desk.city.community(4, 0))) == number((4, 0))
    town = a_user(Role.LEADER, territory=desk.town(0))
    assert seen(town) == number((0, 0), (4, 0))
    assert seen(a_user(None)) == set()
    # Not by asking for another's ground either.
    assert [*asked_lines(Asked(area=desk.town(2)), by=town)] == []
    assert Case.objects.in_territory_of(town).count() == 2


def test_a_line_says_what_the_case_is_where_and_by_when(desk: LedgerDesk) -> None:
    case = desk.file(0, 0, at=noon(), address="人民路1号")  # a Monday
    enter_due(at=noon())
    (line,) = lines_of(asked_lines(Asked(), by=None))
    assert (line.number, line.ledger_number, line.words, line.address) == (
        case.number,
        "2026-00001",
        "路面塌陷",
        "人民路1号",
    )
    assert line.town is not None
    assert line.owner is not None
    assert (line.town.code, line.owner.code) == (desk.city.town_code(0), desk.city.community_code(0, 0))
    assert (line.lon, line.lat) == pytest.approx(desk.city.lonlat(0, 0), abs=1e-7)
    # Five working days from Monday noon end on the Monday after, as noon is a beginning of no shift's end: 8 h a day.
    assert line.due_at is not None
    assert line.due_at.date() == dt.date(2026, 3, 9)
    assert not line.is_late(line.due_at)
    assert line.is_late(line.due_at + dt.timedelta(seconds=1))
    assert not {"caller", "telephone", "name"} & set(type(line).__slots__)


def test_lines_cost_the_same_queries_however_many(desk: LedgerDesk, django_assert_num_queries: Any) -> None:
    for n in range(12):
        desk.file(n % 6, n % 4)
    enter_due(at=noon())
    list(lines_of(asked_lines(Asked(), by=None)))
    # Rows, classes, sources, limits, calendar's stamp, names of areas.
    with django_assert_num_queries(6):
        assert len(list(lines_of(asked_lines(Asked(), by=None)))) == 12


def test_the_questions_have_indexes_to_be_answered_by(desk: LedgerDesk) -> None:
    """Of a row or two any plan is as good as another: the planner is told of a million, and has to find each index."""
    desk.file(0, 0)
    enter_due(at=noon())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = 1e6 * greatest(relpages, 1), relpages = greatest(relpages, 1)"
            " WHERE relname IN ('cases_case', 'cases_ledgerentry')"
        )
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")

    def plan(asked: Asked) -> str:
        return str(
            asked_lines(asked, by=None).values_list("ledger_entry__filed_at", "ledger_entry__pk", "pk")[:51].explain()
        )

    assert "ledger_newest" in plan(Asked())
    assert "ledger_of_town" in plan(Asked(area=desk.town(0)))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = on; SET LOCAL enable_indexscan = off")
    assert "case_word_pairs" in plan(Asked(words="路面"))
    assert "Seq Scan on cases_" not in plan(Asked(area=desk.town(0), stage="filed", since=dt.date(2026, 3, 1)))
