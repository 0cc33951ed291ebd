"""`make bench`: every module of this folder that can `run`, beside its rivals, in one run; ratios printed, JSON kept.

    python -m tests.bench [--small] [--only NAME …] [--minutes N] [--rival NAME=URL] [--out FILE] [--keep]

Speed is a ratio to a rival measured in the same run on the same machine, never a time that a test could fail on. Works
on the city that is loaded; where none is, a small demo city is made in a database of its own.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import pkgutil
import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")


def modules() -> list[str]:
    """The benches, in the order of their names."""
    return sorted(m.name for m in pkgutil.iter_modules([str(HERE)]) if not m.name.startswith("_"))


def prepare() -> None:
    """A migrated database with a city in it."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from cells.models import Edition

    if not Edition.objects.published().exists():
        call_command("demo_city", cells=2000, if_empty=True)


def lines(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each figure with its path, depth first."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from lines(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a minute instead of many")
    parser.add_argument("--only", nargs="+", choices=modules(), default=modules(), metavar="NAME")
    parser.add_argument("--minutes", type=float, metavar="N", help="how long benches take that only watch (hall)")
    parser.add_argument("--rival", metavar="NAME=URL", help="a service of points, with {lon} and {lat} (web_route)")
    parser.add_argument("--out", type=Path, default=None, help="where to keep the JSON (.local/bench/latest.json)")
    parser.add_argument("--keep", action="store_true", help="into docs/bench.json, docs/bench.md and the README, too")
    asked = parser.parse_args()
    if asked.keep and asked.small:
        parser.error("--keep: figures of a --small run are not kept.")
    prepare()
    from django.conf import settings

    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE).stdout
    kept: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.strip(),
        "small": asked.small,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "kind": platform.machine()},
    }
    failed = []
    for name in asked.only:
        print(f"== {name}", flush=True)
        try:
            run = importlib.import_module(f"tests.bench.{name}").run
            more = {"minutes": asked.minutes, "rival": asked.rival}
            known = inspect.signature(run).parameters
            kept[name] = run(asked.small, **{k: v for k, v in more.items() if v and k in known})
        except Exception as error:
            # One bench that breaks must not lose the others' figures; the exit status tells.
            print(f"  broke: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(name)
            continue
        for path, value in lines(kept[name]):
            print(f"  {path:<58} {value}")
    out = asked.out or settings.LOCAL / "bench" / "latest.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(kept, indent=1, ensure_ascii=False))
    print(f"kept in {out}")
    if asked.keep:
        from tests.bench import _table

        _table.keep(kept)
        _table.write()
        print(f"and in {_table.KEPT}, {_table.PAGE}, {_table.README}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
