"""What a new plan can be made from, and what making it from an earlier one will do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Count, Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import District, Unit
from indicators.models import Indicator, YearlyTarget
from plans import successors
from plans.document import PlanDocument
from plans.enums import FrameworkStatus
from plans.models import Attachment, Framework, Plan, PlanQuerySet, Responsibility
from plans.queries.documents import plan_document
from plans.successors import Mention, Moved, move_on, move_years

# Where a year stands that stands in no line.
PLACES: Final[dict[str, Promise]] = {
    "title": _("title"),
    "subtitle": _("subtitle"),
    "attribute": _("agency attribute"),
    "note": _("note"),
    "sign_off": _("sign-off lines"),
    "attachment": _("attachments"),
}
REASONS: Final[dict[str, Promise]] = {
    successors.DOCUMENT: _("dates a document or a law"),
    successors.EVENT: _("tells what happened in that year"),
    successors.SINCE: _("says since when"),
    successors.SPAN: _("belongs to a span of several years"),
    successors.LATER: _("comes after the year of the earlier plan"),
}


@dataclass(frozen=True)
class GoneUnit:
    """A unit that ends before the new year begins; `successor` is None where none is there to follow it."""

    unit: Unit
    successor: Unit | None
    lines: int


@dataclass(frozen=True)
class Change:
    """A year that is moved or left, and where it stands: the line's number and first words, or a place."""

    mention: Mention
    number: str = ""
    words: str | Promise = ""

    @property
    def reason(self) -> str | Promise:
        return REASONS.get(self.mention.reason, "")


@dataclass(frozen=True)
class CopyPreview:
    """What a plan made from `source` for the Western `year` will be, and what happens on the way."""

    source: Plan
    year: int
    document: PlanDocument  # its lines still under their old identities
    replaced: tuple[Change, ...]
    left: tuple[Change, ...]
    units: Mapping[int, int]  # by the key of the unit named now: that of the one named in the new plan
    gone: tuple[GoneUnit, ...]
    framework: Framework | None
    framework_left_out: Framework | None
    attachments: tuple[tuple[Attachment, str], ...]  # with the title in the new plan
    lost: tuple[Attachment, ...]  # whose file is not there any more
    lines: int
    indicators: int
    proposals: int


def copy_preview(source: Plan, *, year: int, series: str = "") -> CopyPreview:
    """Say what `copy_plan` will write. The queries do not grow with the plan."""
    before = plan_document(source)
    if series:
        before = replace(before, facts=replace(before.facts, series=series))
    successor = move_on(before, to=year)
    units, gone = _units(source, year)
    attachments = list(source.attachments.filter(removed_at__isnull=True).order_by("position", "pk"))
    lost = [row for row in attachments if not row.file or not row.file.storage.exists(row.file.name or "")]
    carried = [row for row in attachments if row not in lost]
    titles = [move_years(row.title, year=source.year, to=year) for row in carried]
    framework = source.framework
    is_carried = framework is not None and is_in_force(framework, year)
    return CopyPreview(
        source=source,
        year=year,
        document=successor.document,
        replaced=(*_in_lines(before, successor.replaced), *_in_titles(titles, "replaced")),
        left=(*_in_lines(before, successor.left), *_in_titles(titles, "left")),
        units=units,
        gone=gone,
        framework=framework if is_carried else None,
        framework_left_out=None if is_carried else framework,
        attachments=tuple((row, moved.text) for row, moved in zip(carried, titles, strict=True)),
        lost=tuple(lost),
        lines=sum(1 for _node in before.walk()),
        indicators=linked_indicators(source).count(),
        proposals=targets_to_propose(source, year).count(),
    )


def linked_indicators(plan: Plan) -> QuerySet[Indicator]:
    """Return the indicators the plan's lines are linked to and that are not retired."""
    linked = Indicator.items.through.objects.filter(item__plan=plan, item__removed_at__isnull=True)
    return Indicator.objects.present().filter(pk__in=linked.values("indicator"))


