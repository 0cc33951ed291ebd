"""The ledger as a table for files: its columns in the reader's language, and a head that says what was asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as named

from cases.ledger import Line, asked_lines, lines_of
from cells.models import Edition, NoEditionInForce
from maps.exports import Column, Table
from maps.ledger_filter import LedgerFilter, name_of
from maps.stages import stage_names

Value = Callable[[Line], Any]
# Heading, width in a spreadsheet, kind, value. Who called is in none of them.
COLUMNS: tuple[tuple[str, float, type, Value], ...] = (
    (named("Ledger number"), 13, str, lambda line: line.ledger_number),
    (named("Town"), 16, str, lambda line: name_of(line.town)),
    (named("Case number"), 16, str, lambda line: line.number),
    (named("Filed at"), 19, dt.datetime, lambda line: line.filed_at),
    (named("Class code"), 10, str, lambda line: line.catalogue_class.code if line.catalogue_class else ""),
    (named("Class"), 18, str, lambda line: line.catalogue_class.name if line.catalogue_class else ""),
    (named("Words"), 44, str, lambda line: line.words),
    (named("Address"), 24, str, lambda line: line.address),
    (named("Owner"), 20, str, lambda line: name_of(line.owner)),
    (named("Stage"), 10, str, lambda line: line.stage),
    (named("Source"), 12, str, lambda line: str(line.source)),
    (named("Limit until"), 19, dt.datetime, lambda line: line.due_at),
    (named("Closed"), 19, dt.datetime, lambda line: line.closed_at),
    (named("Longitude"), 13, float, lambda line: line.lon),
    (named("Latitude"), 13, float, lambda line: line.lat),
)


def ledger_table(found: LedgerFilter, *, by: Any, at: dt.datetime) -> Table:
    """The table of a valid filter, of the lines that the reader may see; it is read while it is written."""
    try:
        edition = str(Edition.objects.in_force(at).number)
    except NoEditionInForce:
        edition = "–"
    asked = found.in_words() or [(_("Filter"), _("everything"))]
    made = timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
    return Table(
        title=_("Problem ledger"),
        head=[*asked, (_("Made"), made), (_("Edition of the grids"), edition)],
        columns=[Column(_(heading), width, kind) for heading, width, kind, _value in COLUMNS],
        rows=_rows(found, by),
    )


def _rows(found: LedgerFilter, by: Any) -> Iterator[tuple[Any, ...]]:
    stages = stage_names()
    at = [heading for heading, *_more in COLUMNS].index("Stage")
    values = [value for *_more, value in COLUMNS]
    for line in lines_of(asked_lines(found.asked(), by=by), streamed=True):
        row = [value(line) for value in values]
        row[at] = stages.get(line.stage, line.stage)
        yield tuple(row)
