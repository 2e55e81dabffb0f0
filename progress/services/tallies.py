"""How many reports of each period are where: counted anew whenever a report takes a step or is laid out."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, Q

from indicators.enums import ProgressState
from progress.enums import COUNTED, WRITABLE
from progress.models import PeriodTally, ProgressReport

RELEASED = Q(status__in=COUNTED)
NUMBERS = {
    "owed": Count("period"),
    "unfiled": Count("period", filter=Q(status__in=WRITABLE)),
    "counted": Count("period", filter=RELEASED),
    "behind": Count("period", filter=RELEASED & Q(state=ProgressState.BEHIND)),
}


@transaction.atomic
def tally_periods(periods: Iterable[int]) -> None:
    """Count the reports of these periods, by their keys. To be done last: nothing is waited for after it.

    Whoever takes a step with another report of the period waits here, and then counts what the first left.
    """
    keys = sorted(set(periods))
    PeriodTally.objects.bulk_create((PeriodTally(period_id=key) for key in keys), ignore_conflicts=True)
    held = list(PeriodTally.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    owed = ProgressReport.objects.owed().filter(period__in=keys).order_by().values("period")
    rows = owed.annotate(**NUMBERS).values_list("period", *NUMBERS)
    found = {period: numbers for period, *numbers in rows}
    changed = []
    for tally in held:
        numbers = dict(zip(NUMBERS, found.get(tally.pk, [0] * len(NUMBERS)), strict=True))
        if any(getattr(tally, name) != number for name, number in numbers.items()):
            for name, number in numbers.items():
                setattr(tally, name, number)
            changed.append(tally)
    PeriodTally.objects.bulk_update(changed, list(NUMBERS), batch_size=200)
