"""docs/security.md is true: each line of its table names a test that is there."""

from __future__ import annotations

import re

from tests.house.sources import ROOT, text


def test_each_threat_names_a_test_that_is_there() -> None:
    rows = [line for line in text("docs/security.md").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 25
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row)
        assert named, row
        for file, test in named:
            assert (ROOT / file).exists(), file
            assert re.search(rf"^(?:async )?def {test}\(", text(file), re.M), f"{file} has no {test}"
