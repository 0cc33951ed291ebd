"""The ladder by which a case that is beyond somebody's duty goes up, level by level: data, as cities differ."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cells.models import Grid, Level, Person


class LadderStepQuerySet(models.QuerySet["LadderStep"]):
    def is_top(self, step: str | None) -> bool:
        """Whether no step stands above this one; a case that is on none is not at the top."""
        return step is not None and self.highest() == step

    def highest(self) -> str | None:
        """The step above which there is none; None where the ladder has no step."""
        return self.order_by("-rank").values_list("pk", flat=True).first()


class LadderStep(models.Model):
    """One step: the grid of its level above a case's owner, or one of the desks that share the city's grid.

    Data: fixtures/ladder.json, which a city edits. The ranks say the order; a step whose level a city does not have is
    left out on the way up.
    """

    slug = models.SlugField(_("short name"), primary_key=True, max_length=20)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True)
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+", verbose_name=_("level"))
    climbs = models.BooleanField(_("goes up by itself when the time has run out"), default=True)
    # The one step on which seconded officers' own units stand, where `OwnUnit` names no other.
    seconds = models.BooleanField(_("seconds officers into the grids"), default=False, db_default=False)
    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)

    objects = LadderStepQuerySet.as_manager()

    class Meta:
        ordering = ("rank",)

    def __str__(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class OwnUnit(models.Model):
    """The unit that sent a seconded officer into his grids, where it is another than that of the step that seconds."""

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="own_unit", verbose_name=_("person")
    )
    unit = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    step = models.ForeignKey(LadderStep, on_delete=models.PROTECT, related_name="+", verbose_name=_("step"))

    def __str__(self) -> str:
        return f"{self.person} ← {self.unit}"
