"""Posts (定岗) at every level of the grids: what each is for (定责), what follows from it (定奖惩), who held it when.

A kind of post is data (`fixtures/post_kinds.json`): at which level it stands, what it asks for, whether every grid
there needs one. Whoever works in a grid itself, its responsible person and its seconded officer, holds his post by a
`Posting`, which is also what lets him act there; every other post is held by a `PostHolder`.
"""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cells.models.grids import Grid, Level
from cells.models.people import Person, Role


def _span() -> Func:
    """The days of a holding as a range, its last day left out; without an end it goes on."""
    return Func("since", "until", function="DATERANGE", output_field=DateRangeField())


class PostKind(models.Model):
    """A kind of post, such as the leader of the bureau who answers for a district (分包)."""

    slug = models.SlugField(_("short name"), primary_key=True, max_length=30)
    rank = models.PositiveSmallIntegerField(_("order"), default=0)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="post_kinds", verbose_name=_("level"))
    also_level = models.ForeignKey(
        Level, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("or level")
    )
    # What a person becomes who is entered with his post and was not known before.
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="post_kinds", verbose_name=_("role"))
    by_posting = models.BooleanField(
        _("held by a posting"), default=False, help_text=_("Its holders act in the grid; they have the role.")
    )
    needed = models.BooleanField(_("every grid of the level needs one"), default=False)
    # Two rules hold the figures: office_towns_least and office_towns_most.
    reach = models.SlugField(
        _("rule of how many grids one person has"), max_length=30, blank=True,
        help_text=_("The beginning of two rules' names: office_towns of office_towns_least and office_towns_most."),
    )  # fmt: skip
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    duty_zh = models.TextField(_("duty (Chinese)"), blank=True)
    duty_en = models.TextField(_("duty (English)"), blank=True)
    reward_zh = models.TextField(_("reward and penalty (Chinese)"), blank=True)
    reward_en = models.TextField(_("reward and penalty (English)"), blank=True)

    RESPONSIBLE, SECONDED = "responsible", "seconded"

    class Meta:
        ordering = ("rank", "slug")

    def __str__(self) -> str:
        return self._told("name")

    @property
    def duty(self) -> str:
        """What the post asks for, in the reader's language."""
        return self._told("duty")

    @property
    def reward(self) -> str:
        """What follows from doing it well or badly, in the reader's language."""
        return self._told("reward")

    def _told(self, name: str) -> str:
        zh, en = getattr(self, f"{name}_zh"), getattr(self, f"{name}_en")
        return str((zh or en) if (get_language() or "").startswith("zh") else (en or zh))


class Post(models.Model):
    """A post of a kind at a grid; words of its own go before those of its kind."""

    kind = models.ForeignKey(PostKind, on_delete=models.PROTECT, related_name="posts", verbose_name=_("kind"))
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="posts", verbose_name=_("grid"))
    duty = models.TextField(_("duty"), blank=True)
    reward = models.TextField(_("reward and penalty"), blank=True)

    class Meta:
        ordering = ("grid__code", "kind__rank")
        constraints = (models.UniqueConstraint(fields=["kind", "grid"], name="one_post_of_a_kind_at_a_grid"),)

    def __str__(self) -> str:
        return f"{self.kind} · {self.grid}"


class PostHolderQuerySet(models.QuerySet["PostHolder"]):
    def on(self, day: dt.date) -> PostHolderQuerySet:
        """The holdings that run on a day."""
        return self.filter(Q(until=None) | Q(until__gt=day), since__lte=day)


class PostHolder(models.Model):
    """A person holds a post from a day on, up to, not including, another."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="holders", verbose_name=_("post"))
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="held_posts", verbose_name=_("person"))
    stands_in_for = models.ForeignKey(
        Person, on_delete=models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("stands in for")
    )
    unit = models.CharField(_("office or team"), max_length=80, blank=True)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = PostHolderQuerySet.as_manager()

    class Meta:
        ordering = ("post", "since", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="a_post_is_left_after_it_is_taken"
            ),
            models.CheckConstraint(
                condition=Q(stands_in_for=None) | ~Q(stands_in_for=F("person")), name="nobody_stands_in_for_himself"
            ),
            ExclusionConstraint(
                name="nobody_holds_a_post_twice_at_once",
                expressions=[
                    ("post", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    (_span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This person holds this post at that time already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} → {self.post}"
