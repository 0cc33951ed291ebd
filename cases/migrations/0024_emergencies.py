"""Emergencies: grades and who coordinates, the team that was sent, and cases whose owner must still be settled."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from spatial.postgis import run


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0023_desk_by_index'),
        ('cells', '0012_duty_roster'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EmergencyGrade',
            fields=[
                ('slug', models.SlugField(max_length=20, primary_key=True, serialize=False, verbose_name='short name')),
                ('rank', models.PositiveSmallIntegerField(help_text='The gravest has the highest.', unique=True, verbose_name='rank')),
                ('name_zh', models.CharField(max_length=60, verbose_name='name (Chinese)')),
                ('name_en', models.CharField(max_length=60, verbose_name='name (English)')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('mark', models.CharField(choices=[('T', 'seen in a text'), ('I', 'seen in a working system'), ('D', 'deduced'), ('M', 'from memory, to be verified')], default='M', max_length=1, verbose_name='certainty')),
            ],
            options={
                'ordering': ('-rank',),
            },
        ),
        migrations.AlterModelOptions(
            name='stagelimit',
            options={'ordering': ('stage', 'grade', 'catalogue_class', 'condition', 'area_class', 'order'), 'verbose_name': 'limits of the steps', 'verbose_name_plural': 'limits of the steps'},
        ),
        migrations.RemoveConstraint(
            model_name='stagelimit',
            name='one_limit_per_part',
        ),
        migrations.AddField(
            model_name='case',
            name='coordinator',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='coordinated by'),
        ),
        migrations.AddField(
            model_name='case',
            name='owner_open',
            field=models.BooleanField(db_default=False, default=False, verbose_name='to be settled whose it is'),
        ),
        migrations.AddField(
            model_name='case',
            name='team',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.team', verbose_name='team that was sent'),
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('cases_came', 'cases came with an edition'), ('cases_went', 'cases went with an edition'), ('reported_up', 'beyond duty: reported to the community'), ('told_seconded', 'beyond duty: told to the seconded officer'), ('found', 'found by the seconded officer'), ('emergency', 'emergency: yours to coordinate'), ('team_sent', 'emergency: your team is sent'), ('settled', 'emergency: settled as yours')], max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='siderole',
            name='side',
            field=models.CharField(choices=[('supervision', 'supervision'), ('command', 'command'), ('shift', 'shift'), ('patrol', 'patrol'), ('check', 'check'), ('owner', 'owner'), ('team', 'team')], max_length=12, verbose_name='side'),
        ),
        migrations.AddField(
            model_name='emergencygrade',
            name='level',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.level', verbose_name='level that coordinates'),
        ),
        migrations.AddField(
            model_name='emergencygrade',
            name='role',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cells.role', verbose_name='role that is told'),
        ),
        migrations.AddField(
            model_name='case',
            name='emergency',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.emergencygrade', verbose_name='grade of the emergency'),
        ),
        migrations.AddField(
            model_name='stagelimit',
            name='grade',
            field=models.ForeignKey(blank=True, help_text='Empty: also where there is no emergency.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='limits', to='cases.emergencygrade', verbose_name='grade of the emergency'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('emergency__isnull', False), models.Q(('stage__in', ['closed', 'declined', 'void']), _negated=True)), fields=['reported_at'], name='case_emergency'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('owner_open', False), models.Q(('stage__in', ['closed', 'declined', 'void']), _negated=True), _connector='OR'), name='what_ended_is_settled'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('owner_open', False), ('owner__isnull', False), _connector='OR'), name='who_coordinates_is_known'),
        ),
        migrations.AddConstraint(
            model_name='stagelimit',
            constraint=models.UniqueConstraint(fields=('stage', 'grade', 'catalogue_class', 'condition', 'area_class', 'order'), name='one_limit_per_part', nulls_distinct=False),
        ),
        migrations.RunSQL(run.statement("cases", "standing_guard_v4"), run.statement("cases", "standing_guard_v3")),
    ]
