"""The pages' pure JavaScript, by Node's own test runner."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.house.sources import ROOT


def test_the_pure_parts_of_the_pages_do_what_they_say() -> None:
    beside = Path(sys.executable).with_name("node")
    node = str(beside) if beside.exists() else shutil.which("node")
    assert node, "No Node on this machine: make setup installs it."
    scripts = sorted(str(p) for p in (ROOT / "tests" / "js").glob("*.test.mjs"))
    assert scripts
    done = subprocess.run([node, "--test", *scripts], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
