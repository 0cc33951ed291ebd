"""What drills share: a city in a database of its own, a seat that asks over HTTP, and waiting for things to be so."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.browser.conftest import fill

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0


class Seat:
    """A logged-in user's browser; it opens a connection for each question, as after a break."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.cookies = port, ""
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("GET", "/login/")
        answer = line.getresponse()
        answer.read()
        (token,) = re.findall(r"csrftoken=(\w+)", answer.headers["Set-Cookie"])
        form = urlencode({"username": name, "password": name, "csrfmiddlewaretoken": token})
        headers = {"Cookie": f"csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", "/login/", form, headers)
        answer = line.getresponse()
        answer.read()
        line.close()
        found = dict(re.findall(r"(sessionid|csrftoken)=(\w+)", " ".join(answer.headers.get_all("Set-Cookie") or [])))
        if answer.status != 302 or "sessionid" not in found:
            raise SystemExit(f"{name} cannot log in: {answer.status}.")
        self.token = found.get("csrftoken", token)
        self.cookies = f"sessionid={found['sessionid']}; csrftoken={self.token}"

    def ask(self, path: str, body: Any = None) -> tuple[int, str]:
        """Status and text; 0 where the connection broke."""
        headers = {"Cookie": self.cookies, "X-CSRFToken": self.token, "Accept-Language": "en"}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            if body is None:
                line.request("GET", path, headers=headers)
            else:
                line.request("POST", path, json.dumps(body), {**headers, "Content-Type": "application/json"})
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            line.close()


@contextmanager
def city_of_its_own(cells: int, *, within: str | None = None) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """A private PostGIS in a temporary folder with a demo city: the environment of its programs, and facts of it."""
    with tempfile.TemporaryDirectory(prefix="wanmi-drill-", dir=within) as folder:
        environment = os.environ | {
            "WANMI_LOCAL": folder, "CITY_DATABASE": "drill", "CITY_POOL": "12", "CITY_PHOTOS": f"{folder}/photos",
            "CITY_REPORTS": f"{folder}/reports", "DJANGO_SETTINGS_MODULE": "maps.settings",
        }  # fmt: skip
        environment.pop("DATABASE_URL", None)
        Path(folder).chmod(0o755)  # the user that runs the database must get in
        cluster(environment, "up")
        try:
            yield environment, fill(environment, cells=cells)
        finally:
            cluster(environment, "remove")


def cluster(environment: dict[str, str], *words: str) -> str:
    """maps/cluster.py for the cluster of the drill."""
    told = subprocess.run(
        [sys.executable, "maps/cluster.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if told.returncode:
        raise SystemExit(f"maps/cluster.py {' '.join(words)}: {told.stdout}{told.stderr}")
    return told.stdout.strip()


def answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/login/")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def until(true: Callable[[], bool], words: str, *, seconds: float = PATIENCE_S) -> float:
    """Wait until something is so; how long it took, in seconds."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise SystemExit(f"Given up after {seconds:.0f} s: {words}.")
        time.sleep(0.1)
    return time.monotonic() - began


def rows(environment: dict[str, str], query: str, *values: Any) -> list[Any]:
    """What the database of the drill says."""
    address = cluster(environment, "url").replace("postgis://", "postgresql://")
    with psycopg.connect(address) as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


def jobs_done(environment: dict[str, str]) -> int:
    """How many jobs of the timetable the worker has done so far; it deletes those that succeed."""
    query = "SELECT coalesce(pg_sequence_last_value('procrastinate_jobs_id_seq'), 0) - count(*) FROM procrastinate_jobs"
    return int(rows(environment, query)[0][0])
