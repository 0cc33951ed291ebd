"""Photos of cases: what is taken in, what is refused with words, and what is believed of place and time."""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.conf import settings
from django.db import transaction
from PIL import ExifTags, Image

from cases import photos
from cases.errors import BadPhoto
from cases.models import Case, CasePhoto
from spatial import crs as reference
from tests.cases.makers import NOON, a_case, a_user, middle_of
from tests.cases.phone import BLUE, RED, a_jpeg, a_picture, a_png_of_size, a_zip, exif_of, saved
from tests.cells.lattice_city import a_lattice_city

pytestmark = pytest.mark.django_db
BEFORE, AFTER = CasePhoto.Kind.BEFORE, CasePhoto.Kind.AFTER
PLACE, TIME = CasePhoto.PlaceVerdict, CasePhoto.TimeVerdict
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.PHOTOS = tmp_path / "photos"


@pytest.fixture
def case() -> Case:
    a_lattice_city(4, 4)
    return a_case()


def keep(case: Case, data: bytes, *, kind: str = AFTER, at: dt.datetime = NOON, name: str = "p.jpg") -> CasePhoto:
    return photos.keep(case, file=io.BytesIO(data), kind=kind, by=None, at=at, name=name)


def view_of(photo: CasePhoto, size: str = photos.VIEW) -> Image.Image:
    image = Image.open(photos.path_of(photo.sha256, size))
    image.load()
    return image


def lonlat_of(metres: tuple[float, float]) -> tuple[float, float]:
    lon, lat = reference.from_city([metres], srid=settings.CITY_SRID)[0].tolist()
    return lon, lat


def refused(case: Case, data: bytes) -> BadPhoto:
    with pytest.raises(BadPhoto) as told:
        keep(case, data)
    assert not CasePhoto.objects.exists()
    assert not [f for f in Path(photos.settings.PHOTOS).rglob("*") if f.is_file()]
    assert told.value.hint
    return told.value


# ---- taken in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_kinds_of_pictures_are_kept_as_jpegs_in_two_sizes(case: Case, kind: str) -> None:
    photo = keep(case, saved(a_picture(2400, 1200), kind), name="C:\\camera\\IMG_1.whatever")
    view, thumb = view_of(photo), view_of(photo, photos.THUMB)
    assert (view.format, view.size) == ("JPEG", (1600, 800))
    assert (thumb.format, thumb.size) == ("JPEG", (320, 160))
    assert (photo.width, photo.height, photo.name, photo.added_at) == (1600, 800, "IMG_1.whatever", NOON)


def test_a_small_picture_is_not_blown_up(case: Case) -> None:
    assert view_of(keep(case, a_jpeg(200, 100))).size == (200, 100)


def test_what_is_transparent_shows_white(case: Case) -> None:
    clear = Image.new("RGBA", (50, 50), (255, 0, 0, 0))
    assert view_of(keep(case, saved(clear, "PNG"))).getpixel((25, 25)) == (255, 255, 255)


