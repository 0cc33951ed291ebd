"""Messages to units: what a desk must know without having asked, such as cases that passed to another owner."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cells.models import Edition, Grid, Person


class MessageQuerySet(models.QuerySet["Message"]):
    def unread(self) -> MessageQuerySet:
        return self.filter(read_at=None)


class Message(models.Model):
    """One message to a unit, written in the transaction of what it tells of."""

    class Kind(models.TextChoices):
        CASES_CAME = "cases_came", _("cases came with an edition")
        CASES_WENT = "cases_went", _("cases went with an edition")
        REPORTED_UP = "reported_up", _("beyond duty: reported to the community")
        TOLD_SECONDED = "told_seconded", _("beyond duty: told to the seconded officer")
        FOUND = "found", _("found by the seconded officer")
        TO_OWN_UNIT = "to_own_unit", _("beyond both officers of the grid: brought to this unit, which seconded one")
        TOLD_RESPONSIBLE = "told_responsible", _("beyond both: gone to the unit that seconded the other officer")
        TO_MEETING = "to_meeting", _("called to a coordination meeting")
        TO_SIGN = "to_sign", _("a commitment to sign")
        COMMITMENT_LATE = "commitment_late", _("a commitment is past its limit")
        BROUGHT_UP = "brought_up", _("beyond duty: brought up to this unit")
        CLIMBED = "climbed", _("came up by itself, as the time ran out below")
        TO_DECIDE = "to_decide", _("this unit is asked to decide whose it is")
        SENT_DOWN = "sent_down", _("given back to this unit from above")
        DECIDED = "decided", _("decided above: it belongs to this unit")
        EMERGENCY = "emergency", _("emergency: yours to coordinate")
        TEAM_SENT = "team_sent", _("emergency: your team is sent")
        SETTLED = "settled", _("emergency: settled as yours")

    to = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="messages", verbose_name=_("to"))
    # Where it is to one person of the unit: nobody else reads it for him.
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("person")
    )
    # Of two that tell of the same (双报告): the second names the first.
    beside = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="besides")
    body = models.TextField(_("text"), blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    # The unit on the other side, where there is one.
    other = models.ForeignKey(Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cases = models.ManyToManyField(Case, related_name="messages", verbose_name=_("cases"))
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes = (models.Index(fields=["to", "-made_at"], name="message_box"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.to}"
