"""What must be so before a step is made, as named questions to plain facts. Pure: knows no database.

`cases.workflow` names the guards of each step, `cases.moves` gathers the facts, a guard answers yes or no and knows the
words of its refusal. What must be handed over with a step (a reason, a photo, a date, …) stands beside them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Asked(StrEnum):
    """What somebody has asked for and nobody has answered yet: one thing at a time."""

    NOTHING = ""
    EXTENSION = "extension"
    HOLD = "hold"
    VOID = "void"


class Need(StrEnum):
    """What must be given with a step."""

    REASON = "reason"
    PHOTO = "photo"
    DATE = "date"
    FINDING = "finding"
    PERSON = "person"
    MEASURE = "measure"  # what was done meanwhile so that nobody comes to harm
    GRADE = "grade"  # how grave an emergency is
    TEAM = "team"  # which team is sent
    OWNER = "owner"  # whose it is found to be


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What comes with a step besides its note."""

    person: int | None = None  # the user a verification or a check is asked of, or the work is given to
    until: dt.datetime | None = None  # the end of a hold
    found: bool | None = None  # whether a verification found the report to be true
    photo: int | None = None  # a CasePhoto of the case
    place: tuple[float, float] | None = None  # where it was done: metres, city CRS
    more: Mapping[str, Any] = field(default_factory=dict)  # plain data of the step's own, such as an evaluation's marks

    def lacks(self, need: Need, note: str) -> bool:
        """Whether something that must be given is not."""
        there = {
            Need.REASON: bool(note.strip()),
            Need.PHOTO: self.photo is not None,
            Need.DATE: self.until is not None,
            Need.FINDING: self.found is not None,
            Need.PERSON: self.person is not None,
            Need.MEASURE: bool(str(self.more.get("measure", "")).strip()),
            Need.GRADE: bool(self.more.get("grade")),
            Need.TEAM: self.more.get("team") is not None,
            Need.OWNER: bool(self.more.get("to")),
        }
        return not there[need]

    def as_data(self) -> dict[str, Any]:
        """What the history keeps of it; the place and the photo have columns of their own."""
        told = {
            "person": self.person,
            "until": self.until.astimezone(dt.UTC).isoformat() if self.until else None,
            "found": self.found,
            "more": dict(self.more) or None,
        }
        return {name: value for name, value in told.items() if value is not None}

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Given:
        """What a line of history keeps, read again."""
        until = data.get("until")
        return cls(
            person=data.get("person"),
            until=dt.datetime.fromisoformat(until) if until else None,
            found=data.get("found"),
            more=data.get("more", {}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a guard may ask about: the act, the one who does it, and how the case stands."""

    at: dt.datetime
    actor: int | None = None  # the user; None is the system itself
    of_unit: bool = False  # the actor belongs to the unit that owns the case
    person_of_unit: bool = False  # so does the person that a check is asked of
    given: Given = Given()
    asked: str = Asked.NOTHING
    asked_by: int | None = None
    asked_until: dt.datetime | None = None
    asked_of: int | None = None
    assignee: int | None = None
    wants_help: bool = False
    handler: int | None = None
    true: bool | None = None  # what the last verification found
    extensions: int = 0
    holds: int = 0
    hold_until: dt.datetime | None = None
    on_spot: bool = False
    evaluated: bool = False
    due_at: dt.datetime | None = None  # where a clock runs
    rung: str | None = None  # the step of the ladder that the case was brought to; None: it is where it was dispatched
    at_top: bool = False  # no step stands above it
    came_down: int = 0
    to_decide: bool = False
    emergency: str | None = None  # its grade; None: it is none
    team: int | None = None  # the team that was sent
    of_team: bool = False  # the actor is of that team, or speaks for it at the desk that sent it
    owner_open: bool = False  # who answers for it is not settled: its owner only coordinates
    parts_left: tuple[int, ...] = ()  # of a limit in parts, those that are not done, in order
    # Of a coordination and what was promised in it.
    coordinated: bool = False
    of_coordinator: bool = False  # the actor sits in the unit that coordinates, or above it
    open_commitments: tuple[str, ...] = ()  # those neither met nor released, by who promised
    signed: bool = False  # the commitment that is meant
    release_asked: bool = False
    release_asked_by: int | None = None
    of_promiser: bool = False  # the actor sits in the unit that promised
    for_promiser: bool = False  # so does he, or he speaks for one that has no seat here
    # Of a case in parts.
    is_part: bool = False
    parts: int = 0
    open_parts: tuple[str, ...] = ()  # their numbers
    most_parts: int = 10
    most_extensions: int = 2
    most_holds: int = 1
    longest_hold_days: float = 366.0
    spot_closes: bool = False

    @property
    def hold_ends(self) -> dt.datetime | None:
        """The end of the hold that is asked for or granted now: as given, else as it was asked for."""
        return self.given.until or self.asked_until


class Guard(StrEnum):
    """A named question to the facts."""

    NOTHING_ASKED = "nothing_asked"
    EXTENSION_ASKED = "extension_asked"
    HOLD_ASKED = "hold_asked"
    VOID_ASKED = "void_asked"
    ANOTHER_PERSON = "another_person"
    THE_ONE_ASKED = "the_one_asked"
    ASKED_ANOTHER = "asked_another"
    FOUND_TRUE = "found_true"
    NOT_THE_HANDLER = "not_the_handler"
    NOT_OF_THE_UNIT = "not_of_the_unit"
    FREE_CHECKER = "free_checker"
    EXTENSIONS_LEFT = "extensions_left"
    BEFORE_DEADLINE = "before_deadline"
    HOLDS_LEFT = "holds_left"
    HOLD_AHEAD = "hold_ahead"
    HOLD_NOT_TOO_LONG = "hold_not_too_long"
    HOLD_OVER = "hold_over"
    CLOSES_ON_SPOT = "closes_on_spot"
    NOT_EVALUATED = "not_evaluated"
    PART_UNDER_WAY = "part_under_way"
    PART_LEFT = "part_left"
    NOT_HIS_YET = "not_his_yet"
    SOMEBODYS = "somebodys"
    NO_HELP_ASKED = "no_help_asked"
    LEVEL_ABOVE = "level_above"
    HIGHER_UP = "higher_up"
    BEYOND_THE_GRID = "beyond_the_grid"
    CAME_DOWN = "came_down"
    NOTHING_TO_DECIDE = "nothing_to_decide"
    DECISION_WAITS = "decision_waits"
    CLOCK_RAN_OUT = "clock_ran_out"
    NOT_COORDINATED = "not_coordinated"
    COORDINATED = "coordinated"
    OF_THE_COORDINATOR = "of_the_coordinator"
    COMMITMENTS_SETTLED = "commitments_settled"
    SIGNED = "signed"
    UNSIGNED = "unsigned"
    FOR_THE_PROMISER = "for_the_promiser"
    NOT_THE_PROMISER = "not_the_promiser"
    NO_RELEASE_ASKED = "no_release_asked"
    RELEASE_ASKED = "release_asked"
    ANOTHER_THAN_ASKED = "another_than_asked"
    IS_NO_PART = "is_no_part"
    IS_PART = "is_part"
    HAS_PARTS = "has_parts"
    HAS_NO_PARTS = "has_no_parts"
    ROOM_FOR_PART = "room_for_part"
    PARTS_ENDED = "parts_ended"
    NO_EMERGENCY = "no_emergency"
    IS_EMERGENCY = "is_emergency"
    ANOTHER_GRADE = "another_grade"
    ANOTHER_TEAM = "another_team"
    OF_THE_TEAM = "of_the_team"
    OWNER_SETTLED = "owner_settled"
    OWNER_IS_OPEN = "owner_is_open"

    @property
    def words(self) -> str:
        """What must be so, as a sentence that a refusal ends with."""
        return _GUARDS[self][0]

    def holds(self, facts: Facts) -> bool:
        """Whether it is so."""
        return _GUARDS[self][1](facts)

    def missing(self, facts: Facts) -> tuple[str, ...]:
        """What it finds open, by name; nothing where its words say all."""
        if self is Guard.COMMITMENTS_SETTLED:
            return facts.open_commitments
        return facts.open_parts if self is Guard.PARTS_ENDED else ()


# The guards that depend on what is given: left aside where it is only asked what is open.
OF_THE_GIFT = frozenset(
    {
        Guard.HOLD_AHEAD,
        Guard.HOLD_NOT_TOO_LONG,
        Guard.FREE_CHECKER,
        Guard.ASKED_ANOTHER,
        Guard.PART_UNDER_WAY,
        Guard.NOT_HIS_YET,
        Guard.SIGNED,
        Guard.UNSIGNED,
        Guard.FOR_THE_PROMISER,
        Guard.NOT_THE_PROMISER,
        Guard.NO_RELEASE_ASKED,
        Guard.RELEASE_ASKED,
        Guard.ANOTHER_THAN_ASKED,
        Guard.ANOTHER_GRADE,
        Guard.ANOTHER_TEAM,
    }
)


def _hold_not_too_long(f: Facts) -> bool:
    return f.hold_ends is not None and f.hold_ends <= f.at + dt.timedelta(days=f.longest_hold_days)


_GUARDS: dict[Guard, tuple[str, Callable[[Facts], bool]]] = {
    Guard.NOTHING_ASKED: ("nothing else may be waiting for an answer", lambda f: f.asked == Asked.NOTHING),
    Guard.EXTENSION_ASKED: ("an extension must have been asked for", lambda f: f.asked == Asked.EXTENSION),
    Guard.HOLD_ASKED: ("a hold must have been asked for", lambda f: f.asked == Asked.HOLD),
    Guard.VOID_ASKED: ("voiding must have been proposed", lambda f: f.asked == Asked.VOID),
    # The system is nobody: what needs two persons is not done by one and a machine.
    Guard.ANOTHER_PERSON: (
        "it takes a person, and another one than the one who asked",
        lambda f: f.actor is not None and f.actor != f.asked_by,
    ),
    Guard.THE_ONE_ASKED: ("it was asked of another person", lambda f: f.asked_of in (None, f.actor)),
    Guard.ASKED_ANOTHER: ("it is asked of this person already", lambda f: f.given.person != f.asked_of),
    Guard.FOUND_TRUE: ("the verification must have found the report to be true", lambda f: f.true is True),
    Guard.NOT_THE_HANDLER: (
        "it takes another person than the handler",
        lambda f: f.actor is None or f.actor != f.handler,
    ),
    Guard.NOT_OF_THE_UNIT: (
        "it takes a person from outside the unit that handled it",
        lambda f: f.actor is not None and not f.of_unit,
    ),
    Guard.FREE_CHECKER: (
        "the checker may be neither the handler nor of the unit that handled it",
        lambda f: f.given.person is None or (f.given.person != f.handler and not f.person_of_unit),
    ),
    Guard.EXTENSIONS_LEFT: ("no further extension is allowed", lambda f: f.extensions < f.most_extensions),
    Guard.BEFORE_DEADLINE: ("it is asked before the deadline", lambda f: f.due_at is None or f.at < f.due_at),
    Guard.HOLDS_LEFT: ("no further hold is allowed", lambda f: f.holds < f.most_holds),
    Guard.HOLD_AHEAD: ("a hold ends in the future", lambda f: f.hold_ends is not None and f.hold_ends > f.at),
    Guard.HOLD_NOT_TOO_LONG: ("a hold may not last as long as that", _hold_not_too_long),
    Guard.HOLD_OVER: ("the hold has not run out yet", lambda f: f.hold_until is not None and f.at >= f.hold_until),
    Guard.CLOSES_ON_SPOT: (
        "only what was fixed on the spot closes unchecked, and only where the city says so",
        lambda f: f.on_spot and f.spot_closes,
    ),
    Guard.NOT_HIS_YET: ("it is this person's work already", lambda f: f.given.person != f.assignee),
    Guard.SOMEBODYS: ("it is nobody's work yet", lambda f: f.assignee is not None),
    Guard.NO_HELP_ASKED: ("help was asked for already", lambda f: not f.wants_help),
    Guard.LEVEL_ABOVE: ("no level stands above this one", lambda f: not f.at_top),
    Guard.HIGHER_UP: ("it never went up the ladder", lambda f: f.rung is not None),
    Guard.BEYOND_THE_GRID: (
        "the grid's responsible officer must have reported it upward first",
        lambda f: f.rung is not None,
    ),
    Guard.CAME_DOWN: ("a level above decides only what was returned before", lambda f: f.came_down > 0),
    Guard.NOTHING_TO_DECIDE: ("it waits for a decision whose it is", lambda f: not f.to_decide),
    Guard.DECISION_WAITS: ("nobody has asked for a decision", lambda f: f.to_decide),
    Guard.CLOCK_RAN_OUT: ("its clock has not run out", lambda f: f.due_at is not None and f.due_at < f.at),
    Guard.NOT_COORDINATED: ("a coordination is under way already", lambda f: not f.coordinated),
    Guard.COORDINATED: ("no coordination is under way", lambda f: f.coordinated),
    Guard.OF_THE_COORDINATOR: ("it takes somebody of the unit that coordinates", lambda f: f.of_coordinator),
    Guard.COMMITMENTS_SETTLED: (
        "all commitments must be met or released first",
        lambda f: not f.open_commitments,
    ),
    Guard.SIGNED: ("nobody has signed it", lambda f: f.signed),
    Guard.UNSIGNED: ("it is signed, and what is signed stays", lambda f: not f.signed),
    Guard.FOR_THE_PROMISER: ("it takes somebody of the unit that promises", lambda f: f.for_promiser),
    Guard.NOT_THE_PROMISER: ("it takes somebody from outside the unit that promised", lambda f: not f.of_promiser),
    Guard.NO_RELEASE_ASKED: ("a release was asked for already", lambda f: not f.release_asked),
    Guard.RELEASE_ASKED: ("nobody has asked for a release", lambda f: f.release_asked),
    Guard.ANOTHER_THAN_ASKED: (
        "it takes a person, and another one than the one who asked for the release",
        lambda f: f.actor is not None and f.actor != f.release_asked_by,
    ),
    Guard.IS_NO_PART: ("it is itself a part of another case", lambda f: not f.is_part),
    Guard.IS_PART: ("it is no part of another case", lambda f: f.is_part),
    Guard.HAS_PARTS: ("it has no parts", lambda f: f.parts > 0),
    Guard.HAS_NO_PARTS: ("it has parts of its own", lambda f: f.parts == 0),
    Guard.ROOM_FOR_PART: ("it has as many parts as a case may have", lambda f: f.parts < f.most_parts),
    Guard.PARTS_ENDED: ("all its parts must have ended first", lambda f: not f.open_parts),
    Guard.NO_EMERGENCY: ("it is an emergency already", lambda f: f.emergency is None),
    Guard.IS_EMERGENCY: ("it must have been declared an emergency", lambda f: f.emergency is not None),
    Guard.ANOTHER_GRADE: ("it has this grade already", lambda f: f.given.more.get("grade") != f.emergency),
    Guard.ANOTHER_TEAM: ("this team was sent already", lambda f: f.given.more.get("team") != f.team),
    Guard.OF_THE_TEAM: (
        "it is the work of the team that was sent",
        lambda f: f.team is not None and (f.actor is None or f.of_team),
    ),
    # Handle first, settle afterwards (先应急处置、后区分责任): and settle it must be.
    Guard.OWNER_SETTLED: ("who answers for it must be settled first", lambda f: not f.owner_open),
    Guard.OWNER_IS_OPEN: ("who answers for it is settled already", lambda f: f.owner_open),
    Guard.NOT_EVALUATED: ("it was evaluated already", lambda f: not f.evaluated),
    # A second click says that the same part is done, and finds the next one under way.
    Guard.PART_UNDER_WAY: (
        "another part of the work is under way",
        lambda f: f.given.more.get("part") in f.parts_left[:1],
    ),
    Guard.PART_LEFT: ("the last part is done when the case is handled", lambda f: len(f.parts_left) > 1),
}
