"""A demo city of its own for a simulated day: a fresh database beside the configured one, dropped afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from spatial.postgis import databases

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def a_database(name: str, *, keep: bool = False, like: str = "template1") -> Iterator[dict[str, str]]:
    """The environment in which manage.py works on a fresh database of that name; an old one is dropped first.

    With `like` it begins as a copy of a database that nobody uses.

    Photos go into a folder that lasts as long; with `keep` the database stays.

    Raises
    ------
    spatial.postgis.databases.CannotMake : the database's user may make none
    """
    databases.make(name, like=like)
    try:
        with tempfile.TemporaryDirectory(prefix="wanmi-day-") as folder:
            url = urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}").geturl()
            yield os.environ | {"DATABASE_URL": url, "CITY_PHOTOS": folder, "CITY_POOL": "0"}
    finally:
        if not keep:
            databases.drop(name)


def manage(environment: dict[str, str], *words: str) -> int:
    """Run manage.py with what it says going to stderr, this process's stdout being for the result; its exit code."""
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False).returncode


def result(environment: dict[str, str], *words: str) -> tuple[int, str]:
    """Run manage.py: its exit code, and what it wrote to stdout."""
    command = [sys.executable, "manage.py", *words]
    done = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        out, _ = done.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            done.terminate()
        done.wait()
        raise
    return done.returncode, out
