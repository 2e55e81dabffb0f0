"""Targets of a line: taken over from its words or refused, edited, followed, confirmed, taken off it.

All under the plan's lock. What is read in a sentence is named by its digest (plans/readings.py) and read
anew here: a page made from older words is told so.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from accounts.models import User
from core.history import save_as
from indicators.extraction import aggregation_of, decimals_of
from indicators.models import Indicator, YearlyTarget
from indicators.services import (
    FIELDS,
    create_indicator,
    delete_indicator,
    delete_target,
    lock_indicator,
    set_target,
    update_indicator,
)
from plans.enums import EDITABLE, PlanStatus
from plans.models import Item, Plan, RefusedReading
from plans.queries.documents import plan_document
from plans.queries.targets import item_board, plan_board
from plans.readings import Found, Match, Pairing, ReadingState, Standing, counts_alike, sentence_of
from plans.services.items import is_taken, present_item, remember
from plans.services.locking import lock_open, store_change

VALUES = ("value", "value_max", "baseline_value")
TARGET_FIELDS = (*FIELDS, *VALUES)
_READ = ("name", "counted_in", "comparator", "direction", "per", "frequency", "baseline")
QUOTE_LIMIT = 2000

Values = Mapping[str, Any]


class StaleTarget(ValidationError):  # noqa: N818 -- named for what it says, as StaleSave is
    """Somebody else changed the same fields since the page was made; `fields` names them."""

    def __init__(self, fields: Collection[str]) -> None:
        super().__init__(
            _("Somebody else changed this target meanwhile. Look at both, then save again."), code="stale"
        )
        self.fields = tuple(fields)


@dataclass(frozen=True)
class Confirmed:
    """How many proposals were confirmed, and how many say something else than their sentence and were not."""

    count: int
    left: int


def values_of(indicator: Indicator, target: YearlyTarget | None) -> dict[str, Any]:
    """Return all that can be written about a target, in the form `edit_target` takes."""
    values = {name: getattr(indicator, name) for name in FIELDS}
    return values | {
        "value": target.value if target else None,
        "value_max": target.value_max if target else None,
        "baseline_value": target.baseline if target else None,
    }


def values_of_reading(found: Found) -> dict[str, Any]:
    """Return what a reading says, in the form of `values_of`; who answers for it is not read."""
    reading = found.reading
    said = {name: getattr(reading, name) for name in (*_READ, *VALUES)}
    return said | {
        "aggregation": aggregation_of(reading),
        "decimals": decimals_of(reading),
        "numerator_name": "",
        "denominator_name": "",
        "unit": None,
    }


@transaction.atomic
def accept_reading(
    plan_pk: int,
    uid: uuid.UUID,
    digest: str,
    *,
    actor: User,
    values: Values | None = None,
    indicator: int | None = None,
) -> Indicator:
    """Make a reading of the line's sentence a target of the plan's year.

    `values` replace what was read. With `indicator` the target is one of that indicator of the district,
    which then serves this line too; otherwise a new indicator is made.
    """
    plan, item = _open(plan_pk, uid)
    found = _reading(_match(item), digest)
    if found.state is ReadingState.LINKED:
        raise ValidationError(_("This number is a target already."), code="taken")
    reading = found.reading
    wanted = values_of_reading(found) | dict(values or {})
    if indicator is None:
        chosen = create_indicator(
            plan.district, actor=actor, **{name: wanted[name] for name in FIELDS if name in wanted}
        )
    else:
        chosen = _known_indicator(plan, indicator)
        _check_goes_with(plan, chosen, wanted)
        _check_free(plan, chosen)
        _note(chosen, f"linked to {item.uid}", actor=actor)
    set_target(
        chosen,
        plan.year,
        actor=actor,
        value=wanted["value"],
        value_max=wanted["value_max"],
        quote=reading.quote,
        baseline=wanted["baseline_value"],
    )
    RefusedReading.objects.filter(item=item, reading=digest).delete()
    item.indicators.add(chosen)
    _store(plan, item, chosen)
    return chosen


@transaction.atomic
def add_target(
    plan_pk: int, uid: uuid.UUID, *, actor: User, values: Values, token: uuid.UUID | None = None
) -> Indicator | None:
    """Give the line a target that was not read in it; its quote is the whole sentence.

    None for a token that was used before: the target is there.
    """
    plan, item = _open(plan_pk, uid)
    if is_taken(plan, actor, token):
        return None
    remember(plan, actor, token)
    indicator = create_indicator(
        plan.district, actor=actor, **{name: values[name] for name in FIELDS if name in values}
    )
    set_target(
        indicator,
        plan.year,
        actor=actor,
        value=values.get("value"),
        value_max=values.get("value_max"),
        quote=sentence_of(item.title, item.text)[:QUOTE_LIMIT],
        baseline=values.get("baseline_value"),
    )
    item.indicators.add(indicator)
    _store(plan, item, indicator)
    return indicator


@transaction.atomic
def edit_target(
    plan_pk: int, uid: uuid.UUID, indicator_pk: int, *, actor: User, base: Values, values: Values
) -> Indicator:
    """Write the fields of `values` that differ from `base`; what others changed meanwhile is kept.

    Raises StaleTarget when somebody else changed one of the same. A proposal that is edited is confirmed.
    """
    plan, item = _open(plan_pk, uid)
    indicator = _linked(item, indicator_pk)
    target = indicator.targets.filter(year=plan.year).first()
    now = values_of(indicator, target)
    changed = [name for name in TARGET_FIELDS if name in values and values[name] != base.get(name)]
    if clash := [name for name in changed if now[name] not in {base.get(name), values[name]}]:
        raise StaleTarget(clash)
    if not _only_adds_baseline(changed, now):
        _check_free(plan, indicator)
    wanted = now | {name: values[name] for name in changed}
    update_indicator(indicator.pk, actor=actor, values={name: wanted[name] for name in FIELDS})
    set_target(
        indicator,
        plan.year,
        actor=actor,
        value=wanted["value"],
        value_max=wanted["value_max"],
        quote=target.quote if target else sentence_of(item.title, item.text)[:QUOTE_LIMIT],
        baseline=wanted["baseline_value"],
    )
    _store(plan, item, indicator)
    return indicator


@transaction.atomic
def update_target_from_text(
    plan_pk: int, uid: uuid.UUID, indicator_pk: int, digest: str, *, actor: User
) -> Indicator:
    """Let the target follow the sentence: take the number it has now, and give an unset year its first.

    Where the sentence also compares or counts otherwise, so does the indicator, unless other years of it
    have targets: a number of persons must not become one of sessions in the years before.
    """
    plan, item = _open(plan_pk, uid)
    indicator = _linked(item, indicator_pk)
    own = _match(item)
    found = _reading(own, digest)
    pair = _pairing(own, indicator)
    if pair.found is None or pair.found.digest != digest or not pair.is_open:
        raise ValidationError(_("The sentence has changed meanwhile. Look at it again."), code="gone")
    _check_free(plan, indicator)
    said: dict[str, Any] = {
        name: getattr(found.reading, name)
        for name in ("comparator", "counted_in")
        if name in pair.differences
    }
    if said and indicator.targets.exclude(year=plan.year).exists():
        raise ValidationError(
            _(
                "The sentence now counts or compares otherwise than this indicator does in other years. Take"
                " it off this line and adopt the number as a new target."
            )
        )
    update_indicator(indicator.pk, actor=actor, values=said)
    target = indicator.targets.filter(year=plan.year).first()
    set_target(
        indicator,
        plan.year,
        actor=actor,
        value=found.reading.value,
        value_max=found.reading.value_max,
        quote=found.reading.quote,
        baseline=found.reading.baseline_value or (target.baseline if target else None),
    )
    _store(plan, item, indicator)
    return indicator


@transaction.atomic
def refuse_reading(plan_pk: int, uid: uuid.UUID, digest: str, *, actor: User) -> None:
    """Remember that a number in the line's words is no target, so that it is not offered again."""
    plan, item = _open(plan_pk, uid)
    found = _reading(_match(item), digest)
    if found.state is ReadingState.LINKED:
        raise ValidationError(_("This number is a target already. Take the target off the line first."))
    _refused, is_new = RefusedReading.objects.get_or_create(
        item=item, reading=digest, defaults={"quote": found.reading.quote, "refused_by": actor}
    )
    if is_new:
        _store(plan, item)


