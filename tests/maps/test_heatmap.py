"""The heatmap: what is counted, that the page is bounded, and that it names no other host."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from maps import heatmap
from maps.pages.dispatch import city_bounds
from spatial import crs as reference
from tests.cases.makers import NOON, a_case, a_user, middle_of, voided
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _city() -> None:
    a_lattice_city(8, 4)


def asked(**given: object) -> heatmap.Asked:
    return heatmap.Asked(**{"since": NOON - DAY, "until": NOON + DAY, **given})  # type: ignore[arg-type]


def test_cases_are_counted_in_squares_by_period_and_class() -> None:
    x, y = (50.0 * np.floor(np.array(middle_of()) / 50.0) + 10.0).tolist()
    many = [a_case(lon=x + d, lat=y, crs="CITY", address="桥头") for d in (0.0, 2.0, 4.0)]
    a_case(lon=x + 60.0, lat=y, crs="CITY", catalogue_class="event-0201")
    a_case(lon=x, lat=y, crs="CITY", at=NOON + 3 * DAY)
    voided(many[0])
    counted = heatmap.heat(asked())
    assert [(s.cases, s.open_cases, s.address) for s in counted.squares] == [(3, 2, "桥头"), (1, 1, "")]
    assert (counted.cases, counted.side_m) == (4, 50.0)
    # Where its cases lie on average: 2 m east of the first.
    there = reference.to_city([[counted.squares[0].lon, counted.squares[0].lat]], crs="WGS84", srid=settings.CITY_SRID)
    assert there[0] == pytest.approx([x + 2.0, y], abs=0.01)
    assert heatmap.heat(asked(kind="event", code="02")).cases == 1
    assert heatmap.heat(asked(kind="component")).cases == 0
    assert heatmap.heat(asked(since=NOON + 2 * DAY, until=NOON + 4 * DAY)).cases == 1


def test_squares_grow_until_the_page_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for cell in range(0, 32, 2):
        x, y = middle_of(cell)
        a_case(lon=x, lat=y, crs="CITY")
    assert heatmap.heat(asked()).side_m == 50.0
    monkeypatch.setattr(heatmap, "MOST_SQUARES", 8)
    grown = heatmap.heat(asked())
    assert len(grown.squares) <= 8
    assert grown.side_m > 50.0
    assert grown.cases == 16


def test_hot_places_lie_apart_and_strengths_follow_the_counts() -> None:
    x, y = middle_of()
    for n, (d, cases) in enumerate(((0.0, 6), (60.0, 4), (600.0, 3))):
        for k in range(cases):
            a_case(lon=x + d, lat=y + 0.1 * k, crs="CITY", words=f"{n} {k}")
    counted = heatmap.heat(asked())
    assert [place.cases for place in counted.hot_places()] == [6, 3]
    strengths = counted.strengths()
    assert (np.diff(strengths) < 0).all()
    assert ((strengths > 0) & (strengths < 1)).all()


def test_the_drawing_names_no_other_host_and_all_its_files_are_there() -> None:
    x, y = middle_of()
    for n in range(3):
        a_case(lon=x, lat=y, crs="CITY", address="<script>alert(1)</script>` ${1} \\", words=str(n))
    html = heatmap.draw(asked(), city_bounds())
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", html) == []
    files = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(files) == 3
    for file in files:
        assert finders.find(file.removeprefix(settings.STATIC_URL)), file
    assert "alert(1)</script>" not in html
    assert "社区1-1".encode("unicode_escape").decode() in html


def test_the_page_shows_the_last_month_and_refuses_nonsense() -> None:
    a_case(at=NOON)
    client = Client()
    client.force_login(a_user())
    page = client.get("/reports/heatmap/")
    assert page.context["heat"].cases == 1
    assert 'value="2026-03-02"' in page.content.decode()
    assert client.get("/reports/heatmap/map/").status_code == 200
    for query in (
        "since=nonsense",
        "since=2026-03-02&until=2026-01-01",
        "classes=event-77",
        "since=9999-99-99",
        "since=0001-01-01",
        "until=9999-12-31",
    ):
        assert client.get(f"/reports/heatmap/?{query}").context["form"].errors, query
        assert client.get(f"/reports/heatmap/map/?{query}").status_code == 400
    assert client.get("/reports/heatmap/map/?since=1900-01-01&until=2199-12-31").status_code == 200
    assert Client().get("/reports/heatmap/map/").status_code == 302
