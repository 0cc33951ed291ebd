"""How sure a share is that was seen in a sample."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

Z_95 = 1.959963984540054  # of the normal law, two-sided 95 %


def wilson(hits: int, tries: int, *, z: float = Z_95) -> tuple[Decimal, Decimal] | None:
    """Wilson's interval of a share, per cent with two decimals; None where nothing was tried.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), without
    correction for continuity. It never leaves 0 to 100 %, and says something at 0 of n and n of n too.

    Raises
    ------
    ValueError : the hits are not among the tries
    """
    if tries == 0 and hits == 0:
        return None
    if not 0 <= hits <= tries:
        raise ValueError(f"{hits} of {tries} is no share")
    share, square = hits / tries, z * z / tries
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / tries + square / (4 * tries))
    low, high = max(middle - half, 0.0), min(middle + half, 1.0)
    return _percent(low if hits else 0.0), _percent(high if hits < tries else 1.0)


def _percent(share: float) -> Decimal:
    return Decimal(repr(share * 100)).quantize(Decimal("0.01"), ROUND_HALF_UP)
