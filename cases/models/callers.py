"""Who told us (来电人): the personal data of callers, apart from the case, and every look that somebody took at it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, CaseSource


class Caller(models.Model):
    """One person who told of a case and is to be answered: the first, or one who joined later.

    Written by `cases.callers` alone, and read through it: it keeps the record of who looked.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="callers", db_index=False)
    name = models.CharField(_("caller's name"), max_length=60, blank=True)
    telephone = models.CharField(_("telephone"), max_length=30, blank=True)
    # Empty: the case's own words are his.
    words = models.TextField(_("words"), blank=True)
    is_anonymous = models.BooleanField(_("anonymous"), default=False)
    source = models.ForeignKey(CaseSource, on_delete=models.PROTECT, related_name="+", verbose_name=_("source"))
    joined_at = models.DateTimeField(_("joined at"))
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # A second click with the same key is the same caller.
    idempotency_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    class Meta:
        ordering = ("case_id", "joined_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_anonymous=False) | models.Q(name="", telephone=""),
                name="anonymous_callers_stay_anonymous",
            ),
        )
        indexes = (
            models.Index(fields=["case", "joined_at"], name="case_callers"),
            # The queue of callers to answer: nearly all are answered.
            models.Index(fields=["case"], name="caller_waits", condition=models.Q(answered_at=None)),
        )

    def __str__(self) -> str:
        # No personal data: this stands in logs and in the administrator's lists.
        return f"{self.case_id}/{self.pk}"


class CallerLook(models.Model):
    """One look at the callers of a case: who, when. Lines are added, never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="caller_looks", verbose_name=_("case"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["by", "-at"], name="looks_of_person"),)

    def __str__(self) -> str:
        return f"{self.by} → {self.case}"
