"""Choosing which lines are followed, and who files for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from accounts.models import Unit, User
from plans.services.locking import lock_plan
from progress.models import ProgressReport, TrackedLine
from progress.services.closing import check_year_open
from progress.services.counting import recount
from progress.services.layout import lay_out_reports
from progress.services.reports import lock_reports


@dataclass(frozen=True)
class Choice:
    """What a person chose for a line: followed or not, the key of the unit that collects, or each unit."""

    is_tracked: bool
    collector: int | None = None
    each_unit_files: bool = False


@transaction.atomic
def choose_lines(plan_pk: int, choices: Mapping[int, Choice], *, actor: User, at: dt.datetime) -> int:
    """Write the choices, by the keys of lines, and lay out who owes what; return how many lines changed."""
    plan = lock_plan(plan_pk)
    check_year_open(plan)
    units = set(Unit.objects.filter(district=plan.district_id).values_list("pk", flat=True))
    changed = []
    for line in plan.tracked_lines.present().filter(pk__in=choices):
        choice = choices[line.pk]
        if choice.collector is not None and choice.collector not in units:
            raise ValidationError(_("This unit is not one of the district."))
        collector = choice.collector if choice.is_tracked else line.collector_id
        each = choice.each_unit_files and line.all_units and collector is None
        if (line.is_tracked, line.collector_id, line.each_unit_files) == (choice.is_tracked, collector, each):
            continue
        if line.is_tracked != choice.is_tracked:
            line.is_chosen = True
        line.is_tracked, line.collector_id, line.each_unit_files = choice.is_tracked, collector, each
        changed.append(line)
    bulk_update_with_history(
        changed,
        TrackedLine,
        ["is_tracked", "is_chosen", "collector", "each_unit_files"],
        default_user=actor,
        default_date=at,
    )
    if changed:
        # All of them, as where a plan is laid out: whoever takes a step counts the targets of several anew.
        lock_reports(ProgressReport.objects.filter(period__plan=plan))
        lay_out_reports(plan, actor=actor, at=at)
        recount(plan.counted_targets.present(), on=timezone.localdate(at))
    return len(changed)
