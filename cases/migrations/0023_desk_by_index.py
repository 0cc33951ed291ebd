"""A unit's queues by one index alone, those of the city in their order, and callers who wait; the owner's own index goes.

What the owner's index did, `case_queue` does, which begins with the owner.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('cases', '0022_ladder_and_double_report')]
    operations = [
        AddIndexConcurrently(
            model_name='case',
            index=models.Index(
                condition=~models.Q(stage__in=['closed', 'declined', 'void']),
                fields=['owner', 'stage', 'due_at', 'reported_at', 'id'],
                include=('assignee', 'wants_help', 'asked', 'asked_of'),
                name='case_desk',
            ),
        ),
        RemoveIndexConcurrently(model_name='case', name='case_unclosed'),
        AddIndexConcurrently(
            model_name='case',
            index=models.Index(
                condition=~models.Q(stage='closed'),
                fields=['stage', 'due_at', 'reported_at', 'id'],
                name='case_unclosed',
            ),
        ),
        AddIndexConcurrently(
            model_name='caller',
            index=models.Index(condition=models.Q(answered_at=None), fields=['case'], name='caller_waits'),
        ),
        migrations.AlterField(
            model_name='case',
            name='owner',
            field=models.ForeignKey(
                blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name='cases', to='cells.grid',
            ),
        ),
    ]
