"""What leaders look at: the day on one screen, hot spots, where nobody looked, the month's ranking."""

from __future__ import annotations

import itertools

from tests.browser.pictures.camera import DESK, PHONE, Studio

PAGES = (
    ("/leader/", "leader", "document.readyState === 'complete'"),
    ("/hotspots/", "hotspots", "document.documentElement.dataset.hotspots === 'shown'"),
    ("/gaps/", "gaps", "document.documentElement.dataset.coverage > 0"),
    ("/ranking/", "ranking", "document.readyState === 'complete'"),
)
VIEWS = (("zh", DESK), ("en", DESK), ("zh", PHONE), ("en", PHONE))
COUNT = len(PAGES) * len(VIEWS)


def of_the_leader(studio: Studio) -> None:
    """Each page at a desk and on a phone, in both languages."""
    for (address, name, there), (language, size) in itertools.product(PAGES, VIEWS):
        person = studio.person("leader", language, size)
        person.page.goto(address, wait_until="networkidle")
        person.until(there)
        person.page.wait_for_timeout(3000)
        studio.keep(person, f"{name}-{'phone-' if size is PHONE else ''}{language}")
