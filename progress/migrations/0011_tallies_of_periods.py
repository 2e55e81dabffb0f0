from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
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
    ]
