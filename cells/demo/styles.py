"""How a yard of each land use is filled with buildings: one function a use, boxes in the yard's own frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cells.demo.land import Land

Boxes = np.ndarray  # (k, 5): x, y of the middle, width along x, depth along y, floors (0 = a sports field)
NONE: Boxes = np.empty((0, 5))
_MARGIN_M = 0.4


class Frame:
    """A set-back yard seen along the street grid: how wide it is between any two heights."""

    def __init__(self, ring: np.ndarray) -> None:
        self.a, self.b = ring[:-1], ring[1:]
        low, high = ring[:, 1].min(), ring[:, 1].max()
        heights = np.linspace(low, high, 27)[1:-1]
        widths = np.array([right - left for left, right in map(self.chord, heights)])
        broad = heights[widths > 0.45 * widths.max()]
        step = (high - low) / 26
        self.low, self.high = max(low, broad[0] - 0.5 * step), min(high, broad[-1] + 0.5 * step)

    @property
    def height(self) -> float:
        return float(self.high - self.low)

    def chord(self, y: float) -> tuple[float, float]:
        """Where the yard begins and ends at height y."""
        ya, yb = self.a[:, 1], self.b[:, 1]
        cross = (ya <= y) != (yb <= y)
        if not cross.any():
            return 0.0, 0.0
        xa, xb = self.a[cross, 0], self.b[cross, 0]
        x = xa + (xb - xa) * (y - ya[cross]) / (yb[cross] - ya[cross])
        return float(x.min()), float(x.max())

    def span(self, low: float, high: float) -> tuple[float, float]:
        """The stretch of x that lies inside at both heights and halfway."""
        chords = [self.chord(y) for y in (low, (low + high) / 2, high)]
        return max(c[0] for c in chords) + _MARGIN_M, min(c[1] for c in chords) - _MARGIN_M


def rows(
    frame: Frame, *, long: float, deep: float, gap: float, pitch: float, floors: float, stretch: float = 1.45,
    only: tuple[float, float] = (0.0, 1.0),
) -> Boxes:  # fmt: skip
    """Rows of slabs `deep` metres deep; those of a row grow up to `stretch` times to fill it. `only`: part of it."""
    room = frame.height - 1.0
    n = int((room - deep) // pitch) + 1
    if room < deep:
        return NONE
    bottoms = frame.low + 0.5 + (np.linspace(0, room - deep, n) if n > 1 else np.array([(room - deep) / 2]))
    out = []
    for y in bottoms:
        left, right = frame.span(y, y + deep)
        left, right = left + only[0] * (right - left), left + only[1] * (right - left)
        width = right - left
        short = min(long, max(width, 0.0))
        if short < 0.55 * long:
            continue
        m = max(1, int((width + gap) // (short + gap)))
        each = min(stretch * short, (width - (m - 1) * gap) / m)
        x = np.linspace(left + each / 2, right - each / 2, m) if m > 1 else np.array([(left + right) / 2])
        out.append(
            np.column_stack([x, np.full((m, 1), y + deep / 2), np.full((m, 2), [each, deep]), np.full(m, floors)])
        )
    return np.concatenate(out) if out else NONE


def _some(boxes: Boxes, rng: np.random.Generator, missing: float) -> Boxes:
    return boxes[rng.random(len(boxes)) >= missing]


def slabs(frame: Frame, rng: np.random.Generator) -> Boxes:
    """Housing in rows, further apart the higher it is (sunlight)."""
    floors = int(rng.choice([5, 6, 6, 6, 7, 11, 11, 17]))
    pitch = {5: 24.0, 6: 26.0, 7: 28.0, 11: 36.0, 17: 44.0}[floors]
    boxes = rows(
        frame, long=rng.choice([30.0, 42.0, 54.0]), deep=rng.uniform(11, 13.5), gap=8, pitch=pitch, floors=floors
    )
    return _some(boxes, rng, 0.04)


def towers(frame: Frame, rng: np.random.Generator) -> Boxes:
    """High-rise points, staggered."""
    deep = rng.uniform(16, 21)
    boxes = rows(frame, long=rng.uniform(24, 32), deep=deep, gap=16, pitch=deep + 24, floors=1, stretch=1.1)
    boxes[:, 4] = rng.integers(18, 34) + rng.integers(-2, 3, len(boxes))
    return _some(boxes, rng, 0.06)


def _courts(frame: Frame, rng: np.random.Generator, *, floors: tuple[int, int], lane: float) -> Boxes:
    """Small houses wall to wall along lanes, two rows back to back."""
    out, y, row = [NONE], frame.low + 0.3, 0
    west, east = frame.chord((frame.low + frame.high) / 2)
    ways = np.linspace(west, east, max(2, round((east - west) / 42)) + 1)[1:-1]  # lanes across the rows
    while True:
        deep = rng.uniform(7.0, 10.5)
        if y + deep > frame.high:
            break
        left, right = frame.span(y, y + deep)
        starts = np.concatenate([[left], ways[(ways > left + 6) & (ways < right - 6)] + 2.4])
        stops = np.append(starts[1:] - 4.8, right)
        for start, stop in zip(starts, stops, strict=True):
            wide = rng.uniform(8.0, 17.0, max(0, int((stop - start) // 8)) + 1)
            ends = start + np.cumsum(wide + 0.5)
            level = rng.integers(floors[0], floors[1] + 1, len(wide))
            middle, one = np.full(len(wide), y + deep / 2), np.full(len(wide), deep)
            boxes = np.column_stack([ends - wide / 2 - 0.5, middle, wide, one, level])
            out.append(boxes[ends < stop + 0.5])
        y += deep + (1.0 if row % 2 == 0 else lane)
        row += 1
    return _some(np.concatenate(out), rng, 0.07)


def old_quarter(frame: Frame, rng: np.random.Generator) -> Boxes:
    """Courtyard houses of one or two floors."""
    return _courts(frame, rng, floors=(1, 2), lane=4.5)


def village(frame: Frame, rng: np.random.Generator) -> Boxes:
    """A village in the city: the same lanes, built up to five floors."""
    return _courts(frame, rng, floors=(2, 5), lane=4.8)


def shops(frame: Frame, rng: np.random.Generator) -> Boxes:
    """Malls, or rows of shops."""
    if rng.random() < 0.6:
        deep = min(0.86 * frame.height, 64.0)
        return rows(frame, long=92, deep=deep, gap=14, pitch=deep + 22, floors=int(rng.integers(4, 8)), stretch=1.0)
    return rows(frame, long=44, deep=min(frame.height - 2, 22.0), gap=8, pitch=32, floors=int(rng.integers(2, 6)))


def offices(frame: Frame, rng: np.random.Generator) -> Boxes:
    """Office towers of all heights."""
    boxes = rows(frame, long=36, deep=min(frame.height - 2, 25.0), gap=14, pitch=42, floors=1, stretch=1.2)
    boxes[:, 4] = rng.integers(8, 36, len(boxes))
    return boxes


def school(frame: Frame, rng: np.random.Generator) -> Boxes:
    """Teaching slabs on one side, the sports field on the other."""
    left, right = frame.span(frame.low + 1, frame.high - 1)
    if right - left < 70:
        return rows(frame, long=60, deep=13, gap=9, pitch=31, floors=5)
    field_w, field_h = min(0.42 * (right - left), 64.0), min(frame.height - 4, 105.0)
    share = field_w / (right - left)
    west = rng.random() < 0.5
    built = (share + 0.08, 1.0) if west else (0.0, 1.0 - share - 0.08)
    slab = rows(frame, long=40, deep=13, gap=9, pitch=32, floors=5, stretch=1.6, only=built)
    middle = left + field_w / 2 if west else right - field_w / 2
    return np.vstack([slab, [middle, (frame.low + frame.high) / 2, field_w, field_h, 0]])


def hospital(frame: Frame, rng: np.random.Generator) -> Boxes:
    """Long ward blocks."""
    return rows(frame, long=64, deep=18, gap=14, pitch=36, floors=int(rng.integers(6, 17)))


def works(frame: Frame, rng: np.random.Generator) -> Boxes:
    """Sheds."""
    deep = min(rng.uniform(24, 38), frame.height - 2)
    boxes = rows(frame, long=rng.uniform(45, 80), deep=deep, gap=10, pitch=deep + 11, floors=1)
    boxes[:, 4] = rng.integers(1, 4, len(boxes))
    return _some(boxes, rng, 0.10)


def building_site(frame: Frame, rng: np.random.Generator) -> Boxes:
    """A few shells, the rest still open ground."""
    return _some(rows(frame, long=36, deep=14, gap=18, pitch=44, floors=int(rng.integers(2, 20))), rng, 0.5)


def pavilions(frame: Frame, rng: np.random.Generator) -> Boxes:
    """A pavilion or two in a park."""
    y = frame.low + rng.uniform(0.25, 0.75) * frame.height
    left, right = frame.span(y - 6, y + 6)
    if right - left < 40:
        return NONE
    x = left + rng.uniform(0.25, 0.75) * (right - left)
    return np.array([[x, y, rng.uniform(9, 15), rng.uniform(8, 12), 1]])


STYLES: dict[str, Callable[[Frame, np.random.Generator], Boxes]] = {
    Land.OLD_QUARTER: old_quarter,
    Land.SLABS: slabs,
    Land.TOWERS: towers,
    Land.VILLAGE: village,
    Land.SHOPS: shops,
    Land.OFFICES: offices,
    Land.SCHOOL: school,
    Land.HOSPITAL: hospital,
    Land.WORKS: works,
    Land.BUILDING_SITE: building_site,
    Land.PARK: pavilions,
    Land.LAKE_PARK: pavilions,
}
