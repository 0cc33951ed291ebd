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
    head = f"{'target':20} {'tried':>9} {'accepted':>9} {'refused':>9} {'no words':>8} {'500':>5} {'hangs':>5} {'s':>7}"
    rows = [
        f"{name:20} {r['tried']:9,} {r['accepted']:9,} {r['refused']:9,} {r['silent']:8,} {r['fault']:5,} {r['hang']:5,} {r['seconds']:7,.0f}"
        for name, r in told["targets"].items()
    ]
    w = told["together"]
    rows.append(
        f"{'together':20} {w['tried']:9,} {w['accepted']:9,} {w['refused']:9,} {w['silent']:8,} {w['fault']:5,} {w['hang']:5,}"
    )
    return "\n".join([head, *rows])
