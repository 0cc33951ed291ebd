"""A city of two towns with filed cases, and the ledger's lines in short words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases import intake, moves
from cases.ledger import Asked, Line, Position, page
from cases.models import Case, LedgerEntry
from cases.workflow import Act, Side
from tests.makers import City, a_city, noon

BEGINNING = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class LedgerDesk:
    """6 × 4 cells in communities of 3 × 2: the upper two rows are the first town, the lower two the second."""

    def __init__(self) -> None:
        self.city: City = a_city("6x4", community="3x2", at=BEGINNING)

    def file(self, column: int, row: int, *, at: dt.datetime | None = None, **given: Any) -> Case:
        """A filed case in a cell."""
        x, y = self.city.metres(column, row)
        report = {"source": "hotline", "words": "路面塌陷", "catalogue_class": "event-0103"} | given
        return intake.receive(intake.Report(lon=x, lat=y, crs="CITY", **report), by=None, at=at or noon())

    def town(self, row: int) -> Any:
        from cells.models import Grid

        return Grid.objects.get(code=self.city.town_code(row))


def dispatch(case: Case, *, at: dt.datetime) -> Case:
    return moves.move(case, Act.DISPATCH, by=None, side=Side.COMMAND, at=at)


def serials(town: Any) -> list[int]:
    """The serials of a town, in their order."""
    found = LedgerEntry.objects.filter(town=town).order_by("year", "serial")
    return list(found.values_list("serial", flat=True))


def all_pages(asked: Asked, *, by: Any = None, most: int = 3) -> list[Line]:
    """All lines of a filter, page by page."""
    after: Position | None = None
    found: list[Line] = []
    while True:
        lines, after = page(asked, by=by, after=after, most=most)
        found += lines
        if after is None:
            return found
