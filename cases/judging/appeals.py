"""Appeals: a unit contests a case's lateness or rework within some days; two reviewers of other units must both agree.

What is accepted is left out of the counted lateness (or rework) whenever rates are counted from then on. The case's own
history and clocks stay; so does a month that was published, which shows the difference.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from cases import photos, sight
from cases.judging import counting
from cases.models import Appeal, AppealPaper, AppealReview, Case, CaseFacts, CasePhoto
from cells import rules
from cells.models import Role
from cells.territory import grids_within, territory_of
from spatial.postgis import roles

REVIEWERS_NEEDED = 2
REVIEWS = frozenset({Role.LEADER, Role.SHIFT_HEAD, Role.ADMINISTRATOR})
APPEALS = frozenset({Role.LEADER, Role.COMMUNITY})
Against, State = Appeal.Against, Appeal.State


class CannotAppeal(ValueError):
    """It cannot be contested, or not be reviewed: words say why, in the reader's language."""


def contest(
    number: str, *, against: str, words: str, by: Any, at: dt.datetime, photo: BinaryIO | None = None, name: str = "",
    paper: BinaryIO | None = None, paper_name: str = "",
) -> Appeal:  # fmt: skip
    """Contest the newest opening of a case, with words, a photo and a paper (PDF) as evidence.

    Raises
    ------
    NoSuchCase : there is none that the user may see
    CannotAppeal : the user's unit did not have it; it was not late, or not sent back; too late; contested before; the
        paper is no PDF, or too large
    BadPhoto
    """
    words = words.strip()
    if not words or len(words) > 1000:
        raise CannotAppeal(_("Say what speaks for you, in at most 1000 signs."))
    if against not in Against.values:
        raise CannotAppeal(_("Say what is contested."))
    pdf = _pdf(paper) if paper else None
    case = sight.case_seen(number, by)
    counting.fresh()
    with roles.as_owner():
        facts = CaseFacts.objects.filter(case=case).order_by("-turn").first()
        unit = (facts.owner_id if facts else None) or case.owner_id
        if facts is None or unit is None or not _is_of(by, unit):
            raise CannotAppeal(_("Only the unit that had the case may contest this."))
        since = _since(facts, against, at)
        if since is None:
            raise CannotAppeal(_("This case was not late.") if against == Against.LATE else _("It was not sent back."))
        (days,) = rules.figures("appeal_days")
        if at > since + dt.timedelta(days=days):
            raise CannotAppeal(_("It could be contested within %(days)s days.") % {"days": int(days)})
        try:
            with transaction.atomic():
                kept = _photo(case, photo, name, by, at)
                made = Appeal.objects.create(
                    case=case, turn=facts.turn, against=against, unit_id=unit, words=words, photo=kept, by=by, at=at
                )
                if pdf:
                    AppealPaper.objects.create(appeal=made, name=_plain(paper_name), pdf=pdf)
                return made
        except IntegrityError as error:
            raise CannotAppeal(_("This was contested before.")) from error


def review(number: int, *, agrees: bool, words: str, by: Any, at: dt.datetime) -> Appeal:
    """Say whether an appeal is right: the second who agrees accepts it, the first who does not ends it.

    Raises CannotAppeal.
    """
    words = words.strip()
    if not words or len(words) > 500:
        raise CannotAppeal(_("Say why, in at most 500 signs."))
    with roles.as_owner(), transaction.atomic():
        appeal = Appeal.objects.select_for_update().filter(pk=number).first()
        if appeal is None or appeal.state != State.OPEN:
            raise CannotAppeal(_("This is decided already."))
        if not may_review(by, appeal):
            raise CannotAppeal(_("Reviewers are of other units than the one that appeals."))
        if appeal.reviews.filter(by=by).exists():
            raise CannotAppeal(_("You have said so already: another person must."))
        AppealReview.objects.create(appeal=appeal, by=by, agrees=agrees, words=words, at=at)
        if not agrees:
            appeal.state = State.STANDS
        elif appeal.reviews.filter(agrees=True).count() >= REVIEWERS_NEEDED:
            appeal.state = State.ACCEPTED
        if appeal.state != State.OPEN:
            appeal.ended_at = at
            appeal.save(update_fields=["state", "ended_at"])
            counting.excuse([appeal.case_id])
    return appeal


def may_review(user: Any, appeal: Appeal) -> bool:
    """Whether a user may review an appeal: a leader, head of a shift or administrator whose ground is another."""
    person = getattr(user, "person", None)
    if person is None or person.role_id not in REVIEWS or user.pk == appeal.by_id:
        return False
    return territory_of(user) is None or (not _is_of(user, appeal.unit_id) and not _is_below(user, appeal.unit_id))


def appeals_for(user: Any) -> QuerySet[Appeal]:
    """The appeals that a user reads: all for reviewers, else those of the units of his territory. As the owner."""
    papers = AppealPaper.objects.filter(appeal=OuterRef("pk")).values("name")
    found = Appeal.objects.select_related("case__catalogue_class", "unit", "by__person", "photo")
    found = found.annotate(paper_name=Subquery(papers))
    person = getattr(user, "person", None)
    if person is None:
        return found.none()
    grids = territory_of(user)
    return found if grids is None or person.role_id in REVIEWS else found.filter(unit__in=grids)


def _since(facts: CaseFacts, against: str, at: dt.datetime) -> dt.datetime | None:
    """When what is contested happened; None where it did not."""
    if against == Against.REWORK:
        return facts.reworked_at
    if facts.due_at is None:
        return None
    done = facts.handled_at or at
    return done if done > facts.due_at else None


def _is_of(user: Any, unit: int) -> bool:
    """Whether a unit lies in a user's own ground, and his role speaks for it."""
    person, grids = getattr(user, "person", None), territory_of(user)
    speaks = person is not None and person.role_id in APPEALS | REVIEWS
    return speaks and grids is not None and unit in grids


def _is_below(user: Any, unit: int) -> bool:
    """Whether a user's seat lies in a unit."""
    seat = user.person.territory_id
    return seat is not None and seat in grids_within(unit)


def _photo(case: Case, file: BinaryIO | None, name: str, by: Any, at: dt.datetime) -> CasePhoto | None:
    return photos.keep(case, file=file, kind=CasePhoto.Kind.AFTER, by=by, at=at, name=name) if file else None


def _pdf(file: BinaryIO) -> bytes:
    """The bytes of a paper. It is never opened here: whoever fetches it gets it as a file to save."""
    (most_mb,) = rules.figures("appeal_paper_most_mb")
    most = round(most_mb * 1e6)
    data = file.read(most + 1)
    if len(data) > most or not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise CannotAppeal(_("The paper must be a whole PDF of at most %(mb)g MB.") % {"mb": most_mb})
    return data


def _plain(name: str) -> str:
    """The last part of a file's name, with signs that can be shown; ending in .pdf."""
    last = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable()).strip()
    return f"{last.removesuffix('.pdf').removesuffix('.PDF')[:110] or 'paper'}.pdf"
