"""A case (案卷): a report with a place, a class and an owner.

`Case.stage` is the last line of the history and is written by `cases.moves` alone, and so is how it stands besides
(`cases.standing`): both can be read from the history again. The place is kept twice: as it was
given (raw coordinates, their CRS and accuracy) and as it is stored (metres, city CRS, 1 mm), with the cell, the edition
and the reason by which it got its owner.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.clocks import Light
from cases.guards import Asked
from cases.models.emergencies import EmergencyGrade
from cases.models.ladder import LadderStep
from cases.word_pairs import WordPairs, doubled
from cases.workflow import ENDS, Stage
from cells.models import CatalogueClass, Cell, Component, Edition, FilingCondition, Grid, Team
from cells.territory import territory_of
from spatial.postgis import roles
from spatial.postgis.fields import CityPointField
from spatial.postgis.functions import KnnDistance

_ENDS = sorted(str(end) for end in ENDS)


class CaseSource(models.Model):
    """Where reports come from: patrol, hotline, video, … Data: see fixtures/case_sources.json."""

    slug = models.SlugField(_("short name"), primary_key=True, max_length=20)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    # What comes by it says how much of what is wrong the patrols see first.
    citizens = models.BooleanField(_("citizens report by it"), default=False, db_default=False)

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> CaseQuerySet:
        """Cases somebody still has to do something about."""
        return self.exclude(stage__in=_ENDS)

    def near(self, point: Point, radius_m: float) -> CaseQuerySet:
        """Cases within a radius of a point (city CRS), nearest first, each with `distance` in metres.

        The order is the index's own (`<->`): with a LIMIT only as much of `open_case_place` or `case_place` is read.
        """
        return (
            self.filter(place__dwithin=(point, radius_m))
            .annotate(distance=KnnDistance("place", point))
            .order_by("distance", "pk")
        )

    def queue(self, owner: Grid) -> CaseQuerySet:
        """What an owning unit has to deal with, nearest to its end first; what has no end comes last."""
        return self.filter(owner=owner, stage=Stage.DISPATCHED).order_by("due_at", "reported_at", "pk")

    def with_light(self, at: dt.datetime) -> CaseQuerySet:
        """Each case with its `light` at a moment; empty where no clock runs, or its end is not known.

        By the running clock that is nearest to its end; as in `cases.clocks.Marks.light`.
        """
        return self.annotate(
            light=models.Case(
                models.When(due_at__lt=at, then=models.Value(str(Light.RED))),
                models.When(amber_at__lt=at, then=models.Value(str(Light.AMBER))),
                models.When(due_at__isnull=False, then=models.Value(str(Light.GREEN))),
                default=models.Value(""),
                output_field=models.CharField(),
            )
        )

    def asking(self, *what: Asked) -> CaseQuerySet:
        """Open cases in which something waits for an answer, oldest first."""
        return self.open().filter(asked__in=what or [a for a in Asked if a]).order_by("reported_at", "pk")

    def holds_over(self, at: dt.datetime) -> CaseQuerySet:
        """Cases on hold whose hold has run out, the longest over first."""
        return self.filter(stage=Stage.HELD, hold_until__lte=at).order_by("hold_until", "pk")

    def in_territory(self, grid_ids: Iterable[int]) -> CaseQuerySet:
        """Cases owned by one of these grids."""
        return self.filter(owner__in=list(grid_ids))

    def in_territory_of(self, user: Any) -> CaseQuerySet:
        """Cases that lists show a user: those owned by his grids and below; all, where his territory is the city.

        By the owner as he is now: a case that went to another unit is listed there. Who may look at a single case,
        `cases.sight.seen_by` says.
        """
        grids = territory_of(user)
        return self.all() if grids is None else self.in_territory(grids)

    def chosen(self, *order: str, most: int) -> list[int]:
        """The ids of the first of these cases, past the policies of rows: for queries that ask for a territory.

        To be read afterwards, under the reader's own role, which shows him what he may see and nothing else. A policy
        is asked before all that might tell of a row, so that words are not found by their index.
        """
        with roles.as_owner():
            return list(self.order_by(*order).values_list("pk", flat=True)[:most])

    def with_words(self, words: str) -> CaseQuerySet:
        """Cases whose words or address hold these words, small or capital, or whose number begins with them.

        By the index `case_word_pairs` from two letters on.
        """
        words = words.strip()
        return self.alias(word_pairs=WordPairs("words", "address")).filter(
            models.Q(word_pairs__contains=doubled(words)) | models.Q(number__startswith=words)
        )


def _person(name: Any) -> Any:
    """A user in a case's row. Without an index: nobody asks for cases by it, and intake writes each index."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=name,
    )  # fmt: skip


