"""How near and how recent a twin is, as a new city starts."""

from django.db import migrations
from django.db.models import Exists, OuterRef

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "twin_rules")
    # A city that took a class out of its catalogue has no rule for it.
    classes = apps.get_model("cells", "CatalogueClass").objects.filter(pk=OuterRef("catalogue_class_id"))
    rules = apps.get_model("cases", "TwinRule").objects.exclude(catalogue_class_id=None)
    rules.filter(~Exists(classes)).delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_callers_and_suggestions")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
