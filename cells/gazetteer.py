"""Finding a place by what a caller says: streets, door plates, points of interest, areas, codes, coordinates.

Names are compared by trigrams (pg_trgm), so that Chinese and Latin, parts of a name in any order and typing mistakes
all find their place; two characters, too short for a trigram, are found as a part of the name. One query, the index
does the work (place_words), and the best match stands first: the same name, then its beginning, then a part, then all
parts apart, then a likeness; better known places first among equals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from cells.models import Edition, Place
from cells.place_words import MOST_PARTS, heard, parts_of, tidy
from spatial.postgis import run

MOST = 12
# One wrong character in six of Chinese leaves about three trigrams in ten; a long name with less than seven in ten is
# another name, and looking at all that share less takes ten times as long.
LEAST_LIKENESS, MOST_LIKENESS = 0.3, 0.7
# A code, or its last digits (spaces between are the speaker's).
_CODE = re.compile(r"(?:[0-9] ?){5,15}[0-9](-[0-9]{1,2})?")
# A number in its owner's books, as on a pole's plate: “LD-0123”, “12-0345”.
_PLATE = re.compile(r"(?:[a-z]+[-#_./]?|[0-9]+[-#_./])[0-9][0-9a-z\-#_./]{0,36}")
_LEAST_TAIL = 6
_TWO_NUMBERS = re.compile(r"^\s*([-+]?[0-9]+(?:\.[0-9]+)?)\s*[,，;\s]\s*([-+]?[0-9]+(?:\.[0-9]+)?)\s*$")


@dataclass(frozen=True, slots=True)
class Found:
    """A place that fits the words: what it is called, and where it is (metres, city CRS)."""

    kind: str
    category: str
    name_zh: str
    name_en: str
    address: str
    x: float
    y: float
    likeness: float
    code: str = ""


def search(words: str, *, limit: int = MOST) -> list[Found]:
    """The places that fit what was typed, best first; empty for nothing typed.

    A code (of a cell, a grid, a component) or its last digits, and the number on a component's plate, find their
    bearer; anything else is looked for in the gazetteer.
    """
    said = tidy(words)[:100]
    if not said:
        return []
    code = _code_in(said)
    found = _by_code(code, limit) if code else []
    if len(found) < limit:
        query = "places_alike_v2" if len(said) >= 3 else "places_with_v1"
        with transaction.atomic():
            run.row("cells", "likeness_threshold_v1", [str(_likeness(heard(said)))])
            found += [Found(*row) for row in run.rows("cells", query, _patterns(said, limit - len(found)))]
    return found


def coordinates(words: str) -> tuple[float, float] | None:
    """Longitude and latitude (or easting and northing), if two numbers are all that was typed; else None.

    >>> coordinates("114.0213, 34.7")
    (114.0213, 34.7)
    >>> coordinates("人民路 12 号") is None
    True
    """
    numbers = _TWO_NUMBERS.match(words)
    return (float(numbers[1]), float(numbers[2])) if numbers else None


def compose_words(place: Place) -> str:
    """The text a place is found by: its names and its address in one line, lower case."""
    said = dict.fromkeys(part for part in (place.name_zh, place.name_en, place.address) if part)
    return " ".join(said).lower()


def _likeness(said: str) -> float:
    """The share of the trigrams typed that a place must have: two wrong characters spoil up to seven of them."""
    return round(min(MOST_LIKENESS, max(LEAST_LIKENESS, 1 - 6.5 / (len(said) + 1))), 2)


def _patterns(said: str, limit: int) -> dict[str, Any]:
    escaped = _escaped(said)
    meant = heard(said)
    parts = parts_of(meant)
    number = re.search(r"[0-9]+", meant)
    # The last one is asked again where there are fewer: AND of the same costs the index nothing.
    padded = (parts + parts[-1:] * MOST_PARTS)[:MOST_PARTS] or [meant] * MOST_PARTS
    return {
        "said": said,
        "start": f"{escaped}%",
        "word": f"% {escaped}%",
        "part": f"%{escaped}%",
        "meant": meant,
        # Without a trigram in any part the index would be read from end to end.
        "parted": any(len(part) >= 3 for part in parts),
        **{f"p{n}": f"%{_escaped(part)}%" for n, part in enumerate(padded, 1)},
        "number": number[0] if number else "",
        "limit": limit,
    }


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _code_in(said: str) -> str:
    """The code or number of a plate that was typed, alone or with words about it (“路灯 001264”); else empty."""
    if _CODE.fullmatch(said) or _PLATE.fullmatch(said):
        return said.replace(" ", "")
    runs = re.findall(r"[0-9]+", said)
    alone = len(runs) == 1 and len(runs[0]) >= _LEAST_TAIL
    return runs[0] if alone else ""


def _by_code(code: str, limit: int) -> list[Found]:
    code = _escaped(code)
    tail = f"{code[::-1]}%" if code.isdigit() and len(code) >= _LEAST_TAIL else ""
    parameters = {"start": f"{code}%", "tail": tail, "number": Edition.objects.in_force().number, "limit": limit}
    return [Found(*row) for row in run.rows("cells", "bearers_of_code_v2", parameters)]
