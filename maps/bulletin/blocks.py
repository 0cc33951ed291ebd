"""What a bulletin is made of: headings, words, lists, tables and maps, in the reader's language. No file format yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from maps.printing.report import Report


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section, or of a part of one (level 2)."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; a quiet one is small print."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list; numbered where the order says something."""

    texts: Sequence[str]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, its share of the table's width, and whether its values are numbers (set to the right)."""

    heading: str
    share: float = 1.0
    number: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows have a text for each column; those whose number is in `strong` are set bold."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Map:
    """The map of a report with its legend, without its list; `words` say what it shows to who does not see it."""

    report: Report
    words: str


Block = Heading | Words | Items | Table | Map


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The whole of it."""

    title: str
    facts: Sequence[str]
    language: str
    blocks: list[Block] = field(default_factory=list)

    def words(self) -> str:
        """All its texts together, for the characters in them."""
        said = [self.title, *self.facts]
        for block in self.blocks:
            if isinstance(block, Heading | Words):
                said.append(block.text)
            elif isinstance(block, Items):
                said += block.texts
            elif isinstance(block, Table):
                said += [column.heading for column in block.columns]
                said += [text for row in block.rows for text in row]
            else:
                said += [block.report.words(), block.words]
        return "".join(said)
