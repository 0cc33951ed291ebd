"""Edits answer with a proved change or with a refusal; nothing else ever."""

from __future__ import annotations

import doctest
from types import ModuleType

import numpy as np
import pytest
import shapely

from spatial import balance, edits
from spatial.arcs import arcs, find_arc
from spatial.changes import Edit, Partition
from spatial.crs import to_city
from spatial.edits import merge, move_arc, move_vertex, paste, reshape, split, straighten
from spatial.errors import BrokenCoverage, StaleEdit
from spatial.refusals import SENTENCES, Reason, Refusal
from tests.makers_edits import a_district
from tests.spatial.oracles import double_area_mm2, is_valid_coverage, total_area


def four_squares() -> Partition:
    """Cells of 100 m: 0 south-west, 1 south-east, 2 north-west, 3 north-east; the eastern two are community B."""
    corners = [(0, 0), (100, 0), (0, 100), (100, 100)]
    return Partition.of(range(4), [shapely.box(x, y, x + 100, y + 100) for x, y in corners], ["A", "B", "A", "B"])


def done(answer: Edit | Refusal) -> Edit:
    assert isinstance(answer, Edit), answer.message
    return answer


def refused(answer: Edit | Refusal, reason: Reason) -> Refusal:
    assert isinstance(answer, Refusal)
    assert answer.reason is reason, answer.message
    assert answer.message
    return answer


# --- split -------------------------------------------------------------------------------------------


def test_a_line_across_a_cell_makes_two_and_tells_the_neighbours():
    edit = done(split(four_squares(), [0], [[50, -5], [50, 105]]))
    assert edit.added == (4,)
    assert edit.community == {4: "A"}
    assert sorted(edit.changed) == [0, 2, 4]
    assert edit.vertex_only == (2,)  # the cell to the north gets the vertex at (50, 100), not a new shape
    assert edit.moved == (0, 4)
    assert edit.changed[0].area == edit.changed[4].area == 5000
    assert (50.0, 100.0) in edit.changed[2].exterior.coords


def test_one_line_splits_several_cells_at_once():
    city = four_squares()
    after = city.apply(done(split(city, [0, 1], [[-5, 50], [205, 50]])))
    assert len(after) == 6
    assert sorted(after.community.values()) == ["A", "A", "A", "B", "B", "B"]
    assert is_valid_coverage(after.shapes.values())


def test_a_line_that_ends_inside_is_refused_and_prolonged_as_the_nearest():
    refusal = refused(split(four_squares(), [0], [[50, 20], [50, 60]]), Reason.DOES_NOT_DIVIDE)
    edit = done(split(four_squares(), [0], refusal.nearest))
    assert sorted(edit.changed[k].area for k in (0, 4)) == [5000, 5000]


def test_a_line_that_stops_three_centimetres_short_is_carried_on():
    done(split(four_squares(), [0], [[50, 0.03], [50, 99.97]]))


def test_a_strip_is_refused_with_its_place_and_a_wider_one_offered():
    refusal = refused(split(four_squares(), [0], [[0.45, -5], [0.45, 105]]), Reason.TOO_SMALL)
    assert refusal.place is not None
    assert 0 < refusal.place[0] < 0.45
    assert refusal.values["area_m2"] == pytest.approx(45)
    edit = done(split(four_squares(), [0], refusal.nearest))
    assert min(edit.changed[k].area for k in (0, 4)) >= 50


def test_a_line_along_the_border_divides_nothing():
    refused(split(four_squares(), [0], [[0, 100], [100, 100.0004]], suggest=False), Reason.DOES_NOT_DIVIDE)


def test_small_pieces_of_a_split_along_many_lines_can_stay():
    lines = [[[50, -5], [50, 105]], [[0.4, -5], [0.4, 105]]]
    refused(split(four_squares(), [0], lines, suggest=False), Reason.TOO_SMALL)
    edit = done(split(four_squares(), [0], lines, keep_small=True))
    assert edit.added == (4,)
    assert sorted(edit.changed[k].area for k in (0, 4)) == [5000, 5000]


# --- merge -------------------------------------------------------------------------------------------


