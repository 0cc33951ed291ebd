"""Paid correction (有偿整改): the city's table of items, and the book of amounts by month, to which is only ever added.

No item comes with the software: which kinds of problem cost what is the city's to say. A month that is closed takes no
further line; who was wrong writes another one, in an open month, that names the old one. The database refuses the rest.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.judging import MONTH
from cells.models import Grid

MOST = {"max_digits": 12, "decimal_places": 2}


class CorrectionTable(models.Model):
    """One version of the table of items, as it was taken in from a file; a later one replaces it from its month on."""

    since = models.CharField(_("holds from the month"), max_length=7, validators=[MONTH])
    source = models.CharField(_("source"), max_length=200)
    taken_in_at = models.DateTimeField(_("taken in at"))

    class Meta:
        ordering = ("-since", "-pk")

    def __str__(self) -> str:
        return self.since


class CorrectionItem(models.Model):
    """What a case of a class costs from so many overdue days on; the row with the most days that are reached counts."""

    table = models.ForeignKey(CorrectionTable, on_delete=models.PROTECT, related_name="items")
    code = models.CharField(_("number of the item"), max_length=20)
    name = models.CharField(_("item"), max_length=120)
    kind_code = models.CharField(_("class"), max_length=20)  # as event-0103, so that a new catalogue keeps it
    from_days = models.PositiveSmallIntegerField(_("from overdue days"), default=1)
    amount = models.DecimalField(_("amount, yuan"), **MOST)
    per_day = models.DecimalField(_("for each further day, yuan"), default=0, **MOST)

    class Meta:
        ordering = ("table", "code", "from_days")
        constraints = (
            models.UniqueConstraint(fields=["table", "kind_code", "from_days"], name="one_amount_a_class_and_days"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, per_day__gte=0, from_days__gte=1), name="correction_is_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CorrectionLine(models.Model):
    """One amount in the book: what a case came to in a month, or a correction that names the line it corrects."""

    month = models.CharField(_("month"), max_length=7, validators=[MONTH])
    unit = models.ForeignKey(Grid, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name=_("case"))
    turn = models.PositiveSmallIntegerField(_("opening of the case"), default=1)
    item = models.ForeignKey(CorrectionItem, on_delete=models.PROTECT, null=True, related_name="+")
    overdue_days = models.PositiveIntegerField(_("overdue days"), default=0)
    whole = models.DecimalField(_("amount up to the end of the month, yuan"), default=0, **MOST)
    amount = models.DecimalField(_("amount, yuan"), **MOST)  # whole, less what earlier months had
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("entered at"))

    class Meta:
        ordering = ("month", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["month", "case", "turn"], condition=Q(corrects=None), name="a_case_once_a_month"
            ),
            models.CheckConstraint(
                condition=Q(corrects=None, item__isnull=False, reason="", amount__gte=0)
                | Q(corrects__isnull=False) & ~Q(reason="") & ~Q(amount=0) & ~Q(corrects=F("id")),
                name="a_correction_has_its_reason",
            ),
        )
        indexes = (models.Index(fields=["month", "unit"], name="correction_of_unit"),)

    def __str__(self) -> str:
        return f"{self.month} {self.case_id} {self.amount}"


class CorrectionMonth(models.Model):
    """A month that is closed: its lines stay as they are."""

    month = models.CharField(_("month"), max_length=7, unique=True, validators=[MONTH])
    total = models.DecimalField(_("total, yuan"), max_digits=14, decimal_places=2)
    lines = models.PositiveIntegerField(_("lines"))
    closed_at = models.DateTimeField(_("closed at"))
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-month",)

    def __str__(self) -> str:
        return self.month
