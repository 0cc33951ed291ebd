"""The database keeps history append-only, and a stage equal to the last line of its history."""

from django.db import migrations

from spatial.postgis import run


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_numbers_and_history_order")]
    operations = [
        migrations.RunSQL(
            run.statement("cases", "history_guard_v1"), run.statement("cases", "history_guard_v1_down")
        )
    ]
