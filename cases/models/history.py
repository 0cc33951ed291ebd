"""The history of cases: who did what, when, where and with what; append-only, and sealed line by line.

Three columns are the database's own (`cases/sql/history_seal_v1.sql`), whoever writes: `digest` is SHA-256 over the
digest of the line before and the line's content, `written_at` its clock at that moment, and `HistorySeal` keeps how
long each history is and where it ends. `manage.py verify_history` reads them again.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cells.models import Grid
from spatial.postgis.fields import CityPointField


class CasePhoto(models.Model):
    """A picture of a case: before or after the work. The file is kept elsewhere, under its SHA-256."""

    class Kind(models.TextChoices):
        BEFORE = "before", _("before the work")
        AFTER = "after", _("after the work")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="photos", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    sha256 = models.CharField("SHA-256", max_length=64)
    name = models.CharField(_("file name"), max_length=120, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    place = CityPointField(_("place"), spatial_index=False, null=True, blank=True)
    added_at = models.DateTimeField(_("added at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "sha256"], name="a_photo_once_a_case"),)

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
        indexes = (models.Index(fields=["case", "id"], name="case_history"),)

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
