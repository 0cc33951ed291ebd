"""Lays a report out: title, map, legend, list, and at the foot what must be known to read it.

The first page has the map and as much of the list as fits beside it; the rest follows on pages of its own. As a
picture a report is its first page, which then says how many entries it leaves out.
"""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext as _

from maps.printing import pdf, png
from maps.printing.fonts import MM_PER_POINT, Face, face
from maps.printing.mapping import Box, drawn_map
from maps.printing.marks import Area, Dot, Lines, Page, Words
from maps.printing.report import Report, Row

PAGES = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
KINDS = {"pdf": "application/pdf", "png": "image/png"}
_QUIET = "#5a656b"


def printed(report: Report, kind: str, *, paper: str = "A4") -> bytes:
    """The report as `pdf`, or its first page as `png`; raises NoFont, KeyError for another kind or paper."""
    if kind not in KINDS:
        raise KeyError(kind)
    if not report.language.startswith("zh"):
        report = report.with_words(latin)
    letters = face(report.words())
    pages = _Layout(report, letters, PAGES[paper], one_page=kind == "png").pages()
    if kind == "png":
        return png.drawn(pages[0], letters)
    return pdf.drawn(pages, letters, title=report.title, language=report.language)


def latin(text: str) -> str:
    """Quotation marks that the Chinese face draws as wide as a character, for text in Latin letters."""
    return text.translate({ord(c): '"' for c in "“”"} | {ord(c): "'" for c in "‘’"})


