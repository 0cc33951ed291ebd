"""When the city works, and how long each step of a case may take: the tables that `cases.worktime` reads.

A year's official calendar is a `CalendarYear` with its `SpecialDay`s: holidays, make-up days (调休), days with hours of
their own. A year that has no row is not known, and no limit runs into it. `mark` keeps how sure a row is, as in the
catalogue.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.models.emergencies import EmergencyGrade
from cases.workdays import BadShifts, DayOff, DayOn, Shift, parse_shifts
from cells.models import CatalogueClass, FilingCondition


def validate_hours(text: str) -> None:
    """Refuse what are no working hours, in the form's words."""
    try:
        parse_shifts(text)
    except BadShifts as error:
        raise ValidationError(_("Write hours as 08:00-12:00 14:00-18:00, the earlier first.")) from error


class Sourced(models.Model):
    """A row that says where it is from and how sure it is."""

    source = models.CharField(_("source"), max_length=200, blank=True)
    mark = models.CharField(
        _("certainty"), max_length=1, choices=CatalogueClass.Mark.choices, default=CatalogueClass.Mark.REMEMBERED
    )

    class Meta:
        abstract = True


class WorkHours(Sourced):
    """One stretch of the usual working week; a day of the week can have several."""

    weekday = models.PositiveSmallIntegerField(_("day of the week"), choices=[(d + 1, WEEKDAYS[d]) for d in range(7)])
    begins = models.TimeField(_("from"))
    ends = models.TimeField(_("to"), help_text=_("00:00 is the end of the day."))

    class Meta:
        verbose_name = verbose_name_plural = _("working hours of the week")
        ordering = ("weekday", "begins")
        constraints = (
            models.UniqueConstraint(fields=["weekday", "begins"], name="one_stretch_per_beginning"),
            models.CheckConstraint(condition=models.Q(weekday__range=(1, 7)), name="weekday_is_one_of_seven"),
            models.CheckConstraint(
                condition=models.Q(ends__gt=models.F("begins")) | models.Q(ends=dt.time(0)),
                name="work_ends_after_it_begins",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.shift}"

    @property
    def shift(self) -> Shift:
        return Shift(self.begins, self.ends)


class CalendarYear(Sourced):
    """A year whose official calendar has been taken in."""

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)

    class Meta:
        verbose_name = verbose_name_plural = _("years whose calendar is known")
        ordering = ("year",)

    def __str__(self) -> str:
        return str(self.year)


class SpecialDay(Sourced):
    """A day that is not as its day of the week is: a holiday, a make-up working day, a day with hours of its own."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("holiday")
        WORKING = "working", _("working day")

    day = models.DateField(_("date"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=60, blank=True)
    hours = models.CharField(
        _("hours of its own"),
        max_length=120,
        blank=True,
        validators=[validate_hours],
        help_text=_("As 08:00-12:00 14:00-18:00; empty: the usual ones."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("holidays and make-up days")
        ordering = ("day",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="working") | models.Q(hours=""), name="a_holiday_has_no_hours"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()

    @property
    def name(self) -> str:
        """The name in the reader's language, the other one where that is empty."""
        chinese = (get_language() or "").startswith("zh")
        return (self.name_zh or self.name_en) if chinese else (self.name_en or self.name_zh)

    @property
    def rule(self) -> DayOff | DayOn:
        """What the day is to a calendar; raises BadShifts where its hours are none."""
        if self.kind == self.Kind.HOLIDAY:
            return DayOff()
        return DayOn(parse_shifts(self.hours) if self.hours else ())


class StageLimit(Sourced):
    """How long one step of a case may take, for a class, a filing condition, a class of area, a grade, or by default.

    Several rows of one kind that differ in `order` are parts: fence in 3 UH, repair in 8 UH, make good in 5 WD.
    """

    class Stage(models.TextChoices):
        ACCEPT = "accept", _("accept")
        DISPATCH = "dispatch", _("dispatch")
        HANDLE = "handle", _("handle")
        VERIFY = "verify", _("verify before filing")
        CHECK = "check", _("check before closing")

    catalogue_class = models.ForeignKey(
        CatalogueClass, on_delete=models.CASCADE, related_name="limits", null=True, blank=True, verbose_name=_("class"),
        help_text=_("Empty: for every class that has none of its own."),
    )  # fmt: skip
    condition = models.ForeignKey(
        FilingCondition, on_delete=models.CASCADE, related_name="limits", null=True, blank=True,
        verbose_name=_("filing condition"),
    )  # fmt: skip
    stage = models.CharField(_("step"), max_length=10, choices=Stage.choices)
    area_class = models.CharField(
        _("class of area"), max_length=40, blank=True, help_text=_("Empty: for every class of area.")
    )
    grade = models.ForeignKey(
        EmergencyGrade, on_delete=models.CASCADE, related_name="limits", null=True, blank=True,
        verbose_name=_("grade of the emergency"), help_text=_("Empty: also where there is no emergency."),
    )  # fmt: skip
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    label_zh = models.CharField(_("part (Chinese)"), max_length=60, blank=True)
    label_en = models.CharField(_("part (English)"), max_length=60, blank=True)
    # Ten minutes are 0.1667 hours; `cases.worktime` rounds to the second.
    value = models.DecimalField(_("limit"), max_digits=8, decimal_places=4)
    unit = models.CharField(_("unit"), max_length=2, choices=FilingCondition.Unit.choices)
    after_previous = models.BooleanField(
        _("after the part before"), default=True, help_text=_("If not, the part is counted from the start.")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("limits of the steps")
        ordering = ("stage", "grade", "catalogue_class", "condition", "area_class", "order")
        constraints = (
            models.UniqueConstraint(
                fields=["stage", "grade", "catalogue_class", "condition", "area_class", "order"],
                nulls_distinct=False,
                name="one_limit_per_part",
            ),
            models.CheckConstraint(condition=models.Q(value__gt=0), name="a_limit_is_above_nothing"),
            models.CheckConstraint(
                condition=models.Q(condition=None) | ~models.Q(catalogue_class=None), name="a_condition_has_its_class"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_stage_display()} {self.value.normalize():f} {self.unit}"

    @property
    def label(self) -> str:
        """The part's name in the reader's language, the other one where that is empty."""
        chinese = (get_language() or "").startswith("zh")
        return (self.label_zh or self.label_en) if chinese else (self.label_en or self.label_zh)
