"""Levels, roles and the catalogue, as a new city starts."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "levels", "roles", "catalogue")


class Migration(migrations.Migration):
    dependencies = [("cells", "0002_the_city")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
