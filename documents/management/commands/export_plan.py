from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from documents.approvals import approval_of
from documents.models import UNMARKED
from documents.queries import format_of
from plans.document import PlanDocument
from plans.models import Plan, PlanVersion
from plans.queries.documents import plan_document
from plans.recording import record_download


class Command(BaseCommand):
    help = "Write a plan as a file: the version in force, else the working rows, marked 草稿."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version tells its version; of this command it is the plan's that is asked for.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=int)
        parser.add_argument("--format", choices=["pdf", "json"], required=True)
        parser.add_argument("--version", type=int, help="a version by its number, as it printed then")
        parser.add_argument("--output", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.select_related("district__city", "in_force").filter(pk=options["plan"]).first()
        if plan is None:
            message = f"there is no plan {options['plan']}"
            raise CommandError(message)
        version = self.version_of(plan, options["version"])
        if options["format"] == "json":
            data = (version.content if version else plan_document(plan).to_json()).encode()
        else:
            data = self.printed(plan, version)
        try:
            options["output"].write_bytes(data)
        except OSError as error:
            message = f"{options['output']}: {error.strerror}"
            raise CommandError(message) from error
        record_download(plan, options["format"], actor=None, command="export_plan")
        self.stdout.write(f"{options['output']}: {len(data)} bytes")

    @staticmethod
    def version_of(plan: Plan, number: int | None) -> PlanVersion | None:
        if number is None:
            return plan.in_force
        version = plan.versions.filter(number=number).first()
        if version is None:
            message = f"the plan has no version {number}"
            raise CommandError(message)
        return version

    @staticmethod
    def printed(plan: Plan, version: PlanVersion | None) -> bytes:
        # WeasyPrint takes a second to load; JSON needs none of it.
        from documents.render.pdf import RenderError, render_pdf

        document = PlanDocument.from_json(version.content) if version else plan_document(plan)
        is_draft = version is None or format_of(plan, version) not in UNMARKED
        try:
            return render_pdf(document, is_draft=is_draft, approval=approval_of(plan, version))
        except RenderError as error:
            message = f"the PDF could not be made: {error}"
            raise CommandError(message) from error
