"""A month's ranking as a spreadsheet that is alive: who changes a weight there sees scores and places move.

Counts are values, weights, thresholds, points off, steps and grades are cells to be changed, and everything else is a
formula over both, which says what `scoring.score` does. Scores are rounded half up; a spreadsheet counts in binary, so
a billionth is added before, lest 79.345 be taken for a little less. What was counted here stands beside it as values.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from cases.judging.ranking import Ranked, Standing, parts_of
from cases.judging.scoring import Part
from cases.judging.vocabulary import SENTENCES
from cases.models import Indicator, SchemePart

NAME, KIND, WEIGHT, THRESHOLD, EACH, HEAD = 4, 5, 6, 7, 8, 10  # rows of the first sheet
RANK, MOVED, UNIT, CODE, STANDING, SCORE, GRADE, FIRST = range(1, 9)  # its columns; parts begin with the last
_INPUT, _HEAD = PatternFill("solid", fgColor="FFF4C2"), PatternFill("solid", fgColor="E8EEF2")
_BOLD, _LINE = Font(bold=True), Border(bottom=Side("thin", color="B9C1C5"))


def workbook(ranked: Ranked) -> bytes:
    """The file, in the reader's language: ranking, counts, and steps with grades on three sheets."""
    return _Book(ranked).made()


