"""Work of a division in progress, kept community by community so that a stopped run goes on where it was."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cells.models.editions import Edition
from cells.models.grids import Grid


class DividedCommunity(models.Model):
    """The cells computed for one community of the draft, before they are noded with their neighbours and numbered.

    Good only for the same outline, ground and target: `fingerprint` says which. Gone once the edition has its cells.
    """

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="+", verbose_name=_("edition"))
    community = models.ForeignKey(Grid, on_delete=models.CASCADE, related_name="+", verbose_name=_("community"))
    fingerprint = models.CharField(_("fingerprint of the input"), max_length=64)
    cells = models.BinaryField(_("cells, WKB"))
    seconds = models.FloatField(_("computing time, s"))

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition", "community"], name="one_work_per_community"),)

    def __str__(self) -> str:
        return f"{self.community} ({self.edition})"
