"""City components (部件): surveyed things with a code, three departments and a place snapped to its unit cell."""

from __future__ import annotations

from django.contrib.gis.geos import Point
from django.contrib.postgres.indexes import GistIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Reverse
from django.utils.translation import gettext_lazy as _

from cells.models.catalogue import CatalogueClass
from cells.models.editions import Edition
from cells.models.grids import Cell
from spatial.postgis.fields import CityPointField
from spatial.postgis.functions import KnnDistance


class ComponentQuerySet(models.QuerySet["Component"]):
    def near(self, point: Point, radius_m: float) -> ComponentQuerySet:
        """Components within a radius of a point (city CRS), nearest first, each with `distance` in metres.

        The order is that of the index `component_place`, so that a LIMIT reads only what it returns.
        """
        return (
            self.filter(place__dwithin=(point, radius_m))
            .annotate(distance=KnnDistance("place", point))
            .order_by("distance")
        )


class Component(models.Model):
    """One thing that the city keeps: a lamp, a manhole cover, a tree.

    Its three departments (competent, owner, maintainer) stay apart, because most disputes are about them.
    """

    class State(models.TextChoices):
        INTACT = "intact", _("intact")
        DAMAGED = "damaged", _("damaged")
        LOST = "lost", _("lost")
        ABANDONED = "abandoned", _("abandoned")

    class Accuracy(models.TextChoices):
        """Classes of position accuracy: A ±0.5 m, B ±1.0 m, C ±10.0 m."""

        A = "A", _("A (±0.5 m)")
        B = "B", _("B (±1.0 m)")
        C = "C", _("C (±10 m)")

    class Source(models.TextChoices):
        SURVEYED = "surveyed", _("surveyed")
        MAP = "map", _("from a map")
        REPORTED = "reported", _("reported by hand")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    catalogue_class = models.ForeignKey(CatalogueClass, on_delete=models.PROTECT, related_name="components")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.INTACT)
    competent_department = models.CharField(_("competent department"), max_length=120, blank=True)
    owner_department = models.CharField(_("owner"), max_length=120, blank=True)
    maintainer_department = models.CharField(_("maintainer"), max_length=120, blank=True)
    accuracy_class = models.CharField(_("accuracy"), max_length=1, choices=Accuracy.choices, default=Accuracy.C)
    place = CityPointField(_("place"), spatial_index=False)
    # Empty where the place lies outside the city's cells.
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="components", null=True, blank=True)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    source_label = models.CharField(_("label in the source"), max_length=120, blank=True)
    surveyed_on = models.DateField(_("surveyed on"), null=True, blank=True)
    changed_on = models.DateField(_("changed on"), null=True, blank=True)
    data_source = models.CharField(_("data source"), max_length=10, choices=Source.choices, default=Source.SURVEYED)
    note = models.TextField(_("note"), blank=True)

    objects = ComponentQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        indexes = (
            GistIndex(fields=["place"], name="component_place"),
            # What an operator reads from a plate: the number in the owner's books, or the last digits of the code.
            models.Index(
                OpClass(Lower("source_label"), name="text_pattern_ops"),
                name="component_label",
                condition=~models.Q(source_label=""),
            ),
            models.Index(OpClass(Reverse("code"), name="text_pattern_ops"), name="component_tail"),
        )

    def __str__(self) -> str:
        return self.name or self.code