@transaction.atomic
def take_back_refusal(plan_pk: int, uid: uuid.UUID, digest: str, *, actor: User) -> None:
    """Offer a refused number again."""
    plan, item = _open(plan_pk, uid)
    gone, _rows = RefusedReading.objects.filter(item=item, reading=digest).delete()
    if gone:
        _store(plan, item)


@transaction.atomic
def link_indicator(plan_pk: int, uid: uuid.UUID, indicator_pk: int, *, actor: User) -> Indicator:
    """Let an indicator of the district serve this line too. Its target of the year stays as it is."""
    plan, item = _open(plan_pk, uid)
    indicator = _known_indicator(plan, indicator_pk)
    if not item.indicators.filter(pk=indicator.pk).exists():
        item.indicators.add(indicator)
        _note(indicator, f"linked to {item.uid}", actor=actor)
        _store(plan, item, indicator)
    return indicator


@transaction.atomic
def unlink_target(plan_pk: int, uid: uuid.UUID, indicator_pk: int, *, actor: User) -> None:
    """Take a target off the line.

    Its year's value goes when no other line of that year uses it, the indicator itself when no line and no
    year does. Lines taken out of a plan count, for they may come back.
    """
    plan, item = _open(plan_pk, uid)
    indicator = _linked(item, indicator_pk)
    _store(plan, item, indicator)
    item.indicators.remove(indicator)
    _note(indicator, f"unlinked from {item.uid}", actor=actor)
    users = Item.objects.filter(indicators=indicator)
    if not users.filter(plan__year=plan.year).exists():
        for target in indicator.targets.filter(year=plan.year):
            delete_target(target, actor=actor)
    if not users.exists() and not indicator.targets.exists():
        # What something was measured by stays, though no line promises it any more.
        with suppress(ValidationError):
            delete_indicator(indicator, actor=actor)


