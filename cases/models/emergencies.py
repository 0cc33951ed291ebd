"""How grave an emergency can be, and who coordinates it then: data, as cities differ."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cells.models import CatalogueClass, Level, Role


class EmergencyGrade(models.Model):
    """One grade (重大, 疑难, 一般). Data: fixtures/emergency_grades.json, which a city edits.

    The unit that coordinates is the grid of `level` that holds the place, or the next one above where there is none;
    its people of `role` are told by name. Limits of a grade's own are rows of `StageLimit`.
    """

    slug = models.SlugField(_("short name"), primary_key=True, max_length=20)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True, help_text=_("The gravest has the highest."))
    level = models.ForeignKey(
        Level, on_delete=models.PROTECT, related_name="+", verbose_name=_("level that coordinates")
    )
    role = models.ForeignKey(
        Role, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("role that is told")
    )
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    source = models.CharField(_("source"), max_length=200, blank=True)
    mark = models.CharField(
        _("certainty"), max_length=1, choices=CatalogueClass.Mark.choices, default=CatalogueClass.Mark.REMEMBERED
    )

    class Meta:
        ordering = ("-rank",)

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en
