"""Values that break things, and ways to spoil what was whole. All of it by a seeded generator: a seed is a run."""

from __future__ import annotations

import json
import random
from typing import Any

WORDS = [
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff甲", "\ufeff", "\u202etxt", "🕳️" * 30, "甲" * 5000, "x" * 70_000,
    "路面塌陷", "' OR 1=1 --", "%00", "%s%s%n", "{{7*7}}", "../../../../etc/passwd", "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0", "\r\nSet-Cookie: a=b", "\x1b[2J", "null", "true", "undefined", "NaN", "-Infinity", "[]",
    "{}", "\\", '"', "'", ";", ",", "0", "-1", "1e400", "1e-400", "9" * 5000, "0x10", "１２３", "٣", "1,5", "+1",
    "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "2026-03-09T18:00:00+99:99", "2026-03-09T18:00+08:00",
    "2026-11-01", "2026-W10", "0001-01-01T00:00:00Z", "2026-13", "2026-10", "EPSG:4326", "EPSG:999999", "EPSG:-1",
    "GCJ-02", "BD-09", "WGS84", "+proj=pipeline", "event-0103", "event-9999", "component-0137", "cases", "grids",
    "cells", "open", "filed", "hotline", "a,b,,c", "1,2,3,4", "-180,-90,180,90", "180,90,-180,-90",
    "nan,nan,nan,nan", "1e308,1e308,1e308,1e308", "inf", "asc", "-", "*", "?", "(", "[",
]  # fmt: skip
NUMBERS = [
    0, -0.0, 1, -1, 2, 0.5, -0.5, 255, 256, 32_767, 32_768, 2**31 - 1, 2**31, -(2**31) - 1, 2**63 - 1, 2**63,
    -(2**63) - 1, 10**30, 1e15, 1e16, 1e300, 1.7e308, -1.7e308, 5e-324, float("nan"), float("inf"), float("-inf"),
    113.62, 34.75, 90, 180, 181, 360, 1e-9,
]  # fmt: skip
FILE_BYTES = [
    b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"%PDF-1.7",
    b"\x1f\x8b\x08\x00", b"PAR1", b"ARROW1", b"SQLite format 3\x00", b"<?xml version='1.0'?>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"{", b"[" * 5000, b"{\"a\":" * 5000, b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n", b"RIFF\xff\xff\xff\xffWEBPVP8 ",
]  # fmt: skip


class Nasty:
    """A generator of bad luck."""

    def __init__(self, seed: int | str) -> None:
        self.chance = random.Random(seed)

    def word(self) -> str:
        """A text, mostly one of those that break things."""
        if self.chance.random() < 0.8:
            return self.chance.choice(WORDS)
        return "".join(
            chr(self.chance.choice((9, 32, 48, 65, 0x4E00, 0x1F600, 0xFFFD))) for _ in range(self.chance.randrange(40))
        )

    def number(self) -> float | int:
        """A number, mostly at an edge."""
        if self.chance.random() < 0.8:
            return self.chance.choice(NUMBERS)
        return self.chance.uniform(-200, 200)

    def value(self, depth: int = 0) -> Any:
        """Anything JSON can hold, and a little that it cannot."""
        kind = self.chance.random()
        if kind < 0.4:
            return self.word()
        if kind < 0.65:
            return self.number()
        if kind < 0.78:
            return self.chance.choice([None, True, False, [], {}, [[]], [None], {"": None}])
        if kind < 0.8:
            return self.deep(self.chance.choice([20, 200, 900]))
        if depth > 3:
            return []
        if kind < 0.9:
            return [self.value(depth + 1) for _ in range(self.chance.randrange(5))]
        return {self.word()[:40]: self.value(depth + 1) for _ in range(self.chance.randrange(4))}

    def deep(self, levels: int) -> Any:
        """Lists within lists."""
        found: Any = []
        for _ in range(levels):
            found = [found]
        return found

    def spoiled(self, whole: Any) -> Any:
        """A value like a whole one, with one to three of its places spoiled."""
        found = json.loads(json.dumps(whole))
        for _ in range(self.chance.randrange(1, 4)):
            found = self._spoil(found)
        return found

    def _spoil(self, found: Any) -> Any:
        if isinstance(found, dict) and found and self.chance.random() < 0.95:
            name = self.chance.choice(list(found))
            how = self.chance.random()
            if how < 0.08:
                del found[name]
            elif how < 0.12:
                found[self.word()[:60]] = self.value()
            else:
                found[name] = self._spoil(found[name])
            return found
        if isinstance(found, list) and found and self.chance.random() < 0.85:
            at = self.chance.randrange(len(found))
            how = self.chance.random()
            if how < 0.1:
                del found[at]
            elif how < 0.2:
                found.append(found[at])
            else:
                found[at] = self._spoil(found[at])
            return found
        if isinstance(found, int | float) and not isinstance(found, bool) and self.chance.random() < 0.6:
            return self.number()
        return self.value()

    def json_body(self, whole: Any) -> bytes:
        """A body: a whole value spoiled, then now and then its bytes."""
        how = self.chance.random()
        if how < 0.05:
            return self.bytes_of(json.dumps(whole).encode())
        told = whole if how < 0.1 else self.spoiled(whole) if how < 0.9 else self.value()
        body = json.dumps(told, ensure_ascii=self.chance.random() < 0.5).encode("utf-8", "surrogatepass")
        if how > 0.97:
            body = body.replace(b"0", b"0" * self.chance.choice([1, 10, 5000]))
        return self.bytes_of(body) if 0.3 < how < 0.34 else body

    def bytes_of(self, whole: bytes) -> bytes:
        """Some bytes like whole ones: turned, cut, doubled, blown up, or of another thing altogether."""
        how = self.chance.random()
        if how < 0.05 or not whole:
            return self.chance.choice(FILE_BYTES)
        if how < 0.1:
            return self.chance.randbytes(self.chance.choice([1, 16, 300, 5000]))
        found = bytearray(whole)
        for _ in range(self.chance.choice([1, 1, 2, 4, 16, 64])):
            if not found:
                break
            at, what = self.chance.randrange(len(found)), self.chance.random()
            if what < 0.45:
                found[at] = self.chance.choice([0, 255, 127, 128, self.chance.randrange(256)])
            elif what < 0.6:
                del found[at : at + self.chance.choice([1, 2, 8, 64, 1024])]
            elif what < 0.75:
                length = self.chance.choice([1, 4, 32, 256])
                found[at:at] = found[at : at + length] * self.chance.choice([1, 2, 50])
            elif what < 0.9:
                found[at : at + 4] = self.chance.choice(
                    [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"]
                )
            elif what < 0.97:
                found[at:at] = self.word().encode("utf-8", "surrogatepass")[:300]
            else:
                del found[at:]
        return bytes(found)

    def table(self, columns: dict[str, list[str]], rows: int = 3) -> str:
        """A table as CSV whose fields are good or bad; `columns` gives good ones."""
        names = list(columns)
        if self.chance.random() < 0.15:
            names = [self.word()[:50] if self.chance.random() < 0.3 else name for name in names]
        lines = [",".join(names)]
        for _ in range(self.chance.randrange(rows + 1)):
            fields = [
                self.chance.choice(good) if self.chance.random() < 0.65 else self._field() for good in columns.values()
            ]
            if self.chance.random() < 0.05:
                fields.append(self.word())
            lines.append(",".join(fields))
        return self.chance.choice(["\n", "\n", "\r\n", "\r"]).join(lines)

    def _field(self) -> str:
        found = self.word() if self.chance.random() < 0.7 else str(self.number())
        return '"' + found.replace('"', '""') + '"' if self.chance.random() < 0.8 else found
