"""Why an edit of the tiling is not made: a reason, the place, and the nearest edit that would be.

A planner's edit is answered, never half done: with the changed cells, or with a `Refusal`. A refusal is no
fault of the program, so the verbs of `spatial.edits` return it; inside them it travels as `Refused`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

Place = tuple[float, float]


class Reason(StrEnum):
    """One word for each way an edit can be impossible; stable, for pages and translations."""

    EMPTY = "empty"
    NOT_FINITE = "not_finite"
    FAR_AWAY = "far_away"
    WRONG_KIND = "wrong_kind"
    TOO_LONG = "too_long"
    UNKNOWN_CELL = "unknown_cell"
    NOT_LOADED = "not_loaded"
    NO_VERTEX = "no_vertex"
    NO_BORDER = "no_border"
    OUTLINE_FIXED = "outline_fixed"
    CROSSES_COMMUNITY = "crosses_community"
    OUTSIDE = "outside"
    DOES_NOT_DIVIDE = "does_not_divide"
    NOT_CONTIGUOUS = "not_contiguous"
    ENCLOSES = "encloses"
    FOLDS_OVER = "folds_over"
    VANISHES = "vanishes"
    TOO_SMALL = "too_small"
    TOO_NARROW = "too_narrow"
    SPIKE = "spike"
    STRAY = "stray"
    BAD_OUTLINE = "bad_outline"
    NOT_EXACT = "not_exact"
    NOTHING_CHANGES = "nothing_changes"


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for translation under the name that gettext's tools look for."""
    return sentence


# What is so, with the value found; what is allowed. Templates for the page's translation as well.
SENTENCES: dict[Reason, str] = {
    Reason.EMPTY: gettext_noop("The {what} has no points to work with."),
    Reason.NOT_FINITE: gettext_noop("The {what} has a coordinate that is not a number (point {row})."),
    Reason.FAR_AWAY: gettext_noop(
        "The {what} reaches {distance_km:.0f} km outside the map; at most {limit_km:.0f} km is allowed."
    ),
    Reason.WRONG_KIND: gettext_noop("A {wanted} is needed here; a {found} was given."),
    Reason.TOO_LONG: gettext_noop("The {what} has {count} points; at most {limit} are allowed."),
    Reason.UNKNOWN_CELL: gettext_noop("There is no cell {cell} in this state of the map."),
    Reason.NOT_LOADED: gettext_noop("Cell {cell} lies at the rim of the loaded area and cannot be changed from here."),
    Reason.NO_VERTEX: gettext_noop(
        "There is no corner within {limit_m} m of the place; the nearest is {distance_m:.3f} m away."
    ),
    Reason.NO_BORDER: gettext_noop("Cells {one} and {other} have no such common border."),
    Reason.OUTLINE_FIXED: gettext_noop("This border is the outline of the divided area; it stays as it is."),
    Reason.CROSSES_COMMUNITY: gettext_noop("The edit would move land from community {one} to community {other}."),
    Reason.OUTSIDE: gettext_noop("{area_m2:.1f} m² lie outside the divided area."),
    Reason.DOES_NOT_DIVIDE: gettext_noop("The line does not divide: it must run from border to border."),
    Reason.NOT_CONTIGUOUS: gettext_noop("The cells do not hang together by common borders; they are {parts} pieces."),
    Reason.ENCLOSES: gettext_noop("The merged cell would enclose {count} other cells."),
    Reason.FOLDS_OVER: gettext_noop("The border would cross or touch itself or another border here."),
    Reason.VANISHES: gettext_noop("Cell {cell} would vanish; merge it if that is meant."),
    Reason.TOO_SMALL: gettext_noop("A cell of {area_m2:.1f} m² would remain; at least {limit_m2:.0f} m² is allowed."),
    Reason.TOO_NARROW: gettext_noop("A cell nowhere wider than {limit_m} m would remain."),
    Reason.SPIKE: gettext_noop("The cell would get a spike thinner than {width_m} m and longer than {length_m} m."),
    Reason.STRAY: gettext_noop(
        "A piece of {area_m2:.1f} m² of cell {cell} would be cut off from it and belong to no cell."
    ),
    Reason.BAD_OUTLINE: gettext_noop("The outline is not one simple area: {fault}."),
    Reason.NOT_EXACT: gettext_noop("On the 1 mm grid the edit would leave a gap or an overlap here."),
    Reason.NOTHING_CHANGES: gettext_noop("The edit changes nothing."),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edit that is not made. `place` is in metres of the city's system; `nearest` was tried and is allowed."""

    reason: Reason
    values: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    cells: tuple[int, ...] = ()
    # A line, outline or point that the same verb accepts in place of the one given.
    nearest: Any = None
    # Cells that the same verb accepts in place of those given.
    nearest_cells: tuple[int, ...] = ()

    @property
    def message(self) -> str:
        """The refusal as an English sentence."""
        return SENTENCES[self.reason].format(**self.values)


class Refused(Exception):
    """Carries a refusal up to the verb that answers with it."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


def refuse(
    reason: Reason, *, place: Place | None = None, cells: tuple[int, ...] = (), nearest: Any = None, **values: Any
) -> NoReturn:
    """Stop the edit at hand."""
    raise Refused(Refusal(reason, values, place, cells, nearest))
