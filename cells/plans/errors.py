"""Why something cannot be done in a plan: refused, stale, or closed; each with what a page needs to show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, gettext_noop, override

from cells.models import Plan
from spatial.refusals import SENTENCES, Reason

# Reasons of a plan's own, beside those of `spatial.refusals.Reason`: what is so, with the value found; what is allowed.
OWN_SENTENCES = {
    "locked": gettext_noop("Grid {grid} is locked; unlock it first or leave its cells alone."),
    "unknown_grid": gettext_noop("There is no third-level grid {grid} in this plan."),
    "unknown_community": gettext_noop("There is no community {community} with cells in this plan."),
    "bad_intent": gettext_noop("The edit is not understood: {what}."),
    "bad_coordinate": gettext_noop("A coordinate cannot be a place in the city: {what}"),
    "no_streets": gettext_noop("No street of these classes runs through the chosen cells."),
    "cell_in_two_groups": gettext_noop("{count} cells are in two groups; each can be in one."),
    "cells_left_over": gettext_noop("{count} cells of the community are in no group; only locked ones may be."),
    "grid_in_two_groups": gettext_noop("Grid {grid} is given two groups of cells."),
    "foreign_grid": gettext_noop("Grid {grid} is in another community."),
    "cannot_make_grids": gettext_noop(
        "{cells} free cells in {parts} parts and {locked} locked grids cannot make {grids} grids; "
        "from {least} to {most} are possible."
    ),
    "nothing_better": gettext_noop("No better share-out among {grids} grids was found; the present one stays."),
    "nothing_to_undo": gettext_noop("There is nothing to undo."),
    "nothing_to_redo": gettext_noop("There is nothing to redo."),
}


class PlanError(ValueError):
    """The plan cannot be changed like this."""


class CannotDo(PlanError):
    """A refusal with a sentence of its own: an English template, its values, and the same in the reader's language."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.sentence, self.values = sentence, values
        with override("en"):  # names of states come in the language of whoever reads
            super().__init__(sentence.format(**values))

    @property
    def translated(self) -> str:
        """The refusal in the reader's language."""
        return gettext(self.sentence).format(**self.values)


class StateNames:
    """States of a plan, said in the language of whoever reads."""

    def __init__(self, states: Sequence[str]) -> None:
        self._states = states

    def __str__(self) -> str:
        return " / ".join(str(Plan.State(state).label) for state in self._states)

    def __format__(self, spec: str) -> str:
        return str(self)


class PlanClosed(PlanError):
    """The plan is not being drawn any more; withdraw it to go on, or start another from it."""

    def __init__(self, state: str) -> None:
        self.state = state
        super().__init__(f"{self.__doc__} (It is {state}.)")


@dataclass(frozen=True, slots=True)
class Since:
    """One step somebody made since a revision."""

    revision: int
    verb: str  # one of PlanStep.Verb
    kind: str
    keys: tuple[int, ...]  # cells that are others now
    by: str  # user name, empty if unknown


class StaleEdit(PlanError):
    """The plan has changed since this edit was begun."""

    def __init__(self, *, revision: int, now: int, steps: Iterable[Since]) -> None:
        self.revision = revision
        self.now = now
        self.steps = tuple(steps)
        self.keys = tuple(sorted({k for step in self.steps for k in step.keys}))
        names = sorted({step.by for step in self.steps if step.by})
        who = f" by {', '.join(names)}" if names else ""
        super().__init__(
            f"The plan is at revision {now}, the edit was made for {revision}: {len(self.keys)} cells were changed "
            f"since{who}. Look at them and edit again."
        )


@dataclass
class EditRefused(PlanError):
    """The edit is not made: why, where, and the nearest that would be."""

    reason: str  # a slug: of `Reason`, or of OWN_SENTENCES
    values: dict[str, Any] = field(default_factory=dict)
    place: tuple[float, float] | None = None  # longitude, latitude
    cells: tuple[int, ...] = ()  # keys
    nearest: dict[str, Any] | None = None  # GeoJSON geometry that the same verb accepts
    nearest_cells: tuple[int, ...] = ()

    @property
    def sentence(self) -> str:
        """The English template of the reason."""
        return OWN_SENTENCES[self.reason] if self.reason in OWN_SENTENCES else SENTENCES[Reason(self.reason)]

    def __str__(self) -> str:
        return self.sentence.format(**self.values)

    @property
    def translated(self) -> str:
        """The refusal in the reader's language."""
        return gettext(self.sentence).format(**self.values)
