"""The leader's day on one sheet: today's figures, the hot spots of four weeks, each with its sentence."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cases import daily
from cases.daily import Of
from maps import leader_look
from maps.printing.hotspots import hotspot_report
from maps.printing.sheet import printed


def leader_sheet(kind: str, *, names: dict[Of, str], by: Any, at: dt.datetime, paper: str = "A4") -> bytes:
    """The sheet as `pdf` or `png` for a reader; `names` of the figures. Raises NoEditionInForce, NoFont."""
    report = hotspot_report(leader_look.usual_question(), by=by)
    figures = [
        (names[one.of], f"{one.now:,}" + ("" if one.last_week is None else f"  ({one.last_week:,})"))
        for one in daily.figures(by=by, at=at)
        if one.of in names
    ]
    said = replace(
        report,
        title=_("Overview") + f" · {timezone.localtime(at):%Y-%m-%d %H:%M}",
        figures=figures,
        notes=[_("In brackets: at this time last week."), *report.notes],
    )
    return printed(said, kind, paper=paper)
