"""The door that is open to other programs: what comes in by it, and the only cases and columns that are shown there.

What comes in goes through `cases.intake.receive` like every report, under the account of the key: no person of the
city, so it waits as reported until the desk has looked at it. What is shown goes past row-level security on purpose,
and therefore here alone: `shown` names which cases, `Shown` which facts of them. Never shown are callers, who handles a
case, notes of its history and words that nobody at the desk has read; of words that are shown, numbers by which
somebody could be known are struck out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from cases import callers, intake
from cases.callers import Told
from cases.intake import Report
from cases.models import Caller, Case, CaseEvent, OpenDoor, OpenKey, OpenRequest, OpenService
from cases.models.case import CaseQuerySet
from cases.sight import AT_WORK
from cases.workflow import ENDS, Stage
from cells import rules
from cells.models import CatalogueClass, GridVersion
from spatial.postgis import roles, run

# Nobody of the city has read the words yet, or who did found them not worth keeping.
_UNREAD = frozenset({Stage.REPORTED, Stage.VERIFYING, Stage.DECLINED, Stage.VOID})
_LEVELS = ("community", "town", "district", "city")
_STRUCK = "＊＊＊"
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an address of mail
    r"|(?<!\d)\d{17}[\dXx](?!\d)"  # a citizen's number
    r"|(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"  # a mobile telephone
    r"|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"  # one on a wire
    r"|(?<!\d)\d{9,}(?!\d)",
    re.ASCII,
)
# Columns of a case that are read for showing it; `given_*`, people and callers are not among them.
_COLUMNS = (
    "number", "stage", "words", "address", "place", "reason", "reported_at", "closed_at", "due_at", "owner_id",
    "catalogue_class", "catalogue_class__kind", "catalogue_class__major", "catalogue_class__minor",
    "catalogue_class__name_zh", "catalogue_class__name_en", "catalogue_class__edition", "catalogue_class__open_service",
    "component__code", "open_request__media_url", "open_request__attributes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What everybody may know of a case. `place` is in metres, city CRS; names are in both languages."""

    number: str
    stage: Stage
    service: OpenService
    words: str
    address: str
    areas: tuple[tuple[str, str], ...]  # (Chinese, English), from community to city
    owner: tuple[str, str]
    component: str
    place: Any
    reported_at: dt.datetime
    updated_at: dt.datetime
    due_at: dt.datetime | None
    media_url: str
    answers: Mapping[str, Any]
    cell: str
    edition: int | None
    rule: str
    case: int

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.stage not in ENDS


def door() -> OpenDoor:
    """What the city says of its door; the first data has it."""
    return OpenDoor.objects.get(pk=1)


def to_report() -> list[OpenService]:
    """The classes of the catalogue in use that the public may report, by their codes, with their questions."""
    return list(_services().filter(may_report=True))


def service(code: str, *, among_all: bool = False) -> OpenService | None:
    """The service with a code, if it may be reported; `among_all` the catalogue's class, whatever is open, unsaved."""
    kind, _, rest = code.partition("-")
    if among_all:
        classes = CatalogueClass.objects.in_use().minors()
        named = classes.filter(kind=kind, major=rest[:2], minor=rest[2:]).first()
        return OpenService(catalogue_class=named) if named is not None else None
    found = _services().filter(may_report=True, catalogue_class__kind=kind)
    return found.filter(catalogue_class__major=rest[:2], catalogue_class__minor=rest[2:]).first()


def take(
    report: Report, *, key: OpenKey, at: dt.datetime, sender: str = "", again: str = "",
    answers: Mapping[str, Any] | None = None, media_url: str = "",
) -> Case:  # fmt: skip
    """Take in a report of another program: a case, or the one that the same report made before.

    `sender` is whatever tells senders apart (device, account, telephone): only its digest is kept, and the same report
    of the same sender within the hours of the rule `open_again_hours` is one. `again` is a key of the report that the
    program made itself, for good: the same key is the same report a year later, and with another report an error.

    Raises as `cases.intake.receive`.
    """
    told = [key.pk, sender, report.catalogue_class, report.words.strip(), report.address.strip(), report.component]
    told += [report.lon, report.lat, report.crs, sorted((answers or {}).items())]
    word = again and f"again {key.pk} {again}"
    digest = hashlib.sha256((word or json.dumps(told, ensure_ascii=False)).encode()).hexdigest()
    with roles.as_owner(), transaction.atomic():
        run.row("cases", "hold_word_v1", {"word": digest})
        if again:
            report = replace(report, idempotency_key=digest)
        else:
            (hours,) = rules.figures("open_again_hours")
            earlier = OpenRequest.objects.select_related("case").filter(
                digest=digest, came_at__gt=at - dt.timedelta(hours=hours)
            )
            found = earlier.order_by("-came_at").first()
            if found is not None:
                return found.case
        if report.source_label:
            # The number at the other platform is one case here, under whatever key of a report it comes.
            run.row("cases", "hold_word_v1", {"word": report.source_label})
            same = Case.objects.filter(source=report.source, source_label=report.source_label).first()
            if same is not None and same.idempotency_key != (report.idempotency_key or None):
                return same
        case = intake.receive(report, by=key.user, at=at, keep_outside=door().keep_outside)
        OpenRequest.objects.get_or_create(
            case=case,
            defaults={
                "key": key, "digest": digest, "came_at": at, "attributes": dict(answers or {}),
                "media_url": media_url,
            },
        )  # fmt: skip
        return case


