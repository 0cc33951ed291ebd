"""Patrols: points by day, visits, records and flags; the figures by which they are counted."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0030_row_security'),
        ('cells', '0011_plates_of_components'),
    ]

    operations = [
        migrations.CreateModel(
            name='TrackDevice',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('label', models.CharField(blank=True, max_length=60, verbose_name='label')),
                ('crs', models.CharField(max_length=20, verbose_name='CRS as given')),
            ],
        ),
        # Partitioned, which Django does not know: made as it stands in the file, and told to Django.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(run.statement("cases", "track_points_v1"), run.statement("cases", "track_points_v1_down")),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='TrackPoint',
                    fields=[
                        ('pk', models.CompositePrimaryKey('person_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('at', models.DateTimeField(verbose_name='at')),
                        ('x', models.FloatField(verbose_name='easting, m, city CRS, 1 mm')),
                        ('y', models.FloatField(verbose_name='northing, m, city CRS, 1 mm')),
                        ('accuracy_m', models.FloatField(verbose_name='accuracy, m')),
                        ('device', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.trackdevice')),
                        ('person', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cells.person')),
                    ],
                ),
            ],
        ),
        migrations.RunSQL(run.statement("cases", "track_days_v1"), run.statement("cases", "track_days_v1_down")),
        migrations.CreateModel(
            name='CellVisit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('first_at', models.DateTimeField(verbose_name='first seen')),
                ('last_at', models.DateTimeField(verbose_name='last seen')),
                ('seconds', models.FloatField(verbose_name='time, s')),
                ('metres', models.FloatField(verbose_name='way on foot, m')),
                ('street_share', models.FloatField(blank=True, null=True, verbose_name='share of its streets seen')),
                ('mode', models.PositiveSmallIntegerField(choices=[(0, 'single points'), (1, 'on foot'), (2, 'driven past')], verbose_name='mode')),
                ('cell', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='cells.cell')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='visits', to='cells.person')),
            ],
            options={
                'indexes': [models.Index(fields=['day', 'cell'], name='visits_of_day'), models.Index(fields=['cell', '-day'], name='visits_of_cell')],
                'constraints': [models.UniqueConstraint(fields=('person', 'day', 'cell'), name='one_visit_a_day_and_cell'), models.CheckConstraint(condition=models.Q(('street_share', None), models.Q(('street_share__gte', 0), ('street_share__lte', 1)), _connector='OR'), name='share_of_streets')],
            },
        ),
        migrations.CreateModel(
            name='PatrolRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('points', models.PositiveIntegerField(default=0, verbose_name='points')),
                ('first_at', models.DateTimeField(blank=True, null=True, verbose_name='first seen')),
                ('last_at', models.DateTimeField(blank=True, null=True, verbose_name='last seen')),
                ('seconds', models.FloatField(default=0, verbose_name='time on the way, s')),
                ('metres', models.FloatField(default=0, verbose_name='way on foot, m')),
                ('metres_driven', models.FloatField(default=0, verbose_name='way driven, m')),
                ('minutes', models.PositiveSmallIntegerField(default=0, verbose_name='minutes with a point')),
                ('path_marks', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('place_marks', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('compared', models.BooleanField(default=False, verbose_name='compared with all others')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('weather', models.CharField(blank=True, max_length=40, verbose_name='weather')),
                ('completed_at', models.DateTimeField(blank=True, null=True, verbose_name='completed at')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='patrols', to='cells.person', verbose_name='person')),
            ],
            options={
                'ordering': ('-day', 'person'),
                'indexes': [models.Index(fields=['day'], name='patrol_of_day'), models.Index(condition=models.Q(('compared', False)), fields=['person'], name='patrol_to_compare')],
                'constraints': [models.UniqueConstraint(fields=('person', 'day'), name='one_patrol_record_a_day')],
            },
        ),
        migrations.CreateModel(
            name='TrackFlag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('teleport', 'faster than anybody can be'), ('replay', 'the same track once more'), ('two_phones', 'two phones of one person at two places'), ('same_place', 'two persons at exactly one place')], max_length=12, verbose_name='kind')),
                ('day', models.DateField(verbose_name='day')),
                ('other_day', models.DateField(blank=True, null=True, verbose_name='other day')),
                ('at', models.DateTimeField(blank=True, null=True, verbose_name='first at')),
                ('times', models.PositiveIntegerField(default=1, verbose_name='how often')),
                ('other_person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cells.person', verbose_name='other person')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='track_flags', to='cells.person', verbose_name='person')),
            ],
            options={
                'ordering': ('-day', 'person', 'kind'),
                'indexes': [models.Index(fields=['day'], name='track_flags_of_day'), models.Index(condition=models.Q(('other_day__isnull', False)), fields=['other_person', 'other_day'], name='track_flags_of_other')],
                'constraints': [models.UniqueConstraint(fields=('person', 'day', 'kind', 'other_person', 'other_day'), name='one_flag_of_a_kind', nulls_distinct=False)],
            },
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
