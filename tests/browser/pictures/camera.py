"""A browser of somebody's, and its page kept as a small picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser
from scipy.spatial import cKDTree
from tqdm import tqdm

from tests.browser.conftest import ACTION_MS, ROOT, Site, Watched

OUT = ROOT / "docs" / "pictures"
DESK, PHONE = (1440, 900), (390, 844)
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
# A palette is a third of the bytes. The colours that fill areas stay as they are, the many of edges share the rest.
COLOURS, KEPT = 256, 200


def few(image: Image.Image) -> Image.Image:
    """An RGB picture with at most 256 colours, its commonest ones exact."""
    pixels = np.asarray(image).reshape(-1, 3)
    _, first, where, counts = np.unique(
        pixels.astype(np.int64) @ (1 << 16, 1 << 8, 1), return_index=True, return_inverse=True, return_counts=True
    )
    colours, order = pixels[first], np.argsort(-counts)
    palette, others = colours[order[:KEPT]], np.isin(where, order[KEPT:])
    if others.any():
        rest = Image.fromarray(pixels[others].reshape(1, -1, 3))
        shared = rest.quantize(COLOURS - len(palette), Image.Quantize.MEDIANCUT).getpalette()
        palette = np.vstack([palette, np.array(shared, np.uint8).reshape(-1, 3)])[:COLOURS]
    _, nearest = cKDTree(palette).query(colours)
    small = Image.fromarray(nearest.astype(np.uint8)[where].reshape(image.height, image.width), "P")
    small.putpalette(palette.ravel().tolist())
    return small


@dataclass(frozen=True, slots=True)
class Studio:
    """One served city, the browser that looks at it, and the bar that tells how far it is."""

    browser: Browser
    site: Site
    progress: tqdm[Any]

    def person(self, who: str, language: str, size: tuple[int, int]) -> Watched:
        """A person of a role, logged in; `language` is zh or en."""
        context = self.browser.new_context(
            base_url=self.site.url,
            locale=LANGUAGES[language],
            timezone_id="Asia/Shanghai",
            viewport={"width": size[0], "height": size[1]},
            has_touch=size is PHONE,
            reduced_motion="reduce",
        )
        context.set_default_timeout(ACTION_MS)
        person = Watched(context, context.new_page(), self.site)
        person.log_in(who)
        return person

    def keep(self, person: Watched, name: str) -> None:
        """The page as it is, once its fonts and pictures are there; the person leaves."""
        person.until("document.fonts.status === 'loaded' && [...document.images].every((image) => image.complete)")
        person.page.wait_for_timeout(500)
        raw = OUT / f"{name}.raw.png"
        person.page.screenshot(path=raw)
        few(Image.open(raw).convert("RGB")).save(OUT / f"{name}.png", optimize=True)
        raw.unlink()
        person.context.close()
        self.progress.update()
