"""Thousands of valid, silly and hostile edits, judged by code that is not under test."""

from __future__ import annotations

import json
from collections import Counter
from time import perf_counter

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.changes import Edit, Partition, changes
from spatial.divide import divide_area
from spatial.noding import tile
from spatial.refusals import Reason, Refusal
from tests.makers_edits import Intent, a_district, carry_out, random_intent
from tests.spatial.oracles import is_valid_coverage, same_bytes, total_area
from tests.spatial.town import a_town


def work_through(first: Partition, edits: int, seed: int, *, suggest_each: int = 0) -> dict[str, object]:
    """Carry out random edits, judge each accepted one by independent code, undo all, and give the figures."""
    rng = np.random.default_rng(seed)
    city, accepted, invalid, kinds = first, [], 0, Counter()
    begin = perf_counter()
    for n in range(edits):
        intent = random_intent(city, rng)
        answer = carry_out(city, intent, suggest=bool(suggest_each) and n % suggest_each == 0)
        if isinstance(answer, Refusal):
            kinds[answer.reason.value] += 1
            assert answer.message
            continue
        city = city.apply(answer)
        accepted.append(answer)
        around = {k for shape in answer.changed.values() for k in city.near(shape, 0.01)}
        drift = total_area(answer.changed) - total_area(answer.before)
        if drift or not is_valid_coverage(city.shapes[k] for k in around):
            invalid += 1
        if len(accepted) % 250 == 0:
            invalid += not is_valid_coverage(city.shapes.values())
    seconds = perf_counter() - begin
    invalid += not is_valid_coverage(city.shapes.values())
    last, back = city, city
    for edit in reversed(accepted):
        back = back.undo(edit)
    whole = changes(first, last)
    return {
        "edits": edits,
        "accepted": len(accepted),
        "refused": sum(kinds.values()),
        "invalid_coverages": invalid,
        "area_drift_m2": (total_area(last.shapes) - total_area(first.shapes)) / 2e6,
        "undo_is_identical": same_bytes(back.shapes, first.shapes) and dict(back.community) == dict(first.community),
        "one_edit_for_all_is_identical": same_bytes(first.apply(whole).shapes, last.shapes),
        "communities_kept": _communities_kept(first, last, accepted),
        "crashes": 0,
        "seconds": round(seconds, 1),
    }


def _communities_kept(first: Partition, last: Partition, accepted: list[Edit]) -> bool:
    """Ground of each community before and after, unless an edit was told to cross: apart by a millimetre at most."""
    crossed = {
        label
        for edit in accepted
        for label in {*edit.community.values(), *(first.community.get(k) for k in edit.moved)}
        if edit.verb in ("merge", "paste")
    }
    for label in set(first.community.values()) - crossed:
        before, after = (
            shapely.coverage_union_all([c.shapes[k] for k in c.shapes if c.community[k] == label])
            for c in (first, last)
        )
        if before.symmetric_difference(after).area > 0.001 * before.length:
            return False
    return True


def _ground(city: Partition, label: object) -> shapely.Geometry:
    return shapely.coverage_union_all([city.shapes[k] for k in city.shapes if city.community[k] == label])


def test_two_thousand_edits_leave_a_tiling_and_undo_to_the_same_bytes():
    figures = work_through(a_district(22, 22), 2000, seed=3, suggest_each=20)
    print(json.dumps(figures))
    assert figures["accepted"] > 800
    assert figures["refused"] > 400
    assert figures["invalid_coverages"] == 0
    assert figures["area_drift_m2"] == 0.0
    assert figures["undo_is_identical"]
    assert figures["one_edit_for_all_is_identical"]
    assert figures["communities_kept"]


def test_edits_hold_on_cells_divided_along_streets():
    town = a_town(size_m=900.0)
    divided = [divide_area(outline, town.ground) for outline in town.communities]
    label = np.repeat(np.arange(len(divided)), [len(cells) for cells in divided])
    cells, source = tile(np.concatenate(divided), territory=label)
    city = Partition.of(range(len(cells)), cells, label[source].tolist())
    figures = work_through(city, 400, seed=5)
    assert figures["invalid_coverages"] == 0
    assert figures["area_drift_m2"] == 0.0
    assert figures["undo_is_identical"]
    assert figures["communities_kept"]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), side=st.integers(2, 4))
def test_any_short_history_leaves_a_tiling(seed: int, side: int):
    figures = work_through(a_district(side, side, block=2, seed=seed % 97), 12, seed)
    assert figures["invalid_coverages"] == 0
    assert figures["area_drift_m2"] == 0.0
    assert figures["undo_is_identical"]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_nearest_edit_offered_is_allowed(seed: int):
    rng, city = np.random.default_rng(seed), a_district(3, 3, block=3)
    names = {"split": "lines", "move_vertex": "to", "move_arc": "line", "reshape": "line", "paste": "outline"}
    for _ in range(8):
        intent = random_intent(city, rng)
        answer = carry_out(city, intent, suggest=True)
        if isinstance(answer, Edit):
            city = city.apply(answer)
        elif answer.nearest_cells:
            arguments = {**intent.arguments, "cells": answer.nearest_cells}
            assert isinstance(carry_out(city, Intent("nearest", "merge", arguments)), Edit)
        elif answer.nearest is not None and answer.reason is not Reason.NO_VERTEX and intent.verb in names:
            arguments = {**intent.arguments, names[intent.verb]: answer.nearest}
            assert isinstance(carry_out(city, Intent("nearest", intent.verb, arguments)), Edit)
