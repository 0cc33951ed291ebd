"""`make drill`: bad days made on purpose, one after the other, each in a city of its own; figures printed, JSON kept.

    python -m tests.drills [--small] [--only NAME …] [--out FILE]

A drill is a module of this folder that can `run`; `good` in its figures says whether its promise held, and the exit
status tells. Nothing of the checkout's own database is touched.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")


def drills() -> list[str]:
    """The drills, in the order of their names."""
    return sorted(m.name for m in pkgutil.iter_modules([str(HERE)]) if not m.name.startswith("_"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a minute instead of many")
    parser.add_argument("--only", nargs="+", choices=drills(), default=drills(), metavar="NAME")
    parser.add_argument("--out", type=Path, default=None, help="where to keep the JSON (.local/drills.json)")
    asked = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings

    kept: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "small": asked.small}
    for name in asked.only:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        try:
            kept[name] = importlib.import_module(f"tests.drills.{name}").run(asked.small)
        except (Exception, SystemExit) as error:
            # One drill that breaks must not lose the others' figures; the exit status tells.
            kept[name] = {"broke": f"{type(error).__name__}: {error}", "good": False}
        for key, value in kept[name].items():
            print(f"  {key:<28} {json.dumps(value, ensure_ascii=False)}")
        print(f"  {'took_s':<28} {time.monotonic() - began:.0f}", flush=True)
    out = asked.out or settings.LOCAL / "drills.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(kept, indent=1, ensure_ascii=False))
    bad = [name for name in asked.only if not kept[name]["good"]]
    print(f"kept in {out}" + (f"; not good: {', '.join(bad)}" if bad else "; all good"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
