"""What a plan would do, and its way into force, over HTTP: impact, findings, words of explanation, publishing."""

from __future__ import annotations

import csv
import io

import pytest

from cells.models import Edition
from tests.makers import a_component
from tests.maps.test_plans_api import Door

pytestmark = pytest.mark.django_db


def a_painted_plan(door):
    number = door.post("", 201, title="Painted")["id"]
    intent = {"cells": [door.key(1, 0)], "grid": door.grid(0, 0, 2)}
    return number, door.post(f"/{number}/edits", kind="paint", intent=intent, revision=0)["revision"]


def explained(door, number):
    """Every warning with a word; no error must be left."""
    for finding in door.get(f"/{number}/findings")["findings"]:
        assert finding["severity"] == "warning", finding
        door.post(f"/{number}/remarks", check=finding["check"], words="agreed with the community")
    return door.get(f"/{number}/findings")


def test_the_impact_counts_what_changes_hands_and_comes_as_a_table_too():
    door = Door()
    a_component(door.city, 1, 0)
    number, revision = a_painted_plan(door)
    impact = door.get(f"/{number}/impact")
    assert (impact["revision"], impact["cells_changing_hands"]) == (revision, 1)
    grids = {g["key"]: g for g in impact["grids"] if g["level"] == "grid"}
    lost, won = grids[door.grid(0, 0, 1)], grids[door.grid(0, 0, 2)]
    assert (lost["before"]["cells"], lost["after"]["cells"]) == (4, 3)
    assert (won["before"]["components"], won["after"]["components"]) == (0, 1)
    answer = door.client.get(f"/api/plans/{number}/impact.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(impact["grids"]) + 1  # a header above, the totals below
    assert len({len(row) for row in rows}) == 1
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_plan_goes_from_the_drawing_table_into_force():
    door = Door()
    number, _ = a_painted_plan(door)
    before = door.get(f"/{number}/findings")
    assert before["hindrances"] == len(before["findings"]) > 0
    door.post(f"/{number}/remarks", 400, check=before["findings"][0]["check"], words="")
    door.post(f"/{number}/remarks", 400, check=7, words="agreed")
    assert explained(door, number)["hindrances"] == 0
    door.post(f"/{number}/publish", 409)
    door.post(f"/{number}/send")
    leader = Door("leader", city=door.city)
    assert leader.post(f"/{number}/approve")["may"]["publish"] is True
    done = leader.post(f"/{number}/publish")
    assert done["plan"]["state"] == "published"
    assert done["published"]["edition"] == Edition.objects.in_force().number == door.city.edition.number + 1
    assert leader.post(f"/{number}/publish", 409)["error"] == "cannot_publish"


def test_a_plan_that_another_edition_crossed_is_shown_the_conflict_and_put_on_it():
    door = Door()
    first, _ = a_painted_plan(door)
    second = door.post("", 201, title="Second")["id"]
    intent = {"cells": [door.key(1, 0), door.key(3, 0)], "grid": door.grid(3, 0, 2), "across": True}
    door.post(f"/{second}/edits", kind="paint", intent=intent, revision=0)
    explained(door, first)
    door.post(f"/{first}/send")
    leader = Door("leader", city=door.city)
    leader.post(f"/{first}/approve")
    leader.post(f"/{first}/publish")

    assert door.get(f"/{second}")["behind"] is True
    [conflict] = door.get(f"/{second}/conflicts")["conflicts"]
    assert (conflict["key"], conflict["code"]) == (door.key(1, 0), door.city.code(1, 0))
    assert conflict["place"] == pytest.approx(door.at(1, 0), abs=1e-3)
    assert conflict["why"]
    door.post(f"/{second}/rebase", 409, revision=0)
    done = door.post(f"/{second}/rebase", revision=1)
    assert (done["kept"], [c["key"] for c in done["dropped"]]) == (1, [door.key(1, 0)])
    assert done["plan"]["behind"] is False
    assert [f["id"] for f in door.get(f"/{second}/cells")["features"]] == [door.key(3, 0)]


def test_a_proposal_comes_back_as_one_edit_that_can_be_undone():
    door = Door()
    number = door.post("", 201, title="Proposed")["id"]
    community = door.city.community(0, 0).pk
    done = door.post(f"/{number}/propose", community=community, grids=3, revision=0)
    assert done["applied"]["revision"] == 1
    assert sorted(group["cells"] for group in done["groups"]) == [2, 2, 2]
    assert done["after"] <= done["before"]
    back = door.post(f"/{number}/undo", revision=1)
    assert all(not f["properties"]["touched"] for f in back["cells"]["features"])
    impossible = door.post(f"/{number}/propose", 422, community=community, grids=7, revision=2)
    assert impossible["sentence"]
    door.post(f"/{number}/propose", 400, community=community, grids=0, revision=2)
    door.post(f"/{number}/propose", 400, community=community, grids=2, revision=2, seconds=3600)
