"""The check list of a plan's working rows, and how a page shows it. A fixed number of queries."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import override

from accounts.models import Unit
from core.glyphs import missing_glyphs
from indicators.models import YearlyTarget
from plans.checks import RULES, Context, Finding, Level, Rule, UnitDates, check
from plans.checks.places import excerpt, places_of
from plans.checks.record import CheckRecord, RuleRow
from plans.checks.wording import printed_words
from plans.document import PlanDocument
from plans.frameworks import CriterionLine
from plans.models import Comment, Framework, Item, Plan, RefusedReading
from plans.queries.documents import plan_document

LABEL = 24  # characters of a line that tell which one it is
OF_THE_WHOLE = ("no_chapter", "no_units")  # concern the plan, but not what stands among its facts


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A finding where it stands; place and first words of its line are "" for the whole plan.

    `key` is the id of its link, by which the focus finds back to it in a list loaded anew.
    """

    key: str
    finding: Finding
    place: str
    label: str

    @property
    def is_fact(self) -> bool:
        """Say whether it is put right on the page of the plan's facts."""
        return not self.finding.uid and self.finding.code not in OF_THE_WHOLE


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """All findings of one rule. `words` and `remedy` are set where they are the same for all of them.

    Words that say no more than the rule's title are left out.
    """

    rule: Rule
    words: str
    remedy: str
    lines: tuple[CheckLine, ...]
    has_words: bool  # each line has its own


@dataclass(frozen=True, slots=True)
class CheckList:
    """The list as a page shows it; `lines` keeps the order of the document.

    `state` is the same for the same list in the same language.
    """

    lines: tuple[CheckLine, ...]
    errors: tuple[CheckGroup, ...]
    warnings: tuple[CheckGroup, ...]
    state: str

    @property
    def error_count(self) -> int:
        return sum(len(group.lines) for group in self.errors)

    @property
    def warning_count(self) -> int:
        return sum(len(group.lines) for group in self.warnings)


def findings_of(plan: Plan) -> tuple[PlanDocument, list[Finding]]:
    """Return the plan's document with what the check list says of it, in ten queries, nine without framework.

    `plan.district.city` is best loaded already, or costs two more.
    """
    document = plan_document(plan)
    return document, check(document, check_context(plan, document))


def errors_of(plan: Plan) -> list[Finding]:
    """Return what stops the plan's signature and filing."""
    return [finding for finding in findings_of(plan)[1] if finding.is_error]


INTERNAL = frozenset({"comments_open"})


def check_record(plan: Plan) -> CheckRecord:
    """Return the check list of the plan as it stands, every rule in it, as a document tells it.

    It is filed: what the district says to itself of the plan is no part of it.
    """
    document, findings = findings_of(plan)
    with override("zh-hant"):
        told: dict[str, list[str]] = {code: [] for code in RULES}
        for line in check_list(document, findings).lines:
            where = f"{line.place}{f'「{line.label}」' if line.label else ''}"
            told[line.finding.code].append(f"{where}：{line.finding.words}" if where else line.finding.words)
        return CheckRecord(
            tuple(
                RuleRow(str(rule.title), rule.level.value, tuple(told[code]))
                for code, rule in RULES.items()
                if code not in INTERNAL
            )
        )


def check_context(plan: Plan, document: PlanDocument) -> Context:
    """Return what the document does not say, in six queries, five without a framework."""
    total, criteria = _framework(plan)
    present = {"item__plan": plan, "item__removed_at__isnull": True}
    return Context(
        units=_units(plan),
        criteria=criteria,
        total_points=total,
        unprintable=frozenset(missing_glyphs(_all_words(document))),
        proposals=_sets(
            (uid, (name, counted_in))
            for uid, name, counted_in in YearlyTarget.objects.filter(
                indicator__items__plan=plan,
                indicator__items__removed_at__isnull=True,
                year=plan.year,
                is_proposal=True,
            ).values_list("indicator__items__uid", "indicator__name", "indicator__counted_in")
        ),
        refused=_sets(RefusedReading.objects.filter(**present).values_list("item__uid", "reading")),
        # Read by the rule about years alone.
        earlier={
            str(uid): f"{title}\n{text}"
            for uid, title, text in Item.objects.present()
            .filter(Q(predecessor__title__contains="年") | Q(predecessor__text__contains="年"), plan=plan)
            .values_list("uid", "predecessor__title", "predecessor__text")
        },
        comments={
            str(uid): count
            for uid, count in Comment.objects.open_threads()
            .filter(**present)
            .order_by()
            .values_list("item__uid")
            .annotate(count=Count("pk"))
        },
    )


