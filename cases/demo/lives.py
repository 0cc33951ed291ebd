"""What becomes of each report: the lines of its history, by the steps of the workflow table."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from django.utils import timezone

from cases.demo.reports import HOUR, rules
from cases.workflow import Act
from cells.demo.plan import stream


class Line(NamedTuple):
    """One line of a history as it will be written."""

    act: Act
    seconds: float  # after the report
    note: str = ""
    found: bool | None = None
    until: float | None = None  # seconds after the report


def moment(seconds: float) -> dt.datetime:
    """A moment given in seconds since the epoch."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def lives(reports: pd.DataFrame, *, now: float, seed: int) -> list[list[Line]]:
    """What has happened to each report until `now` (seconds, epoch): the lines of its history."""
    data, rng = rules(), stream(seed, "histories")
    lived = [_history(row, now - row.at, data, rng) for row in reports.itertuples()]
    return [
        [line for line in lines if line.seconds <= now - at] for lines, at in zip(lived, reports["at"], strict=True)
    ]


def _history(row: Any, age_s: float, data: dict[str, Any], rng: np.random.Generator) -> list[Line]:
    """The whole way of a case; the desk is slower with what came in last, so that there is something to do."""
    life = _Life(row, data, rng)
    paths = data["paths"]
    if row.source in ("hotline", "public") and life.is_nothing():
        return life.lines
    if row.source == "patrol" and life.happens("on_spot"):
        life.then(Act.FIX_ON_SPOT, 60, 600, "on_spot_notes")
    else:
        slow = age_s < paths["slow_desk_hours"] * HOUR and life.happens("slow_desk")
        at_dispatch = rng.random() < 0.5
        life.then(Act.FILE, *((20 * HOUR, 80 * HOUR) if slow and not at_dispatch else (40, 900)))
        life.then(Act.DISPATCH, *((20 * HOUR, 80 * HOUR) if slow and at_dispatch else (30, 1500)))
        if life.happens("return"):
            life.then(Act.RETURN, 1200, 14000, "return_notes")
            life.then(Act.DISPATCH, 300, 5000)
        life.be_handled()
    life.be_checked()
    if life.happens("reopen"):
        life.then(Act.REOPEN, 20 * HOUR, 60 * HOUR, "reopen_notes")
        life.then(Act.DISPATCH, 300, 5000)
        life.be_handled()
        life.be_checked()
    if life.happens("evaluate"):
        life.then(Act.EVALUATE, 24 * HOUR, 72 * HOUR)
    return life.lines


class _Life:
    """One case on its way: lines come one after another, by the chances and words of the file."""

    def __init__(self, row: Any, data: dict[str, Any], rng: np.random.Generator) -> None:
        self.at, self.data, self.rng, self.t = row.at, data, rng, 0.0
        self.hours = data["classes"].get(row.code, {}).get("hours", 24) if row.kind == "event" else 26
        if rng.random() < data["paths"]["stuck"]:
            self.hours *= 60
        self.lines = [Line(Act.REPORT, 0.0)]

    def happens(self, what: str) -> bool:
        return bool(self.rng.random() < self.data["paths"][what])

    def then(self, act: Act, low_s: float, high_s: float, kind: str = "", **given: Any) -> None:
        """An act some time later, with one of the notes of its kind."""
        self.t += float(np.exp(self.rng.uniform(np.log(low_s), np.log(high_s))))
        notes = self.data[kind] if kind else [""]
        self.lines.append(Line(act, round(self.t), str(notes[int(self.rng.integers(len(notes)))]), **given))

    def is_nothing(self) -> bool:
        """Whether a call ends before it is filed: void by two persons, or verified and found untrue."""
        if self.happens("void_hotline"):
            self.then(Act.PROPOSE_VOID, 300, 5400, "void_notes")
            if not self.happens("refuse_void"):
                self.then(Act.VOID, 300, 5400)
                return True
            self.then(Act.REFUSE_VOID, 300, 5400, "refuse_void_notes")
        if self.happens("verify"):
            untrue = self.happens("untrue")
            self.then(Act.ASK_VERIFY, 60, 900)
            self.then(Act.VERIFY, 900, 3600, "" if untrue else "verify_notes", found=not untrue)
            if untrue:
                self.then(Act.DECLINE, 300, 3600, "decline_notes")
                return True
            if self.happens("accept"):
                self.then(Act.ACCEPT, 60, 900)
        return False

    def be_handled(self, share: float = 1.0) -> None:
        """The unit takes it on, may ask for more time, and puts it right by day."""
        if self.happens("take_on"):
            self.then(Act.TAKE_ON, 300, 7200)
        if self.happens("extension"):
            self.then(Act.ASK_EXTENSION, 1 * HOUR, 6 * HOUR, "extension_notes")
            refused = self.happens("extension_refused")
            self.then(
                *((Act.REFUSE_EXTENSION, 600, 7200, "refuse_notes") if refused else (Act.GRANT_EXTENSION, 600, 7200))
            )
        elif self.happens("hold"):
            self.be_held()
        self.t += float(self.rng.lognormal(np.log(self.hours * HOUR * 0.8), 0.85)) * share
        self.t = _awake(self.at, self.t, self.rng)
        self.lines.append(Line(Act.HANDLE, round(self.t)))

    def be_held(self) -> None:
        until = round(self.t + float(self.rng.uniform(5, 45)) * 24 * HOUR)
        self.then(Act.ASK_HOLD, 1 * HOUR, 6 * HOUR, "hold_notes", until=until)
        if self.happens("hold_refused"):
            self.then(Act.REFUSE_HOLD, 600, 7200, "refuse_notes")
            return
        self.then(Act.GRANT_HOLD, 600, 7200)
        if self.happens("hold_lifted"):
            self.then(Act.LIFT_HOLD, 24 * HOUR, 72 * HOUR, "lift_notes")
        else:
            self.t = until
            self.lines.append(Line(Act.RESUME, self.t))

    def be_checked(self) -> None:
        """Checked on the spot; now and then sent back once; closed."""
        self.then(Act.ASK_CHECK, 120, 3600)
        if self.happens("rework"):
            self.then(Act.REWORK, 1800, 20000, "rework_notes")
            self.be_handled(share=0.5)
            self.then(Act.ASK_CHECK, 120, 3600)
        self.then(Act.PASS_CHECK, 900, 20000, "closing_notes")
        self.then(Act.CLOSE, 60, 3600)


def _awake(at: float, t: float, rng: np.random.Generator) -> float:
    """Nobody handles between 22:00 and 7:00: such an end waits for the morning."""
    hour = timezone.localtime(moment(at + t)).hour
    return t + ((31 - hour) % 24 + rng.random() * 2) * HOUR if hour >= 22 or hour < 7 else t
