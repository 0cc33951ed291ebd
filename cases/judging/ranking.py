"""The monthly ranking of units by a scheme: scores, ties, new units, months without cases, and what has moved.

Equal scores share a place, and the next one is counted on (1, 2, 2, 4). A unit that appeared within the month, or is
gone at its end, is shown and not ranked; so is one without cases. Nothing is stored here: see `publishing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings

from cases.judging.periods import BadPeriod, Period, month_before
from cases.judging.rates import Counts, Formulas, Rates, rates
from cases.judging.scoring import Part, Scored, grade, score
from cases.judging.units import Of, Unit
from cases.judging.vocabulary import FACTS
from cases.models import Scheme, SchemePart
from cells.models import Edition, Grid, NoEditionInForce
from spatial.postgis import roles, run


class NoSuchScheme(LookupError):
    """There is no scheme of this name; words say which there are."""


class Standing(StrEnum):
    """Why a unit has a place, or none."""

    RANKED = "ranked"
    NEW = "new"  # appeared within the month
    GONE = "gone"  # is no unit any more at its end
    NO_CASES = "no_cases"


@dataclass(frozen=True, slots=True)
class Line:
    """One unit in the ranking."""

    counts: Counts
    standing: Standing
    place: int | None
    score: Decimal | None
    grade: Mapping[str, Any] | None
    parts: list[Scored]
    before: int | None = None  # its place a month before

    @property
    def unit(self) -> Unit:
        return self.counts.unit

    @property
    def moved(self) -> int | None:
        """Places won (above 0) or lost since the month before."""
        return None if self.before is None or self.place is None else self.before - self.place


@dataclass(frozen=True, slots=True)
class Ranked:
    """A month's ranking."""

    month: str
    scheme: Scheme
    counted: Rates
    lines: list[Line]
    has_before: bool  # whether the month before could be ranked

    @property
    def tied(self) -> int:
        """How many units share their place with another."""
        places = [line.place for line in self.lines if line.place is not None]
        return sum(places.count(place) > 1 for place in places)

    def as_data(self) -> dict[str, Any]:
        """Plain data; the keys of indicators are those of the table, and stay."""
        counted = self.counted
        return {
            "month": self.month,
            "scheme": self.scheme.slug,
            "version": self.scheme.version,
            "unit": str(counted.kind),
            "from": counted.period.since.isoformat(),
            "to": counted.period.until.isoformat(),
            "partial": counted.period.is_partial,
            "edition": counted.edition.number,
            "ranked": sum(line.place is not None for line in self.lines),
            "tied": self.tied,
            "rows": [line_data(line, counted.formulas) for line in self.lines],
        }


def line_data(line: Line, formulas: Formulas) -> dict[str, Any]:
    """One line as plain data."""
    rates_of = {key: line.counts.rate(formulas, key) for key in formulas}
    return {
        "rank": line.place,
        "code": line.unit.code,
        "name": line.unit.name,
        "score": None if line.score is None else float(line.score),
        "grade": line.grade["key"] if line.grade else None,
        "standing": str(line.standing),
        "before": line.before,
        "parts": [one.as_data() for one in line.parts],
        **{key: None if rate is None else float(rate) for key, rate in rates_of.items()},
        "facts": dict(line.counts.facts),
    }


def scheme_named(slug: str, *, month: str) -> Scheme:
    """The version of a scheme that holds in a month: the newest of those that began by then. Raises NoSuchScheme."""
    found = Scheme.objects.filter(slug=slug, since__lte=month).order_by("-version").first()
    if found is None:
        there = sorted(set(Scheme.objects.values_list("slug", flat=True)))
        raise NoSuchScheme(f"There is no scheme “{slug}” in {month}. There are: {', '.join(there) or 'none'}.")
    return found


def parts_of(scheme: Scheme) -> list[Part]:
    """The parts of a scheme, as they are scored."""
    return [part_of(row) for row in scheme.parts.select_related("indicator").order_by("rank", "pk")]


