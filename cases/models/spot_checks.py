"""Spot checks (实地抽查): draws of unit cells that can be recomputed, who looks, and what was found there.

The database keeps a draw as it was made: no seed whose digest was shown, and no check that came in, is changed.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.history import CasePhoto
from cases.models.judging import MONTH
from cells.models import CatalogueClass, Cell, Edition, Grid, Person
from spatial.postgis.fields import CityPointField


class SpotDraw(models.Model):
    """A month's draw: first the digest of its seed alone, then, once drawn, edition, rules and order of the cells."""

    month = models.CharField(_("month"), max_length=7, unique=True, validators=[MONTH])
    seed = models.CharField(_("seed"), max_length=64)
    digest = models.CharField(_("digest of the seed"), max_length=64)
    committed_at = models.DateTimeField(_("digest shown since"))
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Words that nobody could know when the digest was shown: a lottery's numbers, a market's closing figure.
    words = models.CharField(_("words said at the draw"), max_length=100, blank=True)
    drawn_at = models.DateTimeField(_("drawn at"), null=True, blank=True)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rules = models.JSONField(_("rules as they were"), default=dict, blank=True)
    until = models.DateField(_("to be made by"), null=True, blank=True)

    class Meta:
        ordering = ("-month",)
        constraints = (
            models.CheckConstraint(
                condition=Q(drawn_at=None, edition=None, until=None)
                | Q(drawn_at__isnull=False, edition__isnull=False, until__isnull=False),
                name="a_draw_has_its_edition",
            ),
        )

    def __str__(self) -> str:
        return self.month


class SpotCheck(models.Model):
    """One cell of a draw, for one checker; what he found, and where and when he says he was there."""

    draw = models.ForeignKey(SpotDraw, on_delete=models.PROTECT, related_name="checks")
    rank = models.PositiveIntegerField(_("order in the draw"))
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit cell"))
    unit = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    ground = models.CharField(_("class of ground"), max_length=20, blank=True)
    # What is not walked by the same person twice running: the third-level grid, or the community where there is none.
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+", verbose_name=_("grid"))
    # The grids that hold the cell, of every level, as the edition of the draw has them: rates of later years stay.
    above = ArrayField(models.BigIntegerField())
    checker = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="spot_checks", verbose_name=_("checker")
    )
    # As it came in.
    done_at = models.DateTimeField(_("made at"), null=True, blank=True)  # by the phone's clock, where it can be
    came_at = models.DateTimeField(_("came in at"), null=True, blank=True)
    note = models.CharField(_("remark"), max_length=1000, blank=True)
    place = CityPointField(_("place of the phone"), spatial_index=False, null=True, blank=True)
    accuracy_m = models.FloatField(_("accuracy, m"), null=True, blank=True)
    distance_m = models.FloatField(_("distance of the phone from the cell, m"), null=True, blank=True)
    # Phone or photo say that it was made at the cell; other checks count in no rate.
    proved = models.BooleanField(_("made at the cell"), default=False)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    taken_at = models.DateTimeField(_("photo taken at"), null=True, blank=True)
    photo_distance_m = models.FloatField(_("distance of the photo from the cell, m"), null=True, blank=True)
    minutes_apart = models.FloatField(_("minutes between photo and check"), null=True, blank=True)
    place_verdict = models.CharField(
        _("place of the photo"), max_length=6, choices=CasePhoto.PlaceVerdict.choices, blank=True
    )
    time_verdict = models.CharField(
        _("time of the photo"), max_length=6, choices=CasePhoto.TimeVerdict.choices, blank=True
    )

    class Meta:
        ordering = ("draw", "rank")
        constraints = (
            models.UniqueConstraint(fields=["draw", "cell"], name="a_cell_once_a_draw"),
            models.CheckConstraint(
                condition=Q(done_at=None, came_at=None, proved=False)
                | Q(done_at__isnull=False, came_at__isnull=False, checker__isnull=False),
                name="a_check_has_its_checker",
            ),
        )
        indexes = (
            models.Index(fields=["done_at"], name="spot_checks_made", condition=Q(proved=True)),
            models.Index(fields=["grid", "-draw"], name="spot_checks_of_grid"),
        )

    def __str__(self) -> str:
        return f"{self.draw} {self.rank}"


class SpotFinding(models.Model):
    """A problem that a check found: a case of its own, or one that was open already."""

    class Known(models.TextChoices):
        NEW = "new", _("nobody had reported it")
        GRID = "grid", _("the grid had found it")
        OTHERS = "others", _("somebody else had reported it")

    check_made = models.ForeignKey(SpotCheck, on_delete=models.PROTECT, related_name="findings")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    catalogue_class = models.ForeignKey(CatalogueClass, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(_("words"), max_length=1000, blank=True)
    known = models.CharField(_("known before"), max_length=6, choices=Known.choices)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["check_made", "case"], name="a_case_once_a_check"),)

    def __str__(self) -> str:
        return f"{self.case}"
