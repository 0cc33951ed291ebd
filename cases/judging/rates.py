"""Counts and rates of any unit and period: one pass over the facts, then arithmetic.

Every rate is exact: whole numbers, per cent with two decimals, half up. A denominator of 0 means that there were no
cases and gives None, never 0 % or 100 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.conf import settings

from cases.judging import below, counting, units
from cases.judging.intervals import wilson
from cases.judging.periods import Period
from cases.judging.units import LEVELS, PEOPLE, Of, Unit
from cases.judging.vocabulary import ACTORS, BELOW_FACTS, FACTS, PATROL_FACTS, SPOT_FACTS, Formula, percent
from cases.models import Indicator
from cases.patrols.rates import FIGURES, NO_FINDS
from cases.spot_checks import counts as spot_checks
from cells import rules
from cells.models import Edition, Grid
from spatial.postgis import roles, run

NOBODYS = Unit(None, "", "不在任何单位", "On nobody's ground")
NO_DEPARTMENTS = Unit(None, "", "不涉及部件，或部件未登记部门", "Of no component, or of one without a department")


@dataclass(frozen=True, slots=True)
class Counts:
    """The facts of one unit, and the editions by which its cases were placed."""

    unit: Unit
    facts: Mapping[str, int]
    editions: tuple[int, int] | None = None

    def rate(self, formulas: Formulas, key: str) -> Decimal | None:
        """An indicator of it; None where there were no cases."""
        numerator, denominator = formulas[key]
        return percent(numerator.of(self.facts), denominator.of(self.facts))

    def interval(self, formulas: Formulas, key: str) -> tuple[Decimal, Decimal] | None:
        """Wilson's 95 % interval of an indicator that was seen in a sample (spot checks); None for all others."""
        numerator, denominator = formulas[key]
        if not {name for _sign, name in denominator.terms} <= SPOT_FACTS.keys():
            return None
        hits, tries = numerator.of(self.facts), denominator.of(self.facts)
        return wilson(hits, tries) if 0 <= hits <= tries else None


Formulas = Mapping[str, tuple[Formula, Formula]]
# By key of the unit: its facts, and the first and last edition by which they were placed.
Counted = dict[int | None, tuple[dict[str, int], tuple[int, int] | None]]


@dataclass(frozen=True, slots=True)
class Rates:
    """What was counted: the units in the order of their codes, all of them together, and by what."""

    kind: Of
    period: Period
    edition: Edition
    rows: list[Counts]
    total: Counts
    formulas: Formulas = field(repr=False)

    def as_data(self) -> dict[str, Any]:
        """Plain data; the keys of indicators are those of the table, and stay."""
        return {
            "unit": str(self.kind),
            "from": self.period.since.isoformat(),
            "to": self.period.until.isoformat(),
            "as_of": self.period.end.isoformat(),
            "partial": self.period.is_partial,
            "edition": self.edition.number,
            "rows": [self._told(row) for row in self.rows],
            "total": self._told(self.total),
        }

    def _told(self, row: Counts) -> dict[str, Any]:
        rates = {key: row.rate(self.formulas, key) for key in self.formulas}
        sure = {key: row.interval(self.formulas, key) for key in self.formulas}
        return {
            "code": row.unit.code,
            "name": row.unit.name,
            "gone": row.unit.gone,
            "editions": list(row.editions) if row.editions else None,
            **{key: None if rate is None else float(rate) for key, rate in rates.items()},
            "intervals": {key: [float(low), float(high)] for key, (low, high) in _there(sure)},
            "facts": dict(row.facts),
        }


def rates(kind: Of, period: Period, *, within: Grid | None = None, reread: bool = True, patrols: bool = True) -> Rates:
    """Count a period by units of a kind, all of the city or those within one.

    `reread`: bring the facts up to the histories first; `patrols`: count visits too, which takes a second query.

    Raises
    ------
    NoEditionInForce
    """
    edition = period.edition()
    if reread:
        counting.fresh()
    with roles.as_owner():
        counted = _people(period, within) if kind in PEOPLE else _ground(kind, period, within)
        known = units.units_of(kind, edition, within=within)
        if kind is Of.ROLE:
            counted, known = _by_role(counted)
        if patrols and kind in (*LEVELS, Of.CELL):
            _add(counted, _patrols(kind, period, within), PATROL_FACTS)
        if kind in (*LEVELS, Of.CELL):
            looked = spot_checks.facts(
                str(kind), since=period.begin, until=period.end, within=within.pk if within else None
            )
            _add(counted, looked, SPOT_FACTS)
        if kind in LEVELS:
            judged = below.facts(kind, period)
            _add(counted, {key: judged[key] for key in judged if within is None or key in known}, BELOW_FACTS)
        others = units.named(kind, [key for key in counted if key is not None and key not in known])
    known |= {key: replace(unit, gone=kind in LEVELS) for key, unit in others.items()}
    return told(kind, period, edition, counted, known, formulas_of(Indicator.objects.all()))


