"""Cases of another system: routed, numbered, with a history that obeys the workflow, and never taken in twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from cases.importing import Options, import_cases
from cases.importing.paths import Ending, steps
from cases.models import Case, CaseEvent
from cases.workflow import Act, Stage, replay
from cells import routing
from cells.importing.errors import ImportRefused
from cells.importing.rejects import Rejects
from cells.importing.report import Report
from tests.cells.files import a_table, at, lonlat
from tests.makers import a_city

pytestmark = pytest.mark.django_db

OPENED, CLOSED = "2024-03-01 08:00:00", "2024-03-02 09:30:00"


def take(path: Path, rejects: Rejects | None = None, **options: Any) -> Report:
    return import_cases(path, Options(**options), rejects=rejects or Rejects(None))


def a_week(path: Path, **columns: list[Any]) -> Path:
    """Four cases: open, closed, outside and closed, without a place."""
    given = {
        "case_id": ["c1", "c2", "c3", "c4"],
        "open_dt": [OPENED] * 4,
        "closed_dt": ["", CLOSED, CLOSED, ""],
        "status": ["Open", "Closed", "Closed", "Open"],
        "description": ["pothole", "lamp out", "too far", "nowhere"],
    } | columns
    a_table(path, [(50, 50), (250, 50), (-900, 50), (0, 0)], **given)
    lines = path.read_text().splitlines()
    lines[-1] = ",".join([*lines[-1].split(",")[:-2], "", ""])
    path.write_text("\n".join(lines) + "\n")
    return path


def test_cases_are_routed_and_get_their_histories(tmp_path: Path) -> None:
    city = a_city(cells="4x2", community="2x2")
    report = take(a_week(tmp_path / "c.csv"))
    assert report.added == 4
    assert {k: report.facts[k] for k in ("routed", "outside", "without_place")} == {
        "routed": 2,
        "outside": 1,
        "without_place": 1,
    }
    cases = {c.source_label: c for c in Case.objects.select_related("cell", "owner")}
    assert {k: c.stage for k, c in cases.items()} == {
        "c1": "dispatched",
        "c2": "closed",
        "c3": "void",
        "c4": "reported",
    }
    assert [cases[k].cell.code for k in ("c1", "c2")] == [city.code(0, 1), city.code(2, 1)]
    assert [cases[k].owner.code for k in ("c1", "c2")] == [city.community(0, 1).code, city.community(2, 1).code]
    assert [cases[k].owner for k in ("c3", "c4")] == [None, None]
    assert cases["c3"].reason["rule"] == "outside"
    assert cases["c3"].reason["border_m"] == pytest.approx(900, abs=0.01)
    assert cases["c4"].place is None
    assert cases["c2"].closed_at.isoformat() == "2024-03-02T01:30:00+00:00"  # half past nine in Shanghai
    assert (cases["c1"].given_crs, cases["c1"].source_id) == ("WGS84", "hotline")


def test_every_history_can_be_replayed_to_the_stage(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    take(a_week(tmp_path / "c.csv"))
    for case in Case.objects.all():
        lines = list(case.history.order_by("pk"))
        assert replay([Act(line.act) for line in lines]) == case.stage
        assert [line.at for line in lines] == sorted(line.at for line in lines)
        assert lines[0].note == "import: c.csv"


def test_the_ways_an_imported_case_can_go_are_ways_of_the_workflow() -> None:
    ends = {ending: steps(ending)[-1][3] for ending in Ending}
    assert ends == {
        Ending.OPEN: Stage.DISPATCHED,
        Ending.CLOSED: Stage.CLOSED,
        Ending.VOID: Stage.VOID,
        Ending.NOBODYS: Stage.REPORTED,
    }
    for ending in Ending:
        assert replay([line[1] for line in steps(ending)]) == ends[ending]


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    path = a_week(tmp_path / "c.csv")
    take(path)
    lines = CaseEvent.objects.count()
    again = take(path)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 4)
    assert (Case.objects.count(), CaseEvent.objects.count()) == (4, lines)


def test_a_later_file_closes_what_has_been_closed_since(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    take(a_week(tmp_path / "1.csv"))
    later = a_week(tmp_path / "2.csv", status=["Closed", "Closed", "Closed", "Open"], closed_dt=[CLOSED] * 3 + [""])
    report = take(later)
    assert (report.added, report.changed) == (0, 1)
    case = Case.objects.get(source_label="c1")
    assert (case.stage, case.closed_at is not None) == ("closed", True)
    assert [line.act for line in case.history.order_by("pk")] == ["report", "file", "dispatch", "handle", "close"]


def test_cases_without_a_number_are_known_by_what_they_say(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    path = a_table(tmp_path / "c.csv", [(50, 50), (60, 50)], open_dt=[OPENED] * 2, description=["a", "b"])
    assert take(path).added == 2
    assert take(path).unchanged == 2


def test_a_number_twice_in_a_file_counts_once(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    path = a_table(tmp_path / "c.csv", [(50, 50), (60, 50)], case_no=["c1", "c1"], open_dt=[OPENED] * 2)
    with Rejects(tmp_path / "r.csv") as rejects:
        report = take(path, rejects, named={"label": ["case_no"]})
    assert (report.added, report.rejected) == (1, 1)
    assert "2,c1,The number stands in the file before." in (tmp_path / "r.csv").read_text("utf-8-sig")


def test_numbers_run_by_day_in_the_order_of_the_reports(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    times = ["2024-03-02 10:00:00", "2024-03-01 23:00:00", "2024-03-02 00:30:00"]
    take(a_table(tmp_path / "c.csv", [(50, 50)] * 3, case_id=["late", "eve", "night"], open_dt=times))
    numbers = dict(Case.objects.values_list("source_label", "number"))
    assert numbers == {"eve": "2024030100001", "night": "2024030200001", "late": "2024030200002"}
    take(a_table(tmp_path / "d.csv", [(50, 50)], case_id=["more"], open_dt=["2024-03-02 00:00:01"]))
    assert Case.objects.get(source_label="more").number == "2024030200003"


def test_rows_that_cannot_be_are_left_out_with_their_reason(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    xy = lonlat((50, 50))[0].tolist()
    path = tmp_path / "c.csv"
    path.write_text(
        "case_id,open_dt,longitude,latitude\n"
        f"ok1,{OPENED},{xy[0]},{xy[1]}\nok2,{OPENED},{xy[0]},{xy[1]}\nok3,{OPENED},{xy[0]},{xy[1]}\n"
        f"swapped,{OPENED},{xy[1]},{xy[0]}\nzero,{OPENED},0,0\ntimeless,soon,{xy[0]},{xy[1]}\n"
    )
    with Rejects(tmp_path / "r.csv") as rejects:
        report = take(path, rejects)
    assert (report.added, report.rejected) == (4, 2)
    said = (tmp_path / "r.csv").read_text("utf-8-sig")
    assert '4,swapped,"Longitude and latitude are swapped.' in said
    assert "6,timeless,The time of the report cannot be read.,soon" in said
    assert Case.objects.get(source_label="zero").place is None


def test_words_of_states_and_classes_get_their_meaning(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    path = a_table(
        tmp_path / "c.csv", [(50, 50)] * 4, case_id=list("abcd"), open_dt=[OPENED] * 4,
        state_now=["办结", "Weird", "Duplicate", "waiting"], kind=["道路破损", "Pothole", "0113", "?"],
        closed=[CLOSED, CLOSED, "", ""],
    )  # fmt: skip
    report = take(
        path, named={"status": ["state_now"], "class": ["kind"], "closed_at": ["closed"]},
        meanings={"status": {"waiting": "open"}, "class": {"Pothole": "event-0113"}},
    )  # fmt: skip
    found = Case.objects.select_related("catalogue_class")
    assert {c.source_label: c.stage for c in found} == {
        "a": "closed",
        "b": "closed",  # the word is not known, but it has a time of closing
        "c": "void",
        "d": "dispatched",
    }
    classes = {c.source_label: c.catalogue_class and (c.catalogue_class.kind, c.catalogue_class.code) for c in found}
    assert classes == {"a": ("event", "0113"), "b": ("event", "0113"), "c": ("event", "0113"), "d": None}
    assert any("“Weird” (1)" in n for n in report.notices)
    assert any("1 rows are of 1 classes not in the catalogue: “?” (1)" in n for n in report.notices)


def test_a_case_closed_before_it_was_reported_is_closed_then(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    path = a_table(tmp_path / "c.csv", [(50, 50)], case_id=["x"], open_dt=[CLOSED], closed_dt=[OPENED])
    report = take(path)
    case = Case.objects.get()
    assert case.closed_at == case.reported_at
    assert any("1 cases were closed before" in n for n in report.notices)
    assert "before it was reported" in case.history.order_by("pk").last().note


def test_a_default_place_is_noticed(tmp_path: Path) -> None:
    a_city(cells="4x2", community="2x2")
    rng = np.random.default_rng(1)
    points = [(50.0, 50.0)] * 60 + [tuple(p) for p in rng.uniform(0, 190, (140, 2))]
    ids = [f"c{k}" for k in range(200)]
    report = take(a_table(tmp_path / "c.csv", points, case_id=ids, open_dt=[OPENED] * 200))
    assert any(n.startswith("60 cases (30.0%) lie on exactly") for n in report.notices)


def test_the_reason_is_the_same_as_that_of_a_single_report(tmp_path: Path) -> None:
    """In the middle of a cell, on a border of two, on a corner of four, near a border, outside."""
    city = a_city(cells="4x2", community="2x2")
    points = [(37.123, 61.5), (100, 40), (100, 100), (99, 50), (-30, 50)]
    path = a_table(
        tmp_path / "c.parquet", points, case_id=list("abcde"), open_dt=[OPENED] * 5,
        accuracy=[float("nan"), float("nan"), 2.0, 5.0, float("nan")],
    )  # fmt: skip
    take(path)
    ground = routing.ground()
    for case in Case.objects.all():
        single = ground.explain(case.place.x, case.place.y, accuracy_m=case.accuracy_m).as_data()
        assert case.reason == json.loads(json.dumps(single))
        assert (case.cell.code if case.cell else None) == single["cell"]
    assert {c.source_label: c.reason["rule"] for c in Case.objects.all()} == {
        "a": "contains",
        "b": "border_tie",
        "c": "border_tie",
        "d": "near_border",
        "e": "outside",
    }
    assert city.edition.number == ground.edition


def test_places_in_another_system_than_named_are_noticed(tmp_path: Path) -> None:
    from spatial import crs

    a_city(cells="4x2", community="2x2")
    points = np.random.default_rng(2).uniform(5, 195, (80, 2))
    shifted = crs.from_city([at(*p) for p in points], crs="GCJ-02", srid=settings.CITY_SRID)
    lines = [f"c{k},{OPENED},{x},{y}" for k, (x, y) in enumerate(shifted)]
    path = tmp_path / "c.csv"
    path.write_text("\n".join(["case_id,open_dt,lon,lat", *lines]))
    report = take(path, dry_run=True)
    assert any("fit GCJ-02" in n for n in report.notices)
    assert not Case.objects.exists()
    assert take(path, crs="GCJ-02").facts["routed"] == 80


def test_files_that_lack_what_is_needed_are_refused(tmp_path: Path) -> None:
    path = a_table(tmp_path / "c.csv", [(50, 50)], case_id=["x"], open_dt=[OPENED])
    with pytest.raises(ImportRefused, match="divide_cells"):
        take(path)
    a_city(cells="2x2")
    with pytest.raises(ImportRefused, match="no source “radio”"):
        take(path, source="radio")
    with pytest.raises(ImportRefused, match="reported_at=COLUMN"):
        take(a_table(tmp_path / "d.csv", [(50, 50)], case_id=["x"]))


def test_the_command_takes_options_and_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_city(cells="4x2", community="2x2")
    path = a_week(tmp_path / "c.csv")
    call_command("import_cases", path, map=["words=description,status"], source="public", json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["added"], found["outside"]) == (4, 1)
    assert Case.objects.get(source_label="c1").words == "pothole · Open"
    assert set(Case.objects.values_list("source", flat=True)) == {"public"}
    with pytest.raises(CommandError, match="is not field=column"):
        call_command("import_cases", path, map=["words"])
