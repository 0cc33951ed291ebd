"""Bulletins as files, and those that are made by themselves: last month's, once, from a day that the city sets.

They lie in CITY_REPORTS under `bulletins`, named by month, scheme, language and form. A file is whole or not there: it
is written beside its place and moved to it. Two workers ask one lock; what is there is not made again. Where workers
run on several machines, the folder is to be one that they share.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from cases.judging import counting
from cases.judging.periods import last_month
from cases.judging.ranking import NoSuchScheme, months_judged, scheme_named
from cells import rules
from maps.bulletin import document
from maps.bulletin import paper as pdf_paper
from maps.bulletin.blocks import Bulletin
from maps.bulletin.telling import USUAL_SCHEME, bulletin
from maps.printing.fonts import NoFont, face
from spatial.postgis import run

log = logging.getLogger(__name__)
FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
_NAME = re.compile(r"(\d{4}-\d{2})-([\w-]{1,30})\.([a-z-]{2,10})\.(docx|pdf)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kept:
    """One file; `made_at` is when it was written."""

    name: str
    month: str
    scheme: str
    language: str
    form: str
    made_at: dt.datetime
    size: int


def made(bulletin: Bulletin, form: str, *, paper: str = "A4") -> bytes:
    """The bulletin as a file of a form; raises NoFont, KeyError for another form or paper."""
    if form not in FORMS:
        raise KeyError(form)
    return document.written(bulletin, paper=paper) if form == "docx" else pdf_paper.drawn(bulletin, paper=paper)


def kept() -> list[tuple[str, list[Kept]]]:
    """The files by month, the newest month first."""
    found = []
    for path in _folder().glob("*"):
        named = _NAME.fullmatch(path.name)
        if named:
            stamp = path.stat()
            at = dt.datetime.fromtimestamp(stamp.st_mtime, dt.UTC)
            found.append(Kept(path.name, named[1], named[2], named[3], named[4], at, stamp.st_size))
    found.sort(key=lambda one: (one.month, one.scheme, one.language, one.form), reverse=True)
    return [(month, list(files)[::-1]) for month, files in groupby(found, key=lambda one: one.month)]


def file_of(name: str) -> tuple[Path, str] | None:
    """Where a kept file lies and what its form is; None where there is no such file."""
    named = _NAME.fullmatch(name)
    path = _folder() / name if named else None
    return (path, named[4]) if named and path is not None and path.is_file() else None


def make_due(*, at: dt.datetime) -> list[Path]:
    """Make what is due at a moment and not there; the files made. None where last month has no cases."""
    (day,) = rules.figures("bulletin_day")
    today = timezone.localdate(at)
    month = last_month(today)
    if today.day < day or not _missing(month) or month not in months_judged(most=2):
        return []
    try:
        face("")  # before anything is counted in vain
        scheme_named(USUAL_SCHEME, month=month)
    except (NoFont, NoSuchScheme) as error:
        log.warning("The bulletin of %s is due but cannot be made: %s", month, error)
        return []
    counting.fresh()
    with transaction.atomic():
        alone = run.row("maps", "bulletin_lock_v1")
        if not (alone and alone[0]):
            return []
        return _make(month, _missing(month), at)


def _make(month: str, missing: list[tuple[str, str]], at: dt.datetime) -> list[Path]:
    _folder().mkdir(parents=True, exist_ok=True)
    done = []
    for language, forms in groupby(missing, key=lambda one: one[0]):
        with translation.override(language):
            found = bulletin(month, at=at, reread=False)
            for _language, form in forms:
                path = _path(month, language, form)
                fresh = path.with_name(f".{path.name}.{os.getpid()}")
                fresh.write_bytes(made(found, form))
                os.replace(fresh, path)
                done.append(path)
    return done


def _missing(month: str) -> list[tuple[str, str]]:
    every = [(language, form) for language, _name in settings.LANGUAGES for form in FORMS]
    return [(language, form) for language, form in every if not _path(month, language, form).is_file()]


def _path(month: str, language: str, form: str) -> Path:
    return _folder() / f"{month}-{USUAL_SCHEME}.{language}.{form}"


def _folder() -> Path:
    return Path(settings.REPORTS) / "bulletins"
