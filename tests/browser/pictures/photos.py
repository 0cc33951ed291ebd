"""Photos for the pictures, drawn: a bin by a wall with its rubbish beside it, and the same place swept."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.cases.phone import exif_of, saved

WIDTH, HEIGHT = 960, 720
_WALL, _PAVING, _KERB = (214, 205, 190), (168, 168, 164), (120, 120, 118)


def a_scene(*, clean: bool, lon: float, lat: float) -> dict[str, Any]:
    """A photo as a browser's file field takes it, with the place in its EXIF."""
    rng = np.random.default_rng(7)
    image = Image.new("RGB", (WIDTH, HEIGHT), _WALL)
    pen = ImageDraw.Draw(image)
    for row, y in enumerate(range(0, 400, 40)):
        pen.line([(0, y), (WIDTH, y)], fill=(196, 186, 170), width=3)
        for x in range((row % 2) * 60, WIDTH, 120):
            pen.line([(x, y), (x, y + 40)], fill=(196, 186, 170), width=3)
    pen.rectangle([0, 400, WIDTH, HEIGHT], fill=_PAVING)
    for x in range(-HEIGHT, WIDTH + HEIGHT, 110):
        pen.line([(x, HEIGHT), (WIDTH / 2 + (x - WIDTH / 2) * 0.45, 400)], fill=(150, 150, 147), width=2)
    pen.rectangle([0, 640, WIDTH, 662], fill=_KERB)
    pen.rectangle([420, 250, 600, 560], fill=(36, 110, 74))
    pen.rectangle([404, 226, 616, 258], fill=(28, 88, 60))
    pen.ellipse([440, 545, 480, 585], fill=(40, 40, 42))
    pen.ellipse([540, 545, 580, 585], fill=(40, 40, 42))
    pen.polygon([(505, 360), (540, 420), (470, 420)], outline=(220, 240, 225), width=8)
    if not clean:
        colours = [(60, 62, 70), (82, 84, 92), (196, 160, 96), (230, 230, 226), (70, 90, 140)]
        for k in range(34):
            x, y = rng.normal(560, 150), rng.uniform(470, 630)
            w, h = rng.uniform(40, 110), rng.uniform(30, 80)
            colour = colours[k % len(colours)]
            (pen.ellipse if k % 3 else pen.rectangle)(
                [x - w / 2, y - h, x + w / 2, y], fill=colour, outline=(50, 50, 52)
            )
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    name = "after" if clean else "before"
    jpeg = saved(image, "JPEG", exif=exif_of(lon=lon, lat=lat), quality=88)
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": jpeg}
