"""From a proposal to the document that is written as a plan."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import District
from core.roc import to_roc
from documents.ingest.proposal import Proposal, ProposedItem, ProposedTarget
from documents.ingest.targets import reading_of
from documents.ingest.units import is_all_units
from plans.document import Facts, Member, Node, PlanDocument, Target, UnitName
from plans.enums import Scheme, Style
from plans.readings import target_of
from plans.services.plans import Sources


@dataclass(frozen=True)
class Converted:
    document: PlanDocument
    sources: Sources
    uids: Mapping[int, str]  # the uid each proposed item got, by its id


def to_document(proposal: Proposal, *, district: District, series: str, year: int) -> Converted:
    """Return the plan a proposal describes, for the given district, series and Western year.

    Of the targets only promised ones become the plan's: numbers found in actions, and mere
    frequencies, were offered and stay with the proposal.
    """
    uids = {item.id: str(uuid.uuid4()) for item in proposal.items}
    children: dict[int | None, list[ProposedItem]] = defaultdict(list)
    for item in proposal.items:
        children[item.parent].append(item)
    targets = _targets(proposal)
    rosters: dict[int, list[Member]] = defaultdict(list)
    for row in proposal.task_force:
        rosters[row.item].append(Member(row.title, row.member, row.duty, row.remark))

    def build(item: ProposedItem) -> Node:
        return Node(
            uid=uids[item.id],
            kind=item.kind,
            title=item.title,
            text=item.text,
            numbered=item.numbered,
            child_style=item.child_style if item.child_style in Style.values else "",
            layout=item.layout,
            points=item.points,
            points_text=item.points_text,
            units=tuple(UnitName(name) for name in dict.fromkeys(item.units) if not is_all_units(name)),
            all_units=item.all_units,
            targets=tuple(targets[item.id]),
            roster=tuple(rosters[item.id]),
            children=tuple(build(child) for child in children[item.id]),
        )

    facts = proposal.plan
    agency = facts.agency or district.agency_name
    heads = sorted((uids[table.item], tuple(table.heads)) for table in proposal.columns if table.item in uids)
    document = PlanDocument(
        Facts(
            title=facts.title or f"{agency}{to_roc(year)}年度{series}",
            agency=district.agency_name,
            city=district.city.name,
            district=district.name,
            series=series,
            year=year,
            subtitle=facts.subtitle,
            attribute=facts.attribute,
            note=facts.note,
            sign_off=tuple(facts.sign_off),
            scheme=_scheme(proposal),
            column_heads=tuple(heads),
        ),
        tuple(build(item) for item in children[None]),
    )
    return Converted(document.numbered(), _sources(proposal, uids), uids)


def _scheme(proposal: Proposal) -> str:
    pairs = any(item.child_style == Style.PAIR for item in proposal.items)
    return Scheme.WITH_PAIRS if pairs else Scheme.STANDARD


def _targets(proposal: Proposal) -> dict[int, list[Target]]:
    found: dict[int, list[Target]] = defaultdict(list)
    items = {item.id: item for item in proposal.items}
    for target in proposal.targets:
        if target.origin == "target" and (target.value is not None or target.comparator == "done"):
            reading = reading_of(items[target.item], target) if target.item in items else None
            found[target.item].append(target_of(reading) if reading else _plain(target))
    return found


def _plain(target: ProposedTarget) -> Target:
    return Target(
        quote=target.quote,
        name=target.name,
        comparator=target.comparator,
        value=target.value,
        value_max=target.value_max,
        counted_in=target.counted_in,
        aggregation=target.aggregation,
        per=target.per,
    )


def _sources(proposal: Proposal, uids: Mapping[int, str]) -> Sources:
    return Sources(
        markers={uids[item.id]: item.marker for item in proposal.items},
        lines={uids[item.id]: f"{item.lines.first}–{item.lines.last}" for item in proposal.items},
    )
