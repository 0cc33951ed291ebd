"""Tracks and rounds over HTTP: batches of a phone, what is seen today, what to walk next, whose records one reads."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cases.models import CellVisit, PatrolRecord, TrackPoint
from cases.patrols.taking import take
from cells.models import Role
from spatial import crs as reference
from tests.cases.walking import a_walk
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import EARLIER, a_client, an_officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return a_city(cells="8x2", community="4x2", at=EARLIER - dt.timedelta(days=1))


def a_batch(city: City, way: list[tuple[float, float]], *, ago_s: float = 600) -> list[dict[str, Any]]:
    """Points each 10 s and 12 m along a way, as a phone tells them, that ended some time ago."""
    walk = a_walk(city, way, person=0)
    degrees = reference.from_city(np.column_stack([walk["x"], walk["y"]]), srid=settings.CITY_SRID)
    end = timezone.now() - dt.timedelta(seconds=ago_s)
    return [
        {"at": (end - dt.timedelta(seconds=10 * (len(walk) - k))).isoformat(), "lon": lon, "lat": lat, "accuracy_m": 6}
        for k, (lon, lat) in enumerate(degrees.tolist())
    ]


def post(client: Client, points: list[dict[str, Any]], **more: Any) -> Any:
    return client.post("/api/my/track", {"points": points, "device": "p1", **more}, content_type="application/json")


@pytest.fixture
def _at_noon(settings: Any) -> None:
    """The city lies where it is about noon, so that the last minutes and now are of one day."""
    east = 12 - timezone.now().astimezone(dt.UTC).hour
    settings.TIME_ZONE = f"Etc/GMT{-east:+d}"


def test_a_batch_is_taken_once_however_often_it_is_sent(city: City) -> None:
    phone = a_client(an_officer(city, 0, name="li"))
    batch = a_batch(city, [(0.1, 0.5), (1.9, 0.5)])
    told = post(phone, batch).json()
    assert (told["points"], told["inserted"], told["duplicates"], told["rejected"]) == (15, 15, 0, [])
    assert told["today"]["points"] + (told["today"]["record"] is None) * 15 == 15
    again = post(phone, batch[::-1]).json()
    assert (again["inserted"], again["duplicates"]) == (0, 15)
    assert TrackPoint.objects.count() == 15


def test_a_track_in_the_crs_of_web_maps_lies_where_it_was_walked(city: City) -> None:
    phone = a_client(an_officer(city, 0, name="li"))
    batch = a_batch(city, [(0.1, 0.5), (1.9, 0.5)])
    shifted = reference.from_city(
        reference.to_city([[p["lon"], p["lat"]] for p in batch], crs="WGS84", srid=settings.CITY_SRID),
        crs="GCJ-02", srid=settings.CITY_SRID,
    )  # fmt: skip
    for point, (lon, lat) in zip(batch, shifted.tolist(), strict=True):
        point |= {"lon": lon, "lat": lat}
    assert post(phone, batch, crs="gcj02").json()["inserted"] == 15
    assert set(CellVisit.objects.values_list("cell__code", flat=True)) == {city.code(0, 0), city.code(1, 0)}


def test_points_that_cannot_be_are_told_and_stop_no_other(city: City) -> None:
    phone = a_client(an_officer(city, 0, name="li"))
    good, no_time, swapped, old, ahead, dreamt = a_batch(city, [(0.1, 0.5), (0.8, 0.5)])[:6]
    no_time["at"] = "yesterday"
    swapped["lon"], swapped["lat"] = swapped["lat"], swapped["lon"]
    old["at"], ahead["at"] = "2001-01-01T00:00:00Z", (timezone.now() + dt.timedelta(days=1)).isoformat()
    dreamt["lon"] = None
    told = post(phone, [good, no_time, swapped, old, ahead, dreamt]).json()
    assert told["inserted"] == 1
    assert [r["reason"] for r in told["rejected"]] == ["no_time", "swapped", "too_old", "in_the_future", "not_a_number"]


def test_what_is_no_batch_is_refused_with_a_reason(city: City) -> None:
    phone = a_client(an_officer(city, 0, name="li"))
    assert post(phone, [{}] * 501).status_code == 413
    assert post(phone, "all").json()["where"]["field"] == "points"  # type: ignore[arg-type]
    assert post(phone, [], crs="Mars 2000").json()["error"] == "unknown_crs"
    assert post(Client(), []).status_code == 401


@pytest.mark.usefixtures("_at_noon")
def test_the_round_leads_through_what_is_not_seen_today(city: City) -> None:
    phone = a_client(an_officer(city, 0, name="li"))  # columns 0 and 1
    lon, lat = city.lonlat(1, 0)
    told = phone.get("/api/my/round", {"lon": lon, "lat": lat}).json()
    assert told["beat"] == {"cells": 4, "seen": 0, "share": 0.0}
    # From the middle of (1, 0): that one, then round the square.
    assert told["cells"][0]["code"] == city.code(1, 0)
    assert told["length_m"] == 300
    assert post(phone, a_batch(city, [(0.1, 0.5), (1.9, 0.5)], ago_s=5)).json()["inserted"] == 15
    told = phone.get("/api/my/round", {"lon": lon, "lat": lat}).json()
    assert told["beat"] == {"cells": 4, "seen": 2, "share": 0.5}
    assert [c["code"] for c in told["cells"]] == [city.code(1, 1), city.code(0, 1)]
    assert [c["unseen_days"] for c in told["cells"]] == [None, None]


def test_a_record_is_read_by_its_officer_and_who_looks_after_him(city: City) -> None:
    officer = an_officer(city, 0, name="li")
    take(a_walk(city, [(0.1, 0.5), (1.9, 0.5)], person=officer.person.pk, at=EARLIER))
    record = PatrolRecord.objects.get()
    address = f"/api/patrols/{record.pk}/track"
    track = a_client(officer).get(address).json()
    assert [len(line) for line in track["geometry"]["coordinates"]] == [15]
    own, other = city.community(0, 0), city.community(4, 0)
    for user, status in (
        (a_person(Role.COMMUNITY, territory=own), 200),
        (a_person(Role.COMMUNITY, territory=other), 403),
        (a_person(Role.LEADER), 200),
        (an_officer(city, 0, name="wang", grid=2), 403),
    ):
        assert a_client(user).get(address).status_code == status