def test_merged_cells_keep_the_id_asked_for():
    edit = done(merge(four_squares(), [0, 2], into=2))
    assert edit.removed == (0,)
    assert edit.changed[2].area == 20_000
    assert edit.community == {0: "A"}


def test_cells_of_two_communities_merge_only_when_told():
    refusal = refused(merge(four_squares(), [0, 1]), Reason.CROSSES_COMMUNITY)
    assert refusal.values == {"one": "A", "other": "B"}
    done(merge(four_squares(), [0, 1], across=True))


def test_cells_that_meet_in_a_corner_only_do_not_merge():
    refusal = refused(merge(four_squares(), [0, 3], across=True), Reason.NOT_CONTIGUOUS)
    assert refusal.place is not None
    assert refusal.values["parts"] == 2


def test_a_ring_is_refused_and_the_enclosed_cell_offered_with_it():
    squares = [shapely.box(x, y, x + 100, y + 100) for y in (0, 100, 200) for x in (0, 100, 200)]
    city = Partition.of(range(9), squares)
    ring = [k for k in range(9) if k != 4]
    refusal = refused(merge(city, ring), Reason.ENCLOSES)
    assert refusal.cells == (4,)
    assert done(merge(city, refusal.nearest_cells)).changed[0].area == 90_000


# --- corners and borders -----------------------------------------------------------------------------


def test_a_corner_moves_in_every_cell_that_has_it():
    city = four_squares()
    edit = done(move_vertex(city, (100, 100), (110, 105), across=True))
    assert sorted(edit.changed) == [0, 1, 2, 3]
    assert all((110.0, 105.0) in shape.exterior.coords for shape in edit.changed.values())
    assert total_area(edit.changed) == total_area(city.shapes)


def test_a_corner_between_communities_stays():
    refused(move_vertex(four_squares(), (100, 100), (110, 105)), Reason.CROSSES_COMMUNITY)


def test_the_outline_stays():
    refused(move_vertex(four_squares(), (0, 0), (5, 5)), Reason.OUTLINE_FIXED)
    refused(move_arc(four_squares(), "0:-1:0", [[0, 100], [5, 5], [100, 0]]), Reason.OUTLINE_FIXED)


def test_a_corner_dragged_too_far_stops_just_before_it_breaks():
    city = Partition.of(range(3), _around_a_t_junction())
    refusal = refused(move_vertex(city, (100, 100), (100, -50)), Reason.FOLDS_OVER)
    assert refusal.place is not None
    assert 0 < refusal.nearest.y < 100
    done(move_vertex(city, (100, 100), refusal.nearest))
    below = (refusal.nearest.x, refusal.nearest.y - 2)
    assert isinstance(move_vertex(city, (100, 100), below, suggest=False), Refusal)


def test_a_corner_dragged_beyond_all_its_cells_does_not_turn_them_inside_out():
    refusal = refused(move_vertex(a_district(4, 4), *_corner_and_far_away(), suggest=False), Reason.FOLDS_OVER)
    assert refusal.place is not None


def _corner_and_far_away() -> tuple[np.ndarray, np.ndarray]:
    district = a_district(4, 4)
    (arc,) = [arc for arc in arcs(district, [5]) if {arc.left, arc.right} == {5, 6}]
    return arc.xy[0], arc.xy[0] + [700, 10]


def test_a_place_without_a_corner_is_told_the_nearest_one():
    refusal = refused(move_vertex(four_squares(), (97, 96), (90, 90)), Reason.NO_VERTEX)
    assert refusal.nearest == shapely.Point(100, 100)
    assert refusal.values["distance_m"] == pytest.approx(5)


def _around_a_t_junction() -> list[shapely.Polygon]:
    """Two cells side by side below one that lies over both: a T at (100, 100)."""
    long = shapely.Polygon([(0, 100), (100, 100), (200, 100), (200, 200), (0, 200)])
    return [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), long]


def test_a_border_moves_on_both_sides_and_its_corners_stay():
    city = Partition.of(range(3), _around_a_t_junction())
    edit = done(move_arc(city, "0:1:0", [[100, 0], [130, 50], [100, 100]]))
    assert sorted(edit.changed) == [0, 1]
    assert edit.changed[0].area == 10_000 + 1500
    assert edit.changed[1].area == 10_000 - 1500


