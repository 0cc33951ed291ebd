"""What there is: the collections, who may read them, where their rows come from and what is told of a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import ApiToken, Case
from cases.models.case import CaseQuerySet
from cells.models import CellVersion, Component, Edition, GridVersion, Level
from cells.past import home_of
from maps import bearer
from maps.errors import NotFound
from maps.rest import cases, ground

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_AREAS = (Level.DISTRICT, Level.TOWN, Level.COMMUNITY, Level.GRID)


def city_crs() -> str:
    """The name of the city's own CRS."""
    return f"http://www.opengis.net/def/crs/EPSG/0/{settings.CITY_SRID}"


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: `code` is the field of a feature's id, `shape` of its geometry, `when` of its moment."""

    name: str
    title: str
    scope: str  # empty: open to everybody
    rows: Callable[[Any], Any]  # of the token's account, or None
    told: Callable[[Any], list[dict[str, Any]]]
    code: str
    shape: str
    when: str = ""

    def keys(self, found: Any, most: int) -> list[int]:
        """The first keys of some rows; cases are chosen past the policies, as `CaseQuerySet.chosen` says."""
        if isinstance(found, CaseQuerySet):
            return found.chosen("pk", most=most)
        return list(found.order_by("pk").values_list("pk", flat=True)[:most])

    @property
    def is_counted(self) -> bool:
        """Whether it is said how many there are: counting ten million cases would cost more than the page."""
        return not self.when


def known() -> dict[str, Collection]:
    """All collections by their names, titles in the reader's language."""
    levels = {level.slug: str(level) for level in Level.objects.all()}
    found = [
        Collection(
            level, levels.get(level, level), "", _areas(level), lambda rows: [ground.grid_told(v) for v in rows],
            "grid__code", "shape",
        )
        for level in _AREAS
    ]  # fmt: skip
    found += [
        Collection("cells", _("Unit cells"), "", _cells, lambda rows: [ground.cell_told(v) for v in rows],
                   "cell__code", "shape"),
        Collection("components", _("Components"), ApiToken.Scope.GROUND_READ, _components, ground.components_told,
                   "code", "place"),
        Collection("cases", _("Cases"), ApiToken.Scope.CASES_READ, _cases, cases.told, "number", "place",
                   when="reported_at"),
    ]  # fmt: skip
    return {one.name: one for one in found}


def named(request: HttpRequest, name: str) -> tuple[Collection, Any]:
    """The collection of a name and the account of the token that reads it (None where none is needed nor given).

    Raises
    ------
    NotFound : there is none
    BadToken, NotInScope, TooOften
    """
    collection = known().get(name)
    if collection is None:
        raise NotFound(f"There is no collection “{name[:40]}”.", hint="GET /ogc/collections lists them.")
    if collection.scope or bearer.is_given(request):
        return collection, bearer.reader(request, scope=collection.scope).user
    return collection, None


def open_to(request: HttpRequest) -> list[Collection]:
    """The collections that whoever calls may read; raises BadToken, TooOften."""
    scopes = bearer.reader(request, scope="").scopes if bearer.is_given(request) else []
    return [one for one in known().values() if not one.scope or one.scope in scopes]


def extent() -> list[float] | None:
    """West, south, east and north of the city in degrees; None before its first edition."""
    edition = Edition.objects.at(timezone.now()).first()
    home = home_of(edition) if edition is not None else None
    return None if home is None else [round(value, 6) for value in home]


def _areas(level: str) -> Callable[[Any], Any]:
    def rows(user: Any) -> Any:
        found = GridVersion.objects.current().filter(grid__level=level)
        return found.select_related("grid", "parent", "since").defer("shape")

    return rows


def _cells(user: Any) -> Any:
    return CellVersion.objects.current().select_related("cell", "community", "grid", "since").defer("shape")


def _components(user: Any) -> Any:
    return Component.objects.select_related("catalogue_class", "cell")


def _cases(user: Any) -> Any:
    return cases.readable(Case.objects.in_territory_of(user))