@transaction.atomic
def confirm_proposal(plan_pk: int, uid: uuid.UUID, indicator_pk: int, *, actor: User) -> Indicator:
    """Say that a target carried on from last year is this year's, whatever the sentence says."""
    plan, item = _open(plan_pk, uid)
    indicator = _linked(item, indicator_pk)
    target = indicator.targets.filter(year=plan.year, is_proposal=True).first()
    if target:
        _check_free(plan, indicator)
        _confirm([(target, _pairing(_match(item), indicator))], actor=actor)
        _store(plan, item, indicator)
    return indicator


@transaction.atomic
def confirm_proposals(plan_pk: int, *, actor: User, lines: Collection[str] | None = None) -> Confirmed:
    """Confirm all proposals of a plan that their sentences do not contradict.

    With `lines`, only those of indicators that serve no line but these. A proposal whose sentence has
    another number, or no longer any, is left for a person to look at.
    """
    plan = lock_open(plan_pk)
    pairs: dict[int, list[Pairing]] = defaultdict(list)
    others = set()
    for uid, own in plan_board(plan, plan_document(plan)).matches.items():
        for pair in own.pairings:
            if pair.promise.is_proposal:
                pairs[pair.promise.key].append(pair)
                if lines is not None and uid not in lines:
                    others.add(pair.promise.key)
    allowed = {key: found for key, found in pairs.items() if key not in others}
    held = _held_elsewhere(plan, allowed)
    good = {
        key: found
        for key, found in allowed.items()
        if key not in held and not any(pair.is_open for pair in found)
    }
    targets = YearlyTarget.objects.filter(indicator__in=good, year=plan.year)
    if good:
        _confirm([(target, good[target.indicator_id][0]) for target in targets], actor=actor)
        revision = store_change(plan, shape=False)
        _mark(plan, revision, Item.indicators.through.objects.filter(indicator__in=good).values("item"))
    return Confirmed(len(good), len(allowed) - len(good))


def _confirm(proposals: Sequence[tuple[YearlyTarget, Pairing]], *, actor: User) -> None:
    for target, pair in proposals:
        target.is_proposal = False
        if pair.standing is Standing.IN_STEP and pair.found:
            target.quote = pair.found.reading.quote
    bulk_update_with_history(
        [target for target, _pair in proposals],
        YearlyTarget,
        ["is_proposal", "quote"],
        batch_size=500,
        default_user=actor,
    )


