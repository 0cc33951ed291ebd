"""What a checker found comes in, once, with a photo held against cell and clock; each problem is a case, new or old.

The checker is not told beforehand what is known of a cell, or he would find what he was told. A problem is known where
a case of its class is open in the cell that was reported before he was there; otherwise it is filed like any report,
from the source `spot_check`. A check that neither the phone nor its photo places at the cell is kept and not counted.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.utils import timezone

from cases import intake, photos
from cases.errors import AlreadyDone, BadPhoto, BadReport, NotYours
from cases.fieldwork import FURTHEST_BACK, Sent
from cases.models import Case, CasePhoto, SpotCheck, SpotFinding
from cases.models.case import CaseQuerySet
from cases.once import once
from cells import rules
from cells.models import CatalogueClass, CellVersion
from spatial import crs as reference
from spatial.postgis import roles

SOURCE = "spot_check"
MOST_FOUND = 20
MOST_WORDS = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, as the phone tells it: kind and code of its class (“event-0103”), words, photos."""

    catalogue_class: str
    words: str = ""
    photos: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A check as a phone tells it; `proof` is the photo of the cell, whatever was found."""

    key: str
    check: int
    found: tuple[Found, ...] = ()
    note: str = ""
    proof: Sent | None = None
    place: tuple[float, float] | None = None  # where the phone was: metres, city CRS
    accuracy_m: float | None = None
    done_at: dt.datetime | None = None

    def as_data(self) -> dict[str, Any]:
        """What makes it this check and no other."""
        sent = [*([self.proof] if self.proof else ()), *(photo for one in self.found for photo in one.photos)]
        return {
            "check": self.check,
            "note": self.note,
            "found": [[one.catalogue_class, one.words] for one in self.found],
            "photos": [[one.kind, one.name, one.bytes] for one in sent],
        }


def waiting_for(user: Any) -> list[SpotCheck]:
    """The checks that a user has still to make, the most pressing first."""
    person = getattr(user, "person", None)
    if person is None:
        return []
    mine = SpotCheck.objects.filter(checker=person, done_at=None).select_related("draw", "cell", "unit", "grid")
    return list(mine.order_by("draw__until", "grid__code", "cell__code"))


def take(told: Told, *, by: Any, at: dt.datetime) -> tuple[dict[str, Any], bool]:
    """Take in a check, once: its number and what became of each problem; and whether an earlier send did it.

    Raises
    ------
    NotYours : the check is given to somebody else, or there is none
    AlreadyDone : it came in before
    BadReport, BadPhoto : it lacks its photo, or something in it is not as it must be
    """
    with roles.as_owner():
        return once(lambda: _take(told, by=by, at=at), key=told.key, asked=told.as_data(), by=by, at=at)


def _take(told: Told, *, by: Any, at: dt.datetime) -> dict[str, Any]:
    person = getattr(by, "person", None)
    held = SpotCheck.objects.select_for_update(of=("self",)).select_related("cell", "draw", "draw__edition")
    check = held.filter(pk=told.check).first() if person is not None else None
    if check is None or check.checker_id != person.pk:
        raise NotYours(f"Check {told.check} is not yours.", hint="Look at your list: it may be given to somebody else.")
    if check.done_at is not None:
        raise AlreadyDone(f"Check {told.check} came in before.", number=str(told.check))
    if told.proof is None:
        raise BadPhoto("A photo taken at the cell must come with this; none does.", hint="Take one.", reason="none")
    if len(told.found) > MOST_FOUND:
        raise BadReport(f"{len(told.found)} problems came.", hint=f"At most {MOST_FOUND} at once.", field="found")
    sent = 1 + sum(len(one.photos) for one in told.found)
    (most,) = rules.figures("photos_most_at_once")
    if sent > most * (1 + len(told.found)):
        raise BadPhoto(
            f"{sent} photos came.", hint=f"At most {most:.0f} of each problem.", reason="too_many", most=most
        )
    if max((len(words) for words in (told.note, *(one.words for one in told.found))), default=0) > MOST_WORDS:
        raise BadReport("The words are too long.", hint=f"At most {MOST_WORDS} signs are kept.", field="words")
    check.done_at = _moment(told, check, at)
    check.came_at, check.note = at, told.note.strip()
    shape = _shape_of(check)
    photos.keep_of_check(check, file=told.proof.file, ground=shape, at=check.done_at)
    _stand(check, told, shape)
    check.save()
    taken: set[int] = set()
    results = [_find(check, one, shape, taken, by=by, at=at) for one in told.found]
    return {"check": check.pk, "at": at.isoformat(), "proved": check.proved, "found": results}


def _moment(told: Told, check: SpotCheck, at: dt.datetime) -> dt.datetime:
    """When it was made: by the phone's clock, unless that lies ahead, too far back, or before the draw."""
    drawn = check.draw.drawn_at or at
    done = told.done_at
    return done if done is not None and max(at - FURTHEST_BACK, drawn) <= done <= at else at


