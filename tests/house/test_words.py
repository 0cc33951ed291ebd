"""Every text of the pages is there in Simplified Chinese, and none is a guess of gettext."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.sources import FLOORS, ROOT

LOCALE = ROOT / "maps" / "locale" / "zh_Hans" / "LC_MESSAGES"


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_no_text_is_missing_or_guessed_in_chinese(domain: str) -> None:
    command = ["msgfmt", "--check", "--statistics", "-o", "/dev/null", LOCALE / f"{domain}.po"]
    done = subprocess.run(command, capture_output=True, text=True, env={"LC_ALL": "C"})
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d+ translated messages?\.\n", done.stderr), done.stderr


@pytest.mark.parametrize(
    ("domain", "arguments"),
    [("django", ["-e", "html,txt,py"]), ("djangojs", ["-d", "djangojs", "-e", "js"])],
)
def test_every_text_that_the_sources_mark_is_in_the_file(domain: str, arguments: list[str], tmp_path: Path) -> None:
    """Extracted anew from a copy, the sources have no text that the file lacks, and the file none that they lack."""
    skipped = shutil.ignore_patterns("node_modules", "vendor", "__pycache__", "*.mo")
    for name in FLOORS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skipped)
    for name in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    before = _texts(tmp_path / "maps/locale/zh_Hans/LC_MESSAGES" / f"{domain}.po")
    command = [ROOT / ".venv/bin/python", "manage.py", "makemessages", "-l", "zh_Hans", "--no-obsolete", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    after = _texts(tmp_path / "maps/locale/zh_Hans/LC_MESSAGES" / f"{domain}.po")
    assert after - before == set(), "not in the file: run makemessages and translate"
    assert before - after == set(), "in the file, but said nowhere any more"


def _texts(po: Path) -> set[str]:
    """The source texts of a .po file, joined over its lines."""
    entries = re.findall(r'^msgid((?: ?"(?:[^"\\]|\\.)*"\n)+)', po.read_text(encoding="utf-8"), re.M)
    return {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', entry)) for entry in entries} - {""}
