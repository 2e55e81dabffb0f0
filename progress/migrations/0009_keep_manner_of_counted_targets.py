from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import migrations

# What a version says nothing of is as plans/document.py had it by itself when this was written.
MANNER = {
    "direction": ("direction", "none"),
    "frequency": ("frequency", ""),
    "against": ("baseline", ""),
    "decimals": ("decimals", 0),
}


def keep(apps: Any, schema_editor: Any) -> None:
    """Have targets read as the version they were laid out from promises them.

    What that version does not hold any more, or not by this name, is read as its indicator is.
    """
    targets = apps.get_model("progress", "CountedTarget").objects
    for target in targets.filter(indicator__isnull=False).select_related("indicator").iterator():
        read = {name: getattr(target.indicator, column) for name, (column, _default) in MANNER.items()}
        targets.filter(pk=target.pk).update(**read)
    rules = apps.get_model("progress", "FilingRule").objects.select_related("laid_out_from")
    for rule in rules.order_by("pk").iterator(chunk_size=20):
        promised = {
            (node["uid"], target["name"]): target
            for node in _walk(json.loads(rule.laid_out_from.content).get("chapters", []))
            for target in node.get("targets", [])
        }
        for target in targets.filter(plan=rule.plan_id, removed_at=None).select_related("item"):
            if (said := promised.get((str(target.item.uid), target.name))) is not None:
                read = {name: said.get(column, default) for name, (column, default) in MANNER.items()}
                targets.filter(pk=target.pk).update(**read)


def _walk(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from _walk(node.get("children", []))


def leave(apps: Any, schema_editor: Any) -> None:
    """Nothing to undo: the columns go with 0008."""


class Migration(migrations.Migration):
    dependencies = [("progress", "0008_manner_of_counted_targets")]

    operations = [migrations.RunPython(keep, leave)]
