"""Plans: a redraw of the grids being prepared, as an overlay on the edition it started from.

Only what a plan touches is stored: `PlanCell` is the working state of one cell (existing cells under their own number,
cells born in the plan under negative ones), `PlanEdit` is one step with the states before and after, so that undo and
redo are exact and survive a closed browser. Nothing of a plan is seen outside it before `cells.plans` publishes it.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cells.models.editions import Edition
from cells.models.grids import Cell, Grid
from spatial.postgis.fields import CityPolygonField


class Plan(models.Model):
    """A redraw, from its first stroke to its edition."""

    class State(models.TextChoices):
        DRAFTING = "drafting", _("being drawn")
        SENT = "sent", _("sent for approval")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")

    title = models.CharField(_("title"), max_length=160)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFTING)
    base = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="plans", verbose_name=_("starts from"))
    copied_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(_("note"), blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    effective_at = models.DateTimeField(_("takes effect"), null=True, blank=True)
    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="plan")
    # Serial of the last step that is applied; steps above it can be redone.
    cursor = models.PositiveIntegerField(default=0)
    # Counts every change of the working state; an edit that names another one is stale and refused.
    revision = models.PositiveIntegerField(default=0)
    # Numbers given to cells and grids born in the plan: -1, -2, …
    last_key = models.IntegerField(default=0)
    locked = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        ordering = ("-made_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(made_by=None) | ~Q(approved_by=F("made_by")),
                name="plan_approved_by_a_second_person",
            ),
        )

    def __str__(self) -> str:
        return self.title


class PlanCell(models.Model):
    """The working state of one cell that a plan has touched."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="cells")
    key = models.BigIntegerField()
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    community = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+")
    # A third-level grid of the city, or (negative) one born in the plan; empty where the community has none.
    grid_key = models.BigIntegerField(null=True, blank=True)
    retired = models.BooleanField(default=False)
    shape = CityPolygonField(spatial_index=False)
    area_m2 = models.FloatField()
    perimeter_m = models.FloatField()
    # The base edition's cells that it was cut or merged from, itself left out.
    origin = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["plan", "key"], name="one_state_per_plan_and_cell"),)

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.key}"


class PlanGrid(models.Model):
    """A third-level grid born in a plan; it gets its code when the plan is published."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="grids")
    key = models.BigIntegerField()
    community = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="+")
    name_zh = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["plan", "key"], name="one_grid_per_plan_and_key"),)

    def __str__(self) -> str:
        return self.name_en or self.name_zh or str(self.key)


class PlanEdit(models.Model):
    """One step of a plan: what was meant, and the states of all it touched before and after (`cells.plans.states`)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="edits")
    serial = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    intent = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("plan", "serial")
        constraints = (models.UniqueConstraint(fields=["plan", "serial"], name="one_edit_per_serial"),)

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.serial} {self.kind}"


class PlanStep(models.Model):
    """What led from one revision of a plan to the next: an edit, its undoing, its approval. Never changed or dropped.

    Whoever comes with a stale revision is told from here which cells are others now, and by whom.
    """

    class Verb(models.TextChoices):
        DO = "do", _("done")
        UNDO = "undo", _("undone")
        REDO = "redo", _("redone")
        SEND = "send", _("sent for approval")
        APPROVE = "approve", _("approved")
        TAKE_BACK = "take_back", _("taken back to be drawn")
        WITHDRAW = "withdraw", _("withdrawn")
        REBASE = "rebase", _("put on the edition in force")
        PUBLISH = "publish", _("published")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="steps")
    revision = models.PositiveIntegerField()
    verb = models.CharField(max_length=9, choices=Verb.choices)
    kind = models.CharField(max_length=20, blank=True)
    keys = ArrayField(models.BigIntegerField(), default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("plan", "revision")
        constraints = (models.UniqueConstraint(fields=["plan", "revision"], name="one_step_per_revision"),)

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.revision}"


class PlanRemark(models.Model):
    """The word of explanation that a warning needs before its plan can be approved."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="remarks")
    check_slug = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["plan", "check_slug", "subject"], name="one_remark_per_finding"),
        )

    def __str__(self) -> str:
        return self.words


class CellDescent(models.Model):
    """The family tree of cells: a child that an edition cut from, or merged out of, a parent."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="+")
    parent = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="children")
    child = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="parents")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["parent", "child"], name="one_descent_per_pair"),)

    def __str__(self) -> str:
        return f"{self.parent_id} → {self.child_id}"
