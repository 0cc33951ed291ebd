"""Exchange with other platforms: peers, cases that go up, and the news that are read from a cursor."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from spatial.postgis import run


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0043_open_door"),
        ('cells', '0013_posts_at_every_level'),
    ]

    operations = [
        migrations.AddField(
            model_name='openrequest',
            name='told_upto',
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.CreateModel(
            name='Peer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('url', models.CharField(max_length=300, verbose_name='address of its Open311 door')),
                ('levels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None, verbose_name='levels whose cases go up')),
                ('since', models.DateTimeField(verbose_name='cases reported since')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('cursor', models.BigIntegerField(default=0, verbose_name='news taken in up to')),
                ('heard_at', models.DateTimeField(blank=True, null=True, verbose_name='last heard from')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
                ('classes', models.ManyToManyField(blank=True, related_name='+', to='cells.catalogueclass', verbose_name='classes that go up')),
            ],
            options={
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='ExchangeNews',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('key', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.openkey')),
                ('line', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.caseevent')),
            ],
            options={
                'indexes': [models.Index(fields=['key', 'id'], name='news_of_key')],
            },
        ),
        migrations.CreateModel(
            name='PassedUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(editable=False, max_length=64, unique=True)),
                ('told', models.JSONField(default=dict, verbose_name='what is sent')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sending', 'being sent'), ('sent', 'sent'), ('refused', 'refused there')], default='waiting', max_length=8, verbose_name='state')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('next_at', models.DateTimeField(verbose_name='next attempt')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
                ('number_there', models.CharField(blank=True, max_length=60, verbose_name='number there')),
                ('stage_there', models.CharField(blank=True, max_length=12, verbose_name='stage there')),
                ('changed_there_at', models.DateTimeField(blank=True, null=True, verbose_name='changed there at')),
                ('result', models.TextField(blank=True, verbose_name='what was said of it there')),
                ('news', models.PositiveIntegerField(default=0, verbose_name='news of it')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passed_up', to='cases.case', verbose_name='case')),
                ('peer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='cases.peer')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'sending'])), fields=['next_at', 'id'], name='passed_up_due')],
                'constraints': [models.UniqueConstraint(fields=('case', 'peer'), name='a_case_once_a_peer')],
            },
        ),
        # Both tables are bound to cases: who sees the case sees its rows.
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
    ]
