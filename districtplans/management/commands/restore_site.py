from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from districtplans.backups import BackupError, restore
from review.models import Mail


class Command(BaseCommand):
    help = "Fill an empty database, and an empty place for files, with a backup; then verify what it holds."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what backup_site wrote")
        parser.add_argument(
            "--drop-mail",
            action="store_true",
            help="give up the mails that wait in it: for a site on which a backup is only looked at",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.rows.values())
        self.stdout.write(
            f"as of {manifest.made_at}: {rows} rows of {len(manifest.rows)} tables, {manifest.files} files"
        )
        waiting = Mail.objects.waiting()
        if options["drop_mail"]:
            dropped = waiting.update(dropped_at=timezone.now(), last_error="given up at the restoration")
            self.stdout.write(f"{dropped} mails given up")
        elif count := waiting.count():
            self.stdout.write(f"{count} mails wait and will be sent by the worker")
        call_command("verify_versions", stdout=self.stdout)