def told(
    kind: Of, period: Period, edition: Edition, counted: Counted, known: Mapping[int, Unit], formulas: Formulas
) -> Rates:
    """What was counted by keys of units, in the order of their codes; known ones without cases stand there, too."""
    nobodys = NO_DEPARTMENTS if kind is Of.DEPARTMENT else NOBODYS
    found = [
        Counts(known.get(key, nobodys) if key is not None else nobodys, facts, editions)
        for key, (facts, editions) in counted.items()
    ]
    there = {row.unit.id for row in found}
    found += [Counts(unit, {}) for key, unit in known.items() if key not in there]
    rows = sorted(found, key=lambda row: (row.unit.id is None, row.unit.code, row.unit.name_zh))
    return Rates(kind, period, edition, rows, _together(rows), formulas)


def formulas_of(indicators: Iterable[Indicator]) -> Formulas:
    """The formulas of indicators, by key; raises BadFormula."""
    return {i.key: (Formula.read(i.numerator), Formula.read(i.denominator)) for i in indicators}


def cases_of(
    fact: str, kind: Of, period: Period, *, unit: int | None = None, within: Grid | None = None, whole: bool = False,
    most: int = 100, skip: int = 0,
) -> tuple[int, list[int]]:  # fmt: skip
    """How many cases a fact counts for a unit, or for all of them (`whole`), and a page of their keys."""
    if fact not in FACTS:
        return 0, []
    person = kind is Of.PERSON
    asked = {**period.asked(), "level": str(kind), "fact": fact, "within": within.pk if within else None}
    asked |= {"unit": None if person else unit, "whole": whole or person, "who": unit if person else None}
    asked |= {"actor": ACTORS[fact], "most": most, "skip": skip}
    with roles.as_owner():
        found = run.rows("cases", "judging_cases_v1", asked)
    return (found[0][1] if found else 0), [case for case, _number in found]


def _ground(kind: Of, period: Period, within: Grid | None) -> Counted:
    asked = {**period.asked(), "level": str(kind), "within": within.pk if within else None}
    return {row[0]: _row(row) for row in run.rows("cases", "judging_counts_v1", asked)}


def _people(period: Period, within: Grid | None) -> Counted:
    asked = {**period.asked(), "within": within.pk if within else None}
    return {row[0]: _row(row) for row in run.rows("cases", "judging_people_v1", asked)}


def _by_role(counted: Counted) -> tuple[Counted, dict[int, Unit]]:
    """The sums of each role's people; roles have no numbers, so they are numbered in the order of their names."""
    role_of = units.roles_of(key for key in counted if key is not None)
    ordered = sorted({role.pk: role for role in role_of.values()}.values(), key=lambda role: role.pk)
    number = {role.pk: n for n, role in enumerate(ordered, start=1)}
    out: Counted = {}
    for user, found in counted.items():
        key = number[role_of[user].pk] if user in role_of else None
        out[key] = _sum(out[key], found) if key in out else found
    return out, {number[r.pk]: Unit(number[r.pk], r.pk, r.name_zh, r.name_en) for r in ordered}


def _row(row: tuple[Any, ...]) -> tuple[dict[str, int], tuple[int, int] | None]:
    return dict(zip(FACTS, row[3:], strict=True)), None if row[1] is None else (row[1], row[2])


def _patrols(kind: Of, period: Period, within: Grid | None) -> dict[int | None, dict[str, int]]:
    dwell_s, walk_m, share = rules.figures(*FIGURES)
    asked = {
        "first": period.since,
        "last": min(period.until, period.end.astimezone(period.begin.tzinfo).date()),
        "since": period.begin,
        "until": period.end,
        "zone": settings.TIME_ZONE,
        "level": str(kind),
        "within": within.pk if within else None,
        "dwell": dwell_s,
        "walk": walk_m,
        "share": share,
        "no_finds": list(NO_FINDS),
    }
    rows = run.rows("cases", "judging_patrols_v1", asked)
    return {row[0]: dict(zip(PATROL_FACTS, row[1:], strict=True)) for row in rows}


def _add(counted: Counted, more: Mapping[int | None, dict[str, int]], names: Iterable[str]) -> None:
    for key, facts in more.items():
        if any(facts.values()):
            before = counted.get(key, ({}, None))
            counted[key] = (before[0] | {name: facts[name] for name in names if name in facts}, before[1])


def _there(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in found.items() if value is not None]


def _sum(one: tuple[dict[str, int], Any], other: tuple[dict[str, int], Any]) -> tuple[dict[str, int], Any]:
    facts = {name: one[0].get(name, 0) + other[0].get(name, 0) for name in one[0] | other[0]}
    spans = [span for span in (one[1], other[1]) if span]
    return facts, (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None


def _together(rows: list[Counts]) -> Counts:
    both: tuple[dict[str, int], Any] = ({}, None)
    for row in rows:
        both = _sum(both, (dict(row.facts), row.editions))
    return Counts(Unit(None, "", "合计", "All together"), both[0], both[1])
