"""What is offered while a caller speaks: how near and how recent a twin is, and the model that reads the words."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cells.models import CatalogueClass


class TwinRule(models.Model):
    """How near and how recent an open case of a class is the same problem. Data: fixtures/twin_rules.json."""

    # Empty: the rule for every class that has none of its own.
    catalogue_class = models.ForeignKey(
        CatalogueClass, on_delete=models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("class")
    )
    radius_m = models.FloatField(_("radius, m"), default=50)
    window_hours = models.FloatField(_("window, hours"), default=24)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ("catalogue_class_id",)
        constraints = (
            models.UniqueConstraint(
                Coalesce("catalogue_class_id", 0, output_field=models.BigIntegerField()),
                name="one_twin_rule_per_class",
            ),
            models.CheckConstraint(
                condition=models.Q(radius_m__gt=0, radius_m__lte=5000, window_hours__gt=0, window_hours__lte=8784),
                name="twin_rule_has_a_reach",
            ),
        )

    def __str__(self) -> str:
        return f"{self.catalogue_class or '*'}: {self.radius_m:g} m, {self.window_hours:g} h"


class ClassModel(models.Model):
    """A trained model of the classes' words; the current one answers.

    `weights` are arrays alone (npz without objects) and `vocabulary` is JSON, so that loading runs no code of others.
    """

    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    is_current = models.BooleanField(_("in use"), default=False)
    library = models.CharField(_("library and version"), max_length=40)
    seed = models.BigIntegerField(_("seed"), default=0)
    # What it was trained on, and how well it did on cases it had not seen.
    cases = models.PositiveIntegerField(_("cases"))
    classes = models.PositiveIntegerField(_("classes"))
    held_out = models.PositiveIntegerField(_("held-out cases"))
    top1 = models.FloatField(_("first suggestion right"), null=True)
    top3 = models.FloatField(_("right among three"), null=True)
    figures = models.JSONField(_("figures by class"), default=dict)
    vocabulary = models.JSONField(default=dict)
    weights = models.BinaryField()

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["is_current"], condition=models.Q(is_current=True), name="one_current_class_model"
            ),
        )

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
