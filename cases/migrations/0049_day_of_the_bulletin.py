"""From which day of a month the bulletin of the last one is made by itself."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):
    dependencies = [("cases", "0048_doors")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
