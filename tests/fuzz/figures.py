"""What came of it, in figures. Needs no Django: who looks after the processes has none."""

from __future__ import annotations

from typing import Any

OUTCOMES = ("accepted", "refused", "silent", "fault", "hang")


def together(told: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """The figures of several processes as one."""
    rows: dict[str, dict[str, Any]] = {}
    for figures in (one for job in told for one in job):
        for name, row in figures["targets"].items():
            into = rows.setdefault(name, dict.fromkeys(row, 0))
            for key, value in row.items():
                into[key] = round(into[key] + value, 1)
    names = ("tried", "accepted", "refused", "silent", "fault", "hang")
    return {"together": {name: sum(row[name] for row in rows.values()) for name in names}, "targets": rows}


def lines(told: dict[str, Any]) -> str:
    """The figures for a reader."""
    names = ("target", "tried", "accepted", "refused", "no words", "500", "hangs", "s")
    rows = [[name, *(row[key] for key in ("tried", *OUTCOMES, "seconds"))] for name, row in told["targets"].items()]
    rows.append(["together", *(told["together"][key] for key in ("tried", *OUTCOMES)), sum(row[-1] for row in rows)])
    return "\n".join(
        f"{row[0]:20} " + " ".join(f"{x:>9}" if isinstance(x, str) else f"{x:9,.0f}" for x in row[1:])
        for row in [list(names), *rows]
    )
