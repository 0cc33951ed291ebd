"""The site behind nginx as docs/deploy/nginx.conf has it: TLS, live events at once, what is too large, static files."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from maps import cluster
from tests.cases.makers import a_case, a_user
from tests.cells.lattice_city import a_lattice_city
from tests.maps.behind_nginx import written_for
from tests.maps.live_desk import until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(NGINX is None, reason="this machine has no nginx"),
]


def a_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(*command: str, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=settings.ROOT, env={**os.environ, **environment}, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(15)


def alive(port: int) -> bool:
    try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except OSError:
        return False


class Proxy:
    """Asks over TLS."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.trust = ssl._create_unverified_context()

    def line(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=self.trust)

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, Any, bytes]:
        line = self.line()
        try:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            line.close()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    assert NGINX is not None
    site, port, plain = a_free_port(), a_free_port(), a_free_port()
    address = f"postgis://{cluster.USER}@/{quote(connection.settings_dict['NAME'])}?host={quote(str(cluster.socket_folder()))}"
    figures = tmp_path / "figures"
    figures.mkdir()
    (tmp_path / "static" / "maps").mkdir(parents=True)
    (tmp_path / "static" / "maps" / "a.mjs").write_text("export {};")
    (tmp_path / "static" / "maps" / "a.css").write_text("a {}")
    line = re.search(r"-m (uvicorn maps\.asgi.*)", (Path(settings.ROOT) / "docs/deploy/wanmi-web.service").read_text())
    assert line is not None
    words = line[1].replace("--port 8000", f"--port {site}").replace("--workers 4", "--workers 2").split()
    with (
        running(
            sys.executable, "-m", *words, DATABASE_URL=address, CITY_ORIGINS="https://127.0.0.1",
            PROMETHEUS_MULTIPROC_DIR=str(figures), WANMI_METRICS_TOKEN="of-the-operator", WANMI_LOG="json",
        ),
        running(NGINX, "-p", str(tmp_path), "-c", str(written_for(tmp_path, port=port, plain=plain, upstream=site)),
                "-g", "daemon off;"),
    ):  # fmt: skip
        assert until(lambda: alive(site), 60), "the server does not answer"
        found = Proxy(port)
        found.site, found.plain = site, plain  # type: ignore[attr-defined]
        yield found


def test_a_city_behind_nginx(proxy: Any, tmp_path: Path) -> None:
    a_lattice_city(4, 4)
    client = Client()
    client.force_login(a_user(name="behind"))
    cookie = f"sessionid={client.cookies['sessionid'].value}"

    # TLS is known behind the proxy: pages are not sent round in circles; in the clear they are sent to TLS.
    status, headers, body = proxy.ask("/board/", Cookie=cookie)
    assert status == 200, body[:300]
    assert headers["Strict-Transport-Security"]
    line = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=10)
    line.request("GET", "/board/")
    assert line.getresponse().headers["Location"] == "https://127.0.0.1/board/"

    # The id of a request is the proxy's, never the sender's.
    _, headers, _ = proxy.ask("/public/", X_Request_ID="made-up-by-a-sender")
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])

    # Live events come one by one, while the stream is open.
    stream = proxy.line()
    stream.request("GET", "/live/", headers={"Cookie": cookie})
    answer = stream.getresponse()
    assert answer.status == 200
    seen = [answer.readline().decode().strip() for _ in range(4)]
    assert "event: hello" in seen
    began = time.monotonic()
    a_case()
    while answer.readline().decode().strip() != "event: case":
        assert time.monotonic() - began < 15
    told = json.loads(answer.readline().decode().strip().removeprefix("data: "))
    assert told["stage"] == "filed"

    # What two processes count, each of them tells; through the proxy nobody reads it.
    assert proxy.ask("/metrics")[0] == proxy.ask("/readyz")[0] == 404
    direct = http.client.HTTPConnection("127.0.0.1", proxy.site, timeout=10)
    direct.request("GET", "/metrics", headers={"Authorization": "Bearer of-the-operator"})
    figures = direct.getresponse().read().decode()
    assert "wanmi_live_readers 1.0" in figures
    assert re.search(r'wanmi_requests_total\{status="200",view="board"\} 1\.0', figures)
    assert figures.count("# TYPE wanmi_requests_total counter") == 1
    answer.close()
    stream.close()

    # What is too large is not read at all; what fits goes through.
    line = proxy.line()
    line.putrequest("POST", "/public/")
    line.putheader("Content-Length", str(101 << 20))
    line.endheaders()
    assert line.getresponse().status == 413
    status, _, body = proxy.ask(
        "/api/route", "POST", json.dumps([[113.6, 34.7]] * 90_000), Content_Type="application/json"
    )
    assert status == 200, body[:300]

    # Static files come from the disk, for good, each with its kind.
    for name, kind in (("a.mjs", "text/javascript"), ("a.css", "text/css")):
        status, headers, _ = proxy.ask(f"{settings.STATIC_URL}maps/{name}")
        assert (status, headers["Content-Type"], "immutable" in headers["Cache-Control"]) == (200, kind, True)
    assert proxy.ask(f"{settings.STATIC_URL}..%2f..%2fnginx.conf")[0] in (400, 404)
    # Who floods is held off; who is logged in works on beside it.
    line, found = proxy.line(), set()
    for _ in range(400):
        line.request("GET", "/nothing-there")
        answer = line.getresponse()
        answer.read()
        found.add(answer.status)
        if answer.status == 429:
            break
    assert found == {404, 429}
    assert proxy.ask("/board/", Cookie=cookie)[0] == 200

    # The proxy's own log has no address of a person.
    assert "127.0.0.1" not in (tmp_path / "access.log").read_text()
