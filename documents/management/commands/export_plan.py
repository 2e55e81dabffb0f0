from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from documents.approvals import approval_of
from plans.models import Plan
from plans.queries.documents import plan_document


class Command(BaseCommand):
    help = "Write a plan as a file: the version in force, else the working rows, marked 草稿."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=int)
        parser.add_argument("--format", choices=["pdf", "json"], required=True)
        parser.add_argument("--output", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.select_related("district__city").filter(pk=options["plan"]).first()
        if plan is None:
            message = f"there is no plan {options['plan']}"
            raise CommandError(message)
        document = plan_document(plan)
        if options["format"] == "json":
            data = document.to_json().encode()
        else:
            # WeasyPrint takes a second to load; JSON needs none of it.
            from documents.render.pdf import RenderError, render_pdf

            try:
                data = render_pdf(document, is_draft=True, approval=approval_of(plan))
            except RenderError as error:
                message = f"the PDF could not be made: {error}"
                raise CommandError(message) from error
        try:
            options["output"].write_bytes(data)
        except OSError as error:
            message = f"{options['output']}: {error.strerror}"
            raise CommandError(message) from error
        self.stdout.write(f"{options['output']}: {len(data)} bytes")
