"""Discovery: who runs this door, where a key is got, and at which addresses it stands. The city's words are data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from cases import open_door
from maps.open311 import wire
from maps.open311.refusals import at_door


@at_door("GET", "HEAD")
def discovery(request: HttpRequest, form: str) -> HttpResponse:
    """The endpoints of this city: one, in both formats."""
    door = open_door.door()
    # The address before the first word of the door's own: …/open311/v2
    first = request.build_absolute_uri(reverse("open311-services", kwargs={"form": wire.XML}))
    told = {
        "changeset": wire.moment(door.changed_at),
        "contact": door.contact,
        "key_service": door.key_service,
        "endpoints": [
            {
                "specification": door.specification,
                "url": first.rpartition("/")[0],
                "changeset": wire.moment(door.changed_at),
                "type": "production" if door.is_production else "test",
                "formats": [kind.partition(";")[0] for kind in wire.FORMS.values()],
            }
        ],
    }
    return wire.answer(form, "discovery", told)
