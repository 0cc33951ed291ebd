"""The map of a report in its box: city metres to millimetres, north up, with scale bar, scale and north arrow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from django.utils.translation import gettext as _

from maps.printing.fonts import MM_PER_POINT, Face
from maps.printing.marks import Area, Dot, Lines, Mark, Words
from maps.printing.report import MapClass, Report
from spatial.partition import Floats, Shapes

# What is smaller than this on paper is not seen: outlines are simplified to it.
_SEEN_MM = 0.06
_HATCH_MM = 1.1
# Edges of units are drawn where the average unit is at least so wide on paper.
_EDGES_FROM_MM = 1.6


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page, in millimetres."""

    left: float
    top: float
    width: float
    height: float


class _View:
    """City metres to the page."""

    def __init__(self, bounds: Floats, box: Box) -> None:
        west, south, east, north = bounds.tolist()
        wide, high = max(east - west, 1.0), max(north - south, 1.0)
        self.mm_per_m = min((box.width - 6) / wide, (box.height - 6) / high)
        self.left = box.left + (box.width - wide * self.mm_per_m) / 2 - west * self.mm_per_m
        self.top = box.top + (box.height - high * self.mm_per_m) / 2 + north * self.mm_per_m
        corners = [[box.left, box.top + box.height], [box.left + box.width, box.top]]
        (self.west, self.south), (self.east, self.north) = self.metres(np.array(corners)).tolist()

    def page(self, xy: Floats) -> Floats:
        """(n, 2) millimetres of (n, 2) metres."""
        return np.column_stack([self.left + xy[:, 0] * self.mm_per_m, self.top - xy[:, 1] * self.mm_per_m])

    def metres(self, mm: Floats) -> Floats:
        """(n, 2) metres of (n, 2) millimetres."""
        return np.column_stack([(mm[:, 0] - self.left) / self.mm_per_m, (self.top - mm[:, 1]) / self.mm_per_m])

    def cut(self, shapes: Shapes) -> Shapes:
        """What of shapes lies in the box, no finer than is seen."""
        inside = shapely.clip_by_rect(shapes, self.west, self.south, self.east, self.north)
        simple: Shapes = shapely.simplify(inside, _SEEN_MM / self.mm_per_m)
        return simple[~shapely.is_empty(simple)]

    def rings(self, shapes: Shapes) -> list[Floats]:
        """All rings of polygons."""
        parts = shapely.get_parts(shapely.get_parts(shapes))
        parts = parts[shapely.get_type_id(parts) == 3]
        return [self.page(shapely.get_coordinates(ring)) for ring in shapely.get_rings(parts)]

    def lines(self, shapes: Shapes) -> list[Floats]:
        """All lines of lines."""
        parts = shapely.get_parts(shapely.get_parts(shapes))
        parts = parts[np.isin(shapely.get_type_id(parts), (1, 2))]
        return [self.page(shapely.get_coordinates(line)) for line in parts]


def drawn_map(report: Report, box: Box, face: Face, by: float) -> list[Mark]:
    """The marks of the map; `by` is how much larger than on A4 lines and letters are."""
    every = np.concatenate([one.shapes for one in report.classes]) if report.classes else np.empty(0, object)
    if len(every):
        bounds = shapely.total_bounds(every)
    elif len(report.ground.borders):
        bounds = shapely.total_bounds(report.ground.borders)
    else:
        bounds = np.array([0.0, 0.0, 1000.0, 1000.0])
    view = _View(bounds, box)
    frame = _rectangle(box.left, box.top, box.width, box.height)
    marks: list[Mark] = [Area([frame], "#f7f6f2")]
    ground = report.ground
    edges = len(every) > 0 and np.sqrt(np.median(shapely.area(every))) * view.mm_per_m >= _EDGES_FROM_MM * by
    for one in report.classes:
        marks += _class(one, view, by, edges=bool(edges))
    marks += _areas(view, ground.water, "#bcd9e8")
    if lines := view.lines(view.cut(ground.streets)):
        marks.append(Lines(lines, "#ffffff", 0.5 * by))
        marks.append(Lines(lines, "#c9c4b8", 0.16 * by))
    if lines := view.lines(view.cut(shapely.boundary(ground.borders))):
        marks.append(Lines(lines, "#6d5a78", 0.22 * by))
    marks += _names(report, view, face, by)
    for spot in reversed(report.spots):
        x, y = view.page(np.array([[spot.x, spot.y]]))[0].tolist()
        marks.append(Dot(x, y, 2.3 * by, "#ffffff", spot.colour))
        marks.append(Words(x, y + 0.9 * by, spot.text, 6.0 * by, True, spot.colour, "middle"))
    marks += _scale_bar(view, box, face, by)
    marks += _north(box, by)
    marks.append(Lines([frame], "#7b868c", 0.2 * by))
    return marks


def _rectangle(left: float, top: float, width: float, height: float) -> Floats:
    return np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * (width, height) + (left, top)


def _areas(view: _View, shapes: Shapes, fill: str) -> list[Mark]:
    rings = view.rings(view.cut(shapes))
    return [Area(rings, fill)] if rings else []


