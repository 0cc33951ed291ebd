"""The border rule as a function of the database."""

from django.db import migrations

from spatial.postgis import run


class Migration(migrations.Migration):
    dependencies = [("cells", "0003_first_data")]
    operations = [
        migrations.RunSQL(
            run.statement("cells", "owner_of_point_v1"), "DROP FUNCTION owner_of_point_v1(geometry, integer)"
        )
    ]
