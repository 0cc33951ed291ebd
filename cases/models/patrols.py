"""Patrols: points of phones, and what follows from them: visits to cells, the day's record, what looks wrong.

Visits, the figures of a record and flags are a function of the points of one person's day (`cases.patrols.deriving`)
and are written anew with every batch; only an officer's own words in a record are not.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cells.models import Cell, Person


class TrackDevice(models.Model):
    """A phone, and the coordinate system its points were named in: with it a place can be turned back as it was given.

    The key is a digest of both (`cases.patrols.taking.device_of`): whoever meets a phone first, it has the same.
    """

    id = models.BigIntegerField(primary_key=True)
    label = models.CharField(_("label"), max_length=60, blank=True)
    crs = models.CharField(_("CRS as given"), max_length=20)

    def __str__(self) -> str:
        return self.label or "–"


class TrackPoint(models.Model):
    """Where somebody was at a moment. Partitioned by the city's days (cases/sql/track_points_v1.sql).

    The place is two numbers, not a geometry: 16 bytes for 32, and no question is asked of single points by place. So
    there is no GiST; a person's day is read by the primary key. Foreign keys are not checked row by row by the
    database: who writes points knows the person and has made the device.
    """

    pk = models.CompositePrimaryKey("person_id", "at")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    at = models.DateTimeField(_("at"))
    x = models.FloatField(_("easting, m, city CRS, 1 mm"))
    y = models.FloatField(_("northing, m, city CRS, 1 mm"))
    # `real` in the table; NaN where the phone does not say.
    accuracy_m = models.FloatField(_("accuracy, m"))
    device = models.ForeignKey(
        TrackDevice, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"{self.person_id} {self.at:%Y-%m-%d %H:%M:%S}"


class PatrolRecord(models.Model):
    """A person's day on patrol (巡查记录), from the track; the officer adds his words. Its row is the day's lock."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="patrols", verbose_name=_("person"))
    day = models.DateField(_("day"))
    points = models.PositiveIntegerField(_("points"), default=0)
    first_at = models.DateTimeField(_("first seen"), null=True, blank=True)
    last_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    seconds = models.FloatField(_("time on the way, s"), default=0)
    metres = models.FloatField(_("way on foot, m"), default=0)
    metres_driven = models.FloatField(_("way driven, m"), default=0)
    minutes = models.PositiveSmallIntegerField(_("minutes with a point"), default=0)
    # Sketches by which copied tracks are found (`spatial.marks`).
    path_marks = ArrayField(models.BigIntegerField(), default=list)
    place_marks = ArrayField(models.BigIntegerField(), default=list)
    compared = models.BooleanField(_("compared with all others"), default=False)
    note = models.TextField(_("note"), blank=True)
    weather = models.CharField(_("weather"), max_length=40, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        ordering = ("-day", "person")
        constraints = (models.UniqueConstraint(fields=["person", "day"], name="one_patrol_record_a_day"),)
        indexes = (
            models.Index(fields=["day"], name="patrol_of_day"),
            models.Index(fields=["person"], name="patrol_to_compare", condition=Q(compared=False)),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.day}"

    @property
    def km(self) -> float:
        """The way on foot in kilometres, to a tenth."""
        return round(self.metres / 1000, 1)


class CellVisit(models.Model):
    """Somebody was at a unit cell on a day; the words of `spatial.tracks` say what counts."""

    class Mode(models.IntegerChoices):
        POINT = 0, _("single points")
        FOOT = 1, _("on foot")
        DRIVEN = 2, _("driven past")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="visits", db_index=False)
    day = models.DateField(_("day"))
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="visits", db_index=False)
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))
    seconds = models.FloatField(_("time, s"))
    metres = models.FloatField(_("way on foot, m"))
    # Empty where the cell has no street.
    street_share = models.FloatField(_("share of its streets seen"), null=True, blank=True)
    mode = models.PositiveSmallIntegerField(_("mode"), choices=Mode.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person", "day", "cell"], name="one_visit_a_day_and_cell"),
            models.CheckConstraint(
                condition=Q(street_share=None) | Q(street_share__gte=0, street_share__lte=1), name="share_of_streets"
            ),
        )
        indexes = (
            models.Index(fields=["day", "cell"], name="visits_of_day"),
            models.Index(fields=["cell", "-day"], name="visits_of_cell"),
        )

    def __str__(self) -> str:
        return f"{self.cell} {self.day}"

    @property
    def minutes(self) -> float:
        return self.seconds / 60


class TrackFlag(models.Model):
    """Something in a track that cannot be so, or looks copied: for a person to look at, no verdict."""

    class Kind(models.TextChoices):
        TELEPORT = "teleport", _("faster than anybody can be")
        REPLAY = "replay", _("the same track once more")
        TWO_PHONES = "two_phones", _("two phones of one person at two places")
        SAME_PLACE = "same_place", _("two persons at exactly one place")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="track_flags", verbose_name=_("person"))
    day = models.DateField(_("day"))
    # Whose track it is like, and of which day: the earlier one.
    other_person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("other person")
    )
    other_day = models.DateField(_("other day"), null=True, blank=True)
    at = models.DateTimeField(_("first at"), null=True, blank=True)
    times = models.PositiveIntegerField(_("how often"), default=1)

    class Meta:
        ordering = ("-day", "person", "kind")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "day", "kind", "other_person", "other_day"], nulls_distinct=False,
                name="one_flag_of_a_kind",
            ),
        )  # fmt: skip
        indexes = (
            models.Index(fields=["day"], name="track_flags_of_day"),
            models.Index(
                fields=["other_person", "other_day"], name="track_flags_of_other", condition=Q(other_day__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.person} {self.day}"
