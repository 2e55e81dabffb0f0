"""What stands in a report, whether it is open, and what it still lacks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from indicators.enums import Aggregation, ProgressState
from progress.models import CountedMilestone, CountedTarget, Measurement, PeriodChange, ProgressReport
from progress.periods import Opening, opening
from progress.queries.closing import is_year_filed
from progress.queries.milestones import milestones_of
from progress.standing import LACKING, Measured, complaints, lacking

TEXTS = ("narrative", "reason", "countermeasure", "state_reason")
DECIMALS = ("planned", "actual")
COMPLAINTS = {
    "negative": _("A count is never less than nothing."),
    "parts": _("A ratio needs both its parts."),
    "empty": _("Nothing cannot be divided: the whole is 0, the part is not."),
    "fraction": _("What is counted here comes in whole numbers."),
    "no_day": _("A milestone is ticked: give the day on which it was reached."),
    "no_tick": _("A day is given: tick that the milestone is reached, or take the day away."),
    "over_hundred": _("More than 100 %. Tick that it is right, or correct it."),
    "unusual": _(
        "More than three times what was promised for the whole year. Tick that it is right, or correct it."
    ),
}


def values_of(report: ProgressReport) -> dict[str, Any]:
    """Return all that can be written in a report, in the form `save_report` takes: text, or True and False.

    Fields of a target carry its key, `value-12`, those of a milestone its own: `reached-3`, `reached_on-3`.
    """
    values: dict[str, Any] = {name: getattr(report, name) for name in (*TEXTS, "state_given", "is_unchanged")}
    values |= {name: as_text(getattr(report, name)) for name in DECIMALS}
    values["catch_up_on"] = report.catch_up_on.isoformat() if report.catch_up_on else ""
    rows = measured_of(report)
    for target in targets_of(report):
        row = rows.get(target.pk)
        for name in ("value", "numerator", "denominator"):
            values[f"{name}-{target.pk}"] = as_text(getattr(row, name)) if row else ""
        values[f"state-{target.pk}"] = row.state if row else ""
        values[f"confirmed-{target.pk}"] = bool(row and row.is_confirmed)
    for one in milestones_of(report):
        values[f"reached-{one.milestone.pk}"] = one.is_reached
        values[f"reached_on-{one.milestone.pk}"] = one.reached_on.isoformat() if one.reached_on else ""
    return values


def measured_of(report: ProgressReport) -> Mapping[int, Measurement]:
    """Return what was measured in a report, by the keys of its targets."""
    if hasattr(report, "measured"):
        return report.measured
    return {one.target_id: one for one in report.measurements.all()}


def fetch_measured(reports: Collection[ProgressReport]) -> None:
    """Set `measured` of reports that are to be read, in one query: a page has many of them."""
    found: dict[int, dict[int, Measurement]] = {report.pk: {} for report in reports}
    for one in Measurement.objects.filter(report__in=found).order_by():
        found[one.report_id][one.target_id] = one
    for report in reports:
        report.measured = found[report.pk]


def targets_of(report: ProgressReport) -> list[CountedTarget]:
    """Return the targets that are measured in a report; those measured under another line are not."""
    return [
        target
        for target in report.line.all_targets
        if target.same_as_id is None and target.removed_at is None
    ]


def told_of(fields: Mapping[str, str]) -> str:
    """Return what was written in fields of targets and milestones, gone ones too: 法律諮詢 3、發包 ✓."""
    keys = {name: (name.startswith("reached"), int(name.partition("-")[2])) for name in fields}
    names = {
        (is_of_milestone, one.pk): str(one)
        for is_of_milestone, model in ((False, CountedTarget), (True, CountedMilestone))
        for one in model.objects.filter(
            pk__in={key for kind, key in keys.values() if kind is is_of_milestone}
        )
    }
    values = {name: "✓" if value == "on" else value for name, value in fields.items()}
    return "、".join(f"{names.get(keys[name], '')} {values[name]}".strip() for name in fields)


def opening_of(report: ProgressReport, *, on: dt.date) -> Opening:
    """Return whether the report's unit may file it on that day."""
    period = report.period
    changes = PeriodChange.objects.filter(period=period, unit=report.unit_id)
    return opening(
        opens_on=period.opens_on,
        due_on=period.due_on,
        later=max(changes.values_list("due_on", flat=True), default=None),
        is_closed=period.closed_at is not None,
        is_year_filed=is_year_filed(period.plan, on=on),
        on=on,
    )


def complaints_of(report: ProgressReport) -> dict[str, list[str]]:
    """Return what is wrong with what was measured, by field, in words; what was confirmed is not."""
    found: dict[str, list[str]] = {}
    rows = measured_of(report)
    for target in targets_of(report):
        row = rows.get(target.pk)
        if row is None:
            continue
        measured = Measured(row.value, row.numerator, row.denominator)
        for name, may_confirm, word in complaints(
            measured,
            counted_in=target.result_in,
            # More than three times what last year came to is as odd as that of what was promised.
            target=target.baseline if target.is_against_last_year else target.value,
            is_ratio=target.aggregation == Aggregation.RATIO,
        ):
            if not (may_confirm and row.is_confirmed):
                found.setdefault(f"{name}-{target.pk}", []).append(str(COMPLAINTS[word]))
    for one in milestones_of(report):
        if one.is_reached and one.reached_on is None:
            found[f"reached_on-{one.milestone.pk}"] = [str(COMPLAINTS["no_day"])]
        elif one.reached_on is not None and not one.is_reached:
            found[f"reached-{one.milestone.pk}"] = [str(COMPLAINTS["no_tick"])]
    return found


def what_lacks(report: ProgressReport) -> dict[str, str]:
    """Return what a report still needs before it can be handed in: words by the names of its fields."""
    state = report.state_given or report.state
    values = {name: getattr(report, name) for name in (*LACKING, "state_given")}
    found: dict[str, str] = {name: str(LACKING[name]) for name in lacking(values, state)}
    if state == ProgressState.BEHIND and report.catch_up_on and report.catch_up_on <= report.period.ends_on:
        found["catch_up_on"] = str(_("At the end of this period it was behind. Give a later day."))
    for name, words in complaints_of(report).items():
        found.setdefault(name, words[0])
    return found


def as_text(value: Decimal | None) -> str:
    """Return a number as a form shows it: without trailing zeros, without an exponent."""
    return "" if value is None else f"{value.normalize():f}"
