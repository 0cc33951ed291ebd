"""Posts at every level with their kinds and holders; telephones of people; substitutes in grids."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "roles", "rules", "post_kinds")


class Migration(migrations.Migration):

    dependencies = [
        ('cells', '0012_duty_roster'),
    ]

    operations = [
        migrations.AddField(
            model_name='person',
            name='telephone',
            field=models.CharField(blank=True, max_length=30, validators=[django.core.validators.RegexValidator('^\\+?[0-9][0-9 -]{2,28}$', 'Digits only.')], verbose_name='telephone'),
        ),
        migrations.AddField(
            model_name='posting',
            name='stands_in_for',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cells.person', verbose_name='stands in for'),
        ),
        migrations.CreateModel(
            name='PostKind',
            fields=[
                ('slug', models.SlugField(max_length=30, primary_key=True, serialize=False, verbose_name='short name')),
                ('rank', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('by_posting', models.BooleanField(default=False, help_text='Its holders act in the grid; they have the role.', verbose_name='held by a posting')),
                ('needed', models.BooleanField(default=False, verbose_name='every grid of the level needs one')),
                ('reach', models.SlugField(blank=True, help_text="The beginning of two rules' names: office_towns of office_towns_least and office_towns_most.", max_length=30, verbose_name='rule of how many grids one person has')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(max_length=60, verbose_name='name (English)')),
                ('duty_zh', models.TextField(blank=True, verbose_name='duty (Chinese)')),
                ('duty_en', models.TextField(blank=True, verbose_name='duty (English)')),
                ('reward_zh', models.TextField(blank=True, verbose_name='reward and penalty (Chinese)')),
                ('reward_en', models.TextField(blank=True, verbose_name='reward and penalty (English)')),
                ('also_level', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.level', verbose_name='or level')),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='post_kinds', to='cells.level', verbose_name='level')),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='post_kinds', to='cells.role', verbose_name='role')),
            ],
            options={
                'ordering': ('rank', 'slug'),
            },
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('duty', models.TextField(blank=True, verbose_name='duty')),
                ('reward', models.TextField(blank=True, verbose_name='reward and penalty')),
                ('grid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='cells.grid', verbose_name='grid')),
                ('kind', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='cells.postkind', verbose_name='kind')),
            ],
            options={
                'ordering': ('grid__code', 'kind__rank'),
            },
        ),
        migrations.CreateModel(
            name='PostHolder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(blank=True, max_length=80, verbose_name='office or team')),
                ('since', models.DateField(verbose_name='since')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='held_posts', to='cells.person', verbose_name='person')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holders', to='cells.post', verbose_name='post')),
                ('stands_in_for', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cells.person', verbose_name='stands in for')),
            ],
            options={
                'ordering': ('post', 'since', 'pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('since')), _connector='OR'), name='a_post_is_left_after_it_is_taken'), models.CheckConstraint(condition=models.Q(('stands_in_for', None), models.Q(('stands_in_for', models.F('person')), _negated=True), _connector='OR'), name='nobody_stands_in_for_himself'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('post', '='), ('person', '='), (models.Func('since', 'until', function='DATERANGE', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='nobody_holds_a_post_twice_at_once', violation_error_message='This person holds this post at that time already.')],
            },
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.UniqueConstraint(fields=('kind', 'grid'), name='one_post_of_a_kind_at_a_grid'),
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
