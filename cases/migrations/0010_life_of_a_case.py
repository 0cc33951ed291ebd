"""The whole life of a case: how it stands besides its stage, photos, seals of histories, sides and labels as data."""

import cases.workflow
import django.contrib.postgres.indexes
import django.db.models.deletion
import spatial.postgis.fields
from django.conf import settings
from django.db import migrations, models

ENDS_GREW = """
DROP INDEX open_case_place;
CREATE INDEX open_case_place ON cases_case USING gist (place) WHERE NOT (stage IN ('closed', 'declined', 'void'));
"""
ENDS_AS_THEY_WERE = """
DROP INDEX open_case_place;
CREATE INDEX open_case_place ON cases_case USING gist (place) WHERE NOT (stage IN ('closed', 'void'));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0009_calendars'),
        ('cells', '0009_first_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CasePhoto',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('before', 'before the work'), ('after', 'after the work')], max_length=6, verbose_name='kind')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='file name')),
                ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='taken at')),
                ('place', spatial.postgis.fields.CityPointField(blank=True, null=True, spatial_index=False, verbose_name='place')),
                ('added_at', models.DateTimeField(verbose_name='added at')),
            ],
        ),
        migrations.CreateModel(
            name='HistorySeal',
            fields=[
                ('case', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='seal', serialize=False, to='cases.case')),
                ('lines', models.PositiveIntegerField()),
                ('digest', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Label',
            fields=[
                ('slug', models.SlugField(max_length=40, primary_key=True, serialize=False, verbose_name='short name')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(max_length=60, verbose_name='name (English)')),
            ],
            options={
                'ordering': ('slug',),
            },
        ),
        migrations.CreateModel(
            name='SideRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('supervision', 'supervision'), ('command', 'command'), ('shift', 'shift'), ('patrol', 'patrol'), ('check', 'check'), ('owner', 'owner')], max_length=12, verbose_name='side')),
                ('by_place', models.BooleanField(default=False, verbose_name='by the place of the case')),
            ],
            options={
                'ordering': ('side', 'role'),
            },
        ),
        migrations.AddField(
            model_name='case',
            name='asked',
            field=models.CharField(blank=True, choices=[('extension', 'extension'), ('hold', 'hold'), ('void', 'void')], db_default='', default='', max_length=10, verbose_name='asked for'),
        ),
        migrations.AddField(
            model_name='case',
            name='asked_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by'),
        ),
        migrations.AddField(
            model_name='case',
            name='asked_of',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='to be looked at by'),
        ),
        migrations.AddField(
            model_name='case',
            name='asked_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='hold asked until'),
        ),
        migrations.AddField(
            model_name='case',
            name='checker',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by'),
        ),
        migrations.AddField(
            model_name='case',
            name='evaluated',
            field=models.BooleanField(db_default=False, default=False, verbose_name='evaluated'),
        ),
        migrations.AddField(
            model_name='case',
            name='extensions',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='extensions'),
        ),
        migrations.AddField(
            model_name='case',
            name='handler',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='handled by'),
        ),
        migrations.AddField(
            model_name='case',
            name='hold_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='on hold until'),
        ),
        migrations.AddField(
            model_name='case',
            name='holds',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='holds'),
        ),
        migrations.AddField(
            model_name='case',
            name='on_spot',
            field=models.BooleanField(db_default=False, default=False, verbose_name='fixed on the spot'),
        ),
        migrations.AddField(
            model_name='case',
            name='reopened',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='times reopened'),
        ),
        migrations.AddField(
            model_name='case',
            name='returns',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='times returned'),
        ),
        migrations.AddField(
            model_name='case',
            name='reworks',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='times reworked'),
        ),
        migrations.AddField(
            model_name='case',
            name='true',
            field=models.BooleanField(blank=True, null=True, verbose_name='found to be true'),
        ),
        migrations.AddField(
            model_name='caseevent',
            name='clocks',
            field=models.JSONField(blank=True, db_default=models.Value({}, output_field=models.JSONField()), default=dict, verbose_name='clocks at that moment'),
        ),
        migrations.AddField(
            model_name='caseevent',
            name='digest',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='caseevent',
            name='given',
            field=models.JSONField(blank=True, db_default=models.Value({}, output_field=models.JSONField()), default=dict, verbose_name='given with it'),
        ),
        migrations.AddField(
            model_name='caseevent',
            name='place',
            field=spatial.postgis.fields.CityPointField(blank=True, null=True, spatial_index=False, verbose_name='place'),
        ),
        migrations.AddField(
            model_name='caseevent',
            name='written_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='written at'),
        ),
        migrations.AlterField(
            model_name='case',
            name='stage',
            field=models.CharField(choices=[('reported', 'reported'), ('verifying', 'verifying'), ('verified', 'verified'), ('accepted', 'accepted'), ('filed', 'filed'), ('dispatched', 'dispatched'), ('handling', 'handling'), ('held', 'held'), ('handled', 'handled'), ('checking', 'checking'), ('checked', 'checked'), ('closed', 'closed'), ('declined', 'declined'), ('void', 'void')], default=cases.workflow.Stage['REPORTED'], max_length=12, verbose_name='stage'),
        ),
        # Django's schema editor leaves the condition of a GiST index on a geometry out: see 0005.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ENDS_GREW, ENDS_AS_THEY_WERE)],
            state_operations=[
                migrations.RemoveIndex(model_name='case', name='open_case_place'),
                migrations.AddIndex(
                    model_name='case',
                    index=django.contrib.postgres.indexes.GistIndex(
                        condition=models.Q(('stage__in', ['closed', 'declined', 'void']), _negated=True),
                        fields=['place'], name='open_case_place',
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('stage', 'held')), fields=['hold_until'], name='case_hold_ends'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('asked', ''), _negated=True), fields=['asked', 'reported_at'], name='case_asking'),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='casephoto',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='photos', to='cases.case', verbose_name='case'),
        ),
        migrations.AddField(
            model_name='caseevent',
            name='photo',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casephoto'),
        ),
        migrations.AddField(
            model_name='siderole',
            name='level',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.level', verbose_name='level of territory'),
        ),
        migrations.AddField(
            model_name='siderole',
            name='role',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sides', to='cells.role', verbose_name='role'),
        ),
        migrations.AddConstraint(
            model_name='casephoto',
            constraint=models.UniqueConstraint(fields=('case', 'sha256'), name='a_photo_once_a_case'),
        ),
        migrations.AddConstraint(
            model_name='siderole',
            constraint=models.UniqueConstraint(fields=('side', 'role'), name='a_role_once_a_side'),
        ),
    ]
