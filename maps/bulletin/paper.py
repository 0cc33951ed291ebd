"""The bulletin as PDF: upright pages, text that flows over them, tables that repeat their headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from maps.bulletin.blocks import Bulletin, Heading, Items, Map, Table, Words
from maps.bulletin.drawing import map_marks
from maps.printing import pdf
from maps.printing.fonts import MM_PER_POINT, Face, face
from maps.printing.marks import Area, Lines, Page
from maps.printing.marks import Words as Line
from maps.printing.sheet import PAGES, latin

_INK, _QUIET, _RULE = "#1b2226", "#5a656b", "#b9c1c5"
_ROOM = 1.4  # of a line's height to its letters


def drawn(bulletin: Bulletin, *, paper: str = "A4") -> bytes:
    """The document; raises NoFont, KeyError for another paper."""
    letters = face(bulletin.words())
    high, wide = PAGES[paper]  # a sheet lies, a bulletin stands
    flow = _Flow(bulletin, letters, wide, high)
    return pdf.drawn(flow.pages(), letters, title=bulletin.title, language=bulletin.language)


@dataclass(frozen=True, slots=True)
class _Row:
    """Cells in lines, ready to be set, and how high they are."""

    cells: list[list[str]]
    height: float


class _Flow:
    """Sets block after block; where one finds no room a page begins. Sizes grow with the paper."""

    def __init__(self, bulletin: Bulletin, letters: Face, width: float, height: float) -> None:
        self.bulletin, self.face = bulletin, letters
        self.by = width / 210.0
        self.width, self.height = width, height
        self.left, self.top = 18.0 * self.by, 16.0 * self.by
        self.inner, self.bottom = width - 2 * self.left, height - 16.0 * self.by
        self.text, self.small, self.cell = 9.5 * self.by, 7.5 * self.by, 8.0 * self.by
        self.done: list[Page] = []
        self.page, self.y = Page(width, height), self.top

    def pages(self) -> list[Page]:
        self._lines(self.bulletin.title, 17.0 * self.by, bold=True)
        self._lines(" · ".join(self.bulletin.facts), self.small, colour=_QUIET)
        self._gap(2.0)
        for n, block in enumerate(self.bulletin.blocks):
            if isinstance(block, Heading):
                self._heading(block, self.bulletin.blocks[n + 1 : n + 2])
            elif isinstance(block, Words):
                self._lines(
                    block.text, self.small if block.quiet else self.text, colour=_QUIET if block.quiet else _INK
                )
                self._gap(0.6 if block.quiet else 1.4)
            elif isinstance(block, Items):
                self._items(block)
            elif isinstance(block, Table):
                self._table(block)
            else:
                self._map(block)
        self.done.append(self.page)
        for number, page in enumerate(self.done, 1):
            at = self.height - 8.0 * self.by
            page.marks.append(Line(self.left, at, self._said(self.bulletin.title), self.small, colour=_QUIET))
            words = f"{number} / {len(self.done)}"
            page.marks.append(Line(self.width - self.left, at, words, self.small, colour=_QUIET, align="right"))
        return self.done

    def _said(self, text: str) -> str:
        return text if self.bulletin.language.startswith("zh") else latin(text)

    def _gap(self, mm: float) -> None:
        self.y += mm * self.by

    def _need(self, mm: float) -> None:
        """A new page where so much does not fit."""
        if self.y + mm > self.bottom and self.y > self.top:
            self.done.append(self.page)
            self.page, self.y = Page(self.width, self.height), self.top

    def _lines(self, text: str, size: float, *, bold: bool = False, colour: str = _INK, indent: float = 0.0) -> None:
        step = size * MM_PER_POINT * _ROOM
        for line in self.face.wrapped(self._said(text), size, self.inner - indent, bold):
            self._need(step)
            self.page.marks.append(Line(self.left + indent, self.y + step * 0.75, line, size, bold, colour))
            self.y += step

    def _heading(self, block: Heading, after: Sequence[Any]) -> None:
        size = (13.0 if block.level == 1 else 10.5) * self.by
        # A heading stays with what it heads.
        self._gap(4.0 if block.level == 1 else 2.5)
        self._need(self._map_high() + 50.0 * self.by if after and isinstance(after[0], Map) else 26.0 * self.by)
        self._lines(block.text, size, bold=True, colour="#0f4c75")
        if block.level == 1:
            line = np.array([[self.left, self.y + 0.3], [self.left + self.inner, self.y + 0.3]])
            self.page.marks.append(Lines([line], "#0f4c75", 0.3 * self.by))
        self._gap(1.8)

    def _items(self, block: Items) -> None:
        indent = 6.0 * self.by
        for n, text in enumerate(block.texts, 1):
            self._need(self.text * MM_PER_POINT * _ROOM)
            mark, at = f"{n}." if block.numbered else "·", self.y + self.text * MM_PER_POINT * _ROOM * 0.75
            self.page.marks.append(Line(self.left + 1.0 * self.by, at, mark, self.text, True, _QUIET))
            self._lines(text, self.text, indent=indent)
            self._gap(0.5)
        self._gap(1.4)

    def _table(self, block: Table) -> None:
        whole = sum(column.share for column in block.columns)
        widths = [column.share / whole * self.inner for column in block.columns]
        head = self._row([column.heading for column in block.columns], widths, bold=True)
        rows = [self._row(row, widths, bold=n in block.strong) for n, row in enumerate(block.rows)]
        self._need(head.height + (rows[0].height if rows else 0.0))
        self._set(head, block, widths, bold=True, ground="#e8eef2")
        for n, row in enumerate(rows):
            page = self.page
            self._need(row.height)
            if self.page is not page:
                self._set(head, block, widths, bold=True, ground="#e8eef2")
            self._set(row, block, widths, bold=n in block.strong, ground="")
        self._gap(2.4)

    def _row(self, texts: Sequence[str], widths: list[float], *, bold: bool) -> _Row:
        pad = 1.2 * self.by
        cells = [
            self.face.wrapped(self._said(text), self.cell, width - 2 * pad, bold)
            for text, width in zip(texts, widths, strict=True)
        ]
        step = self.cell * MM_PER_POINT * 1.3
        return _Row(cells, max(len(lines) for lines in cells) * step + 1.8 * self.by)

    def _set(self, row: _Row, block: Table, widths: list[float], *, bold: bool, ground: str) -> None:
        pad, step = 1.2 * self.by, self.cell * MM_PER_POINT * 1.3
        left, right, end = self.left, self.left + self.inner, self.y + row.height
        if ground:
            box = np.array([[left, self.y], [right, self.y], [right, end], [left, end], [left, self.y]])
            self.page.marks.append(Area([box], ground))
        x = left
        for lines, column, width in zip(row.cells, block.columns, widths, strict=True):
            for n, line in enumerate(lines):
                at = self.y + 0.9 * self.by + (n + 0.78) * step
                where = (x + width - pad, "right") if column.number else (x + pad, "left")
                self.page.marks.append(Line(where[0], at, line, self.cell, bold, _INK, where[1]))
            x += width
        self.page.marks.append(Lines([np.array([[left, end], [right, end]])], _RULE, 0.15 * self.by))
        self.y = end

    def _map_high(self) -> float:
        return self.inner * 0.62

    def _map(self, block: Map) -> None:
        legend = 4.6 * ((len(block.report.classes) + 1) // 2) + 6.0
        self._need(self._map_high() + legend)
        marks, self.y = map_marks(block.report, self.left, self.y, self.inner, self._map_high(), self.face)
        self.page.marks += marks
        self._gap(2.0)
