"""Hot spots: weights, tails and z against other people's code; null maps stay quiet, and what is planted is found."""

from __future__ import annotations

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from spatial.density import bands, density
from spatial.emerging import PATTERNS, Trend, mann_kendall, patterns
from spatial.expecting import by_exposure, by_past, smallest_ratios
from spatial.getis import gi_star, standardised_rates
from spatial.hotspots import Found, find, window_sizes
from spatial.tails import adjusted, at_least, at_most, extra_variance
from spatial.vicinity import Weights, weights_of_cells, weights_of_hexagons, weights_of_pairs, within_steps
from tests.spatial.lattice import bent_lattice

COLUMNS, ROWS = 30, 24


def lattice(columns: int = COLUMNS, rows: int = ROWS) -> Weights:
    """Weights of a lattice of cells, row by row from the south-west."""
    at = np.arange(columns * rows).reshape(rows, columns)
    left = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    right = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    return weights_of_pairs(columns * rows, left, right)


WEIGHTS = lattice()
WINDOWS = window_sizes(WEIGHTS)


def uneven(rng: np.random.Generator, mean: float) -> np.ndarray:
    """Exposures of cells, as uneven as a city's."""
    raw = np.exp(0.8 * rng.normal(size=COLUMNS * ROWS))
    return mean * raw / raw.mean()


def bunched(rng: np.random.Generator, mean: np.ndarray, noise: float = 0.3) -> np.ndarray:
    return rng.poisson(mean * rng.gamma(1 / noise, noise, len(mean))).astype(float)


def look(counts: np.ndarray, exposure: np.ndarray) -> Found:
    return find(counts, by_exposure(counts, exposure), WINDOWS)


def test_cells_that_share_border_are_neighbours_and_corners_are_not() -> None:
    _, polygons = bent_lattice(7, 5)
    found = weights_of_cells(polygons).toarray()
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    expected = np.zeros((35, 35))
    shared = shapely.length(shapely.intersection(shapely.boundary(polygons[one]), shapely.boundary(polygons[other])))
    expected[one[shared > 0], other[shared > 0]] = 1.0
    np.testing.assert_array_equal(found, expected)


def test_a_hexagon_has_itself_and_six_around() -> None:
    disk = np.array(sorted(h3.grid_disk(h3.latlng_to_cell(34.7, 113.6, 9), 2)), np.uint64)
    weights = weights_of_hexagons(disk)
    sums = sorted(weights.sum(axis=1).astype(int).tolist())
    assert sums == [4] * 6 + [5] * 6 + [7] * 7
    assert (weights != weights.T).nnz == 0


def test_steps_reach_as_far_as_a_walk() -> None:
    from scipy.sparse.csgraph import shortest_path

    far = shortest_path(lattice(6, 5), unweighted=True)
    for steps in range(4):
        np.testing.assert_array_equal(within_steps(lattice(6, 5), steps).toarray() > 0, far <= steps)


