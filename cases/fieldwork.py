"""What an officer does on the spot, as his phone sends it: one act with its photos, exactly once.

A phone in a dead spot keeps what was entered and sends it later, maybe twice; its key makes one act of it. Taking the
key, keeping the photos and the act itself are one transaction: all of it is there, or none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from cases import assigning, dispatch, escalation, handling, holding, intake, photos, sight, verifying
from cases.errors import BadPhoto, BadReport
from cases.models import Case, CasePhoto
from cases.once import once
from cases.sides import sides_of
from cases.workflow import STEPS, Act
from cells.models import Person, Role
from cells.rules import figures

PHOTO = "photo"  # photos alone, and nothing done to the case
FURTHEST_BACK = dt.timedelta(days=30)
MOST_NOTE = intake.MOST_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A photo that came with an act."""

    file: BinaryIO
    kind: str
    name: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One act as a phone tells it. `number` is the case's, or empty with a `report` of what was fixed on the spot."""

    key: str
    act: str
    number: str = ""
    note: str = ""
    measure: str = ""  # taken meanwhile, so that nobody comes to harm
    part: int | None = None  # of a limit in parts
    found: bool | None = None
    report: intake.Report | None = None
    photos: tuple[Sent, ...] = ()
    place: tuple[float, float] | None = None  # where the phone was: metres, city CRS
    accuracy_m: float | None = None
    done_at: dt.datetime | None = None  # by the phone's clock

    def as_data(self) -> dict[str, Any]:
        """What makes it this act and no other."""
        late = {"measure": self.measure, "part": self.part}
        return {
            **{name: value for name, value in late.items() if value},
            "act": self.act,
            "number": self.number,
            "note": self.note,
            "found": self.found,
            "words": self.report.words if self.report else "",
            "photos": [[sent.kind, sent.name, sent.bytes] for sent in self.photos],
        }


def do(told: Told, *, by: Any, at: dt.datetime) -> tuple[dict[str, Any], bool]:
    """Do what a phone tells, once: number, stage and act of the case, and whether it was done by an earlier send.

    Raises
    ------
    BadPhoto : a photo cannot be taken in, or there are too many
    BadReport : the act is none of a phone's, or something that must come with it does not
    NotYours, AlreadyDone, StepRefused, CaseError, OutsideCity : as the verbs
    """
    if told.act not in _VERBS:
        raise BadReport(f"“{told.act}” is not done by phone.", hint=f"Done are: {', '.join(_VERBS)}.", field="act")
    for name in ("note", "measure"):
        length = len(getattr(told, name))
        if length > MOST_NOTE:
            raise BadReport(f"The {name} has {length} characters.", hint=f"At most {MOST_NOTE}.", field=name)
    (most,) = figures("photos_most_at_once")
    if len(told.photos) > most:
        raise BadPhoto(
            f"{len(told.photos)} photos came at once.", hint=f"At most {most:.0f} are taken in.", reason="too_many"
        )
    return once(lambda: _do(told, by=by, at=at), key=told.key, asked=told.as_data(), by=by, at=at)


def acts_by_stage(user: Any) -> dict[str, list[str]]:
    """The acts that a phone offers a user in each stage, in the table's order."""
    mine = sides_of(user)
    found: dict[str, list[str]] = {}
    for (stage, act), step in STEPS.items():
        if step.by in mine and str(act) in ACTS:
            found.setdefault(str(stage), []).append(str(act))
    return found


def _do(told: Told, *, by: Any, at: dt.datetime) -> dict[str, Any]:
    case = _case(told, by=by, at=at)
    kept = [photos.keep(case, file=sent.file, kind=sent.kind, by=by, at=at, name=sent.name) for sent in told.photos]
    after = next((photo for photo in kept if photo.kind == CasePhoto.Kind.AFTER), None)
    done = _VERBS[told.act](_Doing(case, told, after, kept[-1] if kept else None, by, at))
    return {
        "number": done.number,
        "act": told.act,
        "stage": str(done.stage),
        "at": at.isoformat(),
        "photos": [photo.pk for photo in kept],
    }


