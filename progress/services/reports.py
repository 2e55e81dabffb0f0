"""Writing what units report. A save merges by field, as in the editor; nothing filed is ever overwritten.

The report's row is the lock. Broken rules raise ValidationError with the names of the form's fields.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.history import save_as
from core.numerals import parse_entry
from core.roc import read_roc_date, roc_date
from indicators.enums import Aggregation, ProgressState
from plans.services.items import (
    StaleSave,
    clean_text,
    digest_of_words,
    is_repeat_of,
    remember,
    taken_step,
)
from progress.enums import WRITABLE
from progress.models import (
    CountedTarget,
    Measurement,
    MilestoneMark,
    ProgressReport,
    ProgressReportQuerySet,
)
from progress.models.reports import TEXT_LIMIT
from progress.queries.milestones import fetch_milestones, milestones_of
from progress.queries.reports import DECIMALS, TEXTS, as_text, opening_of, targets_of, values_of
from progress.services.closing import check_year_open
from progress.services.counting import set_state

Values = Mapping[str, Any]

MOST = Decimal(10) ** 15


@dataclass(frozen=True)
class Saved:
    """What a save left: the report, its values as they stand, and which of them it changed."""

    report: ProgressReport
    values: dict[str, Any]
    changed: tuple[str, ...] = ()


@transaction.atomic
def save_report(
    pk: int,
    *,
    actor: User,
    base: Values,
    values: Values,
    at: dt.datetime,
    token: uuid.UUID | None = None,
) -> Saved:
    """Write `values`, made from the report as it stood at `base`; what others changed meanwhile is kept.

    Raises StaleSave, carrying both sides, when somebody else changed one of the same fields. A token that
    was used before, for the same words, is answered with the report as it is.
    """
    report = lock_report(pk)
    check_open(report, at=at)
    now = values_of(report)
    base, values = _cleaned(base, now), _cleaned(values, now)
    plan = report.period.plan
    said = digest_of_words(f"report {pk}", values)
    earlier = taken_step(plan, actor, token)
    if is_repeat_of(earlier, said):
        return Saved(report, now)
    changed = [name for name in values if values[name] != base.get(name, now[name])]
    _check_days(report, {name: values[name] for name in changed}, at=at)
    clash = [name for name in changed if now[name] not in (base.get(name, now[name]), values[name])]
    if clash:
        raise StaleSave(
            fields=clash,
            base={name: base.get(name) for name in clash},
            mine={name: values[name] for name in clash},
            theirs={name: now[name] for name in clash},
        )
    changed = [name for name in changed if now[name] != values[name]]
    remember(plan, actor, token, {"said": said}, earlier=earlier)
    if not changed:
        return Saved(report, now)
    _write(report, {name: values[name] for name in changed}, actor=actor, at=at)
    return Saved(report, values_of(report), tuple(changed))


def lock_report(pk: int) -> ProgressReport:
    """Return the report with its line, held against other writers until the transaction ends."""
    rows = (
        ProgressReport.objects.select_for_update(of=("self",))
        .select_related("period__plan__district", "line", "unit")
        .prefetch_related("line__targets", "measurements")
    )
    return rows.get(pk=pk)


def lock_reports(reports: ProgressReportQuerySet) -> list[ProgressReport]:
    """Return the reports as they stand, held against other writers. Whoever takes several begins with this:
    all in one order, and before any target.
    """
    return list(reports.select_for_update(of=("self",)).order_by("pk"))


def check_open(report: ProgressReport, *, at: dt.datetime) -> None:
    """Refuse to write a report that was handed in, is no longer owed, or whose period is closed."""
    if report.removed_at is not None:
        raise ValidationError(
            _("This line is no longer in the plan, so nothing is reported on it."), code="closed"
        )
    if report.status not in WRITABLE:
        raise ValidationError(
            _("This report was handed in (%(status)s). To be changed it must be taken back or returned."),
            params={"status": report.get_status_display()},
            code="closed",
        )
    check_year_open(report.period.plan)
    state = opening_of(report, on=timezone.localdate(at))
    if state.is_early:
        raise ValidationError(_("Filing of this period is not open yet."), code="closed")
    if not state.is_open:
        raise ValidationError(
            _("This period is closed. The secretariat can open it again for your unit."), code="closed"
        )


def _write(report: ProgressReport, values: Values, *, actor: User, at: dt.datetime) -> None:
    own = {name: value for name, value in values.items() if "-" not in name}
    for name, value in own.items():
        if name in DECIMALS:
            setattr(report, name, Decimal(value) if value else None)
        elif name == "catch_up_on":
            report.catch_up_on = dt.date.fromisoformat(value) if value else None
        else:
            setattr(report, name, value)
    targets = {target.pk: target for target in targets_of(report)}
    keys = {(_is_of_milestone(name), int(name.partition("-")[2])) for name in values if "-" in name}
    for is_of_milestone, key in sorted(keys):
        if is_of_milestone:
            _mark(report, key, values, actor=actor, at=at)
        else:
            _measure(report, targets[key], values, actor=actor, at=at)
    report.version += 1
    if keys:
        report._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # noqa: SLF001 -- rows have changed
        fetch_milestones([report])
    set_state(report)
    save_as(report, actor, at=at, update_fields=[*own, "state", "version", "updated_at"])


def _measure(
    report: ProgressReport, target: CountedTarget, values: Values, *, actor: User, at: dt.datetime
) -> None:
    row = Measurement.objects.filter(report=report, target=target).first() or Measurement(
        report=report, target=target
    )
    for name in ("value", "numerator", "denominator"):
        if (key := f"{name}-{target.pk}") in values:
            setattr(row, name, Decimal(values[key]) if values[key] else None)
    row.state = values.get(f"state-{target.pk}", row.state)
    row.is_confirmed = values.get(f"confirmed-{target.pk}", row.is_confirmed)
    if target.aggregation == Aggregation.RATIO:
        row.value = _percent(row, f"numerator-{target.pk}")
    save_as(row, actor, at=at)


def _percent(row: Measurement, field: str) -> Decimal | None:
    """Return what a ratio comes to, None while a part of it lacks or nothing is counted below the line."""
    if row.numerator is None or not row.denominator:
        return None
    percent = row.numerator / row.denominator * 100
    if abs(percent) >= MOST:
        raise ValidationError({field: _("This number is too large.")})
    return percent.quantize(Decimal("0.0001"))


def _mark(report: ProgressReport, key: int, values: Values, *, actor: User, at: dt.datetime) -> None:
    """Mark a milestone in this report; what an earlier one said of it is where it begins."""
    before = next(one for one in milestones_of(report) if one.milestone.pk == key)
    row = MilestoneMark.objects.filter(report=report, milestone=key).first() or MilestoneMark(
        report=report, milestone_id=key, is_reached=before.is_reached, reached_on=before.reached_on
    )
    row.is_reached = values.get(f"reached-{key}", row.is_reached)
    if (day := values.get(f"reached_on-{key}")) is not None:
        row.reached_on = dt.date.fromisoformat(day) if day else None
    save_as(row, actor, at=at)


def _is_of_milestone(name: str) -> bool:
    return name.partition("-")[0] in {"reached", "reached_on"}


def _check_days(report: ProgressReport, values: Values, *, at: dt.datetime) -> None:
    """Refuse days on which no milestone can have been reached."""
    today, plan = timezone.localdate(at), report.period.plan
    first = plan.starts_on or dt.date(plan.year, 1, 1)
    errors: dict[str, list[str]] = {}
    for name, value in values.items():
        if not name.startswith("reached_on-") or not value:
            continue
        day = dt.date.fromisoformat(value)
        if day > today:
            errors[name] = [_("This day is still to come. Give the day on which the milestone was reached.")]
        elif day < first:
            words = _("This day is before the plan's year, which begins on %(day)s. Is the year right?")
            errors[name] = [words % {"day": roc_date(first)}]
    if errors:
        raise ValidationError(errors)


def _cleaned(values: Values, known: Values) -> dict[str, Any]:
    """Return those of the values a report has, in the one form in which they are compared and stored."""
    errors: dict[str, list[str]] = {}
    cleaned: dict[str, Any] = {}
    for name in values:
        if name not in known:
            continue
        try:
            cleaned[name] = _clean(name, values[name])
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return cleaned


def _clean(name: str, value: Any) -> Any:
    stem = name.partition("-")[0]
    if stem in {"is_unchanged", "confirmed", "reached"}:
        return bool(value)
    text = clean_text(str(value or ""))
    if stem in TEXTS:
        if len(text) > TEXT_LIMIT:
            raise ValidationError(_("Write at most %(most)d characters."), params={"most": TEXT_LIMIT})
        return text
    if stem in {"state_given", "state"}:
        if text and text not in ProgressState.values:
            raise ValidationError(_("There is no such choice."))
        return text
    if stem in {"catch_up_on", "reached_on"}:
        try:
            return read_roc_date(text).isoformat() if text else ""
        except ValueError as error:
            raise ValidationError(_("Give a day such as 115.4.30.")) from error
    return _clean_number(stem, text)


def _clean_number(stem: str, text: str) -> str:
    plain = text.removesuffix("%").removesuffix("％").strip()
    if not plain:
        return ""
    number = parse_entry(plain)
    if number is None:
        raise ValidationError(_("“%(text)s” is not a number."), params={"text": text[:20]})
    places = Decimal("0.01") if stem in DECIMALS else Decimal("0.0001")
    if abs(number) >= MOST:
        raise ValidationError(_("This number is too large."))
    if number != number.quantize(places):
        raise ValidationError(
            _("At most %(places)d digits after the point."),
            params={"places": -int(places.as_tuple().exponent)},
        )
    if stem in DECIMALS and not 0 <= number <= 100:
        raise ValidationError(_("Progress lies between 0 and 100 percent."))
    return as_text(number)
