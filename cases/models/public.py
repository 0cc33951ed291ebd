"""What the public page keeps (公众上报): who follows a case by a code, what he says of the answer, uses counted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.callers import Caller
from cases.models.case import Case
from cases.models.history import CasePhoto


class Follower(models.Model):
    """Somebody who told of a case on the public page, the first or one who joined. His code opens its public side."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="followers")
    caller = models.OneToOneField(Caller, on_delete=models.PROTECT, related_name="follower")
    # Of the code, which is said once and kept nowhere.
    code_digest = models.CharField(max_length=64, unique=True, editable=False)
    came_at = models.DateTimeField(_("came at"))
    joined = models.BooleanField(_("joined another's report"), default=False)

    def __str__(self) -> str:
        # No personal data: this stands in logs.
        return f"{self.case_id}/{self.pk}"


class Opinion(models.Model):
    """What a follower says of one answer: satisfied or not, in his own words; `reopened` where the case was for it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    follower = models.ForeignKey(Follower, on_delete=models.PROTECT, related_name="opinions", db_index=False)
    ending = models.PositiveSmallIntegerField(_("which ending of the case"))
    satisfied = models.BooleanField(_("satisfied"))
    words = models.TextField(_("words"), blank=True)
    said_at = models.DateTimeField(_("said at"))
    reopened = models.BooleanField(_("reopened the case"), default=False)

    class Meta:
        ordering = ("-said_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["follower", "ending"], name="an_opinion_once_an_ending"),)
        indexes = (models.Index(fields=["-said_at", "-id"], name="opinions_newest"),)

    def __str__(self) -> str:
        return f"{self.follower_id}/{self.ending}"


class ReleasedPhoto(models.Model):
    """A photo that somebody of the desk has looked at and let everybody see: no face, no plate, no private room."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="released_photos")
    photo = models.OneToOneField(CasePhoto, on_delete=models.PROTECT, related_name="release")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("released by")
    )
    at = models.DateTimeField(_("released at"))

    def __str__(self) -> str:
        return f"{self.photo_id}"


class PublicUse(models.Model):
    """How often one sender asked for something within an hour or a day; of the sender only a keyed digest is kept."""

    who = models.CharField(max_length=64)
    what = models.CharField(max_length=10)
    span = models.CharField(max_length=4, choices=[("hour", "hour"), ("day", "day")])
    since = models.DateTimeField()
    times = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["who", "what", "span", "since"], name="a_span_once_a_sender"),)
        indexes = (models.Index(fields=["since"], name="public_use_past"),)

    def __str__(self) -> str:
        return f"{self.what} {self.span} {self.since}"
