"""What phones send: pictures with and without EXIF, made in memory, and files that only say that they are pictures."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import ExifTags, Image

RED, BLUE = (200, 30, 30), (30, 30, 200)


def a_jpeg(width: int = 640, height: int = 480, *, colour: tuple[int, int, int] = RED, **exif: Any) -> bytes:
    """A photo, its left half of a colour and the rest grey; `lon`, `lat`, `taken`, `turned` go into its EXIF."""
    return saved(a_picture(width, height, colour=colour), "JPEG", exif=exif_of(**exif), quality=90)


def a_picture(width: int, height: int, *, colour: tuple[int, int, int] = RED) -> Image.Image:
    image = Image.new("RGB", (width, height), (128, 128, 128))
    image.paste(colour, (0, 0, width // 2, height))
    return image


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def exif_of(
    *,
    lon: float | None = None,
    lat: float | None = None,
    taken: str = "",
    offset: str = "",
    turned: int = 1,
    gps: dict[int, Any] | None = None,
) -> Image.Exif:
    """EXIF as cameras write it: degrees, minutes, seconds; a local time, with or without its offset."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.Make] = "Phone"
    if taken:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.OffsetTimeOriginal] = offset
    found = exif.get_ifd(ExifTags.IFD.GPSInfo)
    if lon is not None and lat is not None:
        found[ExifTags.GPS.GPSLatitudeRef] = "N" if lat >= 0 else "S"
        found[ExifTags.GPS.GPSLatitude] = _dms(abs(lat))
        found[ExifTags.GPS.GPSLongitudeRef] = "E" if lon >= 0 else "W"
        found[ExifTags.GPS.GPSLongitude] = _dms(abs(lon))
    found.update(gps or {})
    return exif


def a_png_of_size(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes whose header claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0" * 64)) + _chunk(b"IEND")


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("photo.jpg", "not one")
    return out.getvalue()


def _chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _dms(value: float) -> tuple[float, float, float]:
    degrees, rest = divmod(value, 1)
    minutes, rest = divmod(rest * 60, 1)
    return degrees, minutes, round(rest * 60, 4)
