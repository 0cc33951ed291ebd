"""Counts the formulas of a spreadsheet, as far as ours go: arithmetic, comparisons, and seven functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import range_boundaries

_TOKEN = re.compile(
    r"""\s*(?:(\d+\.?\d*)  # 0: a number
    |"([^"]*)"  # 1: a text
    |((?:'[^']+'!)?\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)  # 2: a cell or a range
    |([A-Z]+)(?=\()  # 3: a function
    |(<=|>=|<>|[-+*/=<>(),]))  # 4: a sign
    """,
    re.VERBOSE,
)


class Counted:
    """The values of a book's cells; a formula is counted when it is asked for."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.known: dict[tuple[str, str], Any] = {}

    def value(self, sheet: str, at: str) -> Any:
        key = (sheet, at)
        if key not in self.known:
            said = self.book[sheet][at].value
            formula = isinstance(said, str) and self.book[sheet][at].data_type == "f"
            self.known[key] = _Reading(self, sheet, said[1:]).whole() if formula else said
        return self.known[key]


class _Reading:
    """One formula, read from left to right; what IF does not choose is read and not counted."""

    def __init__(self, counted: Counted, sheet: str, text: str) -> None:
        self.counted, self.sheet, self.at = counted, sheet, 0
        self.tokens = [next((i, t) for i, t in enumerate(m.groups()) if t is not None) for m in _TOKEN.finditer(text)]

    def whole(self) -> Any:
        found = self.compared()()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return found

    def next_is(self, *signs: str) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == 4 and self.tokens[self.at][1] in signs:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def compared(self) -> Callable[[], Any]:
        left = self.summed()
        if sign := self.next_is("<=", ">=", "<>", "=", "<", ">"):
            right = self.summed()
            return lambda: {
                "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "<>": lambda a, b: a != b,
                "=": lambda a, b: a == b, "<": lambda a, b: a < b, ">": lambda a, b: a > b,
            }[sign](_number(left()), _number(right()))  # fmt: skip
        return left

    def summed(self) -> Callable[[], Any]:
        found = self.multiplied()
        while sign := self.next_is("+", "-"):
            found = _both(found, self.multiplied(), (lambda a, b: a + b) if sign == "+" else (lambda a, b: a - b))
        return found

    def multiplied(self) -> Callable[[], Any]:
        found = self.single()
        while sign := self.next_is("*", "/"):
            found = _both(found, self.single(), (lambda a, b: a * b) if sign == "*" else (lambda a, b: a / b))
        return found

    def single(self) -> Callable[[], Any]:
        if self.next_is("("):
            inner = self.compared()
            assert self.next_is(")")
            return inner
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == 0:
            return lambda: float(text)
        if kind == 1:
            return lambda: text
        if kind == 2:
            return lambda: self.cells(text)
        assert kind == 3, (kind, text)
        assert self.next_is("(")
        given = [self.compared()]
        while self.next_is(","):
            given.append(self.compared())
        assert self.next_is(")")
        return lambda: _called(text, given)

    def cells(self, text: str) -> Any:
        sheet, _sep, where = text.rpartition("!")
        sheet, where = sheet.strip("'") or self.sheet, where.replace("$", "")
        if ":" not in where:
            return self.counted.value(sheet, where)
        west, north, east, south = range_boundaries(where)
        rows = self.counted.book[sheet].iter_rows(north, south, west, east)
        return [self.counted.value(sheet, cell.coordinate) for row in rows for cell in row]


def _both(left: Callable[[], Any], right: Callable[[], Any], do: Callable[[Any, Any], Any]) -> Callable[[], Any]:
    return lambda: do(_number(left()), _number(right()))


def _number(value: Any) -> Any:
    return 0.0 if value is None else value


def _numbers(values: list[Any]) -> list[float]:
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [value for value in flat if isinstance(value, int | float)]


def _called(name: str, given: list[Callable[[], Any]]) -> Any:
    if name == "IF":
        return given[1]() if given[0]() else given[2]()
    values = [one() for one in given]
    if name == "ISNUMBER":
        return isinstance(values[0], int | float)
    if name == "ROUND":
        # As a spreadsheet does: of the 15 digits that it shows, half away from 0.
        return float(Decimal(f"{values[0]:.15g}").quantize(Decimal(1).scaleb(-int(values[1])), ROUND_HALF_UP))
    if name == "RANK":
        return 1 + sum(other > values[0] for other in _numbers([values[1]]))
    return {"MIN": min, "MAX": max, "SUM": sum}[name](_numbers(values))
