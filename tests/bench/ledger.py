"""The ledger with 1,000,000 cases: a page of it beside a select by primary key, its figures, files of 200,000 lines.

`python -m tests.bench --only ledger` prints the figures. Cases and their lines are put in by COPY over the communities
of the city that is loaded, and all is taken back at the end. The memory of a file is how far the process grew above
what it had when the writing began.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import django
import numpy as np
import pandas as pd

# Cases, lines of a file, looks.
SMALL, LARGE = (50_000, 20_000, 60), (1_000_000, 200_000, 200)
YEARS = 3
PHRASES = (
    "路面塌陷",
    "路灯不亮",
    "垃圾满溢",
    "占道经营",
    "井盖缺失",
    "违规标语",
    "工地扬尘",
    "非机动车乱停放",
    "树木倒伏",
    "污水外溢",
)
RARE = "消防栓漏水"
STAGES = {"closed": 0.966, "dispatched": 0.018, "filed": 0.006, "handled": 0.004, "void": 0.006}


def run(small: bool) -> dict[str, Any]:
    """Milliseconds of each question, ratios to the select by primary key, seconds and megabytes of each file."""
    django.setup()
    from django.db import transaction

    count, lines, rounds = SMALL if small else LARGE
    with transaction.atomic():
        put_in = _put_in(count, np.random.default_rng(1))
        _analyze()
        found = {
            "cases": count,
            "put_in_s": put_in,
            **_questions(rounds),
            "figures_ms": _figures(),
            "files": _files(lines),
        }
        transaction.set_rollback(True)
    return found


def _put_in(count: int, rng: np.random.Generator) -> float:
    """COPY cases and their lines of the ledger; the seconds it took."""
    import shapely
    from django.utils import timezone

    from cases.models import Case, LedgerEntry
    from cells import routing
    from cells.models import CatalogueClass, Edition, Level
    from spatial.postgis.bulk import copy_in

    began = perf_counter()
    ground = routing.ground()
    cell = rng.integers(0, len(ground.cell_ids), count)
    middles = shapely.centroid(ground.locator._shapes)
    now = timezone.now()
    age_s = np.sort(rng.uniform(0, YEARS * 365 * 86_400, count))[::-1]
    filed = [now - dt.timedelta(seconds=float(s)) for s in age_s]
    classes = list(CatalogueClass.objects.in_use().events().minors().values_list("pk", flat=True))
    # The commonest class is a tenth, the rarest one in a thousand.
    share = 1.0 / np.arange(2, len(classes) + 2)
    words = rng.choice(PHRASES, count).astype(object)
    words[rng.random(count) < 0.0005] = RARE
    number = rng.integers(1, 400, count)
    first = (Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    pk = first + np.arange(count)
    copy_in(
        Case,
        {
            "id": pk,
            "number": np.array([f"B{n:09d}" for n in range(count)], dtype=object),
            "source_id": rng.choice(["patrol", "hotline", "video"], count, p=[0.93, 0.05, 0.02]).astype(object),
            "catalogue_class_id": rng.choice(classes, count, p=share / share.sum()),
            "words": np.array([f"巡查发现人民路{n}号{w}。" for n, w in zip(number, words, strict=True)], dtype=object),
            "address": np.array([f"人民路{n}号" for n in number], dtype=object),
            "stage": rng.choice(list(STAGES), count, p=list(STAGES.values())).astype(object),
            "place": middles[cell],
            "cell_id": ground.cell_ids[cell],
            "edition_id": Edition.objects.in_force().pk,
            "owner_id": ground.area_ids(Level.COMMUNITY)[cell],
            "reason": "{}",
            "reported_at": filed,
        },
    )
    town, year = ground.area_ids(Level.TOWN)[cell], np.array([timezone.localdate(at).year for at in filed])
    # Far above what the city has: its own lines stay as they are.
    serial = pd.Series(town).groupby([town, year]).cumcount().to_numpy() + 1_000_001
    lines = {"case_id": pk, "town_id": town, "year": year, "serial": serial, "filed_at": filed, "entered_at": now}
    copy_in(LedgerEntry, lines)
    return round(perf_counter() - began, 1)


def _questions(rounds: int) -> dict[str, Any]:
    """p50 and p95 of a page of 50 lines for usual filters, and how many times as long as one case by its key."""
    from cases.ledger import Asked, Position, page
    from cases.models import Case, LedgerEntry
    from cells.models import Grid, GridVersion, Level, Role
    from tests.bench._city import a_person

    rng = np.random.default_rng(2)
    areas = {
        level: [Grid.objects.get(pk=pk) for pk in GridVersion.objects.current().filter(grid__level=level)
                .values_list("grid", flat=True)]
        for level in (Level.TOWN, Level.COMMUNITY)
    }  # fmt: skip
    keys = rng.choice(np.array(Case.objects.values_list("pk", flat=True)), rounds).tolist()
    entries = LedgerEntry.objects.in_bulk(
        rng.choice(np.array(LedgerEntry.objects.values_list("pk", flat=True)), rounds).tolist()
    )
    places = [Position(entry.filed_at, entry.pk) for entry in entries.values()]
    today = dt.date.today()
    month = {"since": today - dt.timedelta(days=29), "until": today}

    def some(level: str) -> Any:
        return areas[level][int(rng.integers(len(areas[level])))]

    officers = [
        a_person(Role.COMMUNITY, name=f"bench-ledger-{n}", territory=some(Level.COMMUNITY).pk) for n in range(20)
    ]

    filters: dict[str, Callable[[], dict[str, Any]]] = {
        "the_city": lambda: {"asked": Asked()},
        "a_town": lambda: {"asked": Asked(area=some(Level.TOWN))},
        "a_town_this_month": lambda: {"asked": Asked(area=some(Level.TOWN), **month)},
        "a_town_far_back": lambda: {
            "asked": Asked(area=some(Level.TOWN)),
            "after": places[int(rng.integers(len(places)))],
        },
        "a_community_of_its_officer": lambda: {"asked": Asked(), "by": officers[int(rng.integers(len(officers)))]},
        "open_of_a_town": lambda: {"asked": Asked(area=some(Level.TOWN), stage="open")},
        "void_of_the_city": lambda: {"asked": Asked(stage="void")},
        "a_class_of_a_town": lambda: {"asked": Asked(area=some(Level.TOWN), kind="event", major="01", minor="07")},
        "usual_words": lambda: {"asked": Asked(words="路灯")},
        "rare_words": lambda: {"asked": Asked(words=RARE)},
        "rare_words_of_two_signs": lambda: {"asked": Asked(words="栓漏")},
    }

    def look(given: dict[str, Any]) -> None:
        page(**({"by": None} | given))

    by_key = _times(lambda: Case.objects.get(pk=keys[int(rng.integers(len(keys)))]), rounds)
    floor = float(np.quantile(by_key, 0.95))
    found: dict[str, Any] = {"select_by_key_p95_ms": round(floor, 2)}
    everything = []
    for name, ask in filters.items():
        times = _times(lambda ask=ask: look(ask()), max(rounds // 5, 10))
        everything.append(times)
        p95 = float(np.quantile(times, 0.95))
        found[name] = {
            "p50_ms": round(float(np.median(times)), 1),
            "p95_ms": round(p95, 1),
            "to_key": round(p95 / floor, 1),
        }
    p95 = float(np.quantile(np.concatenate(everything), 0.95))
    found["page_p95_ms"], found["page_p95_to_select_by_key"] = round(p95, 1), round(p95 / floor, 1)
    return found


def _figures() -> dict[str, float]:
    """Milliseconds of the counts beside the lines."""
    from cases.ledger import Asked, tally
    from cells.models import Grid, GridVersion, Level

    today = dt.date.today()
    month = {"since": today - dt.timedelta(days=29), "until": today}
    town = Grid.objects.get(pk=GridVersion.objects.current().filter(grid__level=Level.TOWN).values_list("grid")[0][0])
    asked = {"a_town_this_month": Asked(area=town, **month), "the_city_this_month": Asked(**month), "the_city": Asked()}
    return {name: round(float(np.median(_times(lambda a=a: tally(a, by=None), 5))), 1) for name, a in asked.items()}


def _files(lines: int) -> dict[str, Any]:
    """Seconds and megabytes of growth for a file of so many lines in each format."""
    from itertools import islice

    from django.utils import timezone

    from maps.exports import csv_pieces, write_gpkg, write_xlsx
    from maps.ledger_filter import LedgerFilter
    from maps.ledger_table import ledger_table

    found = LedgerFilter({}, by=None)
    assert found.is_valid(), found.errors
    out: dict[str, Any] = {"lines": lines}
    with tempfile.TemporaryDirectory() as folder:
        for form in ("csv", "gpkg", "xlsx"):
            table = ledger_table(found, by=None, at=timezone.now())
            object.__setattr__(table, "rows", islice(table.rows, lines))
            path = Path(folder) / f"ledger.{form}"
            before = _peak(reset=True)
            began, worked = perf_counter(), process_time()
            if form == "gpkg":
                write_gpkg(table, path)
            elif form == "xlsx":
                with path.open("wb") as file:
                    write_xlsx(table, file)
            else:
                with path.open("wb") as file:
                    file.writelines(csv_pieces(table))
            out[form] = {
                "seconds": round(perf_counter() - began, 1),
                "processor_s": round(process_time() - worked, 1),
                "grew_mb": round(_peak() - before, 1),
                "file_mb": round(path.stat().st_size / 1e6, 1),
            }
    return out


def _peak(*, reset: bool = False) -> float:
    """The largest resident size of this process since the last reset, megabytes; 0 where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list('case_word_pairs')")
        cursor.execute("ANALYZE cases_case; ANALYZE cases_ledgerentry")


def _times(work: Callable[[], Any], rounds: int) -> np.ndarray:
    """(rounds,) milliseconds, after two that are not counted."""
    work(), work()
    took = np.empty(rounds)
    for n in range(rounds):
        began = perf_counter()
        work()
        took[n] = (perf_counter() - began) * 1000
    return took
