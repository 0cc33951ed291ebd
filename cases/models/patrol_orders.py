"""Patrol orders (巡查任务): cells that somebody is to walk, until when and why.

Whether a cell of an order is walked is said by tracks alone (`cases.patrols.orders`): nothing here is ticked by hand.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cells.models import Cell, Grid, Person


class PatrolOrder(models.Model):
    """Somebody is asked to walk some cells by the end of a day. It can be taken back, with a reason."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="patrol_orders", verbose_name=_("to"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    given_at = models.DateTimeField(_("given at"))
    until = models.DateField(_("until the end of"))
    reason = models.CharField(_("reason"), max_length=200)
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_back_why = models.CharField(_("why it was taken back"), max_length=200, blank=True)

    class Meta:
        ordering = ("-given_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by=None, taken_back_why="")
                | Q(taken_back_at__isnull=False, taken_back_by__isnull=False) & ~Q(taken_back_why=""),
                name="order_is_taken_back_by_somebody_for_a_reason",
            ),
        )
        indexes = (
            models.Index(fields=["-given_at"], name="patrol_orders_newest"),
            models.Index(fields=["person", "-given_at"], name="patrol_orders_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.pk} → {self.person}, {self.until}"


class PatrolOrderCell(models.Model):
    """A cell of an order, with the grids it lay in when the order was given: they say who sees it."""

    order = models.ForeignKey(PatrolOrder, on_delete=models.CASCADE, related_name="cells", db_index=False)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="+", verbose_name=_("cell"))
    community = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    grid = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("third-level grid")
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["order", "cell"], name="cell_once_in_an_order"),)

    def __str__(self) -> str:
        return f"{self.order_id}: {self.cell}"
