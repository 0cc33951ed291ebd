"""The lot itself: plain arithmetic on a seed and a list of cells, so that anybody can draw again and get the same.

How to recompute a draw, with nothing but SHA-256:

1. The digest shown before the draw is SHA-256 of `MONTH:SEED` (as `2026-11:9f3c…`), in hexadecimal.
2. The ticket of a cell is SHA-256 of `SEED|WORDS|MONTH|CODE`, in hexadecimal; WORDS: those said at the draw, or none.
3. A unit's size is its number of cells × share, rounded up, at least `least`, at most `most` and all its cells.
4. A unit's size is shared out to its strata (classes of ground) in proportion to their cells: the whole parts first,
   what is left to the largest remainders; among equal ones to the stratum whose name comes first by code points.
5. Of each stratum the cells with the smallest tickets are drawn. The order of a draw is that of the tickets.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Ballot:
    """A cell that may be drawn: its code, its unit's code, its class of ground."""

    code: str
    unit: str
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """How many cells of a unit are drawn."""

    share: float
    least: int
    most: int

    def of(self, cells: int) -> int:
        """The number drawn of so many cells."""
        # As a decimal is written: 0.07 of 100 is 7, not 8.
        wanted = math.ceil(cells * Fraction(str(self.share)))
        return min(max(wanted, self.least), self.most, cells)


def digest_of(month: str, seed: str) -> str:
    """What is shown of a seed before the draw: 64 hexadecimal digits."""
    return hashlib.sha256(f"{month}:{seed}".encode()).hexdigest()


def ticket(code: str, *, month: str, seed: str, words: str = "") -> str:
    """A cell's ticket: 64 hexadecimal digits."""
    return hashlib.sha256(f"{seed}|{words}|{month}|{code}".encode()).hexdigest()


def shared_out(size: int, strata: Mapping[str, int]) -> dict[str, int]:
    """A unit's size over its strata (cells by name), by largest remainders: `size` in all, none more than it has."""
    cells = sum(strata.values())
    exact = {name: Fraction(size * number, cells) for name, number in strata.items()}
    out = {name: int(part) for name, part in exact.items()}
    left = size - sum(out.values())
    for name in sorted(exact, key=lambda name: (out[name] - exact[name], name))[:left]:
        out[name] += 1
    return out


def draw(frame: Iterable[Ballot], *, month: str, seed: str, size: Size, words: str = "") -> list[Ballot]:
    """The cells drawn, in the order of their tickets; the order of the frame does not matter."""
    units: dict[str, dict[str, list[Ballot]]] = defaultdict(lambda: defaultdict(list))
    for ballot in frame:
        units[ballot.unit][ballot.ground].append(ballot)

    def of(ballot: Ballot) -> str:
        return ticket(ballot.code, month=month, seed=seed, words=words)

    drawn: list[Ballot] = []
    for strata in units.values():
        numbers = {ground: len(ballots) for ground, ballots in strata.items()}
        parts = shared_out(size.of(sum(numbers.values())), numbers)
        for ground, ballots in strata.items():
            drawn += sorted(ballots, key=of)[: parts[ground]]
    return sorted(drawn, key=of)
