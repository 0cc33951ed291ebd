"""The problem ledger (问题台账) of every town: cases registered, numbered, classified and entered (R17).

`enter_due` enters what was filed; `Asked` says which lines somebody wants to see, `page`, `tally` and `asked_lines`
answer, `lines_of` makes plain values of cases.
"""

from cases.ledger.asking import OPEN, USUALLY_SHOWN, Asked, BadCursor, Position, Tally, asked_lines, page, tally
from cases.ledger.entering import Entered, enter_all, enter_due
from cases.ledger.lines import Line, lines_of

__all__ = [
    "OPEN",
    "USUALLY_SHOWN",
    "Asked",
    "BadCursor",
    "Entered",
    "Line",
    "Position",
    "Tally",
    "asked_lines",
    "enter_all",
    "enter_due",
    "lines_of",
    "page",
    "tally",
]
