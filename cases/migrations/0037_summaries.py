"""The book of days beside the cases, filled from what is there; a day's cases and what is due by their indexes alone.

Not one transaction, so that writers wait for none of it: the triggers come first, and the count takes away what they
have written by then.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

from spatial.postgis import run


def count(apps, schema_editor):
    from cases import summaries

    summaries.recount()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0036_own_unit")]
    operations = [
        RemoveIndexConcurrently(model_name="case", name="case_newest"),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(fields=["-reported_at"], include=("owner",), name="case_newest"),
        ),
        RemoveIndexConcurrently(model_name="case", name="case_due"),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at", "id"],
                include=("amber_at", "owner", "stage", "catalogue_class", "cell"),
                name="case_due",
            ),
        ),
        RemoveIndexConcurrently(model_name="case", name="case_due_of_owner"),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["owner", "due_at", "id"],
                include=("amber_at", "stage", "catalogue_class", "cell"),
                name="case_due_of_owner",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(run.statement("cases", "day_tallies_v1"), run.statement("cases", "day_tallies_v1_down")),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="DayTally",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "frame", "measure", "day", "key", "placed", "source", "outcome",
                                blank=True, editable=False, primary_key=True, serialize=False,
                            ),
                        ),
                        ("frame", models.CharField(db_collation="C", max_length=8, verbose_name="counted by")),
                        ("measure", models.CharField(db_collation="C", max_length=8, verbose_name="what is counted")),
                        ("day", models.DateField(verbose_name="day")),
                        ("key", models.BigIntegerField()),
                        ("placed", models.BigIntegerField(default=0)),
                        ("source", models.CharField(db_collation="C", default="", max_length=20, verbose_name="source")),
                        ("outcome", models.CharField(db_collation="C", default="", max_length=12, verbose_name="stage")),
                        ("n", models.BigIntegerField(verbose_name="cases")),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name="TallyChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sign", models.SmallIntegerField()),
                ("filed", models.BooleanField()),
                ("owner", models.BigIntegerField()),
                ("cell", models.BigIntegerField()),
                ("edition", models.BigIntegerField()),
                ("catalogue_class", models.BigIntegerField()),
                ("source", models.CharField(max_length=20)),
                ("stage", models.CharField(max_length=12)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL(run.statement("cases", "tally_changes_v1"), run.statement("cases", "tally_changes_v1_down")),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
