"""Papers (PDF) that stand for an appeal."""

import django.db.models.deletion
from django.db import migrations, models

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0051_departments_of_facts'),
    ]

    operations = [
        migrations.CreateModel(
            name='AppealPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='file')),
                ('pdf', models.BinaryField()),
                ('appeal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='paper', to='cases.appeal')),
            ],
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