def _class(one: MapClass, view: _View, by: float, *, edges: bool) -> list[Mark]:
    """The units of a class as one area, its inner borders drawn over it where they can be seen."""
    if not len(one.shapes):
        return []
    whole = shapely.union_all(one.shapes, grid_size=0.001)
    marks: list[Mark] = _areas(view, np.array([whole], object), one.fill) if one.fill else []
    if one.hatched:
        marks += _hatching(whole, view, by)
    if edges and one.fill:
        inner = shapely.union_all(shapely.boundary(one.shapes))
        if lines := view.lines(view.cut(np.array([inner], object))):
            marks.append(Lines(lines, "#ffffff", 0.12 * by))
    return marks


def _hatching(whole: shapely.Geometry, view: _View, by: float) -> list[Mark]:
    """Strokes from the lower left to the upper right, as lines: they print sharp at every size."""
    step = _HATCH_MM * by / view.mm_per_m
    west, south, east, north = shapely.bounds(whole).tolist()
    high = north - south
    begins = np.arange(np.floor((west - high) / step) * step, east, step * np.sqrt(2))
    strokes = shapely.linestrings([[[x, south], [x + high, north]] for x in begins])
    cut = shapely.intersection(shapely.multilinestrings(strokes), whole)
    lines = view.lines(np.array([cut], object))
    return [Lines(lines, "#6b757b", 0.12 * by)] if lines else []


def _names(report: Report, view: _View, face: Face, by: float) -> list[Mark]:
    """Names of areas where they have room, the first ones first: none over a mark, another name or coloured units.

    A name that finds room among coloured units alone gets a white plate, so that it can be read.
    """
    size = 5.5 * by
    high = size * MM_PER_POINT
    spots = view.page(np.array([[s.x, s.y] for s in report.spots])) if report.spots else np.empty((0, 2))
    taken = np.column_stack([spots - 2.6 * by, spots + 2.6 * by])
    loud = [one.shapes for one in report.classes if one.loud and len(one.shapes)]
    units = shapely.bounds(np.concatenate(loud)) if loud else np.empty((0, 4))
    units = np.column_stack([view.page(units[:, [0, 3]]), view.page(units[:, [2, 1]])])
    marks: list[Mark] = []
    for name, east, north in report.ground.names:
        x, y = view.page(np.array([[east, north]]))[0].tolist()
        half = face.width(name, size) / 2
        tries = [
            (x - half, y + k * high - high, x + half, y + k * high + 0.2 * high) for k in (0, 1.2, -1.2, 2.2, -2.2)
        ]
        free = [box for box in tries if not _meets(box, taken)]
        if not free:
            continue
        clear = [box for box in free if not _meets(box, units)]
        box = (clear or free)[0]
        taken = np.vstack([taken, box])
        if not clear:
            marks.append(Area([_rectangle(box[0] - 0.3, box[1], 2 * half + 0.6, box[3] - box[1])], "#ffffff"))
        marks.append(Words(x, box[3] - 0.2 * high, name, size, False, "#3c3346", "middle"))
    return marks


def _meets(box: tuple[float, float, float, float], others: Floats) -> bool:
    left, top, right, bottom = box
    return bool(np.any((left < others[:, 2]) & (others[:, 0] < right) & (top < others[:, 3]) & (others[:, 1] < bottom)))


def _scale_bar(view: _View, box: Box, face: Face, by: float) -> list[Mark]:
    """A round length in metres, at most a fourth of the map's width, in two parts; and the scale as a ratio."""
    most = box.width / 4 / view.mm_per_m
    power = 10.0 ** np.floor(np.log10(most))
    length = float(max(n * power for n in (1, 2, 5) if n * power <= most))
    wide, size = length * view.mm_per_m, 6.0 * by
    left, y = box.left + 4 * by, box.top + box.height - 4 * by
    ratio = float(f"{1000 / view.mm_per_m:.3g}")
    words = f"{length:,.0f} m"
    scale = _("about 1 : %(ratio)s") % {"ratio": f"{ratio:,.0f}"}
    whole = wide + face.width(words, size) / 2 + 2 * by + face.width(scale, size) + 4 * by
    high = 1.2 * by
    return [
        Area([_rectangle(left - 2 * by, y - 4.5 * by, whole, 6.5 * by)], "#ffffff"),
        Area([_rectangle(left, y - high / 2, wide / 2, high)], "#1b2226"),
        Lines([_rectangle(left, y - high / 2, wide, high)], "#1b2226", 0.18 * by),
        Words(left, y - 1.4 * by, "0", size, False, "#1b2226", "middle"),
        Words(left + wide, y - 1.4 * by, words, size, False, "#1b2226", "middle"),
        Words(left - 4 * by + whole, y + 0.8 * by, scale, size, False, "#1b2226", "right"),
    ]


def _north(box: Box, by: float) -> list[Mark]:
    x, y = box.left + box.width - 6 * by, box.top + 4 * by
    left = np.array([[0, 0], [-2.2, 6.5], [0, 5.2], [0, 0]]) * by + (x, y)
    right = np.array([[0, 0], [2.2, 6.5], [0, 5.2], [0, 0]]) * by + (x, y)
    return [
        Area([_rectangle(x - 3.6 * by, y - 1.5 * by, 7.2 * by, 12.5 * by)], "#ffffff"),
        Area([left], "#1b2226"),
        Lines([left, right], "#1b2226", 0.18 * by),
        Words(x, y + 10 * by, "N", 8 * by, True, "#1b2226", "middle"),
    ]
