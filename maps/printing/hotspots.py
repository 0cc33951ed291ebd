"""The hot spots of a question on paper, for Monday's meeting: one map, its legend, each spot with its sentence."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.hotspots.frames import frame_named
from maps import density_look, hotspot_look, hotspot_sight, hotspot_words
from maps.heatmap_file import COLOURS, legend
from maps.hotspot_look import STATES, Question
from maps.ledger_filter import chosen_class
from maps.printing.ground import ground_of
from maps.printing.report import COLD, HOT, MapClass, Report, Row, Spot
from maps.printing.sheet import printed
from spatial import crs as reference
from spatial.density import bands
from spatial.partition import Shapes

# Numbers on the map beyond these hide each other; the list goes on.
MOST_ON_MAP = 30
NOT_SIGNIFICANT = "#e3e3e0"
NEITHER = "#5a656b"


def hotspot_sheet(
    question: Question, kind: str, *, paper: str = "A4", by: Any = None, look: str = "oe",
    bandwidth_m: int = density_look.USUAL_BANDWIDTH_M,
) -> bytes:  # fmt: skip
    """The sheet as `pdf` or `png`, as somebody may see it; raises what `hotspot_look.answer` does, and NoFont.

    `look` is one of `hotspot_words.LOOKS`; the bandwidth is that of the density.
    """
    if look == "density":
        return printed(density_report(question, bandwidth_m=bandwidth_m, by=by), kind, paper=paper)
    return printed(hotspot_report(question, by=by, look=look), kind, paper=paper)


def hotspot_report(question: Question, *, by: Any = None, look: str = "oe") -> Report:
    """What the sheet says to a reader; None is told all."""
    found = hotspot_sight.seen_by(hotspot_look.answer(question), by)
    shapes = frame_named(question.frame).shapes
    named = {"gi": _("Hot spots by Gi*"), "trend": _("Patterns in time")}
    lonlat = [[spot["lon"], spot["lat"]] for spot in found.spots]
    xy = reference.to_city(lonlat, crs=reference.WGS84, srid=settings.CITY_SRID).tolist() if lonlat else []
    colours = [HOT if spot["hot"] else COLD for spot in found.spots]
    listed = (
        _("Hot spots, the surest first") if look == "oe" else _("Hot spots by observed / expected, the surest first")
    )
    return Report(
        title=named.get(look, _("Hot spots")) + " · " + (class_words(question) or _("All classes")),
        facts=_facts(question, found),
        classes=_classes(look, json.loads(found.units), shapes),
        ground=ground_of(found.figures["edition"]),
        language=get_language() or "en",
        legend=_("Units by class"),
        spots=[
            Spot(x, y, str(rank), colour)
            for rank, ((x, y), colour) in enumerate(zip(xy[:MOST_ON_MAP], colours, strict=False), 1)
        ],
        list_title=listed if found.spots else _("No place stands out in this period."),
        rows=[
            Row(
                str(rank),
                spot["sentence"],
                _("false with a chance of at most %(rate)s") % {"rate": _rate(spot)},
                colour,
            )
            for rank, (spot, colour) in enumerate(zip(found.spots, colours, strict=True), 1)
        ],
        notes=_notes(look, found),
    )


def _classes(look: str, units: dict[str, Any], shapes: Shapes) -> list[MapClass]:
    """The units by what a look shows of them, in the page's colours."""
    if look == "trend":
        trend = np.array(units["trend"])
        none, *others = hotspot_words.patterns()
        numbered = [(k, f"{one['name']}: {one['meaning']}", one["colour"]) for k, one in enumerate(others, 1)]
        classes = [MapClass(words, shapes[trend == k], colour, loud=True) for k, words, colour in numbered]
        return [*classes, MapClass(none["name"], shapes[trend == 0], NOT_SIGNIFICANT)]
    if look == "gi":
        tier = np.array(units["gi_tier"])
        *rows, quiet, _few = legend(units["gi_tier"], units["state"])
        classes = [MapClass(row["words"], shapes[tier == of], row["colour"], loud=True)
                   for row, of in zip(rows, COLOURS, strict=True)]  # fmt: skip
        return [*classes, MapClass(quiet["words"], shapes[tier == 0], quiet["colour"])]
    tier, states = np.array(units["tier"]), np.array(units["state"])
    few = states == STATES.index("too_few")
    quiet = states == STATES.index("not_significant")
    rows = legend(units["tier"], units["state"])
    picked = [*(tier == of for of in COLOURS), quiet, few]
    return [
        MapClass(
            row["words"], shapes[mine], row["colour"], hatched=not row["colour"], loud=row["colour"] in COLOURS.values()
        )
        for row, mine in zip(rows, picked, strict=True)
    ]


