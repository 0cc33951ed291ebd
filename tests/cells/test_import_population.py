"""People by area: by code or shape, rows at fault told, the same file twice, areas that would count people twice."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cells.importing.population import Options, import_population
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from cells.models import Population
from tests.cells.files import a_file, box
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return a_city("4x2", community="2x2")


def take(path: Path, rejects: Rejects | None = None, **options: Any) -> Report:
    return import_population(path, Options(**options), rejects=rejects or Rejects(None))


def a_csv(folder: Path, *lines: str, head: str = "code,people,year,source") -> Path:
    path = folder / "people.csv"
    path.write_text("\n".join([head, *lines]), encoding="utf-8")
    return path


def test_codes_of_communities_and_cells_become_areas_and_the_same_file_changes_nothing(
    city: City, tmp_path: Path
) -> None:
    path = a_csv(tmp_path, f"{city.community_code(0, 0)},4000,2025,bureau", f"{city.code(2, 0)},120.5,2025,bureau")
    report = take(path)
    assert (report.added, report.rejected, report.facts["people"]) == (2, 0, 4120)
    areas = {p.code: p.shape.area for p in Population.objects.all()}
    assert areas == {city.community_code(0, 0): pytest.approx(40_000), city.code(2, 0): pytest.approx(10_000)}
    again = take(path)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    newer = take(a_csv(tmp_path, f"{city.community_code(0, 0)},4100,2025,bureau"))
    assert (newer.added, newer.changed) == (0, 1)
    assert Population.objects.get(code=city.community_code(0, 0)).people == 4100


def test_chinese_columns_and_a_year_for_the_whole_file(city: City, tmp_path: Path) -> None:
    take(a_csv(tmp_path, f"{city.community_code(0, 0)},4000", head="社区编码,常住人口"), year=2024, source="七普")
    assert list(Population.objects.values_list("year", "people", "source")) == [(2024, 4000.0, "七普")]


def test_rows_at_fault_are_left_out_with_their_reason_and_the_others_kept(city: City, tmp_path: Path) -> None:
    good = city.community_code(0, 0)
    lines = [f"{good},10,2025,x", "999,10,2025,x", f"{good},many,2025,x", f"{good},-3,2025,x", f"{good},5,25,x",
             ",5,2025,x", f"{good},11,2025,x", f"{city.code(0, 0)},5,2025,x"]  # fmt: skip
    rejects = Rejects(tmp_path / "rejects.csv")
    with rejects:
        report = take(a_csv(tmp_path, *lines), rejects)
    assert (report.read, report.added, report.rejected) == (8, 1, 7)
    reasons = {r.row: r.reason for r in rejects.first}
    assert "no grid or cell" in reasons[2]
    assert "no number" in reasons[3]
    assert "no number" in reasons[4]
    assert "year" in reasons[5]
    assert "names no area" in reasons[6]
    assert "in the file before" in reasons[7]
    assert "lies over another" in reasons[8]


def test_shapes_of_a_file_are_kept_and_those_that_lie_over_kept_ones_refused(city: City, tmp_path: Path) -> None:
    shapes = [box(0, 0, 200, 200), box(200, 0, 400, 200)]
    assert take(a_file(tmp_path / "zones.geojson", shapes, code=["a", "b"], pop=[5, 6]), year=2025).added == 2
    rejects = Rejects(None)
    report = take(a_file(tmp_path / "more.geojson", [box(100, 0, 300, 100)], code=["c"], pop=[9]), rejects, year=2025)
    assert (report.added, rejects.first[0].found) == (0, "a")
    # Of another year it is another count.
    assert take(a_file(tmp_path / "more.geojson", [box(100, 0, 300, 100)], code=["c"], pop=[9]), year=2026).added == 1


def test_the_command_says_what_is_missing_and_a_dry_run_keeps_nothing(city: City, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no column for people"):
        call_command("import_population", str(a_csv(tmp_path, "1,2", head="code,height")), "--year", "2025")
    with pytest.raises(CommandError, match="--year"):
        call_command("import_population", str(a_csv(tmp_path, "1,2", head="code,people")))
    out = StringIO()
    path = a_csv(tmp_path, f"{city.community_code(0, 0)},4000,2025,bureau")
    call_command("import_population", str(path), "--dry-run", "--json", stdout=out)
    assert json.loads(out.getvalue())["added"] == 1
    assert not Population.objects.exists()
