from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from districtplans.backups import BackupError, restore


class Command(BaseCommand):
    help = "Fill an empty database, and an empty place for files, with a backup; then verify what it holds."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what backup_site wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest.rows.values())
        self.stdout.write(
            f"as of {manifest.made_at}: {rows} rows of {len(manifest.rows)} tables, {manifest.files} files"
        )
        call_command("verify_versions", stdout=self.stdout)
