"""A month's draw: its seed is bound first, by a digest that is shown; then cells are drawn; then anybody may verify.

The frame are the cells of the edition in force at the draw. Editions do not change, so a draw can be recomputed in any
later year, here (`verify`) or by hand (`cases.spot_checks.lots`). Pages show the seed once the days for the checks are
over or all are made: before that it would tell the grids where somebody will look.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import SpotCheck, SpotDraw
from cases.spot_checks import checkers, lots
from cells import rules
from cells.models import Cell, CellVersion, Edition, Grid, GridVersion, Level

NAMES = ("level", "by_ground", "share", "least", "most", "days")
BY_GRADE, BY_USE = 1, 2


class CannotDraw(ValueError):
    """The month cannot be bound or drawn: words say why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What drawing again gave beside what is stored."""

    draw: SpotDraw
    digest_fits: bool
    missing: list[str]  # cells that drawing again gives and that are not stored
    foreign: list[str]  # stored, and not given
    order_fits: bool

    @property
    def equal(self) -> bool:
        return self.digest_fits and self.order_fits and not self.missing and not self.foreign


def commit(month: str, *, by: Any, at: dt.datetime, seed: str = "") -> SpotDraw:
    """Bind a seed to a month, so that its digest can be shown before anything is drawn. Raises CannotDraw."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month) or not "1900" < month < "3000":
        raise CannotDraw(_("Write the month as 2026-03."))
    seed = seed or secrets.token_hex(32)
    try:
        with transaction.atomic():
            return SpotDraw.objects.create(
                month=month, seed=seed, digest=lots.digest_of(month, seed), committed_at=at, committed_by=by
            )
    except IntegrityError as error:
        raise CannotDraw(_("A seed is bound to %(month)s already.") % {"month": month}) from error


@transaction.atomic
def draw(month: str, *, by: Any, at: dt.datetime, words: str = "") -> SpotDraw:
    """Draw a month's cells from the edition in force and give them to checkers; binds the seed first, where it is not.

    Raises
    ------
    CannotDraw : the month is drawn already, or is no month; or there is nothing to draw from
    NoEditionInForce
    """
    found = SpotDraw.objects.select_for_update().filter(month=month).first() or commit(month, by=by, at=at)
    if found.drawn_at is not None:
        raise CannotDraw(_("%(month)s is drawn already: a draw stays as it is.") % {"month": month})
    if len(words) > 100 or "|" in words or not words.isprintable():
        raise CannotDraw(_("The words said at the draw are at most 100 signs in one line, without “|”."))
    figures = dict(zip(NAMES, rules.figures(*(f"spot_check_{name}" for name in NAMES)), strict=True))
    found.edition, found.rules, found.words = Edition.objects.in_force(), figures, words
    found.drawn_at, found.drawn_by = at, by
    found.until = timezone.localdate(at) + dt.timedelta(days=int(figures["days"]))
    frame = frame_of(found.edition, figures)
    drawn = lots.draw(frame, month=month, seed=found.seed, size=size_of(figures), words=words)
    if not drawn:
        raise CannotDraw(_("There is no cell to draw from: look at the rules of spot checks."))
    found.save()
    checks = _checks(found, drawn)
    checkers.give_out(found, checks, day=timezone.localdate(at))
    SpotCheck.objects.bulk_create(checks, batch_size=1000)
    return found


@transaction.atomic
def give_out_rest(month: str, *, at: dt.datetime) -> int:
    """Give the checks that wait without a checker to somebody, if there is one by now; how many. Raises CannotDraw."""
    found = SpotDraw.objects.select_for_update().filter(month=month, drawn_at__isnull=False).first()
    if found is None:
        raise CannotDraw(_("%(month)s is not drawn.") % {"month": month})
    checks = list(found.checks.select_related("grid").order_by("rank"))
    before = [check for check in checks if check.checker_id is None]
    checkers.give_out(found, checks, day=timezone.localdate(at))
    given = [check for check in before if check.checker_id is not None]
    SpotCheck.objects.bulk_update(given, ["checker"])
    return len(given)


def verify(found: SpotDraw) -> Verified:
    """Draw again from seed, edition and rules as they are stored, and hold it against the stored cells."""
    assert found.edition is not None
    again = [b.code for b in lots.draw(
        frame_of(found.edition, found.rules), month=found.month, seed=found.seed, size=size_of(found.rules),
        words=found.words,
    )]  # fmt: skip
    stored = list(found.checks.order_by("rank").values_list("cell__code", flat=True))
    return Verified(
        draw=found,
        digest_fits=lots.digest_of(found.month, found.seed) == found.digest,
        missing=sorted(set(again) - set(stored)),
        foreign=sorted(set(stored) - set(again)),
        order_fits=again == stored,
    )


def seed_is_public(found: SpotDraw, *, today: dt.date, open: int) -> bool:
    """Whether pages show the seed: the days for the checks are over, or none of them is still open."""
    return found.until is not None and (today > found.until or open == 0)


def size_of(figures: dict[str, float]) -> lots.Size:
    """How many cells of a unit, by the rules of a draw."""
    return lots.Size(figures["share"], int(figures["least"]), int(figures["most"]))


def frame_of(edition: Edition, figures: dict[str, float]) -> list[lots.Ballot]:
    """The cells of an edition with their units and classes of ground, in the order of their codes; two queries."""
    level = Level.objects.filter(rank=int(figures["level"])).first()
    above = _above(edition)
    codes = dict(Grid.objects.filter(level=level).values_list("pk", "code"))
    by = int(figures["by_ground"])
    rows = CellVersion.objects.of_edition(edition).order_by("cell__code")
    frame = []
    for code, community, grade, use in rows.values_list("cell__code", "community", "management_grade", "land_use"):
        unit = next((codes[grid] for grid in above[community] if grid in codes), None)
        if unit is not None:
            frame.append(lots.Ballot(code, unit, {BY_GRADE: grade, BY_USE: use}.get(by, "")))
    return frame


def _checks(found: SpotDraw, drawn: list[lots.Ballot]) -> list[SpotCheck]:
    assert found.edition is not None
    above = _above(found.edition)
    units = {grid.code: grid for grid in Grid.objects.filter(code__in={ballot.unit for ballot in drawn})}
    codes = [ballot.code for ballot in drawn]
    cells = dict(Cell.objects.filter(code__in=codes).values_list("code", "pk"))
    there = CellVersion.objects.of_edition(found.edition).filter(cell__code__in=codes)
    versions = {v.cell_id: v for v in there.select_related("grid", "community").defer("shape")}
    checks = []
    for rank, ballot in enumerate(drawn, start=1):
        version = versions[cells[ballot.code]]
        own = [version.grid_id] if version.grid_id else []
        checks.append(
            SpotCheck(
                draw=found,
                rank=rank,
                cell_id=version.cell_id,
                unit=units[ballot.unit],
                ground=ballot.ground,
                grid=version.grid or version.community,
                above=own + above[version.community_id],
            )
        )
    return checks


class _Above(dict[int, list[int]]):
    """A grid and all that hold it in an edition, from below up."""

    def __init__(self, parents: dict[int, int | None]) -> None:
        super().__init__()
        self.parents = parents

    def __missing__(self, grid: int) -> list[int]:
        parent = self.parents.get(grid)
        self[grid] = [grid, *(self[parent] if parent is not None else [])]
        return self[grid]


def _above(edition: Edition) -> _Above:
    return _Above(dict(GridVersion.objects.of_edition(edition).values_list("grid", "parent")))
