"""The ledgers of the towns: entries, counters, and how far the history was read for them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0016_standing_guard'),
        ('cells', '0011_plates_of_components'),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerMark',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('settled', models.BigIntegerField(default=0)),
                ('seen', models.BigIntegerField(default=0)),
                ('seen_xid', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_ledger_mark')],
            },
        ),
        migrations.CreateModel(
            name='LedgerSerial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField()),
                ('town', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('town', 'year'), name='one_ledger_a_year')],
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('serial', models.PositiveIntegerField(verbose_name='serial')),
                ('filed_at', models.DateTimeField(verbose_name='filed at')),
                ('entered_at', models.DateTimeField(verbose_name='entered at')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ledger_entry', to='cases.case', verbose_name='case')),
                ('town', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ledger_entries', to='cells.grid', verbose_name='town')),
            ],
            options={
                'ordering': ('-filed_at', '-pk'),
                'indexes': [
                    models.Index(fields=['town', '-filed_at', '-id'], name='ledger_of_town'),
                    models.Index(fields=['-filed_at', '-id'], name='ledger_newest'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('town', 'year', 'serial'), name='one_case_per_ledger_number'),
                    models.CheckConstraint(condition=models.Q(('serial__gt', 0)), name='ledger_begins_with_one'),
                ],
            },
        ),
    ]
