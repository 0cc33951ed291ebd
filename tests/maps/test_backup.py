"""A backup is whole or it is none; a restore proves itself, and never writes over anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from maps.keeping import fingerprints, packing
from maps.keeping.programs import words_of

BACK = f"back_{settings.DATABASES['default']['NAME']}"


def run(command: str, *words: Any) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *map(str, words), "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


@pytest.fixture
def kept(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A backup of the first data, two photos and a report."""
    settings.PHOTOS, settings.REPORTS = tmp_path / "photos", tmp_path / "reports"
    for name in ("photos/ab/cd.jpg", "photos/ef.jpg", "reports/a.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    yield Path(run("backup", "--out", tmp_path / "backups")["backup"])
    with psycopg.connect(**words_of(connection.settings_dict), autocommit=True) as here:
        here.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(BACK)))


@pytest.mark.django_db(transaction=True)
def test_what_is_restored_is_what_was_there_and_a_full_database_is_left_alone(kept: Path, tmp_path: Path) -> None:
    elsewhere = ("--photos", tmp_path / "p", "--reports", tmp_path / "r")
    told = run("restore", kept, "--into", BACK, *elsewhere)
    assert told["differences"] == []
    assert told["history"]["broken"] == 0
    assert (told["photos"], told["reports"], told["same_key"]) == (2, 1, True)
    assert (tmp_path / "p/ab/cd.jpg").read_bytes() == b"photos/ab/cd.jpg"
    with pytest.raises(CommandError, match="not empty"):
        run("restore", kept, "--into", BACK, *elsewhere)
    # The proof can fail: one word of one row, one row less.
    then = packing.read(kept).tables
    with psycopg.connect(**words_of({**connection.settings_dict, "NAME": BACK})) as there:
        there.execute("UPDATE cells_level SET name_zh = name_zh || '。' WHERE slug = 'cell'")
        assert fingerprints.differences(then, fingerprints.take(there)) == [
            f"cells_level: {then['cells_level'][0]} rows, not the same ones"
        ]
        there.rollback()
        there.execute("DELETE FROM cases_twinrule")
        (words,) = fingerprints.differences(then, fingerprints.take(there))
        assert words.endswith("0 now")


@pytest.mark.django_db(transaction=True)
def test_a_damaged_or_half_backup_is_refused_in_words(kept: Path, tmp_path: Path) -> None:
    assert run("restore", kept, "--check")["whole"] is True
    dump = kept / packing.DUMP
    whole = dump.read_bytes()
    dump.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    with pytest.raises(CommandError, match=r"database\.dump is damaged"):
        run("restore", kept, "--into", BACK)
    dump.unlink()
    with pytest.raises(CommandError, match=r"database\.dump is missing"):
        run("restore", kept, "--into", BACK)
    (kept / packing.MANIFEST).unlink()
    with pytest.raises(CommandError, match="is no backup"):
        run("restore", kept, "--into", BACK)


@pytest.mark.django_db(transaction=True)
def test_old_backups_go_when_newer_ones_are_whole(kept: Path) -> None:
    for name in ("wanmi-a-20200101T000000Z", "wanmi-a-20200102T000000Z"):
        (kept.parent / name).mkdir()
        (kept.parent / name / packing.MANIFEST).write_text("{}")
    (kept.parent / "mine").mkdir()
    packing.tidy(kept.parent, keep=2)
    assert sorted(path.name for path in kept.parent.iterdir()) == sorted(
        ["mine", "wanmi-a-20200102T000000Z", kept.name]
    )


def test_an_archive_reaches_nothing_outside_its_folder(tmp_path: Path) -> None:
    import io
    import tarfile

    with tarfile.open(tmp_path / "bad.tar", "w") as archive:
        member = tarfile.TarInfo("../outside")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(packing.BadBackup, match="no file of ours"):
        packing.unpack(tmp_path / "bad.tar", tmp_path / "in")
    assert not (tmp_path / "outside").exists()
