"""Photos of cases: taken in with suspicion, kept as clean JPEGs under their SHA-256, beside where and when they say
they were taken.

`cases.pictures` looks at the file and makes it anew; here the clean picture is written and flushed to disk first, then
its row in the caller's transaction. If that fails the files stay behind as orphans, and `sweep` takes them away after a
day: a row without its file cannot be, a file without its row does no harm.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.contrib.gis.geos import Point

from cases import pictures
from cases.errors import BadPhoto
from cases.models import Case, CasePhoto, SpotCheck
from cells.models import CellVersion
from cells.rules import figures
from spatial import crs as reference
from spatial.fence import Stopped, fenced

VIEW, THUMB = "view", "thumb"
SIZES = (VIEW, THUMB)
SWEPT_AFTER = dt.timedelta(days=1)
_WORLD = (-180.0, -90.0, 180.0, 90.0)
_AT_ONCE = 1000
# Fifty megapixels of a PNG take 2 s and 600 MB; a busy machine is given its time.
READ_S, READ_MB = 30, 1024
_STOPPED = {
    "time": "The picture takes too long to read.",
    "memory": "The picture takes too much memory to read.",
    "broken": "The picture breaks what reads it.",
    "busy": "Too many pictures come at this moment.",
}


def keep(case: Case, *, file: BinaryIO, kind: str, by: Any, at: dt.datetime, name: str = "") -> CasePhoto:
    """Keep a photo of a case; sent again, it is the one that is there.

    Raises
    ------
    BadPhoto : it is too large, no photo, broken, hides something, or is there already as the other kind
    """
    if kind not in CasePhoto.Kind.values:
        raise BadPhoto(
            f"“{kind}” is no kind of photo.", hint=f"Kinds: {', '.join(CasePhoto.Kind.values)}.", reason="kind"
        )
    most_mb, most_megapixels = figures("photo_most_mb", "photo_most_megapixels")
    most_bytes = round(most_mb * 1e6)
    data = file.read(most_bytes + 1)
    sent = hashlib.sha256(data).hexdigest()
    earlier = CasePhoto.objects.filter(case=case, sent_sha256=sent).first()
    if earlier is not None:
        return _the_same(earlier, kind)
    values, digest = _taken_in(
        data, most_bytes=most_bytes, most_megapixels=most_megapixels, at=at, cell=case.cell_id, place=case.place
    )
    values |= {"kind": kind, "name": _plain(name), "added_at": at, "by": by, "sent_sha256": sent}
    photo, _ = CasePhoto.objects.get_or_create(case=case, sha256=digest, defaults=values)
    return _the_same(photo, kind)


def keep_of_check(check: SpotCheck, *, file: BinaryIO, ground: Any, at: dt.datetime) -> None:
    """Keep the photo of a spot check: sets the check's own fields of it (not saved).

    `ground` is the shape of its cell (city CRS), `at` when the check was made.

    Raises
    ------
    BadPhoto : it is too large, no photo, broken, or hides something
    """
    most_mb, most_megapixels = figures("photo_most_mb", "photo_most_megapixels")
    most_bytes = round(most_mb * 1e6)
    data = file.read(most_bytes + 1)
    values, check.sha256 = _taken_in(
        data, most_bytes=most_bytes, most_megapixels=most_megapixels, at=at, cell=None, place=ground
    )
    check.taken_at = values["taken_at"]
    check.photo_distance_m, check.minutes_apart = values.get("distance_m"), values.get("minutes_apart")
    check.place_verdict, check.time_verdict = values["place_verdict"], values["time_verdict"]


def path_of(digest: str, size: str) -> Path:
    """Where the clean picture of a size lies."""
    return Path(settings.PHOTOS) / digest[:2] / digest[2:4] / f"{digest}.{size}.jpg"


def sweep(*, at: dt.datetime, older_than: dt.timedelta = SWEPT_AFTER) -> int:
    """Take away the files of photos that no row names, if they have lain there long enough; the number taken away.

    What is younger may belong to a transaction that has not ended.
    """
    until = (at - older_than).timestamp()
    gone = 0
    for block in _blocks(Path(settings.PHOTOS), until):
        named = _named({file.name.split(".")[0] for file in block})
        for file in block:
            if file.name.split(".")[0] not in named:
                file.unlink(missing_ok=True)
                gone += 1
    return gone


def _blocks(folder: Path, until: float) -> Iterator[list[Path]]:
    block: list[Path] = []
    for file in folder.glob("*/*/*"):
        try:
            old = file.stat().st_mtime < until
        except FileNotFoundError:  # another sweep was quicker
            continue
        if old:
            block.append(file)
        if len(block) == _AT_ONCE:
            yield block
            block = []
    if block:
        yield block


def _taken_in(
    data: bytes, *, most_bytes: int, most_megapixels: float, at: dt.datetime, cell: int | None, place: Any
) -> tuple[dict[str, Any], str]:
    """Write the clean picture and say what it tells beside a cell (or other ground) and the clock; and its SHA-256."""
    picture = _read(data, most_bytes=most_bytes, most_pixels=round(most_megapixels * 1e6))
    digest = hashlib.sha256(picture.view).hexdigest()
    _write(path_of(digest, VIEW), picture.view)
    _write(path_of(digest, THUMB), picture.thumb)
    return {
        "taken_at": picture.seen.taken_at,
        "width": picture.width,
        "height": picture.height,
        **_beside_the_cell(cell, place, picture.seen),
        **_beside_the_clock(picture.seen, at),
    }, digest


def _read(data: bytes, *, most_bytes: int, most_pixels: int) -> pictures.Picture:
    """The picture, read in a process of its own."""
    try:
        found: pictures.Picture = fenced(
            pictures.read, data, most_bytes=most_bytes, most_pixels=most_pixels, zone=ZoneInfo(settings.TIME_ZONE),
            seconds=READ_S, megabytes=READ_MB, refusals=(BadPhoto,), returns=(pictures.Picture, pictures.Seen),
        )  # fmt: skip
    except Stopped as stopped:
        if stopped.why == "busy":
            raise BadPhoto(_STOPPED["busy"], hint="Send it again in a minute.", reason="busy") from None
        raise BadPhoto(
            _STOPPED[stopped.why], hint="Take the photo again, in the camera's usual size.", reason="too_hard"
        ) from None
    return found


def _named(digests: set[str]) -> set[str]:
    """Those of some pictures that a row names."""
    of_cases = CasePhoto.objects.filter(sha256__in=digests).values_list("sha256", flat=True)
    return set(of_cases) | set(SpotCheck.objects.filter(sha256__in=digests).values_list("sha256", flat=True))


def _the_same(photo: CasePhoto, kind: str) -> CasePhoto:
    if photo.kind != kind:
        raise BadPhoto(
            f"This photo is there already as “{photo.kind}”.",
            hint="Before and after are two pictures: take another one.",
            reason="other_kind",
        )
    return photo


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is whole or not there, also after a power cut."""
    if path.exists() and path.stat().st_size == len(data):
        os.utime(path)  # young again: no sweep takes it before our row is there
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with fresh.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _beside_the_cell(cell: int | None, ground: Any, seen: pictures.Seen) -> dict[str, Any]:
    """Where it says it was taken, how far that is from a cell (its id) or else from a place, and what that means."""
    verdicts = CasePhoto.PlaceVerdict
    if seen.lon is None or seen.lat is None:
        absurd = {"place", "exif"} & set(seen.faults)
        return {"place_verdict": verdicts.ABSURD if absurd else verdicts.SILENT}
    metres, _ = reference.to_city_with_faults(
        [[seen.lon, seen.lat]], crs=reference.WGS84, srid=settings.CITY_SRID, home=_WORLD
    )
    if not np.isfinite(metres).all():  # the other side of the earth
        return {"place_verdict": verdicts.FAR}
    place = Point(*metres[0].tolist(), srid=settings.CITY_SRID)
    version = CellVersion.objects.current().filter(cell=cell).first() if cell else None
    ground = version.shape if version is not None else ground
    if ground is None:
        return {"place": place}
    distance_m = ground.distance(place)
    (near_m,) = figures("photo_near_m")
    far = verdicts.NEAR if distance_m <= near_m else verdicts.FAR
    return {
        "place": place,
        "distance_m": round(distance_m, 1),
        "place_verdict": verdicts.THERE if distance_m == 0 else far,
    }


def _beside_the_clock(seen: pictures.Seen, at: dt.datetime) -> dict[str, Any]:
    """How many minutes before our clock's now it says it was taken, and what that means."""
    verdicts = CasePhoto.TimeVerdict
    if seen.taken_at is None:
        absurd = {"time", "exif"} & set(seen.faults)
        return {"time_verdict": verdicts.ABSURD if absurd else verdicts.SILENT}
    minutes = (at - seen.taken_at).total_seconds() / 60.0
    (fresh,) = figures("photo_fresh_minutes")
    # Clocks of phones are set by their network: five minutes ahead is more than they are ever off.
    verdict = verdicts.AHEAD if minutes < -5 else verdicts.OLD if minutes > fresh else verdicts.FITS
    return {"minutes_apart": round(minutes, 1), "time_verdict": verdict}


def _plain(name: str) -> str:
    """A file's name as it is shown: its last part, without what cannot be printed."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable())[:120]
