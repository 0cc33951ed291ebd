"""Exchange with other platforms (district ↔ city): to whom cases go up, each that goes, and the news that come down."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.history import CaseEvent
from cases.models.open311 import OpenKey
from cells.models import CatalogueClass


class Peer(models.Model):
    """A platform above this one. Its key is made of the house's own and stands nowhere (`manage.py exchange`)."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    url = models.CharField(_("address of its Open311 door"), max_length=300)
    # What goes up: what a unit of one of these levels has, and whatever is of one of these classes.
    levels = ArrayField(
        models.CharField(max_length=20), verbose_name=_("levels whose cases go up"), default=list, blank=True
    )
    classes = models.ManyToManyField(CatalogueClass, verbose_name=_("classes that go up"), blank=True, related_name="+")
    since = models.DateTimeField(_("cases reported since"))
    is_active = models.BooleanField(_("in use"), default=True)
    # The last of its news that was taken in; written with what the news did.
    cursor = models.BigIntegerField(_("news taken in up to"), default=0)
    heard_at = models.DateTimeField(_("last heard from"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PassedUpQuerySet(models.QuerySet["PassedUp"]):
    def due(self, at: dt.datetime) -> PassedUpQuerySet:
        """What is to be sent at a moment; also what somebody began to send and never came back from."""
        return self.filter(state__in=ON_THE_WAY, next_at__lte=at)


class PassedUp(models.Model):
    """A case on its way to a platform above, and what came of it there. Its key makes it one there."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("refused there")

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="cases")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="passed_up", verbose_name=_("case"))
    key = models.CharField(max_length=64, unique=True, editable=False)
    # As it was when it was passed up: sent again, it is the same to the letter.
    told = models.JSONField(_("what is sent"), default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    made_at = models.DateTimeField(_("made at"))
    next_at = models.DateTimeField(_("next attempt"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    # How it stands there.
    number_there = models.CharField(_("number there"), max_length=60, blank=True)
    stage_there = models.CharField(_("stage there"), max_length=12, blank=True)
    changed_there_at = models.DateTimeField(_("changed there at"), null=True, blank=True)
    result = models.TextField(_("what was said of it there"), blank=True)
    news = models.PositiveIntegerField(_("news of it"), default=0)

    objects = PassedUpQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "peer"], name="a_case_once_a_peer"),)
        indexes = (
            models.Index(
                fields=["next_at", "id"], condition=models.Q(state__in=["waiting", "sending"]), name="passed_up_due"
            ),
        )

    def __str__(self) -> str:
        return f"{self.peer_id} {self.case_id}"


ON_THE_WAY = (PassedUp.State.WAITING, PassedUp.State.SENDING)


class ExchangeNews(models.Model):
    """One step of a case that another platform passed up, numbered in the order in which it may be read.

    Numbered for one key at a time (`gather_news_v1.sql`), so that who has read up to a number has missed none before.
    """

    key = models.ForeignKey(OpenKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    line = models.OneToOneField(CaseEvent, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = (models.Index(fields=["key", "id"], name="news_of_key"),)

    def __str__(self) -> str:
        return f"{self.key_id} {self.pk}"
