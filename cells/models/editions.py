"""Editions: every published state of the partition, with its days of validity.

Grids and cells keep their identity; what changes from edition to edition are their versions (see
`cells.models.grids`). Exactly one published edition is in force at any moment once the first is published: the
database excludes overlaps.
"""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class NoEditionInForce(LookupError):
    """No edition of the grids is in force at this time: import the areas, divide them into cells and publish."""

    def __init__(self, at: dt.datetime | None = None, *, words: str | None = None) -> None:
        super().__init__(words or self.__doc__)
        self.at = at


class BeforeFirstEdition(NoEditionInForce):
    """The moment asked for lies before the first edition of the grids."""

    def __init__(self, at: dt.datetime, first: dt.datetime) -> None:
        asked, began = (timezone.localtime(t).strftime("%Y-%m-%d %H:%M") for t in (at, first))
        self.detail = f"No edition of the grids was in force on {asked}: the first began on {began}."
        self.hint = f"Ask for {began} or later."
        self.where = {"at": at.isoformat(), "first": first.isoformat()}
        super().__init__(at, words=f"{self.detail} {self.hint}")


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self) -> EditionQuerySet:
        return self.filter(state=Edition.State.PUBLISHED)

    def at(self, moment: dt.datetime) -> EditionQuerySet:
        """The edition in force at a moment (none or one)."""
        return self.published().filter(Q(valid_to__gt=moment) | Q(valid_to=None), valid_from__lte=moment)

    def in_force(self, at: dt.datetime | None = None) -> Edition:
        """The edition in force now, or at a moment; raises NoEditionInForce, BeforeFirstEdition."""
        edition = self.at(at or timezone.now()).first()
        if edition is None:
            first = self.published().order_by("valid_from").first() if at else None
            raise BeforeFirstEdition(at, first.valid_from) if at and first else NoEditionInForce(at)
        return edition

    def draft(self) -> Edition | None:
        """The draft being prepared by imports and division, if there is one."""
        return self.filter(state=Edition.State.DRAFT).first()


class Edition(models.Model):
    """A state of the partition: a draft, or published with validity dates.

    An edition is taken back by the next one, which has the grids of the edition before it: what was in force stays
    on record as such.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    number = models.PositiveIntegerField(_("number"), unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    label = models.CharField(_("label"), max_length=120, blank=True)
    note = models.TextField(_("note"), blank=True)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    takes_back = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="taken_back_by",
        verbose_name=_("takes back"),
    )
    published_by = models.ForeignKey("auth.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What the division that made it measured (see `divide_report`).
    division = models.JSONField(default=dict, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="draft"), name="one_draft_edition",
                violation_error_message=_("There is a draft edition already: publish it or discard it first."),
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(valid_from__isnull=False), name="published_edition_has_a_date"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="edition_ends_after_it_begins"
            ),
            ExclusionConstraint(
                name="editions_never_overlap_in_time",
                expressions=[
                    (
                        Func(
                            "valid_from", "valid_to", RangeBoundary(),
                            function="TSTZRANGE", output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
                condition=Q(state="published"),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.label or f"#{self.number}"
