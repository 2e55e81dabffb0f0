"""Writing indicators and the values promised for a year. Broken rules raise ValidationError in words.

Plans call these under their own lock; an indicator's row is locked besides, for it may serve several plans.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.models import District, Unit, User
from core.history import save_as
from core.roc import to_roc
from indicators.enums import Aggregation, Baseline, Comparator, Direction, Frequency, Per
from indicators.followers import tell_of_baseline
from indicators.models import Indicator, Milestone, YearlyTarget
from indicators.phrases import MOST_DECIMALS, number

NAME_LIMIT, COUNTED_IN_LIMIT, PART_LIMIT = 200, 20, 100
MOST_VALUE = Decimal(10) ** 16  # what the column holds before the point
MOST_DIGITS = 15  # SQLite keeps a decimal as a float: what is longer comes back as another number
TEN_THOUSANDTH = Decimal("0.0001")
CHOICES = {
    "comparator": Comparator,
    "aggregation": Aggregation,
    "direction": Direction,
    "per": Per,
    "frequency": Frequency,
    "baseline": Baseline,
}
WORDS = {
    "name": NAME_LIMIT,
    "counted_in": COUNTED_IN_LIMIT,
    "numerator_name": PART_LIMIT,
    "denominator_name": PART_LIMIT,
}
FIELDS = (*WORDS, *CHOICES, "decimals", "unit")
MOST_MILESTONES = 30
WHOLE, HUNDREDTH = Decimal(100), Decimal("0.01")


@dataclass(frozen=True)
class Step:
    """A milestone as it shall stand; `key` is that of the row it is now, None for a new one."""

    title: str
    due_on: dt.date
    weight: Decimal
    key: int | None = None


@transaction.atomic
def create_indicator(
    district: District,
    *,
    actor: User,
    name: str,
    counted_in: str = "",
    comparator: str = Comparator.AT_LEAST,
    aggregation: str = Aggregation.SUM,
    direction: str = Direction.NONE,
    per: str = Per.WHOLE,
    frequency: str = Frequency.NONE,
    baseline: str = Baseline.NONE,
    numerator_name: str = "",
    denominator_name: str = "",
    decimals: int | None = None,
    unit: Unit | None = None,
) -> Indicator:
    """Return a new indicator of the district; it has no target yet.

    Without `decimals` shares and means are told with two, anything else in whole numbers.
    """
    if decimals is None:
        decimals = 2 if aggregation in {Aggregation.RATIO, Aggregation.MEAN} else 0
    indicator = Indicator(district=district)
    values = {
        "name": name,
        "counted_in": counted_in,
        "comparator": comparator,
        "aggregation": aggregation,
        "direction": direction,
        "per": per,
        "frequency": frequency,
        "baseline": baseline,
        "numerator_name": numerator_name,
        "denominator_name": denominator_name,
        "decimals": decimals,
        "unit": unit,
    }
    for field, value in _checked(indicator, values).items():
        setattr(indicator, field, value)
    save_as(indicator, actor)
    return indicator


@transaction.atomic
def update_indicator(pk: int, *, actor: User, values: Mapping[str, Any]) -> Indicator:
    """Write those of `FIELDS` that `values` holds; what does not change leaves no trace in the history.

    They apply to every year the indicator has a target for.
    """
    indicator = lock_indicator(pk)
    wanted = _checked(indicator, {name: values[name] for name in FIELDS if name in values})
    changed = [name for name, value in wanted.items() if getattr(indicator, name) != value]
    if changed:
        for name in changed:
            setattr(indicator, name, wanted[name])
        save_as(indicator, actor, update_fields=changed)
    return indicator


@transaction.atomic
def set_target(
    indicator: Indicator,
    year: int,
    *,
    actor: User,
    value: Decimal | None,
    value_max: Decimal | None = None,
    quote: str,
    baseline: Decimal | None = None,
    is_proposal: bool = False,
) -> YearlyTarget:
    """Write the one target of an indicator for a year; one that is there already is changed.

    Without a value it is qualitative. Written as it stands, it leaves no trace in the history.
    """
    indicator = lock_indicator(indicator.pk)
    check_value(indicator.comparator, value, value_max)
    wanted = {
        "value": _held(value, "value"),
        "value_max": _held(value_max, "value_max"),
        "baseline": _held(baseline, "baseline"),
        "quote": quote.strip(),
        "is_proposal": is_proposal,
    }
    target = YearlyTarget.objects.filter(indicator=indicator, year=year).first()
    if target is None:
        target = YearlyTarget(indicator=indicator, year=year, **wanted)
        save_as(target, actor)
        return target
    changed = [name for name, new in wanted.items() if getattr(target, name) != new]
    if changed:
        for name in changed:
            setattr(target, name, wanted[name])
        save_as(target, actor, update_fields=changed)
    if "baseline" in changed:
        tell_of_baseline(indicator.pk, year)
    return target


@transaction.atomic
def record_result(indicator_pk: int, year: int, *, actor: User, value: Decimal) -> None:
    """Keep what a year came to, and make it the baseline of the next year's target.

    One that was typed there stays; one that is what this year came to before follows it.
    """
    indicator = lock_indicator(indicator_pk)
    held = value.quantize(TEN_THOUSANDTH)
    rows = {row.year: row for row in indicator.targets.filter(year__in=(year, year + 1))}
    this, following = rows.get(year), rows.get(year + 1)
    before = this.result if this else None
    if this is not None and before != held:
        this.result = held
        save_as(this, actor, update_fields=["result"])
    if following is not None and following.baseline in {None, before}:
        set_baseline(indicator, year + 1, held, actor=actor)


@transaction.atomic
def delete_target(target: YearlyTarget, *, actor: User) -> None:
    """Take back what was promised for a year; the history keeps it."""
    _delete(target, actor)


@transaction.atomic
def set_milestones(target: YearlyTarget, steps: Sequence[Step], *, actor: User) -> list[Milestone]:
    """Let these be the milestones of the target, in this order; a step that names a row changes that one.

    No step at all takes them away. Raises ValidationError unless their weights add up to 100, and for a day
    outside the year.
    """
    indicator = lock_indicator(target.indicator_id)
    if steps and indicator.aggregation != Aggregation.MILESTONES:
        raise ValidationError(_("Only what is told by weighted milestones has milestones."))
    steps = [_checked_step(step, target.year) for step in steps]
    if len(steps) > MOST_MILESTONES:
        raise ValidationError(_("At most %(most)d milestones.") % {"most": MOST_MILESTONES})
    total = sum((step.weight for step in steps), Decimal())
    if steps and total != WHOLE:
        words = _("The weights add up to %(total)s; together they make 100.")
        raise ValidationError(words % {"total": number(total)}, code="weights")
    rows = {row.pk: row for row in target.milestones.all()}
    for key in rows.keys() - {step.key for step in steps}:
        _delete(rows.pop(key), actor)
    return [
        _write_step(rows.get(step.key or 0), target, position, step, actor=actor)
        for position, step in enumerate(steps, 1)
    ]


@transaction.atomic
def set_baseline(indicator: Indicator, year: int, value: Decimal | None, *, actor: User) -> YearlyTarget:
    """Write what the target of the year is measured against: last year's result, or where a level starts.

    Apart from the target, for last year's result is often known only when the target stands already.
    """
    lock_indicator(indicator.pk)
    target = YearlyTarget.objects.filter(indicator=indicator, year=year).first()
    if target is None:
        raise ValidationError(_("There is no target for this year."), code="gone")
    held = _held(value, "baseline")
    if target.baseline != held:
        target.baseline = held
        save_as(target, actor, update_fields=["baseline"])
        tell_of_baseline(indicator.pk, year)
    return target


@transaction.atomic
def retire_indicator(pk: int, *, actor: User, on: dt.date) -> Indicator:
    """Let an indicator get no targets of new years. What was promised with it stays and counts."""
    indicator = lock_indicator(pk)
    if indicator.retired_on is None:
        indicator.retired_on = on
        save_as(indicator, actor, update_fields=["retired_on"])
    return indicator


@transaction.atomic
def bring_back_indicator(pk: int, *, actor: User) -> Indicator:
    """Let a retired indicator be used again."""
    indicator = lock_indicator(pk)
    if indicator.retired_on is not None:
        indicator.retired_on = None
        save_as(indicator, actor, update_fields=["retired_on"])
    return indicator


@transaction.atomic
def delete_indicator(indicator: Indicator, *, actor: User) -> None:
    """Delete an indicator nobody uses any more.

    Raises ValidationError while a year has a target of it, or something was measured by it.
    """
    indicator = lock_indicator(indicator.pk)
    if indicator.targets.exists():
        raise ValidationError(_("This indicator has targets of other years, so it stays."), code="in_use")
    try:
        _delete(indicator, actor)
    except ProtectedError as error:
        raise ValidationError(
            _("Something was measured by this indicator, so it stays."), code="in_use"
        ) from error


def lock_indicator(pk: int) -> Indicator:
    """Return the indicator, held against other writers. Raises ValidationError when it is gone."""
    indicator = Indicator.objects.select_for_update().filter(pk=pk).first()
    if indicator is None:
        raise ValidationError(_("This indicator is no longer there; somebody deleted it."), code="gone")
    return indicator


def check_value(comparator: str, value: Decimal | None, value_max: Decimal | None) -> None:
    """Refuse numbers that do not go with the comparison."""
    if comparator == Comparator.DONE and (value is not None or value_max is not None):
        raise ValidationError({"value": _("What is done or not done has no number.")})
    if comparator == Comparator.BETWEEN:
        if value is None or value_max is None:
            raise ValidationError({"value_max": _("“Between” needs a lowest and a highest value.")})
        if value_max < value:
            raise ValidationError({"value_max": _("The highest value is below the lowest.")})
    elif value_max is not None:
        raise ValidationError({"value_max": _("Only “between” has a highest value.")})


def check_manner(values: Mapping[str, Any]) -> None:
    """Refuse a comparison and a way of putting results together that say different things."""
    is_done = values["comparator"] == Comparator.DONE
    if is_done and values["aggregation"] not in {Aggregation.DONE, Aggregation.MILESTONES}:
        raise ValidationError(
            {"aggregation": _("What is done or not done is that by its milestones, or simply done.")}
        )
    if values["aggregation"] == Aggregation.DONE and not is_done:
        raise ValidationError({"comparator": _("What is done or not done is compared with no number.")})


def _checked_step(step: Step, year: int) -> Step:
    title = " ".join(step.title.split())
    if not title:
        raise ValidationError(_("A milestone needs a title."), code="title")
    if len(title) > NAME_LIMIT:
        raise ValidationError(_("At most %(most)d characters.") % {"most": NAME_LIMIT}, code="title")
    if step.due_on.year != year:
        words = _("“%(title)s” is due outside the year %(year)s.") % {"title": title, "year": to_roc(year)}
        raise ValidationError(words, code="due_on")
    is_share = step.weight.is_finite() and 0 < step.weight <= WHOLE
    if not is_share or step.weight != step.weight.quantize(HUNDREDTH):
        words = _("The weight of “%(title)s” is a number up to 100 with at most two decimals.")
        raise ValidationError(words % {"title": title}, code="weight")
    return replace(step, title=title)


def _write_step(
    row: Milestone | None, target: YearlyTarget, position: int, step: Step, *, actor: User
) -> Milestone:
    row = row or Milestone(target=target)
    wanted = {"position": position, "title": step.title, "due_on": step.due_on, "weight": step.weight}
    if row.pk is None or any(getattr(row, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(row, name, value)
        save_as(row, actor)
    return row


def _delete(row: Indicator | YearlyTarget | Milestone, actor: User) -> None:
    row._history_user = actor  # type: ignore[union-attr]  # noqa: SLF001 -- simple-history's documented way
    row.delete()


def _checked(indicator: Indicator, values: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(values)
    for name, limit in WORDS.items():
        if name in checked:
            checked[name] = " ".join(str(checked[name]).split())
            if len(checked[name]) > limit:
                raise ValidationError({name: _("At most %(most)d characters.") % {"most": limit}})
    if checked.get("name") == "":
        raise ValidationError({"name": _("An indicator needs a name: what is counted.")})
    for name, choices in CHOICES.items():
        if name in checked and checked[name] not in choices.values:
            raise ValidationError({name: _("There is no such choice.")})
    if not 0 <= checked.get("decimals", 0) <= MOST_DECIMALS:
        raise ValidationError({"decimals": _("At most %(most)d decimals.") % {"most": MOST_DECIMALS}})
    check_manner({name: getattr(indicator, name) for name in ("comparator", "aggregation")} | checked)
    unit = checked.get("unit")
    if unit is not None and unit.district_id != indicator.district_id:
        raise ValidationError({"unit": _("This unit is not one of the district.")})
    return checked


def _held(value: Decimal | None, field: str) -> Decimal | None:
    """Return the value as the column holds it. Raises ValidationError where it could not hold it exactly."""
    if value is None:
        return None
    if not value.is_finite() or abs(value) >= MOST_VALUE:
        raise ValidationError({field: _("This number is too large.")})
    held = value.quantize(TEN_THOUSANDTH)
    if held != value or len(value.normalize().as_tuple().digits) > MOST_DIGITS:
        raise ValidationError(
            {
                field: _("A value has at most %(digits)d digits, four of them after the point.")
                % {"digits": MOST_DIGITS}
            }
        )
    return held