def check_list(document: PlanDocument, findings: Iterable[Finding]) -> CheckList:
    """Return the findings grouped by rule, errors apart from warnings, each with the line it stands at."""
    places = places_of(document)
    labels = {node.uid: excerpt(node.title or node.text, LABEL) for node in document.walk()}
    groups: dict[str, list[CheckLine]] = {code: [] for code in RULES}
    times: Counter[str] = Counter()
    lines = []
    for finding in findings:
        alike = groups[finding.code]
        place, label = places.get(finding.uid, ""), labels.get(finding.uid, "")
        key = f"{finding.code}-{finding.uid}"
        times[key] += 1
        line = CheckLine(f"{key}-{times[key]}", finding, place, label)
        alike.append(line)
        lines.append(line)
    made = [_group(code, alike) for code, alike in groups.items() if alike]
    return CheckList(
        lines=tuple(lines),
        errors=tuple(group for group in made if group.rule.level is Level.ERROR),
        warnings=tuple(group for group in made if group.rule.level is Level.WARNING),
        state=_state(lines),
    )


def _group(code: str, lines: list[CheckLine]) -> CheckGroup:
    has_words = any(line.finding.parameters for line in lines)
    words = {line.finding.words for line in lines}
    remedies = {line.finding.remedy for line in lines}
    is_shared = has_words and len(lines) > 1 and len(words) == 1
    return CheckGroup(
        rule=RULES[code],
        words=words.pop() if is_shared else "",
        remedy=remedies.pop() if len(remedies) == 1 else "",
        lines=tuple(lines),
        has_words=has_words and not is_shared,
    )


def _state(lines: Iterable[CheckLine]) -> str:
    told = "\n".join(f"{line.key} {line.place} {line.label} {line.finding.words}" for line in lines)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _all_words(document: PlanDocument) -> str:
    facts = document.facts
    words = [facts.title, facts.subtitle, facts.attribute, facts.note, facts.agency, *facts.sign_off]
    words += (head for _uid, heads in facts.column_heads for head in heads)
    words += (part for node in document.walk() for part in printed_words(node))
    return "".join(words)


def _units(plan: Plan) -> dict[str, UnitDates]:
    rows = Unit.objects.filter(district=plan.district_id).values_list(
        "name", "starts_on", "ends_on", "successor__name"
    )
    return {name: UnitDates(starts, ends, successor or "") for name, starts, ends, successor in rows}


def _framework(plan: Plan) -> tuple[Decimal | None, dict[str, CriterionLine]]:
    """Return the total of the plan's framework, None where it has none, and its criteria by code."""
    if plan.framework_id is None:
        return None, {}
    rows = list(
        Framework.objects.filter(pk=plan.framework_id).values_list(
            "total_points", "criteria__code", "criteria__title", "criteria__points"
        )
    )
    criteria = {code: CriterionLine(code, title, points) for _total, code, title, points in rows if code}
    return (rows[0][0] if rows else None), criteria


def _sets(rows: Iterable[tuple[Any, Any]]) -> dict[str, frozenset[Any]]:
    groups: dict[str, set[Any]] = defaultdict(set)
    for uid, value in rows:
        groups[str(uid)].add(value)
    return {uid: frozenset(values) for uid, values in groups.items()}
