"""The public page: followers and opinions, released photos, limits of use; notices and awards."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "public_page")


def bind(apps, schema_editor):
    """Bind followers, opinions and released photos to cases: who sees the case sees its rows.

    Tables are found by their foreign keys, and these Django makes last of all in a migration: here they are made first.
    """
    while schema_editor.deferred_sql:
        schema_editor.execute(schema_editor.deferred_sql.pop(0))
    schema_editor.execute(run.statement("cases", "bind_rows_v1"))


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0044_exchange"),
        ('cells', '0014_population'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Follower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code_digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('came_at', models.DateTimeField(verbose_name='came at')),
                ('joined', models.BooleanField(default=False, verbose_name="joined another's report")),
                ('caller', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='follower', to='cases.caller')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='followers', to='cases.case')),
            ],
        ),
        migrations.CreateModel(
            name='PublicUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('who', models.CharField(max_length=64)),
                ('what', models.CharField(max_length=10)),
                ('span', models.CharField(choices=[('hour', 'hour'), ('day', 'day')], max_length=4)),
                ('since', models.DateTimeField()),
                ('times', models.PositiveIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['since'], name='public_use_past')],
                'constraints': [models.UniqueConstraint(fields=('who', 'what', 'span', 'since'), name='a_span_once_a_sender')],
            },
        ),
        migrations.CreateModel(
            name='ReleasedPhoto',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='released at')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='released_photos', to='cases.case')),
                ('photo', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='release', to='cases.casephoto')),
            ],
        ),
        migrations.CreateModel(
            name='Award',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('receiver', models.CharField(max_length=120, verbose_name='who')),
                ('reason', models.CharField(max_length=300, verbose_name='what for')),
                ('awarded_on', models.DateField(verbose_name='when')),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='amount, yuan')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('approved', models.BooleanField(blank=True, null=True, verbose_name='approved')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
            ],
            options={
                'ordering': ('-awarded_on', '-pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='awards_take_two_persons'), models.CheckConstraint(condition=models.Q(models.Q(('approved', None), ('decided_at', None), ('decided_by', None)), models.Q(('approved__isnull', False), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='awards_are_decided_or_not'), models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gt', 0), _connector='OR'), name='awards_give_something')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('words', models.TextField(verbose_name='text')),
                ('is_public', models.BooleanField(default=False, verbose_name='for everybody')),
                ('first_day', models.DateField(verbose_name='from')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='until')),
                ('posted_at', models.DateTimeField(verbose_name='posted at')),
                ('taken_down_at', models.DateTimeField(blank=True, null=True, verbose_name='taken down at')),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.level', verbose_name='level')),
                ('posted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='posted by')),
                ('taken_down_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken down by')),
            ],
            options={
                'ordering': ('-first_day', '-pk'),
                'indexes': [models.Index(fields=['-first_day', '-id'], name='notices_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day', None), ('last_day__gte', models.F('first_day')), _connector='OR'), name='notices_end_after_they_begin')],
            },
        ),
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ending', models.PositiveSmallIntegerField(verbose_name='which ending of the case')),
                ('satisfied', models.BooleanField(verbose_name='satisfied')),
                ('words', models.TextField(blank=True, verbose_name='words')),
                ('said_at', models.DateTimeField(verbose_name='said at')),
                ('reopened', models.BooleanField(default=False, verbose_name='reopened the case')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='cases.case')),
                ('follower', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='cases.follower')),
            ],
            options={
                'ordering': ('-said_at', '-pk'),
                'indexes': [models.Index(fields=['-said_at', '-id'], name='opinions_newest')],
                'constraints': [models.UniqueConstraint(fields=('follower', 'ending'), name='an_opinion_once_an_ending')],
            },
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
        migrations.RunPython(bind, migrations.RunPython.noop),
    ]