class Case(models.Model):
    """One problem at one place, with exactly one owner at a time."""

    number = models.CharField(_("number"), max_length=24, unique=True)
    source = models.ForeignKey(CaseSource, on_delete=models.PROTECT, related_name="cases", verbose_name=_("source"))
    catalogue_class = models.ForeignKey(
        CatalogueClass, on_delete=models.PROTECT, related_name="cases", null=True, blank=True, verbose_name=_("class")
    )
    # Which limit counts; without one the first of its class, see `cases.timekeeping`.
    condition = models.ForeignKey(
        FilingCondition, on_delete=models.PROTECT, related_name="+", null=True, blank=True, db_index=False,
        verbose_name=_("filing condition"),
    )  # fmt: skip
    words = models.TextField(_("words"), blank=True)
    stage = models.CharField(
        _("stage"), max_length=12, choices=[(s.value, s.value) for s in Stage], default=Stage.REPORTED
    )
    # As given.
    given_x = models.FloatField(_("longitude or easting as given"), null=True, blank=True)
    given_y = models.FloatField(_("latitude or northing as given"), null=True, blank=True)
    given_crs = models.CharField(_("CRS as given"), max_length=20, blank=True)
    accuracy_m = models.FloatField(_("accuracy, m"), null=True, blank=True)
    address = models.CharField(_("address as given"), max_length=200, blank=True)
    # As stored.
    place = CityPointField(_("place"), spatial_index=False, null=True, blank=True)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="cases", null=True, blank=True)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    # Without an index of its own: `case_queue` begins with it.
    owner = models.ForeignKey(
        Grid, on_delete=models.PROTECT, related_name="cases", null=True, blank=True, db_index=False
    )
    reason = models.JSONField(_("reason of the owner"), default=dict, blank=True)
    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="cases", null=True, blank=True)
    reported_at = models.DateTimeField(_("reported at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # The marks of the running clock that is nearest to its end (`CaseClock`), so that a board reads one index.
    amber_at = models.DateTimeField(_("yellow from"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    # How it stands besides its stage, by `cases.standing`.
    asked = models.CharField(
        _("asked for"), max_length=10, choices=[(a.value, a.value) for a in Asked if a], blank=True, default="",
        db_default="",
    )  # fmt: skip
    asked_by = _person(_("asked by"))
    asked_until = models.DateTimeField(_("hold asked until"), null=True, blank=True)
    asked_of = _person(_("to be looked at by"))
    assignee = _person(_("assigned to"))
    wants_help = models.BooleanField(_("help wanted"), default=False, db_default=False)
    handler = _person(_("handled by"))
    checker = _person(_("checked by"))
    true = models.BooleanField(_("found to be true"), null=True, blank=True)
    hold_until = models.DateTimeField(_("on hold until"), null=True, blank=True)
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0, db_default=0)
    holds = models.PositiveSmallIntegerField(_("holds"), default=0, db_default=0)
    returns = models.PositiveSmallIntegerField(_("times returned"), default=0, db_default=0)
    reworks = models.PositiveSmallIntegerField(_("times reworked"), default=0, db_default=0)
    reopened = models.PositiveSmallIntegerField(_("times reopened"), default=0, db_default=0)
    on_spot = models.BooleanField(_("fixed on the spot"), default=False, db_default=False)
    evaluated = models.BooleanField(_("evaluated"), default=False, db_default=False)
    # Empty: it is where it was dispatched to. Without an index of its own: see `case_gone_up`.
    rung = models.ForeignKey(
        LadderStep, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("step of the ladder"),
    )  # fmt: skip
    came_down = models.PositiveSmallIntegerField(_("times given back to a level below"), default=0, db_default=0)
    to_decide = models.BooleanField(_("to be decided whose it is"), default=False, db_default=False)
    # An emergency: its grade, who coordinates by it, who was sent, and whether it must still be settled whose it is.
    emergency = models.ForeignKey(
        EmergencyGrade, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("grade of the emergency"),
    )  # fmt: skip
    coordinator = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("coordinated by"),
    )  # fmt: skip
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("team that was sent"),
    )  # fmt: skip
    owner_open = models.BooleanField(_("to be settled whose it is"), default=False, db_default=False)
    source_label = models.CharField(_("number in the source"), max_length=120, blank=True)
    # A second click with the same key gets the first click's case.
    idempotency_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ("-reported_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["source", "source_label"],
                condition=~models.Q(source_label=""),
                name="one_case_per_source_number",
            ),
            models.CheckConstraint(
                condition=models.Q(due_at=None) | ~models.Q(stage__in=_ENDS), name="only_open_cases_are_due"
            ),
            models.CheckConstraint(
                condition=models.Q(owner_open=False) | ~models.Q(stage__in=_ENDS), name="what_ended_is_settled"
            ),
            models.CheckConstraint(
                condition=models.Q(owner_open=False) | models.Q(owner__isnull=False), name="who_coordinates_is_known"
            ),
        )
        indexes = (
            GistIndex(fields=["place"], name="case_place"),
            models.Index(fields=["owner", "stage", "-reported_at"], name="case_queue"),
            # With the owner: a territory's day is counted without a look at the table.
            models.Index(fields=["-reported_at"], include=["owner"], name="case_newest"),
            # What a day or week closed; intake writes nothing here.
            models.Index(
                fields=["closed_at"],
                include=["owner", "stage", "reported_at"],
                name="case_ended",
                condition=models.Q(closed_at__isnull=False),
            ),
            GistIndex(fields=["place"], name="open_case_place", condition=~models.Q(stage__in=_ENDS)),
            models.Index(fields=["assignee"], name="case_work_of", condition=models.Q(assignee__isnull=False)),
            models.Index(fields=["cell"], name="case_gone_up", condition=models.Q(rung__isnull=False)),
            models.Index(
                fields=["reported_at"],
                name="case_emergency",
                condition=models.Q(emergency__isnull=False) & ~models.Q(stage__in=_ENDS),
            ),
            models.Index(fields=["hold_until"], name="case_hold_ends", condition=models.Q(stage="held")),
            # The board: by colour in the whole city, by unit in a territory; both without a look at the table.
            models.Index(
                fields=["due_at", "id"],
                include=["amber_at", "owner", "stage", "catalogue_class", "cell"],
                name="case_due",
                condition=models.Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["owner", "due_at", "id"],
                include=["amber_at", "stage", "catalogue_class", "cell"],
                name="case_due_of_owner",
                condition=models.Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["reported_at", "id"],
                include=["owner", "stage", "catalogue_class"],
                name="case_without_end",
                condition=models.Q(due_at__isnull=True) & ~models.Q(stage__in=_ENDS),
            ),
            models.Index(fields=["asked", "reported_at"], name="case_asking", condition=~models.Q(asked="")),
            # A unit's queues are counted and put in order by this one alone; only the cases shown are read.
            models.Index(
                fields=["owner", "stage", "due_at", "reported_at", "id"],
                include=["assignee", "wants_help", "asked", "asked_of"],
                name="case_desk",
                condition=~models.Q(stage__in=_ENDS),
            ),
            # Most cases are closed: the others are found by their stage, in the order of the city's queues.
            models.Index(
                fields=["stage", "due_at", "reported_at", "id"],
                condition=~models.Q(stage="closed"),
                name="case_unclosed",
            ),
            # What is written waits in a list that the one who fills it sorts in: a short one, so that no intake stands.
            GinIndex(
                OpClass(WordPairs("words", "address"), name="gin_trgm_ops"),
                name="case_word_pairs",
                gin_pending_list_limit=256,
            ),
        )

    def __str__(self) -> str:
        return self.number
