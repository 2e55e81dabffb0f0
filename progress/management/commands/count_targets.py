from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from progress.services.counting import recount_plans


class Command(BaseCommand):
    help = "Count all targets anew: with each period that ends more is expected. To be run every morning."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=dt.date.fromisoformat, default=None, help="as if it were that day")

    def handle(self, *args: Any, **options: Any) -> None:
        today = options["on"] or timezone.localdate()
        self.stdout.write(f"{today}: {recount_plans(on=today)} plan(s)")
