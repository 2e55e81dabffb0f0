from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from districtplans.backups import BackupError, back_up, name_of_backup


class Command(BaseCommand):
    help = "Write the database and all stored files into one file, while the site goes on working."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output", type=Path, default=Path(), help="a new file, or a folder for one named by the time"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        path: Path = options["output"]
        if path.is_dir():
            path /= name_of_backup(now)
        try:
            manifest = back_up(path.absolute(), at=now)
        except BackupError as error:
            raise CommandError(str(error)) from error
        size = path.stat().st_size / 1024 / 1024
        rows = sum(manifest.rows.values())
        self.stdout.write(
            f"{path}: {rows} rows of {len(manifest.rows)} tables, {manifest.files} files, {size:.0f} MB"
        )
