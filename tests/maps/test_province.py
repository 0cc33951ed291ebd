"""Several cities side by side: counted where they are, nothing written there, one that is away said and left out."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from cases.judging import counting
from cases.models import Case, FactsMark
from cells.models import Role
from maps import province
from tests.cases.makers import NOON, a_case, a_user
from tests.makers import a_city

DAYS = ("--from", NOON.date().isoformat(), "--to", NOON.date().isoformat())


def here() -> str:
    """The address of this test's own database."""
    given = connection.settings_dict
    host = given["HOST"] or given["OPTIONS"].get("host", "")
    return f"postgis://{given['USER']}:{given['PASSWORD']}@/{given['NAME']}?host={host}"


def written(folder: Path, *databases: str) -> Path:
    path = folder / "cities.json"
    cities = [{"name_zh": f"甲{n}市", "name_en": f"City {n}", "database": url} for n, url in enumerate(databases, 1)]
    path.write_text(json.dumps({"cities": cities}), encoding="utf-8")
    return path


def counted(path: Path, *words: str) -> tuple[dict[str, Any], str]:
    out, refused = StringIO(), ""
    try:
        call_command("province", path, *DAYS, "--json", *words, stdout=out)
    except CommandError as error:
        refused = str(error)
    return dict(json.loads(out.getvalue())), refused


@pytest.mark.django_db(transaction=True)
def test_cities_are_counted_where_they_are_and_one_that_is_away_is_said(
    tmp_path: Path, settings: Any, client: Client
) -> None:
    settings.REPORTS = tmp_path / "reports"
    city = a_city("6x4", community="3x2")
    for column in range(3):
        x, y = city.metres(column, 0)
        a_case(lon=x, lat=y, crs="CITY")
    counting.fresh()
    mark = FactsMark.objects.get().event
    x, y = city.metres(4, 0)
    a_case(lon=x, lat=y, crs="CITY")  # the worker has not read it yet
    found, refused = counted(written(tmp_path, here(), here(), "postgis://nobody@/none?host=/nowhere"), "--keep")
    assert refused == "1 of 3 cities did not answer."
    assert [one["refused"] for one in found["cities"]] == ["", "", "unreadable"]
    assert "nowhere" in found["cities"][2]["detail"]
    assert found["answered"] == 2
    one = found["cities"][0]["facts"]["reports"]
    assert one == 3
    assert found["total"]["facts"]["reports"] == 2 * one
    assert FactsMark.objects.get().event == mark, "nothing is written in a city"
    assert Case.objects.count() == 4
    # The page: for who leads the whole city, and in no bar but where cities were counted.
    client.force_login(a_user(Role.LEADER))
    with translation.override("en"):
        page = client.get("/province/", headers={"Accept-Language": "en"}).content.decode()
    assert "2 of 3 cities" in page
    assert "It cannot be read." in page
    assert "nowhere" not in page
    client.force_login(a_user(Role.OFFICER))
    assert client.get("/province/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_login_that_row_security_keeps_cases_from_is_refused_and_one_past_it_may_only_read(tmp_path: Path) -> None:
    a_city("6x4", community="3x2")
    name = f"reader_of_{connection.settings_dict['NAME']}"
    user = connection.settings_dict["USER"]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN; GRANT pg_read_all_data TO {name}")
    try:
        path = written(tmp_path, here().replace(f"//{user}:", f"//{name}:"))
        (city,) = counted(path)[0]["cities"]
        assert city["refused"] == "unreadable"
        assert "row-level security" in city["detail"]
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER ROLE {name} BYPASSRLS")
        assert counted(path)[0]["cities"][0]["refused"] == ""
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no file of cities"),
        ("[]", "no file of cities"),
        ('{"cities": []}', "names no city"),
        ('{"cities": "all"}', "names no city"),
        ('{"cities": [{"name_zh": "甲"}]}', "City 1 of .* has no name_en, database"),
        ('{"cities": [{"name_zh": "甲", "name_en": "A", "database": "x", "srid": "4547"}]}', "srid is a number"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "cities.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(province.BadProvince, match=says):
        province.read(path)


def test_where_no_cities_were_counted_there_is_no_such_page(tmp_path: Path, settings: Any) -> None:
    settings.REPORTS = tmp_path
    assert not province.is_kept()
    province.keep({"at": timezone.now().isoformat(), "cities": []})
    assert province.is_kept()
    (tmp_path / "province" / "cities.json").write_text("{")
    assert province.kept() is None
