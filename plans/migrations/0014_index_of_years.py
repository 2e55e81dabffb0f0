from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("plans", "0013_versions_are_not_replaced")]

    operations = [
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["district", "year", "status", "in_force"], name="plan_years"),
        ),
    ]
