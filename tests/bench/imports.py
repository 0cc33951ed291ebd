"""How fast files are taken in: cases, components and areas, beside the ORM's bulk_create and a save a row.

`python -m tests.bench.imports` prints the figures. The rivals write the same rows with the same owners, but neither
clocks, nor numbers by day, nor checks of what is there already. Of cases there are two: bulk_create of their own rows
alone, which no commit would take (a case without a history), and of all that a case is, with the lines of its history
and the checks of the commit, which ours pays in both. All is done inside a transaction that is taken back:
the city stays as it was. The memory is the largest resident size of a process of its own that imports a long file.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import django
import numpy as np
import pandas as pd
import shapely

_PER_ROW = 300


def run(small: bool) -> dict[str, Any]:
    """Rows a second of each way, and how many times as fast ours is."""
    django.setup()
    rows = 20_000 if small else 200_000
    with tempfile.TemporaryDirectory() as folder:
        found = {
            "cases": of_cases(Path(folder), rows),
            "components": of_components(Path(folder), rows),
            "areas": of_areas(Path(folder), 20 if small else 30),
            "memory": of_memory(Path(folder), (50_000, 100_000) if small else (250_000, 1_000_000)),
        }
    return found


def of_cases(folder: Path, rows: int) -> dict[str, float]:
    """`import_cases` beside objects made and saved, the owners found in bulk for them."""
    from cases.importing import Options, import_cases
    from cases.models import Case
    from cells import routing
    from cells.importing.rejects import Rejects
    from cells.models import Level

    path = folder / "cases.parquet"
    table = a_table(path, rows)

    def ours() -> int:
        return import_cases(path, Options(), rejects=Rejects(None)).added

    def objects(count: int) -> list[Case]:
        from django.contrib.gis.geos import Point
        from django.utils.timezone import make_aware

        some = table.head(count)
        places = routing.route_many(some[["lon", "lat"]].to_numpy())
        owners = places.areas(Level.COMMUNITY)
        return [
            Case(
                number=f"B{k:09d}", source_id="hotline", words=row.words, source_label=row.case_id, stage="reported",
                given_x=row.lon, given_y=row.lat, given_crs="WGS84", place=Point(*places.xy[k].tolist()),
                cell_id=int(places.cell_ids()[k]) if owners[k] else None, owner_id=owners[k].id if owners[k] else None,
                reported_at=make_aware(row.open_dt.to_pydatetime()),
            )
            for k, row in enumerate(some.itertuples())
        ]  # fmt: skip

    def with_histories() -> int:
        return _with_histories(objects(rows), table)

    found = _compared(ours, objects, rows)
    whole = _rate(with_histories)
    found |= {
        "with_histories_rows_per_s": round(whole),
        "times_with_histories": round(found["rows_per_s"] / whole, 2),
    }
    return found


def _with_histories(cases: list[Any], table: pd.DataFrame) -> int:
    """The same cases with the lines of their histories by bulk_create, up to what a commit checks; how many cases."""
    from django.db import connection
    from django.utils.timezone import make_aware

    from cases.importing.paths import Ending, steps
    from cases.models import Case, CaseEvent
    from spatial.postgis import run

    assert connection.in_atomic_block
    ends = [None if pd.isna(end) else make_aware(end.to_pydatetime()) for end in table["closed_dt"]]
    paths = {ending: steps(ending) for ending in (Ending.OPEN, Ending.CLOSED, Ending.NOBODYS, Ending.VOID)}
    ways = []
    for case, end in zip(cases, ends, strict=True):
        owned, closed = case.owner_id is not None, end is not None
        way = paths[(Ending.CLOSED if closed else Ending.OPEN) if owned else Ending.VOID if closed else Ending.NOBODYS]
        case.stage, case.closed_at = str(way[-1][3]), end
        ways.append(way)
    Case.objects.bulk_create(cases, batch_size=2000)
    lines = (
        CaseEvent(
            case=case, act=str(act), from_stage=str(begun), to_stage=str(to), owner_id=case.owner_id,
            at=case.closed_at if at_end else case.reported_at,
        )
        for case, way in zip(cases, ways, strict=True)
        for _n, act, begun, to, at_end in way
    )  # fmt: skip
    while some := list(itertools.islice(lines, 10_000)):
        CaseEvent.objects.bulk_create(some, batch_size=2000)
    run.execute("cases", "check_histories_v1")
    return len(cases)


def of_components(folder: Path, rows: int) -> dict[str, float]:
    """`import_components` beside objects made and saved."""
    from cells import routing
    from cells.importing.components import Options, import_components
    from cells.importing.rejects import Rejects
    from cells.models import CatalogueClass, Component

    path = folder / "components.parquet"
    table = a_table(path, rows)
    lamp = CatalogueClass.objects.in_use().components().minors().first()

    def ours() -> int:
        return import_components(path, Options(of_class=f"component-{lamp.code}"), rejects=Rejects(None)).added

    def objects(count: int) -> list[Component]:
        from django.contrib.gis.geos import Point

        some = table.head(count)
        places = routing.route_many(some[["lon", "lat"]].to_numpy())
        cells = places.cell_ids().tolist()
        return [
            Component(
                code=f"B{k:09d}", catalogue_class=lamp, place=Point(*places.xy[k].tolist()), source_label=row.case_id,
                cell_id=cells[k] if cells[k] >= 0 else None,
            )
            for k, row in enumerate(some.itertuples())
        ]  # fmt: skip

    return _compared(ours, objects, rows)


def of_areas(folder: Path, side: int) -> dict[str, float]:
    """`import_grids` of side² communities, checked to tile and put into the ladder, beside objects made and saved."""
    import geopandas
    from django.conf import settings
    from django.contrib.gis.geos import GEOSGeometry

    from cells.editions import open_draft
    from cells.importing.grids import Options, import_grids
    from cells.importing.rejects import Rejects
    from cells.models import Grid, GridVersion

    x, y = (int(v) for v in _home()[:2])
    # Beside the city, so that nothing of it is touched.
    boxes = [shapely.box(x - 300 * i, y - 300 * j, x - 300 * i + 300, y - 300 * j + 300)
             for i in range(100, 100 + side) for j in range(100, 100 + side)]  # fmt: skip
    path = folder / "areas.parquet"
    labels = [f"bench {k}" for k in range(len(boxes))]
    geopandas.GeoDataFrame({"code": labels}, geometry=boxes, crs=settings.CITY_SRID).to_parquet(path)

    def ours() -> int:
        return import_grids(path, Options(level="community"), rejects=Rejects(None)).added

    def objects(count: int) -> list[GridVersion]:
        draft = open_draft()
        grids = Grid.objects.bulk_create([Grid(level_id="community", code=f"B{k:09d}") for k in range(count)])
        shapes = shapely.multipolygons(np.array(boxes[:count])[:, None])
        return [
            GridVersion(
                grid=grid, since=draft, source_label=label, area_m2=shape.area,
                shape=GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=settings.CITY_SRID),
            )
            for grid, label, shape in zip(grids, labels, shapes, strict=False)
        ]  # fmt: skip

    return _compared(ours, objects, len(boxes))


def of_memory(folder: Path, sizes: tuple[int, int]) -> dict[str, float]:
    """The largest resident size, MB, of processes that import a shorter and a longer file (and keep nothing)."""
    found = {}
    for rows in sizes:
        path = folder / f"long{rows}.parquet"
        a_table(path, rows)
        said = subprocess.run(
            [sys.executable, "-m", "tests.bench.imports", "--take", str(path)],
            check=True, capture_output=True, text=True, env=os.environ | {"CITY_DATABASE": _database()},
        )  # fmt: skip
        told = json.loads(said.stdout.splitlines()[-1])
        found[f"rss_mb_at_{rows}_rows"] = told["rss_mb"]
        found[f"rows_per_s_at_{rows}_rows"] = told["rows_per_s"]
    return found


def a_table(path: Path, rows: int) -> pd.DataFrame:
    """Reports all over the city in a year, written as Parquet; the same for the same number."""
    from django.conf import settings

    from cells import routing
    from spatial import crs

    west, south, east, north = _home()
    rng = np.random.default_rng(rows)
    xy = np.column_stack([rng.uniform(west, east, 20 * rows), rng.uniform(south, north, 20 * rows)])
    inside = np.flatnonzero(routing.ground().locator.locate_many(xy) >= 0)
    xy = xy[np.resize(inside, rows)]
    lonlat = crs.from_city(xy, srid=settings.CITY_SRID)
    seconds = np.sort(rng.integers(0, 365 * 86_400, rows))
    opened = pd.Timestamp("2023-01-01") + pd.to_timedelta(seconds, unit="s")
    table = pd.DataFrame(
        {
            "case_id": [f"bench-{rows}-{k}" for k in range(rows)],
            "open_dt": opened,
            "closed_dt": (opened + pd.to_timedelta(rng.integers(600, 10**6, rows), unit="s")).where(
                rng.random(rows) < 0.8
            ),
            "words": "street lamp out",
            "lon": lonlat[:, 0],
            "lat": lonlat[:, 1],
        }
    )
    table.to_parquet(path, row_group_size=50_000)
    return table


def _home() -> tuple[float, float, float, float]:
    from cells import routing

    return routing.ground().locator.bounds


def _database() -> str:
    from django.db import connection

    return str(connection.settings_dict["NAME"])


def _compared(ours: Callable[[], int], objects: Callable[[int], list[Any]], rows: int) -> dict[str, float]:
    """Rows a second: ours, bulk_create, save; every way in a transaction that is taken back."""

    def bulk() -> int:
        made = objects(rows)
        type(made[0]).objects.bulk_create(made, batch_size=2000)
        return len(made)

    def one_by_one() -> int:
        made = objects(min(_PER_ROW, rows))
        for thing in made:
            thing.save(force_insert=True)
        return len(made)

    fast, plain, slow = (_rate(way) for way in (ours, bulk, one_by_one))
    return {
        "rows": rows,
        "rows_per_s": round(fast),
        "bulk_create_rows_per_s": round(plain),
        "save_rows_per_s": round(slow),
        "times_bulk_create": round(fast / plain, 2),
        "times_save": round(fast / slow, 2),
    }


def _rate(way: Callable[[], int]) -> float:
    from django.db import transaction

    with transaction.atomic():
        begun = perf_counter()
        written = way()
        seconds = perf_counter() - begun
        transaction.set_rollback(True)
    return written / seconds


def _take(path: Path) -> dict[str, float]:
    """Import a file of cases as a dry run: the rate, and the largest resident size of this process so far."""
    django.setup()
    from cases.importing import Options, import_cases
    from cells.importing.rejects import Rejects

    report = import_cases(path, Options(dry_run=True), rejects=Rejects(None))
    return {
        "rss_mb": _most_mb(),
        "rows_per_s": round(report.read / report.seconds),
    }


def _most_mb() -> int:
    """The largest resident size so far. (What getrusage tells counts the parent's size before exec as well.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")
    if sys.argv[1:2] == ["--take"]:
        print(json.dumps(_take(Path(sys.argv[2]))))
    else:
        print(json.dumps(run("--small" in sys.argv), indent=1))