def add_words(number: str, caller: Told, *, key: OpenKey, again: str, at: dt.datetime) -> Caller | None:
    """A further word on a case that came with a key, as one of its callers to be answered; None for another's case.

    `again` is the sender's own number of it: with the same number it is the same word.

    Raises
    ------
    CaseClosed : nobody works on it any more
    BadReport : the caller is not written down as he must be, or the number was used for another
    """
    digest = hashlib.sha256(f"update {key.pk} {again}".encode()).hexdigest() if again else ""
    with roles.as_owner():
        case = Case.objects.filter(number=number, open_request__key=key).first()
        if case is None:
            return None
        joined = callers.join(case, caller=replace(caller, idempotency_key=digest), by=None, at=at)
        joined.case = case
        return joined


def shown() -> CaseQuerySet:
    """The cases that everybody may know of, each with `last_at`, the time of its last line; to be read by `read` only.

    Those of the classes that the city shows; a void one only where it came by this door, so that who sent it can learn
    what became of it.
    """
    last = CaseEvent.objects.filter(case=OuterRef("pk")).order_by("-pk").values("at")[:1]
    found = Case.objects.filter(catalogue_class__open_service__is_shown=True)
    return found.exclude(stage=Stage.VOID, open_request=None).annotate(last_at=Subquery(last))


def read(cases: CaseQuerySet) -> list[Shown]:
    """What everybody may know of cases of `shown`, in their order: two queries, past row-level security."""
    with roles.as_owner():
        found = list(cases.select_related("catalogue_class__open_service", "component", "open_request").only(*_COLUMNS))
        owners = {c.owner_id for c in found if c.owner_id is not None}
        newest = GridVersion.objects.filter(grid__in=owners).order_by("grid", "-since__number").distinct("grid")
        names = {grid: (zh, en) for grid, zh, en in newest.values_list("grid", "name_zh", "name_en")}
        return [_shown(case, names) for case in found]


def read_one(number: str) -> Shown | None:
    """The case with a number, if everybody may know of it."""
    found = read(shown().filter(number=number)) if number.isprintable() else []
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a case that everybody may know of."""

    line: int
    number: str
    stage: Stage
    at: dt.datetime


def steps(*, since: dt.datetime, until: dt.datetime, first: int, most: int) -> list[Step]:
    """The steps from one stage to another of cases that came by this door, within a time, oldest first."""
    cases = shown().filter(open_request__isnull=False)
    lines = CaseEvent.objects.filter(case__in=cases.values("pk"), at__gte=since, at__lte=until)
    lines = lines.exclude(from_stage=F("to_stage")).order_by("at", "pk")
    with roles.as_owner():
        rows = list(lines.values_list("pk", "case__number", "to_stage", "at")[first : first + most])
    return [Step(line, number, Stage(stage), at) for line, number, stage, at in rows]


def struck(words: str) -> str:
    """Words without the numbers and addresses by which somebody could be known.

    >>> struck("找王女士 138 0000 0000，井盖 12 号破损"), struck("a.b@example.org")
    ('找王女士 ＊＊＊，井盖 12 号破损', '＊＊＊')
    """
    return _PERSONAL.sub(_STRUCK, words)


def has_been_read(case: Case) -> bool:
    """Whether somebody at the desk has read the words of a case and found them worth keeping."""
    return case.stage not in _UNREAD


def _shown(case: Any, names: Mapping[int, tuple[str, str]]) -> Shown:
    came = getattr(case, "open_request", None)
    public = came is not None and has_been_read(case)
    reason = case.reason or {}
    return Shown(
        number=case.number,
        stage=Stage(case.stage),
        service=case.catalogue_class.open_service,
        words=struck(case.words) if public else "",
        address=struck(case.address) if public else "",
        areas=tuple((a["name_zh"], a["name_en"]) for a in map(reason.get, _LEVELS) if a),
        owner=names.get(case.owner_id, ("", "")),
        component=case.component.code if case.component else "",
        place=case.place,
        reported_at=case.reported_at,
        updated_at=case.closed_at or case.last_at or case.reported_at,
        # Before a unit has it the running clock is the desk's own, and says nothing of when the work is done.
        due_at=case.due_at if case.stage in AT_WORK else None,
        media_url=came.media_url if came is not None and public else "",
        answers=came.attributes if came is not None and public else {},
        cell=reason.get("cell") or "",
        edition=reason.get("edition"),
        rule=reason.get("rule") or "",
        case=case.pk,
    )


def _services() -> Any:
    found = OpenService.objects.filter(catalogue_class__edition__is_default=True)
    found = found.select_related("catalogue_class").prefetch_related("attributes")
    heading = CatalogueClass.objects.filter(
        edition=OuterRef("catalogue_class__edition"), kind=OuterRef("catalogue_class__kind"),
        major=OuterRef("catalogue_class__major"), minor="",
    )  # fmt: skip
    found = found.annotate(
        heading_zh=Subquery(heading.values("name_zh")), heading_en=Subquery(heading.values("name_en"))
    )
    return found.order_by("catalogue_class__kind", "catalogue_class__major", "catalogue_class__minor")
