"""Files of tracks: CSV, Parquet and GPX, row by row faults, and what the command says."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.models import CellVisit, TrackDevice, TrackPoint
from cells.models import Person
from spatial import crs
from tests.cases.walking import a_walk, derived
from tests.makers import City, a_city, a_person, a_street, noon

pytestmark = pytest.mark.django_db
NOON = noon((timezone.localdate() - dt.timedelta(days=3)).isoformat())


@pytest.fixture
def city() -> City:
    city = a_city(cells="3x2")
    a_street(city, 1)
    return city


@pytest.fixture
def walk(city: City) -> list[dict[str, Any]]:
    """Rows of a file: a walk of one person through the northern row of cells."""
    person = Person.objects.get(user=a_person("officer", username="li"))
    points = a_walk(city, [(0.5, 0.9), (2.5, 0.9)], person=person.pk, at=NOON)
    degrees = crs.from_city(np.column_stack([points["x"], points["y"]]), srid=settings.CITY_SRID)
    moments = [NOON + dt.timedelta(seconds=10 * k) for k in range(len(points))]
    return [
        {"person": "li", "at": at.isoformat(), "lon": lon, "lat": lat, "accuracy": 5.0, "crs": "WGS84"}
        for at, (lon, lat) in zip(moments, degrees.tolist(), strict=True)
    ]


def a_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def taken(path: Path, *words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_tracks", str(path), "--json", "--rejects", f"{path}.rejects", *words, stdout=out)
    return dict(json.loads(out.getvalue()))


def test_the_same_file_twice_changes_nothing(walk: list[dict[str, Any]], tmp_path: Path) -> None:
    path = a_csv(tmp_path / "walk.csv", walk)
    told = taken(path)
    keys = ("points", "inserted", "duplicates", "late", "rejected", "visits", "flags")
    assert [told[k] for k in keys] == [17, 17, 0, 0, 0, 6, 0]
    assert told["points_per_second"] > 0
    assert told["seconds"] >= 0
    before = derived()
    assert [taken(path)[k] for k in keys] == [17, 0, 17, 0, 0, 0, 0]
    assert derived() == before


def test_parquet_and_gpx_say_the_same_as_csv(walk: list[dict[str, Any]], tmp_path: Path) -> None:
    assert taken(a_csv(tmp_path / "walk.csv", walk), "--device", "p")["inserted"] == 17
    columns = {name: [row[name] for row in walk] for name in ("person", "lon", "lat", "accuracy")}
    moments = pa.array([dt.datetime.fromisoformat(row["at"]) for row in walk], pa.timestamp("ms", "UTC"))
    pa.parquet.write_table(pa.table(columns | {"time": moments}), tmp_path / "walk.parquet")
    assert taken(tmp_path / "walk.parquet", "--device", "p")["duplicates"] == 17
    before = set(CellVisit.objects.values_list("cell", "first_at", "last_at"))
    TrackPoint.objects.all().delete()
    segment = "".join(
        f'<trkpt lat="{r["lat"]}" lon="{r["lon"]}"><time>{r["at"].replace("+00:00", "Z")}</time></trkpt>' for r in walk
    )
    gpx = f'<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{segment}</trkseg></trk></gpx>'
    (tmp_path / "walk.gpx").write_text(gpx)
    assert taken(tmp_path / "walk.gpx", "--person", "li")["inserted"] == 17
    assert set(CellVisit.objects.values_list("cell", "first_at", "last_at")) == before
    assert np.isnan(TrackPoint.objects.values_list("accuracy_m", flat=True)[0])


def test_rows_at_fault_are_listed_and_each_may_name_its_own_crs(walk: list[dict[str, Any]], tmp_path: Path) -> None:
    shifted = crs.from_city(
        crs.to_city([[walk[4]["lon"], walk[4]["lat"]]], crs="WGS84", srid=settings.CITY_SRID),
        crs="GCJ-02", srid=settings.CITY_SRID,
    )[0]  # fmt: skip
    walk[4] |= {"lon": shifted[0], "lat": shifted[1], "crs": "gcj02"}
    walk[0]["person"] = "nobody"
    walk[1]["at"] = "soon"
    walk[2]["lat"] = ""
    walk[3]["crs"] = "Mars"
    walk[5]["at"] = "1999-01-01T00:00:00Z"
    walk[6]["at"] = (timezone.now() + dt.timedelta(days=1)).isoformat()
    told = taken(a_csv(tmp_path / "walk.csv", walk))
    assert (told["inserted"], told["rejected"]) == (11, 6)
    with (tmp_path / "walk.csv.rejects").open(encoding="utf-8-sig") as file:
        listed = {int(row["row"]): row["reason"] for row in csv.DictReader(file)}
    assert {row: reason.split(".")[0] for row, reason in listed.items()} == {
        1: "There is no such person",
        2: "The time cannot be read",
        3: "The coordinate is not a number",
        4: "The coordinate system of the row is not known",
        6: "The day is longer ago than points are kept",
        7: "The time lies in the future",
    }
    assert set(TrackDevice.objects.values_list("crs", flat=True)) == {"WGS84", "GCJ-02"}
    # The shifted one lies on the line of the others, to the millimetre or two of its digits.
    assert np.ptp(TrackPoint.objects.values_list("y", flat=True)) < 0.01


def test_a_dry_run_keeps_nothing_and_a_track_of_nobody_is_refused(walk: list[dict[str, Any]], tmp_path: Path) -> None:
    path = a_csv(tmp_path / "walk.csv", walk)
    assert taken(path, "--dry-run")["inserted"] == 17
    assert not TrackPoint.objects.exists()
    bare = a_csv(tmp_path / "bare.csv", [{k: v for k, v in row.items() if k != "person"} for row in walk])
    with pytest.raises(CommandError, match="whose track"):
        taken(bare)
