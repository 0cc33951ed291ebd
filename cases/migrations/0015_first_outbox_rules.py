"""How often and how long messages are tried, and how long callers are kept, as a new city starts."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_outgoing"), ("cells", "0010_index_of_graded_cells")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
