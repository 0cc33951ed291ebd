"""Words of hot spots that the page, the file to take along and the printed sheet have in common."""

from __future__ import annotations

from django.utils.translation import gettext as _

from spatial.emerging import PATTERNS

# The looks of the map, as an address names them: observed / expected, Gi*, patterns in time, density.
LOOKS = ("oe", "gi", "trend", "density")
# Colours of patterns in time: Okabe and Ito's, which all eyes tell apart; the first is no pattern.
_PATTERN_COLOURS = ("", "#cc3311", "#ee7733", "#7a0177", "#aa3377", "#ccbb44", "#0077bb", "#88ccee")


def exposures() -> dict[str, str]:
    """What cases can be held against, in the reader's language."""
    return {
        "past": _("its own past"),
        "components": _("components"),
        "area": _("area"),
        "population": _("population"),
        "patrol": _("hours of patrols"),
    }


def patterns() -> list[dict[str, str]]:
    """Slugs, names, definitions and colours of the patterns in time, in the order of `spatial.emerging.PATTERNS`."""
    words = [
        (_("no pattern"), _("Not one of the patterns below.")),
        (_("new"), _("Hot in the last slice and never before.")),
        (_("consecutive"), _("Hot in the last slices without a break, at least two, and never before those.")),
        (_("intensifying"), _("Hot nearly always and now, and rising.")),
        (_("persistent"), _("Hot nearly always and now, neither rising nor falling.")),
        (_("diminishing"), _("Hot nearly always and now, and falling.")),
        (_("sporadic"), _("Hot now, and on and off before.")),
        (_("historical"), _("Hot nearly always, but not now.")),
    ]
    return [
        {"slug": pattern.slug, "name": name, "meaning": meaning, "colour": colour}
        for pattern, (name, meaning), colour in zip(PATTERNS, words, _PATTERN_COLOURS, strict=True)
    ]
