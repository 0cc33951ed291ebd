"""The filter of the ledger as it stands in an address: the same for the page, the JSON door and the files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.ledger import OPEN, Asked
from cases.models import CaseSource, LedgerEntry, LedgerSerial
from cells.explanation import Area
from cells.models import CatalogueClass, Edition, Grid, GridVersion, Level, NoEditionInForce
from cells.territory import areas_named, territory_of
from maps.stages import STAGE_NAMES

USUAL_DAYS = 30
Choices = list[tuple[str, Any]]


class LedgerFilter(forms.Form):
    """Which lines are shown; what is empty is not asked for."""

    area = forms.ChoiceField(label=_("Town or community"), required=False)
    # "class" is a word of Python: the field is added below.
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    since = forms.DateField(
        label=_("Filed from"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(label=_("to"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    q = forms.CharField(
        label=_("Words or number"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search", "placeholder": _("Words, address, 2026-00017")}),
    )

    def __init__(self, given: Mapping[str, Any], *, by: Any) -> None:
        super().__init__(given, label_suffix="", use_required_attribute=False)
        self.fields["class"] = forms.ChoiceField(label=_("Class"), required=False, choices=class_choices())
        self.fields["area"].choices = _area_choices(by)
        self.fields["stage"].choices = [
            ("", _("All stages")),
            (OPEN, _("Still open")),
            *((str(stage), name) for stage, name in STAGE_NAMES.items()),
        ]
        self.fields["source"].choices = [
            ("", _("All sources")),
            *((source.pk, str(source)) for source in CaseSource.objects.order_by("pk")),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        if any(day and not 1900 <= day.year <= 2199 for day in (since, until)):
            raise forms.ValidationError(_("A day lies before 1900 or after 2199."))
        if since and until and since > until:
            raise forms.ValidationError(_("The period ends before it begins."))
        if "\0" in data.get("q", ""):
            raise forms.ValidationError(_("The words have a sign that no text has."))
        return data

    def asked(self) -> Asked:
        """The valid filter as `cases.ledger` takes it."""
        data = self.cleaned_data
        kind, _dash, code = data["class"].partition("-")
        return Asked(
            area=Grid.objects.get(code=data["area"]) if data["area"] else None,
            kind=kind,
            major=code[:2],
            minor=code[2:],
            stage=data["stage"],
            source=data["source"],
            since=data["since"],
            until=data["until"],
            words=data["q"],
        )

    def in_words(self) -> list[tuple[str, str]]:
        """What is asked for, label by label, as the head of a file says it; nothing for what is not asked for."""
        data = self.cleaned_data
        told = []
        for name in ("area", "class", "stage", "source"):
            if data[name]:
                told.append((str(self.fields[name].label), _chosen(self.fields[name].choices, data[name])))
        if data["since"] or data["until"]:
            period = " – ".join(day.isoformat() if day else "…" for day in (data["since"], data["until"]))
            told.append((str(_("Filed at")), period))
        if data["q"]:
            told.append((str(self.fields["q"].label), data["q"]))
        return told

    def query(self, **changed: str) -> dict[str, str]:
        """The filter as it stands in an address, with something changed."""
        days = {name: value.isoformat() if value else "" for name, value in self._days().items()}
        texts = {name: self.cleaned_data[name] for name in ("area", "class", "stage", "source", "q")}
        return {name: value for name, value in (texts | changed).items() if value} | days

    def _days(self) -> dict[str, dt.date | None]:
        # Also the empty ones: an address that says nothing of a day means the usual period.
        return {name: self.cleaned_data[name] for name in ("since", "until")}


def usual_period() -> dict[str, str]:
    """The last month that has lines, where an address says nothing of days."""
    newest = LedgerEntry.objects.order_by("-filed_at", "-pk").values_list("filed_at", flat=True).first()
    last = timezone.localdate(newest) if newest else timezone.localdate()
    return {"since": (last - dt.timedelta(days=USUAL_DAYS - 1)).isoformat(), "until": last.isoformat()}


def _area_choices(by: Any) -> Choices:
    """Towns with their communities, as far as the reader's territory goes; then towns of old with a ledger."""
    try:
        edition = Edition.objects.in_force()
    except NoEditionInForce:
        return [("", _("Whole city"))]
    versions = (
        GridVersion.objects.of_edition(edition)
        .filter(grid__level__in=(Level.TOWN, Level.COMMUNITY))
        .order_by("grid__code")
        .values_list("grid_id", "grid__level_id", "grid__code", "name_zh", "name_en", "source_label", "parent_id")
    )
    territory = territory_of(by)
    areas = [area for area in (Area(*row) for row in versions) if territory is None or area.id in territory]
    towns = [area for area in areas if area.level == Level.TOWN]
    below: dict[int | None, list[Area]] = {}
    for area in areas:
        if area.level == Level.COMMUNITY:
            below.setdefault(area.parent_id, []).append(area)
    choices: Choices = [("", _("Whole city") if territory is None else _("All of my territory"))]
    for town in towns:
        named = name_of(town)
        choices.append((named, [(town.code, named), *_named(below.pop(town.id, []), indent="· ")]))
    for communities in below.values():
        choices += _named(communities)
    if territory is None:
        kept = set(LedgerSerial.objects.values_list("town", flat=True).distinct()) - {town.id for town in areas}
        choices += _named(areas_named(kept).values())
    return choices


def _named(areas: Iterable[Area], *, indent: str = "") -> Choices:
    return [(area.code, f"{indent}{name_of(area)}") for area in areas]


def name_of(area: Area | None) -> str:
    """An area's name in the reader's language, its code where it has none."""
    return "" if area is None else GridVersion(name_zh=area.name_zh, name_en=area.name_en).name or area.code


def class_choices() -> Choices:
    """Everything, the kinds, and by major class: all of it, and each of its classes."""
    classes = list(CatalogueClass.objects.in_use().order_by("-kind", "major", "minor"))
    kinds = CatalogueClass.Kind
    choices: Choices = [
        ("", _("All classes")),
        (kinds.EVENT.value, _("All events")),
        (kinds.COMPONENT.value, _("All components")),
    ]
    for major in (c for c in classes if not c.minor):
        minors = [c for c in classes if c.minor and (c.kind, c.major) == (major.kind, major.major)]
        named = f"{major.major} {major.name}"
        choices.append(
            (
                named,
                [
                    (f"{major.kind}-{major.major}", named),
                    *((f"{c.kind}-{c.code}", f"· {c.code} {c.name}") for c in minors),
                ],
            )
        )
    return choices


def chosen_class(value: str) -> str:
    """The words of a choice of classes; the value itself where it is none."""
    return _chosen(class_choices(), value) or value


def _chosen(choices: Iterable[tuple[Any, Any]], value: str) -> str:
    """The words of a choice, also one in a group."""
    for key, words in choices:
        if isinstance(words, list | tuple):
            found = _chosen(words, value)
            if found:
                return found
        elif key == value:
            return str(words).removeprefix("· ")
    return ""
