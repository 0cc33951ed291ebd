"""What ended in a day or week, by an index of its own."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0032_handovers")]
    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(closed_at__isnull=False),
                fields=["closed_at"],
                include=("owner", "stage", "reported_at"),
                name="case_ended",
            ),
        ),
    ]