# Where the red left half of the upright scene lies in the stored pixels of each orientation (EXIF 2.32, 4.6.5.1.7):
# the picture is stored turned, and must stand upright again.
@pytest.mark.parametrize(
    ("turned", "stored"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_a_picture_that_was_held_sideways_stands_upright(
    case: Case, turned: int, stored: Image.Transpose | None
) -> None:
    upright = a_picture(600, 400, colour=BLUE)
    upright.paste(RED, (0, 0, 300, 100))  # the top left corner is red, below it blue
    sent = upright if stored is None else upright.transpose(stored)
    view = view_of(keep(case, saved(sent, "JPEG", exif=exif_of(turned=turned), quality=95)))
    assert view.size == (600, 400)
    for at, colour in (((50, 40), RED), ((50, 350), BLUE), ((550, 40), (128, 128, 128))):
        found = view.getpixel(at)
        assert isinstance(found, tuple)
        assert max(abs(a - b) for a, b in zip(found, colour, strict=True)) < 25


def test_nothing_of_the_sent_file_is_in_what_is_served(case: Case) -> None:
    lon, lat = lonlat_of(middle_of())
    sent = a_jpeg(lon=lon, lat=lat, taken="2026:03:02 11:50:00")
    marked = saved(a_picture(300, 300), "JPEG", exif=exif_of(lon=lon, lat=lat), comment=b"SECRET-COMMENT")
    for data in (sent, marked):
        photo = keep(case, data)
        for size in photos.SIZES:
            image = view_of(photo, size)
            assert dict(image.getexif()) == {}
            assert set(image.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }
            assert b"Exif" not in photos.path_of(photo.sha256, size).read_bytes()
            assert b"SECRET" not in photos.path_of(photo.sha256, size).read_bytes()


def test_the_file_lies_under_its_own_digest(case: Case) -> None:
    import hashlib

    photo = keep(case, a_jpeg())
    assert hashlib.sha256(photos.path_of(photo.sha256, photos.VIEW).read_bytes()).hexdigest() == photo.sha256


def test_a_photo_sent_again_is_the_one_that_is_there(case: Case) -> None:
    assert keep(case, a_jpeg()) == keep(case, a_jpeg())
    assert CasePhoto.objects.count() == 1


def test_the_picture_before_cannot_be_the_picture_after(case: Case) -> None:
    keep(case, a_jpeg(), kind=BEFORE)
    with pytest.raises(BadPhoto, match="already as “before”"):
        keep(case, a_jpeg(), kind=AFTER)
    # Nor with other EXIF round the same pixels.
    with pytest.raises(BadPhoto, match="already as “before”"):
        keep(case, a_jpeg(taken="2026:03:02 11:50:00"), kind=AFTER)


# ---- place and time ------------------------------------------------------------------------------------------------


def test_a_photo_taken_in_the_cell_just_now_says_so(case: Case) -> None:
    lon, lat = lonlat_of(middle_of())
    # NOON is 12:00 in the city (UTC+8); the camera's clock has no offset, so it means the city's.
    photo = keep(case, a_jpeg(lon=lon, lat=lat, taken="2026:03:02 11:50:00"))
    assert (photo.place_verdict, photo.time_verdict) == (PLACE.THERE, TIME.FITS)
    assert (photo.distance_m, photo.minutes_apart) == (0.0, 10.0)
    assert photo.taken_at == NOON - dt.timedelta(minutes=10)
    assert photo.place is not None
    x, y = middle_of()
    assert abs(photo.place.x - x) < 0.1
    assert abs(photo.place.y - y) < 0.1


def test_a_photo_from_elsewhere_says_how_far(case: Case) -> None:
    assert case.place is not None
    assert case.cell is not None
    shape = shapely.from_wkb(bytes(case.cell.versions.get().shape.wkb))
    west, south = shape.bounds[0], middle_of()[1]
    near = keep(case, a_jpeg(**dict(zip(("lon", "lat"), lonlat_of((west - 30, south)), strict=True))))
    far = keep(case, a_jpeg(colour=BLUE, **dict(zip(("lon", "lat"), lonlat_of((west - 900, south)), strict=True))))
    assert (near.place_verdict, far.place_verdict) == (PLACE.NEAR, PLACE.FAR)
    assert near.distance_m == pytest.approx(shape.distance(shapely.Point(west - 30, south)), abs=0.2)
    assert far.distance_m == pytest.approx(shape.distance(shapely.Point(west - 900, south)), abs=0.2)
    assert near.distance_m >= 29.8


def test_an_offset_counts_and_an_old_or_coming_time_is_told(case: Case) -> None:
    west = keep(case, a_jpeg(101, 100, taken="2026:03:01 23:30:00", offset="-04:00"))  # 03:30 UTC, 30 minutes ago
    old = keep(case, a_jpeg(102, 100, taken="2026:02:27 12:00:00"))
    ahead = keep(case, a_jpeg(103, 100, taken="2026:03:02 13:00:00"))
    silent = keep(case, a_jpeg(104, 100))
    assert [p.time_verdict for p in (west, old, ahead, silent)] == [TIME.FITS, TIME.OLD, TIME.AHEAD, TIME.SILENT]
    assert [p.minutes_apart for p in (west, old, ahead, silent)] == [30.0, 3 * 24 * 60.0, -60.0, None]
    assert silent.place_verdict == PLACE.SILENT


_ABSURD_GPS: list[dict[int, Any]] = [
    {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (114.0, 0.0, 0.0)},
    {1: "N", 2: (34.0, 0.0, 0.0), 3: "E", 4: (1e6, 0.0, 0.0)},
    {1: "N", 2: (34.0, 99.0, 0.0), 3: "E", 4: (114.0, 0.0, 0.0)},
    {1: "X", 2: (34.0, 0.0, 0.0), 3: "E", 4: (114.0, 0.0, 0.0)},
    {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
    {1: "N", 2: (34.0,), 3: "E", 4: (114.0, 0.0, 0.0)},
    {1: "N", 2: (34.0, 0.0, 0.0)},
]


@pytest.mark.parametrize("gps", _ABSURD_GPS)
def test_a_place_that_cannot_be_is_not_believed_and_the_photo_kept(case: Case, gps: dict[int, Any]) -> None:
    photo = keep(case, a_jpeg(gps=gps))
    assert (photo.place, photo.distance_m, photo.place_verdict) == (None, None, PLACE.ABSURD)


def test_a_place_on_the_other_side_of_the_earth_is_far(case: Case) -> None:
    assert keep(case, a_jpeg(lon=-70.0, lat=-33.0)).place_verdict == PLACE.FAR


@pytest.mark.parametrize("taken", ["2026:13:45 99:00:00", "0000:00:00 00:00:00", "1970:01:01 00:00:00", "yesterday"])
def test_a_time_that_cannot_be_is_not_believed(case: Case, taken: str) -> None:
    photo = keep(case, a_jpeg(taken=taken))
    assert (photo.taken_at, photo.time_verdict) == (None, TIME.ABSURD)


def test_an_exif_bomb_is_not_read(case: Case) -> None:
    """A WebP may carry as much of it as it likes: 5 MB of it are left alone, a broken directory too."""
    exif = exif_of(lon=114.0, lat=34.0)
    exif[ExifTags.Base.ImageDescription] = "x" * 5_000_000
    huge = keep(case, saved(a_picture(100, 100), "WEBP", exif=exif.tobytes()))
    assert (huge.place_verdict, huge.time_verdict) == (PLACE.ABSURD, TIME.ABSURD)
    loop = (
        b"Exif\0\0II*\0\x08\0\0\0\x02\0"
        + b"\x69\x87\x04\0\x01\0\0\0\x08\0\0\0"
        + b"\x25\x88\x04\0\xff\xff\xff\xff\x08\0\0\0"
    )
    photo = keep(case, saved(a_picture(120, 100), "JPEG", exif=loop))
    assert photo.place is None


# ---- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "like"),
    [
        (SVG, "SVG"),
        (PAGE, "web page"),
        (a_zip(), "ZIP"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"GIF89a" + b"\0" * 40, "GIF"),
        (b"MZ\x90\0" + b"\0" * 60, "program"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 60, "HEIC"),
        (b"just words", ""),
    ],
)
def test_what_is_no_photo_is_refused_with_what_it_is(case: Case, data: bytes, like: str) -> None:
    error = refused(case, data)
    assert error.where["reason"] == "not_a_photo"
    assert like in error.detail


@pytest.mark.parametrize(
    ("tail", "what"),
    [
        (a_zip(), "ZIP"),
        (PAGE, "script"),
        (SVG, "script"),
        (b"<?php system($_GET[0]); ?>", "program"),
        (b"%PDF-1.4", "PDF"),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_something_else_too_is_refused(case: Case, kind: str, tail: bytes, what: str) -> None:
    error = refused(case, saved(a_picture(80, 80), kind) + tail)
    assert error.where["reason"] == "stowaway"
    assert what in error.detail


def test_a_script_in_a_comment_is_refused_and_a_phones_own_trailer_is_not(case: Case) -> None:
    assert refused(case, saved(a_picture(80, 80), "JPEG", comment=b"<script>alert(1)</script>"))
    assert keep(case, a_jpeg() + b"\0\0SEFT" + os.urandom(5000)).pk


def test_a_zip_with_a_long_comment_at_the_end_is_found(case: Case) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "b")
        archive.comment = b"c" * 60_000
    assert refused(case, a_jpeg() + out.getvalue()).where["reason"] == "stowaway"


def test_more_than_20_mb_are_refused_and_not_read_on(case: Case) -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0, "it was to be read to its end"
            self.asked += size
            return b"\xff" * size

    endless = Endless()
    with pytest.raises(BadPhoto, match=r"At most 20 MB"):
        photos.keep(case, file=endless, kind=AFTER, by=None, at=NOON)  # type: ignore[arg-type]
    assert endless.asked == 20_000_001


@pytest.mark.parametrize("size", [(30_000, 30_000), (10_000, 6_000), (60_000, 900), (2**31 - 1, 2**31 - 1), (0, 10)])
def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(case: Case, size: tuple[int, int]) -> None:
    """A hundred bytes that claim 900 megapixels; 60 and 54 are beyond the city's 50, too."""
    assert refused(case, a_png_of_size(*size)).where["reason"] in ("too_many_pixels", "broken", "not_a_photo")


def test_a_bomb_costs_no_memory(case: Case) -> None:
    import tracemalloc

    tracemalloc.start()
    refused(case, a_png_of_size(30_000, 30_000))
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_and_a_garbled_one_are_refused(case: Case, kind: str) -> None:
    whole = saved(a_picture(400, 400), kind)
    assert refused(case, whole[: len(whole) // 2]).where["reason"] in ("broken", "not_a_photo")
    assert refused(case, b"").where["reason"] == "empty"


# ---- kept ----------------------------------------------------------------------------------------------------------


def test_what_was_rolled_back_leaves_an_orphan_that_is_swept_after_a_day(case: Case) -> None:
    kept = keep(case, a_jpeg())
    before = transaction.savepoint()
    lost = keep(case, a_jpeg(colour=BLUE))
    transaction.savepoint_rollback(before)
    assert photos.path_of(lost.sha256, photos.VIEW).exists()
    now = dt.datetime.now(tz=dt.UTC)
    assert photos.sweep(at=now) == 0, "it could belong to a transaction that has not ended"
    assert photos.sweep(at=now + dt.timedelta(days=2)) == 2  # the view and the thumb
    assert not photos.path_of(lost.sha256, photos.VIEW).exists()
    assert photos.path_of(kept.sha256, photos.VIEW).exists()
    assert photos.path_of(kept.sha256, photos.THUMB).exists()


def test_a_broken_off_write_is_swept_too(case: Case) -> None:
    kept = keep(case, a_jpeg())
    half = photos.path_of(kept.sha256, photos.VIEW).with_name("0123.view.jpg.4711-abcd")
    half.write_bytes(b"half")
    assert photos.sweep(at=dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=2)) == 1
    assert not half.exists()


def test_who_added_it_stands_in_the_row(case: Case) -> None:
    user = a_user()
    photo = photos.keep(case, file=io.BytesIO(a_jpeg()), kind=BEFORE, by=user, at=NOON)
    assert (photo.by, photo.kind) == (user, BEFORE)
