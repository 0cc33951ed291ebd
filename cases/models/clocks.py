"""The clocks of cases as they are stored: what `cases.clockwork` says of them, and the moments at which they turn.

Written by `cases.timekeeping` alone, inside the one door of moves; `cases.recounting` sets the marks again where the
calendar came later than the clock.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.clockwork import State
from cases.models.calendars import StageLimit
from cases.models.case import Case
from cells.models import FilingCondition


class CaseClock(models.Model):
    """One clock of a case, or one part of it; one that was started again is another row."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    kind = models.CharField(_("step"), max_length=10, choices=StageLimit.Stage.choices)
    round = models.PositiveSmallIntegerField(_("time started"), default=1)
    part = models.PositiveSmallIntegerField(_("part"), default=1)
    label_zh = models.CharField(_("part (Chinese)"), max_length=60, blank=True)
    label_en = models.CharField(_("part (English)"), max_length=60, blank=True)
    after_previous = models.BooleanField(_("after the part before"), default=True)
    value = models.FloatField(_("limit"))
    unit = models.CharField(_("unit"), max_length=2, choices=FilingCondition.Unit.choices)
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=[(s.value, s.value) for s in State])
    started_at = models.DateTimeField(_("started at"))
    # Empty while it is paused, and where the calendar is missing; of a stopped clock as they were at its end.
    amber_at = models.DateTimeField(_("yellow from"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    calendar_missing = models.BooleanField(_("calendar missing"), default=False)
    paused_since = models.DateTimeField(_("paused since"), null=True, blank=True)
    pauses = ArrayField(DateTimeRangeField(), verbose_name=_("pauses"), default=list, blank=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)

    class Meta:
        ordering = ("case", "pk")
        constraints = (
            models.UniqueConstraint(fields=["case", "kind", "round", "part"], name="a_clock_once_a_case"),
            models.CheckConstraint(condition=models.Q(value__gt=0), name="a_clock_has_a_limit"),
            models.CheckConstraint(
                condition=models.Q(amber_at__gt=models.F("started_at"), due_at__gte=models.F("amber_at"))
                | models.Q(amber_at=None, due_at=None),
                name="a_clock_turns_after_its_start",
            ),
            models.CheckConstraint(
                condition=models.Q(state="running", paused_since=None, stopped_at=None, due_at=None)
                & models.Q(calendar_missing=True)
                | models.Q(state="running", paused_since=None, stopped_at=None, due_at__isnull=False)
                & models.Q(calendar_missing=False)
                | models.Q(state="paused", paused_since__gte=models.F("started_at"), stopped_at=None, due_at=None)
                | models.Q(state="stopped", paused_since=None, stopped_at__gte=models.F("started_at")),
                name="a_clock_is_in_one_state",
            ),
        )
        indexes = (
            models.Index(fields=["case"], name="clock_without_calendar", condition=models.Q(calendar_missing=True)),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.kind}"

    @property
    def label(self) -> str:
        """The part's name in the reader's language, the other one where that is empty."""
        chinese = (get_language() or "").startswith("zh")
        return (self.label_zh or self.label_en) if chinese else (self.label_en or self.label_zh)
