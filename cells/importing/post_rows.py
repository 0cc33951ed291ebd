"""One row of a file of posts: read and checked against the kinds of posts and the grids in force.

Reasons are written in English and known to the translations, so that a page can tell them in its reader's language.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from cells.importing.columns import folded
from cells.models import GridVersion, PostKind

# The fields of a row, and how long each may be.
FIELDS = {
    "post": 60, "grid": 120, "person": 60, "login": 150, "telephone": 30, "since": 40, "until": 40,
    "stands_in_for": 150, "unit": 80, "duty": 2000, "reward": 2000,
}  # fmt: skip
NEEDED = ("post", "grid", "person")
EARLIEST, LATEST = dt.date(1950, 1, 1), dt.date(2199, 12, 31)

MISSING = gettext_noop("Post, grid and person are needed.")
TOO_LONG = gettext_noop("This text is too long.")
NO_KIND = gettext_noop("There is no such kind of post.")
NO_GRID = gettext_noop("There is no such grid in force.")
SEVERAL_GRIDS = gettext_noop("Several grids are called so: give the code.")
OTHER_LEVEL = gettext_noop("The post does not stand at grids of this level.")
NO_DAY = gettext_noop("This is no day: write it as 2026-03-02.")
ENDS_EARLY = gettext_noop("The last day lies before the first.")
NO_TELEPHONE = gettext_noop("This is no telephone number.")
NO_LOGIN = gettext_noop("A login has letters, digits and @ . + - _ only.")
BROKEN = gettext_noop("The row cannot be cut into columns.")

_TELEPHONE = re.compile(r"\+?[0-9][0-9 -]{2,28}")
_LOGIN = re.compile(r"[\w.@+-]{1,150}")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be taken: `grid` is a grid's id; without `since` the holding that runs, or one from today on."""

    number: int
    kind: PostKind
    grid: int
    person: str
    login: str
    telephone: str
    since: dt.date | None
    until: dt.date | None
    stands_in_for: str
    unit: str
    duty: str
    reward: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is left out, and the value that it is about."""

    reason: str
    value: str = ""


class Reader:
    """Reads rows; knows kinds by short name and both names, grids by code and both names.

    Raises
    ------
    NoEditionInForce : no edition of the grids is in force
    """

    def __init__(self, today: dt.date) -> None:
        self._today = today
        self._kinds: dict[str, PostKind] = {}
        for kind in PostKind.objects.all():
            for name in (kind.pk, kind.name_zh, kind.name_en):
                self._kinds.setdefault(folded(name), kind)
        self._by_code: dict[str, tuple[int, str]] = {}
        self._by_name: dict[str, set[tuple[int, str]]] = defaultdict(set)
        there = GridVersion.objects.current().values_list("grid", "grid__level", "grid__code", "name_zh", "name_en")
        for grid, level, code, zh, en in there:
            self._by_code[code] = (grid, level)
            for name in filter(None, (zh, en)):
                self._by_name[folded(name)].add((grid, level))

    def read(self, number: int, given: dict[str, str]) -> Row | Fault:
        """A row's texts as a row, or what is wrong with it: the first fault that is met."""
        for name, most in FIELDS.items():
            if len(given[name]) > most:
                return Fault(TOO_LONG, f"{name}: {given[name][:40]}…")
        if not all(given[name] for name in NEEDED):
            return Fault(MISSING)
        kind = self._kinds.get(folded(given["post"]))
        if kind is None:
            return Fault(NO_KIND, given["post"])
        grid = self._grid(given["grid"], kind)
        if isinstance(grid, Fault):
            return grid
        if given["telephone"] and not _TELEPHONE.fullmatch(given["telephone"]):
            return Fault(NO_TELEPHONE, given["telephone"])
        if given["login"] and not _LOGIN.fullmatch(given["login"]):
            return Fault(NO_LOGIN, given["login"])
        days = {}
        for name in ("since", "until"):
            days[name] = _day(given[name]) if given[name] else None
            if given[name] and days[name] is None:
                return Fault(NO_DAY, given[name])
        if days["until"] is not None and days["until"] < (days["since"] or self._today):
            return Fault(ENDS_EARLY, given["until"])
        texts = ("person", "login", "telephone", "stands_in_for", "unit", "duty", "reward")
        return Row(number, kind, grid, **days, **{name: given[name] for name in texts})

    def _grid(self, text: str, kind: PostKind) -> int | Fault:
        levels = {kind.level_id, kind.also_level_id}
        if text in self._by_code:
            grid, level = self._by_code[text]
            return grid if level in levels else Fault(OTHER_LEVEL, text)
        called = self._by_name.get(folded(text), set())
        fitting = [grid for grid, level in called if level in levels]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            return Fault(SEVERAL_GRIDS, text)
        return Fault(OTHER_LEVEL if called else NO_GRID, text)


def _day(text: str) -> dt.date | None:
    """A day as offices write it, the year first; None where it is none: 03/02 could be two days."""
    found = _DAY.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        return None
    try:
        day = dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
