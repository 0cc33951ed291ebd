"""Points by the parts of a scheme, and grades: exact decimals, nothing of the database. Pure arithmetic over counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cases.judging.vocabulary import Formula, percent

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
Formulas = Mapping[str, tuple[Formula, Formula]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a scheme, as it is scored."""

    key: str  # of the indicator, or the fact
    kind: str  # share, threshold, steps, deduction
    weight: Decimal
    higher_is_better: bool = True
    threshold: Decimal | None = None
    each: Decimal | None = None
    steps: Sequence[tuple[int | None, Decimal]] = field(default=())


@dataclass(frozen=True, slots=True)
class Scored:
    """What one part gave: the figure it went by (a rate or a count), and the points; None where there were no cases."""

    part: Part
    figure: Decimal | None
    points: Decimal | None

    def as_data(self) -> dict[str, Any]:
        """Plain data."""
        points = None if self.points is None else float(to_cents(self.points))
        figure = None if self.figure is None else float(self.figure)
        return {"key": self.part.key, "figure": figure, "points": points, "weight": float(self.part.weight)}


def score(parts: Iterable[Part], counts: Mapping[str, int], formulas: Formulas) -> tuple[Decimal | None, list[Scored]]:
    """The points of a unit with two decimals, and part by part.

    A part without cases is left out, and what the others gave is scaled to the weight of all: nobody gains or loses by
    what did not occur. Deductions are taken off after that, and the score does not fall below 0. Without cases in any
    part there is no score.
    """
    scored = [_scored(part, counts, formulas) for part in parts]
    earning = [one for one in scored if one.part.kind != "deduction"]
    there = [one for one in earning if one.points is not None]
    weight = sum((one.part.weight for one in there), Decimal(0))
    if not weight:
        return None, scored
    earned = sum((one.points or Decimal(0) for one in there), Decimal(0))
    scaled = earned * sum((one.part.weight for one in earning), Decimal(0)) / weight
    off = sum((one.points or Decimal(0) for one in scored if one.part.kind == "deduction"), Decimal(0))
    return to_cents(max(scaled + off, Decimal(0))), scored


def grade(points: Decimal | None, grades: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The best grade whose lowest score is reached."""
    if points is None:
        return None
    ranked = sorted(grades, key=lambda one: -Decimal(str(one["from"])))
    return next((one for one in ranked if points >= Decimal(str(one["from"]))), None)


def to_cents(value: Decimal) -> Decimal:
    """Two decimals, half up."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def _scored(part: Part, counts: Mapping[str, int], formulas: Formulas) -> Scored:
    if part.kind in ("share", "threshold"):
        numerator, denominator = (formula.of(counts) for formula in formulas[part.key])
        rate = percent(numerator, denominator)
        if rate is None:
            return Scored(part, None, None)
        exact = HUNDRED * numerator / denominator
        good = min(max(exact if part.higher_is_better else HUNDRED - exact, Decimal(0)), HUNDRED)
        if part.kind == "share":
            return Scored(part, rate, part.weight * good / HUNDRED)
        below = max((part.threshold or Decimal(0)) - good, Decimal(0))
        return Scored(part, rate, max(part.weight - (part.each or Decimal(1)) * below, Decimal(0)))
    count = counts.get(part.key, 0)
    if part.kind == "deduction":
        return Scored(part, Decimal(count), -min((part.each or Decimal(0)) * count, part.weight))
    if not any(counts.values()):
        return Scored(part, None, None)
    given = next((points for most, points in part.steps if most is None or count <= most), Decimal(0))
    return Scored(part, Decimal(count), min(Decimal(given), part.weight))
