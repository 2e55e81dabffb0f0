"""Beginning a plan: from an earlier one, from a framework, or from nothing.

What a copy takes over and what it does not is listed field by field in `plans/copy_lists.py`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from accounts.models import District, User
from core.roc import to_roc
from indicators.models import Indicator, Milestone, YearlyTarget
from plans.document import Facts
from plans.enums import Duty
from plans.frameworks import CriterionLine
from plans.models import SERIES, Attachment, Framework, Item, Plan, Responsibility
from plans.queries.beginnings import (
    CopyPreview,
    copy_preview,
    is_in_force,
    linked_indicators,
    targets_to_propose,
)
from plans.queries.documents import item_keys
from plans.services.locking import lock_plan
from plans.services.plans import create_plan, store_plan, write_rosters, write_tree
from plans.skeletons import skeleton
from plans.successors import move_quote, move_years, renamed, years_later

BATCH = 500


@transaction.atomic
def copy_plan(source_pk: int, *, year: int, actor: User, series: str = "") -> Plan:
    """Write the plan of the Western `year` from that of an earlier year, as `copy_preview` says.

    Each line is a new one that goes back to the old one. Indicators are the same; for each that has no
    target in the new year the old value is proposed. Of the old plan nothing changes.
    Raises ValidationError when the year is not a later one, or has a plan of the series already.
    """
    # Held still while it is read: a copy made between two changes of a tree would be half of each.
    source = lock_plan(source_pk)
    if year <= source.year:
        raise ValidationError(
            _("A plan is made from one of an earlier year; that of %(year)s is not earlier."),
            params={"year": to_roc(source.year)},
        )
    preview = copy_preview(source, year=year, series=series)
    names = {node.uid: str(uuid.uuid4()) for node in preview.document.walk()}
    document = renamed(preview.document, names)
    plan = Plan(
        district=source.district,
        framework=preview.framework,
        predecessor=source,
        starts_on=_maybe_later(source.starts_on, year - source.year),
        ends_on=_maybe_later(source.ends_on, year - source.year),
    )
    store_plan(plan, document, actor=actor)
    predecessors = {names[uid]: pk for uid, pk in item_keys(source).items() if uid in names}
    written = write_tree(plan, document, actor=actor, predecessors=predecessors)
    write_rosters(written, actor=actor)
    items = {item.predecessor_id: item for item, _node in written if item.predecessor_id}
    _carry_units(items, preview, actor=actor)
    _carry_indicators(items, preview, actor=actor)
    _carry_attachments(plan, preview, actor=actor)
    return plan


@transaction.atomic
def begin_from_framework(
    framework: Framework,
    *,
    district: District,
    year: int,
    actor: User,
    series: str = SERIES,
    chapters: Sequence[str] = (),
) -> Plan:
    """Write a plan whose headings are the framework's criteria, with their points, linked to them.

    Raises ValidationError when the framework is not one the city has in force in that Western year.
    """
    if framework.city_id != district.city_id or not is_in_force(framework, year):
        raise ValidationError(
            _("“%(name)s” is not in force in %(year)s."),
            params={"name": framework.name, "year": to_roc(year)},
        )
    criteria = framework.criteria.values_list("code", "title", "points")
    document = skeleton(
        _facts(district, year, series),
        chapters=chapters,
        criteria=[CriterionLine(*row) for row in criteria],
        level_names=framework.level_names,
        body_uid=str(uuid.uuid4()),
    )
    return create_plan(document, district=district, actor=actor, framework=framework)


@transaction.atomic
def begin_empty(
    *, district: District, year: int, actor: User, series: str = SERIES, chapters: Sequence[str] = ()
) -> Plan:
    """Write a plan of nothing but its title and these chapters."""
    document = skeleton(_facts(district, year, series), chapters=chapters)
    return create_plan(document, district=district, actor=actor)


def _facts(district: District, year: int, series: str) -> Facts:
    return Facts(
        title=f"{district.agency_name}{to_roc(year)}年度{series}",
        agency=district.agency_name,
        city=district.city.name,
        district=district.name,
        series=series,
        year=year,
    )


def _maybe_later(day: dt.date | None, years: int) -> dt.date | None:
    return None if day is None else years_later(day, years)


def _carry_units(items: dict[int, Item], preview: CopyPreview, *, actor: User) -> None:
    """Name at each new line the units of the old one, or those that followed them."""
    rows: dict[tuple[int, int], Responsibility] = {}
    old = Responsibility.objects.filter(item__in=preview.source.items.filter(removed_at__isnull=True))
    for item, unit, duty, position in old.order_by("position", "pk").values_list(
        "item", "unit", "duty", "position"
    ):
        key = (item, preview.units[unit])
        if item not in items:
            continue  # below a line that was taken out: it stands nowhere
        if key not in rows:
            rows[key] = Responsibility(item=items[item], unit_id=key[1], duty=duty, position=position)
        elif duty == Duty.LEAD:  # two units have become one, and one of them led
            rows[key].duty = duty
    bulk_create_with_history(list(rows.values()), Responsibility, batch_size=BATCH, default_user=actor)


def _carry_indicators(items: dict[int, Item], preview: CopyPreview, *, actor: User) -> None:
    """Link the new lines to the same indicators, and propose last year's value where none is there."""
    source = preview.source
    # Two plans of one district may share an indicator; both would propose a value for the year.
    list(
        Indicator.objects.select_for_update(no_key=True).filter(pk__in=linked_indicators(source).values("pk"))
    )
    link = Item.indicators.through
    linked = (
        link.objects.filter(item__plan=source, indicator__retired_on__isnull=True)
        .order_by("pk")
        .values_list("item_id", "indicator_id")
    )
    pairs = [(item, indicator) for item, indicator in linked if item in items]
    link.objects.bulk_create(
        [link(item_id=items[item].pk, indicator_id=indicator) for item, indicator in pairs], batch_size=BATCH
    )
    words: dict[int, str] = defaultdict(str)
    for item, indicator in pairs:
        words[indicator] += f"{items[item].title}\n{items[item].text}\n"
    old = list(targets_to_propose(source, preview.year).prefetch_related("milestones").order_by("pk"))
    proposals = [
        YearlyTarget(
            indicator_id=target.indicator_id,
            year=preview.year,
            value=target.value,
            value_max=target.value_max,
            baseline=target.result if preview.year == source.year + 1 else None,
            quote=move_quote(target.quote, words[target.indicator_id], year=source.year, to=preview.year),
            is_proposal=True,
        )
        for target in old
    ]
    bulk_create_with_history(proposals, YearlyTarget, batch_size=BATCH, default_user=actor)
    milestones = [
        Milestone(
            target=proposal,
            position=one.position,
            title=move_years(one.title, year=source.year, to=preview.year).text,
            due_on=years_later(one.due_on, preview.year - source.year),
            weight=one.weight,
        )
        for target, proposal in zip(old, proposals, strict=True)
        for one in target.milestones.all()
    ]
    bulk_create_with_history(milestones, Milestone, batch_size=BATCH, default_user=actor)


def _carry_attachments(plan: Plan, preview: CopyPreview, *, actor: User) -> None:
    """Give the new plan a copy of each file that is there, which it keeps whatever becomes of the old one."""
    rows: list[Attachment] = []
    try:
        for position, (old, title) in enumerate(preview.attachments):
            row = Attachment(
                plan=plan,
                position=position,
                title=title,
                file_name=old.file_name,
                size=old.size,
                sha256=old.sha256,
            )
            rows.append(row)
            with old.file.open("rb") as content:
                row.file.save(old.file_name, File(content), save=False)
        bulk_create_with_history(rows, Attachment, batch_size=BATCH, default_user=actor)
    except BaseException:
        # The rows go with the transaction, files have none.
        for row in rows:
            if row.file.name:
                row.file.storage.delete(row.file.name)
        raise
