"""Messages that leave the house: to callers (telephone, SMS) and to other systems (web-hooks), one row each."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.callers import Caller
from cases.models.case import Case
from cases.models.hooks import HookSubscription


class OutgoingQuerySet(models.QuerySet["Outgoing"]):
    def due(self, at: dt.datetime) -> OutgoingQuerySet:
        """What is to be handed on at a moment; also what somebody began to send and never came back from."""
        return self.filter(state__in=UNDER_WAY, next_at__lte=at)

    def settled(self) -> OutgoingQuerySet:
        """Sent, or given up."""
        return self.exclude(state__in=UNDER_WAY)


class Outgoing(models.Model):
    """One message to one receiver. Written by `cases.outbox` alone, in the transaction of what it tells of."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("telephone log")
        SMS = "sms", _("text message")
        HOOK = "hook", _("web-hook")
        CONSOLE = "console", _("log of the server")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed, will be tried again")
        DEAD = "dead", _("given up")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    # A telephone number or an address, empty once its caller is forgotten.
    to = models.CharField(_("to"), max_length=300, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="outgoing", null=True, blank=True, verbose_name=_("case")
    )
    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="outgoing", null=True, blank=True)
    # A line of a history for a subscriber: signed by the subscription's own secret.
    subscription = models.ForeignKey(
        HookSubscription, on_delete=models.PROTECT, related_name="outgoing", null=True, blank=True, db_index=False,
        verbose_name=_("subscription"),
    )  # fmt: skip
    # One message per event and receiver; the receiver gets it too, to know a second copy by.
    key = models.CharField(_("key"), max_length=120, unique=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    made_at = models.DateTimeField(_("made at"))
    # While it is being sent: when another may take it over, should its sender never come back.
    next_at = models.DateTimeField(_("next attempt"))
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = OutgoingQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
                name="sent_messages_have_their_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_at", "id"],
                condition=models.Q(state__in=["waiting", "sending", "failed"]),
                name="outgoing_due",
            ),
            models.Index(
                fields=["subscription", "state", "sent_at"],
                condition=models.Q(subscription__isnull=False),
                name="outgoing_of_subscription",
            ),
        )

    def __str__(self) -> str:
        # No personal data: this stands in logs and in the administrator's lists.
        return f"{self.kind} {self.key}"


UNDER_WAY = (Outgoing.State.WAITING, Outgoing.State.SENDING, Outgoing.State.FAILED)
