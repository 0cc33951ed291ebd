"""Rules, kinds of checks and the role of the grid officer, as a new city starts."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "roles", "rules", "plan_checks")


class Migration(migrations.Migration):
    dependencies = [("cells", "0008_rules_postings_taking_back")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
