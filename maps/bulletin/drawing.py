"""The map of a block with its legend, as marks on a page: the PDF sets them into its flow, the docx takes a picture."""

from __future__ import annotations

import numpy as np

from maps.printing import png
from maps.printing.fonts import MM_PER_POINT, Face
from maps.printing.mapping import Box, drawn_map
from maps.printing.marks import Area, Lines, Mark, Page, Words
from maps.printing.report import Report

# Lines and letters of a map that is two thirds as wide as that of an A4 sheet.
_FINER = 0.85
_SIZE = 7.0


def map_marks(
    report: Report, left: float, top: float, width: float, high: float, face: Face
) -> tuple[list[Mark], float]:
    """The marks of a map with its legend in two columns below, and the y where they end; millimetres."""
    marks = drawn_map(report, Box(left, top, width, high), face, _FINER)
    y, side = top + high + 3.0, 2.8
    half = (len(report.classes) + 1) // 2
    column = width / 2
    end = y
    for n, one in enumerate(report.classes):
        x, at = left + column * (n // half), y + (n % half) * 4.6
        box = np.array([[0, 0], [1.6, 0], [1.6, 1], [0, 1], [0, 0]]) * side + (x, at)
        if one.fill:
            marks.append(Area([box], one.fill))
        if one.hatched:
            steps = np.linspace(0.1, 1.6, 5)[:, None] * side
            strokes = [np.array([[x + s[0] - 0.1 * side, at + side], [x + s[0], at]]) for s in steps]
            marks.append(Lines(strokes, "#5a656b", 0.13))
        marks.append(Lines([box], "#8b969c", 0.1))
        count = len(one.shapes) if one.count is None else one.count
        words = f"{one.words}: {count:,}"
        fits = face.wrapped(words, _SIZE, column - side * 1.6 - 4.0)
        marks.append(Words(x + side * 1.6 + 1.6, at + side * 0.85, fits[0] + ("…" if len(fits) > 1 else ""), _SIZE))
        end = max(end, at + 4.6)
    return marks, end + _SIZE * MM_PER_POINT * 0.3


def picture(report: Report, width: float, high: float, face: Face) -> bytes:
    """The same as PNG, so many millimetres wide with a map so many high."""
    marks, end = map_marks(report, 1.0, 1.0, width - 2.0, high, face)
    return png.drawn(Page(width, end, list(marks)), face)
