"""How large a patrol order may be, and how long it may run and is remembered."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):
    dependencies = [("cases", "0049_day_of_the_bulletin")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
