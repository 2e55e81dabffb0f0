from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from review.queries.reminders import reminders
from review.services.reminders import send_digest


class Command(BaseCommand):
    help = "Send each person one digest of what waits for them; nobody gets two on a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=dt.date.fromisoformat, default=None, help="as if it were that day")
        parser.add_argument("--dry-run", action="store_true", help="only print who would be reminded of what")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        today = options["on"] or timezone.localdate(now)
        sent = 0
        for reminder in reminders(today):
            if options["dry_run"]:
                self.stdout.write(f"{reminder.person}: {len(reminder.lines)} line(s)")
                for line in reminder.lines:
                    self.stdout.write(f"  {line.words % line.parameters}")
            elif send_digest(reminder, at=now):
                sent += 1
                self.stdout.write(f"{reminder.person}: {len(reminder.lines)} line(s)")
        if not options["dry_run"]:
            self.stdout.write(f"{today}: {sent} digest(s)")
