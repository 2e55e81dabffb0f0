"""Indicators written apart from a plan's lines: how they are read, their targets of any year, milestones.

What counts toward a plan in force is what its version says (CountedTarget rows are laid out from it), so no
change here moves what is counted. But a changed row would say something else than what was signed. So what
stands in a plan that is closed stays as it is (`Holds`), and is changed by opening a revision of that plan.
Last year's result may be filled in at any time, once: it is no promise.

Every plan an indicator stands in is locked before the indicator is, in the order of their keys, as the
services of a line lock theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import District, User
from core.roc import to_roc
from indicators.models import Indicator, Milestone, YearlyTarget
from indicators.services import (
    FIELDS,
    Step,
    create_indicator,
    delete_indicator,
    delete_target,
    lock_indicator,
    set_milestones,
    set_target,
    update_indicator,
)
from plans.document import MANNER
from plans.enums import EDITABLE
from plans.models import Item, Plan
from plans.queries.indicators import holds_of, plans_with
from plans.services.locking import lock_plan, store_change
from plans.services.readings import StaleTarget

YEAR_FIELDS = ("value", "value_max", "baseline", "quote")
FIRST_YEAR, LAST_YEAR = 1990, 2100

Values = Mapping[str, Any]


def values_of_year(target: YearlyTarget | None) -> dict[str, Any]:
    """Return all that can be written of a year's target, in the form `save_year` takes."""
    if target is None:
        return {"value": None, "value_max": None, "baseline": None, "quote": ""}
    return {name: getattr(target, name) for name in YEAR_FIELDS}


def add_indicator(district: District, *, actor: User, values: Values) -> Indicator:
    """Return a new indicator of the district, which no line is linked to yet."""
    return create_indicator(
        district, actor=actor, **{name: values[name] for name in FIELDS if name in values}
    )


@transaction.atomic
def save_indicator(pk: int, *, actor: User, base: Values, values: Values) -> Indicator:
    """Write the fields of `values` that differ from `base`; what others changed meanwhile is kept.

    Raises StaleTarget when somebody else changed one of the same, and ValidationError where a plan holds
    what is read from the indicator. No plan holds who answers for it, nor what a share's parts are called.
    """
    plans = _lock_plans(pk)
    indicator = lock_indicator(pk)
    now = {name: getattr(indicator, name) for name in FIELDS}
    changed = _changed(base, values, now)
    if set(changed) & set(MANNER) and (plan := holds_of(plans).manner):
        raise ValidationError(
            _(
                "“%(plan)s” promises it like this and is %(status)s. It can be changed in a revision of that"
                " plan, or once a plan of a later year is open."
            ),
            params={"plan": plan.title, "status": plan.get_status_display()},
            code="held",
        )
    if changed:
        indicator = update_indicator(pk, actor=actor, values={name: values[name] for name in changed})
        _touch(plans, indicator)
    return indicator


@transaction.atomic
def save_year(pk: int, year: int, *, actor: User, base: Values, values: Values) -> YearlyTarget:
    """Write the target of a year, the first one too. One that was carried on from last year is confirmed.

    Raises StaleTarget as `save_indicator` does, and ValidationError where a plan of the year holds it.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError({"year": _("Write a year near this one.")})
    plans = _lock_plans(pk)
    indicator = lock_indicator(pk)
    target = indicator.targets.filter(year=year).first()
    now = values_of_year(target)
    changed = _changed(base, values, now)
    is_known_only = changed == ["baseline"] and now["baseline"] is None and target is not None
    if (changed or target is None) and not is_known_only:
        _check_free(plans, year)
    if target is None and indicator.retired_on is not None:
        raise ValidationError(_("This indicator is retired and gets no targets of new years."))
    wanted = now | {name: values[name] for name in changed}
    is_proposal = target is not None and target.is_proposal and is_known_only
    target = set_target(indicator, year, actor=actor, is_proposal=is_proposal, **wanted)
    _touch([plan for plan in plans if plan.year == year], indicator)
    return target


@transaction.atomic
def take_year_away(pk: int, year: int, *, actor: User) -> None:
    """Take back the target of a year that no line of a plan shows."""
    plans = _lock_plans(pk)
    indicator = lock_indicator(pk)
    if any(plan.year == year for plan in plans):
        raise ValidationError(_("A line of a plan of this year shows it. Take it off the line there."))
    for target in indicator.targets.filter(year=year):
        delete_target(target, actor=actor)


@transaction.atomic
def save_milestones(pk: int, year: int, steps: Sequence[Step], *, actor: User) -> list[Milestone]:
    """Let these be the milestones of the year's target. Raises ValidationError where a plan holds it."""
    plans = _lock_plans(pk)
    indicator = lock_indicator(pk)
    target = indicator.targets.filter(year=year).first()
    if target is None:
        raise ValidationError(_("There is no target for this year."), code="gone")
    _check_free(plans, year)
    written = set_milestones(target, steps, actor=actor)
    _touch([plan for plan in plans if plan.year == year], indicator)
    return written


@transaction.atomic
def remove_indicator(pk: int, *, actor: User) -> None:
    """Delete an indicator no line, no year and no result uses. Lines taken out of a plan count, too."""
    _lock_plans(pk)
    indicator = lock_indicator(pk)
    if Item.objects.filter(indicators=indicator).exists():
        raise ValidationError(_("Lines of plans are linked to this indicator, so it stays. Retire it."))
    delete_indicator(indicator, actor=actor)


def is_removable(indicator: Indicator) -> bool:
    return not indicator.targets.exists() and not Item.objects.filter(indicators=indicator).exists()


def _changed(base: Values, values: Values, now: Values) -> list[str]:
    changed = [name for name in values if values[name] != base.get(name)]
    if clash := [name for name in changed if now[name] not in {base.get(name), values[name]}]:
        raise StaleTarget(clash)
    return [name for name in changed if now[name] != values[name]]


def _lock_plans(indicator_pk: int) -> list[Plan]:
    return [lock_plan(plan.pk) for plan in plans_with(indicator_pk)]


def _check_free(plans: Sequence[Plan], year: int) -> None:
    if plan := holds_of(plans).years.get(year):
        raise ValidationError(
            _(
                "“%(plan)s” of %(year)s promises it and is %(status)s. What it promises is changed in a"
                " revision of that plan."
            ),
            params={"plan": plan.title, "year": to_roc(year), "status": plan.get_status_display()},
            code="held",
        )


def _touch(plans: Sequence[Plan], indicator: Indicator) -> None:
    """Count the change in each open plan, and mark its lines that show the target."""
    for plan in plans:
        if plan.status in EDITABLE:
            revision = store_change(plan, shape=False)
            lines = Item.objects.present().filter(plan=plan, indicators=indicator)
            lines.update(changed_in=revision)
