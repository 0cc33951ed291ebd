"""Where somebody was last seen; messages to those who get a case by the ladder."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

KINDS = [
    ("cases_came", "cases came with an edition"),
    ("cases_went", "cases went with an edition"),
    ("reported_up", "beyond duty: reported to the community"),
    ("told_seconded", "beyond duty: told to the seconded officer"),
    ("found", "found by the seconded officer"),
    ("brought_up", "beyond duty: brought up to this unit"),
    ("climbed", "came up by itself, as the time ran out below"),
    ("to_decide", "this unit is asked to decide whose it is"),
    ("sent_down", "given back to this unit from above"),
    ("decided", "decided above: it belongs to this unit"),
    ("emergency", "emergency: yours to coordinate"),
    ("team_sent", "emergency: your team is sent"),
    ("settled", "emergency: settled as yours"),
]


class Migration(migrations.Migration):
    atomic = False  # an index is made beside the work that goes on
    dependencies = [("cases", "0025_first_grades")]
    operations = [
        migrations.AlterField(
            "message", "kind", models.CharField(choices=KINDS, max_length=20, verbose_name="kind")
        ),
        AddIndexConcurrently(
            "caseevent",
            models.Index(fields=["by", "-at"], condition=models.Q(place__isnull=False), name="event_last_seen"),
        ),
        AddIndexConcurrently(
            "casephoto",
            models.Index(fields=["by", "-taken_at"], condition=models.Q(place__isnull=False), name="photo_last_seen"),
        ),
    ]
