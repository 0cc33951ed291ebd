"""The problem ledger (问题台账): every filed case of a town, numbered within its year without holes.

Written by `cases.ledger` alone. A number once given stays: with the town that was the case's at its entry, also where
the case passes to another town later.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cells.models import Grid


class LedgerEntry(models.Model):
    """One line of a town's ledger: the case, its number in the year, and when it was filed."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="ledger_entry", verbose_name=_("case"))
    town = models.ForeignKey(
        Grid, on_delete=models.PROTECT, related_name="ledger_entries", db_index=False, verbose_name=_("town")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    serial = models.PositiveIntegerField(_("serial"))
    # The first line of the history that entered it; history is never changed, so neither is this.
    filed_at = models.DateTimeField(_("filed at"))
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        ordering = ("-filed_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["town", "year", "serial"], name="one_case_per_ledger_number"),
            models.CheckConstraint(condition=models.Q(serial__gt=0), name="ledger_begins_with_one"),
        )
        indexes = (
            models.Index(fields=["town", "-filed_at", "-id"], name="ledger_of_town"),
            models.Index(fields=["-filed_at", "-id"], name="ledger_newest"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number as people write it: `2026-00017`, within the town's ledger."""
        return f"{self.year}-{self.serial:05d}"


class LedgerSerial(models.Model):
    """The last serial of a town's year; raised in the transaction that uses it, as `CaseSerial` is."""

    town = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["town", "year"], name="one_ledger_a_year"),)

    def __str__(self) -> str:
        return f"{self.town} {self.year}: {self.last}"


class LedgerMark(models.Model):
    """How far the history of cases has been read for the ledger: one row, locked by who enters; see `cases.ledger`."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    # Up to here every line is read for good.
    settled = models.BigIntegerField(default=0)
    # Up to here lines were there when it was last read; good once every transaction below `seen_xid` has ended.
    seen = models.BigIntegerField(default=0)
    seen_xid = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_ledger_mark"),)

    def __str__(self) -> str:
        return str(self.settled)
