"""Was a pile of points given in the system it is named by? GCJ-02 handed over as WGS 84 is the usual mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.crs import BD09, GCJ02, WGS84, Floats, canonical, is_geographic, to_city_with_faults


@dataclass(frozen=True, slots=True)
class CrsVerdict:
    """Which named CRS fits a pile of points best, by the share of them that fall where they should."""

    given: str
    best: str
    shares: Mapping[str, float]
    points: int

    @property
    def mistaken(self) -> bool:
        """Whether another name fits clearly better than the one given."""
        return self.best != self.given

    def sentence(self) -> str:
        """The finding in words."""
        if not self.mistaken:
            return f"The points fit {self.given} ({self.shares[self.given]:.2%} where they should be)."
        return (
            f"The points are named {self.given}, but fit {self.best}: {self.shares[self.best]:.2%} lie where they "
            f"should, against {self.shares[self.given]:.2%}. Give the CRS as {self.best}."
        )


def judge_crs(
    xy: ArrayLike, *, crs: str | int, srid: int, is_right: Callable[[Floats], NDArray[np.bool_]], clear: float = 3.0
) -> CrsVerdict:
    """Whether points are given in another system than named: GCJ-02 as WGS 84 is the usual mistake.

    A shift of 100 to 600 m cannot be seen in one coordinate, but in a pile it can: under the true name more points fall
    into the area they are labelled with, or into the city at all.

    Parameters
    ----------
    xy : (n, 2) float
        Longitude, latitude in degrees.
    crs : str
        The name they were given under.
    srid : int
        EPSG number of the city's CRS.
    is_right : (m, 2) metres -> (m,) bool
        Tells which points lie where they should (in the labelled area; or inside the city). NaN rows are false.
    clear : float
        How many standard errors of the paired difference another name must be ahead. With no point changing sides
        nothing is claimed.
    """
    given = canonical(crs)
    pairs = np.asarray(xy, np.float64).reshape(-1, 2)
    names = [given, *(n for n in (WGS84, GCJ02, BD09) if n != given)] if is_geographic(given) else [given]
    right = {n: is_right(to_city_with_faults(pairs, crs=n, srid=srid)[0]) for n in names}
    best = given
    for name in names[1:]:
        gained = int(np.count_nonzero(right[name] & ~right[best]))
        lost = int(np.count_nonzero(~right[name] & right[best]))
        if gained - lost > clear * np.sqrt(gained + lost) and gained - lost >= 5:
            best = name
    shares = {n: float(np.mean(r)) if len(pairs) else 0.0 for n, r in right.items()}
    return CrsVerdict(given=given, best=best, shares=shares, points=len(pairs))
