"""The README is true: settings with their defaults, commands, make targets, links, files it walks through."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from django.core.management import get_commands

from tests.house.sources import FLOORS, ROOT, text

README = text("README.md")
READ = re.compile(
    r"""os\.environ(?:\.get|\.setdefault)?[(\[]\s*"((?:CITY|WANMI|DATABASE|REPLICA)_\w+)"(?:,\s*"([^"]*)")?"""
)


def test_the_table_of_settings_is_what_the_settings_read() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", README, re.M))
    read = dict(READ.findall(text("maps/settings.py") + text("maps/cluster.py")))
    assert set(rows) == set(read)
    own = [name for name in read if name.startswith("CITY_")]  # the others say where the database and its folder are
    assert len(own) <= 24, "a city should not have to look through so many"
    for name, default in read.items():
        if default:
            assert default in rows[name].replace("`", ""), f"{name}: README says {rows[name]}, the default is {default}"


def test_what_set_up_reads_is_in_the_readme() -> None:
    scripts = "".join(text(f".ci/{name}") for name in ("setup.sh", "serve.sh", "stop.sh", "prepare.py"))
    named = set(re.findall(r"\$\{((?:CITY|WANMI|DATABASE|PORT)\w*)", scripts)) | {n for n, _ in READ.findall(scripts)}
    assert {name for name in named - {"WANMI_SERVES"} if f"`{name}" not in README} == set()


def test_commands_in_the_readme_exist() -> None:
    known = {name for name, app in get_commands().items() if app.split(".")[0] in FLOORS or app == "django.core"}
    assert set(re.findall(r"manage\.py (\w+)", README)) - known == set()
    targets = set(re.findall(r"^(\w+):.*## ", text("Makefile"), re.M))
    assert set(re.findall(r"`?make (\w+)`? ", README)) - targets - {"run"} == set()
    assert set(re.findall(r"^make (\w+)", README, re.M)) - targets == set()


def test_modules_that_the_readme_starts_say_what_they_do() -> None:
    """By themselves, as somebody types it: in a test Django is ready before they are."""
    named = sorted(set(re.findall(r"python -m (tests\.[\w.]+)", README)))
    assert named
    for module in named:
        asked = subprocess.run(
            [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60,
            env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        )  # fmt: skip
        assert asked.returncode == 0, f"{module}: {asked.stderr[-600:]}"
        assert "usage" in asked.stdout


def test_links_and_files_that_the_readme_names_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    files = re.findall(rf"`((?:{'|'.join(FLOORS)})/[\w/.]+)`", README)
    assert len(links) > 5
    assert [name for name in (*links, *files) if not (ROOT / name).exists()] == []
