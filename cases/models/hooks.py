"""Subscriptions of other programs to what happens to cases: where it is sent, signed by which secret."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from cells.models import Grid


class HookSubscription(models.Model):
    """One receiver of lines of histories; its secret is made of the house's key and `seed` (`cases.hooks`)."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    url = models.CharField(_("address"), max_length=300)
    seed = models.CharField(max_length=64, editable=False)
    # By their names in `cases.workflow.Act`; empty: every act.
    events = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("acts that are told"))
    # Empty: the whole city. By who owns the case when it is told.
    territory = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("territory")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    cursor = models.BigIntegerField(_("lines told up to"), default=0, editable=False)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
