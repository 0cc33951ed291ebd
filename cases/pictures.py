"""What a picture from a phone is: looked at with suspicion, read for place and time, made anew as clean JPEGs.

Pure: bytes in, `Picture` out; knows no database and no files, so that it can run in a process of its own with bounds on
time and memory. Only the content decides what a file is. The size in pixels is read from the header and judged before a
single pixel is decoded. What comes out is decoded and encoded again: no EXIF, no comment, no byte of the sent file. Of
EXIF only the place and the time are read, first, and believed only where they can be true.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from cases.errors import BadPhoto

FORMATS = ("JPEG", "PNG", "WEBP")
VIEW_PX, THUMB_PX = 1600, 320
VIEW_QUALITY, THUMB_QUALITY = 85, 78
# JPEG cannot hold more of it; what is larger in a PNG or WebP was put there for another reason.
MOST_EXIF_BYTES = 65_536
FIRST_YEAR = 2000
MOST_OFFSET = dt.timedelta(hours=15)

_FIRST_BYTES = 4096
_STARTS = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "a ZIP archive",
    b"%PDF": "a PDF",
    b"GIF8": "a GIF",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"\x1f\x8b": "a gzip archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}
_WORDS = {
    re.compile(rb"<svg[\s>]", re.I): "an SVG drawing",
    re.compile(rb"<(!doctype\s+html|html|script|body|iframe)[\s>]", re.I): "a web page",
    re.compile(rb"^\s*<\?xml", re.I): "XML",
}
# Long enough that 20 MB of compressed pixels hold none of them by chance (less than once in 50,000 pictures).
_HIDDEN = {
    re.compile(rb"<script[\s>/]", re.I): "a script",
    re.compile(rb"<!doctype\s+html", re.I): "a web page",
    re.compile(rb"<html[\s>]", re.I): "a web page",
    re.compile(rb"<svg\s[^>]{0,400}xmlns", re.I): "an SVG drawing",
    re.compile(rb"<\?php\s", re.I): "a program",
    re.compile(rb"%PDF-[12]\.\d"): "a PDF",
}
_EOCD, _EOCD_BYTES, _MOST_COMMENT = b"PK\x05\x06", 22, 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a picture's EXIF says of place and time; None where it says nothing that can be true."""

    lon: float | None = None  # degrees, WGS 84
    lat: float | None = None
    taken_at: dt.datetime | None = None
    faults: tuple[str, ...] = ()  # what it says that cannot be true: "place", "time", "exif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture made anew: two clean JPEGs, their size, and what the EXIF of the sent one said."""

    view: bytes
    thumb: bytes
    width: int  # of the view, upright
    height: int
    seen: Seen


def read(data: bytes, *, most_bytes: int, most_pixels: int, zone: dt.tzinfo) -> Picture:
    """Look at a sent file and make the picture anew; `zone` is the clock that a time without an offset is meant by.

    A phone's 12 megapixels take 0.6 s and 60 MB (a busy core); a PNG its pixels times four, twice, in memory.

    Raises
    ------
    BadPhoto : it is empty, too large, no JPEG, PNG or WebP, has too many pixels, hides something else, or is broken
    """
    if not data:
        raise BadPhoto("The file is empty.", hint="Take the photo again.", reason="empty")
    if len(data) > most_bytes:
        raise BadPhoto(
            f"The photo has {len(data) / 1e6:.1f} MB.",
            hint=f"At most {most_bytes / 1e6:.0f} MB are taken in.",
            reason="too_large",
            most=most_bytes,
        )
    _refuse_stowaways(data)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _made_anew(image, most_pixels=most_pixels, zone=zone)
    except UnidentifiedImageError:
        raise _not_a_photo(data) from None
    except Image.DecompressionBombError:
        raise _too_many_pixels(most_pixels) from None
    # Broken chunks, cut-off data and absurd headers surface from the decoders as any of these.
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError) as error:
        if isinstance(error, BadPhoto):
            raise
        raise BadPhoto(
            f"The picture is broken: {str(error)[:120]}", hint="Take the photo again.", reason="broken"
        ) from None


