"""The planner's drawing table with its impact."""

from __future__ import annotations

import json

from tests.browser.conftest import manage
from tests.browser.pictures.camera import DESK, PHONE, Studio

COUNT = 3
# A plan worth a picture, in the community with the most open cases: its largest grid gives a rim to a neighbour and
# half of the rest to a new grid, one cell is cut, one grid locked.
_A_PLAN = """
import json
from collections import Counter
import shapely
from cases.models import Case
from django.contrib.auth import get_user_model
from cells.models import CellVersion, Plan
from cells.plans import apply, open_plan
from django.conf import settings
from spatial import crs
from spatial.postgis.convert import to_shapely
cells = list(CellVersion.objects.current().select_related("cell"))
shape = {c.cell_id: to_shapely(c.shape) for c in cells}
cases = Counter(Case.objects.exclude(stage__in=("closed", "void")).values_list("cell", flat=True))
busy = Counter()
for c in cells:
    busy[c.community_id] += cases[c.cell_id]
middle = next(c for c in cells if c.community_id == busy.most_common(1)[0][0])
mine = [c for c in cells if c.community_id == middle.community_id]
grids = sorted({c.grid_id for c in mine})
ground = {g: shapely.union_all([shape[c.cell_id] for c in mine if c.grid_id == g]) for g in grids}
widest = max(grids, key=lambda g: ground[g].area)
by = get_user_model().objects.get(username="planner")
plan = open_plan(title=TITLE, by=by)
def draw(kind, intent):
    apply(plan, kind, intent, revision=Plan.objects.get(pk=plan.pk).revision, by=by)
rim_of = ground[widest].boundary
beside = max((g for g in grids if g != widest), key=lambda g: ground[g].boundary.intersection(rim_of).length)
rim = [c for c in mine if c.grid_id == widest and shape[c.cell_id].distance(ground[beside]) < 1]
draw("paint", {"cells": [c.cell_id for c in rim], "grid": beside})
left = [c for c in mine if c.grid_id == widest and c not in rim]
names = {"name_zh": "新建网格", "name_en": "New grid"}
half = [c.cell_id for c in left[: len(left) // 2]]
draw("new_grid", {"community": middle.community_id, "cells": half, **names})
large = max((c for c in mine if c.grid_id not in (widest, beside)), key=lambda c: shape[c.cell_id].area)
w, s, e, n = shape[large.cell_id].bounds
cut = crs.from_city([[(w + e) / 2, s - 2], [(w + e) / 2 + 4, n + 2]], srid=settings.CITY_SRID).tolist()
draw("split", {"cells": [large.cell_id], "line": cut})
draw("lock", {"grids": [next(g for g in grids if g not in (widest, beside, large.grid_id))]})
w, s, e, n = shapely.union_all(list(ground.values())).bounds
lon, lat = crs.from_city([[(w + e) / 2, (s + n) / 2]], srid=settings.CITY_SRID)[0]
print("PLAN" + json.dumps({"plan": plan.pk, "lon": lon, "lat": lat, "grid": beside, "community": middle.community_id}))
"""


def of_a_plan(studio: Studio, environment: dict[str, str]) -> None:
    """In both languages, and on a phone."""
    for language, size, name, title in (
        ("zh", DESK, "plans-zh", "中心片区网格均衡调整"),
        ("en", DESK, "plans-en", "Even out the grids of the centre"),
        ("zh", PHONE, "plans-phone-zh", "中心片区网格均衡调整"),
    ):
        asked = _A_PLAN.replace("TITLE", repr(title))
        made = json.loads(manage(environment, "shell", "-v0", "-c", asked).split("PLAN", 1)[1])
        person = studio.person("planner", language, size)
        zoom = 16 if size is DESK else 15
        view = f"map={zoom}/{made['lat']:.5f}/{made['lon']:.5f}&grid={made['grid']}&in={made['community']}"
        person.page.goto(f"/plans/{made['plan']}/#{view}&tab=impact")
        person.until("Boolean(document.documentElement.dataset.impact)", within_s=60)
        if size is DESK:
            person.page.keyboard.press("b")
        person.drawn()
        studio.keep(person, name)
