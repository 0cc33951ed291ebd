"""Which reports are citizens' own, and the figures by which a gap in coverage is told."""

from django.db import migrations, models

from cells import first_data

CITIZENS = ("hotline", "public")


def load(apps, schema_editor):
    first_data.load(apps, "rules")
    apps.get_model("cases.CaseSource").objects.filter(pk__in=CITIZENS).update(citizens=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0033_what_ended")]
    operations = [
        migrations.AddField(
            model_name="casesource",
            name="citizens",
            field=models.BooleanField(db_default=False, default=False, verbose_name="citizens report by it"),
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
