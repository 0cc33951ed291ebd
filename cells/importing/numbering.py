"""Codes for the areas of the ladder: the file's own where they fit the scheme, else given below the parent in rows."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely

from cells.codes import Scheme, SerialsExhausted, serial_order
from cells.importing.errors import ImportRefused
from cells.importing.ladder import LEVELS, Area, Ladder
from cells.models import Grid, Level

# GB/T 2260 gives no place in China a code that begins with 99.
NOBODYS_PREFIX = "9901"


def give_codes(ladder: Ladder, *, prefix: str = "") -> list[str]:
    """Give every area a code; a code known to a published edition or to cells stays. Notices.

    Serials run in rows from north to south, west to east in a row, after the highest ever given below the parent.

    Raises
    ------
    ImportRefused : two areas claim one code, the prefix fits no district code, or the digits do not suffice
    """
    used = set(Grid.objects.values_list("code", flat=True))
    used -= {a.code for a in ladder.dropped if a.in_draft and a.new_identity}
    notices: list[str] = []
    _districts(ladder, prefix, used)
    city = ladder.areas[Level.CITY][0]
    if not city.code:
        city.code = _city_code([d.code for d in ladder.areas[Level.DISTRICT]], used)
        used.add(city.code)
    for level in LEVELS[2:]:
        kept = _number(ladder.scheme, level, ladder.areas[level], used)
        if kept:
            notices.append(
                f"{kept} codes of level “{level}” do not begin with their parent's; they stay, as codes are given once."
            )
    _refuse_twins(ladder)
    return notices


def _districts(ladder: Ladder, prefix: str, used: set[str]) -> None:
    digits = ladder.scheme.segments[Level.DISTRICT].digits
    bare = [a for a in ladder.areas[Level.DISTRICT] if not a.code]
    if prefix and (not prefix.isdigit() or len(prefix) > digits):
        raise ImportRefused(
            f"“{prefix}” cannot begin the code of a district.", hint=f"Give up to {digits} digits: --code-prefix 9901."
        )
    if len(prefix) == digits and len(bare) == 1 and prefix not in used:
        bare[0].code = prefix
        used.add(prefix)
        return
    head = (prefix or NOBODYS_PREFIX)[: digits - 2] if len(prefix) > digits - 2 or not prefix else prefix
    tail = digits - len(head)
    taken = {int(c[len(head) :]) for c in used if len(c) == digits and c.startswith(head)}
    taken |= {int(a.code[len(head) :]) for a in ladder.areas[Level.DISTRICT] if a.code and a.code.startswith(head)}
    serial = max(taken, default=0)
    for area in in_rows(bare):
        serial += 1
        if serial >= 10**tail:
            raise ImportRefused(
                f"{len(bare)} districts do not fit behind “{head}”.", hint="Give a shorter --code-prefix."
            )
        area.code = f"{head}{serial:0{tail}d}"
        used.add(area.code)


def _city_code(districts: list[str], used: set[str]) -> str:
    """The form of GB/T 2260: what the districts' codes have in common, and zeros."""
    digits = len(districts[0])
    common = next((districts[0][:n] for n in (4, 2) if len({d[:n] for d in districts}) == 1), "")
    for n in range(10):
        code = f"{common}{n * 10 ** (digits - len(common) - 1) if n else 0:0{digits - len(common)}d}"
        if code not in used and code not in districts:
            return code
    return f"C{districts[0]}"


def _number(scheme: Scheme, level: str, areas: list[Area], used: set[str]) -> int:
    """Number one level; how many codes stay although they do not fit their parent."""
    foreign = 0
    bare: dict[int, list[Area]] = defaultdict(list)
    for area in areas:
        assert area.parent is not None
        head = area.parent.code + scheme.segments[level].mark
        fits = area.code.startswith(head) and scheme.pattern(level).fullmatch(area.code)
        if area.code and not fits:
            if area.new_identity:
                used.discard(area.code)
                area.code = ""
            else:
                foreign += 1
        if not area.code:
            bare[id(area.parent)].append(area)
        used.add(area.code)
    used.discard("")
    heads: dict[str, list[str]] = defaultdict(list)
    tail = scheme.segments[level].digits + len(scheme.segments[level].mark)
    for code in used:
        heads[code[:-tail]].append(code)
    for members in bare.values():
        parent = members[0].parent
        assert parent is not None
        serial = scheme.next_serial(level, parent.code, heads[parent.code])
        for area in in_rows(members):
            try:
                area.code = scheme.code(level, parent.code, serial)
            except SerialsExhausted as error:
                raise ImportRefused(str(error), hint="Import the level above as well.") from error
            used.add(area.code)
            serial += 1
    return foreign


def in_rows(areas: list[Area]) -> list[Area]:
    """Areas in the order of their serials."""
    if not areas:
        return []
    shapes = np.array([a.shape for a in areas], dtype=object)
    centroids = shapely.get_coordinates(shapely.centroid(shapes))
    return [areas[k] for k in serial_order(centroids, float(shapely.area(shapes).mean()))]


def _refuse_twins(ladder: Ladder) -> None:
    seen: dict[str, Area] = {}
    for level in LEVELS:
        for area in ladder.areas[level]:
            other = seen.setdefault(area.code, area)
            if other is not area:
                raise ImportRefused(
                    f"The code {area.code} is claimed by {other.name} ({other.level}) and {area.name} ({level}).",
                    hint="Codes are unique; correct the file or leave --code-field out.",
                )
