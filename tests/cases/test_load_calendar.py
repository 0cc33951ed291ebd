"""A year's official calendar from a file: taken in once, brought up to date, never half."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.clocks import Limit, Unit, due
from cases.models import CalendarYear, SpecialDay
from cases.workdays import CalendarEnds
from cases.worktime import calendar_of_city

pytestmark = pytest.mark.django_db

# Not an official calendar: days for tests, in the official form.
DAYS = [
    ("2027-01-01", "holiday", "元旦", ""),
    ("2027-01-02", "holiday", "元旦", ""),
    ("2027-01-03", "holiday", "元旦", ""),
    ("2027-01-09", "working", "make-up day", "9:00-12:00"),
]


def a_year(
    path: Path, rows: list[tuple[str, ...]], header: str = "date,kind,name,hours", encoding: str = "utf-8"
) -> Path:
    lines = [header, *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def load(path: Path, **options: Any) -> dict[str, Any]:
    said = io.StringIO()
    options.setdefault("rejects", path.with_suffix(".rejects.csv"))
    call_command("load_calendar", path, json=True, stdout=said, **options)
    return dict(json.loads(said.getvalue()))


def days_of(year: int) -> dict[str, tuple[str, str, str, str]]:
    found = SpecialDay.objects.filter(day__year=year)
    return {d.day.isoformat(): (d.kind, d.name_zh, d.name_en, d.hours) for d in found}


def test_a_years_days_are_taken_in_and_limits_run_into_it(tmp_path: Path) -> None:
    new_years_eve = dt.datetime(2026, 12, 31, 9, 30, tzinfo=dt.UTC)  # 17:30 in the city
    with pytest.raises(CalendarEnds):
        due(new_years_eve, Limit(1, Unit.WH), calendar_of_city())
    report = load(a_year(tmp_path / "2027.csv", DAYS), source="a notice")
    counts = {"read": 4, "added": 4, "changed": 0, "unchanged": 0, "rejected": 0, "removed": 0}
    assert {name: report[name] for name in counts} == counts
    assert (report["year"], report["known"]) == (2027, True)
    assert days_of(2027) == {
        "2027-01-01": ("holiday", "元旦", "", ""),
        "2027-01-02": ("holiday", "元旦", "", ""),
        "2027-01-03": ("holiday", "元旦", "", ""),
        "2027-01-09": ("working", "", "make-up day", "09:00-12:00"),
    }
    assert set(SpecialDay.objects.filter(day__year=2027).values_list("source", "mark")) == {("a notice", "T")}
    # Half an hour on the last day of 2026, half an hour on Monday 4 January.
    assert due(new_years_eve, Limit(1, Unit.WH), calendar_of_city()) == dt.datetime(2027, 1, 4, 0, 30, tzinfo=dt.UTC)
    # Saturday the 9th is worked from nine to twelve: three hours after Friday's end is noon.
    friday = dt.datetime(2027, 1, 8, 10, tzinfo=dt.UTC)
    assert due(friday, Limit(3, Unit.WH), calendar_of_city()) == dt.datetime(2027, 1, 9, 4, tzinfo=dt.UTC)


def test_the_same_file_twice_changes_nothing_and_a_new_one_brings_up_to_date(tmp_path: Path) -> None:
    path = a_year(tmp_path / "2027.csv", DAYS)
    load(path)
    again = load(path)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 4)
    other = [("2027-01-03", "working", "元旦调休", ""), *DAYS[:2]]
    report = load(a_year(path, other))
    assert (report["added"], report["changed"], report["unchanged"], report["removed"]) == (0, 1, 2, 0)
    assert len(days_of(2027)) == 4
    assert load(path, replace=True)["removed"] == 1
    assert set(days_of(2027)) == {"2027-01-01", "2027-01-02", "2027-01-03"}
    assert len(days_of(2026)) == 39, "another year is left alone"


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    report = load(a_year(tmp_path / "2027.csv", DAYS), dry_run=True)
    assert (report["added"], report["dry_run"]) == (4, True)
    assert days_of(2027) == {}
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_rows_that_mean_nothing_are_listed_and_keep_the_year_unknown(tmp_path: Path) -> None:
    bad = [
        ("2027-02-30", "holiday", "", ""),
        ("2027-02-01", "perhaps", "", ""),
        ("2027-01-01", "working", "", ""),
        ("2027-02-02", "holiday", "", "08:00-12:00"),
        ("2027-02-03", "working", "", "from nine"),
    ]
    path = a_year(tmp_path / "2027.csv", [*DAYS, *bad])
    report = load(path)
    assert (report["added"], report["rejected"], report["known"]) == (4, 5, False)
    assert any("does not count as known" in notice for notice in report["notices"])
    assert not CalendarYear.objects.filter(year=2027).exists()
    with path.with_suffix(".rejects.csv").open(encoding="utf-8-sig") as file:
        listed = {int(row["row"]): (row["reason"], row["found"]) for row in csv.DictReader(file)}
    assert {row: reason.split(":")[0] for row, (reason, _) in listed.items()} == {
        5: "The date cannot be read.",
        6: "It is not known whether the day is worked.",
        7: "The day stands in the file before.",
        8: "A holiday has no working hours.",
        9: "These are no working hours",
    }
    assert listed[9][1] == "2027-02-03 working from nine"
    assert load(a_year(path, DAYS))["known"] is True


def test_days_of_another_year_need_the_year_to_be_named(tmp_path: Path) -> None:
    path = a_year(tmp_path / "two.csv", [("2026-12-31", "holiday", "元旦", ""), *DAYS])
    with pytest.raises(CommandError, match="2026, 2027"):
        load(path)
    report = load(path, year=2027)
    assert (report["added"], report["rejected"], report["known"]) == (4, 1, True)
    assert "2026-12-31" not in days_of(2026)
    with pytest.raises(CommandError, match="no day of 2031"):
        load(path, year=2031)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_chinese_table_is_read_as_it_is_written(tmp_path: Path, encoding: str) -> None:
    rows = [("2027年1月1日", "放假", "元旦", ""), ("2027年1月9日", "上班", "元旦调休", "8:30至12:00")]
    load(a_year(tmp_path / "c.csv", rows, header="日期,类型,名称,工作时间", encoding=encoding))
    assert days_of(2027) == {
        "2027-01-01": ("holiday", "元旦", "", ""),
        "2027-01-09": ("working", "元旦调休", "", "08:30-12:00"),
    }


def test_words_of_its_own_are_named_on_the_command_line(tmp_path: Path) -> None:
    path = a_year(tmp_path / "c.csv", [("2027-01-01", "H", "New Year")], header="when,what,name")
    with pytest.raises(CommandError, match="--map day=COLUMN"):
        load(path)
    load(path, map=["day=when", "kind=what"], value_map=["kind:H=holiday"], mark="I")
    assert days_of(2027) == {"2027-01-01": ("holiday", "", "New Year", "")}
    assert SpecialDay.objects.get(day=dt.date(2027, 1, 1)).mark == "I"


def test_the_first_data_loaded_again_finds_its_days(tmp_path: Path) -> None:
    """A city's own edits stay, and what a new city starts from is never added twice."""
    from django.apps import apps

    from cells import first_data

    SpecialDay.objects.filter(day=dt.date(2026, 1, 4)).update(hours="09:00-10:00")
    assert first_data.load(apps, "calendar") == 0
    assert SpecialDay.objects.get(day=dt.date(2026, 1, 4)).hours == "09:00-10:00"
