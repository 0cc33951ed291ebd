"""Coverage of an archive: the same visits and classes as the database's, wherever files and parts are cut."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from cases.archives.coverage import snap_tracks
from cases.models import CellVisit, TrackPoint
from cases.patrols.taking import take
from cells.archiving.batch import workers
from cells.models import Edition
from spatial import crs
from tests.cases.makers import a_case, voided
from tests.cases.walking import a_walk
from tests.makers import City, a_city, a_person, a_street, noon

pytestmark = pytest.mark.django_db
DAY = noon().date()
ONE = dt.timedelta(days=1)


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> City:
    """A city where five people walked on three days, one of them with two phones; the bins are small."""
    monkeypatch.setattr("cases.archives.coverage.IN_A_BIN", 100)
    city = a_city(cells="8x4", at=noon() - 60 * ONE)
    a_street(city, 1)
    for n in range(5):
        person = a_person("officer", username=f"p{n}").person.pk
        for ago in range(3):
            way = [(0.5 + n, 0.5), (0.5 + n, 3.5)] if ago % 2 else [(0.5, 0.5 + ago), (5.5, 0.5 + n * 0.7)]
            at = noon() - ago * ONE - dt.timedelta(hours=n)
            take(a_walk(city, way, person=person, at=at, noise_m=3, seed=10 * n + ago, phone=f"phone {n}"))
    take(a_walk(city, [(5.5, 3.5), (0.5, 3.5)], person=person, at=noon(), mps=9, phone="another"))
    return city


@pytest.fixture
def points(city: City, tmp_path: Path) -> Path:
    """The points of the database as a file, in no order, in many row groups."""
    columns = ["person__user__username", "at", "x", "y", "accuracy_m", "device__label"]
    names = ["person", "at", "x", "y", "accuracy", "device"]
    frame = pd.DataFrame(TrackPoint.objects.values_list(*columns), columns=names)
    lonlat = crs.from_city(frame[["x", "y"]].to_numpy(), srid=settings.CITY_SRID)
    frame = frame.assign(lon=lonlat[:, 0], lat=lonlat[:, 1]).drop(columns=["x", "y"]).sample(frac=1, random_state=2)
    frame.to_parquet(tmp_path / "points.parquet", index=False, row_group_size=37)
    return tmp_path / "points.parquet"


def run(*words: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("snap_tracks", *map(str, words), "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def visits(folder: Path) -> list[tuple[Any, ...]]:
    frame = pd.concat([pd.read_parquet(file) for file in sorted(folder.glob("visits-*.parquet"))])
    rows = frame.assign(day=frame["day"].dt.date).fillna({"street_share": -1.0})
    return sorted(zip(*(rows[name].tolist() for name in VISIT), strict=True))


VISIT = ("person", "day", "cell", "first_at", "last_at", "seconds", "metres", "street_share", "mode")


def test_the_visits_are_those_of_the_database(points: Path, tmp_path: Path) -> None:
    told = run(points, "--out", tmp_path / "out")
    assert told["bins"] > 3
    assert sum(told["unused"].values()) == 0
    ours = visits(tmp_path / "out")
    found = CellVisit.objects.values_list("person__user__username", "day", "cell__code", *VISIT[3:])
    theirs = sorted((*row[:7], -1.0 if row[7] is None else row[7], row[8]) for row in found)
    assert len(ours) == len(theirs) > 50
    assert [row[:5] for row in ours] == [row[:5] for row in theirs]
    numbers = [np.array([row[5:] for row in rows], np.float64) for rows in (ours, theirs)]
    # A place goes through degrees and comes back to the millimetre.
    np.testing.assert_allclose(*numbers, atol=0.11)
    assert not (tmp_path / "out" / "points").exists()


def test_the_classes_are_those_of_the_database(city: City, points: Path, tmp_path: Path) -> None:
    for column, row in ((0, 0), (5, 3), (2, 2), (7, 2)):
        lon, lat = city.metres(column, row)
        a_case(lon=lon, lat=lat, crs=crs.CITY, at=noon())
    lon, lat = city.metres(4, 2)
    voided(a_case(lon=lon, lat=lat, crs=crs.CITY, at=noon()), at=noon())
    run(points, "--out", tmp_path / "out")
    days = {"since": DAY - 40 * ONE, "until": DAY}
    call_command("archive_cases", out=tmp_path / "cases.parquet", stdout=StringIO(), **days)
    call_command(
        "snap_archive", str(tmp_path / "cases.parquet"), "--out", str(tmp_path / "snapped"), "--time", "reported_at",
        "--leave-out", "stage=declined,void", stdout=StringIO(),
    )  # fmt: skip
    looks, counts = tmp_path / "out" / "looks.parquet", tmp_path / "snapped" / "counts.parquet"
    for window in (1, 2, 7):
        ours, theirs = told(archive=looks, cases=counts, days=window), told(days=window)
        for key in ("date", "days", "edition", "cells", "walked_clean", "walked_found", "reported_not_walked"):
            assert ours[key] == theirs[key], (window, key)
        assert ours["nobody_looked"] == theirs["nobody_looked"]
        assert ours["layers"]["not_walked"] == theirs["layers"]["not_walked"]
    assert ours["walked_found"] > 0
    assert ours["reported_not_walked"] > 0
    months = told(archive=looks, cases=counts, months=True, date=None)
    assert [one["date"][:7] for one in months] == sorted({f"{DAY - k * ONE:%Y-%m}" for k in range(3)})
    assert 0 < months[-1]["full_walk"] <= months[-1]["seen_rate"] < 1


def told(**given: Any) -> Any:
    out = StringIO()
    call_command("coverage", json=True, stdout=out, **{"date": DAY, **given})
    return json.loads(out.getvalue())


def test_workers_find_the_same_and_one_that_dies_loses_nothing(points: Path, tmp_path: Path) -> None:
    run(points, "--out", tmp_path / "here")
    killed: list[int] = []
    with workers(None, 2) as client:
        pids = list(client.run(os.getpid).values())

        def kill_one(_points: int) -> None:
            if not killed:
                os.kill(pids[0], signal.SIGKILL)
                killed.append(pids[0])

        snap_tracks([points], tmp_path / "there", Edition.objects.in_force(), crs="WGS84", client=client, told=kill_one)
    assert killed
    assert visits(tmp_path / "here") == visits(tmp_path / "there")
    pd.testing.assert_frame_equal(*(pd.read_parquet(tmp_path / d / "looks.parquet") for d in ("here", "there")))


def test_points_that_cannot_be_used_are_counted(city: City, points: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(points)
    bad = frame.head(4).assign(
        person=["", "p1", "p1", None], lat=[1.0, 91.0, 30.0, 1.0], at=[*frame["at"].head(3), pd.NaT]
    )
    bad.iloc[2, bad.columns.get_loc("at")] = pd.Timestamp("1970-01-02", tz="UTC")
    pd.concat([frame, bad]).to_parquet(tmp_path / "more.parquet", index=False)
    told = run(tmp_path / "more.parquet", "--out", tmp_path / "out")
    assert told["unused"] == {"no_place": 1, "no_time": 1, "nobody": 2}
    run(points, "--out", tmp_path / "good")
    assert visits(tmp_path / "out") == visits(tmp_path / "good")


def test_what_is_done_is_kept(points: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(points, "--out", tmp_path / "out")
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("visits-*.parquet")}
    run(points, "--out", tmp_path / "out")
    assert before == {file: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("visits-*.parquet")}
    frame = pd.read_parquet(points)
    frame.tail(len(frame) - 5).to_parquet(points, index=False, row_group_size=37)
    run(points, "--out", tmp_path / "out")
    assert before != {file: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("visits-*.parquet")}


def test_what_cannot_be_read_is_said(city: City, points: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no column nobody"):
        run(points, "--out", tmp_path / "out", "--column", "person=nobody")
    with pytest.raises(CommandError, match="cannot be read as moments"):
        run(points, "--out", tmp_path / "out", "--column", "at=device")
    with pytest.raises(CommandError, match="write WHAT=COLUMN"):
        run(points, "--out", tmp_path / "out", "--column", "person")
    pd.read_parquet(points).drop(columns="person").to_parquet(tmp_path / "nobodys.parquet")
    with pytest.raises(CommandError, match="No column says person"):
        run(tmp_path / "nobodys.parquet", "--out", tmp_path / "out")
    with pytest.raises(CommandError, match=r"Give the looks\.parquet"):
        told(archive=points)
    run(points, "--out", tmp_path / "out")
    looks = pd.read_parquet(tmp_path / "out" / "looks.parquet").assign(cell="999999999999999")
    looks.to_parquet(tmp_path / "foreign.parquet")
    with pytest.raises(CommandError, match="has not"):
        told(archive=tmp_path / "foreign.parquet")
    with pytest.raises(CommandError, match="belong to --archive"):
        told(months=True)
