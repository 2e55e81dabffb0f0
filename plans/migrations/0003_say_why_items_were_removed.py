from __future__ import annotations

from typing import Any

from django.db import migrations


def say_replaced(apps: Any, schema_editor: Any) -> None:
    """Until now a line left a plan only when an import replaced it."""
    for name in ("Item", "HistoricalItem"):
        rows = apps.get_model("plans", name).objects.filter(removed_at__isnull=False, removed_as="")
        rows.update(removed_as="replaced")


class Migration(migrations.Migration):
    dependencies = [("plans", "0002_authoring_desk")]

    operations = [migrations.RunPython(say_replaced, migrations.RunPython.noop)]
