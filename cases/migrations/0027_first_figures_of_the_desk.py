"""By what people are proposed, and what an evaluation gives marks to, as a new city starts."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "rules", "labels")


class Migration(migrations.Migration):
    dependencies = [("cases", "0026_people_proposed_and_told"), ("cells", "0012_duty_roster")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
