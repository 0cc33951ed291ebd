"""Archives are snapped part by part: the same owners here and by workers, also when one dies; what is done is kept."""

from __future__ import annotations

import json
import os
import pickle
import signal
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from cells import routing
from cells.archiving.batch import parts_of, shared_in, snap_archive, way, workers
from cells.archiving.worker import Shared, unpacked
from cells.point_tables import owner_columns
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db
GROUPS, ROWS = 12, 500


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A city, and a file of places in and round it, in a dozen row groups; one place is none."""
    a_lattice_city(6, 6)
    west, south, east, north = routing.ground().locator.bounds
    rng = np.random.default_rng(3)
    xy = rng.uniform((west - 50, south - 50), (east + 50, north + 50), (GROUPS * ROWS, 2))
    from django.conf import settings

    from spatial import crs

    lonlat = crs.from_city(xy, srid=settings.CITY_SRID)
    lonlat[7] = np.nan
    days = pd.to_datetime("2026-03-01", utc=True) + pd.to_timedelta(np.arange(len(xy)) // 3000, unit="D")
    frame = pd.DataFrame({"id": np.arange(len(xy)), "lon": lonlat[:, 0], "lat": lonlat[:, 1], "at": days})
    path = tmp_path / "cases.parquet"
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=ROWS)
    return path


def read(folder: Path) -> pd.DataFrame:
    files = sorted(folder.glob("cases-*.parquet"))
    assert len(files) == GROUPS
    assert not list(folder.glob("*.partial"))
    return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)


def run(*words: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("snap_archive", *map(str, words), "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_each_place_has_the_owner_that_routing_gives_it_and_what_is_done_is_kept(archive: Path, tmp_path: Path) -> None:
    told = run(archive, "--out", tmp_path / "out", "--time", "at")
    assert (told["parts"], told["points"], told["kept_from_before"]) == (GROUPS, GROUPS * ROWS, 0)
    found, frame = read(tmp_path / "out"), pd.read_parquet(archive)
    owners = owner_columns(routing.ground().route_many(frame[["lon", "lat"]].to_numpy(), crs="WGS84"))
    assert list(found["id"]) == list(frame["id"])
    pd.testing.assert_frame_equal(found[list(owners)], owners, check_dtype=False)
    assert found["fault"][7]
    counts = pd.read_parquet(tmp_path / "out" / "counts.parquet")
    assert counts["count"].sum() == (found["cell"] != "").sum()
    assert counts["day"].nunique() == 2
    # Once more: nothing is done again, and the counts are the same; another way of reading does all anew.
    before = (tmp_path / "out" / "counts.parquet").read_bytes()
    (tmp_path / "out" / "cases-00003.parquet").unlink()
    assert run(archive, "--out", tmp_path / "out", "--time", "at")["kept_from_before"] == GROUPS - 1
    assert (tmp_path / "out" / "counts.parquet").read_bytes() == before
    assert run(archive, "--out", tmp_path / "out", "--crs", "GCJ-02")["kept_from_before"] == 0


def test_workers_give_the_same_and_one_that_is_killed_loses_nothing(archive: Path, tmp_path: Path) -> None:
    ground, how = routing.ground(), way(crs="WGS84")
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    snap_archive(parts_of([archive], tmp_path / "here"), ground, how)
    with workers(None, 2) as client:
        pids = list(client.run(os.getpid).values())
        killed = False

        def kill_one(rows: int) -> None:
            nonlocal killed
            if not killed:
                os.kill(pids[0], signal.SIGKILL)
                killed = True

        done = snap_archive(parts_of([archive], tmp_path / "there"), ground, how, client=client, told=kill_one)
    assert killed
    assert (done.parts, done.rows) == (GROUPS, GROUPS * ROWS)
    pd.testing.assert_frame_equal(read(tmp_path / "here"), read(tmp_path / "there"))


def test_what_cannot_be_read_is_said_before_anything_is_written(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("lon,lat\n1,2\n")
    with pytest.raises(CommandError, match="is no Parquet file"):
        run(tmp_path / "a.csv", "--out", tmp_path / "out")
    with pytest.raises(CommandError, match="There is no column"):
        run(archive, "--out", tmp_path / "out", "--lon", "x", "--lat", "y")
    with pytest.raises(CommandError, match="same name"):
        run(archive, archive, "--out", tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(
    "at",
    [
        pd.to_datetime(["2026-03-01T15:59:59Z", "2026-03-01T16:00:00Z"]),  # a second before midnight here, and midnight
        pd.to_datetime(["2026-03-01 23:59:59", "2026-03-02 00:00:00"]),  # of no zone: of the city's
        pd.Series(["2026-03-01T23:59:59+08:00", "2026-03-01T16:00:00Z"]),
    ],
)
def test_days_are_those_of_the_city(archive: Path, tmp_path: Path, at: Any) -> None:
    places = pd.read_parquet(archive)
    inside = places[pd.notna(places["lon"])].iloc[[100, 101]].assign(at=list(at))
    inside["kind"] = ["0103", None]
    inside["lon"], inside["lat"] = [places["lon"].median()] * 2, [places["lat"].median()] * 2
    inside.to_parquet(tmp_path / "two.parquet", index=False)
    run(tmp_path / "two.parquet", "--out", tmp_path / "out", "--time", "at", "--class-column", "kind")
    counts = pd.read_parquet(tmp_path / "out" / "counts.parquet")
    told = list(zip(counts["day"].astype(str), counts["class"], counts["count"], strict=True))
    assert told == [("2026-03-01", "0103", 1), ("2026-03-02", "", 1)]


def test_what_is_shared_and_was_changed_is_not_unpacked(tmp_path: Path) -> None:
    with shared_in(tmp_path, ["the ground"]) as shared:
        assert unpacked(shared) == ["the ground"]
        Path(shared.file).write_bytes(pickle.dumps(["another"]))
        with pytest.raises(ValueError, match="was changed"):
            unpacked(Shared(shared.file, "0" * 64))
    assert not list(tmp_path.iterdir())
