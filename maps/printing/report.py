"""What a printed report says: a map in classes, marks on it, a legend, a list, and notes. No millimetres yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from spatial.partition import Shapes

HOT, COLD = "#8f0a26", "#1d4f91"


@dataclass(frozen=True, slots=True)
class MapClass:
    """A class of the map: its units, in metres, how they are filled, and its line in the legend.

    Without a fill only the hatching is drawn; `count` is what the legend says, the number of units by default. What is
    `loud` keeps names of areas off.
    """

    words: str
    shapes: Shapes
    fill: str = ""
    hatched: bool = False
    count: float | None = None
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A numbered mark on the map, in metres."""

    x: float
    y: float
    text: str
    colour: str = HOT


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of the list: its mark, its text, and a quieter text below."""

    mark: str
    text: str
    small: str = ""
    colour: str = HOT


@dataclass(frozen=True, slots=True)
class Ground:
    """The quiet map underneath, in metres: water, main streets, borders, and names with their places."""

    water: Shapes
    streets: Shapes
    borders: Shapes
    names: list[tuple[str, float, float]]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is printed; the texts are in the reader's language already.

    `facts`: lines under the title (days, class, edition, number of cases); `notes`: method and limits, at the foot.
    """

    title: str
    facts: list[str]
    classes: list[MapClass]
    ground: Ground
    language: str
    legend: str = ""
    spots: list[Spot] = field(default_factory=list)
    list_title: str = ""
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)

    def with_words(self, said: Callable[[str], str]) -> Report:
        """The same with its rows' texts and notes changed."""
        rows = [replace(row, text=said(row.text), small=said(row.small)) for row in self.rows]
        return replace(self, title=said(self.title), rows=rows, notes=[said(note) for note in self.notes])

    def words(self) -> str:
        """All its texts together, for the characters in them."""
        rows = [part for row in self.rows for part in (row.mark, row.text, row.small)]
        named = [name for name, _x, _y in self.ground.names]
        classes = [one.words for one in self.classes]
        figures = [part for pair in self.figures for part in pair]
        return "".join([self.title, *self.facts, *rows, *named, *classes, *self.notes, *figures, self.legend])
