"""Division into unit cells: an exact tiling whatever the ground, good cells on an ordinary town."""

import hashlib

import numpy as np
import pytest
import shapely

from spatial.blocks import compactness
from spatial.divide import divide_area
from spatial.ground import Ground, lay_out, merge_carriageways
from spatial.noding import tile
from spatial.partition import is_partition, shared_borders, thin_spikes
from spatial.quality import measure
from tests.spatial.town import a_town


@pytest.fixture(scope="module")
def town():
    return a_town()


@pytest.fixture(scope="module")
def divided(town):
    """Cells of the whole town and the community of each."""
    cells = [divide_area(c, town.ground) for c in town.communities]
    community = np.repeat(np.arange(len(cells)), [len(c) for c in cells])
    tiling, source = tile(np.concatenate(cells), territory=community)
    return tiling, community[source]


def assert_tiles(cells, outline, slack_m2=1.0):
    """The cells are an exact tiling of their union, and that is the outline but for fractions of a millimetre."""
    union = shapely.coverage_union_all(cells)
    assert is_partition(cells, union)
    assert shapely.coverage_is_valid(cells)
    assert (shapely.get_type_id(cells) == shapely.GeometryType.POLYGON).all()
    assert shapely.symmetric_difference(union, outline).area < slack_m2


def test_a_town_meets_the_bars(town, divided):
    cells, community = divided
    quality = measure(cells, community, town.ground)
    assert_tiles(cells, shapely.union_all(town.communities), slack_m2=5.0)
    assert quality.within_25pct >= 0.93
    assert quality.within_50pct == 1.0
    assert quality.buildings_cut <= 0.001
    assert quality.street_share >= 0.60
    assert quality.compactness_mean >= 0.62
    assert len(thin_spikes(cells)) == 0


def fingerprint(cells):
    return hashlib.sha256(b"".join(sorted(shapely.to_wkb(shapely.normalize(cells), byte_order=1)))).hexdigest()


def test_order_and_direction_of_the_input_do_not_matter(town):
    outline = town.communities[np.argmax(shapely.area(town.communities))]
    before = fingerprint(divide_area(outline, town.ground))
    rng = np.random.default_rng(5)
    for _ in range(3):
        shuffled = rng.permutation(len(town.ground.streets))
        flipped = rng.random(len(shuffled)) < 0.5
        streets = town.ground.streets[shuffled]
        streets = np.where(flipped, shapely.reverse(streets), streets)
        buildings = shapely.reverse(rng.permutation(town.ground.buildings))
        ring = np.roll(shapely.get_coordinates(outline)[:-1], rng.integers(20), axis=0)[::-1]
        ground = Ground(streets, town.ground.street_class[shuffled], buildings=buildings)
        assert fingerprint(divide_area(shapely.Polygon(ring), ground)) == before


def boxes(*bounds):
    return [shapely.box(*b) for b in bounds]


HARD = {
    "a hole of eight hectares": shapely.box(0, 0, 900, 900) - shapely.Point(450, 450).buffer(160, quad_segs=3),
    "three parts": shapely.MultiPolygon(boxes((0, 0, 300, 400), (310, 0, 355, 45), (0, 410, 320, 730))),
    "tiny": shapely.box(400, 400, 460, 450),
    "a single square metre": shapely.box(400, 400, 401, 401),
    "one cell and a half": shapely.box(400, 400, 540, 500),
    "a strip of 15 m": shapely.box(100, 400, 1300, 415),
    "a strip of 40 m": shapely.box(100, 400, 1400, 440),
    "a c": shapely.box(0, 0, 600, 600) - shapely.box(150, 150, 600, 450),
    "parts that touch in a point": shapely.MultiPolygon(boxes((0, 0, 200, 200), (200, 200, 400, 400))),
    "a thin waist": shapely.union_all(boxes((0, 0, 200, 200), (200, 99, 260, 100), (260, 0, 500, 200))),
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "built"])
def test_hard_outlines_are_tiled(name, bare, town):
    outline = shapely.transform(HARD[name], lambda c: c + np.array([530_100, 3_380_100]))
    cells = divide_area(outline, None if bare else town.ground)
    assert_tiles(cells, outline)
    if outline.area > 100_000:
        area = shapely.area(cells)
        wanted = 0.90 if bare else 0.80  # hard outlines cut through the town's blocks at random
        assert (np.abs(area / 10_000 - 1) <= 0.25).mean() >= wanted or len(cells) < 12
        assert area.max() < 16_000


def test_ground_of_nothing_but_buildings_or_streets(town):
    outline = town.communities[0]
    for ground in (Ground(buildings=town.ground.buildings), Ground(town.ground.streets, town.ground.street_class)):
        assert_tiles(divide_area(outline, ground), outline)


def test_a_river_bank_is_a_border():
    outline = shapely.box(0, 0, 800, 800)
    river = shapely.LineString([(-50, 380), (400, 420), (850, 390)]).buffer(40, cap_style="flat")
    cells = divide_area(outline, Ground(water=np.array([river])))
    assert_tiles(cells, outline)
    borders = shared_borders(cells)
    middle = shapely.points((borders.start + borders.end) / 2)
    on_bank = borders.length_m[shapely.dwithin(middle, river.boundary, 1.0)].sum()
    assert on_bank > 0.85 * 2 * 800
    mostly = shapely.area(shapely.intersection(cells, river)) / shapely.area(cells)
    assert ((mostly < 0.05) | (mostly > 0.95)).mean() > 0.9


def test_both_carriageways_are_one_street():
    lines = np.array([shapely.LineString([(0, 0), (500, 0)]), shapely.LineString([(0, 5), (400, 5), (400, 90)])])
    layout = lay_out(Ground(lines, np.array([2, 2])), np.array([0, 0]))
    kept, _ = merge_carriageways(layout.lines, layout.line_class)
    # the longer stays; of the other only what leaves the eight metres beside it
    assert sorted(np.round(shapely.length(kept))) == [82.0, 500.0]


def test_another_target_gives_cells_of_that_size(town):
    outline = shapely.box(530_200, 3_380_200, 531_200, 3_381_200)
    cells = divide_area(outline, target_m2=40_000)
    assert np.abs(shapely.area(cells) / 40_000 - 1).max() < 0.25
    assert compactness(cells).min() > 0.5


@pytest.mark.parametrize(("outline", "target"), [(shapely.Polygon(), 10_000), (shapely.box(0, 0, 9, 9), 0)])
def test_nothing_to_divide_is_refused(outline, target):
    with pytest.raises(ValueError, match=r"no area|more than 0"):
        divide_area(outline, target_m2=target)
