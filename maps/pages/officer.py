"""The officer's page on a phone, and what makes it work without a network: its service worker and its manifest.

The worker's file gets the list of the page's own files in front, with a digest of their content: a new release, or a
changed file, is a new cache, and the phone fetches what changed in one go.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from cases.fieldwork import acts_by_stage
from cases.patrols.records import WALKS
from cells.models import CatalogueClass, Level, Person, Role
from cells.rules import figures
from maps.pages.dispatch import city_bounds, frequent_classes
from maps.stages import act_names, stage_names

WORKER = "maps/js/officer/worker.js"
# What the page is made of: files, and folders with all that is in them.
SHELL = (
    "maps/js/officer",
    "maps/js/checks",
    "maps/js/api.js",
    "maps/js/board/cards.js",
    "maps/js/city_map.js",
    "maps/js/dom.js",
    "maps/js/formats.js",
    "maps/js/map_style.js",
    "maps/css/site.css",
    "maps/css/officer.css",
    "maps/css/officer_case.css",
    "maps/css/checks.css",
    "maps/icon.svg",
    "maps/vendor/maplibre-gl/maplibre-gl.mjs",
    "maps/vendor/maplibre-gl/maplibre-gl-shared.mjs",
    "maps/vendor/maplibre-gl/maplibre-gl-worker.mjs",
    "maps/vendor/maplibre-gl/maplibre-gl.css",
    "maps/vendor/maplibre-gl-leaflet/leaflet-maplibre-gl.js",
    "leaflet/leaflet.css",
    "leaflet/leaflet.js",
)


@require_safe
@login_required
@ensure_csrf_cookie
def my(request: HttpRequest) -> HttpResponse:
    """My cases: one page for the list, a case, an act and what waits to be sent."""
    person: Person | None = getattr(request.user, "person", None)
    most_mb, most_at_once, photo_needed = figures("photo_most_mb", "photos_most_at_once", "officer_photo_needed")
    classes = CatalogueClass.objects.in_use().minors().order_by("-kind", "major", "minor")
    config = {
        "user": request.user.pk,
        "officer": person is not None and person.role_id == Role.OFFICER,
        "walks": person is not None and person.role_id in WALKS,
        "stages": stage_names(),
        "acts": act_names(),
        "acts_by_stage": acts_by_stage(request.user),
        "bounds": city_bounds(),
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "classes": [class_told(c) for c in classes],
        "frequent_classes": [class_told(c) for c in frequent_classes(request.user)],
        "photo_most_bytes": round(most_mb * 1e6),
        "photos_most_at_once": int(most_at_once),
        "photo_needed": bool(photo_needed),
    }
    return render(request, "maps/officer.html", {"config": config})


@require_safe
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: its own file, after the list of what it keeps for the dead spot."""
    addresses, digest = _shell()
    told = {
        "cache": f"shell-{settings.RELEASE}-{digest}",
        "shell": addresses,
        "pages": [reverse("my"), reverse("checks")],
        "words": reverse("javascript-catalog"),
        "logout": reverse("logout"),
    }
    path = finders.find(WORKER)
    assert isinstance(path, str)
    code = f"const TOLD = {json.dumps(told)};\n{Path(path).read_text(encoding='utf-8')}"
    return HttpResponse(code, content_type="text/javascript; charset=utf-8")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the page on its home screen."""
    return JsonResponse(
        {
            "id": reverse("my"),
            "name": _("Wanmi: my cases"),
            "short_name": _("Wanmi"),
            "start_url": reverse("my"),
            "scope": "/",
            "display": "standalone",
            "orientation": "portrait",
            "background_color": "#f4f6f6",
            "theme_color": "#16323f",
            "icons": [
                {"src": static("maps/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


def class_told(found: CatalogueClass) -> dict[str, Any]:
    """A class for the phone's choosers."""
    return {"key": f"{found.kind}-{found.code}", "name_zh": found.name_zh, "name_en": found.name_en}


@cache
def _shell() -> tuple[list[str], str]:
    """The addresses of the page's files, and a digest of what is in them: read once a process."""
    digest, addresses = hashlib.sha256(), []
    for name in SHELL:
        found = finders.find(name)
        assert isinstance(found, str), f"{name} is no static file"
        top = Path(found)
        for file in sorted(top.rglob("*.js")) if top.is_dir() else [top]:
            inside = f"{name}/{file.relative_to(top).as_posix()}" if top.is_dir() else name
            if inside == WORKER:
                continue
            digest.update(inside.encode() + file.read_bytes())
            addresses.append(static(inside))
    return addresses, digest.hexdigest()[:12]
