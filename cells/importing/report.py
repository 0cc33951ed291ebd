"""What an import did, as lines for people and as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Report:
    """Counts of rows, notices in words, and whatever the kind of import adds under `facts`."""

    what: str
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    seconds: float = 0.0
    dry_run: bool = False
    notices: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Plain data."""
        counts = ("what", "read", "added", "changed", "unchanged", "rejected", "dry_run", "notices")
        return {n: getattr(self, n) for n in counts} | {"seconds": round(self.seconds, 2)} | self.facts

    def summary(self) -> str:
        """One line."""
        nothing = "" if self.added or self.changed else " Nothing had to be changed."
        rate = self.read / max(self.seconds, 1e-3)
        return (
            f"{self.read:,} rows of {self.what} read: {self.added:,} {'to add' if self.dry_run else 'added'}, "
            f"{self.changed:,} {'to change' if self.dry_run else 'changed'}, {self.unchanged:,} unchanged, "
            f"{self.rejected:,} left out; {self.seconds:.1f} s, {rate:,.0f} rows/s.{nothing}"
        )
