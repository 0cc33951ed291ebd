"""What the public pages have in common: their words for how far a report has come, and the ways out they name."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from cases.citizens.following import Phase
from cases.citizens.limits import Sender, TooMany, sender_of
from cases.models import Label

PHASES: dict[Phase, tuple[Any, Any]] = {
    Phase.RECEIVED: (
        gettext_lazy("Received"),
        gettext_lazy("Your report is here. Somebody looks at it and checks it on the spot where needed."),
    ),
    Phase.ACCEPTED: (
        gettext_lazy("Accepted"),
        gettext_lazy("The report is accepted. It is being given to the unit that is in charge."),
    ),
    Phase.WORK: (gettext_lazy("Being worked on"), gettext_lazy("The unit in charge is working on it.")),
    Phase.CHECK: (
        gettext_lazy("Done, being checked"),
        gettext_lazy("The unit says that it is done. Somebody else checks it."),
    ),
    Phase.SOLVED: (gettext_lazy("Solved"), gettext_lazy("The problem has been put right.")),
}


def telephone() -> str:
    """The number to ring where the page cannot help: a row of the table of labels."""
    found = Label.objects.filter(pk="public-telephone").first()
    return str(found) if found else ""


def in_language(names: tuple[str, str]) -> str:
    """Of a Chinese and an English name the one for the reader, or the other where that is empty."""
    zh, en = names
    return (zh or en) if (get_language() or "").startswith("zh") else (en or zh)


def sender(request: HttpRequest) -> Sender:
    """Who asks, as far as it is counted."""
    return sender_of(request.META.get("REMOTE_ADDR", ""))


def shown(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A public page, with what every one of them needs."""
    answer = render(request, template, {"telephone": telephone(), **context}, status=status)
    # An address here may hold a code: it is told to no other site, and kept by no search engine.
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def for_everybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A public page: kept nowhere on the way, and with words that tell what to do where somebody asks too often."""

    @never_cache
    @functools.wraps(view)
    def open_to_all(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except TooMany as error:
            minutes = max(1, round(error.where["wait_s"] / 60))
            wait = ngettext("Try again in %(n)s minute.", "Try again in %(n)s minutes.", minutes) % {"n": minutes}
            if minutes > 90:
                hours = round(minutes / 60)
                wait = ngettext("Try again in %(n)s hour.", "Try again in %(n)s hours.", hours) % {"n": hours}
            answer = shown(request, "maps/public/too_many.html", {"wait": wait}, status=429)
            answer.headers["Retry-After"] = str(error.where["wait_s"])
            return answer

    return open_to_all


def code_unknown() -> str:
    """What is said of a code that is none."""
    return _("No report is followed by this code. It has ten letters and digits; I, L, O and U are not among them.")
