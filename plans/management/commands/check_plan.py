from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from plans.models import Plan
from plans.queries.checks import CheckLine, check_list, findings_of


class Command(BaseCommand):
    help = "Print the check list of a plan's working text; exit 1 when something stops its signature."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", type=int, metavar="PLAN_ID")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.select_related("district__city").filter(pk=options["plan"]).first()
        if plan is None:
            message = f"there is no plan {options['plan']}"
            raise CommandError(message)
        checks = check_list(*findings_of(plan))
        if options["json"]:
            report = {
                "plan": plan.pk,
                "title": plan.title,
                "errors": checks.error_count,
                "warnings": checks.warning_count,
                "findings": [_as_json(line) for line in checks.lines],
            }
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=1))
        else:
            for line in checks.lines:
                self.stdout.write(_as_text(line))
            self.stdout.write(f"{plan.title}: {checks.error_count} errors, {checks.warning_count} warnings")
        if checks.errors:
            sys.exit(1)


def _as_json(line: CheckLine) -> dict[str, str]:
    finding = line.finding
    return {
        "code": finding.code,
        "level": finding.level,
        "uid": finding.uid,
        "place": line.place,
        "label": line.label,
        "words": finding.words,
        "remedy": finding.remedy,
    }


def _as_text(line: CheckLine) -> str:
    where = f"{line.place}{line.label}"
    finding = line.finding
    return f"{finding.level}  {finding.code}  {f'{where}  ' if where else ''}{finding.words} {finding.remedy}"
