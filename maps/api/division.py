"""The figures of the division in force: `/api/division`, measured once an edition and kept in the process."""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from cells.division import division_report
from cells.models import Edition
from maps.errors import for_people

_measured: dict[tuple[Any, ...], dict[str, Any]] = {}
_measuring = Lock()


@for_people
def division(request: HttpRequest) -> HttpResponse:
    """What `divide_report` prints, for the edition in force."""
    edition = Edition.objects.in_force()
    key = (edition.pk, edition.number, edition.valid_from)
    # Measuring streets and buildings of a large city takes a minute: once is enough, for two askers too.
    with _measuring:
        if key not in _measured:
            _measured.clear()
            _measured[key] = division_report(edition=edition)
    return JsonResponse(_measured[key])
