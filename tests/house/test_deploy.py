"""The files for a city's own server are true: settings, commands and options they name are there, and their readers
(nginx, systemd) take them where this machine has them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from tests.house.sources import ROOT, text
from tests.maps.behind_nginx import written_for

FOLDER = ROOT / "docs" / "deploy"
UNITS = sorted(FOLDER.glob("wanmi-*.service")) + sorted(FOLDER.glob("wanmi-*.timer"))
OF_OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "PROMETHEUS_MULTIPROC_DIR"}


def everything() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir()) if path.is_file())


def test_every_setting_that_the_files_name_is_in_the_readme() -> None:
    known = set(re.findall(r"^\| `(\w+)` \|", text("README.md"), re.M))
    named = set(re.findall(r"\b((?:CITY|WANMI|DATABASE|POSTGRES|PROMETHEUS)_[A-Z_]+[A-Z])\b", everything()))
    assert len(named) > 10
    assert named - known - OF_OTHERS == set()


def test_every_command_that_the_files_name_exists() -> None:
    named = set(re.findall(r'manage\.py"?,? "?(\w+)', everything() + text("docs/deployment.md")))
    assert "migrate" in named
    assert named - set(get_commands()) == set()


def test_the_server_knows_its_options() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--help"], capture_output=True, text=True, check=True
    ).stdout
    used = set(re.findall(r"(--[a-z-]+)", " ".join(re.findall(r"uvicorn maps\.asgi.*", everything()))))
    assert "--workers" in used
    assert {option for option in used if option not in told} == set()


def test_every_file_is_named_in_the_deployment_page() -> None:
    page = text("docs/deployment.md")
    assert [path.name for path in FOLDER.iterdir() if path.name not in page] == []


def test_compose_names_what_there_is() -> None:
    told = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    services = told["services"]
    assert set(services) == {"database", "migrate", "web", "worker"}
    assert (FOLDER / services["migrate"]["build"]["context"] / services["migrate"]["build"]["dockerfile"]).exists()
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("this machine has no nginx")
    written = written_for(tmp_path, port=18443, plain=18080, upstream=18000)
    done = subprocess.run([nginx, "-t", "-p", str(tmp_path), "-c", str(written)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_its_units(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("this machine has no systemd")
    for path in UNITS:
        told = path.read_text(encoding="utf-8").replace("/opt/wanmi", str(ROOT))
        (tmp_path / path.name).write_text(told, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / unit.name)],
        capture_output=True, text=True,
    )  # fmt: skip
    # What other units of this machine lack is not ours to say.
    said = [line for line in (done.stderr + done.stdout).splitlines() if "wanmi" in line]
    assert (done.returncode, said) == (0, [])
