"""Several departments over one case: coordination, meetings, the joint plan, commitments; parts of a case."""

import django.db.models.deletion
import spatial.postgis.fields
from django.conf import settings
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "rules", "side_roles")


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0027_first_figures_of_the_desk'),
        ('cells', '0012_duty_roster'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('cases_came', 'cases came with an edition'), ('cases_went', 'cases went with an edition'), ('reported_up', 'beyond duty: reported to the community'), ('told_seconded', 'beyond duty: told to the seconded officer'), ('found', 'found by the seconded officer'), ('to_meeting', 'called to a coordination meeting'), ('to_sign', 'a commitment to sign'), ('commitment_late', 'a commitment is past its limit'), ('brought_up', 'beyond duty: brought up to this unit'), ('climbed', 'came up by itself, as the time ran out below'), ('to_decide', 'this unit is asked to decide whose it is'), ('sent_down', 'given back to this unit from above'), ('decided', 'decided above: it belongs to this unit'), ('emergency', 'emergency: yours to coordinate'), ('team_sent', 'emergency: your team is sent'), ('settled', 'emergency: settled as yours')], max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='siderole',
            name='side',
            field=models.CharField(choices=[('supervision', 'supervision'), ('command', 'command'), ('shift', 'shift'), ('patrol', 'patrol'), ('check', 'check'), ('owner', 'owner'), ('coordination', 'coordination'), ('partner', 'partner'), ('team', 'team')], max_length=12, verbose_name='side'),
        ),
        migrations.CreateModel(
            name='Coordination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='reason')),
                ('called_at', models.DateTimeField(verbose_name='called at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('outcome', models.TextField(blank=True, verbose_name='outcome')),
                ('called_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='called by')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coordinations', to='cases.case', verbose_name='case')),
                ('ended_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='coordinating unit')),
            ],
            options={
                'ordering': ('-called_at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='Commitment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('department', models.CharField(blank=True, max_length=120, verbose_name='department')),
                ('text', models.TextField(verbose_name='text')),
                ('limit_value', models.FloatField(blank=True, null=True, verbose_name='limit')),
                ('limit_unit', models.CharField(blank=True, choices=[('UH', 'UH'), ('UD', 'UD'), ('WH', 'WH'), ('WD', 'WD')], max_length=2, verbose_name='unit of the limit')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('written_at', models.DateTimeField(verbose_name='written at')),
                ('signer', models.CharField(blank=True, max_length=120, verbose_name='signed by')),
                ('signed_at', models.DateTimeField(blank=True, null=True, verbose_name='signed at')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='digest as signed')),
                ('state', models.CharField(choices=[('open', 'open'), ('met', 'met'), ('released', 'released'), ('withdrawn', 'withdrawn unsigned')], default='open', max_length=10, verbose_name='state')),
                ('release_reason', models.TextField(blank=True, verbose_name='why it is to be released')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled at')),
                ('settled_note', models.TextField(blank=True, verbose_name='remark')),
                ('told_late_at', models.DateTimeField(blank=True, null=True, verbose_name='told as late at')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='cases.case', verbose_name='case')),
                ('release_asked_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='release asked by')),
                ('settled_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='settled by')),
                ('signed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signature given by')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='cells.grid', verbose_name='unit')),
                ('written_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                ('coordination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commitments', to='cases.coordination')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Meeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('place_words', models.CharField(max_length=200, verbose_name='place')),
                ('place', spatial.postgis.fields.CityPointField(blank=True, null=True, spatial_index=False, verbose_name='place on the map')),
                ('called_at', models.DateTimeField(verbose_name='called at')),
                ('minutes', models.TextField(blank=True, verbose_name='minutes')),
                ('minutes_at', models.DateTimeField(blank=True, null=True, verbose_name='minutes written at')),
                ('called_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='called by')),
                ('coordination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meetings', to='cases.coordination')),
                ('minutes_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='minutes by')),
            ],
            options={
                'ordering': ('at', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Participant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('department', models.CharField(blank=True, max_length=120, verbose_name='department')),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='cases.meeting')),
                ('person', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.person', verbose_name='person')),
                ('unit', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='unit')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='PlanStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveSmallIntegerField(verbose_name='order')),
                ('department', models.CharField(blank=True, max_length=120, verbose_name='department')),
                ('what', models.TextField(verbose_name='what')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('added_at', models.DateTimeField(verbose_name='added at')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('added_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by')),
                ('coordination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='cases.coordination')),
                ('done_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done, says')),
                ('unit', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='unit')),
            ],
            options={
                'ordering': ('order',),
            },
        ),
        migrations.CreateModel(
            name='CasePart',
            fields=[
                ('child', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='part_of', serialize=False, to='cases.case', verbose_name='part')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('parent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='cases.case', verbose_name='whole')),
            ],
            options={
                'ordering': ('since', 'child_id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('child', models.F('parent')), _negated=True), name='a_part_is_not_the_whole')],
            },
        ),
        migrations.AddConstraint(
            model_name='coordination',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('case',), name='one_coordination_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['case'], name='commitment_open'),
        ),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(condition=models.Q(('state', 'open'), ('told_late_at', None)), fields=['due_at'], name='commitment_to_be_late'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('unit', None), _negated=True), ('department', '')), models.Q(models.Q(('department', ''), _negated=True), ('unit', None)), _connector='OR'), name='a_commitment_is_one_unit_s'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('digest', ''), ('signed_at', None), ('signer', '')), models.Q(models.Q(('signed_at', None), _negated=True), models.Q(('digest', ''), _negated=True), models.Q(('signer', ''), _negated=True)), _connector='OR'), name='a_signature_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('state', 'open')), models.Q(('signed_at', None), ('state', 'withdrawn'), models.Q(('settled_at', None), _negated=True)), models.Q(('state__in', ['met', 'released']), models.Q(('signed_at', None), _negated=True), models.Q(('settled_at', None), _negated=True)), _connector='OR'), name='a_commitment_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('unit', None), _negated=True), models.Q(('person', None), _negated=True), models.Q(('department', ''), _negated=True), _connector='OR'), name='a_participant_is_somebody'),
        ),
        migrations.AddConstraint(
            model_name='planstep',
            constraint=models.UniqueConstraint(fields=('coordination', 'order'), name='one_step_a_place_in_the_plan'),
        ),
        migrations.AddConstraint(
            model_name='planstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('unit', None), _negated=True), ('department', '')), models.Q(models.Q(('department', ''), _negated=True), ('unit', None)), _connector='OR'), name='a_step_is_one_unit_s'),
        ),
        migrations.RunSQL(
            run.statement("cases", "commitment_guard_v1"), run.statement("cases", "commitment_guard_v1_down")
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
