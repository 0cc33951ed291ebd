"""What stands on the leader's page: the day's figures, the worst places, what changed, and one line for what to do.

Cells are never ranked by their counts, which only say where people are: the five worst are those with most cases above
what was to be expected of them, out of the cells of hot spots. Where there are fewer, fewer are shown.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases import daily, summaries
from cases.daily import Of
from cases.hotspots.asking import Asked
from cases.hotspots.finding import NoPast
from cells import routing
from cells.models import CatalogueClass, Level
from cells.territory import territory_of
from maps import hotspot_look, hotspot_sight
from maps.hotspot_look import Question

WORST, MOST_CHANGES = 5, 3
WEEK = 7
# A change of a day's figure by so much of itself, and so many cases at least, is worth a line.
_MUCH, _FEWEST = 0.3, 10


def usual_question() -> Question:
    """Four whole weeks up to the last whole day that has cases."""
    until = min(hotspot_look.last_day(), timezone.localdate() - dt.timedelta(days=1))
    return Question(Asked(since=until - dt.timedelta(days=hotspot_look.USUAL_DAYS - 1), until=until))


def look(*, by: Any, at: dt.datetime) -> dict[str, Any]:
    """All of the page for one reader; raises NoEditionInForce."""
    asked = usual_question()
    found = hotspot_look.answer(asked)
    mine = _Territory(by)
    spots = [spot for spot in found.spots if mine.has(spot["community_codes"])]
    figures = daily.figures(by=by, at=at)
    grids = _worst_grids(mine, by=by, at=at)
    changes = _changes(asked, found, spots, mine)
    return {
        "at": at.isoformat(timespec="seconds"),
        "query": asked.query(),
        "hotspots": hotspot_sight.seen_by(found, by).figures,
        "spots": [{k: v for k, v in spot.items() if k != "cases"} for spot in spots],
        "figures": [
            {"of": str(f.of), "now": f.now, "yesterday": f.yesterday, "last_week": f.last_week} for f in figures
        ],
        "cells": _worst_cells(found, mine),
        "grids": grids,
        "changes": [*changes, *_changed_figures(figures), *_changed_classes(mine, at)][:MOST_CHANGES],
        "todo": _todo({f.of: f.now for f in figures}, spots, changes, grids),
    }


class _Territory:
    """Which communities and cells a reader leads; all of them where his territory is the city."""

    def __init__(self, user: Any) -> None:
        self.ground = routing.ground()
        grids = territory_of(user)
        self.grids = None if grids is None else set(grids)
        areas = self.ground.areas.values()
        self.codes = None if self.grids is None else {area.code for area in areas if area.id in self.grids}

    def has(self, codes: list[str]) -> bool:
        return self.codes is None or not self.codes.isdisjoint(codes)

    def cells(self) -> np.ndarray:
        """(cells,) whether each cell of the ground lies in it."""
        communities = self.ground.area_ids(Level.COMMUNITY)
        if self.grids is None:
            return np.ones(len(communities), np.bool_)
        mine = list(self.grids)
        return np.isin(communities, mine) | np.isin(self.ground.area_ids(Level.GRID), mine)


def _worst_cells(found: hotspot_look.Answer, mine: _Territory) -> list[dict[str, Any]]:
    units = json.loads(found.units)
    ground = mine.ground
    if found.figures["edition"] != ground.edition:
        return []
    cases, expected = np.array(units["cases"], float), np.array(units["expected"], float)
    hot = (np.array(units["tier"]) > 0) & mine.cells() & (cases > expected)
    above = np.where(hot, cases - expected, -1.0)
    communities, spots = ground.area_ids(Level.COMMUNITY), np.array(units["spot"])
    falling = np.argsort(-above, kind="stable")
    falling = falling[above[falling] > 0]
    _, firsts = np.unique(spots[falling], return_index=True)  # the worst cell of each spot
    return [
        {
            "code": str(ground.locator.codes[n]),
            "community": _named(ground.areas.get(int(communities[n]))),
            "cases": int(cases[n]),
            "expected": round(float(expected[n]), 1),
            "spot": units["spot"][n],
        }
        for n in falling[np.sort(firsts)][:WORST].tolist()
    ]


def _worst_grids(mine: _Territory, *, by: Any, at: dt.datetime) -> list[dict[str, Any]]:
    """Third-level grids (communities where there are none) with most overdue cases."""
    ground = mine.ground
    owners = ground.area_ids(Level.GRID)
    owners = np.where(owners >= 0, owners, ground.area_ids(Level.COMMUNITY))
    owner_of = dict(zip(ground.cell_ids.tolist(), owners.tolist(), strict=True))
    sums: dict[int, list[int]] = {}
    for cell, (late, running) in daily.overdue_by_cell(by=by, at=at).items():
        if cell in owner_of:
            sums.setdefault(owner_of[cell], [0, 0])
            sums[owner_of[cell]][0] += late
            sums[owner_of[cell]][1] += running
    worst = sorted(sums.items(), key=lambda item: (-item[1][0], item[0]))[:WORST]
    named = [(ground.areas[key], late, running) for key, (late, running) in worst if key in ground.areas]
    return [
        {
            "code": area.code,
            "name": _named(area),
            "within": _named(ground.areas.get(area.parent_id)) if area.parent_id else "",
            "overdue": late,
            "running": running,
        }
        for area, late, running in named
    ]


def _changes(
    asked: Question, found: hotspot_look.Answer, spots: list[dict[str, Any]], mine: _Territory
) -> list[dict[str, Any]]:
    """Hot spots that were none a week ago, and those of a week ago that are gone."""
    try:
        before = hotspot_look.answer(asked.earlier(WEEK)).spots
    except NoPast:
        return []
    was = {unit for spot in before if spot["hot"] for unit in spot["units"]}
    are = {unit for spot in found.spots if spot["hot"] for unit in spot["units"]}
    fresh = [spot for spot in spots if spot["hot"] and was.isdisjoint(spot["units"])]
    gone = [s for s in before if s["hot"] and mine.has(s["community_codes"]) and are.isdisjoint(s["units"])]
    words = _("New: %(where)s, %(cases)d cases, %(ratio)s times the usual.")
    return [
        *({"kind": "new", "spot": s["spot"], "words": words % _told(s)} for s in fresh),
        *(
            {"kind": "gone", "spot": None, "words": _("Over: %(where)s is no hot spot any more.") % {"where": _at(s)}}
            for s in gone
        ),
    ]


def _changed_figures(figures: list[daily.Figure]) -> list[dict[str, Any]]:
    words = {
        Of.REPORTED: _("Reported today: %(now)d, at this time last week %(then)d."),
        Of.CLOSED: _("Closed today: %(now)d, at this time last week %(then)d."),
        Of.OPEN: _("Open: %(now)d, a week ago %(then)d."),
    }
    return [
        {"kind": "figure", "spot": None, "of": str(f.of), "words": words[f.of] % {"now": f.now, "then": f.last_week}}
        for f in figures
        if f.of in words and f.last_week is not None and abs(f.now - f.last_week) >= max(_MUCH * f.last_week, _FEWEST)
    ]


def _changed_classes(mine: _Territory, at: dt.datetime) -> list[dict[str, Any]]:
    """The class whose cases of seven whole days differ most from those of the seven before; of the whole city alone."""
    if mine.grids is not None:
        return []
    found = summaries.reported_by_class(timezone.localdate(at) - dt.timedelta(days=1), days=WEEK)
    much = [row for row in found if row[0] and abs(row[1] - row[2]) >= max(_MUCH * row[2], _FEWEST)]
    if not much:
        return []
    key, now, then = much[0]
    words = _("“%(name)s”: %(now)d in seven days, in the seven before %(then)d.")
    told = {"name": str(CatalogueClass.objects.get(pk=key)), "now": now, "then": then}
    return [{"kind": "class", "spot": None, "words": words % told}]


def _todo(
    now: dict[Of, int], spots: list[dict[str, Any]], changes: list[dict[str, Any]], grids: list[dict[str, Any]]
) -> dict[str, Any]:
    """What to do first: emergencies, then the surest hot spot (a new one before old ones), then who is late most."""
    if now[Of.EMERGENCY]:
        first = ngettext(
            "%(n)d emergency is open: ask who coordinates it.",
            "%(n)d emergencies are open: ask who coordinates them.",
            now[Of.EMERGENCY],
        )
        return {"of": "emergency", "words": first % {"n": now[Of.EMERGENCY]}}
    new = {change["spot"] for change in changes if change["kind"] == "new"}
    hot = sorted((s for s in spots if s["hot"]), key=lambda s: (s["spot"] not in new, s["fdr"], -s["ratio"]))
    if hot:
        words = _("Go to %(where)s first: %(cases)d cases in four weeks, %(ratio)s times the usual.") % _told(hot[0])
        if hot[0]["drives"]:
            words += " " + _("Mostly “%(name)s” (%(percent)d %%).") % hot[0]["drives"]
        return {"of": "spot", "spot": hot[0]["spot"], "words": words}
    if grids:
        words = ngettext(
            "Ask %(name)s about its %(n)d overdue case.", "Ask %(name)s about its %(n)d overdue cases.",
            grids[0]["overdue"],
        )  # fmt: skip
        return {
            "of": "grid",
            "code": grids[0]["code"],
            "words": words % {"name": grids[0]["name"], "n": grids[0]["overdue"]},
        }
    return {"of": "", "words": _("Nothing stands out today.")}


def _told(spot: dict[str, Any]) -> dict[str, Any]:
    return {"where": _at(spot), "cases": spot["cases_count"], "ratio": f"{spot['ratio']:.3g}"}


def _at(spot: dict[str, Any]) -> str:
    joint = "、" if _chinese() else ", "
    where = joint.join(spot["communities"][:2])
    return where + (f" ({' / '.join(spot['streets'])})" if spot["streets"] else "")


def _named(area: Any) -> str:
    if area is None:
        return ""
    return (area.name_zh if _chinese() else area.name_en) or area.name_zh or area.name_en or area.code


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")
