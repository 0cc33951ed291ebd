"""The ranking in a bulletin: its table and notice, who stands last and by what, and what was fined or rewarded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.judging import publishing, register
from cases.judging.ranking import Ranked, line_data, part_of
from cases.judging.vocabulary import SENTENCES
from cases.models import Ranking, RankingEntry, SchemePart
from maps.bulletin.blocks import Block, Column, Table, Words
from maps.bulletin.figures import no_cases, sentence

MOST_WORST = 5
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lost:
    """What a part of the scheme cost a unit."""

    name: str
    figure: str
    points: float
    weight: float


@dataclass(frozen=True, slots=True)
class Told:
    """A month's ranking as a bulletin tells it: what was published, or what would be if it were published now."""

    ranked: Ranked
    frozen: Ranking | None
    lines: list[dict[str, Any]]
    names: Mapping[str, str]  # of the parts, by key
    deductions: frozenset[str]  # the keys of those that take points off
    units: Mapping[str, str]  # names by code, in the reader's language
    by_id: Mapping[int | None, str]  # the same by primary key

    def placed(self) -> list[dict[str, Any]]:
        """The lines with a place, the first ones first."""
        return [line for line in self.lines if line["rank"] is not None]

    def named(self, line: Line) -> str:
        """The name of a line's unit."""
        return self.units.get(line["code"]) or line["name"] or line["code"]


def told(ranked: Ranked) -> Told:
    """A ranking with what was published of it."""
    frozen = publishing.published(ranked.month, ranked.scheme.slug)
    if frozen is not None:
        lines = list(frozen.lines)
    else:
        lines = [line_data(line, ranked.counted.formulas) for line in ranked.lines]
    scheme = frozen.scheme if frozen is not None else ranked.scheme
    named, deductions = {}, set()
    for row in scheme.parts.select_related("indicator"):
        key = part_of(row).key
        named[key] = str(row.indicator) if row.indicator else sentence(row.fact)
        if row.kind == SchemePart.Kind.DEDUCTION:
            deductions.add(key)
    units = {line.unit.code: line.unit.name for line in ranked.lines}
    by_id = {line.unit.id: line.unit.name for line in ranked.lines}
    return Told(ranked, frozen, lines, named, frozenset(deductions), units, by_id)


def ranking_blocks(found: Told) -> list[Block]:
    """The table and its notice."""
    ranked, frozen = found.ranked, found.frozen
    keys = list(found.names)
    weights = {part["key"]: part["weight"] for line in found.lines for part in line["parts"]}
    columns = [
        Column(_("Rank"), 0.7),
        Column(_("Unit"), 2.0, number=False),
        Column(_("Score")),
        *(
            Column(f"{found.names[key]} ({weights[key]:g})" if key in weights else found.names[key], 1.1)
            for key in keys
        ),
    ]
    rows = [_row(found, line, keys) for line in found.lines]
    if not rows:
        return [Words(_("There are no units of this level."))]
    blocks: list[Block] = [Table(columns, rows)]
    blocks.append(
        Words(
            _("In brackets: the weight. A part without cases is left out, and the others count for its weight."),
            quiet=True,
        )
    )
    if frozen is None:
        said = _("Notice, not published yet:")
        return [*blocks, Words(f"{said} {_in_a_row(publishing.notice_of(ranked))}")]
    when = _("Published on %(day)s.") % {"day": timezone.localdate(frozen.published_at)}
    blocks.append(Words(f"{when} {_in_a_row(frozen.notice)}"))
    if differs := publishing.differences(frozen, ranked.lines):
        changed = "; ".join(f"{name} {_points(was)} → {_points(now)}" for name, was, now in differs)
        blocks.append(Words(_("Counted again today, these have another score:") + " " + changed))
    return blocks


def _in_a_row(notice: str) -> str:
    """A notice as one paragraph: its places stand in the table already, a line each."""
    first, *others = notice.split("\n")
    places = _("; ").join(line.rstrip(".。") for line in others)
    return f"{first} {places}"


def _row(found: Told, line: Line, keys: list[str]) -> list[str]:
    parts = {part["key"]: part for part in line["parts"]}
    grade = f" {line['grade']}" if line["grade"] else ""
    return [
        _place(line),
        found.named(line),
        f"{_points(line['score'])}{grade}",
        *(_figure(parts.get(key)) for key in keys),
    ]


