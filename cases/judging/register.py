"""Fines and rewards that follow from published rankings: one person proposes, another decides; and the year's sheet.

The last of a month pays a fine; the first three of a quarter, by the mean of its published months, are rewarded. How
much is the city's to say: the scheme may hold amounts, the register asks where it does not. Nothing is changed that
was decided: who was wrong writes another entry.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.judging.publishing import may_judge
from cases.judging.scoring import to_cents
from cases.models import Ranking, RankingEntry, Scheme
from cells.models import Grid
from cells.territory import areas_named

REWARDED = 3
Kind, State = RankingEntry.Kind, RankingEntry.State


class CannotEnter(ValueError):
    """The entry cannot be proposed or decided: words say why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Due:
    """What follows from published rankings and is not entered yet."""

    kind: str
    period: str
    scheme: Scheme
    unit: int
    name: str
    place: int
    score: Decimal
    amount: Decimal | None  # as the scheme has it; None where the city has not said


@dataclass(frozen=True, slots=True)
class YearLine:
    """One unit's year: its places by month (None: not ranked, or not published), mean score, and what followed."""

    unit: int
    name: str
    places: list[int | None]
    mean: Decimal
    months: int
    place: int = 0
    fines: Decimal = Decimal(0)
    rewards: Decimal = Decimal(0)
    lasts: int = 0


@dataclass
class _Sum:
    scores: list[Decimal] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    lasts: int = 0


def due(slug: str) -> list[Due]:
    """The last of each published month, and the first three of each quarter whose three months are published."""
    rankings = list(_published(slug))
    entered = set(
        RankingEntry.objects.exclude(state=State.REFUSED)
        .filter(scheme__slug=slug)
        .values_list("kind", "period", "unit")
    )
    found: list[Due] = []
    for ranking in rankings:
        placed = _placed(ranking)
        last = max((line["rank"] for line in placed), default=0)
        # Where all share one place, nobody is last.
        if last > 1:
            found += [
                Due(Kind.FINE, ranking.month, ranking.scheme, line["unit"], line["name"], last, _score(line),
                    ranking.scheme.fine)
                for line in placed if line["rank"] == last
            ]  # fmt: skip
    for quarter, three in _quarters(rankings).items():
        means = _means(three)
        for unit, (mean, name) in means.items():
            place = 1 + sum(other > mean for other, _name_of in means.values())
            if place <= REWARDED:
                amounts = three[-1].scheme.rewards
                amount = Decimal(str(amounts[place - 1])) if place <= len(amounts) else None
                found.append(Due(Kind.REWARD, quarter, three[-1].scheme, unit, name, place, mean, amount))
    waiting = [one for one in found if (one.kind, one.period, one.unit) not in entered]
    return sorted(waiting, key=lambda one: (one.period, one.kind, one.place, one.name))


