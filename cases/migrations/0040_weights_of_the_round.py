"""What a cell weighs in today's round, and how long the round may take."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):
    dependencies = [("cases", "0039_patrol_orders")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
