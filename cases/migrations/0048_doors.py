"""The doors to the outside: tokens of programs, subscriptions of web-hooks, views for reports."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0047_correction_and_appeals"),
        ('cells', '0014_population'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('cases:read', 'read cases'), ('cases:write', 'report cases'), ('ground:read', 'read grids, cells, components and the catalogue'), ('rates:read', 'read rates')], max_length=12), size=None, verbose_name='opens')),
                ('per_minute', models.PositiveIntegerField(verbose_name='calls a minute')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='valid until')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('last_used_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last used at')),
                ('counted_minute', models.DateTimeField(editable=False, null=True)),
                ('counted_times', models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='HookSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('url', models.CharField(max_length=300, verbose_name='address')),
                ('seed', models.CharField(editable=False, max_length=64)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None, verbose_name='acts that are told')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('cursor', models.BigIntegerField(default=0, editable=False, verbose_name='lines told up to')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
            ],
            options={
                'ordering': ('name',),
            },
        ),
        migrations.AddIndex(
            model_name='caseevent',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['written_at'], name='event_written'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casesource', verbose_name='source'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='territory',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='territory'),
        ),
        migrations.AddField(
            model_name='apitoken',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='hooksubscription',
            name='territory',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='territory'),
        ),
        migrations.AddField(
            model_name='outgoing',
            name='subscription',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='outgoing', to='cases.hooksubscription', verbose_name='subscription'),
        ),
        migrations.AddIndex(
            model_name='outgoing',
            index=models.Index(condition=models.Q(('subscription__isnull', False)), fields=['subscription', 'state', 'sent_at'], name='outgoing_of_subscription'),
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
        # The new column of outgoing messages is one that the web may read, as the others are.
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
        migrations.RunSQL(run.statement("cases", "analytics_v1"), run.statement("cases", "analytics_v1_down")),
    ]
