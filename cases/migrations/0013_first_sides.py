"""The roles of the whole life of a case, who sits on which side, and the two words that cities swap, as a city starts."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "roles", "rules", "side_roles", "labels")


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_seal_what_was_written")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
