"""Hot spots over HTTP, as a page and as a file: the same figures everywhere, cases only for who may see them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from cases.demo.planting import plant
from cases.hotspots.communities import by_community
from cases.hotspots.finding import hotspots
from cases.models import Case
from cells.models import GridVersion, Role
from maps import hotspot_look
from tests.cases.hotspot_desk import SIDE, TODAY, empty_city, ordinary_cases
from tests.cases.makers import a_case, a_user
from tests.makers import City, noon

pytestmark = pytest.mark.django_db
DAYS = {"from": "2026-05-04", "to": "2026-05-31"}


@pytest.fixture
def city(tmp_path: Path, settings: Any) -> City:
    settings.REPORTS = tmp_path
    made = empty_city()
    ordinary_cases(made, days=84)
    plant(1, seed=3, today=TODAY, effects=(6.0,))
    return made


def a_client(role: str = Role.LEADER, territory: Any = None) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(a_user(role, territory=territory))
    return client


def test_an_answer_has_a_value_for_each_unit_of_its_frame(city: City) -> None:
    client = a_client()
    frame = client.get("/api/hotspots/frame").json()
    answer = client.get("/api/hotspots", DAYS).json()
    units = answer["units"]
    assert {len(column) for column in units.values()} == {len(frame["features"])} == {SIDE * SIDE}
    in_period = Case.objects.filter(reported_at__date__gte=DAYS["from"], reported_at__date__lte=DAYS["to"]).count()
    assert sum(units["cases"]) == answer["figures"]["cases"] == in_period
    hottest = answer["spots"][0]
    named = {f["properties"]["unit"]: f["id"] for f in frame["features"]}
    assert all(units["spot"][named[unit]] == 0 for unit in hottest["units"])
    assert sum(tier == 99 for tier in units["tier"]) == answer["figures"]["hot_99"] > 0
    assert sum(c["cases"] for c in answer["communities"]) == in_period
    # A case lies where its unit is drawn.
    some = Case.objects.filter(cell__code=hottest["units"][0], reported_at__date__gte=DAYS["from"]).count()
    assert units["cases"][named[hottest["units"][0]]] == some
    assert "cases since 2026-05-04" in hottest["sentence"]
    assert "cases" not in hottest


def test_the_units_come_packed_and_are_the_same(city: City) -> None:
    client = a_client()
    for name in ("cells", "h3:9"):
        plain = client.get("/api/hotspots/frame", {"frame": name})
        sent = client.get(
            "/api/hotspots/frame", {"frame": name, "form": "compact"}, headers={"accept-encoding": "gzip"}
        )
        packed = json.loads(gzip.decompress(sent.content) if "Content-Encoding" in sent.headers else sent.content)
        assert packed["edition"] == plain.json()["edition"]
        for feature, unit, shape in zip(plain.json()["features"], packed["units"], packed["shapes"], strict=True):
            assert feature["properties"]["unit"] == unit
            whole = feature["geometry"]["coordinates"]
            polygons = [whole] if feature["geometry"]["type"] == "Polygon" else whole
            for rings, steps in zip(polygons, shape, strict=True):
                for ring, own in zip(rings, steps, strict=True):
                    points = np.cumsum(np.array(own).reshape(-1, 2), axis=0) / 1e6
                    assert points == pytest.approx(np.array(ring)[:-1], abs=1e-9)
    assert len(sent.content) < len(plain.content) / 3
    assert client.get("/api/hotspots/frame", {"form": "svg"}).status_code == 400


def test_what_is_kept_is_not_kept_beyond_its_data(city: City) -> None:
    client = a_client()
    first = client.get("/api/hotspots", DAYS)
    again = client.get("/api/hotspots", DAYS, headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    lon, lat = city.metres(3, 3)
    a_case(at=noon("2026-05-20"), lon=lon, lat=lat, crs="CITY")
    after = client.get("/api/hotspots", DAYS, headers={"if-none-match": first.headers["ETag"]})
    assert after.json()["figures"]["cases"] == first.json()["figures"]["cases"] + 1
    chinese = Client(headers={"accept-language": "zh-hans"})
    chinese.force_login(a_user(Role.LEADER))
    assert (
        chinese.get("/api/hotspots", DAYS).json()["spots"][0]["communities"] != first.json()["spots"][0]["communities"]
    )


def test_cases_of_a_spot_are_shown_to_who_may_see_them(city: City) -> None:
    answer = a_client().get("/api/hotspots", DAYS).json()
    spot = answer["spots"][0]
    shown = a_client().get("/api/hotspots/spot", DAYS | {"spot": 0}).json()
    assert shown["in_all"] == spot["cases_count"]
    assert len(shown["cases"]) == min(spot["cases_count"], shown["most"])
    elsewhere = next(
        city.community(column, row)
        for column in (0, SIDE - 1)
        for row in (0, SIDE - 1)
        if city.community_code(column, row) not in spot["community_codes"]
    )
    stranger = a_client(Role.COMMUNITY, elsewhere)
    assert stranger.get("/api/hotspots/spot", DAYS | {"spot": 0}).json()["cases"] == []
    # The whole city is judged for everybody; how many cases there are is told of one's own ground alone.
    theirs = stranger.get("/api/hotspots", DAYS).json()
    hidden = theirs["spots"][0]
    assert (hidden["units"], hidden["told"], hidden["cases_count"]) == (spot["units"], False, None)
    assert str(spot["cases_count"]) not in hidden["sentence"]
    assert stranger.get("/api/hotspots/spot", DAYS | {"spot": 0}).json()["in_all"] is None
    assert theirs["units"]["tier"] == answer["units"]["tier"]
    assert [row["id"] for row in theirs["communities"]] == [elsewhere.pk]
    own = [n for n in theirs["units"]["cases"] if n is not None]
    assert (len(own), sum(own)) == (SIDE * SIDE // 4, theirs["communities"][0]["cases"])
    assert (theirs["figures"]["whole"], theirs["figures"]["cases"]) == (False, sum(own))
    assert answer["figures"]["whole"]
    for address in ("/hotspots/take-along/", "/hotspots/print/"):
        assert stranger.get(address, DAYS).status_code == 200
    file = stranger.get("/hotspots/take-along/", DAYS).content.decode()
    assert hidden["sentence"] in file
    assert spot["sentence"] not in file
    assert a_client().get("/api/hotspots/spot", DAYS | {"spot": 99}).status_code == 404
    assert Client().get("/api/hotspots", DAYS).status_code == 401


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-05-32"}, "from"),
        ({"from": "2026-05-04", "to": "2026-05-01"}, "to"),
        ({"class": "event-04011"}, "class"),
        ({"class": "thing"}, "class"),
        ({"source": "nobody"}, "source"),
        ({"frame": "h3:15"}, "frame"),
        ({"exposure": "people"}, "exposure"),
        ({"from": "2026-01-20", "to": "2026-03-20", "exposure": "past"}, "exposure"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_field(query: dict[str, str], field: str) -> None:
    city = empty_city()
    lon, lat = city.metres(3, 3)
    a_case(at=noon("2026-01-10"), lon=lon, lat=lat, crs="CITY")
    refused = a_client().get("/api/hotspots", query)
    assert refused.status_code == 400
    assert refused.json()["where"]["field"] == field


def test_a_community_is_judged_by_what_one_of_its_size_would_do(city: City) -> None:
    seen = hotspots(hotspot_look.question(DAYS).asked)
    rows = by_community(seen)
    assert [row["ratio"] for row in rows] == sorted((row["ratio"] for row in rows), reverse=True)
    assert len(rows) == 4
    for row in rows:
        (low, high), (lowest, highest) = row["bands"]
        assert lowest <= low < 1 < high <= highest
        assert row["ratio"] == pytest.approx(row["cases"] / row["expected"], abs=0.02)
    by_hexagons = by_community(hotspots(hotspot_look.question(DAYS).asked, frame="h3:9"))
    assert sum(row["cases"] for row in by_hexagons) == pytest.approx(sum(row["cases"] for row in rows), rel=0.02)


def test_the_page_keeps_what_was_asked_and_says_what_was_wrong(city: City) -> None:
    page = a_client().get("/hotspots/", DAYS | {"class": "event-04", "frame": "h3:9"}).content.decode()
    assert '<option value="event-04" selected>' in page
    assert '<option value="h3:9" selected>' in page
    assert '"from": "2026-05-04"' in page
    wrong = a_client().get("/hotspots/", {"from": "x"}).content.decode()
    assert 'role="alert"' in wrong
    assert Client().get("/hotspots/").status_code == 302


def test_the_file_to_take_along_loads_nothing_and_keeps_names_as_text(city: City, tmp_path: Path) -> None:
    evil = "</script><script>window.evil=1</script>{{7*7}}${1}`"
    GridVersion.objects.update(name_zh=evil, name_en=evil)
    out = tmp_path / "report.html"
    call_command("heatmap", "--from", DAYS["from"], "--to", DAYS["to"], "--out", str(out), verbosity=0)
    text = out.read_text(encoding="utf-8")
    assert out.stat().st_size < 3_000_000
    assert "<script>window.evil" not in text
    assert "49" not in re.findall(r"evil=1&lt;/script&gt;(\d+)", text)
    loaded = re.findall(r"""(?:src|href)\s*=\s*["']([^"'#]+)["']|url\(["']?([^)"']+)""", text)
    assert all((a or b).startswith(("data:", "#")) for a, b in loaded if (a or b) != "https://leafletjs.com"), loaded
    sent = a_client().get("/hotspots/take-along/", DAYS)
    assert sent.headers["Content-Disposition"] == 'attachment; filename="hotspots-20260504-20260531.html"'
    assert a_client().get("/hotspots/take-along/", {"from": "x"}).status_code == 400
    with pytest.raises(CommandError, match="no class"):
        call_command("heatmap", "--class", "x", "--out", str(out))
    # 10 times as many units in the file would still be small: only those that say something are in it.
    units = json.loads(hotspot_look.answer(hotspot_look.question(DAYS)).units)
    assert text.count('"unit":') < len(units["tier"])
