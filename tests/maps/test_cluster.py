"""The private PostGIS starts again after anything that happens to a developer's machine, in a folder of any name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
import psycopg
import pytest

from tests.house.sources import ROOT


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's user may enter, with a name that is easily got wrong."""
    with tempfile.TemporaryDirectory(prefix="wanmi 城 + 'test' ") as name:
        os.chmod(name, 0o755)
        yield Path(name)
        cluster(Path(name), "remove")


def cluster(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "WANMI_LOCAL": str(folder), "CITY_DATABASE": "wanmi"}
    command = [sys.executable, ROOT / "maps" / "cluster.py", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def connect(folder: Path) -> psycopg.Connection:
    parsed = dj_database_url.parse(cluster(folder, "url"))
    return psycopg.connect(host=parsed["OPTIONS"]["host"], user=parsed["USER"], dbname=parsed["NAME"])


def test_it_comes_back_with_its_data_after_kill_9_and_a_pid_of_somebody_else(folder: Path) -> None:
    cluster(folder, "up")
    with connect(folder) as connection:
        connection.execute("CREATE TABLE kept AS SELECT ST_Area(ST_MakeEnvelope(0, 0, 2, 2)) AS area")
    postmaster = int(cluster(folder, "status"))
    os.kill(postmaster, signal.SIGKILL)
    cluster(folder, "up")
    with connect(folder) as connection:
        assert connection.execute("SELECT area FROM kept").fetchone() == (4.0,)
    cluster(folder, "down")
    assert cluster(folder, "status") == "down"
    # The machine was restarted and the old number is another program's now: ours, for example.
    stale = folder / "pg" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n")
    cluster(folder, "up")
    cluster(folder, "up")
    assert int(cluster(folder, "status")) != os.getpid()
    with connect(folder) as connection:
        assert connection.execute("SELECT area FROM kept").fetchone() == (4.0,)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_only_its_owner_may_reach_it(folder: Path) -> None:
    cluster(folder, "up")
    socket = Path(unquote(urlsplit(cluster(folder, "url")).query.removeprefix("host=")))
    assert socket.stat().st_mode & 0o077 == 0
    assert (folder / "pg").stat().st_mode & 0o077 == 0


def test_a_deep_folder_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    cluster(deep, "up")
    with connect(deep) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    cluster(deep, "remove")
    assert not (deep / "pg").exists()
