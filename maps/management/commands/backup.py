"""Takes a backup of the city: database, photos, reports, and what is in them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from maps.keeping import fingerprints, packing
from maps.keeping.backing_up import back_up
from maps.keeping.programs import words_of


class Command(BaseCommand):
    help = (
        "Write a backup into a new folder below --out: a dump of the database and a digest of each of its tables, all "
        "of one moment while the city works on, with photos and reports. No key is in it: keep CITY_SECRET_KEY apart."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the new folder goes")
        parser.add_argument("--keep", type=int, metavar="N", help="afterwards delete all but the newest N there")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, out: Path, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep: 1 or more, as the one just taken is kept.")
        began = time.monotonic()
        try:
            with psycopg.connect(**words_of(settings.DATABASES["default"])) as here:
                steps = len(fingerprints.tables(here)) + 3
            with tqdm(total=steps, desc="backup", unit="part", disable=None) as bar:
                folder, manifest = back_up(out, told=lambda what: bar.update() or None)
        except (packing.BadBackup, psycopg.Error, OSError) as error:
            raise CommandError(f"No backup was taken. {error}") from error
        gone = packing.tidy(out, keep=keep) if keep else []
        size = sum(one[0] for one in manifest.files.values())
        told = {
            "backup": str(folder), "tables": len(manifest.tables), "rows": manifest.rows, "bytes": size,
            "deleted": [str(path) for path in gone], "seconds": round(time.monotonic() - began, 1),
        }  # fmt: skip
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(
                f"{folder}: {manifest.rows:,} rows of {len(manifest.tables)} tables, {size / 1e6:.1f} MB, "
                f"{told['seconds']} s" + (f"; {len(gone)} older ones deleted" if gone else "")
            )
