"""The folder of a backup: the dump, photos and reports as archives, and the manifest, which is written last.

Nothing secret is in it but what people wrote: no key, no password but as a digest. Keep it as you keep the database.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from maps.keeping.fingerprints import Fingerprints

FORM = 1
DUMP, PHOTOS, REPORTS, MANIFEST = "database.dump", "photos.tar", "reports.tar", "manifest.json"
PART = 1 << 20


class BadBackup(Exception):
    """The folder is no whole backup, or cannot become one; the words say what is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str
    release: str
    database: str
    owner: str
    postgres: int
    postgis: str
    srid: int
    time_zone: str
    key_mark: str
    migrations: dict[str, str]
    roles: list[list[Any]]
    tables: Fingerprints
    counters: dict[str, int | None]
    files: dict[str, list[Any]] = field(default_factory=dict)
    form: int = FORM

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.tables.values())


def key_mark() -> str:
    """By which a restore tells whether the key of this installation is that of the backup; says nothing of the key."""
    return hashlib.pbkdf2_hmac("sha256", settings.SECRET_KEY.encode(), b"wanmi backup", 100_000).hex()[:16]


def digest(path: Path) -> str:
    """The SHA-256 of a file, read in parts."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(PART):
            found.update(part)
    return found.hexdigest()


def pack(folder: Path, into: Path) -> None:
    """All files of a folder as a tar; one that goes meanwhile is left out, nothing there gives an empty archive."""
    with tarfile.open(into, "w") as archive:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file() and not path.is_symlink():
                try:
                    archive.add(path, arcname=str(path.relative_to(folder)), recursive=False)
                except FileNotFoundError:
                    continue


def unpack(archive: Path, into: Path) -> int:
    """Put the files of an archive back; how many. One that is there already must be the same.

    Raises
    ------
    BadBackup : another file is there under that name
    """
    into.mkdir(parents=True, exist_ok=True)
    count = 0
    with tarfile.open(archive) as packed:
        for member in packed:
            there = into / member.name
            file = packed.extractfile(member)
            if file is None or not there.resolve().is_relative_to(into.resolve()):
                raise BadBackup(
                    f"{archive} holds “{member.name}”, which is no file of ours. Nothing of it was written."
                )
            with file:
                if there.is_file():
                    if hashlib.sha256(file.read()).hexdigest() != digest(there):
                        raise BadBackup(f"{there} is there already and is another file. Restore into an empty folder.")
                else:
                    there.parent.mkdir(parents=True, exist_ok=True)
                    fresh = there.with_name(there.name + ".partial")
                    with fresh.open("wb") as into_it:
                        shutil.copyfileobj(file, into_it)
                    fresh.rename(there)
            count += 1
    return count


def write(folder: Path, manifest: Manifest) -> None:
    """The manifest, as the last file, on the disk before anybody is told that it is."""
    path = folder / MANIFEST
    with path.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> Manifest:
    """The manifest of a backup whose files are all there and as they were written.

    Raises
    ------
    BadBackup : a file is missing or damaged, or this is no backup, or one of a later form
    """
    path = folder / MANIFEST
    if not path.is_file():
        half = " It was broken off: its name ends in .partial." if folder.name.endswith(".partial") else ""
        raise BadBackup(f"{folder} is no backup: it has no {MANIFEST}.{half}")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**said)
    except (ValueError, TypeError) as error:
        raise BadBackup(f"{path} cannot be read ({error}): take another backup.") from error
    if manifest.form != FORM:
        raise BadBackup(f"{path} has form {manifest.form}; this release reads form {FORM}. Use the release it names.")
    for name, (size, mark) in manifest.files.items():
        file = folder / name
        if not file.is_file():
            raise BadBackup(f"{file} is missing: take another backup.")
        if file.stat().st_size != size or digest(file) != mark:
            raise BadBackup(f"{file} is damaged: it is not the file that was written. Take another backup.")
    return manifest


def tidy(folder: Path, *, keep: int) -> list[Path]:
    """Delete whole backups but for the newest so many; which ones went."""
    whole = sorted(path.parent for path in folder.glob(f"wanmi-*/{MANIFEST}"))
    gone = whole[: max(0, len(whole) - keep)]
    for one in gone:
        shutil.rmtree(one)
    return gone
