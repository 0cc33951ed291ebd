"""Decisions whose a case is: kept, so that the next dispute about the same thing need not climb."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.ladder import LadderStep
from cells.models import CatalogueClass, Cell, Component, Grid


class PrecedentQuerySet(models.QuerySet["Precedent"]):
    def for_case(self, case: Case) -> PrecedentQuerySet:
        """What was decided for the same component, or in the same cell, in the case's class; the newest first."""
        same = models.Q(component=case.component_id) if case.component_id else models.Q(pk__in=[])
        if case.cell_id:
            same |= models.Q(component=None, cell=case.cell_id)
        return self.filter(same, catalogue_class=case.catalogue_class_id)


class Precedent(models.Model):
    """A level above has decided which unit a class of cases belongs to, for a component, else for a cell."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="precedents", verbose_name=_("case"))
    component = models.ForeignKey(Component, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    catalogue_class = models.ForeignKey(
        CatalogueClass, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("class")
    )
    owner = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    decided_on = models.ForeignKey(LadderStep, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided on"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"))
    note = models.TextField(_("note"))

    objects = PrecedentQuerySet.as_manager()

    class Meta:
        ordering = ("-decided_at", "-pk")

    def __str__(self) -> str:
        return f"{self.case} → {self.owner}"