@dataclass(frozen=True, slots=True)
class _Doing:
    """All that a verb may take of it."""

    case: Case
    told: Told
    after: CasePhoto | None
    photo: CasePhoto | None
    by: Any
    at: dt.datetime

    @property
    def more(self) -> dict[str, Any]:
        """What stands in the line besides: the phone's own time, as it can be later than the deed by hours."""
        told: dict[str, Any] = {}
        if self.told.done_at is not None and abs(self.at - self.told.done_at) <= FURTHEST_BACK:
            told["done_at"] = self.told.done_at.astimezone(dt.UTC).isoformat()
        if self.told.accuracy_m is not None:
            told["accuracy_m"] = round(self.told.accuracy_m, 1)
        return told


def _case(told: Told, *, by: Any, at: dt.datetime) -> Case:
    """The case that is meant, or the new one of what was fixed on the spot."""
    if told.report is not None and not told.number:
        if told.act != Act.FIX_ON_SPOT:
            raise BadReport("Only what was fixed on the spot is reported here.", hint="Name a case.", field="number")
        return intake.receive(replace(told.report, idempotency_key=""), by=by, at=at)
    return sight.case_seen(told.number, by)


def _take_on(d: _Doing) -> Case:
    return handling.take_on(d.case, by=d.by, at=d.at, note=d.told.note, place=d.told.place, more=d.more)


def _handle(d: _Doing) -> Case:
    photo = d.after
    if photo is None:
        photo = d.case.photos.filter(kind=CasePhoto.Kind.AFTER, by=d.by).order_by("-pk").first()
    if photo is None and _is_officer(d.by) and figures("officer_photo_needed")[0]:
        raise BadReport(
            "A photo taken after the work must come with this; none does.",
            hint="Take one, or ask for help.",
            field=PHOTO,
        )
    return handling.handle(d.case, by=d.by, at=d.at, note=d.told.note, photo=photo, place=d.told.place, more=d.more)


def _fix_on_spot(d: _Doing) -> Case:
    if d.after is None:
        raise BadReport("A photo taken after the work must come with this; none does.", hint="Take one.", field=PHOTO)
    return handling.fix_on_spot(
        d.case, by=d.by, at=d.at, photo=d.after, note=d.told.note, place=d.told.place, more=d.more
    )


def _verify(d: _Doing) -> Case:
    if d.told.found is None:
        raise BadReport("Whether it is true is not said.", hint="Say whether the report was found to be true.")
    told = d.told
    return verifying.verify(
        d.case, by=d.by, at=d.at, found=bool(told.found), note=told.note, photo=d.photo, place=told.place
    )


def _escalate(d: _Doing) -> Case:
    return escalation.escalate(
        d.case, by=d.by, at=d.at, note=d.told.note, measure=d.told.measure, place=d.told.place, more=d.more
    )


def _to_own_unit(d: _Doing) -> Case:
    return escalation.to_own_unit(
        d.case, by=d.by, at=d.at, note=d.told.note, measure=d.told.measure, place=d.told.place, more=d.more
    )


def _finish_part(d: _Doing) -> Case:
    if d.told.part is None:
        raise BadReport("Which part is done is not said.", hint="Name the part under way.", field="part")
    told = d.told
    return handling.finish_part(
        d.case, part=d.told.part, by=d.by, at=d.at, note=told.note, place=told.place, more=d.more
    )


def _add_photos(d: _Doing) -> Case:
    if d.photo is None:
        raise BadReport("No photo came.", hint="Take one.", field=PHOTO)
    return d.case


def _is_officer(user: Any) -> bool:
    person: Person | None = getattr(user, "person", None)
    return person is not None and person.role_id == Role.OFFICER


_VERBS: dict[str, Callable[[_Doing], Case]] = {
    Act.TAKE_ON: _take_on,
    Act.FINISH_PART: _finish_part,
    Act.HANDLE: _handle,
    Act.ESCALATE: _escalate,
    Act.TO_OWN_UNIT: _to_own_unit,
    Act.RETURN: lambda d: dispatch.send_back(d.case, by=d.by, at=d.at, note=d.told.note),
    Act.ASK_HELP: lambda d: assigning.ask_help(d.case, by=d.by, at=d.at, note=d.told.note),
    Act.ASK_EXTENSION: lambda d: holding.ask_extension(d.case, by=d.by, at=d.at, note=d.told.note),
    Act.VERIFY: _verify,
    Act.FIX_ON_SPOT: _fix_on_spot,
    PHOTO: _add_photos,
}
ACTS = tuple(str(act) for act in _VERBS)
