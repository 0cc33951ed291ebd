"""A lean run of the fuzz: two thousand bad inputs break nothing, and nothing hangs; and what breaks is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cells.models import Role
from tests.cases.makers import a_case, a_user
from tests.cells.lattice_city import a_lattice_city
from tests.fuzz import figures, running
from tests.fuzz.worlds import of_people

pytestmark = pytest.mark.django_db
# Those that start a process for each input, or compute a month, take their turn in the long run alone.
LEFT_OUT = {"route table", "sent photo", "sent outline", "hot spots", "gaps", "rest rates", "login", "import grids"}


@pytest.fixture
def known(tmp_path: Path, settings: Any) -> dict[str, running.Target]:
    settings.PHOTOS, settings.REPORTS = tmp_path / "photos", tmp_path / "reports"
    a_lattice_city(4, 4)
    a_case()
    users = [a_user(role, name=f"u-{role}") for role in (Role.DISPATCHER, Role.PLANNER, Role.LEADER)]
    return running.targets(of_people(users), tmp_path)


def test_two_thousand_bad_inputs_are_taken_or_refused_with_words(
    known: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What hangs hangs for good; what is slow on a machine that does five things at once does not.
    monkeypatch.setattr(running, "LIMIT_S", 90)
    chosen = [target for name, target in known.items() if name not in LEFT_OUT]
    for target in chosen:
        target.share = min(max(target.share, 1), 4)
    findings = tmp_path / "findings"
    running.run(chosen, inputs=2000, seed=7, findings=findings)
    told = running.table(chosen)
    assert [json.loads(path.read_text())["words"][-600:] for path in findings.glob("*.json")] == []
    assert told["together"]["tried"] == told["together"]["accepted"] + told["together"]["refused"] == 2000
    assert min(told["together"]["accepted"], told["together"]["refused"]) > 200, (
        "a fuzz that goes one way shows nothing"
    )
    assert "together" in figures.lines(told)


def test_what_breaks_hangs_or_says_nothing_is_found_and_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LIMIT_S", 0.2)

    def breaks(word: str) -> tuple[str, str]:
        if "a" in word:
            raise ZeroDivisionError(word)
        while "x" in word:
            pass
        return ("silent" if word == "" else "accepted"), ""

    target = running.Target("made up", lambda nasty: nasty.chance.choice(["a", "x", "", "good"]), breaks)
    running.run([target], inputs=24, seed=1, findings=tmp_path)
    assert all(target.counts[outcome] for outcome in ("accepted", "silent", "fault", "hang"))
    kept = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    assert {one["outcome"]: one["input"] for one in kept} == {"fault": "a", "hang": "x", "silent": ""}
    for one in kept:
        assert running.try_one(target, one["seed"], findings=tmp_path) == one["outcome"]
