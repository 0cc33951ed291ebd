"""Where nobody looks, on paper: every cell in one of its four classes, and the cells that were longest not walked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.gaps.finding import CellGaps, Gaps, Known, gaps
from cells.models import CellVersion
from cells.territory import areas_named, territory_of
from maps.printing.ground import ground_of
from maps.printing.report import MapClass, Report, Row
from maps.printing.sheet import printed

# As on the page.
COLOURS = {
    Known.NOBODY_LOOKED: "#d4d4d4",
    Known.REPORTED_NOT_WALKED: "#e69f00",
    Known.WALKED_FOUND: "#1f5f99",
    Known.WALKED_CLEAN: "#8ecae6",
}
MOST_LISTED = 40


def gap_sheet(day: dt.date, kind: str, *, days: int | None, paper: str = "A4", by: Any = None) -> bytes:
    """The sheet as `pdf` or `png` of the reader's ground; raises NoEditionInForce, NoFont."""
    return printed(gap_report(gaps(day, days=days, user=by), by=by), kind, paper=paper)


def gap_report(found: Gaps, *, by: Any = None) -> Report:
    """What the sheet says."""
    versions = CellVersion.objects.of_edition(found.edition).annotate(wkb=AsWKB("shape"))
    shape_of = dict(versions.values_list("cell_id", "wkb"))
    wkb = [bytes(shape_of[one.cell]) for one in found.cells]
    shapes = np.array(shapely.from_wkb(wkb), dtype=object).reshape(-1)
    known = np.array([one.known for one in found.cells], dtype=object)
    names = {
        Known.NOBODY_LOOKED: _("Nobody looked: nothing is known"),
        Known.REPORTED_NOT_WALKED: _("Reported, but not walked"),
        Known.WALKED_FOUND: _("Walked, problems found"),
        Known.WALKED_CLEAN: _("Walked and clean"),
    }
    classes = [
        MapClass(
            names[of], shapes[known == of], colour, hatched=of is Known.NOBODY_LOOKED, loud=of is Known.WALKED_FOUND
        )
        for of, colour in COLOURS.items()
    ]
    first = found.date - dt.timedelta(days=found.days - 1)
    notes = [_("No reports do not mean no problems: a cell counts as clean only where somebody walked.")]
    if territory_of(by) is not None:
        notes.append(_("Your own ground; cases that belong to other units are not counted here."))
    return Report(
        title=_("Coverage"),
        facts=[
            f"{first} – {found.date}",
            _("%(cells)s cells, edition %(number)s")
            % {"cells": f"{len(found.cells):,}", "number": found.edition.number},
            _("as of %(at)s") % {"at": f"{timezone.localtime():%Y-%m-%d %H:%M}"},
        ],
        classes=classes,
        ground=ground_of(found.edition.number),
        language=get_language() or "en",
        legend=_("What is known"),
        list_title=_("Nobody looked, the longest first"),
        rows=_rows(found.cells),
        notes=[*notes, _("Made by Wanmi")],
    )


def _rows(cells: list[CellGaps]) -> list[Row]:
    """The cells of which nothing is known: first those never walked, then by the days since."""
    blind = [one for one in cells if one.known is Known.NOBODY_LOOKED]
    blind.sort(key=lambda one: (one.age_days is not None, -(one.age_days or 0), one.code))
    names = areas_named({one.community for one in blind[:MOST_LISTED]})
    chinese = (get_language() or "").startswith("zh")
    rows = []
    for rank, one in enumerate(blind[:MOST_LISTED], 1):
        area = names.get(one.community)
        where = "" if area is None else (area.name_zh if chinese else area.name_en) or area.name_zh or area.code
        if one.age_days is None:
            walked = _("never walked, as far as is recorded")
        else:
            walked = ngettext("walked %(n)d day before", "walked %(n)d days before", one.age_days) % {"n": one.age_days}
        rows.append(Row(str(rank), f"{one.code} {where}", walked, "#5a656b"))
    return rows
