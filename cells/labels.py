"""Which area does a label mean? "C-11" and "C11", "Ward 5" and "05", "502.0" and "0502", 管城区 and 管城回族区.

Sources write the names of areas by hand and by spreadsheet. A label is compared with what an area is called (label in
the source, code, names), first as written but for case, punctuation and leading zeros, then without words such as
"Ward" or 街道. What would fit two areas fits none. Pure: no database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_NOTHING = frozenset({"", "0", "NAN", "NONE", "NULL", "NA", "N/A", "-", "?", "UNKNOWN", "无", "未知", "不详"})
_SUFFIXES = re.compile(
    r"(街道办事处|社区居委会|社区居民委员会|村民委员会|居委会|村委会|街道办|办事处|街道|社区|地区|镇|乡|村|区|县|市)$"
)


def plain(label: object) -> str:
    """A label but for the ways of writing it; "" for one that says nothing.

    >>> [plain(x) for x in ("C-11", "Ward 05", "502.0", "0502", " 0 ", None, float("nan"), "管城区")]
    ['C11', 'WARD5', '502', '502', '', '', '', '管城区']
    """
    text = unicodedata.normalize("NFKC", "" if label is None else str(label)).strip().upper()
    text = re.sub(r"^(-?\d+)\.0+$", r"\1", text)
    if text in _NOTHING:
        return ""
    text = re.sub(r"[\s\-_./,·()#]+", "", text)
    # Zeros in front of a number are padding; a number of zeros only stays one.
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def short(label: object) -> str:
    """The part of a label that tells areas of one kind apart: without words before a number, or 街道 behind a name.

    >>> [short(x) for x in ("Ward 05", "Precinct 0502", "第3社区", "经八路街道办事处", "管城区", "C-11")]
    ['5', '502', '第3', '经八路', '管城', 'C11']
    """
    text = plain(label)
    text = re.sub(r"^[A-Z]{3,}(?=\d)", "", text)
    shorter = _SUFFIXES.sub("", text)
    return shorter if len(shorter) >= 2 or (shorter and text[0].isdigit()) else text


class LabelBook:
    """The areas of one level, found by what they are called.

    Parameters
    ----------
    areas : iterable of (id, names)
        For each area what it is called, the most trusted first: label in the source, code, names.

    Examples
    --------
    >>> book = LabelBook([(1, ["0502", "990101005002"]), (2, ["0503"]), (3, ["管城回族区"])])
    >>> [book.find(x) for x in ("502.0", "Precinct 503", "管城区", "504", "0")]
    [1, 2, 3, None, None]
    """

    def __init__(self, areas: Iterable[tuple[int, Sequence[str]]]) -> None:
        # By (shortened or not, n-th name): sorted, from the surest way of meaning an area to the least sure.
        tiers: dict[tuple[bool, int], dict[str, int | None]] = {}
        self._shorts: list[tuple[str, int]] = []
        for area, names in areas:
            for n, name in enumerate(names):
                for shortened, key in ((False, plain(name)), (True, short(name))):
                    known = tiers.setdefault((shortened, n), {})
                    if key:
                        known[key] = area if known.get(key, area) == area else None
                if short(name):
                    self._shorts.append((short(name), area))
        self._tiers = [tiers[key] for key in sorted(tiers)]

    def find(self, label: object) -> int | None:
        """The id of the area that a label means, or None if it means none or several."""
        for key in (plain(label), short(label)):
            for tier in self._tiers:
                if key and tier.get(key) is not None:
                    return tier[key]
        return self._by_beginning(short(label))

    def _by_beginning(self, key: str) -> int | None:
        """管城 for 管城回族: the one area whose name begins so; never for numbers, where 50 begins 502."""
        if len(key) < 2 or re.search(r"[0-9A-Z]", key):
            return None
        found = {area for name, area in self._shorts if name.startswith(key)}
        return found.pop() if len(found) == 1 else None
