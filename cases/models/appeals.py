"""Appeals (申诉): a unit contests that a case was late, or failed its check, before two reviewers of other units."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.history import CasePhoto
from cells.models import Grid


class Appeal(models.Model):
    """What a unit contests of one opening of a case, and how it ended. The case's history stays as it is."""

    class Against(models.TextChoices):
        LATE = "late", _("that it was late")
        REWORK = "rework", _("that it was sent back")

    class State(models.TextChoices):
        OPEN = "open", _("waits for its reviewers")
        ACCEPTED = "accepted", _("accepted by both reviewers")
        STANDS = "stands", _("not accepted: the fact stands")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="appeals", verbose_name=_("case"))
    turn = models.PositiveSmallIntegerField(_("opening of the case"), default=1)
    against = models.CharField(_("contests"), max_length=6, choices=Against.choices)
    unit = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    words = models.CharField(_("evidence"), max_length=1000)
    photo = models.ForeignKey(CasePhoto, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("made at"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["case", "turn", "against"], name="a_fact_is_contested_once"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | ~Q(state="open") & Q(ended_at__isnull=False),
                name="an_appeal_ends_once",
            ),
        )
        indexes = (models.Index(fields=["state", "-at"], name="appeals_by_state"),)

    def __str__(self) -> str:
        return f"{self.case} {self.against}"


class AppealPaper(models.Model):
    """A paper that stands for an appeal, as it was sent: kept in the database: it is small, and must not get lost."""

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="paper")
    name = models.CharField(_("file"), max_length=120)
    pdf = models.BinaryField(editable=False)

    def __str__(self) -> str:
        return self.name


class AppealReview(models.Model):
    """What one reviewer says of an appeal."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="reviews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agrees = models.BooleanField(_("agrees"))
    words = models.CharField(_("why"), max_length=500)
    at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["appeal", "by"], name="a_reviewer_speaks_once"),)

    def __str__(self) -> str:
        return f"{self.appeal} {self.agrees}"
