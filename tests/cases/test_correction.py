"""Paid correction: exact amounts by class and overdue days, months that stay closed, corrections by new lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from cases.correction import book, statement
from cases.correction.amounts import Tier, overdue_days, whole
from cases.models import CaseFacts, CorrectionItem, CorrectionLine, CorrectionMonth, CorrectionTable
from cells.models import Grid, Role
from tests.cases.makers import a_case
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import a_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(city_language: None) -> Iterator[None]:
    """Refusals are read in English here."""
    with translation.override("en"):
        yield


DAY = dt.timedelta(days=1)
D = Decimal
USUAL = """编号,项目,类别,超期天数,金额,每日金额
1,路面塌陷,event-0103,1,200.00,50.10
1,路面塌陷,event-0103,11,1000,0
"""


def at(day: str, hour: int = 12) -> dt.datetime:
    return timezone.make_aware(dt.datetime.fromisoformat(f"{day}T{hour:02d}:00"))


@pytest.fixture
def city() -> City:
    return a_city(cells="4x2", at=at("2025-01-01"))


@pytest.fixture
def leader(city: City) -> Any:
    return a_person(Role.LEADER)


def a_table(tmp_path: Path, text: str = "", since: str = "2026-01") -> CorrectionTable:
    file = tmp_path / "items.csv"
    file.write_text(text or USUAL)
    call_command("import_correction_items", str(file), "--since", since, verbosity=0)
    return CorrectionTable.objects.first()


def late(city: City, due: dt.datetime, handled: dt.datetime | None = None, **facts: Any) -> CaseFacts:
    """A case of event-0103 whose limit ended at a moment."""
    case = a_case(at=due - 5 * DAY)
    return CaseFacts.objects.create(
        case=case, turn=1, lines=1, found_by="o", missed=False, untrue=False, reported_at=due - 5 * DAY, due_at=due,
        handled_at=handled, last_at=handled or due, district=district_of(), **facts,
    )  # fmt: skip


def district_of() -> Any:
    return Grid.objects.get(level="district")


@pytest.mark.parametrize(
    ("late_by", "days"),
    [(dt.timedelta(0), 0), (-DAY, 0), (dt.timedelta(seconds=1), 1), (DAY, 1), (DAY + dt.timedelta(seconds=1), 2)],
)
def test_overdue_days_are_days_begun(late_by: dt.timedelta, days: int) -> None:
    assert overdue_days(at("2026-03-01"), at("2026-03-01") + late_by) == days


def test_an_amount_is_that_of_the_highest_tier_reached_and_exact() -> None:
    tiers = [Tier(1, 1, D("200.00"), D("50.10")), Tier(2, 11, D("1000.00"), D("0.01"))]
    assert whole(tiers, 0) == (D(0), None)
    assert whole(tiers, 1) == (D("200.00"), 1)
    assert whole(tiers, 10) == (D("650.90"), 1)
    assert whole(tiers, 11) == (D("1000.00"), 2)
    assert whole(tiers, 100_011) == (D("2000.00"), 2)
    # 0.1 three times is no 0.3 in binary; money is decimal.
    assert whole([Tier(1, 1, D("0.10"), D("0.10"))], 3)[0] == D("0.30")


def test_a_case_costs_month_by_month_what_it_has_not_cost_yet(city: City, leader: Any, tmp_path: Path) -> None:
    a_table(tmp_path)
    late(city, at("2026-01-28"), at("2026-02-03", 13))  # 4 days by the end of January, 7 in all
    late(city, at("2026-01-10"), at("2026-01-10"))  # in time
    late(city, at("2026-01-20"), None, void_at=at("2026-01-25"))
    late(city, at("2025-12-20"), None)  # before there was a table
    late(city, at("2026-01-05"), None, excused_late=True)  # by an appeal
    january = book.close("2026-01", by=leader, at=at("2026-03-05"))
    assert (january.total, january.lines) == (D("350.30"), 1)
    february = book.close("2026-02", by=leader, at=at("2026-03-05"))
    assert february.total == D("150.30")
    line = CorrectionLine.objects.get(month="2026-02")
    assert (line.whole, line.overdue_days, line.unit.level_id) == (D("500.60"), 7, "district")
    assert book.close("2026-03", by=leader, at=at("2026-04-01", 0)).total == 0


def test_work_that_failed_its_check_goes_on_costing(city: City, tmp_path: Path) -> None:
    a_table(tmp_path)
    facts = late(city, at("2026-01-10"), at("2026-01-12"), reworked_at=at("2026-01-13"))
    [line] = statement.lines_of("2026-01", at=at("2026-01-15"))
    assert line.overdue_days == 5
    CaseFacts.objects.filter(pk=facts.pk).update(handled_at=at("2026-01-14"))
    [line] = statement.lines_of("2026-01", at=at("2026-02-15"))
    assert (line.overdue_days, line.amount) == (4, D("350.30"))


def test_months_are_closed_in_order_once_and_by_who_may(city: City, leader: Any, tmp_path: Path) -> None:
    with pytest.raises(book.CannotBook, match="table"):
        book.close("2026-01", by=leader, at=at("2026-03-05"))
    a_table(tmp_path)
    now, of_district = at("2026-03-05"), a_person(Role.LEADER, territory=district_of())
    for month, by in (("2026-02", leader), ("2026-03", leader), ("2025-12", leader), ("x", leader),
                      ("2026-01", a_person(Role.DISPATCHER)), ("2026-01", of_district)):  # fmt: skip
        with pytest.raises(book.CannotBook):
            book.close(month, by=by, at=now)
    book.close("2026-01", by=leader, at=now)
    with pytest.raises(book.CannotBook, match="closed already"):
        book.close("2026-01", by=leader, at=now)
    with pytest.raises(CommandError, match="closed"):
        a_table(tmp_path, since="2026-01")


def test_the_database_refuses_changes_and_lines_of_closed_months(city: City, leader: Any, tmp_path: Path) -> None:
    a_table(tmp_path)
    late(city, at("2026-01-28"))
    book.close("2026-01", by=leader, at=at("2026-03-05"))
    line = CorrectionLine.objects.get()
    for rows in (CorrectionLine, CorrectionMonth, CorrectionItem, CorrectionTable):
        table = rows._meta.db_table
        for words in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with (
                pytest.raises(IntegrityError, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(words)
    line.pk = None
    line.turn = 2
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        line.save(force_insert=True)


def test_a_correction_is_a_new_line_of_an_open_month(city: City, leader: Any, tmp_path: Path) -> None:
    a_table(tmp_path)
    late(city, at("2026-01-28"))
    book.close("2026-01", by=leader, at=at("2026-03-05"))
    line = CorrectionLine.objects.get()
    now = at("2026-03-06")
    for wrong in (
        {"amount": D("-350.31"), "reason": "x"}, {"amount": D(0), "reason": "x"}, {"amount": D("-1"), "reason": " "},
        {"amount": D("0.001"), "reason": "x"}, {"amount": D("NaN"), "reason": "x"},
    ):  # fmt: skip
        with pytest.raises(book.CannotBook):
            book.correct(line.pk, **wrong, by=leader, at=now)
    made = book.correct(line.pk, amount=D("-350.30"), reason="误判", by=leader, at=now)
    assert (made.month, made.corrects_id, made.unit_id) == ("2026-03", line.pk, line.unit_id)
    with pytest.raises(book.CannotBook, match="More"):
        book.correct(line.pk, amount=D("-0.01"), reason="x", by=leader, at=now)
    line.refresh_from_db()
    assert line.amount == D("350.30")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,x,event-9999,1,5,0", "no class"),
        ("1,x,event-0103,0,5,0", "days"),
        ("1,x,event-0103,1,-5,0", "amount"),
        ("1,x,event-0103,1,5.005,0", "two decimals"),
        ("1,x,event-0103,1,1e12,0", "two decimals"),
        ("1,x,event-0103,1,much,0", "no number"),
        ("1,,event-0103,1,5,0", "name"),
        ("1,x,event-0103,1,5,0\n2,y,event-0103,1,6,0", "before"),
    ],
)
def test_a_row_at_fault_keeps_the_whole_table_out(city: City, tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        a_table(tmp_path, f"code,item,class,from_days,amount,per_day\n9,good,event-0102,1,5,0\n{row}\n")
    assert not CorrectionTable.objects.exists()


def test_a_workbook_is_read_exactly_and_twice_changes_nothing(city: City, tmp_path: Path) -> None:
    file, workbook = tmp_path / "items.xlsx", openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (["编号", "项目", "类别", "金额"], [1, "井盖", "event-0103", 0.1], [2, "垃圾", "event-0102", 1234.56]):
        sheet.append(row)
    workbook.save(file)
    for _again in range(2):
        call_command("import_correction_items", str(file), "--since", "2026-01", verbosity=0)
    assert CorrectionTable.objects.count() == 1
    assert list(CorrectionItem.objects.values_list("amount", "from_days")) == [(D("0.10"), 1), (D("1234.56"), 1)]


def test_the_pages_say_what_there_is_and_close(city: City, leader: Any, tmp_path: Path) -> None:
    client, dispatcher = a_client(leader), a_client(a_person(Role.DISPATCHER))
    assert 'data-test="empty"' in client.get("/correction/").content.decode()
    a_table(tmp_path)
    facts = late(city, at("2026-01-28"))
    page = client.get("/correction/", {"month": "2026-01"}).content.decode()
    assert 'data-test="total">350.30<' in page
    assert 'data-test="close"' in page
    assert 'data-test="close"' not in dispatcher.get("/correction/", {"month": "2026-01"}).content.decode()
    dispatcher.post("/correction/", {"month": "2026-01"})
    assert not CorrectionMonth.objects.exists()
    book.close("2026-01", by=leader, at=timezone.now())
    unit = {"month": "2026-01", "unit": district_of().pk}
    assert facts.case.number in client.get("/correction/unit/", unit).content.decode()
    line = CorrectionLine.objects.get()
    client.post("/correction/unit/", unit | {"line": line.pk, "amount": "x", "reason": "r"})
    client.post("/correction/unit/", unit | {"line": line.pk, "amount": "-50.30", "reason": "误判"})
    assert CorrectionLine.objects.get(corrects=line).amount == D("-50.30")
    for odd in ({"month": "\x00"}, {"month": "9999-12"}, {"month": "2026-01", "unit": "9" * 14}, {"unit": "x"}):
        assert client.get("/correction/unit/", odd).status_code in (200, 404)
    elsewhere = a_client(a_person(Role.COMMUNITY, territory=None, username="nowhere"))
    assert elsewhere.get("/correction/unit/", unit).status_code == 200
