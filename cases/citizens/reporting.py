"""A report of the public page comes in, or joins one that is there; who sent it gets a code to follow it by.

It goes through `cases.intake.receive` like every report, under an account that is no person of the city, so that it
waits as reported until the desk has looked at it. Name and telephone are the caller's, which only those who answer him
may read; without them he is an anonymous caller, and answered on his page. The form's own word is the key of the
report: a double tap and a resend find the first one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.gis.geos import Point
from django.db import transaction

from cases import callers, duplicates, intake, open_door, photos
from cases.citizens.codes import code_of, digest_of
from cases.errors import BadPhoto, BadReport, CaseClosed
from cases.intake import Report
from cases.models import Caller, Case, CasePhoto, Follower, OpenService
from cases.workflow import Stage
from cells import rules
from spatial import crs as reference
from spatial.postgis import roles, run

SOURCE = "public"
ACCOUNT = "public:page"
MOST_NEAR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody tells on the public page; longitude and latitude in WGS 84, both or none."""

    service: str  # kind and code of its class: “event-0103”
    words: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    address: str = ""
    name: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """An open case that may be the same problem, as everybody may know of it."""

    number: str
    stage: Stage
    distance_m: int  # to ten metres, and never less
    reported_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it: the code, the number, and whether the form was sent before."""

    code: str
    number: str
    again: bool


def service_named(code: str) -> OpenService | None:
    """The class that may be reported with a code, whatever was sent for one."""
    return open_door.service(code) if len(code) <= 60 and code.isprintable() else None


def sent_before(word: str) -> Taken | None:
    """What the form with this word reported already."""
    with roles.as_owner():
        found = Follower.objects.filter(code_digest=digest_of(code_of(word))).values_list("case__number", flat=True)
        number = found.first()
    return Taken(code_of(word), number, again=True) if number else None


def near(told: Told, *, at: dt.datetime) -> list[Near]:
    """Open cases that may be the one told of: of the same class, within its reach; none without a place.

    Of a class whose cases the city does not show, nobody is told.
    """
    return [
        Near(twin.case.number, Stage(twin.case.stage), max(10, round(twin.distance_m / 10) * 10), twin.case.reported_at)
        for twin in _twins(told, at)[:MOST_NEAR]
    ]


def take(told: Told, *, word: str, at: dt.datetime, files: Sequence[BinaryIO] = (), join: str = "") -> Taken:
    """Take a report in with its photos, or (with the number of one that is `near`) join that one.

    Raises
    ------
    BadReport, OutsideCity, BadCoordinate, NoEditionInForce : as `cases.intake.receive`
    BadPhoto : a photo is none, or there are too many
    CaseClosed : the one to join has ended meanwhile, or is not near
    """
    if service_named(told.service) is None:
        raise BadReport("No class is chosen.", hint="Choose what it is.", field="service")
    _require_number_of(files)
    code = code_of(word)
    with roles.as_owner(), transaction.atomic():
        run.row("cases", "hold_word_v1", {"word": digest_of(code)})
        earlier = sent_before(word)
        if earlier is not None:
            return earlier
        by = _account()
        if join:
            case = next((twin.case for twin in _twins(told, at) if twin.case.number == join), None)
            if case is None:
                raise CaseClosed(f"There is no open report {join[:24]} near.", hint="Send it as a new one.")
            caller = _joined(case, told, code, at)
        else:
            case = intake.receive(_report(told, code), by=by, at=at)
            caller = case.callers.get()
        for file in files:
            name = getattr(file, "name", "") or ""
            photos.keep(case, file=file, kind=CasePhoto.Kind.BEFORE, by=by, at=at, name=name)
        Follower.objects.create(case=case, caller=caller, code_digest=digest_of(code), came_at=at, joined=bool(join))
    return Taken(code, case.number, again=False)


def _report(told: Told, code: str) -> Report:
    anonymous = not (told.name.strip() or told.telephone.strip())
    return Report(
        source=SOURCE,
        words=told.words,
        catalogue_class=told.service,
        lon=told.lon,
        lat=told.lat,
        crs=reference.WGS84,
        accuracy_m=told.accuracy_m,
        address=told.address,
        idempotency_key=digest_of(code),
        caller_name=told.name,
        caller_telephone=told.telephone,
        caller_anonymous=anonymous,
    )


def _joined(case: Case, told: Told, code: str, at: dt.datetime) -> Caller:
    # By the system itself: who sent it speaks with no callers.
    words = "\n".join(filter(None, (told.words.strip(), told.address.strip())))
    caller = callers.Told(
        name=told.name,
        telephone=told.telephone,
        words=words,
        is_anonymous=not (told.name.strip() or told.telephone.strip()),
        source=SOURCE,
        idempotency_key=digest_of(code),
    )
    return callers.join(case, caller=caller, by=None, at=at)


def _twins(told: Told, at: dt.datetime) -> list[duplicates.Twin]:
    service = service_named(told.service)
    if service is None or not service.is_shown or told.lon is None or told.lat is None:
        return []
    xy = reference.to_city([[told.lon, told.lat]], crs=reference.WGS84, srid=settings.CITY_SRID)[0]
    with roles.as_owner():
        return duplicates.twins(service.catalogue_class, Point(*xy.tolist(), srid=settings.CITY_SRID), at, by=None)


def _require_number_of(files: Sequence[BinaryIO]) -> None:
    (most,) = rules.figures("public_photos_most")
    if len(files) > most:
        raise BadPhoto(f"{len(files)} photos are sent: at most {most:.0f} are taken.", reason="too_many", most=most)


def _account() -> Any:
    """Who stands in the history of what comes by the public page: no person of the city, and nobody logs in as it."""
    user, fresh = get_user_model().objects.get_or_create(username=ACCOUNT)
    if fresh:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
