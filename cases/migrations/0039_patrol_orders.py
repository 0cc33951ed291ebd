"""Patrol orders: cells that somebody is to walk, seen by whom they concern."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from spatial.postgis import run


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0037_summaries"),
        ("cells", "0013_posts_at_every_level"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PatrolOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("given_at", models.DateTimeField(verbose_name="given at")),
                ("until", models.DateField(verbose_name="until the end of")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("taken_back_at", models.DateTimeField(blank=True, null=True, verbose_name="taken back at")),
                ("taken_back_why", models.CharField(blank=True, max_length=200, verbose_name="why it was taken back")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patrol_orders",
                        to="cells.person",
                        verbose_name="to",
                    ),
                ),
                (
                    "taken_back_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-given_at", "-pk"),
            },
        ),
        migrations.CreateModel(
            name="PatrolOrderCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cells.cell",
                        verbose_name="cell",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cells.grid",
                        verbose_name="community",
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cells.grid",
                        verbose_name="third-level grid",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cells",
                        to="cases.patrolorder",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="patrolorder",
            index=models.Index(fields=["-given_at"], name="patrol_orders_newest"),
        ),
        migrations.AddIndex(
            model_name="patrolorder",
            index=models.Index(fields=["person", "-given_at"], name="patrol_orders_of_person"),
        ),
        migrations.AddConstraint(
            model_name="patrolorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("taken_back_at", None), ("taken_back_by", None), ("taken_back_why", "")),
                    models.Q(
                        ("taken_back_at__isnull", False),
                        ("taken_back_by__isnull", False),
                        models.Q(("taken_back_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="order_is_taken_back_by_somebody_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="patrolordercell",
            constraint=models.UniqueConstraint(fields=("order", "cell"), name="cell_once_in_an_order"),
        ),
        migrations.RunSQL(
            run.statement("cases", "patrol_order_rows_v1"), run.statement("cases", "patrol_order_rows_v1_down")
        ),
    ]
