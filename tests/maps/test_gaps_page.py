"""The coverage map's answers: each reader on his own ground, with who answers for it; what is asked wrongly is told."""

from __future__ import annotations

import gzip
import json
import math
from typing import Any
from unittest.mock import ANY

import mapbox_vector_tile
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from cells.models import Role
from tests.cases.test_gaps import a_visit
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import an_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return a_city("6x2", community="3x2")


def client_of(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def cells_of(told: Any) -> dict[str, dict[str, Any]]:
    """The cells of an answer by code, each with its columns."""
    columns = told["cells"]
    names = [name for name in columns if name != "at"]
    assert {len(columns[name]) for name in names} == {len(columns["code"])}
    assert len(columns["at"]) == 2 * len(columns["code"])
    return {code: {name: columns[name][k] for name in names} for k, code in enumerate(columns["code"])}


def test_a_leader_is_told_of_the_whole_city_and_a_community_of_its_own(city: City) -> None:
    officer = an_officer(city, 0, name="li").person
    officer.telephone = "0000-5550001"
    officer.save()
    whole = client_of(a_person(Role.LEADER)).get("/api/gaps", {"days": 3}).json()
    assert (whole["whole"], whole["figures"]["cells"], whole["figures"]["nobody_looked"]) == (True, 12, 12)
    assert whole["figures"]["date"] == timezone.localdate().isoformat()
    cell = cells_of(whole)[city.code(0, 0)]
    assert (cell["id"], whole["classes"][cell["known"]], cell["age"]) == (city.cell(0, 0).pk, "nobody_looked", -1)
    named = [layer for bit, layer in enumerate(whole["layers"]) if cell["layers"] >> bit & 1]
    assert named == ["not_walked", "no_survey", "far_from_team"]
    place = whole["cells"]["code"].index(city.code(0, 0))
    lonlat = [part / 1e6 for part in whole["cells"]["at"][2 * place : 2 * place + 2]]
    assert lonlat == pytest.approx(city.lonlat(0, 0), abs=1e-6)
    assert whole["communities"][str(cell["community"])]["code"] == city.community_code(0, 0)
    (answers,) = whole["people"][str(cell["grid"])]
    assert (answers["id"], answers["telephone"], answers["walks"]) == (officer.pk, "0000-5550001", True)
    own = client_of(a_person(Role.COMMUNITY, territory=city.community(3, 0))).get("/api/gaps").json()
    assert (own["whole"], own["figures"]["cells"]) == (False, 6)
    assert set(cells_of(own)) == {city.code(c, r) for c in range(3, 6) for r in range(2)}


def test_shapes_come_as_tiles_of_the_edition_under_the_same_numbers(city: City) -> None:
    leader = client_of(a_person(Role.LEADER))
    told = leader.get("/api/gaps").json()
    lon, lat = city.lonlat(0, 0)
    for zoom in (10, 12, 16):
        n = 1 << zoom
        x, y = int((lon + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
        tile = leader.get(f"/tiles/cells/{zoom}/{x}/{y}.mvt?edition={told['figures']['edition']}")
        (layer,) = mapbox_vector_tile.decode(gzip.decompress(tile.content)).values()
        drawn = {feature["id"]: feature["properties"] for feature in layer["features"]}
        assert drawn[city.cell(0, 0).pk] == {}
        assert zoom == 16 or set(drawn) == set(told["cells"]["id"])


def test_what_is_sent_of_a_cell_is_short_and_packed_where_the_browser_can(city: City) -> None:
    leader = client_of(a_person(Role.LEADER))
    plain = leader.get("/api/gaps")
    assert len(json.dumps(plain.json()["cells"], separators=(",", ":"))) / 12 < 110
    packed = leader.get("/api/gaps", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.content)) == {**plain.json(), "figures": ANY}


def test_the_age_of_gaps_is_told_of_ones_own_ground(city: City) -> None:
    a_visit(an_officer(city, 0, name="li").person, city.cell(0, 0), timezone.localdate())
    leader = client_of(a_person(Role.LEADER))
    told = leader.get("/api/gaps/ageing", {"weeks": 2, "over": 1}).json()
    assert (told["over"], told["began"], len(told["days"])) == (1, timezone.localdate().isoformat(), 14)
    assert [told["days"][-1][name] for name in ("cells", "never", "over")] == [12, 11, None]
    assert told["days"][0]["never"] is None
    there, other = city.community(0, 0), city.community(3, 0)
    assert leader.get("/api/gaps/ageing", {"grid": there.pk}).json()["days"][-1]["cells"] == 6
    own = client_of(a_person(Role.COMMUNITY, territory=other))
    assert own.get("/api/gaps/ageing").json()["days"][-1]["never"] == 6
    assert own.get("/api/gaps/ageing", {"grid": there.pk}).status_code == 404
    for wrong in ({"weeks": "27"}, {"over": "0"}, {"day": "x"}, {"grid": "x"}):
        assert leader.get("/api/gaps/ageing", wrong).json()["where"]["field"] in wrong


def test_who_is_nobody_of_the_city_is_told_nothing(city: City) -> None:
    stranger = client_of(get_user_model().objects.create_user("stranger"))
    assert stranger.get("/api/gaps").status_code == 403
    assert stranger.get("/api/gaps/ageing").status_code == 403
    assert stranger.get("/gaps/").status_code == 403
    assert client_of(a_person(Role.LEADER)).get("/gaps/").status_code == 200


@pytest.mark.parametrize("asked", [{"day": "yesterday"}, {"days": "0"}, {"days": "1.5"}, {"days": "400"}])
def test_what_is_no_day_or_window_is_refused_by_name(city: City, asked: dict[str, str]) -> None:
    answer = client_of(a_person(Role.LEADER)).get("/api/gaps", asked)
    assert (answer.status_code, answer.json()["where"]["field"]) == (400, *asked)
