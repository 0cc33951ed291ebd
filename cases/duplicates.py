"""Twins: open cases that may be the very problem somebody tells of now, so that he joins one instead of making another.

A twin is of the same class, within the class's own radius and window (the table `TwinRule`; one row without a class
holds for all that have none of their own). What is offered is only offered: the operator decides.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from cases.models import Caller, Case, TwinRule
from cells.models import CatalogueClass

MOST = 20


class NoTwinRule(LookupError):
    """The table of twin rules has neither a row for the class nor one for all classes (fixtures/twin_rules.json)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How near and how recent a twin of a class is."""

    radius_m: float
    window: dt.timedelta


@dataclass(frozen=True, slots=True)
class Twin:
    """An open case that may be the same problem, as the operator sees it beside the call."""

    case: Case
    distance_m: float
    age: dt.timedelta
    words: str
    callers: int


def reach(catalogue_class: CatalogueClass | None) -> Reach:
    """The class's own radius and window, or those of all classes; raises NoTwinRule."""
    rules = TwinRule.objects.filter(Q(catalogue_class=None) | Q(catalogue_class=catalogue_class))
    # PostgreSQL puts the row without a class last.
    rule = rules.order_by("catalogue_class_id").first()
    if rule is None:
        raise NoTwinRule((NoTwinRule.__doc__ or "").strip())
    return Reach(rule.radius_m, dt.timedelta(hours=rule.window_hours))


def twins(
    catalogue_class: CatalogueClass | None, point: Point, at: dt.datetime, *, by: Any, within: Reach | None = None
) -> list[Twin]:
    """Open cases of the class near a point (city CRS), reported within the window before `at`; nearest first.

    Only those of the territory of `by`, who asks. While the class is not known (None) those of every class, within the
    radius and window of all. One query, in the order of the index `open_case_place`, which holds open cases only;
    `within` is the reach where it was read already.

    Raises
    ------
    NoTwinRule : nothing says how near a twin is
    """
    within = within or reach(catalogue_class)
    told = Caller.objects.filter(case=OuterRef("pk")).order_by().values("case").annotate(n=Count("pk")).values("n")
    near = (
        Case.objects.in_territory_of(by)
        .open()
        .near(point, within.radius_m)
        .filter(reported_at__gte=at - within.window, reported_at__lte=at)
        .select_related("catalogue_class", "owner")
        .annotate(told=Coalesce(Subquery(told), Value(0), output_field=IntegerField()))
    )
    if catalogue_class is not None:
        near = near.filter(catalogue_class=catalogue_class)
    return [
        Twin(case, distance_m=case.distance, age=at - case.reported_at, words=case.words, callers=case.told)
        for case in near[:MOST]
    ]
