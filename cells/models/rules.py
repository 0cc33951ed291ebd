"""Figures that a city sets for its grids and plans: limits, minutes of work, how grave a finding is."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Rule(models.Model):
    """One figure, such as the least area of a unit cell. Data: fixtures/rules.json is what a new city starts from."""

    slug = models.SlugField(_("short name"), primary_key=True, max_length=40)
    value = models.FloatField(_("value"))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class PlanCheck(models.Model):
    """One kind of check on a plan, and how grave its findings are. Data: fixtures/plan_checks.json."""

    class Severity(models.TextChoices):
        ERROR = "error", _("error: no approval")
        WARNING = "warning", _("warning: needs a word of explanation")
        OFF = "off", _("not checked")

    slug = models.SlugField(_("short name"), primary_key=True, max_length=40)
    rank = models.PositiveSmallIntegerField(_("order"), default=0)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120)

    class Meta:
        ordering = ("rank", "slug")

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en
