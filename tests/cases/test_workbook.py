"""The spreadsheet of a ranking: its formulas, counted here, give our scores and places, also by other weights."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from openpyxl import Workbook, load_workbook

from cases.judging.ranking import Ranked, parts_of, ranking, scheme_named
from cases.judging.workbook import FIRST, GRADE, HEAD, MOVED, RANK, SCORE, WEIGHT, workbook
from cases.models import Scheme, SchemePart
from cells.models import GridVersion
from tests.cases.judging_desk import Week, at, live
from tests.cases.spreadsheet import Counted
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
MONTH = "2019-04"
WEEKS = (
    Week(accepted=9, filed=9, dispatched=9, should_close=9, closed=8, closed_on_time=5, rework=1, extended=1),
    Week(accepted=60, filed=60, dispatched=60, should_close=60, closed=41, closed_on_time=37, rework=9, extended=0),
    Week(accepted=7, filed=7, dispatched=7, should_close=7, closed=6, closed_on_time=6, rework=3, extended=2),
)


@pytest.fixture
def city() -> City:
    """Four communities, the last of which has no cases."""
    city = a_city(cells="8x2", community="2x2", at=at("2019-01-01"))
    for n, week in enumerate(WEEKS):
        live(week, city.community(2 * n, 0), monday="2019-04-08", prefix="ABC"[n])
    Scheme.objects.update(level="community")
    return city


def ranked(slug: str) -> Ranked:
    return ranking(MONTH, scheme_named(slug, month=MONTH))


def book_of(found: Ranked) -> Workbook:
    with translation.override("en"):
        return load_workbook(io.BytesIO(workbook(found)))


def counted(book: Workbook, found: Ranked) -> list[tuple[Any, Any, Any]]:
    """Place, score and grade of each line, by the book's own formulas; None where it shows nothing."""
    values, sheet = Counted(book), book["Ranking"]

    def shown(row: int, column: int) -> Any:
        value = values.value("Ranking", sheet.cell(row, column).coordinate)
        return None if value == "" else value

    rows = range(HEAD + 1, HEAD + 1 + len(found.lines))
    return [(shown(row, RANK), shown(row, SCORE), shown(row, GRADE)) for row in rows]


def ours(found: Ranked, again: Ranked | None = None) -> list[tuple[Any, Any, Any]]:
    """The same by our own counting, in the order of the book's lines."""
    lines = {line.unit.id: line for line in (again or found).lines}
    mine = [lines[line.unit.id] for line in found.lines]
    return [
        (line.place, None if line.score is None else float(line.score), line.grade["key"] if line.grade else None)
        for line in mine
    ]


@pytest.mark.parametrize("slug", ["monthly", "communities", "departments", "thresholds"])
def test_the_formulas_give_our_scores_places_and_grades(city: City, slug: str) -> None:
    found = ranked(slug)
    assert [line.place for line in found.lines] == [1, 2, 3, None]
    assert counted(book_of(found), found) == ours(found)


@pytest.mark.parametrize("slug", ["monthly", "communities", "departments", "thresholds"])
def test_a_changed_weight_moves_scores_and_places_as_ours_would(city: City, slug: str) -> None:
    found = ranked(slug)
    parts = parts_of(found.scheme)
    for weights in ([97, 1, 2, 0.5, 3, 4, 5.5], [0, 0, 80, 15, 0, 0, 61], [0] * 7):
        book = book_of(found)
        for n in range(len(parts)):
            book["Ranking"].cell(WEIGHT, FIRST + n).value = weights[n]
        changed = [replace(part, weight=Decimal(str(weights[n]))) for n, part in enumerate(parts)]
        again = ranking(MONTH, found.scheme, parts=changed)
        assert counted(book, found) == ours(found, again), weights


def test_places_won_stand_beside_the_counted_ones(city: City) -> None:
    found = ranked("communities")
    book = book_of(found)
    sheet = book["Ranking"]
    for n in range(len(found.scheme.parts.all())):
        sheet.cell(WEIGHT, FIRST + n).value = 100 if n == 4 else 0  # rework alone
    values = Counted(book)
    moved = [values.value("Ranking", sheet.cell(HEAD + 1 + n, MOVED).coordinate) for n in range(4)]
    rework = [line.counts.rate(found.counted.formulas, "rework_rate") for line in found.lines[:3]]
    assert moved == [n - sorted(rework, key=float).index(rate) for n, rate in enumerate(rework)] + [""]  # type: ignore[arg-type]
    assert any(moved)


def test_half_a_hundredth_is_rounded_up_in_both(city: City) -> None:
    """41 of 60 by a weight of 0.3 is 0.205, which no binary number is."""
    found = ranked("communities")
    book = book_of(found)
    parts = [
        replace(part, weight=Decimal("0.3") if n == 0 else Decimal(0)) for n, part in enumerate(parts_of(found.scheme))
    ]
    assert parts[0].key == "close_rate"
    for n, part in enumerate(parts):
        book["Ranking"].cell(WEIGHT, FIRST + n).value = float(part.weight)
    again = ranking(MONTH, found.scheme, parts=parts)
    assert Decimal("0.21") in [line.score for line in again.lines]
    assert counted(book, found) == ours(found, again)


def test_a_name_is_no_formula(city: City) -> None:
    GridVersion.objects.filter(grid=city.community(0, 0)).update(name_en='=HYPERLINK("x")\x0b', name_zh="+1")
    sheet = book_of(ranked("communities"))["Ranking"]
    cells = [cell for row in sheet.iter_rows(HEAD + 1) for cell in row if str(cell.value).startswith("=HYPER")]
    assert [cell.data_type for cell in cells] == ["s"]


def test_the_command_writes_it_beside_its_own_answer(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r.xlsx"
    call_command("ranking", month=MONTH, scheme="communities", out=out, json=True)
    assert json.loads(capsys.readouterr().out)["file"] == str(out)
    parts = SchemePart.objects.filter(scheme__slug="communities").count()
    assert load_workbook(out).worksheets[0].max_column == FIRST + parts + 2
    with pytest.raises(CommandError, match=r"ends in \.xlsx"):
        call_command("ranking", month=MONTH, scheme="communities", out=tmp_path / "r.txt")
