"""People, roles and postings: who works here, in which territory, and who answers for which third-level grid."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cells.models.grids import Grid

TELEPHONE = RegexValidator(r"^\+?[0-9][0-9 -]{2,28}$", _("Digits only."))


class Role(models.Model):
    """A role in the work. Data: see fixtures/roles.json; the short names are what rules refer to."""

    slug = models.SlugField(_("short name"), primary_key=True, max_length=30)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)

    OPERATOR, DISPATCHER, COMMUNITY, PLANNER = "operator", "dispatcher", "community", "planner"
    OFFICER, LEADER, ADMINISTRATOR = "officer", "leader", "administrator"
    SHIFT_HEAD, CHECKER, COLLECTOR = "shift_head", "checker", "collector"
    RESPONDER = "responder"  # of a team that is on duty day and night
    STAFF = "staff"  # holds a post at a grid, sits on no side of a case
    SECONDED = "seconded"  # sent from the bureau into a grid, beside its own responsible officer

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class Person(models.Model):
    """A person with a role in a territory; the login is Django's user."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="person")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="people", verbose_name=_("role"))
    name_zh = models.CharField(_("name (Chinese)"), max_length=60, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=60, blank=True)
    # Empty: the whole city.
    territory = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="people", null=True, blank=True)
    telephone = models.CharField(_("telephone"), max_length=30, blank=True, validators=[TELEPHONE])
    must_change_password = models.BooleanField(_("must choose a password"), default=False)

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        chinese = (get_language() or "").startswith("zh")
        names = (self.name_zh, self.name_en) if chinese else (self.name_en, self.name_zh)
        return names[0] or names[1] or self.user.get_username()


class PostingQuerySet(models.QuerySet["Posting"]):
    def on(self, day: dt.date) -> PostingQuerySet:
        """The postings that hold on a day."""
        return self.filter(Q(until=None) | Q(until__gt=day), since__lte=day)


class Posting(models.Model):
    """A person answers for a third-level grid from a day on, up to, not including, another (定人、定岗).

    He holds the post that his role has there: of the responsible person, or of the seconded officer (`PostKind`).
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="postings", verbose_name=_("person"))
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="postings", verbose_name=_("grid"))
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    stands_in_for = models.ForeignKey(
        Person, on_delete=models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("stands in for")
    )

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ("grid", "since")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "grid"], condition=Q(until=None), name="one_open_posting_per_person_and_grid"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="posting_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} → {self.grid}"
