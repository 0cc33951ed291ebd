"""The history of cases: who did what, when, where and with what; append-only, and sealed line by line.

Three columns are the database's own (`cases/sql/history_seal_v1.sql`), whoever writes: `digest` is SHA-256 over the
digest of the line before and the line's content, `written_at` its clock at that moment, and `HistorySeal` keeps how
long each history is and where it ends. `manage.py verify_history` reads them again.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cells.models import Grid
from spatial.postgis.fields import CityPointField


class CasePhoto(models.Model):
    """A picture of a case: before or after the work. The file is kept elsewhere, under its SHA-256.

    `sha256` is that of the clean JPEG that is kept and shown, `sent_sha256` that of the file as it was sent.
    """

    class Kind(models.TextChoices):
        BEFORE = "before", _("before the work")
        AFTER = "after", _("after the work")

    class PlaceVerdict(models.TextChoices):
        """Where EXIF says it was taken, beside the case's cell."""

        THERE = "there", _("taken in the case's cell")
        NEAR = "near", _("taken near the case's cell")
        FAR = "far", _("taken far from the case's cell")
        ABSURD = "absurd", _("tells a place that cannot be")
        SILENT = "silent", _("does not tell its place")

    class TimeVerdict(models.TextChoices):
        """When EXIF says it was taken, beside our own clock."""

        FITS = "fits", _("taken just before it was sent")
        OLD = "old", _("taken long before it was sent")
        AHEAD = "ahead", _("taken after it was sent, says its clock")
        ABSURD = "absurd", _("tells a time that cannot be")
        SILENT = "silent", _("does not tell its time")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="photos", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    sha256 = models.CharField("SHA-256", max_length=64)
    name = models.CharField(_("file name"), max_length=120, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    place = CityPointField(_("place"), spatial_index=False, null=True, blank=True)
    distance_m = models.FloatField(_("distance from the cell, m"), null=True, blank=True)
    minutes_apart = models.FloatField(_("minutes before it was sent"), null=True, blank=True)
    place_verdict = models.CharField(_("place"), max_length=6, choices=PlaceVerdict.choices, blank=True, default="")
    time_verdict = models.CharField(_("time"), max_length=6, choices=TimeVerdict.choices, blank=True, default="")
    sent_sha256 = models.CharField(_("SHA-256 as sent"), max_length=64, blank=True, default="")
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    added_at = models.DateTimeField(_("added at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "sha256"], name="a_photo_once_a_case"),)
        indexes = (
            models.Index(fields=["sha256"], name="photo_by_digest"),
            models.Index(fields=["by", "-taken_at"], name="photo_last_seen", condition=models.Q(place__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"


def _empty(name: str) -> models.JSONField:
    nothing = models.Value({}, output_field=models.JSONField())
    return models.JSONField(name, default=dict, blank=True, db_default=nothing)


class CaseEvent(models.Model):
    """One line of a case's history. Append-only: the database refuses update and delete."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="history", db_index=False)
    act = models.CharField(_("act"), max_length=20)
    from_stage = models.CharField(_("from"), max_length=12, blank=True)
    to_stage = models.CharField(_("to"), max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))
    owner = models.ForeignKey(Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(_("note"), blank=True)
    # Where it was done, where that is known: a phone's place, not the case's.
    place = CityPointField(_("place"), spatial_index=False, null=True, blank=True)
    photo = models.ForeignKey(
        CasePhoto, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    clocks = _empty(_("clocks at that moment"))
    given = _empty(_("given with it"))
    # The database's own; what is sent here is not kept.
    written_at = models.DateTimeField(_("written at"), null=True, editable=False)
    digest = models.BinaryField(null=True, editable=False)

    class Meta:
        # The order of writing, under the case's row lock, is the order of the history.
        ordering = ("case", "pk")
        indexes = (
            models.Index(fields=["case", "id"], name="case_history"),
            # What was written since some moment: lines lie in the order in which they were written.
            BrinIndex(fields=["written_at"], name="event_written"),
            # Where somebody was last seen: few lines tell a place.
            models.Index(fields=["by", "-at"], name="event_last_seen", condition=models.Q(place__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.act}"


class HistorySeal(models.Model):
    """How many lines a case's history has and the digest of the last: written by the database alone."""

    # No foreign key: the seal stays when somebody takes the case and all its lines away.
    case = models.OneToOneField(
        Case, on_delete=models.DO_NOTHING, primary_key=True, related_name="seal", db_constraint=False
    )
    lines = models.PositiveIntegerField()
    digest = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.case_id}: {self.lines}"