class _Layout:
    """Sizes grow with the paper: an A3 sheet is read from the same distance on a wall."""

    def __init__(self, report: Report, letters: Face, size: tuple[float, float], *, one_page: bool) -> None:
        self.report, self.face, self.one_page = report, letters, one_page
        self.width, self.height = size
        self.by = size[0] / 297.0
        self.margin = 9.0 * self.by
        self.text, self.small = 8.0 * self.by, 6.5 * self.by
        self.column = 92.0 * self.by

    def pages(self) -> list[Page]:
        first = Page(self.width, self.height)
        top = self._head(first)
        foot = self._notes(first)
        left, right = self.margin, self.width - self.margin - self.column
        box = Box(left, top, right - 4.0 * self.by - left, foot - top)
        first.marks[:0] = drawn_map(self.report, box, self.face, self.by)
        y = self._figures(first, right, top)
        y = self._legend(first, right, y)
        rest = self._list(first, right, y + 2.0 * self.by, self.column, foot, self.report.rows)
        pages = [first]
        while rest:
            page = Page(self.width, self.height)
            pages.append(page)
            bottom, gap = self.height - self.margin - 6.0 * self.by, 8.0 * self.by
            wide = (self.width - 2 * self.margin - gap) / 2
            for left in (self.margin, self.margin + wide + gap):
                rest = self._list(page, left, self.margin, wide, bottom, rest) if rest else rest
        for number, page in enumerate(pages, 1):
            words = f"{number} / {len(pages)}"
            page.marks.append(self._words(self.width - self.margin, self.height - 4.0 * self.by, words, align="right"))
        return pages

    def _words(
        self, x: float, y: float, text: str, *, size: float = 0.0, bold: bool = False, colour: str = _QUIET,
        align: str = "left",
    ) -> Words:  # fmt: skip
        return Words(x, y, text, size or self.small, bold, colour, align)

    def _head(self, page: Page) -> float:
        """Title and facts; the y below them."""
        y = self.margin + 5.0 * self.by
        page.marks.append(
            self._words(self.margin, y, self.report.title, size=15 * self.by, bold=True, colour="#1b2226")
        )
        for line in self.face.wrapped(" · ".join(self.report.facts), self.text, self.width - 2 * self.margin):
            y += 5.0 * self.by
            page.marks.append(self._words(self.margin, y, line, size=self.text))
        return y + 3.0 * self.by

    def _notes(self, page: Page) -> float:
        """Notes at the foot; the y above them."""
        lines = self.face.wrapped(" ".join(self.report.notes), self.small, self.width - 2 * self.margin - 14 * self.by)
        step = self.small * MM_PER_POINT * 1.35
        y = self.height - 4.0 * self.by - step * (len(lines) - 1)
        for n, line in enumerate(lines):
            page.marks.append(self._words(self.margin, y + n * step, line))
        return y - 4.5 * self.by

    def _figures(self, page: Page, left: float, top: float) -> float:
        """Figures as a small table."""
        y = top
        for name, value in self.report.figures:
            y += 5.0 * self.by
            page.marks.append(self._words(left, y, name, size=self.text))
            page.marks.append(
                self._words(left + self.column, y, value, size=self.text, bold=True, colour="#1b2226", align="right")
            )
        return y + (4.0 * self.by if self.report.figures else 0.0)

    def _legend(self, page: Page, left: float, top: float) -> float:
        y, side = top, 3.2 * self.by
        if self.report.legend:
            y += 3.5 * self.by
            page.marks.append(self._words(left, y, self.report.legend, size=self.text, bold=True, colour="#1b2226"))
            y += 1.5 * self.by
        for one in self.report.classes:
            count = len(one.shapes) if one.count is None else one.count
            box = np.array([[0, 0], [1.6, 0], [1.6, 1], [0, 1], [0, 0]]) * side + (left, y)
            if one.fill:
                page.marks.append(Area([box], one.fill))
            if one.hatched:
                steps = np.linspace(0.1, 1.6, 5)[:, None] * side
                page.marks.append(
                    Lines(
                        [np.array([[left + s[0] - 0.1 * side, y + side], [left + s[0], y]]) for s in steps],
                        "#5a656b", 0.15 * self.by,
                    )
                )  # fmt: skip
            page.marks.append(Lines([box], "#8b969c", 0.12 * self.by))
            lines = self.face.wrapped(one.words, self.small, self.column - side * 1.6 - 16 * self.by)
            for n, line in enumerate(lines):
                at = y + side * 0.8 + n * self.small * MM_PER_POINT * 1.3
                page.marks.append(self._words(left + side * 1.6 + 2 * self.by, at, line, colour="#1b2226"))
            number = f"{count:,}"
            page.marks.append(
                self._words(left + self.column, y + side * 0.8, number, bold=True, colour="#1b2226", align="right")
            )
            y += max(side + 1.0 * self.by, len(lines) * self.small * MM_PER_POINT * 1.3 + 1.0 * self.by)
        return y

    def _list(self, page: Page, left: float, top: float, width: float, foot: float, rows: list[Row]) -> list[Row]:
        """Entries from the top down; those that found no room."""
        y = top
        if self.report.list_title and (rows or not self.report.rows):
            y += 3.5 * self.by
            page.marks.append(self._words(left, y, self.report.list_title, size=self.text, bold=True, colour="#1b2226"))
            y += 2.5 * self.by
        step, quiet = self.text * MM_PER_POINT * 1.3, self.small * MM_PER_POINT * 1.3
        inner = 7.0 * self.by
        for n, row in enumerate(rows):
            lines = self.face.wrapped(row.text, self.text, width - inner)
            small = self.face.wrapped(row.small, self.small, width - inner) if row.small else []
            height = len(lines) * step + len(small) * quiet + 1.6 * self.by
            room = foot - (step if self.one_page and n + 1 < len(rows) else 0.0)
            if y + height > room:
                if self.one_page:
                    words = _("and %(n)d more: in the PDF") % {"n": len(rows) - n}
                    page.marks.append(self._words(left + inner, y + step, words))
                    return []
                return rows[n:]
            radius = 2.3 * self.by
            page.marks.append(Dot(left + radius, y + radius, radius, "#ffffff", row.colour))
            page.marks.append(
                self._words(left + radius, y + radius + 0.9 * self.by, row.mark, size=6.0 * self.by, bold=True,
                            colour=row.colour, align="middle")
            )  # fmt: skip
            at = y + self.text * MM_PER_POINT
            for line in lines:
                page.marks.append(self._words(left + inner, at, line, size=self.text, colour="#1b2226"))
                at += step
            for line in small:
                page.marks.append(self._words(left + inner, at, line))
                at += quiet
            y += height
        return []
