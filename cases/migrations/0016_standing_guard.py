"""How a case stands besides its stage changes only with a line of its history."""

from django.db import migrations

from spatial.postgis import run


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_first_outbox_rules")]
    operations = [
        migrations.RunSQL(run.statement("cases", "standing_guard_v1"), run.statement("cases", "standing_guard_v1_down"))
    ]