@pytest.mark.parametrize(("mean", "variance"), [(0.4, 0.4), (3.0, 3.0), (3.0, 12.0), (80.0, 200.0)])
def test_tails_are_those_of_scipy(mean: float, variance: float) -> None:
    k = np.arange(0, 400, 7)
    bunched = variance > mean
    law = stats.nbinom(mean**2 / (variance - mean), mean / variance) if bunched else stats.poisson(mean)
    np.testing.assert_allclose(at_least(k, mean, variance), law.sf(k - 1), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(at_most(k, mean, variance), law.cdf(k), rtol=1e-9)


def test_tails_of_weighted_sums_are_right_where_it_matters() -> None:
    """Sums of weighted bunched counts, by simulation: the law of three moments is off by less than a third at 1 ‰."""
    rng = np.random.default_rng(5)
    mean, noise = rng.gamma(1.0, 4.0, 12), 0.3
    weight = 1 / (1 + noise * mean)
    drawn = rng.poisson(mean * rng.gamma(1 / noise, noise, (100_000, 12))) @ weight
    m = float(weight @ mean)
    third = float((weight**3 * mean * (1 + noise * mean) * (1 + 2 * noise * mean)).sum())
    point = float(np.quantile(drawn, 0.999))
    assert at_least(point, m, m, third) == pytest.approx(0.001, rel=0.35)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_false_discovery_rates_are_those_of_scipy(tails: list[float]) -> None:
    np.testing.assert_allclose(adjusted(tails), stats.false_discovery_control(tails), atol=1e-12)


def test_extra_variance_is_found_again_beside_hot_spots() -> None:
    rng = np.random.default_rng(1)
    mean = rng.gamma(2.0, 4.0, 6000)
    counts = bunched(rng, mean, 0.25)
    assert extra_variance(counts, mean, mean) == pytest.approx(0.25, abs=0.05)
    counts[:300] *= 4
    assert extra_variance(counts, mean, mean) == pytest.approx(0.25, abs=0.13)
    assert extra_variance(rng.poisson(mean), mean, mean) < 0.03


def test_z_is_that_of_its_definition() -> None:
    values = np.random.default_rng(2).gamma(2.0, 1.0, COLUMNS * ROWS)
    w, n = WEIGHTS.toarray(), COLUMNS * ROWS
    spread = np.sqrt((values**2).mean() - values.mean() ** 2)
    s1, s2 = w.sum(axis=1), (w**2).sum(axis=1)
    expected = (w @ values - values.mean() * s1) / (spread * np.sqrt((n * s2 - s1**2) / (n - 1)))
    np.testing.assert_allclose(gi_star(values, WEIGHTS).z, expected, atol=1e-9)
    many = gi_star(np.stack([values, values[::-1]], axis=1), WEIGHTS)
    np.testing.assert_allclose(many.z[:, 0], expected, atol=1e-9)


def test_z_is_that_of_esda() -> None:
    pytest.importorskip("esda", reason="pip install esda libpysal")
    from cases.hotspots.checking import reference_z

    rng = np.random.default_rng(3)
    exposure = uneven(rng, 3.0)
    rates = standardised_rates(bunched(rng, exposure), exposure)
    assert np.abs(reference_z(rates, WEIGHTS) - gi_star(rates, WEIGHTS).z).max() < 1e-9


def test_units_without_exposure_are_as_if_not_there() -> None:
    rng = np.random.default_rng(4)
    exposure = uneven(rng, 3.0)
    exposure[[3, 100, 500]] = 0.0
    rates = standardised_rates(bunched(rng, exposure), exposure)
    there = exposure > 0
    found = gi_star(rates, WEIGHTS)
    assert np.isnan(found.z[~there]).all()
    np.testing.assert_allclose(found.z[there], gi_star(rates[there], sparse.csr_array(WEIGHTS[there][:, there])).z)


def test_a_planted_spot_is_found_and_said_where() -> None:
    rng = np.random.default_rng(6)
    exposure = uneven(rng, 3.0)
    middle = 12 * COLUMNS + 15
    hot = WINDOWS[2][[middle]].toarray()[0] > 0
    found = look(bunched(rng, np.where(hot, 4 * exposure, exposure)), exposure)
    assert len(found.spots) == 1
    spot = found.spots[0]
    assert spot.ratio > 2
    assert spot.false_discovery_rate < 0.01
    assert hot[spot.units].mean() > 0.7
    assert (found.tier[hot] >= 95).mean() > 0.5
    assert found.spot[spot.units].tolist() == [0] * len(spot.units)


def test_null_maps_stay_quiet() -> None:
    """Bunched, and bunched together with neighbours: at most one of 12 maps has an alarm at 5 %."""
    alarms = 0
    for seed in range(12):
        rng = np.random.default_rng([7, seed])
        exposure = uneven(rng, (0.5, 3.0)[seed % 2])
        field = rng.normal(size=len(exposure))
        for _ in range(3):
            field = (WEIGHTS @ field) / WEIGHTS.sum(axis=1)
        swing = np.exp(0.35 * field / field.std()) if seed % 3 else 1.0
        found = look(bunched(rng, exposure * swing), exposure)
        alarms += bool((found.tier >= 95).any())
    assert alarms <= 1


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_units_and_the_unit_of_exposure_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    exposure = uneven(rng, 3.0)
    counts = bunched(rng, exposure)
    counts[WINDOWS[1][[300]].indices] += 25
    order = rng.permutation(len(counts))
    shuffled = window_sizes(sparse.csr_array(WEIGHTS[order][:, order]))
    z = gi_star(standardised_rates(counts, exposure), WEIGHTS).z
    again = gi_star(standardised_rates(counts[order], exposure[order]), shuffled[1]).z
    np.testing.assert_allclose(again, z[order], atol=1e-9)
    np.testing.assert_allclose(gi_star(standardised_rates(counts, exposure * 1e6), WEIGHTS).z, z, atol=1e-9)
    here, scaled = look(counts, exposure), look(counts, exposure * 1e6)
    np.testing.assert_array_equal(here.tier, scaled.tier)
    there = find(counts[order], by_exposure(counts[order], exposure[order]), shuffled)
    # The extra variance is spread over steps by position, so tails agree closely, not to the last bit.
    assert 300 in here.spots[0].units
    assert 300 in order[there.spots[0].units]


def test_where_little_is_expected_the_map_says_so() -> None:
    exposure = np.full(COLUMNS * ROWS, 1.0)
    exposure[: 12 * COLUMNS] = 1e-6
    counts = np.zeros(COLUMNS * ROWS)
    counts[12 * COLUMNS :: 2] = 1.0
    found = look(counts, exposure)
    assert found.too_few[: 8 * COLUMNS].all()
    assert not found.too_few[16 * COLUMNS :].any()
    assert (found.smallest[: 8 * COLUMNS] > found.smallest[16 * COLUMNS :].max()).all()


def test_the_smallest_ratio_is_found_with_the_power_that_is_said() -> None:
    mean = np.array([4.0, 30.0, 250.0])
    variance = mean + np.array([0.0, 0.05, 0.02]) * mean**2
    ratio = smallest_ratios(mean, variance, tail=1e-5)
    rng = np.random.default_rng(8)
    for m, v, r in zip(mean, variance, ratio, strict=True):
        extra = (v - m) / m**2
        swing = rng.gamma(1 / extra, extra, 40_000) if extra else 1.0
        drawn = rng.poisson(r * m * swing, 40_000)
        assert (at_least(drawn, m, v) <= 1e-5).mean() == pytest.approx(0.8, abs=0.06)


def test_a_short_past_is_drawn_to_the_citys_rate() -> None:
    rng = np.random.default_rng(9)
    rate = rng.gamma(2.0, 1.0, 4000)
    short, long = by_past(rng.poisson(rate * 1).astype(float), 1), by_past(rng.poisson(rate * 50).astype(float), 50)
    error = [float(np.mean((e.mean - rate) ** 2)) for e in (short, long)]
    assert error[1] < 0.05 < error[0] < 0.9 * float(np.mean(rate))
    assert short.variance.mean() == pytest.approx(error[0], rel=0.15)


def test_mann_kendall_is_that_of_pairs() -> None:
    series = np.random.default_rng(10).integers(0, 6, (50, 9)).astype(float)
    found = mann_kendall(series)
    for row, s, z in zip(series, found.s, found.z, strict=True):
        assert s == sum(np.sign(row[q] - row[p]) for q in range(9) for p in range(q))
        ties = np.unique(row, return_counts=True)[1]
        variance = (9 * 8 * 23 - sum(g * (g - 1) * (2 * g + 5) for g in ties)) / 18
        assert z == pytest.approx((s - np.sign(s)) / np.sqrt(variance))


@pytest.mark.parametrize(
    ("hot", "s", "slug"),
    [
        ("0000000001", 0, "new"),
        ("0000000111", 9, "consecutive"),
        ("0101000011", 0, "sporadic"),
        ("1111111111", 0, "persistent"),
        ("1111111111", 40, "intensifying"),
        ("0111111111", -40, "diminishing"),
        ("1111111110", -40, "historical"),
        ("0000110000", 0, "none"),
    ],
)
def test_patterns_are_those_of_their_definitions(hot: str, s: int, slug: str) -> None:
    trend = Trend(np.array([s]), np.array([np.sign(s) * 3.0]), np.array([0.001 if abs(s) > 20 else 0.5]))
    assert PATTERNS[int(patterns(np.array([[c == "1" for c in hot]]), trend)[0])].slug == slug


def test_density_keeps_the_number_of_cases_and_its_edge() -> None:
    city = shapely.box(0, 0, 4000, 3000)
    xy = np.random.default_rng(11).uniform((0, 0), (4000, 3000), (60_000, 2))
    found = density(xy, city, bandwidth_m=200.0)
    assert np.nanmean(found.per_km2) == pytest.approx(5000, rel=0.02)
    edge = np.concatenate([found.per_km2[0], found.per_km2[:, 0]])
    assert edge.mean() == pytest.approx(5000, rel=0.06), "pale at the edge"
    assert np.isnan(density(xy, shapely.Point(2000, 1500).buffer(900), bandwidth_m=100.0).per_km2[0, 0])
    with pytest.raises(ValueError, match="bandwidth"):
        density(xy, city, bandwidth_m=0.0)


def test_bands_of_density_fill_the_city_without_meeting() -> None:
    city = shapely.Point(2000, 1500).buffer(1400)
    rng = np.random.default_rng(12)
    xy = np.vstack([rng.normal((1500, 1500), 250, (900, 2)), rng.normal((2800, 1700), 300, (500, 2))])
    found = density(xy, city, bandwidth_m=150.0)
    levels = [-1.0, 50.0, 200.0, 400.0, 1e9]
    areas = bands(found, city, levels)
    assert shapely.is_valid(areas).all()
    assert shapely.is_empty(areas[-1]), "nowhere are so many"
    assert shapely.area(areas).sum() == pytest.approx(city.area, rel=1e-6)
    assert shapely.area(shapely.union_all(areas)) == pytest.approx(city.area, rel=1e-6)
    # What lies in a band is as thick as it says, but for the squares that its border passes.
    middles = shapely.points(
        np.stack(
            np.meshgrid(*(low + (np.arange(n) + 0.5) * found.side_m
                          for low, n in zip((found.west, found.south), found.per_km2.shape[::-1], strict=True))),
            axis=-1,
        )
    )  # fmt: skip
    inner = shapely.contains(shapely.buffer(areas[2], -1.0), middles)
    assert inner.sum() > 50
    assert ((found.per_km2[inner] >= 199) & (found.per_km2[inner] <= 401)).all()
    nothing = density(np.empty((0, 2)), city, bandwidth_m=150.0)
    assert shapely.is_empty(bands(nothing, city, levels[1:])).all()
