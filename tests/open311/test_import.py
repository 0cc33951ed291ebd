"""Requests of another server become cases: from files of both kinds, and page by page from our own door."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases.importing import georeport
from cases.models import Case
from cells.importing.errors import ImportRefused
from spatial import crs as reference
from tests.cases.makers import a_case
from tests.cases.makers import closed as close
from tests.makers import City, a_city

pytestmark = pytest.mark.django_db
REPORTED, CLOSED = "2026-03-02T10:00:00+08:00", "2026-03-03T02:00:00Z"


@pytest.fixture
def city() -> City:
    return a_city(cells="4x2", community="2x2", at=timezone.now() - dt.timedelta(days=900))


def a_row(city: City, number: Any, column: int = 0, **given: Any) -> dict[str, Any]:
    lon, lat = city.lonlat(column, 0)
    return {
        "service_request_id": number, "status": "open", "service_name": "Pothole", "service_code": "001",
        "description": "坑", "requested_datetime": REPORTED, "lat": lat, "long": lon, **given,
    }  # fmt: skip


def take(what: Any, capsys: Any, *words: str, **options: Any) -> dict[str, Any]:
    call_command("import_open311", str(what), "--json", "-v0", *words, **options)
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_a_file_of_json_becomes_cases_and_twice_changes_nothing(city: City, tmp_path: Path, capsys: Any) -> None:
    rows = [a_row(city, 1), a_row(city, "0002", 3, status="closed", updated_datetime=CLOSED, service_code="event-0113")]
    file = tmp_path / "r.json"
    file.write_text(json.dumps(rows))
    names = ("--value-map", "class:Pothole=event-0113")
    assert take(file, capsys, *names)["added"] == 2
    first, second = (Case.objects.get(source="transfer", source_label=label) for label in ("1", "0002"))
    assert (first.cell, first.catalogue_class.code, first.stage) == (city.cell(0, 0), "0113", "dispatched")
    assert (second.stage, second.owner) == ("closed", city.community(3, 0))
    assert second.closed_at == dt.datetime(2026, 3, 3, 2, tzinfo=dt.UTC)
    assert first.reported_at == dt.datetime(2026, 3, 2, 2, tzinfo=dt.UTC)
    again = take(file, capsys, *names)
    assert (again["added"], again["changed"]) == (0, 0)
    file.write_text(json.dumps([a_row(city, 1, status="closed", updated_datetime=CLOSED)]))
    assert take(file, capsys, *names)["changed"] == 1
    first.refresh_from_db()
    assert first.stage == "closed"


def test_a_file_of_xml_is_the_same(city: City, tmp_path: Path, capsys: Any) -> None:
    lon, lat = city.lonlat(1, 0)
    file = tmp_path / "r.xml"
    file.write_text(
        f"""<?xml version="1.0" encoding="utf-8"?><service_requests><request><service_request_id>7</service_request_id>
        <status>open</status><service_code>event-0113</service_code><description>坑 &amp; 洼</description><address/>
        <requested_datetime>{REPORTED}</requested_datetime><lat>{lat}</lat><long>{lon}</long></request></service_requests>"""
    )
    assert take(file, capsys)["added"] == 1
    case = Case.objects.get()
    assert (case.words, case.cell, case.source_label) == ("坑 & 洼", city.cell(1, 0), "7")


def test_what_cannot_be_is_left_out_with_its_reason(city: City, tmp_path: Path, capsys: Any) -> None:
    rows = [a_row(city, 1), a_row(city, 2, requested_datetime="gestern"), a_row(city, 3, lat=999)]
    file, rejects = tmp_path / "r.json", tmp_path / "out.csv"
    file.write_text(json.dumps(rows))
    found = take(file, capsys, rejects=rejects)
    assert (found["added"], found["rejected"]) == (1, 2)
    with rejects.open(encoding="utf-8-sig") as table:
        assert [row["label"] for row in csv.DictReader(table)] == ["2", "3"]


BOMB = (
    '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><service_requests><request>&c;</request></service_requests>'
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "neither JSON nor XML"),
        ("no", "neither JSON nor XML"),
        ("{}", "no list of requests"),
        ("[1]", "no list of requests"),
        ('[{"code": 403, "description": "key"}]', "answers 403: key"),
        ("<service_requests>", "no XML"),
        (BOMB, "no XML"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "no XML"),
        ("<errors><error><code>400</code><description>so</description></error></errors>", "answers 400: so"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(city: City, tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "r"
    file.write_text(content)
    with pytest.raises(CommandError, match=said):
        call_command("import_open311", str(file), "-v0")
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org/v2", "no address"),
        ("file:///etc/passwd", "no address"),
        ("http://127.0.0.1:1/v2", "private network"),
        ("https://[::ffff:10.0.0.1]/v2", "private network"),
        ("https://user:secret@example.org/v2", "no address"),
    ],
)
def test_an_address_that_may_not_be_reached_is_refused(city: City, url: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("import_open311", url, "-v0")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["/open311/v2", "/open311/v2/requests.xml"])
def test_our_own_door_is_read(city: City, live_server: Any, settings: Any, capsys: Any, door: str) -> None:
    """Also over several windows of 90 days; the cases come back as other ones, of another source."""
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    for n in range(5):
        lon, lat = city.metres(n % 4, 0)
        at = timezone.now() - dt.timedelta(days=40 * n)
        case = a_case(lon=lon, lat=lat, crs=reference.CITY, at=at, catalogue_class="event-0113", words=f"坑 {n}")
        if n == 2:
            close(case, at=at)
    numbers = set(Case.objects.values_list("number", flat=True))
    since = (timezone.now() - dt.timedelta(days=200)).date().isoformat()
    found = take(f"{live_server.url}{door}", capsys, "--since", since)
    assert (found["read"], found["added"]) == (5, 5)
    came = Case.objects.filter(source="transfer")
    assert set(came.values_list("source_label", flat=True)) == numbers
    assert came.filter(stage="closed").count() == 1
    for case in came:
        other = Case.objects.get(number=case.source_label)
        assert (case.cell, case.owner, case.catalogue_class) == (other.cell, other.owner, other.catalogue_class)


@pytest.mark.django_db(transaction=True)
def test_pages_are_followed_and_repeats_are_one(city: City, live_server: Any, settings: Any, monkeypatch: Any) -> None:
    settings.HOOK_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(georeport, "PAGE", 2)
    for n in range(5):
        a_case(at=timezone.now() - dt.timedelta(days=n), catalogue_class="event-0113")
    since, until = timezone.now() - dt.timedelta(days=30), timezone.now()
    rows = georeport.read_server(f"{live_server.url}/open311/v2/", since=since, until=until)
    assert len({row["service_request_id"] for row in rows}) == len(rows) == 5
    with pytest.raises(ImportRefused, match="status is"):
        georeport.read_server(f"{live_server.url}/open311/v2/requests.json?status=odd", since=since, until=until)
