"""The counter behind case numbers: the last serial given on each day."""

from __future__ import annotations

from django.db import models


class CaseSerial(models.Model):
    """The last serial of one day; see `cases.numbers`."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"
