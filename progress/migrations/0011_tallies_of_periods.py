from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Count, Q

# As services/tallies.py had them when this was written.
RELEASED = Q(reports__status__in=["released", "accepted"])
NUMBERS = {
    "owed": Q(),
    "unfiled": Q(reports__status__in=["draft", "returned"]),
    "counted": RELEASED,
    "behind": RELEASED & Q(reports__state="behind"),
}


def count(apps: Any, schema_editor: Any) -> None:
    owed = Q(reports__removed_at__isnull=True)
    periods = apps.get_model("progress", "Period").objects.order_by()
    rows = periods.values("pk").annotate(
        **{name: Count("reports", filter=owed & condition) for name, condition in NUMBERS.items()}
    )
    tally = apps.get_model("progress", "PeriodTally")
    tally.objects.bulk_create(
        (tally(period_id=row.pop("pk"), **row) for row in rows.iterator(chunk_size=2000)), batch_size=500
    )


def leave(apps: Any, schema_editor: Any) -> None:
    """Nothing to undo: the table goes."""


class Migration(migrations.Migration):
    dependencies = [("progress", "0010_targets_counted_from_an_index")]

    operations = [
        migrations.CreateModel(
            name="PeriodTally",
            fields=[
                (
                    "period",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="tally",
                        serialize=False,
                        to="progress.period",
                        verbose_name="period",
                    ),
                ),
                ("owed", models.PositiveIntegerField(default=0, verbose_name="owed")),
                ("unfiled", models.PositiveIntegerField(default=0, verbose_name="not filed")),
                ("counted", models.PositiveIntegerField(default=0, verbose_name="released")),
                ("behind", models.PositiveIntegerField(default=0, verbose_name="behind, of those released")),
            ],
            options={
                "verbose_name": "tally of a period",
                "verbose_name_plural": "tallies of periods",
                "ordering": ["period"],
            },
        ),
        migrations.RunPython(count, leave),
    ]
