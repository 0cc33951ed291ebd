"""Several cities side by side: each has a database of its own, and is counted there, by its own edition and formulas.

A file names the cities and their databases; a login that may only read is enough (`pg_read_all_data`, BYPASSRLS), a
replica too. Each city is counted by a process of its own (`manage.py rates --as-it-stands`, with its address, CRS and
clock), so that nothing of one is known to another, and nothing is written anywhere: PostgreSQL itself is told so. A
city that does not answer is named and left out of the sums, which say of how many they are.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.judging.rates import formulas_of
from cases.judging.vocabulary import percent
from cases.models import Indicator

PATIENCE_S = 120.0
AT_ONCE = 4
# Why a city is not in the sums.
REFUSED = {"late": _("It did not answer in time."), "unreadable": _("It cannot be read.")}
ROOT = Path(__file__).resolve().parent.parent
_WORDS = ("name_zh", "name_en", "database")


class BadProvince(ValueError):
    """The file of the cities cannot be used."""


@dataclass(frozen=True, slots=True)
class City:
    """A city of the province: how it is called, and where and how its database is read."""

    name_zh: str
    name_en: str
    database: str
    srid: int
    time_zone: str


def read(path: Path) -> list[City]:
    """The cities of a file: `{"cities": [{"name_zh", "name_en", "database", "srid", "time_zone"}]}`.

    `srid` and `time_zone` are those of this installation where they are left out.

    Raises
    ------
    BadProvince : with words that say what is wrong, and where
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))["cities"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadProvince(f"{path} is no file of cities: {error}.") from error
    cities = []
    for n, one in enumerate(given if isinstance(given, list) else [], start=1):
        missing = [word for word in _WORDS if not (isinstance(one, dict) and isinstance(one.get(word), str))]
        if missing:
            raise BadProvince(f"City {n} of {path} has no {', '.join(missing)}.")
        srid, zone = one.get("srid", settings.CITY_SRID), one.get("time_zone", settings.TIME_ZONE)
        if not (isinstance(srid, int) and isinstance(zone, str)):
            raise BadProvince(f"City {n} of {path}: srid is a number, time_zone a name.")
        cities.append(City(*(one[word] for word in _WORDS), srid=srid, time_zone=zone))
    if not cities:
        raise BadProvince(f"{path} names no city.")
    return cities


def gather(
    cities: Sequence[City], since: dt.date, until: dt.date, *, told: Callable[[City], None] = lambda city: None
) -> dict[str, Any]:
    """Count each city in a period of days: `{"from", "to", "at", "answered", "cities", "total"}`.

    Each of `cities` has its names and `refused` (a key of REFUSED, empty where it answered), `edition`, `facts` and the
    rates by the keys of the indicators; `total` is of those that answered, by this installation's formulas.
    """
    found: dict[int, dict[str, Any]] = {}
    with ThreadPoolExecutor(AT_ONCE) as crew:
        work = {crew.submit(_counted, city, since, until): n for n, city in enumerate(cities)}
        for done in as_completed(work):
            n = work[done]
            found[n] = {"name_zh": cities[n].name_zh, "name_en": cities[n].name_en} | done.result()
            told(cities[n])
    rows = [found[n] for n in range(len(cities))]
    there = [row for row in rows if not row["refused"]]
    facts = {name: sum(row["facts"].get(name, 0) for row in there) for row in there for name in row["facts"]}
    formulas = formulas_of(Indicator.objects.all())
    rates = {key: percent(over.of(facts), under.of(facts)) for key, (over, under) in formulas.items()} if there else {}
    return {
        "from": since.isoformat(), "to": until.isoformat(), "at": timezone.now().isoformat(timespec="seconds"),
        "answered": len(there), "cities": rows,
        "total": {"facts": facts, **{key: None if rate is None else float(rate) for key, rate in rates.items()}},
    }  # fmt: skip


def _counted(city: City, since: dt.date, until: dt.date) -> dict[str, Any]:
    words = ["rates", "--unit", "city", "--from", since.isoformat(), "--to", until.isoformat(), "--as-it-stands"]
    environment = os.environ | {
        "DATABASE_URL": city.database, "CITY_SRID": str(city.srid), "CITY_TIME_ZONE": city.time_zone,
        "CITY_POOL": "0", "REPLICA_URL": "",
        # A login from which row-level security keeps cases back is refused, not told of fewer.
        "PGOPTIONS": "-c default_transaction_read_only=on -c row_security=off",
    }  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "manage.py", *words, "--json"], cwd=ROOT, env=environment, capture_output=True,
            timeout=PATIENCE_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"refused": "late"}
    if done.returncode:
        # What the error is called, and what it says; no password of a database is in it.
        named = re.findall(r"^\S*Error: .*", done.stderr.decode(errors="replace"), re.M)
        return {"refused": "unreadable", "detail": "".join(named[-1:])[:300]}
    counted = json.loads(done.stdout)
    return {"refused": "", "edition": counted["edition"], "partial": counted["partial"], **_rates(counted["total"])}


def _rates(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("code", "name", "gone", "editions", "intervals")}


def keep(gathered: dict[str, Any]) -> Path:
    """Put it where the page reads it, whole or not at all."""
    path = _kept_at()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(gathered, ensure_ascii=False), encoding="utf-8")
    beside.rename(path)
    return path


def is_kept() -> bool:
    """Whether cities were ever counted here: an installation for one city has no page of several."""
    return _kept_at().exists()


def kept() -> dict[str, Any] | None:
    """What was kept last."""
    try:
        return dict(json.loads(_kept_at().read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _kept_at() -> Path:
    return Path(settings.REPORTS, "province", "cities.json")
