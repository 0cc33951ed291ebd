"""Plans over HTTP: opened, drawn in, undone, settled; refusals and stale edits with what a page needs to show them."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cells.models import Grid, Plan
from tests.makers import a_city, a_person

pytestmark = pytest.mark.django_db


class Door:
    """A logged-in person at the plans' door of a city of 6 × 4 cells in communities of 3 × 2."""

    def __init__(self, role="planner", *, city=None):
        self.city = city or a_city("6x4", community="3x2")
        self.user = a_person(role, username=f"{role}-at-the-door")
        self.client = Client()
        self.client.force_login(self.user)

    def get(self, path, status=200, **query):
        answer = self.client.get(f"/api/plans{path}", query)
        assert answer.status_code == status, answer.content
        return answer.json()

    def post(self, path, status=200, **data):
        answer = self.client.post(f"/api/plans{path}", json.dumps(data), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def key(self, column, row):
        return self.city.cell(column, row).pk

    def at(self, column, row, *, east=0.5, south=0.5):
        return list(self.city.lonlat(column, row, east=east, south=south))

    def grid(self, column, row, half):
        return Grid.objects.get(code=f"{self.city.community_code(column, row)}-{half:02d}").pk


def test_a_plan_is_opened_painted_undone_and_redone():
    door = Door()
    plan = door.post("", 201, title="North side")
    assert (plan["state"], plan["revision"], plan["may"]["draw"], plan["behind"]) == ("drafting", 0, True, False)
    number = plan["id"]
    cell, grid = door.key(0, 0), door.grid(0, 0, 2)

    painted = door.post(f"/{number}/edits", kind="paint", intent={"cells": [cell], "grid": grid}, revision=0)
    [feature] = painted["cells"]["features"]
    assert painted["revision"] == 1
    assert feature["id"] == cell
    assert feature["properties"]["grid"] == grid
    assert feature["properties"]["grid_before"] == door.grid(0, 0, 1)
    assert feature["properties"]["changes_hands"] is True
    assert len(door.get(f"/{number}/cells")["features"]) == 1

    undone = door.post(f"/{number}/undo", revision=1)
    [feature] = undone["cells"]["features"]
    assert (feature["properties"]["touched"], feature["properties"]["changes_hands"]) == (False, False)
    assert (undone["can_undo"], undone["can_redo"]) == (False, True)
    assert door.get(f"/{number}/cells")["features"] == []

    assert door.post(f"/{number}/redo", revision=2)["revision"] == 3
    assert [s["verb"] for s in door.get(f"/{number}/steps")["steps"]] == ["redo", "undo", "do"]


def test_a_stale_edit_is_told_what_changed_and_by_whom():
    door = Door()
    number = door.post("", 201, title="Two of us")["id"]
    cell, grid = door.key(0, 0), door.grid(0, 0, 2)
    door.post(f"/{number}/edits", kind="paint", intent={"cells": [cell], "grid": grid}, revision=0)
    stale = door.post(f"/{number}/edits", 409, kind="merge", intent={"cells": [cell, door.key(1, 0)]}, revision=0)
    assert stale["error"] == "stale_edit"
    assert stale["where"]["now"] == 1
    assert stale["where"]["keys"] == [cell]
    assert stale["where"]["steps"][0]["by"] == "planner-at-the-door"


def test_a_refused_edit_says_why_where_and_what_would_be_allowed():
    door = Door()
    number = door.post("", 201, title="Across")["id"]
    ours, foreign = door.key(2, 0), door.key(3, 0)
    refused = door.post(
        f"/{number}/edits", 422, kind="paint", intent={"cells": [ours, foreign], "grid": door.grid(0, 0, 1)}, revision=0
    )
    assert refused["error"] == "edit_refused"
    assert refused["where"]["reason"] == "crosses_community"
    assert refused["where"]["cells"] == [foreign]
    assert refused["where"]["nearest_cells"] == [ours]
    assert refused["where"]["place"] == pytest.approx(door.at(3, 0), abs=1e-3)


def test_a_border_is_taken_hold_of_and_moved():
    door = Door()
    number = door.post("", 201, title="Border")["id"]
    one, other = door.key(0, 0), door.key(1, 0)
    answer = door.get(f"/{number}/borders", cells=str(one))
    border = next(b for b in answer["borders"] if {b["one"], b["other"]} == {one, other})
    start, end = border["line"][0], border["line"][-1]
    bend = door.at(1, 0, east=0.1)
    moved = door.post(
        f"/{number}/edits", kind="move_border", intent={"arc": border["arc"], "line": [start, bend, end]}, revision=0
    )
    areas = {f["id"]: f["properties"]["area_m2"] for f in moved["cells"]["features"]}
    # A triangle of base 100 m and height 10 m goes from the eastern cell to the western one.
    assert areas[one] == pytest.approx(10_500, abs=0.2)
    assert areas[other] == pytest.approx(9_500, abs=0.2)
    assert sum(areas.values()) == pytest.approx(20_000, abs=1e-6)
    west, north = door.at(0, 0, east=0.2, south=0.2)
    east, south = door.at(1, 0, east=0.8, south=0.8)
    boxed = door.get(f"/{number}/borders", bbox=f"{west},{south},{east},{north}")
    assert {one, other} <= {k for b in boxed["borders"] for k in (b["one"], b["other"])}


def test_gestures_choose_cells():
    door = Door()
    number = door.post("", 201, title="Gestures")["id"]
    corners = [(0, 0), (2, 0), (2, 1), (0, 1)]
    ring = [door.at(c, r, east=0.4 if c == 0 else 0.6, south=0.4 if r == 0 else 0.6) for c, r in corners]
    box = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    chosen = door.post(f"/{number}/select", kind="shape", shape=box)["cells"]
    assert chosen == sorted(door.key(c, r) for c in range(3) for r in range(2))
    flooded = door.post(f"/{number}/select", kind="flood", **{"from": door.key(0, 0)}, barriers=[])["cells"]
    assert flooded == chosen
    door.post(f"/{number}/select", 400, kind="flood", **{"from": "7"})
    door.post(f"/{number}/select", 400, kind="shape", shape=box, rule="perhaps")
    door.post(f"/{number}/select", 422, kind="shape", shape={"type": "Polygon", "coordinates": []})


def test_grids_and_communities_are_listed_as_the_plan_has_them():
    door = Door()
    number = door.post("", 201, title="Lists")["id"]
    listed = door.get(f"/{number}/communities")["communities"]
    assert [(c["code"], c["cells"], c["grids"]) for c in listed] == [
        (door.city.community_code(c, r), 6, 2) for r in (0, 2) for c in (0, 3)
    ]
    west, south, east, north = listed[0]["bbox"]
    lon, lat = door.at(1, 1)
    assert west < lon < east
    assert south < lat < north
    community = listed[0]["id"]
    door.post(
        f"/{number}/edits", kind="new_grid", revision=0,
        intent={"community": community, "name_zh": "新", "cells": [door.key(2, 0)]},
    )  # fmt: skip
    grids = door.get(f"/{number}/grids", community=community)["grids"]
    assert [(g["cells"], g["born"], g["name_zh"]) for g in grids[2:]] == [(1, True, "新")]
    assert sum(g["cells"] for g in grids) == 6
    door.get(f"/{number}/grids", 400)
    door.get(f"/{number}/grids", 422, community=987654)


def test_who_drew_cannot_approve_and_a_leader_cannot_draw():
    door = Door()
    number = door.post("", 201, title="Two persons")["id"]
    door.post(
        f"/{number}/edits", kind="paint", intent={"cells": [door.key(0, 0)], "grid": door.grid(0, 0, 2)}, revision=0
    )
    assert door.post(f"/{number}/send")["state"] == "sent"
    assert door.get(f"/{number}")["may"]["approve"] is False
    assert door.post(f"/{number}/approve", 409)["error"] == "cannot_settle"
    assert (
        door.post(f"/{number}/edits", 409, kind="unlock", intent={"grids": [1]}, revision=2)["error"] == "plan_closed"
    )

    leader = Door("leader", city=door.city)
    assert leader.get(f"/{number}")["may"] == {
        "draw": False, "send": False, "approve": True, "take_back": True, "withdraw": False, "publish": False,
        "rebase": False,
    }  # fmt: skip
    assert leader.post("", 403, title="Mine")["error"] == "not_yours"
    assert leader.post(f"/{number}/undo", 403, revision=2)["error"] == "not_yours"
    assert leader.post(f"/{number}/approve", 400, effective_at="tomorrow")["error"] == "bad_request"
    done = leader.post(f"/{number}/take_back")
    assert done["state"] == "drafting"


def test_operators_look_and_strangers_do_not():
    door = Door("operator")
    Plan.objects.create(title="Seen", base=door.city.edition)
    [plan] = door.get("")["plans"]
    assert plan["may"] == dict.fromkeys(plan["may"], False)
    door.post("", 403, title="Mine")
    assert Client().get("/api/plans").status_code == 401
    door.get("/999999", 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "explode", "intent": {}, "revision": 0}, 400),
        ({"kind": "paint", "intent": {}, "revision": 0}, 422),
        ({"kind": "paint", "intent": [1], "revision": 0}, 422),
        ({"kind": "paint", "intent": {}, "revision": "0"}, 400),
        ({"kind": "split", "intent": {"cells": [1], "line": [[200, 95], [1e308, 2]]}, "revision": 0}, 422),
    ],
)
def test_nonsense_is_refused_with_words(body, status):
    door = Door()
    number = door.post("", 201, title="Nonsense")["id"]
    answer = door.post(f"/{number}/edits", status, **body)
    assert answer["sentence"]


def test_outlines_come_from_a_file_in_a_named_crs():
    door = Door()
    corners = [door.at(c, r, east=0, south=0) for c, r in ((1, 1), (2, 1), (2, 2), (1, 2), (1, 1))]
    area = {"type": "Polygon", "coordinates": [corners]}
    file = {"type": "Feature", "properties": {"name": "地块"}, "geometry": area}
    upload = SimpleUploadedFile("plot.geojson", json.dumps({"type": "FeatureCollection", "features": [file]}).encode())
    answer = door.client.post("/api/outline", {"file": upload, "crs": "WGS84"})
    assert answer.status_code == 200, answer.content
    [outline] = answer.json()["outlines"]
    assert outline["name"] == "地块"
    back = sorted(map(tuple, outline["geometry"]["coordinates"][0]))
    assert back == [pytest.approx(p, abs=1e-8) for p in sorted(map(tuple, corners))]

    for name, content in {"a.geojson": b"{", "b.pdf": b"%PDF", "c.zip": b"PK\x03\x04junk", "d.geojson": b""}.items():
        refused = door.client.post("/api/outline", {"file": SimpleUploadedFile(name, content)})
        assert refused.status_code == 400, name
        assert refused.json()["sentence"]
