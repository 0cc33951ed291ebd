"""The clocks of cases, the marks by which a board sorts, and the stamp that says whether the calendar was edited."""

import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from spatial.postgis import run


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0019_unclosed_cases'),
        ('cells', '0011_plates_of_components'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseClock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('accept', 'accept'), ('dispatch', 'dispatch'), ('handle', 'handle'), ('verify', 'verify before filing'), ('check', 'check before closing')], max_length=10, verbose_name='step')),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='time started')),
                ('part', models.PositiveSmallIntegerField(default=1, verbose_name='part')),
                ('label_zh', models.CharField(blank=True, max_length=60, verbose_name='part (Chinese)')),
                ('label_en', models.CharField(blank=True, max_length=60, verbose_name='part (English)')),
                ('after_previous', models.BooleanField(default=True, verbose_name='after the part before')),
                ('value', models.FloatField(verbose_name='limit')),
                ('unit', models.CharField(choices=[('UH', 'urgent hours (by the clock)'), ('UD', 'urgent days (by the clock)'), ('WH', 'working hours'), ('WD', 'working days')], max_length=2, verbose_name='unit')),
                ('extensions', models.PositiveSmallIntegerField(default=0, verbose_name='extensions')),
                ('state', models.CharField(choices=[('running', 'running'), ('paused', 'paused'), ('stopped', 'stopped')], max_length=8, verbose_name='state')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('amber_at', models.DateTimeField(blank=True, null=True, verbose_name='yellow from')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='due')),
                ('calendar_missing', models.BooleanField(default=False, verbose_name='calendar missing')),
                ('paused_since', models.DateTimeField(blank=True, null=True, verbose_name='paused since')),
                ('pauses', django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(), blank=True, default=list, size=None, verbose_name='pauses')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped at')),
            ],
            options={
                'ordering': ('case', 'pk'),
            },
        ),
        migrations.AddField(
            model_name='case',
            name='amber_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='yellow from'),
        ),
        migrations.AddField(
            model_name='case',
            name='condition',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.filingcondition', verbose_name='filing condition'),
        ),
        migrations.AddField(
            model_name='case',
            name='due_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='due'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at', 'id'], include=('amber_at', 'owner', 'stage', 'catalogue_class'), name='case_due'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['owner', 'due_at', 'id'], include=('amber_at', 'stage', 'catalogue_class'), name='case_due_of_owner'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('due_at__isnull', True), models.Q(('stage__in', ['closed', 'declined', 'void']), _negated=True)), fields=['reported_at', 'id'], include=('owner', 'stage', 'catalogue_class'), name='case_without_end'),
        ),
        migrations.AddField(
            model_name='caseclock',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='cases.case'),
        ),
        migrations.AddIndex(
            model_name='caseclock',
            index=models.Index(condition=models.Q(('calendar_missing', True)), fields=['case'], name='clock_without_calendar'),
        ),
        migrations.AddConstraint(
            model_name='caseclock',
            constraint=models.UniqueConstraint(fields=('case', 'kind', 'round', 'part'), name='a_clock_once_a_case'),
        ),
        migrations.AddConstraint(
            model_name='caseclock',
            constraint=models.CheckConstraint(condition=models.Q(('value__gt', 0)), name='a_clock_has_a_limit'),
        ),
        migrations.AddConstraint(
            model_name='caseclock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amber_at__gt', models.F('started_at')), ('due_at__gte', models.F('amber_at'))), models.Q(('amber_at', None), ('due_at', None)), _connector='OR'), name='a_clock_turns_after_its_start'),
        ),
        migrations.AddConstraint(
            model_name='caseclock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at', None), ('paused_since', None), ('state', 'running'), ('stopped_at', None), ('calendar_missing', True)), models.Q(('due_at__isnull', False), ('paused_since', None), ('state', 'running'), ('stopped_at', None), ('calendar_missing', False)), models.Q(('due_at', None), ('paused_since__gte', models.F('started_at')), ('state', 'paused'), ('stopped_at', None)), models.Q(('paused_since', None), ('state', 'stopped'), ('stopped_at__gte', models.F('started_at'))), _connector='OR'), name='a_clock_is_in_one_state'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('due_at', None), models.Q(('stage__in', ['closed', 'declined', 'void']), _negated=True), _connector='OR'), name='only_open_cases_are_due'),
        ),
        migrations.RunSQL(run.statement("cases", "stamp_on_edit_v1"), run.statement("cases", "stamp_on_edit_v1_down")),
    ]