def density_report(question: Question, *, bandwidth_m: int, by: Any = None) -> Report:
    """How thick the cases lie, with the communities that have most of them; never a word of significance."""
    seen = density_look.thickness(question, bandwidth_m=bandwidth_m, by=by)
    found = hotspot_sight.seen_by(hotspot_look.answer(question), by)
    steps = density_look.STEPS
    areas = np.array([], object) if seen.found is None else bands(seen.found, seen.ground, steps)
    names = [f"{low} – {high}" for low, high in pairwise(steps)] + [_("%(n)s and more") % {"n": steps[-1]}]
    classes = [
        MapClass(words, area.reshape(1), colour, count=_square_km(area), loud=True)
        for words, area, colour in zip(names, np.atleast_2d(areas).T, density_look.COLOURS, strict=False)
    ]
    rest = round(float(shapely.area(seen.ground)) / 1e6 - sum(one.count or 0.0 for one in classes), 2)
    below = MapClass(_("below %(n)s") % {"n": steps[0]}, np.array([seen.ground], object), count=max(0.0, rest))
    zh = (get_language() or "en").startswith("zh")
    most = sorted(found.communities, key=lambda row: (-row["cases"], row["code"]))
    blur = _("bandwidth %(metres)s m") % {"metres": round(seen.found.bandwidth_m if seen.found else bandwidth_m)}
    return Report(
        title=_("Density, for looks") + " · " + (class_words(question) or _("All classes")),
        facts=[*_facts(question, found)[:2], blur],
        classes=[*reversed(classes), below],
        ground=ground_of(seen.edition),
        language=get_language() or "en",
        legend=_("Cases a km² in %(days)s days; at the right the km²") % {"days": density_look.DAYS},
        list_title=_("Communities with most cases"),
        rows=[
            Row(str(rank), (row["name_zh"] if zh else row["name_en"]) or row["name_zh"],
                ngettext("%(n)s case", "%(n)s cases", row["cases"]) % {"n": f"{row['cases']:,}"}, NEITHER)
            for rank, row in enumerate(most, 1) if row["cases"]
        ],
        notes=[
            _("Gaussian kernel, corrected at the city's edge. For looks only: it says where cases are many, not where"
              " they are more than usual."),
            *([] if seen.whole else [_("Cases of your territory only.")]),
            _("Made by Wanmi"),
        ],
    )  # fmt: skip


def _square_km(area: Shapes) -> float:
    return round(float(shapely.area(area).sum()) / 1e6, 2)


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


def _notes(look: str, found: hotspot_look.Answer) -> list[str]:
    figures = found.figures
    if look == "trend":
        return [_("What became of each unit's Gi* in eight slices of the period and its past."), *_ends(figures)]
    if look == "gi":
        of_gi = _("Getis and Ord's Gi* of smoothed rates: places where high or low rates lie side by side.")
        return [of_gi, *_ends(figures)]
    notes = [
        _(
            "Each unit with all within three steps, held against %(exposure)s; false discoveries counted over the whole"
            " city."
        )
        % {"exposure": hotspot_words.exposures()[figures["exposure"]]},
        _("Of all units that are coloured up to “%(rate)s %%”, no more than %(rate)s in 100 are expected to be chance.")
        % {"rate": f"{100 * figures['fdr']:g}"},
    ]
    if figures["smallest_ratio_median"]:
        notes.append(
            _("In half of the units nothing below %(ratio)s times the expected could have been found in this period.")
            % {"ratio": figures["smallest_ratio_median"]}
        )
    return notes + _ends(figures)


def _ends(figures: dict[str, Any]) -> list[str]:
    """What every sheet of them says last."""
    notes = []
    if figures["outside"]:
        notes.append(_("%(cases)s cases lie outside all units.") % {"cases": figures["outside"]})
    if not figures["whole"]:
        notes.append(_("Colours are of the whole city; numbers of cases are told of your territory only."))
    notes.append(_("Made by Wanmi"))
    return notes
