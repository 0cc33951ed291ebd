"""Judging the work: the facts of each case, the indicators made of them, schemes, rankings and what follows from them.

`CaseFacts` is derived: `cases.judging.counting` reads it from histories and clocks and makes it anew whenever a case
has other lines. Everything else here is data that the city edits, or a record that stays.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cells.models import Cell, Grid, Level

MONTH = RegexValidator(r"^\d{4}-(0[1-9]|1[0-2])$", _("Write the month as 2026-03."))


def _named(zh: str, en: str) -> str:
    return (zh or en) if (get_language() or "").startswith("zh") else (en or zh)


def _ground(to: Any) -> models.ForeignKey:
    """A unit as it was then. Unchecked and without an index: 10 million rows are read by period, in one pass."""
    return models.ForeignKey(
        to, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )


def _moment() -> models.DateTimeField:
    return models.DateTimeField(null=True)


def _who() -> models.IntegerField:
    """The id of a user, or nobody."""
    return models.IntegerField(null=True)


class Department(models.Model):
    """A department that answers for components, as surveys name it: what its cases' rates are told by."""

    name = models.CharField(_("department"), max_length=120, unique=True)

    def __str__(self) -> str:
        return self.name


class CaseFacts(models.Model):
    """What one opening of a case counts for: moments, limits, people, and the ground as it was when it was reported."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    turn = models.PositiveSmallIntegerField()  # 1, and one more each time it was opened again
    lines = models.PositiveIntegerField()  # of its history that were read
    edition = models.PositiveIntegerField(null=True)
    cell, grid, community, town, district, city = _ground(Cell), *(_ground(Grid) for _level in range(5))
    owner = _ground(Grid)  # the unit that had it last
    # The competent one of its component, else its owner, as surveyed when the facts were read; none of an event.
    department = _ground(Department)
    found_by = models.CharField(max_length=1)  # p: a patrol, c: citizens, o: others
    # By an appeal that was accepted (`cases.judging.appeals`).
    excused_late = models.BooleanField(default=False, db_default=False)
    excused_rework = models.BooleanField(default=False, db_default=False)
    missed = models.BooleanField()  # citizens told what a patrol had walked past the day before or that day
    untrue = models.BooleanField()
    reported_at = models.DateTimeField()
    accept_due_at, verify_sent_at, verify_due_at, verified_at = _moment(), _moment(), _moment(), _moment()
    filed_at, dispatch_due_at, dispatched_at = _moment(), _moment(), _moment()
    due_at = _moment()  # with the time on hold; empty while it is on hold
    planned_due_at = _moment()  # of a case that was on hold: as if it had not been
    first_handled_at, handled_at = _moment(), _moment()
    check_ask_due_at, check_sent_at, check_due_at, checked_at = _moment(), _moment(), _moment(), _moment()
    reworked_at, extended_at, escalated_at, climbed_at = _moment(), _moment(), _moment(), _moment()
    closed_at, declined_at, void_at = _moment(), _moment(), _moment()
    last_at = models.DateTimeField()  # no moment of the row that a period asks for lies after it
    reported_by, verify_sent_by, verified_by, filed_by, dispatched_by = _who(), _who(), _who(), _who(), _who()
    handled_by, check_sent_by, checked_by, escalated_by, closed_by = _who(), _who(), _who(), _who(), _who()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "turn"], name="facts_once_an_opening"),)
        indexes = (
            models.Index(fields=["last_at"], name="facts_of_period"),
            models.Index(fields=["reported_at"], name="facts_by_report"),
        )

    def __str__(self) -> str:
        return f"{self.case_id}/{self.turn}"


class FactsMark(models.Model):
    """How far histories are read into facts: one row. `cases/sql/judging_mark_v1.sql` moves it."""

    event = models.BigIntegerField(default=0)  # every line up to this one is read
    next_event = models.BigIntegerField(default=0)
    next_snapshot = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.event)


class Indicator(models.Model):
    """A rate: numerator over denominator, in words of the vocabulary (`cases.judging.vocabulary`) with + and −."""

    class Period(models.TextChoices):
        DUE = "due", _("due in the period")
        CLOSED = "closed", _("closed in the period")
        FILED = "filed", _("filed in the period")
        REPORTED = "reported", _("reported in the period")
        DONE = "done", _("done in the period")

    class Mark(models.TextChoices):
        SEEN = "T", _("seen in a text")
        IMPLEMENTED = "I", _("seen in an implementation")
        DEDUCED = "D", _("deduced")
        MEMORY = "M", _("from memory")
        OURS = "O", _("our own reading")

    key = models.SlugField(_("key"), primary_key=True, max_length=40)
    rank = models.PositiveSmallIntegerField(_("order"), default=0)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    numerator = models.CharField(_("numerator"), max_length=200)
    denominator = models.CharField(_("denominator"), max_length=200)
    period = models.CharField(_("which cases count"), max_length=8, choices=Period.choices)
    higher_is_better = models.BooleanField(_("higher is better"), default=True)
    of_plan = models.BooleanField(_("one of the plan's five"), default=False)
    mark = models.CharField(_("how sure"), max_length=1, choices=Mark.choices)
    source = models.CharField(_("source of the definition"), max_length=200)
    note_zh = models.CharField(_("note (Chinese)"), max_length=200, blank=True)
    note_en = models.CharField(_("note (English)"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("indicators")
        ordering = ("rank", "key")

    def __str__(self) -> str:
        return _named(self.name_zh, self.name_en)

    @property
    def note(self) -> str:
        """What else is to be known of it, in the reader's language."""
        return _named(self.note_zh, self.note_en)


