"""How far a server's clock may lie behind the last line of a case."""

from django.db import migrations

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0052_papers_of_appeals"),
    ]

    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
