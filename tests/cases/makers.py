"""People and cases for tests: plain functions, fixed values, made through the same doors as in life."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.gis.geos import Point

from cases import checking, handling, intake, voiding
from cases.dispatch import dispatch
from cases.models import Case, CasePhoto
from cases.workflow import Stage
from cells.models import CatalogueClass, CellVersion, Component, Grid, Person, Role
from spatial import crs as reference

NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)


def a_user(role: str | None = Role.DISPATCHER, *, territory: Grid | None = None, name: str = "") -> Any:
    """A user with a role (None: a user who is no person of the city)."""
    user = get_user_model().objects.create_user(name or f"{role or 'nobody'}-{get_user_model().objects.count()}")
    if role is not None:
        Person.objects.create(user=user, role_id=role, territory=territory, name_zh=f"{role}甲", name_en=f"{role} A")
    return user


def middle_of(cell: int = 0) -> tuple[float, float]:
    """A point inside the n-th cell of the edition in force, metres."""
    shape = CellVersion.objects.current().order_by("cell__code")[cell].shape
    return shape.point_on_surface.coords


def a_report(**given: Any) -> intake.Report:
    """A hotline report in the middle of the first cell, but for what is given."""
    if "lon" not in given and "component" not in given:
        given["lon"], given["lat"] = middle_of()
        given.setdefault("crs", reference.CITY)
    return intake.Report(**{"source": "hotline", "words": "路面塌陷", "catalogue_class": "event-0103", **given})


def a_case(*, by: Any = None, at: dt.datetime = NOON, **given: Any) -> Case:
    """A filed case (the system files it unless `by` says who)."""
    return intake.receive(a_report(**given), by=by, at=at, keep_outside=True)


def voided(case: Case, *, at: dt.datetime = NOON) -> Case:
    """The case, void: the system proposes it, the head of a shift confirms it."""
    return voiding.confirm_void(
        voiding.propose_void(case, by=None, at=at, note="重复"), by=a_user(Role.SHIFT_HEAD), at=at
    )


def closed(case: Case, *, at: dt.datetime = NOON) -> Case:
    """A filed or dispatched case, closed: handled by the system, checked by a checker."""
    case = dispatch(case, by=None, at=at) if case.stage == Stage.FILED else case
    case = checking.ask_check(handling.handle(case, by=None, at=at), by=None, at=at)
    return checking.close(checking.pass_check(case, by=a_user(Role.CHECKER), at=at), by=None, at=at)


def a_photo(case: Case, *, kind: str = CasePhoto.Kind.AFTER, mark: str = "") -> CasePhoto:
    """A picture of a case, by the digest of its (missing) file."""
    sha256 = hashlib.sha256(f"{case.number}{kind}{mark}".encode()).hexdigest()
    return CasePhoto.objects.get_or_create(case=case, sha256=sha256, defaults={"kind": kind, "added_at": NOON})[0]


def a_component(x: float, y: float, *, code: str = "9901010010010101", **given: Any) -> Component:
    """A lamp at a place in metres."""
    lamp = CatalogueClass.objects.in_use().components().minors().order_by("pk").first()
    place = Point(round(x, 3), round(y, 3), srid=settings.CITY_SRID)
    return Component.objects.create(code=code, catalogue_class=lamp, place=place, **given)
