"""The grades of emergencies with their limits, and who speaks for a team, as a city starts."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "roles", "side_roles", "emergency_grades")


class Migration(migrations.Migration):
    dependencies = [("cases", "0024_emergencies")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
