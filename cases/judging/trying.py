"""Trying other weights: the same month by parts that are not saved, and a new version where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.judging.publishing import may_judge
from cases.judging.ranking import part_of
from cases.judging.scoring import Part, to_cents
from cases.models import Ranking, Scheme, SchemePart

_MOST = Decimal(1000)


class BadWeights(ValueError):
    """What was given is no scheme: words say which part and why, in the reader's language."""


def weights_given(scheme: Scheme, given: Mapping[str, str]) -> dict[int, Decimal]:
    """The weight of each part (by its key), as given under `w<key>`, else its own. Raises BadWeights."""
    out: dict[int, Decimal] = {}
    for row in scheme.parts.all():
        text = given.get(f"w{row.pk}", "").strip()
        try:
            weight = Decimal(text) if text else row.weight
        except InvalidOperation as error:
            raise BadWeights(_("“%(text)s” is no weight: write a number.") % {"text": text[:20]}) from error
        if not weight.is_finite() or not 0 <= weight <= _MOST or weight != to_cents(weight):
            raise BadWeights(_("A weight lies from 0 to 1000, with at most two decimals."))
        out[row.pk] = weight
    if out and not any(out.values()):
        raise BadWeights(_("One part at least has a weight above 0."))
    return out


def parts_with(scheme: Scheme, weights: Mapping[int, Decimal]) -> list[Part]:
    """The parts of a scheme with other weights."""
    rows = scheme.parts.select_related("indicator").order_by("rank", "pk")
    return [replace(part_of(row), weight=weights.get(row.pk, row.weight)) for row in rows]


@transaction.atomic
def save_as_new(scheme: Scheme, weights: Mapping[int, Decimal], *, since: str, by: Any) -> Scheme:
    """A new version of a scheme with other weights, from a month on; what was published keeps its version.

    Raises
    ------
    BadWeights : the user may not; or that month or a later one is published by an older version
    """
    if not may_judge(by):
        raise BadWeights(_("Only a leader or administrator of the city may change a scheme."))
    newest = Scheme.objects.select_for_update().filter(slug=scheme.slug).order_by("-version").first()
    assert newest is not None
    last = Ranking.objects.filter(scheme__slug=scheme.slug).order_by("-month").values_list("month", flat=True).first()
    if last is not None and since <= last:
        raise BadWeights(_("%(month)s is published: a new version holds from a later month.") % {"month": last})
    parts = list(scheme.parts.order_by("rank", "pk"))
    fresh = Scheme(slug=scheme.slug, version=newest.version + 1, since=since, made_by=by, level=scheme.level)
    for name in ("name_zh", "name_en", "grades", "fine", "rewards", "source"):
        setattr(fresh, name, getattr(scheme, name))
    try:
        with transaction.atomic():
            fresh.save()
    except IntegrityError as error:
        raise BadWeights(_("Somebody saved a version at the same moment: look at it first.")) from error
    SchemePart.objects.bulk_create(
        SchemePart(
            scheme=fresh, rank=row.rank, kind=row.kind, indicator_id=row.indicator_id, fact=row.fact,
            weight=weights.get(row.pk, row.weight), threshold=row.threshold, each=row.each, steps=row.steps,
        )
        for row in parts
    )  # fmt: skip
    return fresh
