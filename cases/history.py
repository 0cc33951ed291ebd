"""Proving that the history of cases is as it was written: every digest made anew, every seal compared.

The database refuses to change or remove a line, and seals each as it is written (`cases/sql/history_seal_v1.sql`).
Somebody with the rights of a superuser can switch the refusing off. What he does then is found here:

- a line changed, removed from the middle, put in between, or swapped with another: its digest or that of the line
  after it does not fit its content;
- a line taken off the end or added at the end round the triggers: the seal counts another number of lines, or names
  another last digest; a whole history, or a case with its history, taken away: the seal stays behind;
- a line that no step of the workflow could have written, or a stage that is not the last line's.

What a chain inside one database cannot prove: who can write everything can also make all digests of a case anew, with
its seal, or take a case away with both (a hole in the numbers of its day is left). Against that helps what lies outside
his reach: `anchor` is one digest over all histories up to line `up_to`. Print it every day, give it to somebody else to
keep; `verify_history(up_to=…)` makes the same digest again as long as nothing before that line was touched. It says
that something was changed, not what. Nor is a line proved to be true, only to be what was written at that time by the
database's clock.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from tqdm import tqdm

from cases.workflow import STEPS, TOLD, Act, Stage
from spatial.postgis import run

CASES_AT_ONCE = 10_000
MOST_NAMED = 100


@dataclass(slots=True)
class Verified:
    """What was found: how much was looked at, which cases are broken (the first hundred) and how, and the anchor."""

    cases: int = 0
    events: int = 0
    broken: int = 0
    broken_cases: list[str] = field(default_factory=list)
    what: dict[str, str] = field(default_factory=dict)
    up_to: int = 0
    anchor: str = ""


def verify_history(*, up_to: int | None = None, show: bool = False) -> Verified:
    """Read every history again and compare (1,000,000 lines of 125,000 cases: 15 s, 100 MB); `show` draws a bar.

    One block of 10,000 cases at a time, each in a statement of its own that sees one moment: a city at work is neither
    held up nor called broken. `up_to` is the line of an earlier anchor; without it the last line that is settled.
    """
    found = Verified(up_to=_settled() if up_to is None else up_to)
    anchor = hashlib.sha256()
    bounds = run.row("cases", "history_bounds_v1")
    low, high = bounds or (None, None)
    if low is None or high is None:
        found.anchor = anchor.hexdigest()
        return found
    parameters = {**_known(), "up_to": found.up_to}
    with tqdm(total=high - low + 1, desc="histories", unit=" cases", unit_scale=True, disable=not show) as bar:
        for first in range(low, high + 1, CASES_AT_ONCE):
            until = min(first + CASES_AT_ONCE, high + 1)
            block = {"first": first, "until": until, "most": MOST_NAMED - len(found.broken_cases)}
            row = run.row("cases", "history_check_v1", parameters | block)
            assert row is not None
            cases, events, broken, names, what, digests = row
            found.cases += cases
            found.events += events
            found.broken += broken
            found.broken_cases += names or []
            found.what |= dict(zip(names or [], what or [], strict=True))
            anchor.update(digests or b"")
            bar.update(until - first)
    found.anchor = anchor.hexdigest()
    return found


def _settled() -> int:
    row = run.row("cases", "history_settled_v1")
    return int(row[0]) if row else 0


def _known() -> dict[str, list[str]]:
    """All steps that can stand in a history, as parallel arrays."""
    steps = [("", Act.REPORT, Stage.REPORTED)]
    steps += [(str(frm), act, step.to) for (frm, act), step in STEPS.items()]
    steps += [(str(frm), act, to) for (frm, act), to in TOLD.items()]
    return {
        "from": [frm for frm, _, _ in steps],
        "acts": [str(act) for _, act, _ in steps],
        "to": [str(to) for _, _, to in steps],
    }
