"""The data a new city starts from: levels, roles, the catalogue, sources of cases (the files in `fixtures/`).

Rows are added where they are missing and never changed: a city edits them. Run by the first migrations, and safe to
run again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from django.apps import apps as live
from django.apps.registry import Apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection


def load(apps: Apps, *names: str) -> int:
    """Add the rows of `fixtures/<name>.json` that are missing; the number added.

    `apps` is the registry to write through: a migration's or the live one.
    """
    added = 0
    for name in names:
        by_model: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in json.loads((settings.FIXTURE_DIRS[0] / f"{name}.json").read_text(encoding="utf-8")):
            by_model[item["model"]].append(item)
        for label, items in by_model.items():
            model = apps.get_model(label)
            attributes = {field.name: field.attname for field in model._meta.concrete_fields}
            # A migration's models lack the fields that came later; the migration that adds them says their values.
            to_come = set() if apps is live else {name for item in items for name in item["fields"]} - attributes.keys()
            there = set(model.objects.values_list("pk", flat=True))
            keyed = {model._meta.pk.to_python(item["pk"]): item["fields"] for item in items}
            fresh = [
                model(pk=key, **{attributes[name]: value for name, value in fields.items() if name not in to_come})
                for key, fields in keyed.items()
                if key not in there
            ]
            added += len(model.objects.bulk_create(fresh, batch_size=1000))
            with connection.cursor() as cursor:
                for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
                    cursor.execute(statement)
    return added
