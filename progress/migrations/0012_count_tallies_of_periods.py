from __future__ import annotations

from typing import Any

from django.db import migrations
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
        (tally(period_id=row.pop("pk"), **row) for row in rows.iterator(chunk_size=2000)),
        batch_size=500,
        ignore_conflicts=True,  # what a step has counted since 0011 stands
    )


def leave(apps: Any, schema_editor: Any) -> None:
    apps.get_model("progress", "PeriodTally").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("progress", "0011_tallies_of_periods")]

    operations = [migrations.RunPython(count, leave)]
