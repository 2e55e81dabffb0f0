from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from documents.render import font_building, fonts


class Command(BaseCommand):
    help = "Derive the faces of printed documents from TW-Kai (a minute or two, once)."
    # It runs before there is a database, and its checks would report the very thing it is about to do.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="make them again even when up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        sources = fonts.source_dir()
        if sources is None:
            self.stdout.write(
                f"{fonts.KAI_SOURCE} was not found (Debian: fonts-cns11643-kai); "
                f"documents will be set in {fonts.FALLBACK_FAMILY}."
            )
            return
        target = fonts.font_dir()
        if font_building.derive_fonts(sources, target, report=self._report, force=options["force"]):
            fonts.forget()
            # The renderer may run as a user who cannot write here.
            fonts.configure_fontconfig()
            self.stdout.write(self.style.SUCCESS(f"Fonts are ready in {target}."))
        else:
            self.stdout.write(f"Fonts in {target} are up to date.")

    def _report(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
