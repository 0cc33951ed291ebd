"""The duty roster: trades, teams with their base, and shifts; nobody twice at once in a team."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import spatial.postgis.fields
from django.db import migrations, models

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "roles", "team_kinds")


class Migration(migrations.Migration):

    dependencies = [
        ('cells', '0011_plates_of_components'),
    ]

    operations = [
        migrations.CreateModel(
            name='TeamKind',
            fields=[
                ('slug', models.SlugField(max_length=20, primary_key=True, serialize=False, verbose_name='short name')),
                ('rank', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('sent_for', models.CharField(blank=True, help_text='Classes or groups of classes, with spaces: event-05 event-0103 component-01.', max_length=200, verbose_name='sent first for')),
                ('round_the_clock', models.BooleanField(default=False, verbose_name='on duty day and night')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(max_length=60, verbose_name='name (English)')),
            ],
            options={
                'ordering': ('rank', 'slug'),
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(blank=True, max_length=60, verbose_name='name (English)')),
                ('telephone', models.CharField(max_length=30, validators=[django.core.validators.RegexValidator('^\\+?[0-9][0-9 -]{2,28}$', 'Digits only.')], verbose_name='telephone')),
                ('base', spatial.postgis.fields.CityPointField(spatial_index=False, verbose_name='base')),
                ('is_active', models.BooleanField(default=True, verbose_name='is there')),
                ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='cells.grid', verbose_name='serves')),
                ('kind', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='cells.teamkind', verbose_name='kind')),
            ],
            options={
                'ordering': ('territory__code', 'kind__rank', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='DutyShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='cells.person', verbose_name='person')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='cells.team', verbose_name='team')),
            ],
            options={
                'ordering': ('starts_at', 'team', 'pk'),
                'indexes': [django.contrib.postgres.indexes.GistIndex(models.Func('starts_at', 'ends_at', function='TSTZRANGE', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), name='duty_span'), models.Index(fields=['team', 'ends_at'], name='duty_of_team')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='a_shift_ends_after_it_begins'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('team', '='), ('person', '='), (models.Func('starts_at', 'ends_at', function='TSTZRANGE', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='nobody_is_on_duty_twice_in_a_team', violation_error_message='This person is on duty in this team at that time already.')],
            },
        ),
        migrations.AddIndex(
            model_name='team',
            index=django.contrib.postgres.indexes.GistIndex(condition=models.Q(('is_active', True)), fields=['base'], name='team_base'),
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
