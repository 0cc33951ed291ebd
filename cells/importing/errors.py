"""What stops an import as a whole; single rows go to the rejects instead."""

from __future__ import annotations

from typing import Any


class ImportRefused(ValueError):
    """The file cannot be taken in as it is."""

    def __init__(self, detail: str = "", *, hint: str = "", **where: Any) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.hint = hint
        self.where = where
        super().__init__(f"{self.detail} {self.hint}".strip())
