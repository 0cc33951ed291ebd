"""The typeface of printed pages: Noto Sans CJK for simplified Chinese, which has Latin letters too.

Its file holds 65,000 glyphs of five languages, and a document that embeds a dozen of them would read all (some 8 s of
work). So a copy with the characters of GB 2312 and Latin is made once beside the city's private data, 2 s of work a
weight, and made anew with what a text needs besides.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.utils.translation import gettext as _
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import ImageFont

FAMILY = "Noto Sans CJK SC"
MM_PER_POINT = 25.4 / 72
_FOLDERS = (
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/google-noto-cjk",
    "/usr/share/fonts/noto",
    "/usr/local/share/fonts",
)
# Widths are measured at this size: hinting plays no part, and a hundredth of a point is seen.
_MEASURED = 200
_making = Lock()


class NoFont(RuntimeError):
    """The typeface of printed pages is not installed."""


@dataclass(frozen=True, slots=True)
class Face:
    """The two weights as files of their own, and the characters they have."""

    regular: Path
    bold: Path
    characters: frozenset[int]

    def file(self, bold: bool) -> Path:
        """The file of a weight."""
        return self.bold if bold else self.regular

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """How long a line of text is, in millimetres; size in points."""
        return float(_measure(str(self.file(bold)), _MEASURED).getlength(text)) / _MEASURED * size * MM_PER_POINT

    def wrapped(self, text: str, size: float, width: float, bold: bool = False) -> list[str]:
        """A text in lines of at most this width, broken at spaces and between Chinese characters."""
        lines, line = [], ""
        for part in _parts(text):
            if line and self.width((line + part).rstrip(), size, bold) > width:
                lines.append(line.rstrip())
                line = part.lstrip()
            else:
                line += part
            while self.width(line.rstrip(), size, bold) > width and len(line) > 1:  # a word longer than the line
                fits = max((n for n in range(1, len(line)) if self.width(line[:n], size, bold) <= width), default=1)
                lines.append(line[:fits])
                line = line[fits:]
        return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _parts(text: str) -> list[str]:
    """Where a line may break: after each part. Closing marks stay with what they close."""
    parts: list[str] = []
    for character in text:
        wide = ord(character) >= 0x2E80
        joins = bool(parts) and not (wide or ord(parts[-1][-1]) >= 0x2E80 or parts[-1][-1] in " /·–")
        if parts and (joins or character in " ,.;:!?)%，。；：！？、）》”’×"):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


@lru_cache(maxsize=64)
def _measure(file: str, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, pixels, layout_engine=ImageFont.Layout.BASIC)


def drawn_at(file: Path, pixels: int) -> ImageFont.FreeTypeFont:
    """A weight at a size in pixels, for a picture."""
    return _measure(str(file), pixels)


def face(text: str) -> Face:
    """The typeface with all characters of a text that it knows; raises NoFont."""
    regular, bold = (_installed(weight) for weight in ("Regular", "Bold"))
    if regular is None:
        raise NoFont(
            _("The typeface “%(family)s” is missing on the server: install the package fonts-noto-cjk.")
            % {"family": FAMILY}
        )
    wanted = {ord(character) for character in text if character.isprintable()}
    with _making:
        files = [_small(source, wanted) for source in (regular, bold or regular)]
    return Face(files[0], files[1], _characters(str(files[0]), files[0].stat().st_mtime_ns))


def _installed(weight: str) -> tuple[Path, int] | None:
    """The file of a weight and the number of the simplified Chinese face in it."""
    names = (f"NotoSansCJK-{weight}.ttc", f"NotoSansCJKsc-{weight}.otf", f"NotoSansSC-{weight}.otf")
    for folder in _FOLDERS:
        for name in names:
            found = Path(folder, name)
            if found.is_file():
                return found, _number_in(found)
    if shutil.which("fc-match"):
        asked = ["fc-match", "-f", "%{family}|%{file}|%{index}", f"{FAMILY}:style={weight}"]
        family, _sep, rest = subprocess.run(
            asked, capture_output=True, text=True, timeout=10, check=False
        ).stdout.partition("|")
        file, _sep, number = rest.partition("|")
        if FAMILY in family and Path(file).is_file():
            return Path(file), int(number or 0) & 0xFFFF
    return None


@lru_cache(maxsize=8)
def _number_in(file: Path) -> int:
    if file.suffix != ".ttc":
        return 0
    for number in range(16):
        try:
            if ImageFont.truetype(str(file), 10, index=number).getname()[0] == FAMILY:
                return number
        except OSError:
            break
    return 0


@lru_cache(maxsize=8)
def _characters(file: str, _made: int) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=4)
def _all_characters(file: Path, number: int) -> frozenset[int]:
    with TTFont(file, fontNumber=number, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _usual() -> set[int]:
    """GB 2312, Latin, and the signs that tables and legends use."""
    rows = (bytes([row, at]).decode("gb2312", "ignore") for row in range(0xA1, 0xF8) for at in range(0xA1, 0xFF))
    return (
        {ord(c) for text in rows for c in text} | set(range(0x20, 0x180)) | {ord(c) for c in "–—‘’“”•…‰′″€№←↑→↓↔≤≥²³"}
    )


def _small(source: tuple[Path, int], wanted: set[int]) -> Path:
    """The copy with the usual characters and those wanted, kept from one time to the next."""
    file, number = source
    stamp = file.stat()
    folder = settings.LOCAL / "fonts"
    kept = folder / f"{file.stem}-{number}-{stamp.st_mtime_ns:x}-{stamp.st_size:x}.otf"
    had = _characters(str(kept), kept.stat().st_mtime_ns) if kept.is_file() else frozenset()
    if had and (wanted <= had or wanted & _all_characters(file, number) <= had):
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    options = subset.Options()
    options.layout_features, options.hinting, options.notdef_outline = [], False, True
    options.drop_tables += ["GSUB", "GPOS", "vhea", "vmtx", "VORG", "BASE"]
    fresh = folder / f"{kept.name}.{os.getpid()}"
    with TTFont(file, fontNumber=number, lazy=True) as font:
        cut = subset.Subsetter(options)
        cut.populate(unicodes=_usual() | had | wanted)
        cut.subset(font)
        font.save(fresh)
    os.replace(fresh, kept)
    _measure.cache_clear()
    return kept
