"""What a page consists of: areas, lines, words and dots, in millimetres from its upper left corner.

Both drawers know these four and nothing else, so that a PDF and a picture of the same page show the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from spatial.partition import Floats


@dataclass(frozen=True, slots=True)
class Area:
    """Rings, (n, 2) each, filled by the even-odd rule: a ring inside a ring is a hole."""

    rings: list[Floats]
    fill: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one colour and width."""

    lines: list[Floats]
    colour: str
    width: float


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text: `x` is its left, middle or right by `align`, `y` its baseline; size in points."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    colour: str = "#1b2226"
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Dot:
    """A disc with an edge."""

    x: float
    y: float
    radius: float
    fill: str
    edge: str


Mark = Area | Lines | Words | Dot


@dataclass(slots=True)
class Page:
    """A page and its marks, the first ones undermost."""

    width: float
    height: float
    marks: list[Mark] = field(default_factory=list)
