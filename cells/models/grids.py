"""Responsibility grids and unit cells: stable identities, and versions of shape and belonging.

A `Grid` (city, district, town, community, third-level grid) and a `Cell` (unit cell of about 10,000 m²) are identities:
their codes are given once and never reused. What can change (shape, name, parent, attributes) is a version that holds
from edition `since` up to, not including, edition `until` (empty: still). A responsibility grid's shape is derived:
the exact union of its unit cells; until its area is divided it is the outline as imported.

Attributes: DB11/T 2157-2023, 6.3 (land use, management grade, responsible party, initial and end date, note).
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cells.models.editions import Edition
from spatial.postgis.fields import CityMultiPolygonField, CityPolygonField


class Level(models.Model):
    """A level of the ladder from the city down to the unit cell, with its part of the code scheme.

    Data: fixtures/levels.json is what a new city starts from.
    """

    slug = models.SlugField(_("short name"), primary_key=True, max_length=20)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True)
    name_zh = models.CharField(_("name (Chinese)"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=40)
    # The level whose code this one's begins with, the mark between, and the digits of its own part.
    code_parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    code_mark = models.CharField(_("mark before its digits"), max_length=1, blank=True)
    code_digits = models.PositiveSmallIntegerField(_("digits of its own"))

    CITY, DISTRICT, TOWN, COMMUNITY, GRID, CELL = "city", "district", "town", "community", "grid", "cell"

    class Meta:
        ordering = ("rank",)

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class VersionQuerySet(models.QuerySet):
    """Questions about versions, of grids and of cells alike."""

    def of_edition(self, edition: Edition) -> VersionQuerySet:
        """The versions that hold in one edition."""
        return self.filter(Q(until=None) | Q(until__number__gt=edition.number), since__number__lte=edition.number)

    def current(self) -> VersionQuerySet:
        """The versions of the edition in force."""
        return self.of_edition(Edition.objects.in_force())


class Grid(models.Model):
    """A responsibility grid's identity; its code is never given again."""

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="grids", verbose_name=_("level"))
    code = models.CharField(_("code"), max_length=32, unique=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class GridVersion(models.Model):
    """A responsibility grid as it is from one edition to another."""

    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="versions")
    since = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    until = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    parent = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="child_versions", null=True, blank=True)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)
    # The label under which the source calls it ("502.0", "Ward 5"): imports and routing checks match by it.
    source_label = models.CharField(_("label in the source"), max_length=120, blank=True)
    shape = CityMultiPolygonField(_("shape"), spatial_index=False)
    area_m2 = models.FloatField(_("area, m²"))
    land_use = models.CharField(_("land use"), max_length=20, blank=True)
    management_grade = models.CharField(_("management grade"), max_length=20, blank=True)
    responsible_party = models.CharField(_("responsible party"), max_length=120, blank=True)
    initial_date = models.DateField(_("initial date"), null=True, blank=True)
    end_date = models.DateField(_("end date"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("grid__code",)
        constraints = (
            models.UniqueConstraint(fields=["grid"], condition=Q(until=None), name="one_open_version_per_grid"),
            models.UniqueConstraint(fields=["grid", "since"], name="one_grid_version_per_edition"),
            models.CheckConstraint(condition=Q(area_m2__gt=0), name="grid_has_area"),
        )
        indexes = (GistIndex(fields=["shape"], name="grid_shape"),)

    def __str__(self) -> str:
        return self.name or self.grid.code

    @property
    def name(self) -> str:
        """The name in the reader's language, the other one where that is empty."""
        chinese = (get_language() or "").startswith("zh")
        return (self.name_zh or self.name_en) if chinese else (self.name_en or self.name_zh)


class Cell(models.Model):
    """A unit cell's identity (单元网格); its code is never given again."""

    code = models.CharField(_("code"), max_length=32, unique=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class CellVersion(models.Model):
    """A unit cell as it is from one edition to another: its shape, its community and its third-level grid."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="versions")
    since = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", db_index=False)
    until = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    community = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="cell_versions")
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="grid_cell_versions", null=True, blank=True)
    shape = CityPolygonField(_("shape"), spatial_index=False)
    area_m2 = models.FloatField(_("area, m²"))
    perimeter_m = models.FloatField(_("perimeter, m"))
    land_use = models.CharField(_("land use"), max_length=20, blank=True)
    management_grade = models.CharField(_("management grade"), max_length=20, blank=True)
    responsible_party = models.CharField(_("responsible party"), max_length=120, blank=True)
    initial_date = models.DateField(_("initial date"), null=True, blank=True)
    end_date = models.DateField(_("end date"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("cell__code",)
        constraints = (
            models.UniqueConstraint(fields=["cell"], condition=Q(until=None), name="one_open_version_per_cell"),
            models.UniqueConstraint(fields=["cell", "since"], name="one_cell_version_per_edition"),
            models.CheckConstraint(condition=Q(area_m2__gt=0), name="cell_has_area"),
        )
        indexes = (
            GistIndex(fields=["shape"], name="cell_shape"),
            models.Index(fields=["since"], name="cell_since"),
            # Whether a city has graded any cell is asked with every look at a plan; most have graded none.
            models.Index(fields=["community"], name="cell_graded", condition=~Q(management_grade="")),
        )

    def __str__(self) -> str:
        return self.cell.code