class _Book:
    """Three sheets that know each other's cells."""

    def __init__(self, ranked: Ranked) -> None:
        self.ranked = ranked
        self.parts: list[Part] = parts_of(ranked.scheme)
        self.book = Workbook()
        self.sheet: Worksheet = self.book.active  # type: ignore[assignment]
        self.sheet.title = _("Ranking")
        self.counts = self.book.create_sheet(_("Counts"))
        self.tables = self.book.create_sheet(_("Steps and grades"))
        self.last = HEAD + len(ranked.lines)
        self.names = {i.key: str(i) for i in Indicator.objects.all()}

    def made(self) -> bytes:
        self._scheme()
        self._steps_and_grades()
        for n, line in enumerate(self.ranked.lines):
            self._counts_of(HEAD + 1 + n, line.counts.facts)
            self._line(HEAD + 1 + n, line)
        self._heads()
        # No value stands beside a formula: whoever opens the file counts.
        self.book.calculation.fullCalcOnLoad = True
        out = BytesIO()
        self.book.save(out)
        return out.getvalue()

    def _scheme(self) -> None:
        """The parts as columns, what may be changed in yellow."""
        ranked = self.ranked
        partial = _("not over yet") if ranked.counted.period.is_partial else ""
        title = f"{ranked.month} · {ranked.scheme} {partial}".rstrip()
        _text(self.sheet.cell(1, 1), title).font = Font(bold=True, size=14)
        _text(
            self.sheet.cell(2, 1),
            _("Change a yellow cell: scores, grades and places are counted anew. Counts stand on the second sheet."),
        )
        kinds = dict(SchemePart.Kind.choices)
        for row, words in (
            (NAME, _("Part of the scheme")), (KIND, _("kind")), (WEIGHT, _("weight")),
            (THRESHOLD, _("threshold, per cent")), (EACH, _("points off for each")),
        ):  # fmt: skip
            _text(self.sheet.cell(row, UNIT), words).font = _BOLD
        for n, part in enumerate(self.parts):
            column = FIRST + n
            _text(self.sheet.cell(NAME, column), self._name(part)).font = _BOLD
            _text(self.sheet.cell(KIND, column), str(kinds[part.kind]))
            self._input(self.sheet.cell(WEIGHT, column), part.weight)
            if part.kind == "threshold":
                self._input(self.sheet.cell(THRESHOLD, column), part.threshold or Decimal(0))
                self._input(self.sheet.cell(EACH, column), part.each or Decimal(1))
            elif part.kind == "deduction":
                self._input(self.sheet.cell(EACH, column), part.each or Decimal(0))

    def _name(self, part: Part) -> str:
        return self.names.get(part.key) or str(SENTENCES[part.key]).rstrip(".。")

    def _input(self, cell: Cell, value: Decimal | float | int) -> None:
        cell.value, cell.fill = float(value), _INPUT

    def _steps_and_grades(self) -> None:
        """Grades in the first two columns, the best first; then two columns a part that has steps."""
        _text(self.tables.cell(1, 1), _("Score from")).font = _BOLD
        _text(self.tables.cell(1, 2), _("Grade")).font = _BOLD
        for n, one in enumerate(self._grades(), 2):
            self._input(self.tables.cell(n, 1), Decimal(str(one["from"])))
            _text(self.tables.cell(n, 2), str(one["key"]))
        for part in self.parts:
            if part.kind == "steps":
                column = self._steps_column(part)
                name, most_words = self._name(part), _("up to")
                _text(self.tables.cell(1, column), f"{name}: {most_words}").font = _BOLD
                _text(self.tables.cell(1, column + 1), _("Points")).font = _BOLD
                for n, (most, points) in enumerate(part.steps, 2):
                    if most is None:
                        _text(self.tables.cell(n, column), _("more"))
                    else:
                        self._input(self.tables.cell(n, column), most)
                    self._input(self.tables.cell(n, column + 1), points)
        for column in range(1, self.tables.max_column + 1):
            self.tables.column_dimensions[get_column_letter(column)].width = 22

    def _grades(self) -> list[dict[str, Any]]:
        return sorted(self.ranked.scheme.grades, key=lambda one: -Decimal(str(one["from"])))

    def _steps_column(self, part: Part) -> int:
        return 4 + 3 * self.parts.index(part)

    def _counts_of(self, row: int, facts: Any) -> None:
        """Numerator and denominator of a rate; of a count the number, and whether anything was counted at all."""
        for n, part in enumerate(self.parts):
            if part.kind in ("share", "threshold"):
                above, below = (half.of(facts) for half in self.ranked.counted.formulas[part.key])
            else:
                above, below = facts.get(part.key, 0), int(any(facts.values()))
            self.counts.cell(row, 3 + 2 * n).value = above
            self.counts.cell(row, 4 + 2 * n).value = below

    def _line(self, row: int, line: Any) -> None:
        cell, end = self.sheet.cell, FIRST + len(self.parts)
        standings = {
            Standing.RANKED: _("ranked"), Standing.NEW: _("new"), Standing.GONE: _("gone"),
            Standing.NO_CASES: _("no cases"),
        }  # fmt: skip
        for sheet in (self.sheet, self.counts):
            _text(sheet.cell(row, UNIT if sheet is self.sheet else 1), line.unit.name)
            _text(sheet.cell(row, CODE if sheet is self.sheet else 2), line.unit.code)
        _text(cell(row, STANDING), str(standings[line.standing]))
        for n, part in enumerate(self.parts):
            cell(row, FIRST + n).value = f"={self._points(part, n, row)}"
            cell(row, FIRST + n).number_format = "0.00"
        # Without cases there is no score, whatever patrols or the units below give.
        no_score = line.standing is Standing.NO_CASES
        cell(row, SCORE).value = None if no_score else f"={self._score(row)}"
        cell(row, SCORE).number_format, cell(row, SCORE).font = "0.00", _BOLD
        score = f"{get_column_letter(SCORE)}{row}"
        cell(row, GRADE).value = f'=IF(ISNUMBER({score}),{self._grade(score)},"")'
        # Scores that are ranked stand in a column of their own: the others' do not push anybody down.
        ranked = get_column_letter(end)
        cell(row, end).value = f"={score}" if line.standing is Standing.RANKED else None
        span = f"${ranked}${HEAD + 1}:${ranked}${self.last}"
        mine = f"{ranked}{row}"
        cell(row, RANK).value = f'=IF(ISNUMBER({mine}),RANK({mine},{span}),"")'
        cell(row, end + 1).value = line.place
        cell(row, end + 2).value = None if line.score is None else float(line.score)
        cell(row, end + 2).number_format = "0.00"
        rank, then = f"{get_column_letter(RANK)}{row}", f"{get_column_letter(end + 1)}{row}"
        cell(row, MOVED).value = f'=IF(ISNUMBER({rank}),IF(ISNUMBER({then}),{then}-{rank},""),"")'
        cell(row, MOVED).number_format = '"▲"0;"▼"0;"–"'
        for column in range(1, end + 3):
            cell(row, column).border = _LINE

    def _points(self, part: Part, n: int, row: int) -> str:
        """What a part gives, as `scoring` has it; empty where there were no cases."""
        column = get_column_letter(FIRST + n)
        weight, threshold, each = (f"{column}${at}" for at in (WEIGHT, THRESHOLD, EACH))
        counts = f"'{self.counts.title}'!"
        above, below = (f"{counts}{get_column_letter(at)}{row}" for at in (3 + 2 * n, 4 + 2 * n))
        if part.kind == "deduction":
            return f"0-MIN({each}*{above},{weight})"
        if part.kind == "steps":
            return f'IF({below}=0,"",MIN({self._given(part, above)},{weight}))'
        rate = f"100*{above}/{below}" if part.higher_is_better else f"100-100*{above}/{below}"
        good = f"MIN(MAX({rate},0),100)"
        if part.kind == "threshold":
            return f'IF({below}<=0,"",MAX({weight}-{each}*MAX({threshold}-{good},0),0))'
        return f'IF({below}<=0,"",{weight}*{good}/100)'

    def _given(self, part: Part, count: str) -> str:
        """The points of the first step that a count does not pass."""
        said, column = "0", self._steps_column(part)
        for n in range(len(part.steps), 0, -1):
            most, points = (f"'{self.tables.title}'!${get_column_letter(c)}${n + 1}" for c in (column, column + 1))
            said = points if part.steps[n - 1][0] is None else f"IF({count}<={most},{points},{said})"
        return said

    def _score(self, row: int) -> str:
        earning = [n for n, part in enumerate(self.parts) if part.kind != "deduction"]
        off = [f"{get_column_letter(FIRST + n)}{row}" for n in range(len(self.parts)) if n not in earning]
        letters = [get_column_letter(FIRST + n) for n in earning]
        there = "+".join(f"IF(ISNUMBER({x}{row}),{x}${WEIGHT},0)" for x in letters) or "0"
        every = "+".join(f"{x}${WEIGHT}" for x in letters) or "0"
        earned = f"SUM({','.join(f'{x}{row}' for x in letters)})" if letters else "0"
        less = f"+SUM({','.join(off)})" if off else ""
        return f'IF({there}=0,"",ROUND(MAX({earned}*({every})/({there}){less},0)+0.000000001,2))'

    def _grade(self, score: str) -> str:
        said = '""'
        for n in range(len(self._grades()), 0, -1):
            least, key = (f"'{self.tables.title}'!${c}${n + 1}" for c in "AB")
            said = f"IF({score}>={least},{key},{said})"
        return said

    def _heads(self) -> None:
        end = FIRST + len(self.parts)
        words: Sequence[str] = (
            _("Rank"), _("Moved"), _("Unit"), _("Code"), _("Standing"), _("Score"), _("Grade"),
            *(self._name(part) for part in self.parts),
            _("Score that is ranked"), _("Rank as counted"), _("Score as counted"),
        )  # fmt: skip
        for column, text in enumerate(words, 1):
            self._head(self.sheet.cell(HEAD, column), text)
            self.sheet.column_dimensions[get_column_letter(column)].width = 14
        for column, width in ((RANK, 8), (MOVED, 8), (UNIT, 26), (GRADE, 8), (CODE, 18)):
            self.sheet.column_dimensions[get_column_letter(column)].width = width
        self.sheet.column_dimensions[get_column_letter(end)].hidden = True
        self.sheet.freeze_panes = self.sheet.cell(HEAD + 1, CODE)
        self._head(self.counts.cell(HEAD, 1), _("Unit"))
        self._head(self.counts.cell(HEAD, 2), _("Code"))
        for n, part in enumerate(self.parts):
            by_rate = part.kind in ("share", "threshold")
            second = _("numerator"), _("denominator")
            told = second if by_rate else (_("number"), _("counted at all (1: yes)"))
            for column, text in zip((3 + 2 * n, 4 + 2 * n), told, strict=True):
                self._head(self.counts.cell(HEAD, column), f"{self._name(part)}: {text}")
                self.counts.column_dimensions[get_column_letter(column)].width = 16
        self.counts.column_dimensions["A"].width, self.counts.column_dimensions["B"].width = 26, 18
        self.counts.freeze_panes = self.counts.cell(HEAD + 1, 3)

    def _head(self, cell: Cell, words: str) -> None:
        _text(cell, words)
        cell.font, cell.fill, cell.alignment = _BOLD, _HEAD, Alignment(wrap_text=True, vertical="top")


def _text(cell: Any, words: str) -> Cell:
    """A text as it is: a name that begins with = is no formula."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", words)
    cell.data_type, cell.quotePrefix = "s", True
    found: Cell = cell
    return found
