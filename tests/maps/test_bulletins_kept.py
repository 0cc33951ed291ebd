"""Last month's bulletin is made by itself: once, whole, from its day on; and who may take it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from cases.models import Scheme
from cells.models import Role
from maps.bulletin import kept
from maps.bulletin.kept import make_due
from maps.printing.fonts import NoFont
from spatial.postgis import run
from tests.cases.judging_desk import Week, at, live
from tests.cases.makers import a_user
from tests.makers import City, a_city, a_person
from tests.maps.officer_desk import a_client

pytestmark = pytest.mark.django_db
WEEK = Week(accepted=9, filed=9, dispatched=9, should_close=9, closed=8, closed_on_time=5, rework=1, extended=1)
NAMES = [f"2019-04-monthly.{language}.{form}" for language in ("en", "zh-hans") for form in ("docx", "pdf")]
THE_DAY = at("2019-05-03")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.REPORTS = tmp_path
    return tmp_path / "bulletins"


@pytest.fixture
def city(folder: Path) -> City:
    city = a_city(cells="4x2", community="2x2", at=at("2019-01-01"))
    live(WEEK, city.community(0, 0), monday="2019-04-08", prefix="A")
    Scheme.objects.update(level="community")
    kept.counting.fresh()
    return city


@pytest.fixture
def another() -> Iterator[Any]:
    """A second connection, as another worker has."""
    found = connections.create_connection("default")
    yield found
    found.close()


def test_it_is_made_from_its_day_on_and_once(city: City, folder: Path) -> None:
    assert make_due(at=at("2019-05-02", 23)) == []
    assert sorted(path.name for path in make_due(at=THE_DAY)) == NAMES
    first = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert sorted(first) == NAMES
    assert make_due(at=THE_DAY) == make_due(at=at("2019-05-31")) == []
    # What was lost is made again, and nothing else.
    (folder / NAMES[0]).unlink()
    assert [path.name for path in make_due(at=at("2019-05-05"))] == NAMES[:1]
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} | {NAMES[0]: 0} == first | {NAMES[0]: 0}


def test_while_one_worker_makes_it_another_leaves_it_to_him(city: City, folder: Path, another: Any) -> None:
    with another.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(run.statement("maps", "bulletin_lock_v1"))
        assert make_due(at=THE_DAY) == []
        assert not folder.exists()
        cursor.execute("ROLLBACK")  # he was killed
    assert len(make_due(at=THE_DAY)) == 4


def test_a_month_without_cases_and_a_server_without_the_typeface_make_nothing(
    city: City, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert make_due(at=at("2019-07-03")) == []

    def missing(_text: str) -> None:
        raise NoFont("no typeface")

    monkeypatch.setattr(kept, "face", missing)
    assert make_due(at=THE_DAY) == []
    assert "no typeface" in caplog.text
    assert not folder.exists()


def test_a_file_is_whole_or_not_there(city: City, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_bulletin: Any, _form: str) -> bytes:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(kept, "made", broken)
        with pytest.raises(MemoryError):
            make_due(at=THE_DAY)
    assert kept.kept() == []
    assert len(make_due(at=THE_DAY)) == 4


def test_the_worker_makes_what_is_due_now(city: City, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("bulletin", due=True)  # nothing was reported in the month before this one
    assert capsys.readouterr().out == ""
    assert timezone.now() > THE_DAY + dt.timedelta(days=90)


def test_who_sees_the_whole_city_takes_it_and_others_get_their_own(city: City, folder: Path) -> None:
    leader = a_client(a_person(Role.LEADER))
    assert "2019-04" not in leader.get("/reports/bulletins/").content.decode()
    make_due(at=THE_DAY)
    (folder / "../secret.docx").write_bytes(b"secret")
    page = leader.get("/reports/bulletins/").content.decode()
    for name in NAMES:
        assert f"/reports/bulletins/{name}" in page
        answer = leader.get(f"/reports/bulletins/{name}")
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
        assert answer.content == (folder / name).read_bytes()
    for name in ("2019-03-monthly.en.pdf", "..%2Fsecret.docx", "%00", "2019-04-monthly.en.txt"):
        assert leader.get(f"/reports/bulletins/{name}").status_code == 404
    community = a_client(a_person(Role.COMMUNITY, territory=city.community(0, 0)))
    own = community.get("/reports/bulletins/").content.decode()
    assert "/ranking/bulletin/?month=2019-04" in own
    assert NAMES[0] not in own
    assert community.get(f"/reports/bulletins/{NAMES[0]}").status_code == 404
    stranger = a_client(a_user(None))
    assert stranger.get("/reports/bulletins/").status_code == 403
    assert stranger.get(f"/reports/bulletins/{NAMES[0]}").status_code == 404
