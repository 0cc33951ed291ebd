"""Puts a backup into an empty database and proves that all of it is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import dj_database_url
import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from maps.keeping import packing
from maps.keeping.restoring import restore


class Command(BaseCommand):
    help = (
        "Put a backup into an empty database (made if there is none), compare every table with what it was, and verify "
        "the history of all cases. A database that is not empty is refused. Exit status 1 if anything differs."
    )
    requires_system_checks = []  # they ask the database of the settings, which may be the one that is lost

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that manage.py backup wrote")
        parser.add_argument(
            "--into", metavar="NAME|URL", help="a database on the server of the settings, or an address"
        )
        parser.add_argument("--photos", type=Path, metavar="DIR", help="where photos go (CITY_PHOTOS)")
        parser.add_argument("--reports", type=Path, metavar="DIR", help="where reports go (CITY_REPORTS)")
        parser.add_argument("--check", action="store_true", help="only see whether the backup is whole")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, folder: Path, into: str | None, **options: Any) -> None:
        began = time.monotonic()
        try:
            manifest = packing.read(folder)
            if options["check"]:
                told: dict[str, Any] = {"whole": True, "made_at": manifest.made_at, "rows": manifest.rows}
                self._say(told, f"{folder} is whole: {manifest.rows:,} rows of {manifest.made_at}.", options)
                return
            if not into:
                raise CommandError("--into: say which database the backup goes into.")
            database = _database(into)
            with tqdm(total=len(manifest.tables) + 1, desc="restore", unit="part", disable=None) as bar:
                found = restore(
                    folder, manifest, into=database, photos=options["photos"] or settings.PHOTOS,
                    reports=options["reports"] or settings.REPORTS, told=lambda what: bar.update() or None,
                )  # fmt: skip
        except (packing.BadBackup, psycopg.Error, OSError) as error:
            raise CommandError(str(error)) from error
        history = _history(database)
        told = asdict(found) | {"history": history, "seconds": round(time.monotonic() - began, 1)}
        words = [
            f"{found.rows:,} rows of {found.tables} tables, {found.photos:,} photos and {found.reports:,} reports are "
            f"back as of {manifest.made_at}; histories broken: {history.get('broken')}."
        ]
        words += [f"Differs: {one}" for one in found.differences]
        if not found.same_key:
            words.append(
                "CITY_SECRET_KEY is not that of the backup: everybody logs in anew, second factors and hooks too."
            )
        self._say(told, "\n".join(words), options)
        if found.differences:
            raise CommandError("What was restored is not what was backed up.")
        if history.get("broken") != 0:
            raise CommandError(
                "All rows are those of the backup, but histories in it are broken, as they were when it was taken: "
                "manage.py verify_history names the cases."
            )

    def _say(self, told: dict[str, Any], words: str, options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else words)


def _database(into: str) -> dict[str, Any]:
    """The database that was meant, as Django's settings have them."""
    if "://" in into:
        return dict(dj_database_url.parse(into))
    return {**settings.DATABASES["default"], "NAME": into}


def _address(database: dict[str, Any]) -> str:
    """The address of a database for DATABASE_URL."""
    login = quote(str(database.get("USER") or ""))
    if database.get("PASSWORD"):
        login += ":" + quote(str(database["PASSWORD"]), safe="")
    place = str(database.get("HOST") or "") + (f":{database['PORT']}" if database.get("PORT") else "")
    options = {k: v for k, v in database.get("OPTIONS", {}).items() if k != "pool"}
    return f"postgis://{login}@{place}/{quote(str(database['NAME']))}?{urlencode(options)}"


def _history(database: dict[str, Any]) -> dict[str, Any]:
    """What `verify_history` finds there, in a process of its own, as the settings of this one name another database."""
    done = subprocess.run(
        [sys.executable, str(settings.ROOT / "manage.py"), "verify_history", "--json"],
        env=os.environ | {"DATABASE_URL": _address(database)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        found: dict[str, Any] = json.loads(done.stdout)
        return {name: found[name] for name in ("cases", "events", "broken")}
    except (ValueError, KeyError):
        return {"broken": None, "why": done.stderr.strip()[-500:]}
