"""Departments by number, and which one each case's facts count for: that of the component it is about."""

import django.db.models.deletion
from django.db import migrations, models

from spatial.postgis import run


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0050_sizes_of_orders"),
    ]

    operations = [
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='department')),
            ],
        ),
        migrations.AddField(
            model_name='casefacts',
            name='department',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cases.department'),
        ),
        migrations.RunSQL(run.statement("cases", "departments_of_facts_v1"), migrations.RunSQL.noop),
    ]