def _shape_of(check: SpotCheck) -> Any:
    edition = check.draw.edition
    assert edition is not None
    return CellVersion.objects.of_edition(edition).get(cell=check.cell_id).shape


def _stand(check: SpotCheck, told: Told, shape: Any) -> None:
    """Where the phone was beside the cell, and whether phone or photo prove that it was made there."""
    (near_m,) = rules.figures("photo_near_m")
    if told.place is not None:
        check.place = Point(*told.place, srid=settings.CITY_SRID)
        check.distance_m = round(shape.distance(check.place), 1)
        check.accuracy_m = told.accuracy_m
    by_phone = check.distance_m is not None and check.distance_m <= near_m
    there = {CasePhoto.PlaceVerdict.THERE, CasePhoto.PlaceVerdict.NEAR}
    by_photo = check.place_verdict in there and check.time_verdict == CasePhoto.TimeVerdict.FITS
    check.proved = by_phone or by_photo


def _find(check: SpotCheck, one: Found, shape: Any, taken: set[int], *, by: Any, at: dt.datetime) -> dict[str, Any]:
    """One problem: the open case that it is, or a new one."""
    named = intake.class_named(one.catalogue_class)
    if named is None:
        raise BadReport("A problem has no class.", hint="Say what kind of problem it is.", field="class")
    inside = check.place is not None and shape.contains(check.place)
    spot = check.place if inside else shape.point_on_surface
    earlier = _known(check, named, shape, taken).near(spot, shape.envelope.length).first()
    if earlier is not None:
        known = SpotFinding.Known.GRID if earlier.source_id == "patrol" else SpotFinding.Known.OTHERS
        case = earlier
    else:
        known = SpotFinding.Known.NEW
        report = intake.Report(
            source=SOURCE, words=one.words, catalogue_class=one.catalogue_class, lon=spot.x, lat=spot.y,
            crs=reference.CITY, accuracy_m=check.accuracy_m if inside else None,
        )  # fmt: skip
        case = intake.receive(report, by=by, at=at)
        for sent in one.photos:
            photos.keep(case, file=sent.file, kind=CasePhoto.Kind.BEFORE, by=by, at=at, name=sent.name)
    taken.add(case.pk)
    SpotFinding.objects.create(check_made=check, case=case, catalogue_class=named, words=one.words.strip(), known=known)
    return {"number": case.number, "known": str(known), "class": one.catalogue_class}


def _known(check: SpotCheck, named: CatalogueClass, shape: Any, taken: set[int]) -> CaseQuerySet:
    """Open cases of a class in the cell of a check from before it, but for those that another problem of it is.

    By the shape that the cell had at the draw: a redraw in between changes nothing.
    """
    assert check.done_at is not None
    here = Case.objects.open().filter(place__coveredby=shape, catalogue_class=named, reported_at__lt=check.done_at)
    return here.exclude(pk__in=taken)


def is_late(check: SpotCheck, *, at: dt.datetime) -> bool:
    """Whether the days for it are over."""
    return check.draw.until is not None and timezone.localdate(at) > check.draw.until
