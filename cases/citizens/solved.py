"""The public map of what was solved: class, community, days, and pictures that somebody has let everybody see.

A case is shown at the middle of its unit cell, some hundred metres across, never at its own place: a place of a few
metres may be somebody's door. The cell was chosen over the street's name, as the middle of a cell says the same of
every case in it, and a short lane may have one house. Not shown are words, addresses, numbers, units and people.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.db.models.functions import PointOnSurface
from django.db.models import F, QuerySet

from cases import sight
from cases.callers import HOTLINE
from cases.errors import NotYours
from cases.models import Case, CasePhoto, OpenService, ReleasedPhoto
from cases.workflow import Stage
from cells import rules
from cells.models import CellVersion, NoEditionInForce, Role
from spatial.postgis import roles

MOST = 1000
RELEASES = HOTLINE | {Role.SHIFT_HEAD, Role.ADMINISTRATOR}
_COLUMNS = ("cell_id", "reason", "reported_at", "closed_at", "catalogue_class")


@dataclass(frozen=True, slots=True)
class Picture:
    """A released photo, and whether it was taken before or after the work."""

    number: int
    kind: str


@dataclass(frozen=True, slots=True)
class Solved:
    """One problem that was put right. `x`, `y` are the middle of its cell, metres; `area` is (Chinese, English)."""

    service: OpenService
    x: float
    y: float
    area: tuple[str, str]
    closed_at: dt.datetime
    days: int
    pictures: list[Picture]


def number_solved(*, at: dt.datetime) -> int:
    """How much was solved within the days of the rule, whether or not the map has room for it."""
    with roles.as_owner():
        return _lately(at).count()


def _lately(at: dt.datetime) -> QuerySet[Case]:
    (days,) = rules.figures("public_solved_days")
    return _shown().filter(closed_at__gte=at - dt.timedelta(days=days), closed_at__lte=at, cell__isnull=False)


def solved(*, at: dt.datetime, most: int = MOST) -> list[Solved]:
    """What was solved within the days of the rule `public_solved_days`, the newest first; five queries."""
    with roles.as_owner():
        cases = list(
            _lately(at)
            .select_related("catalogue_class__open_service")
            .only(*_COLUMNS, "catalogue_class__name_zh", "catalogue_class__name_en", "catalogue_class__open_service")
            .order_by("-closed_at", "-pk")[:most]
        )
        middles = _middles({case.cell_id for case in cases if case.cell_id is not None})
        pictures = released([case.pk for case in cases])
    return [
        _solved(case, middles[case.cell_id], pictures.get(case.pk, []))
        for case in cases
        if case.cell_id in middles  # a cell that is no more has no place on today's map
    ]


def released(cases: Iterable[int]) -> dict[int, list[Picture]]:
    """The released photos of some cases, by case, in the order they came; to be asked as the owner."""
    found: dict[int, list[Picture]] = defaultdict(list)
    rows = ReleasedPhoto.objects.filter(case__in=list(cases)).order_by("photo")
    for case, photo, kind in rows.values_list("case", "photo", "photo__kind"):
        found[case].append(Picture(photo, kind))
    return found


def public_photo(number: int) -> CasePhoto | None:
    """A photo that everybody may see: released, of a closed case of a class that the city shows."""
    with roles.as_owner():
        shown = CasePhoto.objects.filter(pk=number, release__isnull=False, case__in=_shown())
        return shown.only("sha256").first()


def release(photo: CasePhoto, *, by: Any, at: dt.datetime) -> ReleasedPhoto:
    """Let everybody see a photo; done again, it is the one that is there. Raises NotYours."""
    _require(by)
    sight.require_sight(by, photo.case)
    return ReleasedPhoto.objects.get_or_create(photo=photo, defaults={"case": photo.case, "by": by, "at": at})[0]


def take_back(photo: CasePhoto, *, by: Any) -> None:
    """Let nobody see a photo any more. Raises NotYours."""
    _require(by)
    sight.require_sight(by, photo.case)
    ReleasedPhoto.objects.filter(photo=photo).delete()


def to_release(*, by: Any, at: dt.datetime, most: int = 60) -> list[CasePhoto]:
    """Photos of what was solved lately, those not released first, the newest first; raises NotYours."""
    _require(by)
    (days,) = rules.figures("public_solved_days")
    cases = _shown().filter(closed_at__gte=at - dt.timedelta(days=days)).filter(pk__in=sight.seen_by(by).values("pk"))
    found = CasePhoto.objects.filter(case__in=cases).select_related("case__catalogue_class", "release")
    return list(found.order_by(F("release").asc(nulls_first=True), "-added_at", "-pk")[:most])


def _shown() -> Any:
    return Case.objects.filter(stage=Stage.CLOSED, catalogue_class__open_service__is_shown=True)


def _middles(cells: set[int]) -> dict[int, Any]:
    try:
        versions = CellVersion.objects.current().filter(cell__in=cells).order_by()
    except NoEditionInForce:
        return {}
    return dict(versions.annotate(middle=PointOnSurface("shape")).values_list("cell", "middle"))


def _solved(case: Case, middle: Any, pictures: list[Picture]) -> Solved:
    community = (case.reason or {}).get("community") or {}
    assert case.closed_at is not None
    assert case.catalogue_class is not None
    return Solved(
        service=case.catalogue_class.open_service,
        x=middle.x,
        y=middle.y,
        area=(community.get("name_zh", ""), community.get("name_en", "")),
        closed_at=case.closed_at,
        days=(case.closed_at - case.reported_at).days,
        pictures=pictures,
    )


def _require(by: Any) -> None:
    person = getattr(by, "person", None)
    if person is None or person.role_id not in RELEASES:
        raise NotYours("Photos are released by the desk.", hint=f"These roles do: {', '.join(sorted(RELEASES))}.")
