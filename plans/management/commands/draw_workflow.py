from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import override

from plans.workflow import diagram, table

PAGE = Path("docs/workflow.md")
BEGIN, END = "<!-- begin: manage.py draw_workflow -->\n", "<!-- end -->\n"


class Command(BaseCommand):
    help = "Write the diagram and the table of a plan's steps into docs/workflow.md, from plans/workflow.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 where the page differs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / PAGE
        old = path.read_text()
        before, rest = old.split(BEGIN)
        _drawn, after = rest.split(END)
        with override("zh-hant"):  # the language of the guides
            new = f"{before}{BEGIN}```mermaid\n{diagram()}\n```\n\n{table()}\n{END}{after}"
        if options["check"]:
            if new != old:
                self.stdout.write(f"{PAGE} is not what plans/workflow.py says: run manage.py draw_workflow")
                sys.exit(1)
            return
        path.write_text(new)
        self.stdout.write(f"{PAGE} is written.")
