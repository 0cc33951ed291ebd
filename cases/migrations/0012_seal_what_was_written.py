"""The lines of history that were written before there were seals get theirs.

In batches of cases, each its own transaction, so that a large city is not locked as a whole; a run that was stopped is
run again, and takes up what has no seal yet.
"""

from django.db import migrations

from spatial.postgis import run

CASES_AT_ONCE = 20_000


def seal(apps, schema_editor):
    low, high = run.row("cases", "history_bounds_v1")
    if low is None:
        return
    for first in range(low, high + 1, CASES_AT_ONCE):
        run.execute("cases", "history_fill_v1", {"first": first, "until": first + CASES_AT_ONCE})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0011_history_seal")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