def _made_anew(image: Image.Image, *, most_pixels: int, zone: dt.tzinfo) -> Picture:
    width, height = image.size
    if width < 1 or height < 1 or width * height > most_pixels:
        raise _too_many_pixels(most_pixels, found=width * height)
    seen, turned = _exif(image, zone)
    # A JPEG is decoded at the smallest of its eighths that is still as large as the view: a third of the memory.
    share = VIEW_PX / max(width, height)
    image.draft("RGB", (math.ceil(width * share), math.ceil(height * share)))
    image.load()
    upright = image.transpose(turned) if turned is not None else image
    plain = _on_white(upright)
    view = plain.copy()
    view.thumbnail((VIEW_PX, VIEW_PX), Image.Resampling.LANCZOS)
    thumb = view.copy()
    thumb.thumbnail((THUMB_PX, THUMB_PX), Image.Resampling.LANCZOS)
    return Picture(
        view=_as_jpeg(view, VIEW_QUALITY),
        thumb=_as_jpeg(thumb, THUMB_QUALITY),
        width=view.width,
        height=view.height,
        seen=seen,
    )


def _as_jpeg(image: Image.Image, quality: int) -> bytes:
    # A bare copy of the pixels: what the sent file carried besides (comments, profiles) is left behind.
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """As RGB; what is transparent shows white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    if image.mode.startswith("I;16"):  # 16 bits of grey: Pillow would cut them off, not scale them
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    return image.convert("RGB")


# ---- what it must not be -------------------------------------------------------------------------------------------


def _refuse_stowaways(data: bytes) -> None:
    """A picture that is a script, an archive or a page at the same time was made to deceive: refused, though what is
    served would be clean anyway. What phones themselves put behind a picture (depth, a second view) may stay."""
    hidden = next((words for pattern, words in _HIDDEN.items() if pattern.search(data)), None)
    if hidden is None and _ends_as_zip(data):
        hidden = "a ZIP archive"
    if hidden is None:
        return
    if _looks_like(data):
        raise _not_a_photo(data)
    raise BadPhoto(
        f"The picture has {hidden} in it.",
        hint="Send the photo as the camera made it.",
        reason="stowaway",
        found=hidden,
    )


def _ends_as_zip(data: bytes) -> bool:
    """Whether an archive's directory ends exactly where the file does."""
    tail = data[-(_EOCD_BYTES + _MOST_COMMENT) :]
    at = tail.rfind(_EOCD)
    while at >= 0:
        comment = int.from_bytes(tail[at + 20 : at + 22], "little")
        if len(tail) - at >= _EOCD_BYTES and at + _EOCD_BYTES + comment == len(tail):
            return True
        at = tail.rfind(_EOCD, 0, at)
    return False


def _looks_like(data: bytes) -> str:
    """What a file that is no picture seems to be; empty where nobody knows, or where it begins as a picture."""
    if data.startswith((b"\xff\xd8", b"\x89PNG")) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return ""
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return "a HEIC or AVIF picture"
    first = data[:_FIRST_BYTES]
    for start, words in _STARTS.items():
        if first.startswith(start):
            return words
    return next((words for pattern, words in _WORDS.items() if pattern.search(first)), "")


def _not_a_photo(data: bytes) -> BadPhoto:
    like = _looks_like(data)
    return BadPhoto(
        f"The file is no photo{f' but {like}' if like else ''}.",
        hint="JPEG, PNG and WebP are taken in, whatever the name says.",
        reason="not_a_photo",
        found=like,
    )


def _too_many_pixels(most: int, *, found: int | None = None) -> BadPhoto:
    told = f"{found / 1e6:.0f} megapixels" if found is not None else "far too many pixels"
    return BadPhoto(
        f"The picture has {told}.",
        hint=f"At most {most / 1e6:.0f} megapixels are taken in.",
        reason="too_many_pixels",
        most=most,
    )


# ---- place and time ------------------------------------------------------------------------------------------------


