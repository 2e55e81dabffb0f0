"""Plans as PlanDocuments. A fixed number of queries whatever the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from indicators.enums import Aggregation
from indicators.models import Milestone, YearlyTarget
from plans import document
from plans.models import Attachment, Item, Plan, Responsibility, RosterRow

# The fields of a document's target beside its values, and where they stand in the rows.
TARGET_COLUMNS = {"quote": "quote"} | {name: f"indicator__{name}" for name in document.MANNER}


def plan_document(plan: Plan) -> document.PlanDocument:
    """Return the working rows of `plan` as a numbered document, in five queries.

    `plan.district.city` is best loaded already, or costs two more. Milestones, where a target has any, cost
    one more.
    """
    items = list(
        Item.objects.present()
        .filter(plan=plan)
        .order_by("position", "pk")
        .values(
            "pk", "uid", "parent_id", "kind", "title", "text", "numbered", "child_style", "layout",
            "points", "points_text", "all_units", "criterion__code",
        )
    )  # fmt: skip
    units = _grouped(
        Responsibility.objects.filter(item__plan=plan, item__removed_at__isnull=True)
        .order_by("position", "pk")
        .values_list("item_id", "unit__name", "duty")
    )
    rosters = _grouped(
        RosterRow.objects.filter(item__plan=plan, item__removed_at__isnull=True)
        .order_by("position", "pk")
        .values_list("item_id", "title", "member", "duty", "remark")
    )
    targets = targets_by_line(plan)
    enclosures = (
        Attachment.objects.filter(plan=plan, removed_at__isnull=True)
        .order_by("position", "pk")
        .values_list("title", "file_name", "sha256")
    )
    children: dict[int | None, list[Mapping[str, Any]]] = defaultdict(list)
    for item in items:
        children[item["parent_id"]].append(item)

    def build(item: Mapping[str, Any]) -> document.Node:
        pk = item["pk"]
        return document.Node(
            uid=str(item["uid"]),
            kind=item["kind"],
            title=item["title"],
            text=item["text"],
            numbered=item["numbered"],
            child_style=item["child_style"],
            layout=item["layout"],
            points=_decimal(item["points"]),
            points_text=item["points_text"],
            criterion=item["criterion__code"] or "",
            units=tuple(document.UnitName(*row) for row in units[pk]),
            all_units=item["all_units"],
            targets=tuple(targets.get(pk, ())),
            roster=tuple(document.Member(*row) for row in rosters[pk]),
            children=tuple(build(child) for child in children[pk]),
        )

    built = document.PlanDocument(
        plan_facts(plan),
        tuple(build(item) for item in children[None]),
        tuple(document.Enclosure(*row) for row in enclosures),
    )
    return built.numbered()


def targets_by_line(plan: Plan) -> dict[int, list[document.Target]]:
    """Return the targets of the plan's year by the key of each line that has any.

    One query, and one more for milestones where a target has any.
    """
    rows = _grouped(
        YearlyTarget.objects.filter(
            indicator__items__plan=plan, indicator__items__removed_at__isnull=True, year=plan.year
        )
        .order_by("pk")
        .values_list("indicator__items", "pk", "value", "value_max", "baseline", *TARGET_COLUMNS.values())
    )
    milestones = _milestones(rows)
    return {key: [_target(row, milestones) for row in found] for key, found in rows.items()}


def item_keys(plan: Plan) -> dict[str, int]:
    """Return the primary key of each present item by its uid, for links from a document to its rows."""
    return {str(uid): pk for uid, pk in Item.objects.present().filter(plan=plan).values_list("uid", "pk")}


def plan_facts(plan: Plan) -> document.Facts:
    heads = tuple((uid, tuple(names)) for uid, names in sorted(plan.column_heads.items()))
    return document.Facts(
        title=plan.title,
        agency=plan.district.agency_name,
        city=plan.district.city.name,
        district=plan.district.name,
        series=plan.series,
        year=plan.year,
        subtitle=plan.subtitle,
        attribute=plan.attribute,
        note=plan.note,
        sign_off=tuple(line for line in plan.sign_off.splitlines() if line.strip()),
        scheme=plan.scheme,
        framework=plan.framework.name if plan.framework else "",
        column_heads=heads,
    )


def _target(row: tuple[Any, ...], milestones: Mapping[int, list[tuple[Any, ...]]]) -> document.Target:
    pk, value, value_max, baseline, *columns = row
    manner = dict(zip(TARGET_COLUMNS, columns, strict=True))
    return document.Target(
        value=_decimal(value),
        value_max=_decimal(value_max),
        start=_decimal(baseline) if has_start(manner["aggregation"], manner["baseline"]) else None,
        milestones=tuple(
            document.Milestone(title, due_on.isoformat(), decimal_text(weight))
            for title, due_on, weight in milestones[pk]
        ),
        **manner,
    )


def _milestones(targets: Mapping[Any, list[tuple[Any, ...]]]) -> Mapping[int, list[tuple[Any, ...]]]:
    """Return the milestones of those targets that are told by milestones; no query where none is."""
    at = 4 + list(TARGET_COLUMNS).index("aggregation")
    keys = {row[0] for rows in targets.values() for row in rows if row[at] == Aggregation.MILESTONES}
    if not keys:
        return defaultdict(list)
    rows = Milestone.objects.filter(target__in=keys).order_by("position", "pk")
    return _grouped(rows.values_list("target_id", "title", "due_on", "weight"))


def has_start(aggregation: str, baseline: str) -> bool:
    """Say whether a year's baseline is where a level starts, which is promised."""
    return aggregation == Aggregation.LATEST and not baseline


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def decimal_text(value: Decimal) -> str:
    """Return the value as text without trailing zeros, the same from every database."""
    return f"{value.normalize():f}"


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[Any, list[tuple[Any, ...]]]:
    """Group rows by their first column, which is dropped; a missing key is an empty list."""
    groups: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for key, *rest in rows:
        groups[key].append(tuple(rest))
    return groups
