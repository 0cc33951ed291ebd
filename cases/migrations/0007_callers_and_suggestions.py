# Callers apart from the case, looks at them, rules of twins, models of the words.

import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0006_messages'),
        ('cells', '0009_first_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClassModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made at')),
                ('is_current', models.BooleanField(default=False, verbose_name='in use')),
                ('library', models.CharField(max_length=40, verbose_name='library and version')),
                ('seed', models.BigIntegerField(default=0, verbose_name='seed')),
                ('cases', models.PositiveIntegerField(verbose_name='cases')),
                ('classes', models.PositiveIntegerField(verbose_name='classes')),
                ('held_out', models.PositiveIntegerField(verbose_name='held-out cases')),
                ('top1', models.FloatField(null=True, verbose_name='first suggestion right')),
                ('top3', models.FloatField(null=True, verbose_name='right among three')),
                ('figures', models.JSONField(default=dict, verbose_name='figures by class')),
                ('vocabulary', models.JSONField(default=dict)),
                ('weights', models.BinaryField()),
            ],
            options={
                'ordering': ('-made_at', '-pk'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('is_current',), name='one_current_class_model')],
            },
        ),
        migrations.CreateModel(
            name='Caller',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=60, verbose_name="caller's name")),
                ('telephone', models.CharField(blank=True, max_length=30, verbose_name='telephone')),
                ('words', models.TextField(blank=True, verbose_name='words')),
                ('is_anonymous', models.BooleanField(default=False, verbose_name='anonymous')),
                ('joined_at', models.DateTimeField(verbose_name='joined at')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered at')),
                ('idempotency_key', models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='callers', to='cases.case')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casesource', verbose_name='source')),
                ('taken_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('case_id', 'joined_at', 'pk'),
                'indexes': [models.Index(fields=['case', 'joined_at'], name='case_callers')],
                'constraints': [models.CheckConstraint(condition=models.Q(('is_anonymous', False), models.Q(('name', ''), ('telephone', '')), _connector='OR'), name='anonymous_callers_stay_anonymous')],
            },
        ),
        migrations.CreateModel(
            name='CallerLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='caller_looks', to='cases.case', verbose_name='case')),
            ],
            options={
                'ordering': ('-at', '-pk'),
                'indexes': [models.Index(fields=['by', '-at'], name='looks_of_person')],
            },
        ),
        migrations.CreateModel(
            name='TwinRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('radius_m', models.FloatField(default=50, verbose_name='radius, m')),
                ('window_hours', models.FloatField(default=24, verbose_name='window, hours')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('catalogue_class', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cells.catalogueclass', verbose_name='class')),
            ],
            options={
                'ordering': ('catalogue_class_id',),
                'constraints': [models.UniqueConstraint(django.db.models.functions.comparison.Coalesce('catalogue_class_id', 0, output_field=models.BigIntegerField()), name='one_twin_rule_per_class'), models.CheckConstraint(condition=models.Q(('radius_m__gt', 0), ('radius_m__lte', 5000), ('window_hours__gt', 0), ('window_hours__lte', 8784)), name='twin_rule_has_a_reach')],
            },
        ),
    ]
