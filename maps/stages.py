"""The stages of a case in the reader's words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cases.workflow import Stage

STAGE_NAMES = {
    Stage.REPORTED: _("reported"),
    Stage.FILED: _("filed"),
    Stage.DISPATCHED: _("dispatched"),
    Stage.HANDLED: _("handled"),
    Stage.CLOSED: _("closed"),
    Stage.VOID: _("void"),
}


def stage_names() -> dict[str, str]:
    """Every stage's name, translated now."""
    return {str(stage): str(name) for stage, name in STAGE_NAMES.items()}
