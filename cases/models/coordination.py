"""Several departments over one case (协调): who gathers them, their meetings and joint plan, and what each promises.

What is written here is written by `cases.coordination`, `cases.commitments` and `cases.splitting`, each time with a
line in the case's history. A commitment (处置承诺书) that is signed does not change any more: the database refuses it
(`cases/sql/commitment_guard_v1.sql`), and the digest of what was signed stands in the sealed line of history too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.clocks import Unit
from cases.models.case import Case
from cells.models import Grid, Person
from spatial.postgis.fields import CityPointField


def _user(name: Any, *, empty: bool = False) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=empty, related_name="+", db_index=False,
        verbose_name=name,
    )  # fmt: skip


def _unit() -> Any:
    return models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("unit")
    )


def _one_named() -> models.Q:
    """A unit of the grids, or a department by its name."""
    a_unit, a_name = ~models.Q(unit=None), ~models.Q(department="")
    return (a_unit & ~a_name) | (a_name & ~a_unit)


class Coordination(models.Model):
    """One gathering of departments over a case, from the call to its end; a case has one at a time."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="coordinations", verbose_name=_("case"))
    unit = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("coordinating unit"))
    reason = models.TextField(_("reason"))
    called_by = _user(_("called by"))
    called_at = models.DateTimeField(_("called at"))
    ended_by = _user(_("ended by"), empty=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)

    class Meta:
        ordering = ("-called_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(ended_at=None), name="one_coordination_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} · {self.unit}"


class Meeting(models.Model):
    """A coordination meeting (协调会): when and where, and afterwards what was said."""

    coordination = models.ForeignKey(Coordination, on_delete=models.PROTECT, related_name="meetings")
    at = models.DateTimeField(_("at"))
    place_words = models.CharField(_("place"), max_length=200)
    place = CityPointField(_("place on the map"), spatial_index=False, null=True, blank=True)
    called_by = _user(_("called by"))
    called_at = models.DateTimeField(_("called at"))
    # As last written; every version stands in the history of the case.
    minutes = models.TextField(_("minutes"), blank=True)
    minutes_by = _user(_("minutes by"), empty=True)
    minutes_at = models.DateTimeField(_("minutes written at"), null=True, blank=True)

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.coordination} {self.at:%Y-%m-%d %H:%M}"


