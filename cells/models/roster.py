"""The duty roster (值班表): teams with their base and telephone, and who of a team is on duty from when to when."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cells.models.grids import Grid
from cells.models.people import TELEPHONE, Person
from spatial.postgis.fields import CityPointField


def _span() -> Func:
    """The time of a shift as a range, its end left out: what the index and the rule against double duty are made of."""
    return Func("starts_at", "ends_at", function="TSTZRANGE", output_field=DateTimeRangeField())


class TeamKind(models.Model):
    """A trade of teams, such as municipal maintenance. Data: fixtures/team_kinds.json has the five of the bureau.

    Teams of a trade that is `round_the_clock` are on duty 24 hours a day: an hour that nobody covers is a gap.
    """

    slug = models.SlugField(_("short name"), primary_key=True, max_length=20)
    rank = models.PositiveSmallIntegerField(_("order"), default=0)
    # A burst main is no work for sweepers, however near.
    sent_for = models.CharField(
        _("sent first for"), max_length=200, blank=True,
        help_text=_("Classes or groups of classes, with spaces: event-05 event-0103 component-01."),
    )  # fmt: skip
    round_the_clock = models.BooleanField(_("on duty day and night"), default=False)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)

    class Meta:
        ordering = ("rank", "slug")

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class Team(models.Model):
    """A team that is sent where it is needed: its base, its telephone, and the grid whose ground it serves first."""

    kind = models.ForeignKey(TeamKind, on_delete=models.PROTECT, related_name="teams", verbose_name=_("kind"))
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60, blank=True)
    telephone = models.CharField(_("telephone"), max_length=30, validators=[TELEPHONE])
    base = CityPointField(_("base"), spatial_index=False)
    territory = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="teams", verbose_name=_("serves"))
    is_active = models.BooleanField(_("is there"), default=True)

    class Meta:
        ordering = ("territory__code", "kind__rank", "pk")
        indexes = (GistIndex(fields=["base"], name="team_base", condition=Q(is_active=True)),)

    def __str__(self) -> str:
        chinese = (get_language() or "").startswith("zh")
        names = (self.name_zh, self.name_en) if chinese else (self.name_en, self.name_zh)
        return names[0] or names[1]


class DutyShiftQuerySet(models.QuerySet["DutyShift"]):
    def on(self, at: dt.datetime) -> DutyShiftQuerySet:
        """The shifts under way at a moment: a shift holds from its beginning up to, not including, its end."""
        return self._spanned().filter(span__contains=at)

    def between(self, since: dt.datetime, until: dt.datetime) -> DutyShiftQuerySet:
        """The shifts that have any time in common with [since, until)."""
        return self._spanned().filter(span__overlap=(since, until))

    def _spanned(self) -> DutyShiftQuerySet:
        # By the index `duty_span`.
        return self.alias(span=_span())


class DutyShift(models.Model):
    """One person's shift in a team. Who relieves another begins when that one ends; several serve at once."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="shifts", verbose_name=_("team"))
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shifts", verbose_name=_("person"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    objects = DutyShiftQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "team", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="a_shift_ends_after_it_begins"),
            # Twice at once in one team is a slip of the pen; in two teams it is how small towns get by.
            ExclusionConstraint(
                name="nobody_is_on_duty_twice_in_a_team",
                expressions=[
                    ("team", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    (_span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This person is on duty in this team at that time already."),
            ),
        )
        indexes = (
            GistIndex(_span(), name="duty_span"),
            models.Index(fields=["team", "ends_at"], name="duty_of_team"),
        )

    def __str__(self) -> str:
        return f"{self.team} · {self.person}"
