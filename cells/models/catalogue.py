"""The catalogue of component and event classes, edition by edition, with the limits a city puts on them.

Code numbers mean different things in different editions (majors 04 and 05 of the events are swapped between
CJ/T 214-2007 and GB/T 30428.2), so a class always belongs to its edition. `mark` keeps how sure a row is: T seen in a
text, I seen in a working system, D deduced, M from memory. A city's own classes count down from 99.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class CatalogueEdition(models.Model):
    """One edition of the class catalogue: a standard, or a city's own reading of it."""

    slug = models.SlugField(_("short name"), primary_key=True, max_length=40)
    name = models.CharField(_("name"), max_length=120)
    is_default = models.BooleanField(_("used for new cases"), default=False)
    source = models.TextField(_("source"), blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_catalogue"
            ),
        )

    def __str__(self) -> str:
        return self.name


class CatalogueClassQuerySet(models.QuerySet["CatalogueClass"]):
    def in_use(self) -> CatalogueClassQuerySet:
        """The classes of the edition that new cases and components are filed under."""
        return self.filter(edition__is_default=True)

    def events(self) -> CatalogueClassQuerySet:
        return self.filter(kind=CatalogueClass.Kind.EVENT)

    def components(self) -> CatalogueClassQuerySet:
        return self.filter(kind=CatalogueClass.Kind.COMPONENT)

    def minors(self) -> CatalogueClassQuerySet:
        """The classes themselves, without the major headings."""
        return self.exclude(minor="")


class CatalogueClass(models.Model):
    """A major heading (minor empty) or a minor class of components (部件) or events (事件)."""

    class Kind(models.TextChoices):
        COMPONENT = "component", _("component")
        EVENT = "event", _("event")

    class Mark(models.TextChoices):
        SEEN = "T", _("seen in a text")
        IMPLEMENTED = "I", _("seen in a working system")
        DEDUCED = "D", _("deduced")
        REMEMBERED = "M", _("from memory, to be verified")

    edition = models.ForeignKey(CatalogueEdition, on_delete=models.PROTECT, related_name="classes")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    major = models.CharField(_("major class"), max_length=2)
    minor = models.CharField(_("minor class"), max_length=3, blank=True)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=160, blank=True)
    is_extension = models.BooleanField(_("the city's own"), default=False)
    mark = models.CharField(_("certainty"), max_length=1, choices=Mark.choices)
    colour = models.CharField(_("colour on the map"), max_length=7, blank=True)

    objects = CatalogueClassQuerySet.as_manager()

    class Meta:
        ordering = ("edition", "kind", "major", "minor")
        constraints = (
            models.UniqueConstraint(fields=["edition", "kind", "major", "minor"], name="one_class_per_code"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def code(self) -> str:
        return self.major + self.minor

    @property
    def name(self) -> str:
        """The name in the reader's language, the other one where that is empty."""
        chinese = (get_language() or "").startswith("zh")
        return self.name_zh if chinese else (self.name_en or self.name_zh)


class FilingCondition(models.Model):
    """A condition under which a class is filed, with its limit: one real city's practice, not a national rule."""

    class Unit(models.TextChoices):
        UH = "UH", _("urgent hours (by the clock)")
        UD = "UD", _("urgent days (by the clock)")
        WH = "WH", _("working hours")
        WD = "WD", _("working days")

    catalogue_class = models.ForeignKey(CatalogueClass, on_delete=models.CASCADE, related_name="conditions")
    serial = models.PositiveSmallIntegerField(_("serial"))
    condition_type = models.CharField(_("condition"), max_length=40, blank=True)
    limit_value = models.PositiveSmallIntegerField(_("limit"))
    limit_unit = models.CharField(_("unit"), max_length=2, choices=Unit.choices)
    source = models.CharField(_("source"), max_length=120, blank=True)

    class Meta:
        ordering = ("catalogue_class", "serial")
        constraints = (models.UniqueConstraint(fields=["catalogue_class", "serial"], name="one_condition_per_serial"),)

    def __str__(self) -> str:
        return f"{self.catalogue_class} {self.limit_value} {self.limit_unit}"
