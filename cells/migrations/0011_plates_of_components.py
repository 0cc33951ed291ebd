"""Components are found by what is read from a plate; the indexes are built while the table is in use."""

from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower, Reverse


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cells", "0010_index_of_graded_cells")]
    operations = [
        AddIndexConcurrently(
            model_name="component",
            index=models.Index(
                OpClass(Lower("source_label"), name="text_pattern_ops"),
                condition=~models.Q(source_label=""),
                name="component_label",
            ),
        ),
        AddIndexConcurrently(
            model_name="component",
            index=models.Index(OpClass(Reverse("code"), name="text_pattern_ops"), name="component_tail"),
        ),
    ]
