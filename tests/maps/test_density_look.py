"""The density for looks: of the cases asked for, in metres, in classes that do not move with the period."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from cells.models import Role
from maps.density_look import COLOURS, STEPS
from spatial import crs as reference
from tests.cases.hotspot_desk import SIDE, empty_city
from tests.cases.makers import a_case, a_user
from tests.makers import City, noon

pytestmark = pytest.mark.django_db
WEEKS = {"from": "2026-05-04", "to": "2026-05-31"}


@pytest.fixture
def city() -> City:
    made = empty_city()
    lon, lat = made.metres(3, 3)
    for n in range(60):
        a_case(at=noon("2026-05-20"), lon=lon + n % 8, lat=lat + n // 8, crs="CITY")
    return made


def seen(city: City, query: dict[str, str], *, territory: Any = None) -> dict[str, Any]:
    client = Client(headers={"accept-language": "en"})
    client.force_login(a_user(Role.COMMUNITY if territory else Role.LEADER, territory=territory))
    answer = client.get("/api/hotspots/density", query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def picture(found: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(found["picture"].partition(",")[2]))).convert("RGBA")


def at(found: dict[str, Any], xy: tuple[float, float]) -> tuple[int, ...]:
    """The colour of a place in metres."""
    (lon, lat) = reference.from_city(np.array([xy]), srid=settings.CITY_SRID)[0].tolist()
    shown = picture(found)
    (west, north), (east, _n), _se, (_w, south) = found["corners"]
    x = int((lon - west) / (east - west) * shown.width)
    y = int((north - lat) / (north - south) * shown.height)
    return shown.getpixel((x, y))  # type: ignore[return-value]


def test_it_is_darkest_where_the_cases_lie_and_clear_far_away(city: City) -> None:
    found = seen(city, WEEKS | {"bandwidth": "150"})
    # 60 cases in a point: 60 / (2 pi 0.15²) = 424 a km² in four weeks, the highest class.
    assert found["cases"] == 60
    assert at(found, city.metres(3, 3)) == (*(int(COLOURS[-1][k : k + 2], 16) for k in (1, 3, 5)), 255)
    assert at(found, city.metres(SIDE - 1, SIDE - 1))[3] == 0
    assert len(found["square_km"]) == len(STEPS) + 1
    assert found["bandwidth_m"] == 150
    wider = seen(city, WEEKS | {"bandwidth": "1200"})
    assert at(wider, city.metres(3, 3)) != at(found, city.metres(3, 3))


def test_classes_are_of_four_weeks_whatever_the_period(city: City) -> None:
    month = at(seen(city, WEEKS | {"bandwidth": "300"}), city.metres(3, 3))
    quarter = at(seen(city, {"from": "2026-03-09", "to": "2026-05-31", "bandwidth": "300"}), city.metres(3, 3))
    by_colour = {tuple(int(c[k : k + 2], 16) for k in (1, 3, 5)): n for n, c in enumerate(COLOURS)}
    assert by_colour[month[:3]] - by_colour[quarter[:3]] in (1, 2)  # a third as many in four weeks
    empty = picture(seen(city, {"from": "2026-01-01", "to": "2026-01-28"}))
    assert empty.getextrema()[3] == (0, 0)


def test_a_reader_of_a_part_sees_the_density_of_his_part(city: City) -> None:
    other = city.community(SIDE - 1, SIDE - 1)
    found = seen(city, WEEKS, territory=other)
    assert (found["whole"], found["cases"]) == (False, 0)
    assert picture(found).getextrema()[3] == (0, 0)
    assert seen(city, WEEKS, territory=city.community(3, 3))["cases"] == 60


@pytest.mark.parametrize("wrong", ["20", "x", "-300", "1e3"])
def test_a_bandwidth_that_is_not_offered_is_refused(wrong: str) -> None:
    empty_city()
    client = Client()
    client.force_login(a_user(Role.LEADER))
    answer = client.get("/api/hotspots/density", {"bandwidth": wrong})
    assert (answer.status_code, answer.json()["where"]["field"]) == (400, "bandwidth")
