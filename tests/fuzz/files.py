"""Everything that reads a file or a text of somebody else, without a door before it: spoiled files, spoiled words."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from django.core.management import CommandError, call_command
from django.db import transaction
from geopandas import GeoDataFrame
from PIL import Image

from cases import pictures
from cases.errors import BadPhoto
from cases.importing import georeport
from cases.patrols.gpx import open_gpx
from cells import moments, sent_table
from cells.importing import fenced
from cells.importing.errors import ImportRefused
from maps.open311 import asking
from maps.open311.refusals import Refused
from spatial import crs
from spatial.errors import SpatialError
from tests.fuzz.doors import World
from tests.fuzz.nasty import Nasty

Run = Callable[[bytes], None]
# What a reader may answer with: everything else is a fault.
REFUSALS = (BadPhoto, ImportRefused, CommandError, SpatialError, Refused, moments.UnreadableMoment, sent_table.BadBody)
ZONE = ZoneInfo("Asia/Shanghai")


def readers(world: World, folder: Path) -> dict[str, tuple[Callable[[Nasty], bytes], Run]]:
    """By name: what makes inputs, and what reads one."""
    lon, lat = world.place
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "甲", "n": 1},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[lon, lat], [lon + 0.01, lat], [lon, lat + 0.01], [lon, lat]]],
                },
            },
            {
                "type": "Feature",
                "properties": {"name": None, "n": "x"},
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
            },
        ],
    }
    request = {
        "service_request_id": "1",
        "status": "open",
        "service_code": "event-0113",
        "description": "w",
        "lat": lat,
        "long": lon,
        "requested_datetime": "2026-11-01T08:00:00+08:00",
        "address": "a",
    }
    xml = (
        "<service_requests><request>"
        + "".join(f"<{k}>{v}</{k}>" for k, v in request.items())
        + "</request></service_requests>"
    )
    gpx = (
        f'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg><trkpt lat="{lat}" lon="{lon}"><time>'
        "2026-11-01T08:00:00Z</time></trkpt></trkseg></trk></gpx>"
    )

    def at(name: str, run: Callable[[Path], Any]) -> Run:
        path = folder / name

        def read(data: bytes) -> None:
            path.write_bytes(data)
            run(path)

        return read

    def whole(name: str) -> Run:
        return at(name, lambda path: fenced.read_whole(str(path), None, None, None))

    def bytes_like(*wholes: bytes) -> Callable[[Nasty], bytes]:
        return lambda nasty: nasty.bytes_of(nasty.chance.choice(wholes))

    def words(nasty: Nasty) -> bytes:
        return nasty.word().encode("utf-8", "surrogatepass")

    def text(run: Callable[[str], Any]) -> Run:
        return lambda data: run(data.decode("utf-8", "surrogatepass"))

    def table(columns: dict[str, list[str]]) -> Callable[[Nasty], bytes]:
        return lambda nasty: nasty.table(columns).encode("utf-8", "surrogatepass")

    def typed(columns: dict[str, list[str]]) -> Callable[[Nasty], bytes]:
        return lambda nasty: _typed(nasty, columns)

    def command(suffix: str, *said: str) -> Run:
        return at(f"{said[0]}{suffix}", lambda path: _commanded(path, folder, *said))

    places = {"lon": [str(lon)], "lat": [str(lat)]}
    found: dict[str, tuple[Callable[[Nasty], bytes], Run]] = {
        "moments": (words, text(moments.moment)),
        "coordinate systems": (words, text(crs.canonical)),
        "open311 words": (
            words,
            text(
                lambda word: [
                    how({"x": word}, "x")
                    for how in (asking.text, asking.number, asking.moment, asking.box, asking.truth)
                ]
            ),
        ),
        "degrees": (
            words,
            text(lambda word: crs.to_city_with_faults([[_float(word), _float(word)]], crs="GCJ-02", srid=4547)),
        ),
        "open311 file": (
            lambda nasty: nasty.json_body([request]) if nasty.chance.random() < 0.5 else nasty.bytes_of(xml.encode()),
            lambda data: _open311(data, folder),
        ),
        "gpx": (bytes_like(gpx.encode()), at("a.gpx", lambda path: list(open_gpx(path).chunks()))),
        "pictures": (
            bytes_like(*_pictures()),
            lambda data: pictures.read(data, most_bytes=10**7, most_pixels=10**6, zone=ZONE),
        ),
        "csv": (
            lambda nasty: nasty.bytes_of(nasty.table({**places, "name": ["甲"]}).encode("utf-8", "surrogatepass")),
            whole("a.csv"),
        ),
        "geojson": (lambda nasty: nasty.json_body(collection), whole("a.geojson")),
        "geopackage": (bytes_like(_packaged("gpkg")), whole("a.gpkg")),
        "shapefile": (bytes_like(_packaged("shp")), whole("a.zip")),
        "parquet": (bytes_like(_parquet(lon, lat)), whole("a.parquet")),
        "sent parquet": (
            bytes_like(_parquet(lon, lat)),
            lambda data: sent_table.unpacked(data, parquet=True, most_rows=100),
        ),
        "sent arrow": (
            bytes_like(_arrow(lon, lat)),
            lambda data: sent_table.unpacked(data, parquet=False, most_rows=100),
        ),
        "workbook": (bytes_like(_workbook()), whole("a.xlsx")),
        "import cases": (
            table(
                {
                    **places,
                    "class": ["event-0103"],
                    "words": ["w"],
                    "reported_at": ["2026-11-01 08:00"],
                    "status": ["open", "closed"],
                    "label": ["1"],
                    "closed_at": ["2026-11-02 08:00"],
                    "address": ["a"],
                }
            ),
            command(".csv", "import_cases"),
        ),
        "import components": (
            table({**places, "class": ["component-0137"], "label": ["1"], "name": ["n"], "state": ["ok"]}),
            command(".csv", "import_components"),
        ),
        "import posts": (
            table(
                {
                    "post": ["网格长", "网格员"],
                    "grid": world.grids[:3],
                    "person": ["王"],
                    "login": ["w1"],
                    "telephone": ["13800000000"],
                    "since": ["2026-01-01"],
                    "until": [""],
                }
            ),
            command(".csv", "import_posts"),
        ),
        "import population": (
            table({"code": world.grids[:3], "people": ["100"], "year": ["2025"], "source": ["s"]}),
            command(".csv", "import_population"),
        ),
        "import tracks": (
            table({**places, "at": ["2026-11-01T08:00:00+08:00"], "person": [str(u.username) for u in world.users]}),
            command(".csv", "import_tracks"),
        ),
        "load calendar": (
            table({"date": ["2027-01-01"], "kind": ["holiday", "workday"], "name": ["元旦"], "hours": [""]}),
            command(".csv", "load_calendar", "--year", "2027"),
        ),
        "correction items": (
            table({"code": ["1"], "name": ["n"], "amount": ["100"], "class": ["event-0103"]}),
            command(".csv", "import_correction_items", "--since", "2026-11"),
        ),
        "import layer": (lambda nasty: nasty.json_body(collection), command(".geojson", "import_layer", "places")),
        "import grids": (
            lambda nasty: nasty.json_body(collection),
            command(".geojson", "import_grids", "--level", "community"),
        ),
        "import open311": (lambda nasty: nasty.json_body([request]), command(".json", "import_open311")),
        "snap archive": (
            typed({**places, "at": ["2026-11-01"], "stage": ["void"]}),
            command(".parquet", "snap_archive", "--time", "at", "--class-column", "stage", "--leave-out", "stage=void"),
        ),
        "rates of an archive": (
            typed(
                {
                    "community": world.grids[:3],
                    "reported_at": ["2026-11-01 08:00"],
                    "due_at": ["2026-11-02T08:00:00+08:00"],
                    "closed_at": ["2026-11-02"],
                    "turn": ["1"],
                    "missed": ["false"],
                }
            ),
            command(".parquet", "rates", "--unit", "community", "--from", "2026-11-01", "--to", "2026-11-30"),
        ),
        "tracks of an archive": (
            typed({**places, "at": ["2026-11-01T08:00:00+08:00"], "person": ["w1"], "accuracy": ["5"]}),
            command(".parquet", "snap_tracks"),
        ),
        "route a file": (table({**places, "name": ["n"]}), command(".csv", "route")),
    }
    return found


def _commanded(path: Path, folder: Path, name: str, *said: str) -> None:
    """Run a command on a file, and leave no trace."""
    given = {"stdout": io.StringIO(), "stderr": io.StringIO(), "verbosity": 0}
    words = [*said[:1], str(path), *said[1:]] if name == "import_layer" else [str(path), *said]
    if name == "rates":
        words = ["--archive", str(path), *said]
    elif name.startswith("snap_"):
        shutil.rmtree(folder / "snapped", ignore_errors=True)
        words += ["--out", str(folder / "snapped")]
    elif name == "route":
        words += ["--out", str(folder / "out.csv")]
    elif name.startswith("import") and name != "import_correction_items":
        words += ["--rejects", str(folder / "rejects.csv")]
    with transaction.atomic():
        try:
            call_command(name, *words, **given)
        except SystemExit as ended:
            raise CommandError(f"ended with {ended.code}") from None
        finally:
            transaction.set_rollback(True)


def _typed(nasty: Nasty, columns: dict[str, list[str]]) -> bytes:
    """A Parquet that is sound, of columns that are mostly what they should be and now and then of any type."""
    rows, chance, found = nasty.chance.randrange(5), nasty.chance, {}
    for name, usual in columns.items():
        kind = chance.random()
        if kind < 0.05:
            continue
        values: list[Any] = [chance.choice(usual) for _ in range(rows)]
        if kind < 0.3:
            values = [nasty.word().encode("utf-8", "replace").decode() for _ in range(rows)]
        elif kind < 0.4:
            values = [float(nasty.number()) if abs(nasty.number()) < 1e300 else None for _ in range(rows)]
        elif kind < 0.6:
            wild: list[Any] = [None, True, 2**62, dt.date.min, dt.datetime(9999, 12, 31), b"\xff", ["a"], {"a": 1}, 0.1]
            values = [chance.choice(wild)] * rows
        found[name] = pa.array(values)
    out = io.BytesIO()
    pq.write_table(pa.table(found), out, row_group_size=2)
    return out.getvalue()


def _open311(data: bytes, folder: Path) -> None:
    georeport.write_table(georeport.parse(data, where="here"), folder / "requests.csv")


def _float(word: str) -> float:
    try:
        return float(word)
    except (ValueError, OverflowError):
        return float("nan")


def _pictures() -> list[bytes]:
    made = []
    picture = Image.effect_mandelbrot((60, 40), (-3, -2.5, 2, 2.5), 40).convert("RGB")
    exif = Image.Exif()
    exif[306] = "2026:11:01 08:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (34.0, 45.0, 0.0)
    for kind, more in (("JPEG", {"exif": exif.tobytes()}), ("PNG", {}), ("WEBP", {}), ("JPEG", {"progressive": True})):
        out = io.BytesIO()
        picture.save(out, kind, **more)
        made.append(out.getvalue())
    return made


def _packaged(kind: str) -> bytes:
    frame = GeoDataFrame(
        {"name": ["甲", "b"], "n": [1, 2]}, geometry=[shapely.box(1, 2, 3, 4), shapely.box(5, 6, 7, 8)], crs="EPSG:4326"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a.{kind}")
        pyogrio.write_dataframe(frame, path, encoding="UTF-8" if kind == "shp" else None)
        if kind == "gpkg":
            return path.read_bytes()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            for part in Path(folder).iterdir():
                packed.write(part, part.name)
        return out.getvalue()


def _table(lon: float, lat: float) -> pa.Table:
    return pa.table({"lon": [lon, None], "lat": [lat, 1.0], "name": ["甲", "乙"], "n": [1, 2]})


def _parquet(lon: float, lat: float) -> bytes:
    out = io.BytesIO()
    pq.write_table(_table(lon, lat), out)
    return out.getvalue()


def _arrow(lon: float, lat: float) -> bytes:
    out = io.BytesIO()
    table = _table(lon, lat)
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


def _workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["post", "grid", "person", "since"], ["网格长", "1", "王", 3.0], [None, True, "=1+1", 45000]):
        book.active.append(row)
    book.save(out)
    return out.getvalue()
