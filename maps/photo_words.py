"""Why a photo is refused, in the reader's words: `cases.errors.BadPhoto` tells the reason as one of these."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

REFUSED: dict[str, Any] = {
    "empty": _("The photo's file is empty. Take the photo again."),
    "too_large": _("The photo's file is too large."),
    "too_many_pixels": _("The photo has too many pixels."),
    "too_many": _("Too many photos at once."),
    "not_a_photo": _("This file is no photo. JPEG, PNG and WebP pictures are taken in."),
    "stowaway": _("This picture has something else hidden in it. Send the photo as the camera made it."),
    "broken": _("The picture is broken. Take the photo again."),
    "too_hard": _("This picture cannot be read with the time and memory there is. Take it again in the usual size."),
    "busy": _("Too many photos come at this moment. Send it again in a minute."),
    "other_kind": _("The same picture cannot be the one before and the one after. Take another."),
}


def sentence_of(error: Any) -> str:
    """The sentence of a refused photo."""
    return str(REFUSED.get(error.where.get("reason", ""), _("The photo cannot be taken in.")))
