"""Runs targets over seeded inputs, counts what came of them, and writes down each that must not be.

An input that is too long on its way is broken off by an alarm and counted as a hang; one that takes the process with it
is found by whoever watches the process (`__main__`), as its number is written down before it is tried.
"""

from __future__ import annotations

import hashlib
import json
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.utils import InterfaceError

from tests.fuzz import busy_doors, doors, files
from tests.fuzz.doors import Asked, World
from tests.fuzz.figures import OUTCOMES
from tests.fuzz.nasty import Nasty

# One input's time: a page of a real city's month stays far below, the machine busy or not.
LIMIT_S = 20


class Hang(BaseException):
    """An input has had its time."""


@dataclass
class Target:
    """One thing that takes input: `make` an input by a seed, `tell` it as text to be kept, `run` it."""

    name: str
    make: Callable[[Nasty], Any]
    run: Callable[[Any], tuple[str, str]]
    share: float = 1.0  # of the inputs, beside the others
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    seconds: float = 0.0


# How many inputs a target gets beside the others: those that cost microseconds get most.
SHARES = {
    "moments": 500, "coordinate systems": 500, "open311 words": 500, "degrees": 300, "open311 file": 250, "gpx": 150,
    "pictures": 120, "sent arrow": 150, "sent parquet": 100, "parquet": 40, "csv": 30, "geojson": 12, "geopackage": 4,
    "shapefile": 6, "workbook": 4, "import grids": 0.1, "import cases": 0.1, "import components": 0.1,
    "import layer": 0.1, "import population": 0.1, "import tracks": 0.1, "import posts": 0.2, "import open311": 0.1,
    "correction items": 0.2, "load calendar": 0.2, "route a file": 0.2, "route table": 0.02, "sent photo": 0.02,
    "sent outline": 0.01, "anywhere": 6, "login": 0.05, "hot spots": 0.3, "gaps": 0.3, "rest rates": 0.3,
    "ledger": 0.5, "route one": 6, "route many": 6, "search": 3, "tiles": 3,
}  # fmt: skip


def targets(world: World, folder: Path) -> dict[str, Target]:
    """Everything there is to be tried."""
    found: dict[str, Target] = {}
    for name, make in busy_doors.doors(world).items():
        found[name] = Target(name, make, lambda asked: doors.ask(world, asked), SHARES.get(name, 1.5))
    for name, (make, read) in files.readers(world, folder).items():
        found[name] = Target(name, make, _reading(read), SHARES.get(name, 1.0))
    return found


def _reading(read: files.Run) -> Callable[[bytes], tuple[str, str]]:
    def run(data: bytes) -> tuple[str, str]:
        try:
            read(data)
        except files.REFUSALS as error:
            return ("refused" if str(error).strip() else "silent"), type(error).__name__
        return "accepted", ""

    return run


def try_one(target: Target, seed: str, *, findings: Path) -> str:
    """Try one input; what came of it. What must not be is written to `findings`, to be tried again by its seed."""
    given = target.make(Nasty(seed))
    began = time.perf_counter()
    previous = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        outcome, words = target.run(given)
    except Hang:
        outcome, words = "hang", f"more than {LIMIT_S} s"
    except MemoryError:
        outcome, words = "fault", "MemoryError"
    except Exception:
        outcome, words = "fault", traceback.format_exc(limit=-12)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    target.seconds += time.perf_counter() - began
    target.counts[outcome] += 1
    if outcome in ("fault", "hang", "silent"):
        keep(target.name, seed, given, outcome, words, findings)
        _mend_connection()
    return outcome


def keep(name: str, seed: str, given: Any, outcome: str, words: str, findings: Path) -> None:
    """Write a finding down, once for each kind of fault."""
    told = _told(given)
    lines = [line for line in words.strip().splitlines() if line.strip()]
    mark = hashlib.sha256(
        "".join([name, outcome, *[x for x in lines if "File" in x][-2:], lines[-1][:60] if lines else ""]).encode()
    ).hexdigest()[:10]
    path = findings / f"{name.replace(' ', '-').replace(chr(39), '')}-{mark}.json"
    if path.exists():
        return
    findings.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"target": name, "seed": seed, "outcome": outcome, "input": told, "words": words}, indent=1),
        encoding="utf-8",
    )


def _told(given: Any) -> Any:
    if isinstance(given, Asked):
        return asdict(given) | {"body": given.body.hex()}
    return given.hex() if isinstance(given, bytes) else str(given)


def _ring(*_: Any) -> None:
    raise Hang


def _mend_connection() -> None:
    """A fault in the middle of a transaction may leave the connection within it."""
    with suppress(InterfaceError, transaction.TransactionManagementError):
        if connection.in_atomic_block and connection.needs_rollback:
            return
        if not connection.in_atomic_block:
            connection.close()


def run(
    chosen: list[Target], *, inputs: int, seed: int, findings: Path, done: Path | None = None, first: int = 0,
    skip: frozenset[int] = frozenset(), every: Callable[[int], None] = lambda n: None,
) -> None:  # fmt: skip
    """Try so many inputs, the targets in turns by their shares. The number of each is written to `done` before it."""
    order = turns(chosen)
    note = done.open("r+b") if done is not None else None
    for n in range(first, inputs):
        target = order[n % len(order)]
        if n in skip:
            continue
        if note is not None:
            note.seek(0)
            note.write(b"%-20d" % n)
            note.flush()
        try_one(target, f"{seed}/{target.name}/{n}", findings=findings)
        every(n)


def turns(chosen: list[Target]) -> list[Target]:
    """The order in which targets take their turns, again and again: as even as their shares allow."""
    least = min(target.share for target in chosen)
    slots = [
        ((k + 0.5) / max(1, round(t.share / least)), t.name, t)
        for t in chosen
        for k in range(max(1, round(t.share / least)))
    ]
    return [t for _, _, t in sorted(slots, key=lambda slot: slot[:2])]


def table(chosen: list[Target]) -> dict[str, Any]:
    """The figures, by target and together."""
    rows = {
        t.name: {**t.counts, "tried": sum(t.counts.values()), "seconds": round(t.seconds, 1)}
        for t in chosen
        if any(t.counts.values())
    }
    whole = {name: sum(row[name] for row in rows.values()) for name in ("tried", *OUTCOMES)}
    return {"together": whole, "targets": rows}


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