class Participant(models.Model):
    """Who is called to a meeting: a unit, a department by its name, or a person."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="participants")
    unit = _unit()
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("person"),
    )  # fmt: skip
    department = models.CharField(_("department"), max_length=120, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(unit=None) | ~models.Q(person=None) | ~models.Q(department=""),
                name="a_participant_is_somebody",
            ),
        )

    def __str__(self) -> str:
        return str(self.unit or self.person or self.department)


class PlanStep(models.Model):
    """One row of the joint-enforcement plan (联合执法): who does what, until when."""

    coordination = models.ForeignKey(Coordination, on_delete=models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField(_("order"))
    unit = _unit()
    department = models.CharField(_("department"), max_length=120, blank=True)
    what = models.TextField(_("what"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    added_by = _user(_("added by"))
    added_at = models.DateTimeField(_("added at"))
    done_by = _user(_("done, says"), empty=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        ordering = ("order",)
        constraints = (
            models.UniqueConstraint(fields=["coordination", "order"], name="one_step_a_place_in_the_plan"),
            models.CheckConstraint(condition=_one_named(), name="a_step_is_one_unit_s"),
        )

    def __str__(self) -> str:
        return f"{self.coordination} {self.order}"


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def open(self) -> CommitmentQuerySet:
        """Neither met nor released: the case waits for them."""
        return self.filter(state=Commitment.State.OPEN)

    def late(self, at: dt.datetime) -> CommitmentQuerySet:
        """Open past their limit, the longest first."""
        return self.open().filter(due_at__lt=at).order_by("due_at", "pk")


class Commitment(models.Model):
    """What a unit promises to do, until when (处置承诺书); signed, then met or formally released."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        MET = "met", _("met")
        RELEASED = "released", _("released")
        WITHDRAWN = "withdrawn", _("withdrawn unsigned")

    coordination = models.ForeignKey(Coordination, on_delete=models.PROTECT, related_name="commitments")
    # Of the coordination, once more: whoever closes a case asks here.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="commitments", verbose_name=_("case"))
    unit = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments", verbose_name=_("unit")
    )
    department = models.CharField(_("department"), max_length=120, blank=True)
    text = models.TextField(_("text"))
    # As it was said: so many hours or days, where it was not said as a date.
    limit_value = models.FloatField(_("limit"), null=True, blank=True)
    limit_unit = models.CharField(
        _("unit of the limit"), max_length=2, blank=True, choices=[(u.value, u.value) for u in Unit]
    )
    due_at = models.DateTimeField(_("due"))
    written_by = _user(_("written by"))
    written_at = models.DateTimeField(_("written at"))
    # The record of the signature: who says so at which moment, under which name, and the digest of what was signed.
    signer = models.CharField(_("signed by"), max_length=120, blank=True)
    signed_by = _user(_("signature given by"), empty=True)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    digest = models.CharField(_("digest as signed"), max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    release_asked_by = _user(_("release asked by"), empty=True)
    release_reason = models.TextField(_("why it is to be released"), blank=True)
    # Whoever settled it: as met, as released or as withdrawn.
    settled_by = _user(_("settled by"), empty=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_note = models.TextField(_("remark"), blank=True)
    told_late_at = models.DateTimeField(_("told as late at"), null=True, blank=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(condition=_one_named(), name="a_commitment_is_one_unit_s"),
            models.CheckConstraint(
                condition=models.Q(signed_at=None, digest="", signer="")
                | (~models.Q(signed_at=None) & ~models.Q(digest="") & ~models.Q(signer="")),
                name="a_signature_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", settled_at=None)
                | (models.Q(state="withdrawn", signed_at=None) & ~models.Q(settled_at=None))
                | (models.Q(state__in=["met", "released"]) & ~models.Q(signed_at=None) & ~models.Q(settled_at=None)),
                name="a_commitment_ends_once",
            ),
        )
        indexes = (
            models.Index(fields=["case"], condition=models.Q(state="open"), name="commitment_open"),
            models.Index(
                fields=["due_at"], condition=models.Q(state="open", told_late_at=None), name="commitment_to_be_late"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.department or self.unit}"

    def is_late(self, at: dt.datetime) -> bool:
        """Open past its limit."""
        return self.state == self.State.OPEN and self.due_at < at

    def digest_of(self, *, signer: str, signed_at: dt.datetime) -> str:
        """SHA-256 (hex) over what is signed, as one canonical line of JSON: case, who, what, until when, signature."""
        content = {
            "case": self.case.number,
            "unit": self.unit.code if self.unit else "",
            "department": self.department,
            "text": self.text,
            "due_at": self.due_at.astimezone(dt.UTC).isoformat(),
            "signer": signer,
            "signed_at": signed_at.astimezone(dt.UTC).isoformat(),
        }
        line = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(line.encode()).hexdigest()

    @property
    def is_as_signed(self) -> bool:
        """Whether what stands here is what the digest was made of."""
        return self.signed_at is not None and self.digest == self.digest_of(
            signer=self.signer, signed_at=self.signed_at
        )


class CasePart(models.Model):
    """A case that is a part of another (one problem, several owners); one level deep."""

    child = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="part_of", verbose_name=_("part")
    )
    parent = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parts", verbose_name=_("whole"))
    since = models.DateTimeField(_("since"))

    class Meta:
        ordering = ("since", "child_id")
        constraints = (
            models.CheckConstraint(condition=~models.Q(child=models.F("parent")), name="a_part_is_not_the_whole"),
        )

    def __str__(self) -> str:
        return f"{self.child} ⊂ {self.parent}"
