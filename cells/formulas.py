"""Words in tables that spreadsheet programs open: none may begin a formula there."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def defused(words: str) -> str:
    """Words that no spreadsheet program takes for a formula when it opens a CSV.

    >>> defused("=1+1"), defused("路灯不亮")
    ("'=1+1", '路灯不亮')
    """
    return f"'{words}" if words.startswith(FORMULA) else words
