"""A case (案卷): a report with a place, a class and an owner; and its append-only history.

`Case.stage` is the last line of the history and is written by `cases.moves` alone. The place is kept twice: as it was
given (raw coordinates, their CRS and accuracy) and as it is stored (metres, city CRS, 1 mm), with the cell, the edition
and the reason by which it got its owner.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.gis.geos import Point
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.workflow import Stage
from cells.models import CatalogueClass, Cell, Component, Edition, Grid
from spatial.postgis.fields import CityPointField
from spatial.postgis.functions import KnnDistance


class CaseSource(models.Model):
    """Where reports come from: patrol, hotline, video, … Data: see fixtures/case_sources.json."""

    slug = models.SlugField(_("short name"), primary_key=True, max_length=20)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> CaseQuerySet:
        """Cases somebody still has to do something about."""
        return self.exclude(stage__in=[Stage.CLOSED, Stage.VOID])

    def near(self, point: Point, radius_m: float) -> CaseQuerySet:
        """Cases within a radius of a point (city CRS), nearest first, each with `distance` in metres.

        The order is the index's own (`<->`): with a LIMIT only as much of `open_case_place` or `case_place` is read.
        """
        return (
            self.filter(place__dwithin=(point, radius_m))
            .annotate(distance=KnnDistance("place", point))
            .order_by("distance", "pk")
        )

    def queue(self, owner: Grid) -> CaseQuerySet:
        """What an owning unit has to deal with, oldest first."""
        return self.filter(owner=owner, stage=Stage.DISPATCHED).order_by("reported_at", "pk")

    def in_territory(self, grid_ids: Iterable[int]) -> CaseQuerySet:
        """Cases owned by one of these grids."""
        return self.filter(owner__in=list(grid_ids))


class Case(models.Model):
    """One problem at one place, with exactly one owner at a time."""

    number = models.CharField(_("number"), max_length=24, unique=True)
    source = models.ForeignKey(CaseSource, on_delete=models.PROTECT, related_name="cases", verbose_name=_("source"))
    catalogue_class = models.ForeignKey(
        CatalogueClass, on_delete=models.PROTECT, related_name="cases", null=True, blank=True, verbose_name=_("class")
    )
    words = models.TextField(_("words"), blank=True)
    stage = models.CharField(
        _("stage"), max_length=12, choices=[(s.value, s.value) for s in Stage], default=Stage.REPORTED
    )
    # As given.
    given_x = models.FloatField(_("longitude or easting as given"), null=True, blank=True)
    given_y = models.FloatField(_("latitude or northing as given"), null=True, blank=True)
    given_crs = models.CharField(_("CRS as given"), max_length=20, blank=True)
    accuracy_m = models.FloatField(_("accuracy, m"), null=True, blank=True)
    address = models.CharField(_("address as given"), max_length=200, blank=True)
    # As stored.
    place = CityPointField(_("place"), spatial_index=False, null=True, blank=True)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="cases", null=True, blank=True)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    owner = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="cases", null=True, blank=True)
    reason = models.JSONField(_("reason of the owner"), default=dict, blank=True)
    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="cases", null=True, blank=True)
    reported_at = models.DateTimeField(_("reported at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    source_label = models.CharField(_("number in the source"), max_length=120, blank=True)
    # A second click with the same key gets the first click's case.
    idempotency_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ("-reported_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["source", "source_label"],
                condition=~models.Q(source_label=""),
                name="one_case_per_source_number",
            ),
        )
        indexes = (
            GistIndex(fields=["place"], name="case_place"),
            models.Index(fields=["owner", "stage", "-reported_at"], name="case_queue"),
            models.Index(fields=["-reported_at"], name="case_newest"),
            GistIndex(fields=["place"], name="open_case_place", condition=~models.Q(stage__in=["closed", "void"])),
        )

    def __str__(self) -> str:
        return self.number


class CaseEvent(models.Model):
    """One line of a case's history. Append-only: the database refuses update and delete."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="history", db_index=False)
    act = models.CharField(_("act"), max_length=20)
    from_stage = models.CharField(_("from"), max_length=12, blank=True)
    to_stage = models.CharField(_("to"), max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))
    owner = models.ForeignKey(Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(_("note"), blank=True)

    class Meta:
        # The order of writing, under the case's row lock, is the order of the history.
        ordering = ("case", "pk")
        indexes = (models.Index(fields=["case", "id"], name="case_history"),)

    def __str__(self) -> str:
        return f"{self.case} {self.act}"
