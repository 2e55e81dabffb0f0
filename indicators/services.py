"""Writing indicators and the values promised for a year. Broken rules raise ValidationError in words.

Plans call these under their own lock; an indicator's row is locked besides, for it may serve several plans.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import District, Unit, User
from core.history import save_as
from indicators.enums import Aggregation, Comparator, Direction, Per
from indicators.models import Indicator, YearlyTarget

NAME_LIMIT, COUNTED_IN_LIMIT = 200, 20
MOST_VALUE = Decimal(10) ** 16  # what the column holds before the point
MOST_DIGITS = 15  # SQLite keeps a decimal as a float: what is longer comes back as another number
TEN_THOUSANDTH = Decimal("0.0001")
CHOICES = {"comparator": Comparator, "aggregation": Aggregation, "direction": Direction, "per": Per}
FIELDS = ("name", "counted_in", *CHOICES, "unit")


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
    unit: Unit | None = None,
) -> Indicator:
    """Return a new indicator of the district; it has no target yet."""
    indicator = Indicator(district=district)
    values = {
        "name": name,
        "counted_in": counted_in,
        "comparator": comparator,
        "aggregation": aggregation,
        "direction": direction,
        "per": per,
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
    return target


@transaction.atomic
def record_result(indicator_pk: int, year: int, *, actor: User, value: Decimal) -> None:
    """Keep what a year came to, and make it the baseline of the next year's target where that has none."""
    indicator = lock_indicator(indicator_pk)
    held = value.quantize(TEN_THOUSANDTH)
    for target in YearlyTarget.objects.filter(indicator=indicator, year__in=(year, year + 1)):
        if target.year == year and target.result != held:
            target.result = held
            save_as(target, actor, update_fields=["result"])
        elif target.year == year + 1 and target.baseline is None:
            target.baseline = held
            save_as(target, actor, update_fields=["baseline"])


@transaction.atomic
def delete_target(target: YearlyTarget, *, actor: User) -> None:
    """Take back what was promised for a year; the history keeps it."""
    target._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
    target.delete()


@transaction.atomic
def delete_indicator(indicator: Indicator, *, actor: User) -> None:
    """Delete an indicator nobody uses any more. Raises ValidationError while a year has a target of it."""
    indicator = lock_indicator(indicator.pk)
    if indicator.targets.exists():
        raise ValidationError(_("This indicator has targets of other years, so it stays."))
    indicator._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001 -- as above
    indicator.delete()


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


def _checked(indicator: Indicator, values: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(values)
    for name, limit in (("name", NAME_LIMIT), ("counted_in", COUNTED_IN_LIMIT)):
        if name in checked:
            checked[name] = " ".join(str(checked[name]).split())
            if len(checked[name]) > limit:
                raise ValidationError({name: _("At most %(most)d characters.") % {"most": limit}})
    if checked.get("name") == "":
        raise ValidationError({"name": _("An indicator needs a name: what is counted.")})
    for name, choices in CHOICES.items():
        if name in checked and checked[name] not in choices.values:
            raise ValidationError({name: _("There is no such choice.")})
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
