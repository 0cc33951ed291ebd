"""Tokens of other programs for the REST door and OGC API – Features: what they open, for which territory, how often."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import CaseSource
from cells.models import Grid


class ApiToken(models.Model):
    """A token: whose it is, what it opens, where, how often a minute. Only its digest is kept."""

    class Scope(models.TextChoices):
        CASES_READ = "cases:read", _("read cases")
        CASES_WRITE = "cases:write", _("report cases")
        GROUND_READ = "ground:read", _("read grids, cells, components and the catalogue")
        RATES_READ = "rates:read", _("read rates")

    name = models.CharField(_("name"), max_length=60, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=12, choices=Scope.choices), verbose_name=_("opens"))
    # Empty: the whole city.
    territory = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("territory")
    )
    # Who stands in the history of what comes by it: no person of the city.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(CaseSource, on_delete=models.PROTECT, related_name="+", verbose_name=_("source"))
    per_minute = models.PositiveIntegerField(_("calls a minute"))
    is_active = models.BooleanField(_("in use"), default=True)
    until = models.DateTimeField(_("valid until"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    # The minute that is counted, and how often it was used in it.
    counted_minute = models.DateTimeField(null=True, editable=False)
    counted_times = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
