"""Photos know their place and time beside the case's, acts are done once under a key, a case is one person's work."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0020_clocks_of_cases'),
        ('cells', '0011_plates_of_components'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DoneOnce',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, verbose_name='key')),
                ('asked', models.CharField(max_length=64, verbose_name='digest of what was asked')),
                ('result', models.JSONField(default=dict, verbose_name='result')),
                ('done_at', models.DateTimeField(verbose_name='done at')),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='assignee',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='assigned to'),
        ),
        migrations.AddField(
            model_name='case',
            name='wants_help',
            field=models.BooleanField(db_default=False, default=False, verbose_name='help wanted'),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='distance_m',
            field=models.FloatField(blank=True, null=True, verbose_name='distance from the cell, m'),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='height',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='height'),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='minutes_apart',
            field=models.FloatField(blank=True, null=True, verbose_name='minutes before it was sent'),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='place_verdict',
            field=models.CharField(blank=True, choices=[('there', "taken in the case's cell"), ('near', "taken near the case's cell"), ('far', "taken far from the case's cell"), ('absurd', 'tells a place that cannot be'), ('silent', 'does not tell its place')], default='', max_length=6, verbose_name='place'),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='sent_sha256',
            field=models.CharField(blank=True, default='', max_length=64, verbose_name='SHA-256 as sent'),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='time_verdict',
            field=models.CharField(blank=True, choices=[('fits', 'taken just before it was sent'), ('old', 'taken long before it was sent'), ('ahead', 'taken after it was sent, says its clock'), ('absurd', 'tells a time that cannot be'), ('silent', 'does not tell its time')], default='', max_length=6, verbose_name='time'),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='width',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='width'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('assignee__isnull', False)), fields=['assignee'], name='case_work_of'),
        ),
        migrations.AddIndex(
            model_name='casephoto',
            index=models.Index(fields=['sha256'], name='photo_by_digest'),
        ),
        migrations.AddField(
            model_name='doneonce',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='doneonce',
            constraint=models.UniqueConstraint(fields=('user', 'key'), name='a_key_once_a_user'),
        ),
        migrations.RunSQL(run.statement("cases", "standing_guard_v2"), run.statement("cases", "standing_guard_v1")),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
