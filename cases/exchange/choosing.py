"""Which cases go up: by the level of the unit that has them, or by their class, as the table of peers says."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases.models import Case, PassedUp, Peer
from cases.workflow import Stage
from spatial import crs as reference

MOST_AT_ONCE = 500
# Somebody here has said that it is a case, and nobody that it is done.
GOES_UP = (Stage.ACCEPTED, Stage.FILED, Stage.DISPATCHED, Stage.HANDLING, Stage.HELD)


@transaction.atomic
def choose(peer: Peer, *, at: dt.datetime) -> int:
    """Write a row for each open case that is to go up and has none yet; the number of them, at most MOST_AT_ONCE.

    What goes up is what everybody may know of a case, and its words: neither who called nor who handles it.
    """
    of_class = Q(catalogue_class__in=peer.classes.values("pk"))
    there = PassedUp.objects.filter(peer=peer, case=OuterRef("pk"))
    found = Case.objects.filter(of_class | Q(owner__level__in=peer.levels), stage__in=GOES_UP)
    found = found.filter(reported_at__gte=peer.since, place__isnull=False, catalogue_class__isnull=False)
    cases = list(found.exclude(Exists(there)).select_related("catalogue_class").order_by("pk")[:MOST_AT_ONCE])
    if not cases:
        return 0
    degrees = reference.from_city([[c.place.x, c.place.y] for c in cases], srid=settings.CITY_SRID).tolist()
    rows = [
        PassedUp(peer=peer, case=case, key=_key(peer, case), told=_told(case, *place), made_at=at, next_at=at)
        for case, place in zip(cases, degrees, strict=True)
    ]
    # Two who choose at once write the same rows: the second's are there already.
    PassedUp.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _key(peer: Peer, case: Case) -> str:
    return hashlib.sha256(f"{settings.SECRET_KEY} up {peer.pk} {case.number}".encode()).hexdigest()


def _told(case: Case, lon: float, lat: float) -> dict[str, Any]:
    assert case.catalogue_class is not None
    return {
        "service_code": f"{case.catalogue_class.kind}-{case.catalogue_class.code}",
        "lat": f"{lat:.8f}",
        "long": f"{lon:.8f}",
        "description": case.words.strip()[:4000],
        "address_string": case.address.strip(),
        "source_label": case.number,
    }
