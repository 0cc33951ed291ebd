"""Rates of an archive: of the same cases the same as the database's, whatever the columns are called, part by part."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases import checking
from cases.archives.facts import expressions
from cases.archives.rates import NAMES
from cases.archives.writing import archive_cases
from cases.judging.vocabulary import FACTS
from cases.models import Case
from spatial.postgis import run as sql
from tests.cases.judging_desk import Week, at, live
from tests.cases.makers import NOON, a_case, closed, voided
from tests.makers import City, a_city

WEEK = Week(
    accepted=300, filed=290, dispatched=250, should_close=270, closed=200, closed_on_time=170, rework=12, extended=5
)
DAYS = {"since": dt.date(2019, 4, 8), "until": dt.date(2019, 4, 14)}
# What no archive of cases knows.
ELSEWHERE = {"full_walk_rate", "seen_rate", "dealt_rate", "below_judged_rate", "spot_discovery_rate"}


@pytest.fixture
def city() -> City:
    """Two communities, the second with twice a week's cases in it, and some by the real doors in another year."""
    city = a_city(cells="8x2", community="4x2", at=at("2019-01-01"))
    case = closed(a_case(at=NOON), at=NOON + dt.timedelta(hours=1))
    checking.reopen(case, by=None, at=NOON + dt.timedelta(days=40), note="又坏了")
    voided(a_case(at=NOON), at=NOON + dt.timedelta(hours=2))
    live(WEEK, city.community(0, 0), monday="2019-04-08", prefix="R")
    live(WEEK, city.community(4, 0), monday="2019-04-08", prefix="D")
    live(WEEK, city.community(4, 0), monday="2019-04-08", prefix="E")
    return city


@pytest.fixture
def archive(city: City, tmp_path: Path) -> Path:
    """All of it as one file, cut into small row groups."""
    archive_cases(dt.date(2019, 1, 1), dt.date(2026, 12, 31), tmp_path / "whole.parquet")
    pq.write_table(pq.read_table(tmp_path / "whole.parquet"), tmp_path / "cases.parquet", row_group_size=100)
    return tmp_path / "cases.parquet"


