from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.districts import AmbiguousDistrict, find_district
from accounts.models import User
from core.enums import AuditKind
from core.roc import from_roc
from documents.conversion import to_document
from documents.ingest.contract import proposal_to_json
from documents.ingest.propose import propose
from documents.ingest.reading import UnreadableFile, read_file
from plans.models import SERIES
from plans.recording import record_plan
from plans.services.plans import create_plan

SYSTEM_USER = "system"


class Command(BaseCommand):
    help = "Read a plan from a text file and print what was found; --save writes it as a plan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--district", required=True, help="大安區, 臺北市大安區 or a code")
        parser.add_argument("--year", type=int, required=True, help="ROC year, such as 114")
        parser.add_argument("--series", default=SERIES)
        parser.add_argument("--save", action="store_true", help="write the proposal as a plan, uncorrected")
        parser.add_argument("--json", action="store_true", help="print the whole proposal as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            source = read_file(path.read_bytes())
        except OSError as error:
            message = f"{path}: {error.strerror}"
            raise CommandError(message) from error
        except UnreadableFile as error:
            message = f"{path}: {error}"
            raise CommandError(message) from error
        proposal = propose(source.lines)
        proposal.warnings[:0] = source.warnings
        try:
            district = find_district(options["district"], agency=proposal.plan.agency)
        except AmbiguousDistrict as error:
            raise CommandError(str(error)) from error
        # Names of the district's own units tell unit cells apart; only now is the district known.
        units = [name for unit in district.units.all() for name in unit.names]
        if units:
            warnings = proposal.warnings
            proposal = propose(source.lines, units=units)
            proposal.warnings[:0] = [warning for warning in warnings if warning in source.warnings]
        report = proposal_to_json(proposal)
        if options["save"]:
            year = from_roc(options["year"])
            converted = to_document(proposal, district=district, series=options["series"], year=year)
            actor = self.system_user()
            details = {
                "what": "document",
                "source": path.name,
                "added": len(proposal.items),
                "command": "import_plan",
            }
            try:
                with transaction.atomic():
                    plan = create_plan(
                        converted.document, district=district, actor=actor, sources=converted.sources
                    )
                    record_plan(AuditKind.IMPORT, plan, actor=actor, details=details)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
            report["plan_id"] = plan.pk
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))
        else:
            self.summarise(report)

    def summarise(self, report: dict[str, Any]) -> None:
        characters = report["characters"]
        self.stdout.write(report["plan"]["title"])
        self.stdout.write(
            f"{len(report['items'])} items, {len(report['targets'])} targets, "
            f"{characters['placed']} of {characters['source']} characters placed, "
            f"{len(characters['unplaced'])} lines listed as unplaced, {len(report['warnings'])} warnings"
        )
        if "plan_id" in report:
            self.stdout.write(f"saved as plan {report['plan_id']}")

    @staticmethod
    def system_user() -> User:
        """Return who the history names where no person did it: an account nobody can sign in with."""
        user, is_new = User.objects.get_or_create(username=SYSTEM_USER, defaults={"is_active": False})
        if is_new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return user
