"""The part of a limit in parts that is under way (fence, repair, make good), as the desk and the phone are told it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from cases.models import CaseClock


def part_data(clocks: list[CaseClock]) -> dict[str, Any] | None:
    """The part of a limit in parts that is under way, with how many there are, from a case's clocks of handling."""
    last = max((clock.round for clock in clocks), default=0)
    parts = sorted((clock for clock in clocks if clock.round == last), key=lambda clock: clock.part)
    now = next((clock for clock in parts if clock.stopped_at is None), None)
    if now is None or len(parts) < 2:
        return None
    chinese = (get_language() or "").startswith("zh")
    names = (now.label_zh, now.label_en) if chinese else (now.label_en, now.label_zh)
    return {
        "part": now.part,
        "of": len(parts),
        "name": names[0] or names[1],
        "due": now.due_at.timestamp() if now.due_at else None,
    }
