"""The grammar of codes: 15-digit unit cells, 16-digit components, and the order in which serials are given.

Unit cell: 6 digits (district, GB/T 2260) + 3 (town, GB/T 10114) + 3 (community) + 3 (serial), DB11/T 2157-2023; other
schemes exist (14 and 16 digits), so the lengths are data (`cells.Level`) handed in here. Serials run from west to east
in rows from north to south (DB11/T 2157-2023); a retired code is never given again. Pure: no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

COMPONENT_DIGITS = (6, 2, 2, 6)


class CodeError(ValueError):
    """A code does not fit the scheme."""


class SerialsExhausted(CodeError):
    """The digits of the scheme are used up."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One level's part of the scheme: the level whose code comes first, a mark between, and its own digits."""

    parent: str | None
    mark: str
    digits: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """The code scheme of a city, by level.

    >>> scheme = Scheme({"district": Segment(None, "", 6), "town": Segment("district", "", 3)})
    >>> scheme.pattern("town").fullmatch("990101003") is not None
    True
    >>> scheme.code("town", "990101", 3)
    '990101003'
    """

    segments: Mapping[str, Segment]

    def pattern(self, level: str) -> re.Pattern[str]:
        """The regular expression that a code of the level matches whole."""
        return re.compile(self._pattern(level))

    def _pattern(self, level: str) -> str:
        segment = self.segments[level]
        before = self._pattern(segment.parent) if segment.parent else ""
        return f"{before}{re.escape(segment.mark)}[0-9]{{{segment.digits}}}"

    def code(self, level: str, parent_code: str, serial: int) -> str:
        """The code of a serial below a parent; raises SerialsExhausted past the scheme's digits."""
        segment = self.segments[level]
        if not 0 < serial < 10**segment.digits:
            raise SerialsExhausted(
                f"Serial {serial} of level “{level}” below {parent_code} does not fit {segment.digits} digits: "
                "divide the area above, or lengthen the scheme (table of levels)."
            )
        return f"{parent_code}{segment.mark}{serial:0{segment.digits}d}"

    def serial(self, level: str, code: str) -> int:
        """The serial in a code of the level; raises CodeError where the code does not fit the scheme."""
        if self.pattern(level).fullmatch(code) is None:
            raise CodeError(f"“{code}” is not a code of level “{level}”: expected {self.pattern(level).pattern}.")
        return int(code[-self.segments[level].digits :])

    def next_serial(self, level: str, parent_code: str, ever_used: Iterable[str]) -> int:
        """One past the highest serial ever given below a parent, so that none is given twice."""
        own = self.segments[level]
        head = parent_code + own.mark
        used = [int(code[len(head) :]) for code in ever_used if code.startswith(head) and code[len(head) :].isdigit()]
        return max(used, default=0) + 1


def component_code(district: str, major: str, minor: str, serial: int) -> str:
    """The 16-digit code of a component: 6 district + 2 major + 2 minor + 6 serial.

    >>> component_code("990101", "01", "37", 12)
    '9901010137000012'
    """
    if not 0 < serial < 10 ** COMPONENT_DIGITS[3]:
        raise SerialsExhausted(
            f"Component serial {serial} of class {major}{minor} in {district} does not fit 6 digits."
        )
    return f"{district}{major}{minor}{serial:06d}"


def serial_order(centroids: npt.NDArray[np.float64], mean_area_m2: float) -> npt.NDArray[np.intp]:
    """The order in which cells get their serials: rows from north to south, west to east within a row.

    Parameters
    ----------
    centroids : (n, 2) float64, metres, easting and northing in the city's CRS
    mean_area_m2 : float, m²; a row reaches 0.6 × its square root below the northmost centroid left

    Returns
    -------
    (n,) indices into `centroids`; the same for any order of the input (ties by the other coordinate).

    References
    ----------
    DB11/T 2157-2023: serials "from west to east, from north to south" inside the community.
    """
    xy = np.round(np.asarray(centroids, dtype=np.float64).reshape(-1, 2), 3)
    depth = 0.6 * float(np.sqrt(mean_area_m2)) if len(xy) else 0.0
    left = np.lexsort((xy[:, 0], -xy[:, 1]))
    order: list[npt.NDArray[np.intp]] = []
    while len(left):
        in_row = xy[left, 1] >= xy[left[0], 1] - depth
        row = left[in_row]
        order.append(row[np.lexsort((-xy[row, 1], xy[row, 0]))])
        left = left[~in_row]
    return np.concatenate(order) if order else np.empty(0, dtype=np.intp)
