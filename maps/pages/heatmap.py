"""The heatmap page: period and class in the address, the map in a frame, the hottest places beside it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from cases.models import Case
from cells.models import CatalogueClass
from cells.territory import territory_of
from maps import heatmap, security
from maps.pages.dispatch import city_bounds

USUAL_DAYS = 30
SPANS = ((7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("a year")))


class Filter(forms.Form):
    """Which cases are counted."""

    since = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("to"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    classes = forms.ChoiceField(label=_("Class"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classes"].choices = _class_choices()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        if any(day and not 1900 <= day.year <= 2199 for day in (since, until)):
            raise forms.ValidationError(_("A day lies before 1900 or after 2199."))
        if since and until and since > until:
            raise forms.ValidationError(_("The period ends before it begins."))
        return data

    def asked(self, user: Any) -> heatmap.Asked:
        """The valid filter as the heatmap takes it: whole local days, the last included; in the user's territory."""
        data = self.cleaned_data
        territory = territory_of(user)
        kind, _dash, code = data["classes"].partition("-")
        return heatmap.Asked(
            since=_midnight(data["since"]),
            until=_midnight(data["until"] + dt.timedelta(days=1)),
            kind=kind,
            code=code,
            territory=None if territory is None else tuple(territory),
        )


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """The filter, the frame with the map, and the list of hot places."""
    form = _filter(request)
    bounds = city_bounds()
    valid = form.is_valid() and bounds is not None
    last = form.initial["until"]
    spans = [
        {"name": name, "since": (last - dt.timedelta(days=days - 1)).isoformat(), "until": last.isoformat()}
        for days, name in SPANS
    ]
    context = {
        "form": form,
        "bounds": bounds,
        "heat": heatmap.heat(form.asked(request.user)) if valid else None,
        "query": "&".join(f"{name}={form[name].value() or ''}" for name in form.fields),
        "spans": spans,
        "gradient": ", ".join(heatmap.GRADIENT.values()),
    }
    return render(request, "maps/reports/heatmap.html", context)


@require_safe
@login_required
def drawing(request: HttpRequest) -> HttpResponse:
    """The map itself, a document of its own for the frame."""
    form = _filter(request)
    bounds = city_bounds()
    if bounds is None or not form.is_valid():
        return HttpResponse(status=400)
    drawn = heatmap.draw(form.asked(request.user), bounds)
    headers = {security.HEADER: security.INLINE_SCRIPTS, "X-Frame-Options": "SAMEORIGIN"}
    return HttpResponse(drawn, headers=headers)


def _filter(request: HttpRequest) -> Filter:
    """The filter asked for; without one, the last month that has cases."""
    newest = Case.objects.in_territory_of(request.user).aggregate(at=Max("reported_at"))["at"]
    last = timezone.localdate(newest) if newest else timezone.localdate()
    usual = {"since": last - dt.timedelta(days=USUAL_DAYS - 1), "until": last, "classes": ""}
    return Filter({**usual, **{k: v for k, v in request.GET.items() if k in usual and v}}, initial=usual)


def _class_choices() -> list[tuple[str, Any]]:
    """Everything, the kinds, and each major class of the catalogue in use."""
    majors = CatalogueClass.objects.in_use().filter(minor="").order_by("-kind", "major")
    kinds = CatalogueClass.Kind
    return [
        ("", _("All cases")),
        (kinds.EVENT.value, _("All events")),
        (kinds.COMPONENT.value, _("All components")),
        *((f"{c.kind}-{c.major}", f"{c.major} {c.name}") for c in majors),
    ]


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
