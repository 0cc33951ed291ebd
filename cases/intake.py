"""Intake: a report comes in, gets its place, its owner and its reason, and is filed (立案) in the same breath.

Every door (page, API, import of a stream) calls `receive`. A report with the key of an earlier one is that one: double
clicks and resends make one case. A place outside the city is answered with the nearest cell and the distance, and kept
without an owner only where the caller insists; without a place the case waits as reported until `locate` gives it one.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction

from cases import callers, double_report, emergencies, moves, sides
from cases.errors import AlreadyDone, BadReport, OutsideCity
from cases.models import Case, CaseSource
from cases.numbers import next_number
from cases.workflow import Act, Side, Stage
from cells import routing
from cells.editions import hold_in_force
from cells.models import CatalogueClass, Component, Edition, FilingCondition, Grid, Level
from spatial import crs as reference
from spatial.postgis import roles

MOST_WORDS, MOST_NAME = 4000, 60
MOST_ACCURACY_M = 100_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is reported, as given. `catalogue_class` is kind and code: “event-0103”; longitude comes before latitude."""

    source: str
    words: str = ""
    catalogue_class: str = ""
    lon: float | None = None
    lat: float | None = None
    crs: str = reference.WGS84
    accuracy_m: float | None = None
    address: str = ""
    component: str = ""
    condition: int | None = None  # the serial of a filing condition of the class: by which limits it is handled
    source_label: str = ""
    idempotency_key: str = ""
    emergency: str = ""  # the grade, where it is one
    # Who tells of it, where somebody does; kept apart from the case, see `cases.callers`.
    caller_name: str = ""
    caller_telephone: str = ""
    caller_anonymous: bool = False


def receive(report: Report, *, by: Any, at: dt.datetime, keep_outside: bool = False) -> Case:
    """Take in a report: the case, filed with its owner where its place is known and `by` may file, else as reported.

    Raises
    ------
    BadReport : something in it is not as it must be; `where` says which field and what is allowed
    BadCoordinate, UnknownCrs : the place is no place on the ground
    OutsideCity : no cell holds the place, and `keep_outside` is not set; `where` has the nearest cell and distance
    NoEditionInForce : there are no grids yet
    NotYours : it is told as an emergency by one who may not declare it
    """
    _check_texts(report)
    caller = _caller(report)
    earlier = _earlier(report)
    if earlier is not None:
        return earlier
    named = class_named(report.catalogue_class)
    case = Case(
        source=_source(report.source),
        catalogue_class=named,
        condition=_condition(report.condition, named),
        component=_component(report.component),
        words=report.words.strip(),
        address=report.address.strip(),
        source_label=report.source_label,
        idempotency_key=report.idempotency_key or None,
        reported_at=at,
    )
    try:
        # Whoever finds something reports it, wherever it lies: beyond his own sight the report is the house's.
        with roles.as_owner(), transaction.atomic():
            hold_in_force()  # or the owner could be one of an edition that ends before this is committed
            _put(case, report, keep_outside=keep_outside)
            file = case.owner is not None and sides.may(by, Side.SUPERVISION, owner=case.owner, cell=case.cell_id)
            case.number = next_number(at)
            moves.begin(case, by=by, at=at, file=file)
            double_report.tell_find(case, by=by, at=at)
            if report.emergency:
                note = report.words.strip() or report.address.strip() or report.catalogue_class
                case = emergencies.declare(case, grade=report.emergency, by=by, at=at, note=note)
            if caller is not None:
                callers.add(case, caller=caller, by=by, at=at)
    except IntegrityError:
        # The other of two at once was quicker with the same key, or the source's number is there already.
        earlier = _earlier(report)
        if earlier is None:
            raise
        return earlier
    return case


@transaction.atomic
def locate(
    case: Case, *, lon: float, lat: float, crs: str = reference.WGS84, accuracy_m: float | None = None,
    by: Any, at: dt.datetime,
) -> Case:  # fmt: skip
    """Give a reported case without an owner its place, and file it; raises as `receive`, and AlreadyDone."""
    hold_in_force()  # before the row: publishing waits for rows that others hold
    held = Case.objects.select_for_update().get(pk=case.pk)
    if held.stage != Stage.REPORTED:
        raise AlreadyDone(f"Case {held.number} has its place and is {held.stage}.", number=held.number)
    report = Report(source=held.source_id, lon=lon, lat=lat, crs=crs, accuracy_m=accuracy_m)
    _put(held, report, keep_outside=False)
    held.save(
        update_fields=["given_x", "given_y", "given_crs", "accuracy_m", "place", "cell", "edition", "owner", "reason"]
    )
    return moves.move(held, Act.FILE, by=by, side=Side.SUPERVISION, at=at)


