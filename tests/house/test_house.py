"""What a reviewer would say twice: sizes, names, and which room may know what."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from cases.workflow import ENDS, OPEN, Act, Stage
from maps.stages import ACT_NAMES, STAGE_NAMES
from tests.house.sources import ROOT, files, on_floors, text

LONGEST = 400
FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "services",
    "managers",
    "base",
    "core",
    "tools",
}
# Where SQL is spoken to a connection, and why there.
CURSORS = {
    "spatial/postgis/run.py": "runs the .sql files",
    "spatial/postgis/bulk.py": "COPY",
    "spatial/postgis/binary.py": "COPY in the binary form, both ways",
    "cells/importing/staging.py": "COPY into a table that is thrown away",
    "cells/first_data.py": "runs in migrations, before the .sql files' tables need be there",
    "maps/tiles.py": "a queryset compiled into one ST_AsMVT",
    "spatial/postgis/databases.py": "makes and drops databases, whose names cannot be parameters",
}


def lines_with(pattern: str, names: list[str]) -> list[str]:
    """ "file:line: text" of the lines where a pattern is found."""
    wanted = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:90]}"
        for name in names
        for number, line in enumerate(text(name).splitlines(), 1)
        if wanted.search(line)
    ]


def test_no_file_is_longer_than_a_person_can_hold() -> None:
    long = {n: text(n).count("\n") for n in files(".py", ".js", ".sql", ".html", ".css", ".sh")}
    assert {n: k for n, k in long.items() if k > LONGEST and "/migrations/" not in n} == {}


def test_files_are_named_after_their_subject() -> None:
    assert [n for n in files(".py", ".js") if Path(n).stem in FORBIDDEN_NAMES and not n.endswith("base.html")] == []


def test_nothing_happens_by_signals() -> None:
    assert lines_with(r"django\.dispatch|django\.\w+(\.\w+)*\.signals|\.connect\(.*sender", on_floors(".py")) == []


def test_nobody_overrides_save() -> None:
    assert lines_with(r"def (save|delete)\(self", on_floors(".py", floors=("cells", "cases"))) == []


def test_a_cursor_stands_only_where_it_may() -> None:
    found = {n for n in on_floors(".py") if re.search(r"\.cursor\(|\bcursor\.", text(n))}
    assert found - set(CURSORS) == set(), (
        "put the statement into <app>/sql/<name>.sql and run it by spatial.postgis.run"
    )
    assert set(CURSORS) - found == set(), "these need no cursor any more: take them off the list"


def test_only_the_door_of_coordinates_names_crs_numbers() -> None:
    # The default CITY_SRID is a setting, and a setting's default has to stand somewhere: maps/settings.py.
    named = lines_with(r"(?<![\d.])(3857|4326|4490|45\d\d|900913)(?![\d.])", on_floors(".py", ".js", ".sql", ".html"))
    assert [n for n in named if not n.startswith("spatial/crs.py:") and "CITY_SRID" not in n] == []


def test_rules_know_nothing_of_http() -> None:
    below = on_floors(".py", floors=("spatial", "cells", "cases"))
    assert lines_with(r"django\.(http|views|shortcuts|urls|template|middleware)\b", below) == []


def test_settings_are_read_in_one_file() -> None:
    elsewhere = [n for n in on_floors(".py") if n not in ("maps/settings.py", "maps/cluster.py", "maps/wheels.py")]
    # Who starts other programs hands the whole environment on, and reads nothing in it.
    passing_on = (
        "maps/asgi.py", "cases/simulation/scratch.py", "maps/province.py",
        "maps/keeping/programs.py", "maps/management/commands/restore.py", "cells/archiving/worker.py",
    )  # fmt: skip
    assert lines_with(r"os\.(environ|getenv)", [n for n in elsewhere if n not in passing_on]) == []


def test_nothing_is_fetched_from_another_site() -> None:
    """No CDN, no font host, no map tiles: hosts may stand as names of XML namespaces and of OGC's standards only."""
    pages = on_floors(".py", ".js", ".css", ".html", ".svg", ".json", ".sql")
    named = lines_with(r"(https?:)?//[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}", pages)
    names = ("http://www.w3.org/", "http://www.opengis.net/")
    assert [n for n in named if not any(name in n for name in names)] == []


def test_no_path_of_somebodys_machine_and_nothing_left_to_do() -> None:
    everywhere = [
        n for n in files(".py", ".js", ".sql", ".html", ".css", ".md", ".sh", ".toml", ".json") if "/house/" not in n
    ]
    assert lines_with(r"(?<![\w.])/(home|Users|work|root)/\w", everywhere) == []
    assert lines_with(r"\b(TODO|FIXME|XXX|HACK)\b", everywhere) == []


def test_every_app_has_one_last_migration() -> None:
    leaves = MigrationLoader(None).graph.leaf_nodes()
    assert sorted(app for app, _ in leaves) == sorted({app for app, _ in leaves})


@pytest.mark.django_db
def test_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_released_sql_is_versioned_and_used() -> None:
    """`<name>_vN.sql` with its question at the head, and somebody asks it."""
    code = "\n".join(text(n) for n in files(".py"))
    composed = re.findall(r'f"(\w+)_\{[\w.]+\}_v(\d+)"', code)  # one statement a layer, its name put together
    for name in on_floors(".sql"):
        stem = Path(name).stem
        assert re.search(r"_v\d+(_down)?$", stem), f"{name} has no version in its name"
        assert text(name).startswith("--"), f"{name} does not say what it asks"
        used = stem in code or any(stem.startswith(f"{a}_") and stem.endswith(f"_v{v}") for a, v in composed)
        assert used, f"{name} is used nowhere"


def test_every_stage_and_act_of_a_case_has_a_name_and_every_open_stage_a_colour() -> None:
    assert set(STAGE_NAMES) == set(Stage)
    assert set(ACT_NAMES) == set(Act)
    colours = re.search(r"STAGE_COLOURS = \{(.*?)\}", text("maps/static/maps/js/map_style.js"), re.S)
    assert colours is not None
    assert re.findall(r"(\w+): \"#", colours[1]) == [str(stage) for stage in OPEN]


def test_whatever_is_asked_of_open_cases_knows_every_end() -> None:
    """Lists in a statement that name closed and void name the other end too."""
    lists = {
        (name, found)
        for name in on_floors(".py", ".sql", ".js")
        for found in re.findall(r"[(\[][^()\[\]]*[\"']closed[\"'][^()\[\]]*[)\]]", text(name))
        if re.search(r"[\"']void[\"']", found)
    }
    assert lists
    assert {(name, found) for name, found in lists if not all(f"{end}" in found for end in ENDS)} == set()


def test_the_house_goes_one_way() -> None:
    """The layer tables of pyproject.toml hold."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
