"""Judging the work: facts of cases, indicators, schemes, rankings and what follows from them."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "rules", "indicators", "schemes")


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0040_weights_of_the_round"),
        ('cells', '0013_posts_at_every_level'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FactsMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.BigIntegerField(default=0)),
                ('next_event', models.BigIntegerField(default=0)),
                ('next_snapshot', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Indicator',
            fields=[
                ('key', models.SlugField(max_length=40, primary_key=True, serialize=False, verbose_name='key')),
                ('rank', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(max_length=60, verbose_name='name (English)')),
                ('numerator', models.CharField(max_length=200, verbose_name='numerator')),
                ('denominator', models.CharField(max_length=200, verbose_name='denominator')),
                ('period', models.CharField(choices=[('due', 'due in the period'), ('closed', 'closed in the period'), ('filed', 'filed in the period'), ('reported', 'reported in the period'), ('done', 'done in the period')], max_length=8, verbose_name='which cases count')),
                ('higher_is_better', models.BooleanField(default=True, verbose_name='higher is better')),
                ('of_plan', models.BooleanField(default=False, verbose_name="one of the plan's five")),
                ('mark', models.CharField(choices=[('T', 'seen in a text'), ('I', 'seen in an implementation'), ('D', 'deduced'), ('M', 'from memory'), ('O', 'our own reading')], max_length=1, verbose_name='how sure')),
                ('source', models.CharField(max_length=200, verbose_name='source of the definition')),
                ('note_zh', models.CharField(blank=True, max_length=200, verbose_name='note (Chinese)')),
                ('note_en', models.CharField(blank=True, max_length=200, verbose_name='note (English)')),
            ],
            options={
                'verbose_name': 'indicators',
                'verbose_name_plural': 'indicators',
                'ordering': ('rank', 'key'),
            },
        ),
        migrations.CreateModel(
            name='Scheme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=30, verbose_name='short name')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(blank=True, max_length=60, verbose_name='name (English)')),
                ('since', models.CharField(max_length=7, validators=[django.core.validators.RegexValidator('^\\d{4}-(0[1-9]|1[0-2])$', 'Write the month as 2026-03.')], verbose_name='holds from the month')),
                ('grades', models.JSONField(blank=True, default=list, verbose_name='grades')),
                ('fine', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='fine of the last, yuan')),
                ('rewards', models.JSONField(blank=True, default=list, verbose_name="rewards of the quarter's first, yuan")),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made at')),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.level', verbose_name='level of the units')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
            ],
            options={
                'verbose_name': 'schemes',
                'verbose_name_plural': 'schemes',
                'ordering': ('slug', '-version'),
            },
        ),
        migrations.CreateModel(
            name='RankingEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('fine', 'fine of the last place'), ('reward', 'reward of the quarter')], max_length=6, verbose_name='kind')),
                ('period', models.CharField(max_length=7, verbose_name='month or quarter')),
                ('place', models.PositiveSmallIntegerField(verbose_name='place')),
                ('score', models.DecimalField(decimal_places=2, max_digits=7, verbose_name='score')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount, yuan')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('state', models.CharField(choices=[('proposed', 'waits for approval'), ('approved', 'approved'), ('refused', 'refused')], default='proposed', max_length=8, verbose_name='state')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='unit')),
                ('scheme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.scheme', verbose_name='scheme')),
            ],
            options={
                'verbose_name': 'register of fines and rewards',
                'verbose_name_plural': 'register of fines and rewards',
                'ordering': ('-period', 'kind', 'place', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Ranking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.CharField(max_length=7, validators=[django.core.validators.RegexValidator('^\\d{4}-(0[1-9]|1[0-2])$', 'Write the month as 2026-03.')], verbose_name='month')),
                ('lines', models.JSONField(verbose_name='lines')),
                ('notice', models.TextField(verbose_name='notice')),
                ('published_at', models.DateTimeField(verbose_name='published at')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('within', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='units below')),
                ('scheme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rankings', to='cases.scheme', verbose_name='scheme')),
            ],
            options={
                'ordering': ('-month', 'scheme', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='SchemePart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('kind', models.CharField(choices=[('share', 'weight × rate'), ('threshold', 'full from a threshold, less for each point below'), ('steps', 'points by steps of a count'), ('deduction', 'points off for each case')], max_length=9, verbose_name='kind')),
                ('fact', models.CharField(blank=True, max_length=40, verbose_name='fact that is counted')),
                ('weight', models.DecimalField(decimal_places=2, max_digits=6, verbose_name='weight')),
                ('threshold', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='threshold, per cent')),
                ('each', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='points off for each')),
                ('steps', models.JSONField(blank=True, default=list, verbose_name='steps')),
                ('indicator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.indicator', verbose_name='indicator')),
                ('scheme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='cases.scheme', verbose_name='scheme')),
            ],
            options={
                'ordering': ('scheme', 'rank', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='CaseFacts',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('turn', models.PositiveSmallIntegerField()),
                ('lines', models.PositiveIntegerField()),
                ('edition', models.PositiveIntegerField(null=True)),
                ('found_by', models.CharField(max_length=1)),
                ('missed', models.BooleanField()),
                ('untrue', models.BooleanField()),
                ('reported_at', models.DateTimeField()),
                ('accept_due_at', models.DateTimeField(null=True)),
                ('verify_sent_at', models.DateTimeField(null=True)),
                ('verify_due_at', models.DateTimeField(null=True)),
                ('verified_at', models.DateTimeField(null=True)),
                ('filed_at', models.DateTimeField(null=True)),
                ('dispatch_due_at', models.DateTimeField(null=True)),
                ('dispatched_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('planned_due_at', models.DateTimeField(null=True)),
                ('first_handled_at', models.DateTimeField(null=True)),
                ('handled_at', models.DateTimeField(null=True)),
                ('check_ask_due_at', models.DateTimeField(null=True)),
                ('check_sent_at', models.DateTimeField(null=True)),
                ('check_due_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('reworked_at', models.DateTimeField(null=True)),
                ('extended_at', models.DateTimeField(null=True)),
                ('escalated_at', models.DateTimeField(null=True)),
                ('climbed_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('declined_at', models.DateTimeField(null=True)),
                ('void_at', models.DateTimeField(null=True)),
                ('last_at', models.DateTimeField()),
                ('reported_by', models.IntegerField(null=True)),
                ('verify_sent_by', models.IntegerField(null=True)),
                ('verified_by', models.IntegerField(null=True)),
                ('filed_by', models.IntegerField(null=True)),
                ('dispatched_by', models.IntegerField(null=True)),
                ('handled_by', models.IntegerField(null=True)),
                ('check_sent_by', models.IntegerField(null=True)),
                ('checked_by', models.IntegerField(null=True)),
                ('escalated_by', models.IntegerField(null=True)),
                ('closed_by', models.IntegerField(null=True)),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cases.case')),
                ('cell', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cells.cell')),
                ('city', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cells.grid')),
                ('community', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cells.grid')),
                ('district', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cells.grid')),
                ('grid', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cells.grid')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cells.grid')),
                ('town', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cells.grid')),
            ],
            options={
                'indexes': [models.Index(fields=['last_at'], name='facts_of_period'), models.Index(fields=['reported_at'], name='facts_by_report')],
                'constraints': [models.UniqueConstraint(fields=('case', 'turn'), name='facts_once_an_opening')],
            },
        ),
        migrations.AddConstraint(
            model_name='scheme',
            constraint=models.UniqueConstraint(fields=('slug', 'version'), name='one_scheme_a_version'),
        ),
        migrations.AddConstraint(
            model_name='rankingentry',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'refused'), _negated=True), fields=('kind', 'period', 'scheme', 'unit'), name='one_entry_that_stands'),
        ),
        migrations.AddConstraint(
            model_name='rankingentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='an_amount_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='rankingentry',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='two_persons_decide'),
        ),
        migrations.AddConstraint(
            model_name='rankingentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'proposed')), models.Q(models.Q(('state', 'proposed'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='a_decision_has_its_person'),
        ),
        migrations.AddConstraint(
            model_name='ranking',
            constraint=models.UniqueConstraint(fields=('month', 'scheme', 'within'), name='a_month_is_published_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='schemepart',
            constraint=models.CheckConstraint(condition=models.Q(('weight__gte', 0)), name='a_weight_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='schemepart',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('indicator__isnull', False), ('kind__in', ('share', 'threshold'))), models.Q(('kind__in', ('steps', 'deduction')), models.Q(('fact', ''), _negated=True)), _connector='OR'), name='a_part_scores_something'),
        ),
        migrations.RunSQL(run.statement("cases", "judged_v1"), run.statement("cases", "judged_v1_down")),
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
