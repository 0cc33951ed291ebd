"""The ground on which the grids lie: streets, water, green, buildings; the map's picture and the cells' borders."""

from __future__ import annotations

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from spatial.postgis.fields import CityLineField, CityMultiPolygonField


class Named(models.Model):
    """What every feature of the ground has: names, and the source's own label by which an import is idempotent."""

    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)
    source_label = models.CharField(_("label in the source"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_zh or self.name_en or self.source_label or str(self.pk)


class Street(Named):
    """A stretch of street between junctions or as the source has it."""

    class StreetClass(models.IntegerChoices):
        ARTERIAL = 1, _("arterial")
        SECONDARY = 2, _("secondary")
        LOCAL = 3, _("local")
        COMPOUND = 4, _("compound road")

    street_class = models.PositiveSmallIntegerField(_("class"), choices=StreetClass.choices)
    width_m = models.FloatField(_("width, m"), null=True, blank=True)
    shape = CityLineField(_("centre line"), spatial_index=False)

    class Meta:
        indexes = (GistIndex(fields=["shape"], name="street_shape"),)


class Water(Named):
    """A river, canal, lake or pond, as an area."""

    kind = models.CharField(_("kind"), max_length=20, blank=True)
    shape = CityMultiPolygonField(_("shape"), spatial_index=False)

    class Meta:
        indexes = (GistIndex(fields=["shape"], name="water_shape"),)


class Green(Named):
    """A park, square, green belt or other open ground."""

    kind = models.CharField(_("kind"), max_length=20, blank=True)
    shape = CityMultiPolygonField(_("shape"), spatial_index=False)

    class Meta:
        indexes = (GistIndex(fields=["shape"], name="green_shape"),)


class Building(Named):
    """A building's footprint."""

    kind = models.CharField(_("kind"), max_length=20, blank=True)
    floors = models.PositiveSmallIntegerField(_("floors"), null=True, blank=True)
    shape = CityMultiPolygonField(_("shape"), spatial_index=False)

    class Meta:
        indexes = (GistIndex(fields=["shape"], name="building_shape"),)
