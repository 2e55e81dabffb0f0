from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from plans.models import Plan
from progress.services.periods import move_due_days


class Command(BaseCommand):
    help = "Move due days of periods by the government's calendar, after that of another year was loaded."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be moved")

    def handle(self, *args: Any, **options: Any) -> None:
        now, count = timezone.now(), 0
        today = timezone.localdate(now)
        coming = Plan.objects.filter(periods__due_on__gte=today, periods__closed_at__isnull=True)
        for plan in coming.distinct().order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                for period in move_due_days(plan, at=now):
                    self.stdout.write(f"{period.plan.title}　{period.span_words} → {period.due_on}")
                    count += 1
                transaction.set_rollback(options["dry_run"])
        self.stdout.write(f"{count} period(s)")
