"""The impact as a table for export: one row a grid, with every figure before, after and their difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.impact.figures import Figures
from cases.impact.report import Impact


def impact_csv(impact: Impact) -> Iterator[list[str | float]]:
    """The rows of the table, its headings first, in the reader's language; an empty cell where a grid is not there."""
    names = figure_names()
    heads: list[str | float] = [_("code"), _("name"), _("community"), _("level")]
    for name in names.values():
        heads += [f"{name} · {_('before')}", f"{name} · {_('after')}", f"{name} · {_('difference')}"]
    yield heads
    levels = {"grid": _("third-level grid"), "community": _("community")}
    for row in impact.grids:
        line: list[str | float] = [
            row.names.code or _("new"),
            in_language(row.names.name_zh, row.names.name_en),
            in_language(row.community.name_zh, row.community.name_en) or row.community.code,
            levels[row.names.level],
        ]
        yield line + _figures(row.before, row.after)
    total: list[str | float] = ["", _("communities together"), "", ""]
    yield total + _figures(impact.before, impact.after)


def figure_names() -> dict[str, str]:
    """The names of the figures in the reader's language, in the order of the table."""
    names = {
        "cells": _("unit cells"),
        "area_m2": _("area, m²"),
        "cells_out_of_range": _("cells outside the limits of area"),
        "compactness": _("compactness"),
        "parts": _("parts"),
        "components": _("components"),
        "open_cases": _("open cases"),
        "closed_30d": _("cases closed in 30 days"),
        "closed_365d": _("cases closed in 365 days"),
        "load_minutes_per_day": _("load, minutes a day"),
        "people": _("people posted"),
    }
    return {field.name: names[field.name] for field in fields(Figures)}


def in_language(name_zh: str, name_en: str) -> str:
    """The name in the reader's language, the other one where that is empty."""
    chinese = (get_language() or "").startswith("zh")
    return (name_zh or name_en) if chinese else (name_en or name_zh)


def _figures(before: Figures | None, after: Figures | None) -> list[str | float]:
    was, will = before and before.as_data(), after and after.as_data()
    line: list[str | float] = []
    for field in fields(Figures):
        one, other = (side[field.name] if side else "" for side in (was, will))
        difference = (will[field.name] if will else 0) - (was[field.name] if was else 0)
        line += [one, other, round(difference, 4)]
    return line
