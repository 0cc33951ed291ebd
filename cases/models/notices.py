"""The notice board (公告栏) and the register of awards (表彰): posted by the centre, for everybody or for the staff."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cells.models import Level


def _somebody(name: object, **more: object) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=name, **more
    )


class Notice(models.Model):
    """One notice, shown from a day until a day, both included; no end: until it is taken down."""

    title = models.CharField(_("title"), max_length=120)
    words = models.TextField(_("text"))
    # Whose notice it is: the city's, a district's, a town's, a community's.
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+", verbose_name=_("level"))
    is_public = models.BooleanField(_("for everybody"), default=False)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"), null=True, blank=True)
    posted_by = _somebody(_("posted by"))
    posted_at = models.DateTimeField(_("posted at"))
    taken_down_by = _somebody(_("taken down by"), null=True, blank=True)
    taken_down_at = models.DateTimeField(_("taken down at"), null=True, blank=True)

    class Meta:
        ordering = ("-first_day", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(last_day=None) | models.Q(last_day__gte=models.F("first_day")),
                name="notices_end_after_they_begin",
            ),
        )
        indexes = (models.Index(fields=["-first_day", "-id"], name="notices_newest"),)

    def __str__(self) -> str:
        return self.title


class Award(models.Model):
    """One award: who, for what, when, how much; proposed by one person, decided by another."""

    receiver = models.CharField(_("who"), max_length=120)
    reason = models.CharField(_("what for"), max_length=300)
    awarded_on = models.DateField(_("when"))
    # Yuan; none for an award of honour.
    amount = models.DecimalField(_("amount, yuan"), max_digits=12, decimal_places=2, null=True, blank=True)
    proposed_by = _somebody(_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = _somebody(_("decided by"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    approved = models.BooleanField(_("approved"), null=True, blank=True)

    class Meta:
        ordering = ("-awarded_on", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="awards_take_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None, decided_at=None, approved=None)
                | models.Q(decided_by__isnull=False, decided_at__isnull=False, approved__isnull=False),
                name="awards_are_decided_or_not",
            ),
            models.CheckConstraint(
                condition=models.Q(amount=None) | models.Q(amount__gt=0), name="awards_give_something"
            ),
        )

    def __str__(self) -> str:
        return self.receiver