def test_a_border_taken_with_its_corner_takes_the_neighbour_at_the_t_junction_along():
    city = Partition.of(range(3), _around_a_t_junction())
    arc = find_arc(city, "0:1:0")
    south, north = sorted(arc.points, key=lambda p: p[1])
    assert (south, north) == ((100_000, 0), (100_000, 100_000))
    edit = done(move_arc(city, arc, [[100, 0], [100, 50], [120, 110]], ends="moved"))
    assert sorted(edit.changed) == [0, 1, 2]
    assert (120.0, 110.0) in edit.changed[2].exterior.coords
    assert total_area(edit.changed) == total_area(city.shapes)


def test_a_border_dragged_over_its_cell_is_refused_with_the_nearest_line():
    city = Partition.of(range(3), _around_a_t_junction())
    refusal = refused(move_arc(city, "0:1:0", [[100, 0], [250, 50], [100, 100]]), Reason.FOLDS_OVER)
    edit = done(move_arc(city, "0:1:0", refusal.nearest))
    assert edit.changed[0].area > 10_000


def test_a_border_drawn_anew_ends_where_the_line_meets_the_neighbours():
    city = Partition.of(range(3), _around_a_t_junction())
    edit = done(reshape(city, 0, 1, [[80, -10], [120, 110]]))
    assert sorted(edit.changed) == [0, 1, 2]
    assert edit.vertex_only == (2,)
    # from (83.333, 0) to (116.667, 100): the areas stay, the T has slid along the border of cell 2
    assert edit.changed[0].area == pytest.approx(10_000, abs=0.1)
    assert (116.667, 100.0) in edit.changed[2].exterior.coords


def test_a_border_is_laid_straight_or_along_a_street():
    city = Partition.of(range(3), _around_a_t_junction())
    bent = city.apply(done(move_arc(city, "0:1:0", [[100, 0], [130, 50], [100, 100]])))
    straight = bent.apply(done(straighten(bent, "0:1:0")))
    assert straight.shapes[0].area == 10_000
    street = [[90, -50], [90, 150]]
    slid = done(straighten(bent, "0:1:0", along=street))
    assert slid.changed[0].area == pytest.approx(9_000)
    # from (100, 100) over (90, 80) and (90, 20) to (100, 0): a trapezium of 800 m² less
    pinned = done(straighten(bent, "0:1:0", along=[[90, 20], [90, 80]], ends="pinned"))
    assert pinned.changed[0].area == 10_000 - 800


# --- paste -------------------------------------------------------------------------------------------


def test_a_pasted_outline_becomes_the_border_of_a_new_cell():
    city = Partition.of(range(3), _around_a_t_junction())
    outline = shapely.box(60, 60, 140, 140)
    edit = done(paste(city, outline))
    assert edit.added == (3,)
    assert edit.changed[3].normalize() == shapely.union_all([outline, edit.changed[3]]).normalize()
    assert edit.changed[3].area == 6400


def test_a_pasted_outline_may_give_land_and_take_land():
    city = Partition.of(range(3), _around_a_t_junction())
    edit = done(paste(city, shapely.box(0, 0, 120, 80), into=0))
    assert edit.changed[0].area == 9600
    assert total_area(city.apply(edit).shapes) == total_area(city.shapes)


def test_an_outline_over_the_community_border_is_refused_and_cut_as_the_nearest():
    refusal = refused(paste(four_squares(), shapely.box(50, 50, 130, 150)), Reason.CROSSES_COMMUNITY)
    assert refusal.place is not None
    assert refusal.place[0] > 100
    assert refusal.nearest.bounds == (50, 50, 100, 150)
    done(paste(four_squares(), refusal.nearest))


def test_an_outline_over_the_edge_of_the_map_is_refused():
    refusal = refused(paste(four_squares(), shapely.box(-30, 20, 50, 80)), Reason.OUTSIDE)
    assert refusal.values["area_m2"] == pytest.approx(30 * 60, rel=0.01)
    assert refusal.nearest.bounds == (0, 20, 50, 80)


