"""The month's counts and rates beside the month before and the same month a year ago; rates with their formulas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from cases.judging.periods import BadPeriod, Period, month_before
from cases.judging.rates import Counts, Rates, rates
from cases.judging.units import Of
from cases.judging.vocabulary import BELOW_FACTS, FACTS, PATROL_FACTS, SENTENCES, Formula
from cases.models import Indicator
from cells.models import NoEditionInForce
from maps.bulletin.blocks import Block, Column, Heading, Items, Table, Words

# The counts that open a bulletin, of what came in and of what was due; what each counts is said by its sentence.
CAME_IN = ("reports", "accepted", "filed", "void", "dispatched", "reopened")
DUE = ("should_close", "on_hold", "closed", "closed_on_time", "rework", "extended", "closed_in")


@dataclass(frozen=True, slots=True)
class Compared:
    """The whole city in a month, the month before and the same month a year ago (None: not to be counted)."""

    month: str
    now: Rates
    before: Rates | None
    year_ago: Rates | None

    def each(self) -> list[Rates | None]:
        """The three, in this order."""
        return [self.now, self.before, self.year_ago]


def compared(month: str, *, at: dt.datetime) -> Compared:
    """Count the three months. Raises BadPeriod, NoEditionInForce."""
    year_ago = f"{int(month[:4]) - 1:04d}{month[4:]}"
    now = rates(Of.CITY, Period.of_month(month, at=at), reread=False)
    return Compared(month, now, _earlier(month_before(month), at), _earlier(year_ago, at))


def _earlier(month: str, at: dt.datetime) -> Rates | None:
    try:
        return rates(Of.CITY, Period.of_month(month, at=at), reread=False)
    except (BadPeriod, NoEditionInForce):
        return None


def has_cases(counts: Counts) -> bool:
    """Whether any fact of cases is above 0: cells that nobody walks are there in any month."""
    return any(counts.facts.get(name) for name in FACTS)


def no_cases() -> str:
    """What stands where there was nothing to divide by: neither 0 % nor 100 %."""
    return _("no cases")


def percent(rate: Decimal | None) -> str:
    """A rate as it is printed."""
    return no_cases() if rate is None else f"{rate} %"


def months_table(found: Compared) -> list[Block]:
    """The counts of the three months."""
    totals = [None if one is None else one.total for one in found.each()]
    rows = []
    for name in (*CAME_IN, *DUE):
        cells = [_count(counts, name) for counts in totals]
        rows.append([sentence(name), *cells])
    return [Table([Column(_("What is counted"), 3.4, number=False), *_months(found)], rows)]


def rates_table(found: Compared) -> list[Block]:
    """Every indicator of cases in the three months, and under the table what is divided by what."""
    wanted = [i for i in Indicator.objects.all() if not _of(i, PATROL_FACTS) and not _of(i, BELOW_FACTS)]
    rows = []
    for n, indicator in enumerate(wanted, 1):
        cells = [_rate(one, indicator.key) for one in found.each()]
        rows.append([f"{indicator} [{n}]", *cells])
    notes = [f"[{n}] {formula_words(indicator)}" for n, indicator in enumerate(wanted, 1)]
    table = Table([Column(_("Rate"), 3.4, number=False), *_months(found)], rows)
    return [table, Words(_("How each rate is made:"), quiet=True), *(Words(note, quiet=True) for note in notes)]


def patrol_table(units: Rates) -> list[Block]:
    """The patrols' rates of every unit, and of all together."""
    wanted = [i for i in Indicator.objects.all() if _of(i, PATROL_FACTS)]
    listed = [row for row in units.rows if row.unit.id is not None and not row.unit.gone]
    rows = [[row.unit.name, *(percent(row.rate(units.formulas, i.key)) for i in wanted)] for row in listed]
    rows.append([units.total.unit.name, *(percent(units.total.rate(units.formulas, i.key)) for i in wanted)])
    columns = [Column(_("Unit"), 2.0, number=False), *(Column(str(i)) for i in wanted)]
    notes = [Words(formula_words(i), quiet=True) for i in wanted]
    return [Heading(_("Patrols"), 2), Table(columns, rows, frozenset({len(rows) - 1})), *notes]


def told_in_words(found: Compared) -> list[Block]:
    """The month in two or three sentences."""
    total = found.now.total
    if not has_cases(total):
        return [Words(_("No cases were reported, due or closed in this month."))]
    said = [
        _("%(reports)s reports came in, %(filed)s cases were filed, %(closed)s were closed.")
        % {name: f"{total.facts.get(key, 0):,}" for name, key in
           (("reports", "reports"), ("filed", "filed"), ("closed", "closed_in"))}
    ]  # fmt: skip
    due, late = total.facts.get("should_close", 0), total.facts.get("closed_on_time", 0)
    if due:
        said.append(
            _("Of %(due)s cases that were due, %(timely)s were done on time.")
            % {"due": f"{due:,}", "timely": f"{late:,}"}
        )
    else:
        said.append(_("No case was due."))
    before = found.before
    if before is None or not has_cases(before.total):
        said.append(_("Nothing is known of the month before."))
    return [Items(said)]


def partial_words(period: Period) -> str:
    """That a month is not over, and up to when it is judged; empty for a month that is."""
    if not period.is_partial:
        return ""
    return _("The month is not over: judged as far as it has come. The months beside it are whole.")


def sentence(name: str) -> str:
    """What a fact counts, without the full stop."""
    return str(SENTENCES[name]).rstrip(".。")


def formula_words(indicator: Indicator) -> str:
    """A rate's name and what is divided by what, in words."""
    above, below = (_sum(Formula.read(text)) for text in (indicator.numerator, indicator.denominator))
    note = f" ({indicator.note})" if indicator.note else ""
    return f"{indicator} = {above} ÷ {below}{note}"


def _sum(formula: Formula) -> str:
    terms = []
    for n, (sign, name) in enumerate(formula.terms):
        mark = "− " if sign < 0 else ("+ " if n else "")
        terms.append(f"{mark}“{sentence(name)}”")
    said = " ".join(terms)
    return f"({said})" if len(terms) > 1 else said


def _of(indicator: Indicator, facts: Mapping[str, object]) -> bool:
    names: Iterable[str] = (name for _sign, name in Formula.read(indicator.denominator).terms)
    return all(name in facts for name in names)


def _months(found: Compared) -> list[Column]:
    month = found.month
    return [Column(month), Column(month_before(month)), Column(f"{int(month[:4]) - 1:04d}{month[4:]}")]


def _count(counts: Counts | None, name: str) -> str:
    if counts is None or not has_cases(counts):
        return no_cases()
    return f"{counts.facts.get(name, 0):,}"


def _rate(found: Rates | None, key: str) -> str:
    return no_cases() if found is None else percent(found.total.rate(found.formulas, key))
