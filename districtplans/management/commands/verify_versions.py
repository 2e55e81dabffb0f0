from __future__ import annotations

import sys
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand

from core.audit_seals import AuditTally, altered_events
from documents.verifying import altered_files
from plans.queries.verifying import Tally, alterations
from progress.queries.verifying import altered_evidence, altered_finding_files, altered_year_ends
from review.queries.verifying import altered_reviews


class Command(BaseCommand):
    help = "Look for versions, steps, signatures, files and audit events that were altered; exit 1 if any."

    def handle(self, *args: Any, **options: Any) -> None:
        tally, log, found = Tally(), AuditTally(), 0
        told = (f"audit log: {words}" for words in altered_events(log))
        for alteration in chain(
            alterations(tally),
            altered_evidence(tally),
            altered_finding_files(tally),
            altered_year_ends(),
            altered_reviews(),
            altered_files(tally),
            told,
        ):
            found += 1
            self.stdout.write(str(alteration))
        self.stdout.write(
            f"{tally.plans} plans, {tally.versions} versions, {tally.events} steps, {tally.files} files and "
            f"{log.events} audit events: " + (f"{found} altered" if found else "all as they were written")
        )
        if found:
            sys.exit(1)