def test_an_outline_over_a_whole_cell_would_make_it_vanish():
    refused(paste(four_squares(), shapely.box(0, 0, 100, 150)), Reason.VANISHES)


def test_a_bow_tie_is_refused_and_its_larger_half_offered():
    refusal = refused(paste(four_squares(), [[10, 10], [90, 90], [90, 10], [10, 50]], into=0), Reason.BAD_OUTLINE)
    assert refusal.nearest is None or refusal.nearest.is_valid
    assert refusal.place is not None


def test_an_outline_that_cuts_a_cell_in_two_is_refused_with_the_stray_part():
    refusal = refused(paste(four_squares(), shapely.box(40, 0, 60, 100), suggest=False), Reason.STRAY)
    assert refusal.cells == (0,)
    assert refusal.place is not None


# --- what holds for all --------------------------------------------------------------------------------


def test_a_cut_on_a_slanting_outline_keeps_the_area_to_the_square_millimetre():
    slanted = shapely.Polygon([(0, 0), (100.003, 33.337), (90.011, 133.331), (-10.007, 101.123)])
    city = Partition.of([7], [slanted])
    edit = done(split(city, [7], [[40, -50], [47, 200]]))
    assert sum(double_area_mm2(shape) for shape in edit.changed.values()) == double_area_mm2(slanted)
    assert is_valid_coverage(edit.changed.values())


def test_cells_of_the_rim_receive_vertices_and_nothing_else():
    city = Partition.of(range(3), _around_a_t_junction(), rim=[2])
    edit = done(reshape(city, 0, 1, [[80, -10], [120, 110]]))
    assert edit.vertex_only == (2,)
    refused(merge(city, [1, 2]), Reason.NOT_LOADED)
    refused(move_vertex(city, (100, 100), (110, 110)), Reason.NOT_LOADED)


def test_an_edit_of_another_state_is_stale():
    city = four_squares()
    one, other = done(split(city, [0], [[50, -5], [50, 105]])), done(split(city, [0], [[-5, 50], [105, 50]]))
    with pytest.raises(StaleEdit) as error:
        city.apply(one).apply(other)
    assert error.value.where["cells"] == [0, 4]


def test_what_is_no_tiling_is_not_taken_in():
    with pytest.raises(BrokenCoverage):
        Partition.of([0, 1], [shapely.box(0, 0, 10, 10), shapely.box(9, 0, 20, 10)])
    with pytest.raises(BrokenCoverage):
        Partition.of([0], [shapely.box(0, 0, 10.00005, 10)])
    with pytest.raises(BrokenCoverage):
        Partition.of([0, 0], [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])


@pytest.mark.parametrize("module", [edits, balance], ids=["edits", "balance"])
def test_the_examples_in_the_docstrings_hold(module: ModuleType):
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0


def test_every_reason_has_a_sentence():
    assert set(SENTENCES) == set(Reason)


def test_arcs_come_back_from_longitude_and_latitude_to_the_millimetre():
    district = a_district(6, 6)
    for arc in arcs(district):
        back = to_city(arc.lonlat(4547), crs="WGS84", srid=4547)
        assert np.array_equal(back, arc.xy)


def test_arcs_cover_every_border_once_and_keep_their_names_in_any_view():
    district = a_district(6, 6)
    every = arcs(district)
    assert len({arc.id for arc in every}) == len(every)
    border = shapely.union_all(shapely.boundary(district.of_cells(range(36))))
    assert sum(arc.line.length for arc in every) == pytest.approx(border.length)
    assert {arc.id: arc.points for arc in arcs(district, [14])}.items() <= {a.id: a.points for a in every}.items()


def test_a_border_round_an_enclave_is_one_closed_arc():
    hole = shapely.box(40, 40, 60, 60)
    city = Partition.of([0, 1], [shapely.box(0, 0, 100, 100).difference(hole), hole])
    (arc,) = [arc for arc in arcs(city, [1]) if arc.movable]
    assert arc.closed
    edit = done(move_arc(city, arc.id, shapely.box(30, 30, 70, 70).exterior))
    assert edit.changed[1].area == 1600