def _place(line: Line) -> str:
    if line["rank"] is not None:
        before = line.get("before")
        steps = 0 if before is None else before - line["rank"]
        return f"{line['rank']}" + (f" ▲{steps}" if steps > 0 else f" ▼{-steps}" if steps < 0 else "")
    words = {"new": _("new"), "gone": _("gone")}
    return words.get(line["standing"], no_cases())


def _points(score: float | None) -> str:
    return "–" if score is None else f"{score:.2f}"


def _figure(part: Mapping[str, Any] | None) -> str:
    if part is None or part["figure"] is None:
        return no_cases()
    # A rate has its per cent sign, a count has none.
    return f"{part['figure']:g}" if part["key"] in SENTENCES else f"{part['figure']:.2f} %"


def worst(found: Told) -> list[dict[str, Any]]:
    """The last five by place, or the lower half of a shorter ranking; where all share a place, nobody."""
    placed = found.placed()
    last = max((line["rank"] for line in placed), default=0)
    if last <= 1:
        return []
    few = min(MOST_WORST, len(placed) // 2)
    return sorted(placed, key=lambda line: (-line["rank"], line["code"]))[:few]


def losses(found: Told, line: Line) -> list[Lost]:
    """What cost a unit points, the most first."""
    lost = []
    for part in line["parts"]:
        if part["points"] is None:
            continue
        # A deduction says what is taken off, the others what of their weight was given.
        missing = -part["points"] if part["key"] in found.deductions else part["weight"] - part["points"]
        if missing > 0.005:
            lost.append(Lost(found.names.get(part["key"], part["key"]), _figure(part), missing, part["weight"]))
    return sorted(lost, key=lambda one: -one.points)


def worst_blocks(found: Told) -> list[Block]:
    """The last ones, each with what cost it most."""
    lines = worst(found)
    if not lines:
        return [Words(_("Nobody stands last: too few units have a place, or all share one."))]
    rows = []
    for line in lines:
        most = losses(found, line)[:2]
        why = "; ".join(
            _("%(name)s %(figure)s: %(points).2f of %(weight)g points lost")
            % {"name": one.name, "figure": one.figure, "points": one.points, "weight": one.weight}
            for one in most
        )
        rows.append([str(line["rank"]), found.named(line), _points(line["score"]), why or "–"])
    columns = [
        Column(_("Rank"), 0.6),
        Column(_("Unit"), 1.6, number=False),
        Column(_("Score"), 0.8),
        Column(_("What cost most"), 5.0, number=False),
    ]
    return [Table(columns, rows)]


def register_blocks(found: Told) -> list[Block]:
    """The fines and rewards of the month, and of the quarter that ends with it."""
    periods = _periods(found.ranked.month)
    slug = found.ranked.scheme.slug
    entries = list(
        RankingEntry.objects.filter(scheme__slug=slug, period__in=periods)
        .exclude(state=RankingEntry.State.REFUSED)
        .select_related("unit")
    )
    waiting = due_of(found)
    blocks: list[Block] = []
    if entries:
        rows = [
            [entry.get_kind_display(), entry.period, found.by_id.get(entry.unit_id, entry.unit.code),
             str(entry.place), f"{entry.amount:,}", entry.get_state_display()]
            for entry in entries
        ]  # fmt: skip
        columns = [
            Column(_("What"), 1.6, number=False),
            Column(_("Period"), 1.0, number=False),
            Column(_("Unit"), 1.8, number=False),
            Column(_("Rank"), 0.7),
            Column(_("Yuan")),
            Column(_("State"), 1.4, number=False),
        ]
        blocks.append(Table(columns, rows))
    else:
        blocks.append(Words(_("Nothing was fined or rewarded for this month.")))
    if waiting:
        blocks.append(
            Words(
                _("Follows from the published ranking and is not entered yet: %(names)s.")
                % {"names": _(", ").join(found.by_id.get(one.unit, one.name) for one in waiting)}
            )
        )
    return blocks


def due_of(found: Told) -> list[register.Due]:
    """What follows from the month and is not in the register."""
    periods = _periods(found.ranked.month)
    return [one for one in register.due(found.ranked.scheme.slug) if one.period in periods]


def _periods(month: str) -> set[str]:
    year, number = month.split("-")
    quarter = {f"{year}-Q{int(number) // 3}"} if int(number) % 3 == 0 else set()
    return {month, *quarter}