class Scheme(models.Model):
    """One version of a scheme (考核办法): what is scored, at which level. What was ranked by one keeps it."""

    slug = models.SlugField(_("short name"), max_length=30)
    version = models.PositiveIntegerField(_("version"), default=1)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60, blank=True)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+", verbose_name=_("level of the units"))
    since = models.CharField(_("holds from the month"), max_length=7, validators=[MONTH])
    # Lowest score of each grade, from the best down: [{"from": 90, "key": "A", "colour": "green"}, …].
    grades = models.JSONField(_("grades"), default=list, blank=True)
    # Empty: the city has not said how much; the register asks for it.
    fine = models.DecimalField(_("fine of the last, yuan"), max_digits=12, decimal_places=2, null=True, blank=True)
    rewards = models.JSONField(_("rewards of the quarter's first, yuan"), default=list, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("made by"),
    )  # fmt: skip
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("schemes")
        ordering = ("slug", "-version")
        constraints = (models.UniqueConstraint(fields=["slug", "version"], name="one_scheme_a_version"),)

    def __str__(self) -> str:
        return f"{_named(self.name_zh, self.name_en)} v{self.version}"

    @property
    def name(self) -> str:
        """The name without the version, in the reader's language."""
        return _named(self.name_zh, self.name_en)


class SchemePart(models.Model):
    """One part of a scheme: points for a rate or for a count."""

    class Kind(models.TextChoices):
        SHARE = "share", _("weight × rate")
        THRESHOLD = "threshold", _("full from a threshold, less for each point below")
        STEPS = "steps", _("points by steps of a count")
        DEDUCTION = "deduction", _("points off for each case")

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="parts", verbose_name=_("scheme"))
    rank = models.PositiveSmallIntegerField(_("order"), default=0)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("indicator")
    )
    fact = models.CharField(_("fact that is counted"), max_length=40, blank=True)
    # Points at most; of a deduction, the most that is taken off.
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2)
    threshold = models.DecimalField(_("threshold, per cent"), max_digits=6, decimal_places=2, null=True, blank=True)
    each = models.DecimalField(_("points off for each"), max_digits=6, decimal_places=2, null=True, blank=True)
    # Of steps: [[50, 10], [100, 9], …, [null, 0]], up to so many cases so many points.
    steps = models.JSONField(_("steps"), default=list, blank=True)

    class Meta:
        ordering = ("scheme", "rank", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(weight__gte=0), name="a_weight_is_not_negative"),
            models.CheckConstraint(
                condition=Q(kind__in=("share", "threshold"), indicator__isnull=False)
                | Q(kind__in=("steps", "deduction")) & ~Q(fact=""),
                name="a_part_scores_something",
            ),
        )

    def __str__(self) -> str:
        return f"{self.scheme}: {self.indicator_id or self.fact}"


class Ranking(models.Model):
    """A month's ranking as it was published: frozen with its notice, so that what was said stays."""

    month = models.CharField(_("month"), max_length=7, validators=[MONTH])
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="rankings", verbose_name=_("scheme"))
    # Empty: the city's own; else of the units below this one, judged by it.
    within = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("units below")
    )
    lines = models.JSONField(_("lines"))
    notice = models.TextField(_("notice"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-month", "scheme", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["month", "scheme", "within"], nulls_distinct=False, name="a_month_is_published_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.month} {self.scheme}"


class RankingEntry(models.Model):
    """A fine or a reward that follows from rankings: proposed by one person, approved or refused by another."""

    class Kind(models.TextChoices):
        FINE = "fine", _("fine of the last place")
        REWARD = "reward", _("reward of the quarter")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for approval")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    period = models.CharField(_("month or quarter"), max_length=7)  # 2026-03, 2026-Q1
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+", verbose_name=_("scheme"))
    unit = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    place = models.PositiveSmallIntegerField(_("place"))
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2)
    amount = models.DecimalField(_("amount, yuan"), max_digits=12, decimal_places=2)
    note = models.CharField(_("note"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("register of fines and rewards")
        ordering = ("-period", "kind", "place", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "period", "scheme", "unit"], condition=~Q(state="refused"), name="one_entry_that_stands"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="an_amount_is_not_negative"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="two_persons_decide"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | ~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="a_decision_has_its_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.period} {self.unit} {self.amount}"
