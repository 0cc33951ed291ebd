"""How many people live where, as a city's statistics have it: what hot spots can be held against."""

from __future__ import annotations

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from spatial.postgis.fields import CityMultiPolygonField


class Population(models.Model):
    """The people of one area in one year. Areas of one year do not overlap, or people would count twice.

    The area is kept as a shape, also where the file named a grid or a cell by its code: redrawing moves no people.
    """

    code = models.CharField(_("code"), max_length=60)
    year = models.PositiveSmallIntegerField(_("year"))
    people = models.FloatField(_("people"))
    source = models.CharField(_("source"), max_length=120, blank=True)
    shape = CityMultiPolygonField(_("shape"), spatial_index=False)

    class Meta:
        ordering = ("-year", "code")
        constraints = (
            models.UniqueConstraint(fields=["year", "code"], name="one_population_of_an_area_and_year"),
            models.CheckConstraint(condition=models.Q(people__gte=0), name="people_are_counted"),
        )
        indexes = (GistIndex(fields=["shape"], name="population_shape"),)

    def __str__(self) -> str:
        return f"{self.code} {self.year}"
