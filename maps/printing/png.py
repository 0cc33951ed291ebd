"""A page as a picture, from the same marks as the PDF: drawn twice as large, then halved, so that edges are smooth."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from maps.printing.fonts import MM_PER_POINT, Face, drawn_at
from maps.printing.marks import Area, Dot, Lines, Page, Words

# A4 at 200 dots an inch is 2339 × 1654, what a screen in a meeting room shows sharp; A3 at 150 is little more.
DOTS_PER_INCH = {297.0: 200, 420.0: 150}
_FINER = 2


def drawn(page: Page, face: Face) -> bytes:
    """The page as PNG."""
    dots = DOTS_PER_INCH.get(page.width, 150)
    scale = dots / 25.4 * _FINER
    size = (round(page.width * scale / _FINER) * _FINER, round(page.height * scale / _FINER) * _FINER)
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    for mark in page.marks:
        if isinstance(mark, Area):
            _area(picture, mark, scale)
        elif isinstance(mark, Lines):
            width = max(1, round(mark.width * scale))
            for line in mark.lines:
                pen.line([tuple(p) for p in (line * scale).tolist()], fill=mark.colour, width=width, joint="curve")
        elif isinstance(mark, Dot):
            x, y, r = mark.x * scale, mark.y * scale, mark.radius * scale
            pen.ellipse((x - r, y - r, x + r, y + r), fill=mark.fill, outline=mark.edge, width=round(0.35 * scale))
        else:
            _words(pen, mark, face, scale)
    small = picture.resize((size[0] // _FINER, size[1] // _FINER), Image.Resampling.BOX)
    kept = io.BytesIO()
    small.save(kept, "PNG", dpi=(dots, dots))
    return kept.getvalue()


def _area(picture: Image.Image, mark: Area, scale: float) -> None:
    """Ring by ring into a mask, each turning over what is there: the even-odd rule."""
    every = np.concatenate(mark.rings) * scale
    low = np.maximum(np.floor(every.min(axis=0)).astype(int) - 1, 0)
    high = np.ceil(every.max(axis=0)).astype(int) + 2
    width, height = (high - low).tolist()
    if width <= 0 or height <= 0:
        return
    if len(mark.rings) == 1:
        ImageDraw.Draw(picture).polygon([tuple(p) for p in every.tolist()], fill=mark.fill)
        return
    mask = np.zeros((height, width), dtype=bool)
    for ring in mark.rings:
        moved = ring * scale - low
        # Only the ring's own box is turned over: a city has thousands of rings.
        at = np.maximum(np.floor(moved.min(axis=0)).astype(int) - 1, 0)
        to = np.minimum(np.ceil(moved.max(axis=0)).astype(int) + 2, (width, height))
        part = Image.new("1", tuple((to - at).tolist()))
        ImageDraw.Draw(part).polygon([tuple(p) for p in (moved - at).tolist()], fill=1)
        mask[at[1] : to[1], at[0] : to[0]] ^= np.asarray(part)
    picture.paste(mark.fill, (int(low[0]), int(low[1])), Image.fromarray(mask))


def _words(pen: ImageDraw.ImageDraw, mark: Words, face: Face, scale: float) -> None:
    font = drawn_at(face.file(mark.bold), max(1, round(mark.size * MM_PER_POINT * scale)))
    anchor = {"left": "ls", "middle": "ms", "right": "rs"}[mark.align]
    pen.text((mark.x * scale, mark.y * scale), mark.text, font=font, fill=mark.colour, anchor=anchor)
