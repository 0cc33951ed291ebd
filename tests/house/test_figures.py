"""The figures that the README and docs/bench.md show are those of docs/bench.json, nobody's typing."""

from __future__ import annotations

import json

import pytest

from tests.bench import _table
from tests.house.sources import text


def test_the_tables_are_made_of_what_was_measured() -> None:
    kept = json.loads(_table.KEPT.read_text(encoding="utf-8"))
    assert text("docs/bench.md") == _table.page(kept)
    assert f"{_table.BEGIN}\n{_table.part(kept)}\n{_table.END}" in text("README.md")
    assert {row.bench for row in _table.ROWS} <= set(kept)


@pytest.mark.parametrize(("ratio", "said"), [(12.0, "≥ 12: reached"), (11.9, "≥ 12: NOT REACHED")])
def test_a_bar_that_is_not_reached_is_said(ratio: float, said: str) -> None:
    row = _table.Row("x", "x", lambda f: "", lambda f: "", lambda f: f["ratio"], 12)
    assert row.reached({"ratio": ratio}) == said


def test_a_partial_run_leaves_the_others_as_they_are(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    monkeypatch.setattr(_table, "KEPT", Path(str(tmp_path)) / "bench.json")
    about = {"at": "2026-01-01", "commit": "abc", "machine": {}, "small": False}
    _table.keep({**about, "edits": {"a": 1}})
    _table.keep({**about, "commit": "def", "plans": {"b": 2}})
    kept = json.loads(_table.KEPT.read_text(encoding="utf-8"))
    assert (kept["edits"]["commit"], kept["plans"]["commit"]) == ("abc", "def")
