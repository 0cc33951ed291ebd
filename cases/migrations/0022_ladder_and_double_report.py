"""The ladder and what was decided on it; messages to one person, and such as tell of the same."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "roles", "ladder", "side_roles")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0021_photos_and_fieldwork'),
        ('cells', '0011_plates_of_components'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Precedent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decided_at', models.DateTimeField(verbose_name='decided at')),
                ('note', models.TextField(verbose_name='note')),
            ],
            options={
                'ordering': ('-decided_at', '-pk'),
            },
        ),
        migrations.AddField(
            model_name='case',
            name='came_down',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='times given back to a level below'),
        ),
        migrations.AddField(
            model_name='case',
            name='to_decide',
            field=models.BooleanField(db_default=False, default=False, verbose_name='to be decided whose it is'),
        ),
        migrations.AddField(
            model_name='message',
            name='beside',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='besides', to='cases.message'),
        ),
        migrations.AddField(
            model_name='message',
            name='body',
            field=models.TextField(blank=True, verbose_name='text'),
        ),
        migrations.AddField(
            model_name='message',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='cells.person', verbose_name='person'),
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('cases_came', 'cases came with an edition'), ('cases_went', 'cases went with an edition'), ('reported_up', 'beyond duty: reported to the community'), ('told_seconded', 'beyond duty: told to the seconded officer'), ('found', 'found by the seconded officer')], max_length=20, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='LadderStep',
            fields=[
                ('slug', models.SlugField(max_length=20, primary_key=True, serialize=False, verbose_name='short name')),
                ('rank', models.PositiveSmallIntegerField(unique=True, verbose_name='rank')),
                ('climbs', models.BooleanField(default=True, verbose_name='goes up by itself when the time has run out')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(max_length=60, verbose_name='name (English)')),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.level', verbose_name='level')),
            ],
            options={
                'ordering': ('rank',),
            },
        ),
        migrations.AddField(
            model_name='case',
            name='rung',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.ladderstep', verbose_name='step of the ladder'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('rung__isnull', False)), fields=['cell'], name='case_gone_up'),
        ),
        migrations.AddField(
            model_name='precedent',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='precedents', to='cases.case', verbose_name='case'),
        ),
        migrations.AddField(
            model_name='precedent',
            name='catalogue_class',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.catalogueclass', verbose_name='class'),
        ),
        migrations.AddField(
            model_name='precedent',
            name='cell',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.cell'),
        ),
        migrations.AddField(
            model_name='precedent',
            name='component',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.component'),
        ),
        migrations.AddField(
            model_name='precedent',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='precedent',
            name='decided_on',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.ladderstep', verbose_name='decided on'),
        ),
        migrations.AddField(
            model_name='precedent',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='owner'),
        ),
        migrations.RunSQL(run.statement("cases", "standing_guard_v3"), run.statement("cases", "standing_guard_v2")),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
