"""Last year's result, which is often known only when this year's targets are counted already."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from indicators.enums import Baseline
from indicators.models import Indicator, YearlyTarget
from plans.enums import PlanStatus
from plans.models import Plan
from plans.queries.documents import has_start
from progress.models import CountedTarget, YearEndState
from progress.services.counting import recount


@transaction.atomic
def take_up_baseline(indicator_pk: int, year: int) -> None:
    """Count the targets that are measured against last year's result anew, with what stands there now.

    Where a level starts is promised with the target, and waits for the version that says so, even where the
    version in force measures against last year. Results that are with the city, or received by it, stand as
    they were filed.
    """
    manner = Indicator.objects.filter(pk=indicator_pk).values_list("aggregation", "baseline").first()
    if manner is None or has_start(*manner):
        return
    targets = CountedTarget.objects.present().filter(
        indicator=indicator_pk, against=Baseline.LAST_YEAR, plan__year=year
    )
    stands = Q(plan__status=PlanStatus.CLOSED) | Q(plan__year_ends__state=YearEndState.FILED)
    found = list(targets.exclude(stands))
    if not found:
        return
    known = YearlyTarget.objects.filter(indicator=indicator_pk, year=year).values_list("baseline", flat=True)
    CountedTarget.objects.filter(pk__in=[one.pk for one in found]).update(baseline=known.first())
    for plan in {one.plan_id for one in found}:
        recount([one for one in found if one.plan_id == plan], on=timezone.localdate())


def take_up_baselines(plan: Plan) -> None:
    """Take up what came in of last year while the results of this one were with the city."""
    counted = plan.counted_targets.present().filter(against=Baseline.LAST_YEAR, indicator__isnull=False)
    for indicator in counted.order_by("indicator").values_list("indicator_id", flat=True).distinct():
        take_up_baseline(indicator, plan.year)
