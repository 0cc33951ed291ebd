"""Handovers (交接): who leaves, who follows from which day on, and why; carried out at once or on the day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cells.models import Grid, Person


class Handover(models.Model):
    """One person's posts, shifts and open cases go to a successor, or for some grids to another one (`HandoverShare`).

    Nothing happens before `day`; what was done is kept in `result`, why the last try was refused in `trouble`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for its day")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    leaver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="handovers", verbose_name=_("who leaves"))
    successor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("who follows"))
    day = models.DateField(_("from"))
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    result = models.JSONField(_("what was handed over"), default=dict, blank=True)
    trouble = models.TextField(_("why it could not be done"), blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["leaver"], condition=Q(state="waiting"), name="one_handover_of_a_person_waits"
            ),
            models.CheckConstraint(condition=~Q(leaver=F("successor")), name="nobody_follows_himself"),
        )
        indexes = (models.Index(fields=["day"], name="handover_waits", condition=Q(state="waiting")),)

    def __str__(self) -> str:
        return f"{self.leaver} → {self.successor}, {self.day}"


class HandoverShare(models.Model):
    """Of a handover, what lies at one grid goes to somebody else."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="shares")
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("grid"))
    successor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("who follows"))

    class Meta:
        constraints = (models.UniqueConstraint(fields=["handover", "grid"], name="one_successor_for_a_grid"),)

    def __str__(self) -> str:
        return f"{self.grid} → {self.successor}"
