"""Classes of the catalogue by what a file calls them: a code, a Chinese or an English name, or a mapped word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from cells.importing.columns import folded
from cells.importing.errors import ImportRefused
from cells.models import CatalogueClass

_LISTED = 12


class ClassFinder:
    """Finds classes; the words it does not know are counted.

    Parameters
    ----------
    classes : those to be found; where two share a number or a name, the later is meant
    meanings : word -> code or name of a class, from the command line
    """

    def __init__(self, classes: Iterable[CatalogueClass], meanings: Mapping[str, str] = {}) -> None:
        self._classes = list(classes)
        self._known: dict[str, CatalogueClass] = {}
        for field in ("name_en", "name_zh", "code"):
            for found in self._classes:
                word = folded(getattr(found, field))
                if word:
                    self._known[word] = found
        # A component and an event may have the same number: “event-0113” is sure, “0113” the later one given here.
        self._known |= {folded(f"{c.kind}-{c.code}"): c for c in self._classes}
        for word, meaning in meanings.items():
            target = self._known.get(folded(meaning))
            if target is None:
                raise ImportRefused(f"“{meaning}” is no class here.", hint=f"Classes: {self.listed(meaning)}.")
            self._known[folded(word)] = target
        self.unknown: Counter[str] = Counter()

    def one(self, word: str) -> CatalogueClass | None:
        """The class that a word means."""
        return self._known.get(folded(word))

    def find(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) primary keys, -1 where unknown, and (n,) codes."""
        ids = np.full(len(values), -1, dtype=np.int64)
        codes = np.full(len(values), "", dtype=object)
        distinct, index, counts = np.unique(values.astype(str), return_inverse=True, return_counts=True)
        for k, value in enumerate(distinct.tolist()):
            found = self.one(value)
            if found is not None:
                ids[index == k], codes[index == k] = found.pk, found.code
            elif value:
                self.unknown[value] += int(counts[k])
        return ids, codes

    def listed(self, like: str = "") -> str:
        """Some of the classes for a hint: those whose names have the word in them, else the first."""
        word = folded(like)
        near = [c for c in self._classes if word and word in folded(c.name_en + c.name_zh)]
        some = near or self._classes
        shown = ", ".join(f"{c.kind}-{c.code} {c.name_en or c.name_zh}" for c in some[:_LISTED])
        return f"{shown}{' …' if len(some) > _LISTED else ''}"

    def lines(self) -> list[str]:
        """The words that mean no class, most frequent first."""
        if not self.unknown:
            return []
        shown = ", ".join(f"“{word}” ({n})" for word, n in self.unknown.most_common(6))
        more = " …" if len(self.unknown) > 6 else ""
        return [
            f"{self.unknown.total():,} rows are of {len(self.unknown)} classes not in the catalogue: {shown}{more}. "
            "Name them with --value-map class:WORD=CODE."
        ]
