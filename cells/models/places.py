"""The gazetteer: what a caller says, and where that is (streets, door plates, points of interest: CJ/T 215)."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from spatial.postgis.fields import CityPointField


class Place(models.Model):
    """A name of a place with its point; found by trigrams of `words` (names, address and English together)."""

    class Kind(models.TextChoices):
        REGION = "region", _("area")
        STREET = "street", _("street")
        CROSSING = "crossing", _("crossing")
        DOOR_PLATE = "door_plate", _("door plate")
        POI = "poi", _("point of interest")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    category = models.CharField(_("category"), max_length=40, blank=True)
    name_zh = models.CharField(_("name (Chinese)"), max_length=160, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=160, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    words = models.TextField(_("search words"), blank=True)
    # Better known places first where names match equally well.
    weight = models.FloatField(_("weight"), default=0)
    place = CityPointField(_("place"), spatial_index=False)
    source_label = models.CharField(_("label in the source"), max_length=120, blank=True)

    class Meta:
        indexes = (
            GistIndex(fields=["place"], name="place_place"),
            GinIndex(fields=["words"], opclasses=["gin_trgm_ops"], name="place_words"),
        )

    def __str__(self) -> str:
        return self.name_zh or self.name_en or self.address
