from __future__ import annotations

import sys
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand

from documents.verifying import altered_files
from plans.queries.verifying import Tally, alterations
from progress.queries.verifying import altered_evidence
from review.queries.verifying import altered_reviews


class Command(BaseCommand):
    help = "Look for versions, steps, signatures and files that were altered; exit 1 and name their plans."

    def handle(self, *args: Any, **options: Any) -> None:
        tally, found = Tally(), 0
        for alteration in chain(
            alterations(tally), altered_evidence(tally), altered_reviews(), altered_files(tally)
        ):
            found += 1
            self.stdout.write(str(alteration))
        self.stdout.write(
            f"{tally.plans} plans, {tally.versions} versions, {tally.events} steps and {tally.files} files: "
            + (f"{found} altered" if found else "all as they were written")
        )
        if found:
            sys.exit(1)
