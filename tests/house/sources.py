"""The house's own sources, as git knows them or will: nothing that was installed, copied or built."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("spatial", "cells", "cases", "maps")
SKIPPED = ("maps/package-lock.json", ".ci/requirements.lock")


@cache
def files(*suffixes: str) -> tuple[str, ...]:
    """Paths below the root of the files with these suffixes, tracked or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    if done.returncode:  # a release without its history
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()]
        hidden = ("node_modules", "vendor", ".venv", ".local", ".git", "__pycache__")
        names = [n for n in names if not set(Path(n).parts) & set(hidden)]
    else:
        names = done.stdout.decode().split("\0")
    chosen = {n for n in names if n.endswith(suffixes) and n not in SKIPPED and (ROOT / n).is_file()}
    assert chosen, f"no files with {suffixes}"
    return tuple(sorted(chosen))


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def on_floors(*suffixes: str, floors: tuple[str, ...] = FLOORS) -> list[str]:
    """The files of these floors; migrations, which are history, left out."""
    return [n for n in files(*suffixes) if n.split("/")[0] in floors and "/migrations/" not in n]
