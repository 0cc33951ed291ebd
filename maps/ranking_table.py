"""Rates and rankings as plain tables for files: whole numbers of every fact, so that each rate can be counted again.

Where there were no cases a rate is empty, never 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.judging.ranking import Ranked, Standing
from cases.judging.rates import Counts, Rates
from cases.judging.scoring import to_cents
from cases.judging.vocabulary import FACTS, SENTENCES
from cases.models import Indicator
from maps.exports import Column, Table

# The indicators that pages show until all are asked for.
SHOWN = (
    "file_rate", "dispatch_rate", "close_rate", "ontime_close_rate", "rework_rate", "extension_rate", "dispose_rate",
    "report_rate", "discovery_rate", "spot_discovery_rate",
)  # fmt: skip


def rates_table(found: Rates) -> Table:
    """Every unit and all together: each indicator of the table, then each fact of cases by its name."""
    indicators = list(Indicator.objects.all())
    facts = list(FACTS)
    columns = [
        Column(_("Code"), 18),
        Column(_("Unit"), 26),
        *(Column(f"{one}, %", kind=float) for one in indicators),
        *(Column(name, kind=int) for name in facts),
    ]

    def row(counts: Counts) -> tuple[Any, ...]:
        rates = [counts.rate(found.formulas, one.key) for one in indicators]
        return (counts.unit.code, counts.unit.name, *rates, *(counts.facts.get(name, 0) for name in facts))

    def rows() -> Iterator[tuple[Any, ...]]:
        yield from map(row, found.rows)
        yield row(found.total)

    return Table(_("Rates"), _head(found), columns, rows())


def ranking_table(ranked: Ranked) -> Table:
    """Every line of a ranking: place, score, and figure and points of each part."""
    names = {one.key: str(one) for one in Indicator.objects.all()}
    parts = ranked.lines[0].parts if ranked.lines else []
    standings = {
        Standing.RANKED: _("ranked"), Standing.NEW: _("new"), Standing.GONE: _("gone"),
        Standing.NO_CASES: _("no cases"),
    }  # fmt: skip
    points = _("Points")
    columns = [
        Column(_("Rank"), kind=int),
        Column(_("Rank of the month before"), kind=int),
        Column(_("Code"), 18),
        Column(_("Unit"), 26),
        Column(_("Standing")),
        Column(_("Score"), kind=float),
        Column(_("Grade")),
    ]
    for one in parts:
        name = names.get(one.part.key) or str(SENTENCES[one.part.key]).rstrip(".。")
        columns += [Column(name, kind=float), Column(f"{name}: {points}", kind=float)]
    rows = (
        (
            line.place, line.before, line.unit.code, line.unit.name, str(standings[line.standing]), line.score,
            line.grade["key"] if line.grade else None,
            *(
                value
                for one in line.parts
                for value in (one.figure, None if one.points is None else to_cents(one.points))
            ),
        )
        for line in ranked.lines
    )  # fmt: skip
    head = [(_("Scheme"), str(ranked.scheme)), *_head(ranked.counted)]
    title = _("Ranking")
    return Table(f"{title} {ranked.month}", head, columns, rows)


def _head(found: Rates) -> list[tuple[str, str]]:
    period = found.period
    head = [
        (_("Days"), f"{period.since} – {period.until}"),
        (_("Edition"), str(found.edition.number)),
        (_("Counted at"), f"{timezone.localtime(period.at):%Y-%m-%d %H:%M}"),
        (_("Empty"), _("no cases")),
    ]
    if period.is_partial:
        head.append((_("Not over"), _("judged as far as it has come")))
    return head
