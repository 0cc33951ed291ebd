"""Looks at callers are append-only."""

from django.db import migrations

from spatial.postgis import run


class Migration(migrations.Migration):
    dependencies = [("cases", "0028_coordination")]
    operations = [
        migrations.RunSQL(run.statement("cases", "looks_guard_v1"), run.statement("cases", "looks_guard_v1_down"))
    ]
