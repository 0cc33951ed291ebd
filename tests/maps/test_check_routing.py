"""`manage.py route` and `check_routing`: files in, owners and scores out, every disagreement with a reason."""

from __future__ import annotations

import io
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from cells import routing
from cells.models import Level
from maps import routing_report
from spatial import crs
from tests.cells.lattice_city import a_lattice_city

FIRST_KEYS = [
    "points",
    "routed",
    "agree",
    "disagree",
    "outside",
    "agree_rate",
    "median_border_m_of_disagreements",
    "seconds",
]


@pytest.fixture
def table(db: None, tmp_path: Path, settings) -> pd.DataFrame:
    """1,000 places well within the communities of a lattice city, labelled with their codes."""
    settings.REPORTS = tmp_path / "reports"
    a_lattice_city(12, 8)
    ground = routing.ground()
    west, south, east, north = ground.locator.bounds
    xy = crs.snap(np.random.default_rng(13).uniform((west, south), (east, north), (4_000, 2)))
    routed = ground.route_many(xy, crs="CITY")
    # Away from every border, so that the rounding of degrees changes no owner.
    sure = np.flatnonzero((routed.index >= 0) & (routed.border_m > 1))[:1_000]
    lonlat = crs.from_city(xy[sure], srid=ground.srid)
    codes = routed.codes(Level.COMMUNITY)[sure]
    return pd.DataFrame({"id": np.arange(1_000), "Longitude": lonlat[:, 0], "Latitude": lonlat[:, 1], "area": codes})


def checked(file: Path, *more: str) -> dict:
    out = io.StringIO()
    call_command("check_routing", str(file), "--expect", "area", "--json", *more, stdout=out)
    return json.loads(out.getvalue())


def test_a_faithful_source_agrees_wholly(table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "faithful.csv", index=False)
    score = checked(tmp_path / "faithful.csv")
    assert list(score)[:8] == FIRST_KEYS
    assert (score["points"], score["routed"], score["agree"], score["disagree"]) == (1000, 1000, 1000, 0)
    assert score["agree_rate"] == 1.0
    assert score["reasons"] == {}
    assert score["default_points"] == []


def test_every_disagreement_gets_its_reason(table: pd.DataFrame, tmp_path: Path) -> None:
    ground = routing.ground()
    west, south, *_ = ground.locator.bounds
    codes = sorted({a.code for a in ground.areas.values() if a.level == Level.COMMUNITY})
    shapes = {c: shapely.union_all(ground.locator._shapes[ground.codes(Level.COMMUNITY) == c]) for c in codes}
    metres = crs.to_city(table[["Longitude", "Latitude"]].to_numpy(), crs="WGS84", srid=ground.srid)
    label = table["area"].to_numpy(dtype=object).copy()
    expected = {"within_15m": 0, "near": 0, "far": 0}
    for row in range(300):
        # Label it with another community; the oracle says how far that is.
        wrong = codes[(codes.index(label[row]) + 1) % len(codes)]
        distance = shapes[wrong].distance(shapely.Point(metres[row]))
        expected["within_15m" if distance <= 15 else "near" if distance <= 150 else "far"] += 1
        label[row] = wrong
    assert min(expected.values()) > 0
    label[300:310] = "Atlantis 7"
    label[310:330] = ""
    outside = crs.from_city([[west - 400, south + 100]], srid=ground.srid)[0]
    middle = crs.from_city([[west + 150, south + 150]], srid=ground.srid)[0]
    more = pd.DataFrame(
        {
            "id": np.arange(1000, 1065),
            "Longitude": [outside[0]] * 3 + [middle[0]] * 60 + [np.nan, 34.7],
            "Latitude": [outside[1]] * 3 + [middle[1]] * 60 + [34.7, 113.6],
            "area": [codes[0]] * 3 + [codes[n % 6] for n in range(60)] + [codes[0]] * 2,
        }
    )
    file = tmp_path / "faulty.csv"
    pd.concat([table.assign(area=label), more]).to_csv(file, index=False)
    score = checked(file)
    on_pile = sum(codes[n % 6] != routing.route(*middle).cell[:12] for n in range(60))
    assert score["reasons"] == {
        "default_place": on_pile,
        "unknown_label": 10,
        "outside": 3,
        "within_15m": expected["within_15m"],
        "near": expected["near"],
        "far": expected["far"],
    }
    assert score["points"] == 1065
    assert score["bad_coordinates"] == 2
    assert score["outside"] == 3
    assert score["routed"] == 1060
    assert score["disagree"] == 300 + 10 + on_pile
    assert score["agree"] == 670 + 60 - on_pile
    assert score["agree_rate"] == pytest.approx(score["agree"] / (score["agree"] + score["disagree"]), abs=1e-6)
    assert score["agree_rate_without_default_point"] == pytest.approx(670 / 980, abs=1e-6)
    assert score["agree_rate_within_15m_without_default_point"] == pytest.approx(
        (670 + expected["within_15m"]) / 980, abs=1e-6
    )
    assert [p["rows"] for p in score["default_points"]] == [60]
    assert score["unknown_labels"] == {"Atlantis 7": 10}
    # The map has them all: the 60 of the pile as one.
    points = json.loads(routing_report.file_of("faulty-community", "points.geojson").read_text())["features"]
    by_reason = {
        r: sum(f["properties"]["rows"] for f in points if f["properties"]["reason"] == r) for r in score["reasons"]
    }
    assert by_reason == score["reasons"]
    assert sum(f["properties"]["reason"] == "default_place" for f in points) == 1