def propose(one: Due, *, amount: Decimal | None, note: str, by: Any, at: dt.datetime) -> RankingEntry:
    """Enter a fine or a reward, to be decided by another person. Raises CannotEnter."""
    if not may_judge(by):
        raise CannotEnter(_("Only a leader or administrator of the city may enter fines and rewards."))
    amount = one.amount if amount is None else amount
    if amount is None or not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 10:
        raise CannotEnter(_("Say the amount in yuan, with at most two decimals."))
    if amount != to_cents(amount):
        raise CannotEnter(_("Say the amount in yuan, with at most two decimals."))
    try:
        with transaction.atomic():
            return RankingEntry.objects.create(
                kind=one.kind, period=one.period, scheme=one.scheme, unit_id=one.unit, place=one.place, score=one.score,
                amount=amount, note=note.strip()[:200], proposed_by=by, proposed_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise CannotEnter(_("This is in the register already.")) from error


def decide(number: int, *, approve: bool, by: Any, at: dt.datetime) -> RankingEntry:
    """Approve or refuse what another proposed. Raises CannotEnter."""
    if not may_judge(by):
        raise CannotEnter(_("Only a leader or administrator of the city may enter fines and rewards."))
    with transaction.atomic():
        entry = RankingEntry.objects.select_for_update().filter(pk=number).first()
        if entry is None or entry.state != State.PROPOSED:
            raise CannotEnter(_("This is decided already."))
        if entry.proposed_by_id == by.pk:
            raise CannotEnter(_("Who proposed it may not decide it: another person must."))
        entry.state = State.APPROVED if approve else State.REFUSED
        entry.decided_by, entry.decided_at = by, at
        entry.save(update_fields=["state", "decided_by", "decided_at"])
    return entry


def year_sheet(slug: str, year: int) -> tuple[list[str], list[YearLine]]:
    """The published months of a year, and each unit's line: by the mean score of the months in which it was ranked."""
    months = [f"{year}-{n:02d}" for n in range(1, 13)]
    sums: dict[int, _Sum] = {}
    there = [r for r in _published(slug) if r.month in months]
    for ranking in there:
        placed = _placed(ranking)
        last = max((line["rank"] for line in placed), default=0)
        for line in placed:
            mine = sums.setdefault(line["unit"], _Sum())
            mine.scores.append(_score(line))
            mine.places[ranking.month] = line["rank"]
            mine.lasts += last > 1 and line["rank"] == last
    names = areas_named(sums)
    money = _money(slug, year)
    lines = [
        YearLine(
            unit=unit,
            name=_name(names, unit),
            places=[mine.places.get(month) for month in months],
            mean=to_cents(sum(mine.scores, Decimal(0)) / len(mine.scores)),
            months=len(mine.scores),
            fines=money.get((Kind.FINE, unit), Decimal(0)),
            rewards=money.get((Kind.REWARD, unit), Decimal(0)),
            lasts=mine.lasts,
        )
        for unit, mine in sums.items()
    ]
    means = [line.mean for line in lines]
    placed_lines = [_with_place(line, 1 + sum(mean > line.mean for mean in means)) for line in lines]
    return [r.month for r in there], sorted(placed_lines, key=lambda line: (line.place, line.name))


def _with_place(line: YearLine, place: int) -> YearLine:
    return YearLine(
        line.unit, line.name, line.places, line.mean, line.months, place, line.fines, line.rewards, line.lasts
    )


def _published(slug: str) -> Iterable[Ranking]:
    """The city's own published rankings under a scheme, in the order of the months."""
    return Ranking.objects.filter(scheme__slug=slug, within=None).select_related("scheme").order_by("month", "pk")


def _placed(ranking: Ranking) -> list[dict[str, Any]]:
    return [line for line in ranking.lines if line["rank"] is not None]


def _score(line: dict[str, Any]) -> Decimal:
    return to_cents(Decimal(str(line["score"])))


def _quarters(rankings: Iterable[Ranking]) -> dict[str, list[Ranking]]:
    """The quarters of which all three months are published."""
    by_quarter: dict[str, dict[str, Ranking]] = {}
    for ranking in rankings:
        year, month = ranking.month.split("-")
        by_quarter.setdefault(f"{year}-Q{(int(month) + 2) // 3}", {})[ranking.month] = ranking
    return {quarter: list(months.values()) for quarter, months in by_quarter.items() if len(months) == 3}


def _means(three: list[Ranking]) -> dict[int, tuple[Decimal, str]]:
    """The mean score and the name of each unit that was ranked in all three months."""
    scores: dict[int, list[Decimal]] = {}
    for ranking in three:
        for line in _placed(ranking):
            scores.setdefault(line["unit"], []).append(_score(line))
    names = areas_named(scores)
    return {
        unit: (to_cents(sum(those, Decimal(0)) / 3), _name(names, unit))
        for unit, those in scores.items()
        if len(those) == 3
    }


def _money(slug: str, year: int) -> dict[tuple[str, int], Decimal]:
    approved = RankingEntry.objects.filter(state=State.APPROVED, scheme__slug=slug, period__startswith=f"{year}-")
    out: dict[tuple[str, int], Decimal] = {}
    for kind, unit, amount in approved.values_list("kind", "unit", "amount"):
        out[kind, unit] = out.get((kind, unit), Decimal(0)) + amount
    return out


def _name(names: Any, unit: int) -> str:
    area = names.get(unit)
    return str(area.name_zh or area.name_en or area.code) if area else Grid.objects.get(pk=unit).code
