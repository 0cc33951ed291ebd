"""The two sides of the exchange drill, each in its own process and on its own database.

The district takes in reports, hands them to their units and passes them up; the city works them off as they come. Both
by the functions that the pages use, on the district's side with the hours of a clock that is told, so that waits after
lost calls take no time.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from random import Random
from typing import Any

import shapely
from django.db.models import Count
from django.utils import timezone
from tqdm import tqdm

from cases import checking, handling, intake, verifying
from cases.dispatch import dispatch
from cases.exchange import exchange
from cases.models import Case, OpenRequest, PassedUp, Peer
from cases.moves import move
from cases.workflow import ENDS, Act, Side, Stage
from cells.models import CatalogueClass, CellVersion, Person, Role
from spatial import crs as reference

NAME = "district"
_EVERY_S, _LONGEST_S = 0.2, 1800.0
# One in so many lives its whole life at the city; the others are answered at once.
_WHOLE = 5


def make_cases(*, cases: int, seed: int, at: dt.datetime) -> list[Case]:
    """Reports all over the district, each with words of its own, filed and with their units."""
    rng = Random(seed)
    shapes = list(CellVersion.objects.current().order_by("cell__code").values_list("shape", flat=True))
    classes = [f"{c.kind}-{c.code}" for c in CatalogueClass.objects.in_use().events().minors().order_by("pk")[:20]]
    made = []
    for n in tqdm(range(cases), desc="district: reports", mininterval=2.0):
        place = shapely.from_wkb(bytes(rng.choice(shapes).wkb)).point_on_surface()
        report = intake.Report(
            source="hotline", words=f"演练 {n:06d} 号 {rng.randrange(10**6)}", catalogue_class=rng.choice(classes),
            lon=place.x, lat=place.y, crs=reference.CITY, idempotency_key=f"exchange-drill/{seed}/{n}",
        )  # fmt: skip
        made.append(dispatch(intake.receive(report, by=None, at=at), by=None, at=at))
    return made


def district(*, url: str, cases: int, seed: int) -> dict[str, Any]:
    """Make cases and exchange until each was told as ended there; what came of it on this side."""
    logging.getLogger("cases").setLevel(logging.CRITICAL)
    now = timezone.now()
    peer = Peer.objects.create(name="city", url=url, since=now)
    peer.classes.set(CatalogueClass.objects.in_use().minors())
    make_cases(cases=cases, seed=seed, at=now)
    hours, begun, rounds = 0, time.monotonic(), 0
    mine = PassedUp.objects.filter(peer=peer)
    with tqdm(total=cases, desc="district: ended there", mininterval=2.0) as bar:
        while time.monotonic() - begun < _LONGEST_S:
            # An hour a round: whatever waits after a lost call is due again.
            done = exchange(peer, at=now + dt.timedelta(hours=hours), most=cases, within_s=600)
            hours, rounds = hours + 1, rounds + 1
            ended = mine.filter(stage_there__in=[str(end) for end in ENDS]).count()
            bar.update(ended - bar.n)
            if ended >= cases:
                break
            if not (done.sent or done.failed or done.heard or done.silent):
                time.sleep(_EVERY_S)
    rows = mine.values_list("case__number", "number_there", "stage_there", "state", "news", "attempts")
    return {"rounds": rounds, "attempts": sum(row[-1] for row in rows), "rows": [list(row[:-1]) for row in rows],
            "told_done": _told_done()}  # fmt: skip


def _told_done() -> dict[str, int]:
    """How often each case was told as handled by the exchange: never more than once."""
    lines = Case.objects.filter(history__act=Act.HANDLE, passed_up__isnull=False)
    return dict(lines.values_list("number").annotate(n=Count("history")).order_by("number"))


def city(*, cases: int, seed: int) -> dict[str, Any]:
    """Work off what comes in by the exchange until all has come and ended; what came of it on this side."""
    checker = _checker()
    begun, done = time.monotonic(), 0
    came = OpenRequest.objects.filter(key__name=NAME)
    with tqdm(total=cases, desc="city: worked off", mininterval=2.0) as bar:
        while done < cases and time.monotonic() - begun < _LONGEST_S:
            fresh = list(Case.objects.filter(open_request__in=came, stage=Stage.REPORTED).order_by("pk")[:50])
            for case in fresh:
                _work_off(case, checker=checker, whole=case.pk % _WHOLE == 0)
            done += len(fresh)
            bar.update(len(fresh))
            if not fresh:
                time.sleep(_EVERY_S)
    rows = came.values_list("case__source_label", "case__number", "case__stage", "case__words")
    told = [[label.removeprefix(f"{NAME}:"), number, stage, words] for label, number, stage, words in rows]
    return {"rows": told, "steps": _steps(came)}


def _steps(came: Any) -> dict[str, int]:
    """How many steps each case made, by its number there."""
    found = Case.objects.filter(open_request__in=came).values_list("number").annotate(n=Count("history"))
    return dict(found.order_by("number"))


def _work_off(case: Case, *, checker: Any, whole: bool) -> None:
    if not whole:
        verifying.decline(case, by=None, at=timezone.now(), note="已由市级平台核实，不属实")
        return
    filed = move(case, Act.FILE, by=None, side=Side.SUPERVISION, at=timezone.now())
    handled = handling.handle(dispatch(filed, by=None, at=timezone.now()), by=None, at=timezone.now(), note="已处置")
    asked = checking.ask_check(handled, by=None, at=timezone.now())
    checked = checking.pass_check(asked, by=checker, at=timezone.now())
    checking.close(checked, by=None, at=timezone.now(), note="市级已办结")


def _checker() -> Any:
    found = Person.objects.filter(role_id=Role.CHECKER, territory=None).select_related("user").first()
    return found.user if found else None


def compare(below: dict[str, Any], above: dict[str, Any]) -> dict[str, int]:
    """What both sides have of the same cases, by the numbers of the district.

    `sent` are cases that the district holds to have arrived, `received` cases at the city; `lost` of the sent are not
    there, `doubled` are there twice by number or by words. `results` likewise: ended there and known below,
    not or otherwise known (`results_lost`), taken in twice (`results_doubled`).
    """
    sent = {number: (there, stage, news) for number, there, stage, state, news in below["rows"] if state == "sent"}
    there = {label: (number, stage) for label, number, stage, _ in above["rows"]}
    words = Counter(row[3] for row in above["rows"])
    ended = {label: (number, stage) for label, (number, stage) in there.items() if stage in {str(e) for e in ENDS}}
    known = {label for label, told in ended.items() if sent.get(label, ("", "", 0))[:2] == told}
    steps = above["steps"]
    twice = [n for n, (number, _, news) in sent.items() if news > steps.get(number, 0)]
    twice += [n for n, times in below["told_done"].items() if times > 1]
    return {
        "sent": len(sent),
        "received": len(above["rows"]),
        "lost": len(set(sent) - set(there)),
        "doubled": len(above["rows"]) - len(there) + sum(n - 1 for n in words.values()),
        "results": len(ended),
        "results_received": len(known),
        "results_lost": len(set(ended) - known),
        "results_doubled": len(set(twice)),
        "attempts": below["attempts"],
        "rounds": below["rounds"],
    }