def _open(plan_pk: int, uid: uuid.UUID) -> tuple[Plan, Item]:
    plan = lock_open(plan_pk)
    item = present_item(plan, uid)
    item.plan = plan
    return plan, item


def _match(item: Item) -> Match:
    return item_board(item).of(item.uid)


def _reading(own: Match, digest: str) -> Found:
    for found in own.found:
        if found.digest == digest:
            return found
    raise ValidationError(_("The sentence has changed meanwhile. Look at it again."), code="gone")


def _pairing(own: Match, indicator: Indicator) -> Pairing:
    return next(pair for pair in own.pairings if pair.promise.key == indicator.pk)


def _linked(item: Item, indicator_pk: int) -> Indicator:
    indicator = lock_indicator(indicator_pk)
    if not item.indicators.filter(pk=indicator.pk).exists():
        raise ValidationError(_("This target is no longer on the line; somebody took it off."), code="gone")
    return indicator


def _known_indicator(plan: Plan, pk: int) -> Indicator:
    indicator = lock_indicator(pk)
    if indicator.district_id != plan.district_id:
        raise ValidationError(_("This indicator is not one of the district."))
    return indicator


def _check_goes_with(plan: Plan, indicator: Indicator, wanted: Values) -> None:
    """Refuse a number that counts something else, or a second target in one year."""
    if not counts_alike(indicator.counted_in, wanted["counted_in"]):
        raise ValidationError(
            _("“%(name)s” is counted in %(theirs)s, this number in %(ours)s."),
            params={"name": indicator.name, "theirs": indicator.counted_in, "ours": wanted["counted_in"]},
        )
    values = (wanted["value"], wanted["value_max"])
    target = indicator.targets.filter(year=plan.year).first()
    if target and (target.value, target.value_max) != values:
        raise ValidationError(
            _("“%(name)s” has another target for this year. Link it, and let it follow this sentence."),
            params={"name": indicator.name},
        )


def _held_elsewhere(plan: Plan, indicators: Collection[int]) -> set[int]:
    """Return which of the indicators serve another plan that nobody may write now.

    Those of the plan's year share the value, and what is being signed or is with the city the name as well.
    Plans of earlier years that are approved stand by their version in force.
    """
    lines = Item.objects.present().filter(indicators__in=indicators).exclude(plan=plan)
    now = Q(plan__year=plan.year) | Q(plan__status__in=(PlanStatus.SIGNING, PlanStatus.SUBMITTED))
    closed = lines.filter(now).exclude(plan__status__in=EDITABLE)
    return set(closed.values_list("indicators", flat=True)).intersection(indicators)


def _check_free(plan: Plan, indicator: Indicator) -> None:
    """Refuse to change what stands in a plan that is closed: it would say something else than was signed."""
    if _held_elsewhere(plan, [indicator.pk]):
        raise ValidationError(
            _("“%(name)s” also stands in a plan that is not open for changes, so it stays as it is."),
            params={"name": indicator.name},
        )


def _only_adds_baseline(changed: Sequence[str], now: Values) -> bool:
    """Say whether nothing changes but that last year's result becomes known, which is no promise."""
    return not changed or (list(changed) == ["baseline_value"] and now["baseline_value"] is None)


def _note(indicator: Indicator, reason: str, *, actor: User) -> None:
    """Leave in the indicator's history who linked it: the link is no row with a history of its own."""
    indicator._change_reason = reason  # type: ignore[attr-defined]  # noqa: SLF001 -- simple-history's documented way
    save_as(indicator, actor, update_fields=["name"])


def _store(plan: Plan, item: Item, indicator: Indicator | None = None) -> None:
    """Count the change, and mark the line with all others of the plan that show the same target."""
    revision = store_change(plan, shape=False)
    Item.objects.filter(pk=item.pk).update(changed_in=revision)
    if indicator:
        _mark(plan, revision, Item.indicators.through.objects.filter(indicator=indicator).values("item"))


def _mark(plan: Plan, revision: int, items: Any) -> None:
    Item.objects.present().filter(plan=plan, pk__in=items).update(changed_in=revision)
