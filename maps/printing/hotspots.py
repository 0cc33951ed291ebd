"""The hot spots of a question on paper, for Monday's meeting: one map, its legend, each spot with its sentence."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.hotspots.frames import frame_named
from maps import hotspot_look, hotspot_sight
from maps.heatmap_file import COLOURS, legend
from maps.hotspot_look import STATES, Question
from maps.ledger_filter import chosen_class
from maps.printing.ground import ground_of
from maps.printing.report import COLD, HOT, MapClass, Report, Row, Spot
from maps.printing.sheet import printed
from spatial import crs as reference

# Numbers on the map beyond these hide each other; the list goes on.
MOST_ON_MAP = 30
NOT_SIGNIFICANT = "#e3e3e0"


def hotspot_sheet(question: Question, kind: str, *, paper: str = "A4", by: Any = None) -> bytes:
    """The sheet as `pdf` or `png`, as somebody may see it; raises what `hotspot_look.answer` does, and NoFont."""
    return printed(hotspot_report(question, by=by), kind, paper=paper)


def hotspot_report(question: Question, *, by: Any = None) -> Report:
    """What the sheet says to a reader; None is told all."""
    found = hotspot_sight.seen_by(hotspot_look.answer(question), by)
    units, figures = json.loads(found.units), found.figures
    shapes = frame_named(question.frame).shapes
    tier, states = np.array(units["tier"]), np.array(units["state"])
    few = states == STATES.index("too_few")
    quiet = states == STATES.index("not_significant")
    rows = legend(units["tier"], units["state"])
    picked = [*(tier == of for of in COLOURS), quiet, few]
    classes = [
        MapClass(
            row["words"], shapes[mine], row["colour"], hatched=not row["colour"], loud=row["colour"] in COLOURS.values()
        )
        for row, mine in zip(rows, picked, strict=True)
    ]
    lonlat = [[spot["lon"], spot["lat"]] for spot in found.spots]
    xy = reference.to_city(lonlat, crs=reference.WGS84, srid=settings.CITY_SRID).tolist() if lonlat else []
    colours = [HOT if spot["hot"] else COLD for spot in found.spots]
    return Report(
        title=_("Hot spots") + " · " + (class_words(question) or _("All classes")),
        facts=_facts(question, found),
        classes=classes,
        ground=ground_of(figures["edition"]),
        language=get_language() or "en",
        legend=_("Units by class"),
        spots=[
            Spot(x, y, str(rank), colour)
            for rank, ((x, y), colour) in enumerate(zip(xy[:MOST_ON_MAP], colours, strict=False), 1)
        ],
        list_title=_("Hot spots, the surest first") if found.spots else _("No place stands out in this period."),
        rows=[
            Row(
                str(rank),
                spot["sentence"],
                _("false with a chance of at most %(rate)s") % {"rate": _rate(spot)},
                colour,
            )
            for rank, (spot, colour) in enumerate(zip(found.spots, colours, strict=True), 1)
        ],
        notes=_notes(found),
    )


def class_words(question: Question) -> str:
    """The class asked for, in words; empty for all."""
    asked = question.asked
    return str(chosen_class("-".join(part for part in (asked.kind, asked.code) if part)) or "")


def _rate(spot: dict[str, object]) -> str:
    rate = 100 * float(str(spot["fdr"]))
    return f"{rate:.2g} %" if rate >= 0.1 else "0.1 %"


def _facts(question: Question, found: hotspot_look.Answer) -> list[str]:
    figures = found.figures
    units = _("Unit cells") if question.frame == "cells" else _("Hexagons, %(size)s") % {"size": question.frame}
    return [
        f"{figures['from']} – {figures['to']}",
        _("%(cases)s cases, edition %(number)s") % {"cases": f"{figures['cases']:,}", "number": figures["edition"]},
        f"{units}: {figures['frame_units']:,}",
        _("as of %(at)s") % {"at": moment(figures["at"])},
    ]


def moment(text: str) -> str:
    """A moment of an answer in the city's time, to the minute."""
    at = parse_datetime(text)
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else text


def _notes(found: hotspot_look.Answer) -> list[str]:
    figures = found.figures
    against = {"past": _("its own past"), "components": _("components"), "area": _("area")}[figures["exposure"]]
    notes = [
        _(
            "Each unit with all within three steps, held against %(exposure)s; false discoveries counted over the whole"
            " city."
        )
        % {"exposure": against},
        _("Of all units that are coloured up to “%(rate)s %%”, no more than %(rate)s in 100 are expected to be chance.")
        % {"rate": f"{100 * figures['fdr']:g}"},
    ]
    if figures["smallest_ratio_median"]:
        notes.append(
            _("In half of the units nothing below %(ratio)s times the expected could have been found in this period.")
            % {"ratio": figures["smallest_ratio_median"]}
        )
    if figures["outside"]:
        notes.append(_("%(cases)s cases lie outside all units.") % {"cases": figures["outside"]})
    if not figures["whole"]:
        notes.append(_("Colours are of the whole city; numbers of cases are told of your territory only."))
    notes.append(_("Made by Wanmi"))
    return notes
