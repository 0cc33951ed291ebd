"""What a city that is reached by HTTPS gets: every check of Django, every header, no secret that others may read."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.cases.makers import a_user
from tests.house.sources import ROOT, files, text


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, "CITY_ORIGINS": "https://city.example", "CITY_HOSTS": "city.example", **environment}
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=whole, capture_output=True, text=True, check=False
    )


def test_the_check_of_a_deployment_finds_nothing() -> None:
    found = manage("check", "--deploy", "--fail-level", "WARNING")
    assert found.returncode == 0, found.stderr
    assert "WARNINGS" not in found.stderr


def test_the_key_of_an_installation_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    url = os.environ.get("DATABASE_URL", "postgis://nobody@127.0.0.1:1/none")
    say = "from django.conf import settings; print(settings.SECRET_KEY)"
    given = {"WANMI_LOCAL": str(tmp_path), "DATABASE_URL": url, "CITY_SECRET_KEY": ""}
    first, second = (manage("shell", "--no-imports", "-c", say, **given).stdout.strip() for _ in range(2))
    kept = tmp_path / "secret_key"
    assert (first, second) == (kept.read_text(), kept.read_text())
    assert len(first) >= 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/login/", "/public/", "/admin/", "/nothing", "/api/cases", "/"])
def test_every_answer_says_what_a_browser_may_do_with_it(address: str, admin_client: Client) -> None:
    for client in (Client(), admin_client):
        answer = client.get(address)
        policy = answer["Content-Security-Policy"]
        assert "script" not in policy, "scripts fall under default-src 'self'"
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "microphone=()" in answer["Permissions-Policy"]


def test_no_page_has_a_script_inside() -> None:
    scripts = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(?:application/json|importmap)\")[^>]*>")
    handlers = re.compile(r"<[^>]*\son(?:click|load|error|submit|change|input)=")
    # The report of routing as one file is written for somebody's disk; the site serves it nowhere.
    on_disk = "maps/templates/maps/reports/routing_file.html"
    pages = [n for n in files(".html") if n.startswith("maps/templates/") and n != on_disk]
    assert len(pages) > 20
    assert [n for n in pages if scripts.search(text(n)) or handlers.search(text(n))] == []


@pytest.mark.django_db
def test_the_administrators_pages_have_no_script_inside(admin_client: Client) -> None:
    a_user()
    for address in ("/admin/", "/admin/cells/person/", "/admin/cells/catalogueclass/"):
        page = admin_client.get(address).content.decode()
        inside = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
        assert inside == [], address