def _exif(image: Image.Image, zone: dt.tzinfo) -> tuple[Seen, Image.Transpose | None]:
    """What EXIF says, and how the picture must be turned to stand upright."""
    raw = image.info.get("exif", b"")
    if not isinstance(raw, bytes) or len(raw) > MOST_EXIF_BYTES:
        return Seen(faults=("exif",)), None
    try:
        found = image.getexif()
        main = dict(found)
        shot = dict(found.get_ifd(ExifTags.IFD.Exif))
        gps = dict(found.get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:  # whatever a made-up directory leads Pillow to; the picture itself is judged on its own
        return Seen(faults=("exif",)), None
    place, bad_place = _place(gps)
    taken, bad_time = _taken(gps, {**main, **shot}, zone)
    faults = tuple(name for name, bad in (("place", bad_place), ("time", bad_time)) if bad)
    lon, lat = place or (None, None)
    return Seen(lon=lon, lat=lat, taken_at=taken, faults=faults), _turn(main.get(ExifTags.Base.Orientation))


def _turn(orientation: Any) -> Image.Transpose | None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return turns.get(orientation) if isinstance(orientation, int) else None


def _place(gps: Mapping[int, Any]) -> tuple[tuple[float, float] | None, bool]:
    """Longitude and latitude; and whether something is said that is no place on the ground."""
    told_lat, told_lon = gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLongitude)
    if told_lat is None and told_lon is None:
        return None, False
    lat, lon = _degrees(told_lat), _degrees(told_lon)
    north, east = _letter(gps, ExifTags.GPS.GPSLatitudeRef), _letter(gps, ExifTags.GPS.GPSLongitudeRef)
    if lat is None or lon is None or north not in ("N", "S") or east not in ("E", "W") or lat > 90 or lon > 180:
        return None, True
    if lat == 0 and lon == 0:  # what a camera without a fix writes
        return None, True
    return (lon if east == "E" else -lon, lat if north == "N" else -lat), False


def _degrees(told: Any) -> float | None:
    """Degrees, minutes, seconds as one number; None where they are not three sensible ones."""
    try:
        parts = [float(part) for part in told]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if len(parts) != 3 or not all(math.isfinite(part) and part >= 0 for part in parts):
        return None
    degrees, minutes, seconds = parts
    if degrees > 180 or minutes > 60 or seconds > 60:
        return None
    return degrees + minutes / 60 + seconds / 3600


def _taken(gps: Mapping[int, Any], told: Mapping[int, Any], zone: dt.tzinfo) -> tuple[dt.datetime | None, bool]:
    """When the shutter went: by the camera's clock, else by the satellites' (often minutes old)."""
    text = next((t for tag in (36867, 36868, 306) if (t := _text(told.get(tag)))), "")
    if text:
        moment = _moment(text)
        offset = next((_offset(_text(told.get(tag))) for tag in (36881, 36882, 36880) if told.get(tag)), None)
        if moment is not None:
            try:
                return moment.replace(tzinfo=offset or zone).astimezone(dt.UTC), False
            except (OverflowError, ValueError):
                return None, True
    day, clock = _text(gps.get(ExifTags.GPS.GPSDateStamp)), gps.get(ExifTags.GPS.GPSTimeStamp)
    if day and clock is not None:
        try:
            hour, minute, second = (int(float(part)) for part in clock)
            moment = _moment(f"{day} {hour:02d}:{minute:02d}:{second:02d}")
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            moment = None
        if moment is not None:
            return moment.replace(tzinfo=dt.UTC), False
    return None, bool(text or day)


def _moment(text: str) -> dt.datetime | None:
    found = re.fullmatch(r"(\d{4})[:\-/](\d{2})[:\-/](\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?", text)
    if found is None or int(found[1]) < FIRST_YEAR:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in found.groups())
        return dt.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _offset(text: str) -> dt.tzinfo | None:
    found = re.fullmatch(r"([+-])(\d{2}):(\d{2})", text)
    if found is None:
        return None
    ahead = dt.timedelta(hours=int(found[2]), minutes=int(found[3]))
    return dt.timezone(ahead if found[1] == "+" else -ahead) if ahead < MOST_OFFSET else None


def _text(told: Any) -> str:
    if isinstance(told, bytes):
        told = told.decode("ascii", "replace")
    return told.strip("\0 \t\r\n")[:40] if isinstance(told, str) else ""


def _letter(values: Mapping[int, Any], tag: int) -> str:
    return _text(values.get(tag))[:1].upper()
