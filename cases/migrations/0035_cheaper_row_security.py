"""What the policies of rows ask is asked once a statement, or by an index; what they forbid stays."""

from django.db import migrations

from spatial.postgis import run


class Migration(migrations.Migration):
    dependencies = [("cases", "0034_coverage_gaps")]
    operations = [
        # Read upwards to take back: the old function first, then it binds the tables anew.
        migrations.RunSQL(migrations.RunSQL.noop, run.statement("cases", "bind_rows_v1")),
        migrations.RunSQL(run.statement("cases", "row_security_v2"), run.statement("cases", "row_security_v2_down")),
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
    ]
