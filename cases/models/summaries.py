"""Summaries: how many cases each day had, kept beside the cases so that no page counts ten million of them.

`DayTally` is the book, `TallyChange` what has not been carried into it yet. Both are written by the database itself, in
the transaction that changes a case (cases/sql/tally_changes_v1.sql), and by `cases.summaries`; by nothing else.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DayTally(models.Model):
    """So many cases of a measure, a local day and a key; partitioned by year (cases/sql/day_tallies_v1.sql).

    `measure`: reported, ended (its `outcome` is the stage in which a case ended), filed, or standing (its `outcome` is
    the stage in which cases stand now; it has no day and is kept under the calendar's first). `frame` says what `key`
    is: owner (a grid), class, cell (`placed` is then the edition of the placing), or town (of the ledger); 0 is none.
    """

    pk = models.CompositePrimaryKey("frame", "measure", "day", "key", "placed", "source", "outcome")
    frame = models.CharField(_("counted by"), max_length=8, db_collation="C")
    measure = models.CharField(_("what is counted"), max_length=8, db_collation="C")
    day = models.DateField(_("day"))
    key = models.BigIntegerField()
    placed = models.BigIntegerField(default=0)
    source = models.CharField(_("source"), max_length=20, default="", db_collation="C")
    outcome = models.CharField(_("stage"), max_length=12, default="", db_collation="C")
    n = models.BigIntegerField(_("cases"))

    def __str__(self) -> str:
        return f"{self.day} {self.frame} {self.key} {self.measure} {self.outcome}: {self.n}"


class TallyChange(models.Model):
    """One side of one change: a case as it was (-1) or as it is (+1), or its entry in the ledger of a town (`owner`).

    Keys as plain numbers: who writes a case pays for this row, and it is gone within minutes.
    """

    sign = models.SmallIntegerField()
    filed = models.BooleanField()
    owner = models.BigIntegerField()
    cell = models.BigIntegerField()
    edition = models.BigIntegerField()
    catalogue_class = models.BigIntegerField()
    source = models.CharField(max_length=20)
    stage = models.CharField(max_length=12)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.sign:+d} {self.began_at}"
