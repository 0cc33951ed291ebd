"""PostgreSQL keeps who sees which case, for the roles of the web."""

from django.db import migrations

from spatial.postgis import run


class Migration(migrations.Migration):
    dependencies = [("cases", "0029_looks_are_kept")]
    operations = [
        migrations.RunSQL(run.statement("cases", "row_security_v1"), run.statement("cases", "row_security_v1_down")),
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
    ]
