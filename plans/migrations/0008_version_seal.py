from __future__ import annotations

from importlib import import_module

from django.db import migrations, models

stay = import_module("plans.migrations.0004_versions_stay")


class Migration(migrations.Migration):
    dependencies = [("plans", "0007_attachment_digest")]

    operations = [
        # The rule of the database is lifted until the versions there are have their seals (0009).
        migrations.RunPython(stay.allow, stay.forbid),
        migrations.AddField(
            model_name="planversion",
            name="seal",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="seal"),
        ),
    ]
