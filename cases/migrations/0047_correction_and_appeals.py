"""Paid correction: the city's table of items, and a book to which is only ever added. Appeals, and what they take off."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "rules")


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0046_spot_checks"),
        ('cells', '0014_population'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CorrectionItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='number of the item')),
                ('name', models.CharField(max_length=120, verbose_name='item')),
                ('kind_code', models.CharField(max_length=20, verbose_name='class')),
                ('from_days', models.PositiveSmallIntegerField(default=1, verbose_name='from overdue days')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount, yuan')),
                ('per_day', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='for each further day, yuan')),
            ],
            options={
                'ordering': ('table', 'code', 'from_days'),
            },
        ),
        migrations.CreateModel(
            name='CorrectionTable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.CharField(max_length=7, validators=[django.core.validators.RegexValidator('^\\d{4}-(0[1-9]|1[0-2])$', 'Write the month as 2026-03.')], verbose_name='holds from the month')),
                ('source', models.CharField(max_length=200, verbose_name='source')),
                ('taken_in_at', models.DateTimeField(verbose_name='taken in at')),
            ],
            options={
                'ordering': ('-since', '-pk'),
            },
        ),
        migrations.AddField(
            model_name='casefacts',
            name='excused_late',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='casefacts',
            name='excused_rework',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('turn', models.PositiveSmallIntegerField(default=1, verbose_name='opening of the case')),
                ('against', models.CharField(choices=[('late', 'that it was late'), ('rework', 'that it was sent back')], max_length=6, verbose_name='contests')),
                ('words', models.CharField(max_length=1000, verbose_name='evidence')),
                ('at', models.DateTimeField(verbose_name='made at')),
                ('state', models.CharField(choices=[('open', 'waits for its reviewers'), ('accepted', 'accepted by both reviewers'), ('stands', 'not accepted: the fact stands')], default='open', max_length=8, verbose_name='state')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='cases.case', verbose_name='case')),
                ('photo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casephoto')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='unit')),
            ],
            options={
                'ordering': ('-at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='AppealReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agrees', models.BooleanField(verbose_name='agrees')),
                ('words', models.CharField(max_length=500, verbose_name='why')),
                ('at', models.DateTimeField(verbose_name='made at')),
                ('appeal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='cases.appeal')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='CorrectionLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.CharField(max_length=7, validators=[django.core.validators.RegexValidator('^\\d{4}-(0[1-9]|1[0-2])$', 'Write the month as 2026-03.')], verbose_name='month')),
                ('turn', models.PositiveSmallIntegerField(default=1, verbose_name='opening of the case')),
                ('overdue_days', models.PositiveIntegerField(default=0, verbose_name='overdue days')),
                ('whole', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='amount up to the end of the month, yuan')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount, yuan')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('at', models.DateTimeField(verbose_name='entered at')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case', verbose_name='case')),
                ('corrects', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='cases.correctionline')),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.correctionitem')),
                ('unit', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='unit')),
            ],
            options={
                'ordering': ('month', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='CorrectionMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.CharField(max_length=7, unique=True, validators=[django.core.validators.RegexValidator('^\\d{4}-(0[1-9]|1[0-2])$', 'Write the month as 2026-03.')], verbose_name='month')),
                ('total', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='total, yuan')),
                ('lines', models.PositiveIntegerField(verbose_name='lines')),
                ('closed_at', models.DateTimeField(verbose_name='closed at')),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-month',),
            },
        ),
        migrations.AddField(
            model_name='correctionitem',
            name='table',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='cases.correctiontable'),
        ),
        migrations.AddIndex(
            model_name='appeal',
            index=models.Index(fields=['state', '-at'], name='appeals_by_state'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.UniqueConstraint(fields=('case', 'turn', 'against'), name='a_fact_is_contested_once'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='an_appeal_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='appealreview',
            constraint=models.UniqueConstraint(fields=('appeal', 'by'), name='a_reviewer_speaks_once'),
        ),
        migrations.AddIndex(
            model_name='correctionline',
            index=models.Index(fields=['month', 'unit'], name='correction_of_unit'),
        ),
        migrations.AddConstraint(
            model_name='correctionline',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects', None)), fields=('month', 'case', 'turn'), name='a_case_once_a_month'),
        ),
        migrations.AddConstraint(
            model_name='correctionline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('corrects', None), ('item__isnull', False), ('reason', '')), models.Q(('corrects__isnull', False), models.Q(('reason', ''), _negated=True), models.Q(('amount', 0), _negated=True), models.Q(('corrects', models.F('id')), _negated=True)), _connector='OR'), name='a_correction_has_its_reason'),
        ),
        migrations.AddConstraint(
            model_name='correctionitem',
            constraint=models.UniqueConstraint(fields=('table', 'kind_code', 'from_days'), name='one_amount_a_class_and_days'),
        ),
        migrations.AddConstraint(
            model_name='correctionitem',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('from_days__gte', 1), ('per_day__gte', 0)), name='correction_is_not_negative'),
        ),
        migrations.RunSQL(run.statement("cases", "correction_guard_v1"), run.statement("cases", "correction_guard_v1_down")),
        migrations.RunSQL(run.statement("cases", "judged_v2"), run.statement("cases", "judged_v2_down")),
        # Lines and appeals are bound to their cases: who sees the case sees them.
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