def part_of(row: SchemePart) -> Part:
    """One row of a scheme, as it is scored."""
    by_rate = row.indicator is not None and row.kind in (SchemePart.Kind.SHARE, SchemePart.Kind.THRESHOLD)
    return Part(
        key=row.indicator_id if by_rate else row.fact,
        kind=row.kind,
        weight=row.weight,
        higher_is_better=row.indicator.higher_is_better if by_rate and row.indicator else True,
        threshold=row.threshold,
        each=row.each,
        steps=[(most, Decimal(str(points))) for most, points in row.steps],
    )


def ranking(
    month: str, scheme: Scheme, *, within: Grid | None = None, reread: bool = True, parts: Sequence[Part] | None = None
) -> Ranked:
    """Rank the units of a scheme's level in a month; `parts` instead of the scheme's own, to try something out.

    Raises
    ------
    BadPeriod : the month is none, or is to come
    NoEditionInForce
    """
    period = Period.of_month(month)
    kind = Of(scheme.level_id)
    counted = rates(kind, period, within=within, reread=reread)
    wanted = parts_of(scheme) if parts is None else list(parts)
    lines = _ranked(counted, wanted, scheme.grades)
    before = _places_before(month, kind, wanted, scheme.grades, within)
    if before is not None:
        lines = [_with_before(line, before) for line in lines]
    return Ranked(month, scheme, counted, lines, before is not None)


def _ranked(counted: Rates, parts: Sequence[Part], grades: Sequence[Mapping[str, Any]]) -> list[Line]:
    first = _first_edition_of(counted.period)
    scored = []
    for row in counted.rows:
        if row.unit.id is None:
            continue  # what lies on nobody's ground ranks nobody
        points, each = score(parts, row.facts, counted.formulas)
        standing = _standing(row, points, first)
        scored.append((row, standing, None if standing is Standing.NO_CASES else points, each))
    there = sorted((p for _, s, p, _ in scored if s is Standing.RANKED and p is not None), reverse=True)
    place = {points: there.index(points) + 1 for points in set(there)}
    lines = [
        Line(row, s, place[p] if s is Standing.RANKED and p is not None else None, p, grade(p, grades), each)
        for row, s, p, each in scored
    ]
    return sorted(lines, key=lambda line: (line.place is None, line.place or 0, line.unit.code))


def _standing(row: Counts, points: Decimal | None, first: int | None) -> Standing:
    if row.unit.gone:
        return Standing.GONE
    if first is not None and row.unit.since is not None and row.unit.since > first:
        return Standing.NEW
    # Cells that nobody walks are there in any month: they alone rank nobody.
    some = any(row.facts.get(name) for name in FACTS)
    return Standing.RANKED if some and points is not None else Standing.NO_CASES


def _first_edition_of(period: Period) -> int | None:
    """The number of the edition with which a period began; before the first of all, the first."""
    edition = Edition.objects.at(period.begin).first() or Edition.objects.published().order_by("number").first()
    return edition.number if edition else None


def _places_before(
    month: str, kind: Of, parts: Sequence[Part], grades: Sequence[Mapping[str, Any]], within: Grid | None
) -> dict[int, int] | None:
    """The places of a month before, by unit; None where nothing was counted in it."""
    try:
        counted = rates(kind, Period.of_month(month_before(month)), within=within, reread=False)
    except (BadPeriod, NoEditionInForce):
        return None
    lines = _ranked(counted, parts, grades)
    return {line.unit.id: line.place for line in lines if line.place is not None and line.unit.id is not None} or None


def _with_before(line: Line, before: Mapping[int, int]) -> Line:
    place = before.get(line.unit.id) if line.unit.id is not None else None
    return Line(line.counts, line.standing, line.place, line.score, line.grade, line.parts, place)


def months_judged(*, most: int = 36) -> list[str]:
    """The months in which something was reported, the newest first."""
    with roles.as_owner():
        found = run.rows("cases", "judging_months_v1", {"zone": settings.TIME_ZONE, "most": most})
    return [month for (month,) in found]


def moved(before: Iterable[Line], now: Iterable[Line]) -> dict[int | None, int | None]:
    """By unit, the places won or lost between two rankings of one month (a trial beside what holds)."""
    places = {line.unit.id: line.place for line in before}
    return {
        line.unit.id: None if line.place is None or places.get(line.unit.id) is None
        else (places[line.unit.id] or 0) - line.place
        for line in now
    }  # fmt: skip
