"""Whether a city has graded any unit cell is answered without reading them all."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cells", "0009_first_rules")]
    operations = [
        AddIndexConcurrently(
            "cellversion",
            models.Index(
                condition=models.Q(("management_grade", ""), _negated=True), fields=["community"], name="cell_graded"
            ),
        )
    ]
