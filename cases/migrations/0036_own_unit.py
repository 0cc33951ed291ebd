"""Where a seconded officer comes from, and his side: what he and the responsible officer cannot solve goes there."""

import django.db.models.deletion
from django.db import migrations, models

from cells import first_data
from spatial.postgis import run


def load(apps, schema_editor):
    first_data.load(apps, "side_roles")
    apps.get_model("cases.LadderStep").objects.filter(pk="department").update(seconds=True)


class Migration(migrations.Migration):
    dependencies = [("cases", "0035_cheaper_row_security"), ("cells", "0013_posts_at_every_level")]
    operations = [
        migrations.AddField(
            model_name="ladderstep",
            name="seconds",
            field=models.BooleanField(db_default=False, default=False, verbose_name="seconds officers into the grids"),
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('cases_came', 'cases came with an edition'), ('cases_went', 'cases went with an edition'), ('reported_up', 'beyond duty: reported to the community'), ('told_seconded', 'beyond duty: told to the seconded officer'), ('found', 'found by the seconded officer'), ('to_own_unit', 'beyond both officers of the grid: brought to this unit, which seconded one'), ('told_responsible', 'beyond both: gone to the unit that seconded the other officer'), ('to_meeting', 'called to a coordination meeting'), ('to_sign', 'a commitment to sign'), ('commitment_late', 'a commitment is past its limit'), ('brought_up', 'beyond duty: brought up to this unit'), ('climbed', 'came up by itself, as the time ran out below'), ('to_decide', 'this unit is asked to decide whose it is'), ('sent_down', 'given back to this unit from above'), ('decided', 'decided above: it belongs to this unit'), ('emergency', 'emergency: yours to coordinate'), ('team_sent', 'emergency: your team is sent'), ('settled', 'emergency: settled as yours')], max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='siderole',
            name='side',
            field=models.CharField(choices=[('supervision', 'supervision'), ('command', 'command'), ('shift', 'shift'), ('patrol', 'patrol'), ('check', 'check'), ('owner', 'owner'), ('seconded', 'seconded'), ('coordination', 'coordination'), ('partner', 'partner'), ('team', 'team')], max_length=12, verbose_name='side'),
        ),
        migrations.CreateModel(
            name='OwnUnit',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='own_unit', serialize=False, to='cells.person', verbose_name='person')),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.ladderstep', verbose_name='step')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cells.grid', verbose_name='unit')),
            ],
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
        migrations.RunSQL(run.statement("cases", "bind_rows_v1"), migrations.RunSQL.noop),
    ]
