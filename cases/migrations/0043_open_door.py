"""The Open311 door: what it says, the classes it is open for, its questions, keys, and what came by it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "open_door")


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0041_judging"),
        ('cells', '0013_posts_at_every_level'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OpenService',
            fields=[
                ('catalogue_class', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='open_service', serialize=False, to='cells.catalogueclass', verbose_name='class')),
                ('name_zh', models.CharField(blank=True, max_length=120, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(blank=True, max_length=160, verbose_name='name (English)')),
                ('group_zh', models.CharField(blank=True, max_length=120, verbose_name='group (Chinese)')),
                ('group_en', models.CharField(blank=True, max_length=160, verbose_name='group (English)')),
                ('description_zh', models.CharField(blank=True, max_length=500, verbose_name='description (Chinese)')),
                ('description_en', models.CharField(blank=True, max_length=500, verbose_name='description (English)')),
                ('keywords_zh', models.CharField(blank=True, max_length=300, verbose_name='keywords (Chinese), commas between')),
                ('keywords_en', models.CharField(blank=True, max_length=300, verbose_name='keywords (English), commas between')),
                ('notice_zh', models.CharField(blank=True, max_length=500, verbose_name='what is said to who reports (Chinese)')),
                ('notice_en', models.CharField(blank=True, max_length=500, verbose_name='what is said to who reports (English)')),
                ('may_report', models.BooleanField(default=True, verbose_name='may be reported')),
                ('is_shown', models.BooleanField(default=True, verbose_name='its cases are shown')),
            ],
            options={
                'ordering': ('catalogue_class',),
            },
        ),
        migrations.CreateModel(
            name='OpenDoor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('specification', models.CharField(max_length=200, verbose_name='specification')),
                ('jurisdiction', models.CharField(blank=True, max_length=100, verbose_name='jurisdiction id')),
                ('contact', models.CharField(max_length=300, verbose_name='contact')),
                ('key_service', models.CharField(max_length=300, verbose_name='how to get a key')),
                ('changed_at', models.DateTimeField(verbose_name='changed at')),
                ('is_production', models.BooleanField(default=True, verbose_name='for real reports')),
                ('keep_outside', models.BooleanField(default=False, verbose_name='keep reports from outside the city')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_open_door')],
            },
        ),
        migrations.CreateModel(
            name='OpenKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='name')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('report', 'send reports'), ('exchange', 'exchange cases with another platform')], max_length=10), size=None, verbose_name='opens')),
                ('per_minute', models.PositiveIntegerField(verbose_name='reports a minute')),
                ('per_day', models.PositiveIntegerField(verbose_name='reports a day')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='valid until')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.casesource', verbose_name='source')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='OpenRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('came_at', models.DateTimeField(verbose_name='came at')),
                ('attributes', models.JSONField(blank=True, default=dict, verbose_name='answers')),
                ('media_url', models.CharField(blank=True, max_length=500, verbose_name='address of a picture, never fetched')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='open_request', to='cases.case')),
                ('key', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='cases.openkey')),
            ],
            options={
                'indexes': [models.Index(fields=['digest', '-came_at'], name='open_request_again')],
            },
        ),
        migrations.CreateModel(
            name='OpenAttribute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, verbose_name='code')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='order')),
                ('datatype', models.CharField(choices=[('string', 'short text'), ('number', 'number'), ('datetime', 'moment'), ('text', 'long text'), ('singlevaluelist', 'one of a list'), ('multivaluelist', 'several of a list')], max_length=16, verbose_name='kind of answer')),
                ('asks', models.BooleanField(default=True, verbose_name='asks something (else it only tells)')),
                ('required', models.BooleanField(default=False, verbose_name='must be answered')),
                ('description_zh', models.CharField(max_length=300, verbose_name='question (Chinese)')),
                ('description_en', models.CharField(max_length=300, verbose_name='question (English)')),
                ('hint_zh', models.CharField(blank=True, max_length=300, verbose_name='how to answer (Chinese)')),
                ('hint_en', models.CharField(blank=True, max_length=300, verbose_name='how to answer (English)')),
                ('values', models.JSONField(blank=True, default=list, verbose_name='list: key, Chinese, English')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attributes', to='cases.openservice')),
            ],
            options={
                'ordering': ('service', 'rank'),
                'constraints': [models.UniqueConstraint(fields=('service', 'code'), name='a_question_once_a_service'), models.UniqueConstraint(fields=('service', 'rank'), name='one_question_a_rank'), models.CheckConstraint(condition=models.Q(('rank__gte', 1)), name='ranks_begin_with_one'), models.CheckConstraint(condition=models.Q(('asks', True), ('required', False), _connector='OR'), name='what_only_tells_needs_no_answer')],
            },
        ),
        migrations.CreateModel(
            name='OpenUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('span', models.CharField(choices=[('minute', 'minute'), ('day', 'day')], max_length=6)),
                ('since', models.DateTimeField()),
                ('times', models.PositiveIntegerField()),
                ('key', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cases.openkey')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'span', 'since'), name='a_span_once_a_key')],
            },
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
        # `open_request` is bound to cases: who sees the case sees its row.
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
    ]