@pytest.mark.parametrize(
    "writing", [lambda c: f"Community {c[-3:]}", lambda c: f"{int(c)}.0", lambda c: f"{c[:6]}-{c[6:]}"]
)
def test_labels_are_understood_however_written(table: pd.DataFrame, tmp_path: Path, writing) -> None:
    # Labels in the source are the last digits; a town of one row of communities makes them unique.
    one_town = table[table["area"].str.startswith("990101001")]
    one_town.assign(area=one_town["area"].map(writing)).to_csv(tmp_path / "written.csv", index=False)
    score = checked(tmp_path / "written.csv")
    if writing("990101001001").startswith("Community"):
        # Both towns have a community 1: what fits two areas fits none.
        assert score["reasons"] == {"unknown_label": len(one_town)}
    else:
        assert score["agree_rate"] == 1.0


def test_a_file_in_gcj02_named_wgs84_is_noticed(table: pd.DataFrame, tmp_path: Path) -> None:
    metres = crs.to_city(table[["Longitude", "Latitude"]].to_numpy(), crs="WGS84", srid=settings.CITY_SRID)
    shifted = crs.from_city(metres, crs="GCJ-02", srid=settings.CITY_SRID)
    table.assign(Longitude=shifted[:, 0], Latitude=shifted[:, 1]).to_csv(tmp_path / "shifted.csv", index=False)
    score = checked(tmp_path / "shifted.csv")
    assert score["agree_rate"] is None or score["agree_rate"] < 0.6
    assert score["crs"]["fits_best"] == "GCJ-02"
    err = io.StringIO()
    call_command("check_routing", str(tmp_path / "shifted.csv"), "--expect", "area", stdout=io.StringIO(), stderr=err)
    assert "Give the CRS as GCJ-02" in err.getvalue()
    assert checked(tmp_path / "shifted.csv", "--crs", "gcj02")["agree_rate"] == 1.0


def test_the_map_page_shows_the_report_to_those_logged_in(
    table: pd.DataFrame, tmp_path: Path, admin_client: Client
) -> None:
    assert "check_routing" in admin_client.get("/reports/routing/").content.decode()  # how to make one
    table.assign(area=np.roll(table["area"], 7)).to_csv(tmp_path / "cases.csv", index=False)
    html = tmp_path / "cases.html"
    checked(tmp_path / "cases.csv", "--html", str(html))
    page = admin_client.get("/reports/routing/")
    assert page.status_code == 200
    assert "cases.csv" in page.content.decode()
    points = admin_client.get("/reports/routing/cases-community/points.geojson")
    assert json.loads(b"".join(points.streaming_content))["features"]
    assert admin_client.get("/reports/routing/cases-community/").status_code == 200
    for path in ("none/", "cases-community/settings.py", "../secret_key/", "cases-community/score.json.new"):
        assert admin_client.get(f"/reports/routing/{path}").status_code == 404
    assert Client().get("/reports/routing/").status_code == 302
    alone = html.read_text()
    assert "http://" not in alone.split("<body")[0].replace("http://www.w3.org", "").split("<script>")[0]
    assert 'id="data"' in alone


def test_a_missing_column_or_file_is_told(table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "cases.csv", index=False)
    with pytest.raises(CommandError, match=r"no column “ward”.*area"):
        call_command("check_routing", str(tmp_path / "cases.csv"), "--expect", "ward", "--json")
    with pytest.raises(CommandError, match="no file"):
        checked(tmp_path / "nowhere.csv")
    table.drop(columns="Latitude").to_csv(tmp_path / "half.csv", index=False)
    with pytest.raises(CommandError, match="latitude"):
        checked(tmp_path / "half.csv")


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".geojson", ".gpkg"])
def test_route_writes_the_owners_beside_the_rows_and_rejects_aside(
    table: pd.DataFrame, tmp_path: Path, suffix: str
) -> None:
    bad = pd.DataFrame({"id": [1000, 1001], "Longitude": [34.7, None], "Latitude": [113.6, 34.7], "area": ["", ""]})
    pd.concat([table, bad]).to_csv(tmp_path / "points.csv", index=False)
    out = tmp_path / f"routed{suffix}"
    said = io.StringIO()
    call_command(
        "route", str(tmp_path / "points.csv"), "--out", str(out), stdout=said, stderr=io.StringIO(), verbosity=0
    )
    assert "1000 points routed" in said.getvalue()
    reader = {".csv": lambda p: pd.read_csv(p, dtype=str), ".parquet": pd.read_parquet}.get(suffix, gpd.read_file)
    found = reader(out)
    assert len(found) == 1002
    assert found["community"].iloc[:1000].tolist() == table["area"].tolist()
    assert found["cell"].iloc[:1000].str[:12].tolist() == table["area"].tolist()
    if suffix in (".geojson", ".gpkg"):
        assert np.allclose(found.geometry.x.iloc[:1000], table["Longitude"], atol=1e-7)
        assert found.geometry.iloc[1000:].isna().all()
    rejects = pd.read_csv(tmp_path / "routed.rejects.csv")
    assert rejects["row"].tolist() == [1001, 1002]
    assert "swapped" in rejects["reason"].iloc[0]
    assert "not a number" in rejects["reason"].iloc[1]


def test_route_takes_shapes_in_their_own_crs(table: pd.DataFrame, tmp_path: Path) -> None:
    places = gpd.GeoDataFrame(
        table[["id", "area"]], geometry=gpd.points_from_xy(table.Longitude, table.Latitude), crs="EPSG:4326"
    ).to_crs(3857)
    places.to_file(tmp_path / "places.gpkg")
    call_command(
        "route", str(tmp_path / "places.gpkg"), "--out", str(tmp_path / "out.csv"), stdout=io.StringIO(), verbosity=0
    )
    assert pd.read_csv(tmp_path / "out.csv", dtype=str)["community"].tolist() == table["area"].tolist()
