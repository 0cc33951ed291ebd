"""The staffing map, and the door by which a file of posts comes in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from cases.handover import may_hand_over
from cells import posts
from cells.importing.errors import ImportRefused
from cells.importing.post_template import template as filled_template
from cells.importing.posts import Options, import_posts
from cells.importing.rejects import MOST_SHOWN, Rejects
from cells.models import Level
from maps.pages.dispatch import city_bounds

MOST_FILE_BYTES = 10 << 20
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@login_required
@ensure_csrf_cookie
def staffing(request: HttpRequest) -> HttpResponse:
    """The map of who is missing where, for everybody who works here."""
    if getattr(request.user, "person", None) is None:
        raise PermissionDenied(_("Only people of the city see how it is staffed."))
    config = {
        "bounds": city_bounds(),
        "levels": {level.slug: str(level) for level in Level.objects.all()},
        "cell_digits": Level.objects.get(slug=Level.CELL).code_digits,
        "today": timezone.localdate().isoformat(),
        "may_hand_over": may_hand_over(request.user),
    }
    return render(request, "maps/staffing.html", {"config": config, "may_edit": posts.may_edit(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def take_in(request: HttpRequest) -> HttpResponse:
    """Take a file of posts in, or try it first; rows left out are told one by one."""
    _require_editor(request)
    told: dict[str, Any] = {}
    if request.method == "POST":
        file = request.FILES.get("file")
        told = _taken(file, dry_run="try" in request.POST) if file else {"refused": _("Choose a file first.")}
    return render(request, "maps/staffing_import.html", {"most_shown": MOST_SHOWN, **told})


@require_safe
@login_required
def template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    _require_editor(request)
    name = "posts.xlsx"
    return HttpResponse(
        filled_template(),
        content_type=_WORKBOOK,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


def _require_editor(request: HttpRequest) -> None:
    if not posts.may_edit(request.user):
        raise PermissionDenied(_("Posts are entered by heads of the shift and administrators."))


def _taken(file: UploadedFile, *, dry_run: bool) -> dict[str, Any]:
    """What became of an uploaded file, for the page."""
    if (file.size or 0) > MOST_FILE_BYTES:
        return {"refused": _("The file is too large: at most 10 MB are read.")}
    suffix = Path(file.name or "").suffix.lower()[:6]
    with tempfile.TemporaryDirectory() as folder, Rejects(None) as rejects:
        path = Path(folder, f"posts{suffix}")
        with path.open("wb") as out:
            for piece in file.chunks():
                out.write(piece)
        try:
            report = import_posts(path, Options(dry_run=dry_run, fenced=True), rejects=rejects)
        except ImportRefused as error:
            return {"refused": _("The file cannot be taken in as it is."), "detail": str(error)}
    # The first line of a sheet is the header: a row's line in the sheet is one further down.
    left_out = [
        {"line": one.row + 1, "label": one.label, "reason": _(one.reason), "found": one.found}
        for one in sorted(rejects.first, key=lambda one: one.row)
    ]
    return {"report": report, "left_out": left_out, "file_name": file.name}