def _put(case: Case, report: Report, *, keep_outside: bool) -> None:
    """Set a case's place, owner and reason from what the report says of them."""
    lon, lat, crs = report.lon, report.lat, report.crs
    if (lon is None) != (lat is None):
        raise BadReport("Only one of longitude and latitude is given.", hint="Give both, or neither.", field="lon")
    if lon is None and case.component is not None:
        lon, lat, crs = case.component.place.x, case.component.place.y, reference.CITY
    if lon is None or lat is None:
        if not (case.words or case.address):
            raise BadReport("The report has neither a place nor words.", hint="Give lon and lat, or an address.")
        return
    accuracy_m = report.accuracy_m
    if accuracy_m is not None and not (math.isfinite(accuracy_m) and 0 <= accuracy_m <= MOST_ACCURACY_M):
        raise BadReport(
            f"The accuracy is {accuracy_m} m.",
            hint=f"It is a distance from 0 to {MOST_ACCURACY_M:.0f} m.",
            field="accuracy_m",
        )
    found = routing.route(lon, lat, crs=crs, accuracy_m=accuracy_m)
    community = found.area(Level.COMMUNITY)
    if community is None and not keep_outside:
        nearest = found.candidates[0].as_data() if found.candidates else None
        raise OutsideCity(
            f"The place lies outside the city's cells, {found.border_m:.0f} m from the nearest"
            + (f" ({nearest['cell']})." if nearest else "."),
            hint="Check the place and its CRS, or keep the case without an owner (keep_outside).",
            distance_m=round(found.border_m, 3),
            nearest=nearest,
            lon=lon,
            lat=lat,
            crs=crs,
        )
    case.given_x, case.given_y, case.given_crs = lon, lat, reference.canonical(crs)
    case.accuracy_m = accuracy_m
    case.place = Point(found.x, found.y, srid=settings.CITY_SRID)
    case.cell_id = found.cell_id
    case.edition = Edition.objects.only("pk").get(number=found.edition)
    case.owner = Grid(pk=community.id, code=community.code, level_id=community.level) if community else None
    case.reason = found.as_data()


def _caller(report: Report) -> callers.Told | None:
    """Who tells of it, checked; None where nothing is said of him. His words are the case's own."""
    told = callers.Told(
        name=report.caller_name,
        telephone=report.caller_telephone,
        is_anonymous=report.caller_anonymous,
        source=report.source,
    )
    if not told.is_somebody:
        return None
    callers.check(told)
    return told


def _earlier(report: Report) -> Case | None:
    """The case that a report with this key made before; BadReport where that was another report."""
    if not report.idempotency_key:
        return None
    # Looked for in the whole city: the key is one of its sender's, who need not see any more what came of it.
    with roles.as_owner():
        case = Case.objects.select_related("owner").filter(idempotency_key=report.idempotency_key).first()
    if case is None:
        return None
    same = case.source_id == report.source and case.words == report.words.strip()
    if report.lon is not None and (case.given_x, case.given_y) != (report.lon, report.lat):
        same = False
    if not same:
        raise BadReport(
            f"The idempotency key was used for another report, case {case.number}.",
            hint="Make a new key for each report; send the same one only when sending the same report again.",
            field="idempotency_key",
            number=case.number,
        )
    return case


def _check_texts(report: Report) -> None:
    limits = {
        "words": MOST_WORDS,
        **dict.fromkeys(("source", "catalogue_class", "component", "emergency"), MOST_NAME),
        **{name: Case._meta.get_field(name).max_length for name in ("address", "source_label", "idempotency_key")},
    }
    for name, most in limits.items():
        text = getattr(report, name)
        if len(text) > most:
            raise BadReport(
                f"“{name}” has {len(text)} characters.", hint=f"At most {most} are kept.", field=name, most=most
            )
        if any(ord(sign) < 32 and sign not in "\n\r\t" for sign in text):
            raise BadReport(f"“{name}” has control characters.", hint="Send plain text.", field=name)


def _source(slug: str) -> CaseSource:
    found = CaseSource.objects.filter(pk=slug).first()
    if found is None:
        known = list(CaseSource.objects.order_by("pk").values_list("pk", flat=True))
        raise BadReport(
            f"“{slug}” is not a source.", hint=f"Sources: {', '.join(known)}.", field="source", allowed=known
        )
    return found


def class_named(name: str) -> CatalogueClass | None:
    """The class of the catalogue in use with this kind and code (“event-0103”); None for no name, else BadReport."""
    if not name:
        return None
    kind, _, code = name.partition("-")
    classes = CatalogueClass.objects.in_use().minors()
    found = classes.filter(kind=kind, major=code[:2], minor=code[2:]).first()
    if found is None:
        raise BadReport(
            f"“{name}” is not a class of the catalogue in use.",
            hint=f"Give kind and code, such as event-0103; the catalogue has {classes.count()} classes.",
            field="class",
        )
    return found


def _condition(serial: int | None, named: CatalogueClass | None) -> FilingCondition | None:
    """The filing condition of a class with a serial; None where none is said: the first one counts, while it stands."""
    if serial is None:
        return None
    of_class = FilingCondition.objects.filter(catalogue_class=named) if named else FilingCondition.objects.none()
    found = of_class.filter(serial=serial).first()
    if found is None:
        known = list(of_class.order_by("serial").values_list("serial", flat=True))
        told = ", ".join(map(str, known))
        raise BadReport(
            f"Class “{named.kind}-{named.code}” has no filing condition {serial}."
            if named
            else f"Filing condition {serial} is of no class: none is given.",
            hint=f"Its conditions: {told}." if known else "Leave it out: the class has none.",
            field="condition",
            allowed=known,
        )
    return found


def _component(code: str) -> Component | None:
    if not code:
        return None
    found = Component.objects.filter(code=code).first()
    if found is None:
        raise BadReport(
            f"No component has the code “{code}”.", hint="Check the number on the plate.", field="component"
        )
    return found