def targets_to_propose(plan: Plan, year: int) -> QuerySet[YearlyTarget]:
    """Return this plan's targets whose indicators have none yet for the Western `year`."""
    has_one = YearlyTarget.objects.filter(year=year).values("indicator")
    return YearlyTarget.objects.filter(year=plan.year, indicator__in=linked_indicators(plan)).exclude(
        indicator__in=has_one
    )


def is_in_force(framework: Framework, year: int) -> bool:
    last = framework.last_year
    return (
        framework.status == FrameworkStatus.IN_FORCE
        and framework.first_year <= year
        and (last is None or year <= last)
    )


def frameworks_in_force(district: District, year: int) -> QuerySet[Framework]:
    """Return the frameworks the district's city has in force in that Western year."""
    return Framework.objects.filter(
        Q(last_year__isnull=True) | Q(last_year__gte=year),
        city=district.city_id,
        status=FrameworkStatus.IN_FORCE,
        first_year__lte=year,
    )


def earlier_plans(plans: PlanQuerySet, district: District, *, year: int, series: str) -> list[Plan]:
    """Return which of `plans` a plan of the district can be made from, the best to take first.

    That is the newest; of one year, the one of the same series.
    """
    found = plans.filter(district=district, year__lt=year).order_by("-year", "series")
    return sorted(found, key=lambda plan: (-plan.year, plan.series != series))


def plan_of_year(plans: PlanQuerySet, district: District, *, year: int, series: str) -> Plan | None:
    """Return the plan that is there already, None where one can be begun."""
    return plans.filter(district=district, year=year, series=series).first()


def next_year(plans: PlanQuerySet, district: District, *, on: dt.date) -> int:
    """Return the Western year a new plan is most likely for: after the newest, but no year that is past."""
    newest = plans.filter(district=district).aggregate(year=Max("year"))["year"] or 0
    return max(newest + 1, on.year)


def _in_lines(document: PlanDocument, mentions: Iterable[Mention]) -> list[Change]:
    nodes = {node.uid: node for node in document.walk()}
    return [
        Change(mention, nodes[mention.uid].number, nodes[mention.uid].title or nodes[mention.uid].text)
        if mention.uid in nodes
        else Change(mention, words=PLACES.get(mention.place, ""))
        for mention in mentions
    ]


def _in_titles(titles: Iterable[Moved], which: str) -> list[Change]:
    return [
        Change(mention, words=PLACES["attachment"]) for moved in titles for mention in getattr(moved, which)
    ]


def _units(source: Plan, year: int) -> tuple[dict[int, int], tuple[GoneUnit, ...]]:
    """Say which unit each unit named in the plan gives way to, itself where it is still there."""
    counted = Responsibility.objects.filter(item__plan=source, item__removed_at__isnull=True)
    lines = dict(counted.order_by().values_list("unit").annotate(lines=Count("pk")))
    known = {unit.pk: unit for unit in Unit.objects.filter(Q(district=source.district_id) | Q(pk__in=lines))}
    follows: dict[int, int] = {}
    gone = []
    first_day = dt.date(year, 1, 1)
    for pk in sorted(lines, key=lambda pk: (known[pk].order, known[pk].name)):
        found = _follow(known[pk], known, first_day)
        follows[pk] = found.pk if found else pk
        if found is not known[pk]:
            gone.append(GoneUnit(known[pk], found, lines[pk]))
    return follows, tuple(gone)


def _follow(unit: Unit, known: Mapping[int, Unit], first_day: dt.date) -> Unit | None:
    """Return the unit, or the first after it that is still there; None where that leads nowhere."""
    seen = set()
    while unit.ends_on and unit.ends_on < first_day:
        seen.add(unit.pk)
        following = known.get(unit.successor_id or 0)
        if following is None or following.pk in seen:
            return None
        unit = following
    return unit
