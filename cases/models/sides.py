"""Which roles sit on which side of the work, and what the city calls things: data, not code."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.workflow import Side
from cells.models import Level, Role


class SideRole(models.Model):
    """A role acts for a side, in its people's territories. Data: fixtures/side_roles.json, which a city edits.

    A person's territory is where he is seated and where he is posted; empty is the whole city. With `level` only a
    territory of that level counts, so that nobody of this role acts for the whole city. By default the owner of the
    case must lie in it; `by_place` asks for the case's place instead (an officer's grid lies below the community that
    owns the case).
    """

    side = models.CharField(_("side"), max_length=12, choices=[(s.value, s.value) for s in Side if s != Side.SYSTEM])
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="sides", verbose_name=_("role"))
    level = models.ForeignKey(
        Level, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("level of territory")
    )
    by_place = models.BooleanField(_("by the place of the case"), default=False)

    class Meta:
        ordering = ("side", "role")
        constraints = (models.UniqueConstraint(fields=["side", "role"], name="a_role_once_a_side"),)

    def __str__(self) -> str:
        return f"{self.role_id} → {self.side}"


class LabelQuerySet(models.QuerySet["Label"]):
    def marks(self) -> LabelQuerySet:
        """What an evaluation gives a mark to, by their slugs."""
        return self.filter(slug__startswith="mark-").order_by("slug")


class Label(models.Model):
    """What a city calls something of the work. Data: fixtures/labels.json has the two words that cities swap.

    `verify` is the look before filing (核实), `check` the one before closing (核查): every name that speaks of them is
    built from these. A row named `stage-…` or `act-…` with the slug of a stage or an act renames that one. Each row
    named `mark-…` is something to which an evaluation (综合评价) gives a mark.
    """

    slug = models.SlugField(_("short name"), primary_key=True, max_length=40)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)

    objects = LabelQuerySet.as_manager()

    VERIFY, CHECK = "verify", "check"

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en
