"""The working calendar and the limits of the steps, with what a new city starts from."""

import cases.models.calendars
import datetime
import django.db.models.deletion
from django.db import migrations, models

from cells import first_data


def load(apps, schema_editor):
    first_data.load(apps, "rules", "calendar")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0008_first_twin_rules'),
        ('cells', '0009_first_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarYear',
            fields=[
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('mark', models.CharField(choices=[('T', 'seen in a text'), ('I', 'seen in a working system'), ('D', 'deduced'), ('M', 'from memory, to be verified')], default='M', max_length=1, verbose_name='certainty')),
                ('year', models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name='year')),
            ],
            options={
                'verbose_name': 'years whose calendar is known',
                'verbose_name_plural': 'years whose calendar is known',
                'ordering': ('year',),
            },
        ),
        migrations.CreateModel(
            name='SpecialDay',
            fields=[
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('mark', models.CharField(choices=[('T', 'seen in a text'), ('I', 'seen in a working system'), ('D', 'deduced'), ('M', 'from memory, to be verified')], default='M', max_length=1, verbose_name='certainty')),
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='date')),
                ('kind', models.CharField(choices=[('holiday', 'holiday'), ('working', 'working day')], max_length=8, verbose_name='kind')),
                ('name_zh', models.CharField(blank=True, max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(blank=True, max_length=60, verbose_name='name (English)')),
                ('hours', models.CharField(blank=True, help_text='As 08:00-12:00 14:00-18:00; empty: the usual ones.', max_length=120, validators=[cases.models.calendars.validate_hours], verbose_name='hours of its own')),
            ],
            options={
                'verbose_name': 'holidays and make-up days',
                'verbose_name_plural': 'holidays and make-up days',
                'ordering': ('day',),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind', 'working'), ('hours', ''), _connector='OR'), name='a_holiday_has_no_hours')],
            },
        ),
        migrations.CreateModel(
            name='WorkHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('mark', models.CharField(choices=[('T', 'seen in a text'), ('I', 'seen in a working system'), ('D', 'deduced'), ('M', 'from memory, to be verified')], default='M', max_length=1, verbose_name='certainty')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(1, 'Monday'), (2, 'Tuesday'), (3, 'Wednesday'), (4, 'Thursday'), (5, 'Friday'), (6, 'Saturday'), (7, 'Sunday')], verbose_name='day of the week')),
                ('begins', models.TimeField(verbose_name='from')),
                ('ends', models.TimeField(help_text='00:00 is the end of the day.', verbose_name='to')),
            ],
            options={
                'verbose_name': 'working hours of the week',
                'verbose_name_plural': 'working hours of the week',
                'ordering': ('weekday', 'begins'),
                'constraints': [models.UniqueConstraint(fields=('weekday', 'begins'), name='one_stretch_per_beginning'), models.CheckConstraint(condition=models.Q(('weekday__range', (1, 7))), name='weekday_is_one_of_seven'), models.CheckConstraint(condition=models.Q(('ends__gt', models.F('begins')), ('ends', datetime.time(0, 0)), _connector='OR'), name='work_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='StageLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('mark', models.CharField(choices=[('T', 'seen in a text'), ('I', 'seen in a working system'), ('D', 'deduced'), ('M', 'from memory, to be verified')], default='M', max_length=1, verbose_name='certainty')),
                ('stage', models.CharField(choices=[('accept', 'accept'), ('dispatch', 'dispatch'), ('handle', 'handle'), ('verify', 'verify before filing'), ('check', 'check before closing')], max_length=10, verbose_name='step')),
                ('area_class', models.CharField(blank=True, help_text='Empty: for every class of area.', max_length=40, verbose_name='class of area')),
                ('order', models.PositiveSmallIntegerField(default=1, verbose_name='order')),
                ('label_zh', models.CharField(blank=True, max_length=60, verbose_name='part (Chinese)')),
                ('label_en', models.CharField(blank=True, max_length=60, verbose_name='part (English)')),
                ('value', models.DecimalField(decimal_places=4, max_digits=8, verbose_name='limit')),
                ('unit', models.CharField(choices=[('UH', 'urgent hours (by the clock)'), ('UD', 'urgent days (by the clock)'), ('WH', 'working hours'), ('WD', 'working days')], max_length=2, verbose_name='unit')),
                ('after_previous', models.BooleanField(default=True, help_text='If not, the part is counted from the start.', verbose_name='after the part before')),
                ('catalogue_class', models.ForeignKey(blank=True, help_text='Empty: for every class that has none of its own.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='limits', to='cells.catalogueclass', verbose_name='class')),
                ('condition', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='limits', to='cells.filingcondition', verbose_name='filing condition')),
            ],
            options={
                'verbose_name': 'limits of the steps',
                'verbose_name_plural': 'limits of the steps',
                'ordering': ('stage', 'catalogue_class', 'condition', 'area_class', 'order'),
                'constraints': [models.UniqueConstraint(fields=('stage', 'catalogue_class', 'condition', 'area_class', 'order'), name='one_limit_per_part', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('value__gt', 0)), name='a_limit_is_above_nothing'), models.CheckConstraint(condition=models.Q(('condition', None), models.Q(('catalogue_class', None), _negated=True), _connector='OR'), name='a_condition_has_its_class')],
            },
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
