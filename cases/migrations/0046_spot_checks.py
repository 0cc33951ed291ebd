"""Spot checks: draws that can be recomputed, checks, what they found; and the source of the cases."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import spatial.postgis.fields
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "rules", "case_sources", "indicators")


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0045_public_page"),
        ('cells', '0014_population'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SpotDraw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.CharField(max_length=7, unique=True, validators=[django.core.validators.RegexValidator('^\\d{4}-(0[1-9]|1[0-2])$', 'Write the month as 2026-03.')], verbose_name='month')),
                ('seed', models.CharField(max_length=64, verbose_name='seed')),
                ('digest', models.CharField(max_length=64, verbose_name='digest of the seed')),
                ('committed_at', models.DateTimeField(verbose_name='digest shown since')),
                ('words', models.CharField(blank=True, max_length=100, verbose_name='words said at the draw')),
                ('drawn_at', models.DateTimeField(blank=True, null=True, verbose_name='drawn at')),
                ('rules', models.JSONField(blank=True, default=dict, verbose_name='rules as they were')),
                ('until', models.DateField(blank=True, null=True, verbose_name='to be made by')),
                ('committed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('edition', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.edition')),
            ],
            options={
                'ordering': ('-month',),
            },
        ),
        migrations.CreateModel(
            name='SpotCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveIntegerField(verbose_name='order in the draw')),
                ('ground', models.CharField(blank=True, max_length=20, verbose_name='class of ground')),
                ('above', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='made at')),
                ('came_at', models.DateTimeField(blank=True, null=True, verbose_name='came in at')),
                ('note', models.CharField(blank=True, max_length=1000, verbose_name='remark')),
                ('place', spatial.postgis.fields.CityPointField(blank=True, null=True, spatial_index=False, verbose_name='place of the phone')),
                ('accuracy_m', models.FloatField(blank=True, null=True, verbose_name='accuracy, m')),
                ('distance_m', models.FloatField(blank=True, null=True, verbose_name='distance of the phone from the cell, m')),
                ('proved', models.BooleanField(default=False, verbose_name='made at the cell')),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='photo taken at')),
                ('photo_distance_m', models.FloatField(blank=True, null=True, verbose_name='distance of the photo from the cell, m')),
                ('minutes_apart', models.FloatField(blank=True, null=True, verbose_name='minutes between photo and check')),
                ('place_verdict', models.CharField(blank=True, choices=[('there', "taken in the case's cell"), ('near', "taken near the case's cell"), ('far', "taken far from the case's cell"), ('absurd', 'tells a place that cannot be'), ('silent', 'does not tell its place')], max_length=6, verbose_name='place of the photo')),
                ('time_verdict', models.CharField(blank=True, choices=[('fits', 'taken just before it was sent'), ('old', 'taken long before it was sent'), ('ahead', 'taken after it was sent, says its clock'), ('absurd', 'tells a time that cannot be'), ('silent', 'does not tell its time')], max_length=6, verbose_name='time of the photo')),
                ('cell', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.cell', verbose_name='unit cell')),
                ('checker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='spot_checks', to='cells.person', verbose_name='checker')),
                ('grid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='grid')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='unit')),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='cases.spotdraw')),
            ],
            options={
                'ordering': ('draw', 'rank'),
            },
        ),
        migrations.CreateModel(
            name='SpotFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(blank=True, max_length=1000, verbose_name='words')),
                ('known', models.CharField(choices=[('new', 'nobody had reported it'), ('grid', 'the grid had found it'), ('others', 'somebody else had reported it')], max_length=6, verbose_name='known before')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('catalogue_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.catalogueclass')),
                ('check_made', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='cases.spotcheck')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.AddConstraint(
            model_name='spotdraw',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('drawn_at', None), ('edition', None), ('until', None)), models.Q(('drawn_at__isnull', False), ('edition__isnull', False), ('until__isnull', False)), _connector='OR'), name='a_draw_has_its_edition'),
        ),
        migrations.AddIndex(
            model_name='spotcheck',
            index=models.Index(condition=models.Q(('proved', True)), fields=['done_at'], name='spot_checks_made'),
        ),
        migrations.AddIndex(
            model_name='spotcheck',
            index=models.Index(fields=['grid', '-draw'], name='spot_checks_of_grid'),
        ),
        migrations.AddConstraint(
            model_name='spotcheck',
            constraint=models.UniqueConstraint(fields=('draw', 'cell'), name='a_cell_once_a_draw'),
        ),
        migrations.AddConstraint(
            model_name='spotcheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('came_at', None), ('done_at', None), ('proved', False)), models.Q(('came_at__isnull', False), ('checker__isnull', False), ('done_at__isnull', False)), _connector='OR'), name='a_check_has_its_checker'),
        ),
        migrations.AddConstraint(
            model_name='spotfinding',
            constraint=models.UniqueConstraint(fields=('check_made', 'case'), name='a_case_once_a_check'),
        ),
        migrations.RunSQL(run.statement("cases", "spot_guard_v1"), run.statement("cases", "spot_guard_v1_down")),
        # What was found is bound to its cases: who sees the case sees that a check found it.
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