def told(**given: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("rates", json=True, stdout=out, **{**DAYS, **given})
    return dict(json.loads(out.getvalue()))


def without(told: dict[str, Any], names: set[str]) -> list[dict[str, Any]]:
    """Rows without some indicators, and without facts that were not counted, as those of patrols."""
    rows = [*told["rows"], told["total"]]
    return [
        {key: value for key, value in row.items() if key not in names}
        | {"facts": {name: n for name, n in row["facts"].items() if name in FACTS}}
        for row in rows
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("unit", ["city", "district", "town", "community", "grid", "cell"])
def test_an_archive_of_the_same_cases_has_the_same_rates(archive: Path, unit: str) -> None:
    ours, theirs = told(archive=[archive], unit=unit), told(unit=unit)
    assert set(ours["unknown"]) == ELSEWHERE
    assert ours["rows_read"] == len(pq.read_table(archive)) > 900
    assert without(ours, ELSEWHERE) == without(theirs, ELSEWHERE)
    assert ours["total"]["facts"]["closed"] == 3 * WEEK.closed


@pytest.mark.django_db
def test_lives_by_the_real_doors_count_the_same(archive: Path) -> None:
    for days in (("2026-03-01", "2026-03-31"), ("2026-04-01", "2026-04-30")):
        given = {"since": dt.date.fromisoformat(days[0]), "until": dt.date.fromisoformat(days[1]), "unit": "community"}
        ours, theirs = told(archive=[archive], **given), told(**given)
        assert without(ours, ELSEWHERE) == without(theirs, ELSEWHERE)
    assert ours["total"]["facts"]["reopened"] == 1


@pytest.mark.django_db
def test_snapped_anew_and_by_workers_it_is_the_same(archive: Path, tmp_path: Path) -> None:
    # Places are asked for again; cases without one lie in no unit then, so these are left out of both.
    table = pd.read_parquet(archive)
    table[table["geometry"].notna()].to_parquet(tmp_path / "placed.parquet", index=False)
    call_command("snap_archive", str(tmp_path / "placed.parquet"), "--out", str(tmp_path / "out"), stdout=StringIO())
    days = {"since": dt.date(2026, 3, 1), "until": dt.date(2026, 3, 31), "unit": "community"}
    snapped = told(archive=sorted((tmp_path / "out").glob("placed-*.parquet")), **days)
    assert snapped["rows"] == told(archive=[tmp_path / "placed.parquet"], **days)["rows"]
    assert snapped["total"]["facts"]["void"] == 1
    assert told(archive=[archive], unit="grid", workers=2) == told(archive=[archive], unit="grid")


@pytest.mark.django_db
def test_files_of_others_are_judged_by_what_they_know(city: City, archive: Path, tmp_path: Path) -> None:
    """As the open data of a city: when it was opened, due and closed; moments are texts of its own clock."""
    table = pd.read_parquet(archive)
    called = {"open_dt": "reported_at", "sla": "due_at", "done": "handled_at", "end": "closed_at"}
    local = {
        name: table[column].dt.tz_convert("Asia/Shanghai").dt.strftime("%Y-%m-%d %H:%M:%S")
        for name, column in called.items()
    }
    pd.DataFrame({**local, "ward": table["community"]}).to_parquet(tmp_path / "open.parquet", index=False)
    names = ["unit=ward", "reported_at=open_dt", "due_at=sla", "handled_at=done", "closed_at=end"]
    never = ["void_at", "declined_at", "planned_due_at", "excused_late"]
    found = told(archive=[tmp_path / "open.parquet"], unit="community", column=names, never=never)
    asked = told(archive=[archive], unit="community")
    for row, other in zip(found["rows"], asked["rows"], strict=True):
        for key in ("close_rate", "ontime_close_rate"):
            assert row[key] == other[key]
    assert "rework_rate" in found["unknown"]
    assert "rework_rate" not in found["total"], "what nobody knows is no 0"


@pytest.mark.django_db
@pytest.mark.real_data
def test_a_real_citys_open_data_comes_out_as_counted_by_hand(city: City, settings: Any, real_data: Path) -> None:
    boston = real_data / "boston" / "cases_2015.parquet"
    settings.TIME_ZONE = "America/New_York"
    with timezone.override("America/New_York"):
        found = told(
            archive=[boston], unit="district", since=dt.date(2015, 3, 1), until=dt.date(2015, 3, 31),
            column=["unit=neighborhood", "reported_at=OPEN_DT", "due_at=TARGET_DT", "handled_at=CLOSED_DT",
                    "closed_at=CLOSED_DT"],
            never=["void_at", "declined_at", "planned_due_at", "excused_late"], time_format="%m/%d/%Y %I:%M:%S %p",
        )  # fmt: skip
    table = pd.read_parquet(boston)
    due, end = (pd.to_datetime(table[c], format="%m/%d/%Y %I:%M:%S %p") for c in ("TARGET_DT", "CLOSED_DT"))
    mine = (due >= "2015-03-01") & (due < "2015-04-01")
    closed_in_it = mine & (end < "2015-04-01")
    facts = found["total"]["facts"]
    assert (facts["should_close"], facts["closed"]) == (mine.sum(), closed_in_it.sum())
    assert facts["closed_on_time"] == (closed_in_it & (end <= due)).sum() > 3_000
    assert len(found["rows"]) > 20


@pytest.mark.django_db
def test_files_of_one_name_in_two_folders_are_both_counted(archive: Path, tmp_path: Path) -> None:
    for year in ("2024", "2025"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "cases.parquet").write_bytes(archive.read_bytes())
    both = told(archive=sorted(tmp_path.glob("20*/cases.parquet")), unit="city")
    assert both["total"]["facts"]["closed"] == 2 * told(archive=[archive], unit="city")["total"]["facts"]["closed"] > 0


@pytest.mark.django_db
def test_units_that_are_gone_stand_under_their_codes(archive: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(archive)
    table["community"] = table["community"].where(table["community"] != table["community"].iloc[0], "880000000000")
    table.to_parquet(tmp_path / "old.parquet", index=False)
    gone = [row for row in told(archive=[tmp_path / "old.parquet"], unit="community")["rows"] if row["gone"]]
    assert [(row["code"], row["name"]) for row in gone] == [("880000000000", "880000000000")]
    assert gone[0]["facts"]["filed"] > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"unit": "person"}, "An archive is judged by"),
        ({"unit": "town", "column": ["unit=nowhere"]}, "There is no column nowhere"),
        ({"unit": "town", "column": ["closed_at"]}, "write NAME=COLUMN"),
        ({"unit": "town", "column": ["wrong_at=stage"]}, "There is no wrong_at"),
        ({"unit": "town", "column": ["closed_at=stage"]}, r"the column stage \(closed_at\) cannot be read as moments"),
        ({"unit": "town", "never": ["nonsense"]}, "There is no nonsense"),
        ({"unit": "town", "within": "1"}, "no unit with the code"),
        ({"unit": "town", "recount": True}, "leave out"),
    ],
)
def test_what_cannot_be_judged_is_said(archive: Path, given: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        told(archive=[archive], **given)


@pytest.mark.django_db
def test_files_that_are_none_or_have_no_units(city: City, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(CommandError, match="is no Parquet file"):
        told(archive=[tmp_path / "a.csv"])
    pq.write_table(pa.table({"reported_at": ["2019-04-08"]}), tmp_path / "bare.parquet")
    with pytest.raises(CommandError, match="No column says which district"):
        told(archive=[tmp_path / "bare.parquet"])
    pq.write_table(pa.table({"district": ["1"]}), tmp_path / "timeless.parquet")
    with pytest.raises(CommandError, match="when a case was reported"):
        told(archive=[tmp_path / "timeless.parquet"])


@pytest.mark.django_db
def test_an_archive_says_nothing_of_people(archive: Path) -> None:
    names = set(pq.read_schema(archive).names)
    assert {"number", "geometry", "cell", "community", *NAMES} <= names
    people = {name for name in names if name.endswith("_by") or "caller" in name or name in ("words", "address")}
    assert people == {"found_by"}, "patrol, citizens or others: a kind, nobody's name"
    case = Case.objects.exclude(place=None).first()
    assert case is not None
    row = pd.read_parquet(archive).set_index("number").loc[case.number]
    assert (row["stage"] if isinstance(row, pd.Series) else row["stage"].iloc[0]) == case.stage


def test_every_fact_of_the_rules_is_understood_by_the_other_engine() -> None:
    """The text is PostgreSQL's; each expression has to be one of DuckDB's too, with the same meaning of no value."""
    words = expressions(sql.statement("cases", "judged_v2"))
    assert list(words) == list(FACTS)
    empty = ", ".join(
        f"NULL::{kind} AS {name}"
        for name in NAMES
        for kind in ["BOOLEAN" if name in ("missed", "untrue", "excused_late", "excused_rework") else
                     "BIGINT" if name in ("turn", "edition") else "VARCHAR" if name == "found_by" else "TIMESTAMPTZ"]
    )  # fmt: skip
    with duckdb.connect() as engine:
        for name, expression in words.items():
            ready = expression.replace("(f).", "f.")
            for moment in ("since", "until", "as_of"):
                ready = ready.replace(f" {moment}", " TIMESTAMPTZ '2026-01-01 00:00:00+00'")
            found = engine.execute(f"SELECT count(*) FILTER (WHERE {ready}) FROM (SELECT {empty}) f").fetchall()
            assert found == [(0,)], name
