"""The typeface of printed pages: Noto Sans CJK for simplified Chinese, which has Latin letters too.

Its file holds 65,000 glyphs of five languages, and a document that embeds a dozen of them would read all (some 8 s of
work). So a copy with the characters of GB 2312 and Latin is made once beside the city's private data, 5 s of work a
weight, and made anew with what a text needs besides.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from django.conf import settings
from django.utils.translation import gettext as _
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
    """Where a line may break: after each part. Opening and closing marks stay with what they enclose."""
    parts: list[str] = []
    for character in text:
        wide = ord(character) >= 0x2E80
        joins = bool(parts) and not (wide or ord(parts[-1][-1]) >= 0x2E80 or parts[-1][-1] in " /·–")
        opened = bool(parts) and parts[-1][-1] in "（《【“‘("
        if parts and (joins or opened or character in " ,.;:!?)%，。；：！？、）》”’×"):
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
        copies = [_Copy(source, frozenset(wanted)) for source in dict.fromkeys((regular, bold or regular))]
        if to_make := [copy for copy in copies if not copy.is_good()]:
            _make(to_make)
    files = [copies[0].kept(), copies[-1].kept()]
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


@dataclass(frozen=True, slots=True)
class _Copy:
    """A weight's copy with the usual characters and those wanted, kept from one time to the next."""

    source: tuple[Path, int]
    wanted: frozenset[int]

    def kept(self) -> Path:
        """Its file."""
        file, number = self.source
        stamp = file.stat()
        return settings.LOCAL / "fonts" / f"{file.stem}-{number}-{stamp.st_mtime_ns:x}-{stamp.st_size:x}.otf"

    def had(self) -> frozenset[int]:
        """The characters in the file that is there; none where there is none."""
        kept = self.kept()
        return _characters(str(kept), kept.stat().st_mtime_ns) if kept.is_file() else frozenset()

    def is_good(self) -> bool:
        """Whether it has all that is wanted, as far as the typeface knows it."""
        had = self.had()
        return bool(had) and (self.wanted <= had or self.wanted & _all_characters(*self.source) <= had)

    def begin(self, folder: Path) -> subprocess.Popen[str]:
        """Begin to make it anew, into a folder of its own."""
        file, number = self.source
        characters = folder / f"{file.stem}.txt"
        characters.write_text(",".join(f"{c:X}" for c in sorted(_usual() | self.had() | self.wanted)))
        options = [
            f"--font-number={number}", f"--unicodes-file={characters}", f"--output-file={folder / self.kept().name}",
            "--layout-features=", "--no-hinting", "--notdef-outline", "--drop-tables+=GSUB,GPOS,vhea,vmtx,VORG,BASE",
        ]  # fmt: skip
        command = [sys.executable, "-m", "fontTools.subset", str(file), *options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _make(copies: list[_Copy]) -> None:
    """Make copies side by side, each in a process of its own.

    In this one everybody else would wait, and it could take ten times as long: where Python's stack happens to end at
    the edge of one of its pieces, each of the millions of calls asks the system for the next piece.
    """
    home = settings.LOCAL / "fonts"
    home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=home) as folder:
        for copy, work in [(copy, copy.begin(Path(folder))) for copy in copies]:
            _out, told = work.communicate()
            if work.returncode:
                raise RuntimeError(f"The copy of {copy.source[0]} was not made: {told.strip()[-300:]}")
            os.replace(Path(folder) / copy.kept().name, copy.kept())
    _measure.cache_clear()
