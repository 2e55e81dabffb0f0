from __future__ import annotations

import datetime as dt
import hashlib
import json
from importlib import import_module
from typing import Any

from django.db import migrations

stay = import_module("plans.migrations.0004_versions_stay")


def seal(apps: Any, schema_editor: Any) -> None:
    """Seal the versions kept so far, as plans/queries/digests.py did when this was written."""
    versions = apps.get_model("plans", "PlanVersion").objects
    for version in versions.defer("content").order_by("pk").iterator():
        said = {
            "plan": version.plan_id,
            "number": version.number,
            "kind": version.kind,
            "name": version.name,
            "sha256": version.sha256,
            "previous": version.previous_sha256,
            "made_by": version.made_by_id,
            "made_at": version.made_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        }
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        versions.filter(pk=version.pk).update(seal=hashlib.sha256(text.encode()).hexdigest())


def leave(apps: Any, schema_editor: Any) -> None:
    """Nothing to undo: the column goes with 0008."""


class Migration(migrations.Migration):
    dependencies = [("plans", "0008_version_seal")]

    operations = [migrations.RunPython(seal, leave), migrations.RunPython(stay.forbid, stay.allow)]
