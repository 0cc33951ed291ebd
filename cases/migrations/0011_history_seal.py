"""The database seals every line of history from now on."""

from django.db import migrations

from spatial.postgis import run


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_life_of_a_case")]
    operations = [
        migrations.RunSQL(run.statement("cases", "history_seal_v1"), run.statement("cases", "history_seal_v1_down"))
    ]
