"""What the import screen shows of a draft: its source, its tree with computed numbers, what is left over.

And which file holds a document, if one was asked for.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from core.roc import to_roc
from core.text import fold
from documents.approvals import Approval, approval_of
from documents.corrections import depths
from documents.ingest.accounting import Characters, account
from documents.ingest.proposal import LOW_CONFIDENCE, Proposal, ProposedItem, ProposedMember, ProposedTarget
from documents.ingest.storing import dump, load
from documents.ingest.units import is_all_units
from documents.kinds import FileKind
from documents.models import (
    COMPARE,
    FILED,
    IN_FORCE,
    PACKAGE,
    PDF,
    RESPONSES,
    UNMARKED,
    YEAR_END,
    FileState,
    ImportDraft,
    RenderedFile,
)
from documents.packages import Package
from documents.render.identity import renderer_version
from documents.responses import ResponseSheet
from indicators.phrases import promise
from plans.blocks import ALL_UNITS
from plans.contrast import Sheet
from plans.document import PlanDocument
from plans.enums import FILED as OUTSIDE
from plans.enums import Kind, Scheme, Style, VersionKind
from plans.models import Plan, PlanVersion
from plans.numbering import number_rows
from plans.queries.versions import standing_version
from progress.yearend import YearEndSheet


@dataclass(frozen=True, slots=True)
class FoundNumber:
    words: str  # at least 12 場次
    origin: str


@dataclass(frozen=True, slots=True)
class TreeRow:
    item: ProposedItem
    depth: int
    number: str
    kind: str
    units: str
    is_low: bool
    numbers: tuple[FoundNumber, ...]
    members: tuple[ProposedMember, ...]


@dataclass(frozen=True, slots=True)
class SourceLine:
    number: int
    text: str
    item: int | None  # the first item read from this line
    is_unplaced: bool


@dataclass(frozen=True)
class Correction:
    """Everything on the correction screen."""

    proposal: Proposal
    rows: list[TreeRow]
    source: list[SourceLine]
    characters: Characters
    low: int
    known_units: frozenset[str]
    new_units: list[str]
    other_agency: str  # the agency the text names, where it is not the district's
    other_year: str  # the ROC year its title names, where it is not the draft's


def proposal_of(draft: ImportDraft) -> Proposal:
    """Return the draft's proposal as it stands now. The draft must have been read."""
    return load(draft.proposal or dump(Proposal()), draft.source.split("\n"))


def tree_rows(proposal: Proposal) -> list[TreeRow]:
    """Return the items with the numbers they would print."""
    pairs = any(item.child_style == Style.PAIR for item in proposal.items)
    scheme = Scheme.WITH_PAIRS if pairs else Scheme.STANDARD
    numbers = dict(
        number_rows(
            ((item.id, item.parent, item.kind, item.numbered, item.child_style) for item in proposal.items),
            scheme,
        )
    )
    found, members = defaultdict(list), defaultdict(list)
    for target in proposal.targets:
        if target.value is not None:
            found[target.item].append(FoundNumber(_words(target), target.origin))
    for member in proposal.task_force:
        members[member.item].append(member)
    depth = depths(proposal)
    labels = dict(Kind.choices)
    return [
        TreeRow(
            item=item,
            depth=depth[item.id],
            number=numbers[item.id],
            kind=str(labels[Kind(item.kind)]),
            units=ALL_UNITS if item.all_units else "、".join(item.units),
            is_low=item.confidence < LOW_CONFIDENCE,
            numbers=tuple(found[item.id]),
            members=tuple(members[item.id]),
        )
        for item in proposal.items
    ]


def _words(target: ProposedTarget) -> str:
    value, value_max = (None if text is None else Decimal(text) for text in (target.value, target.value_max))
    return promise(
        target.comparator,
        value,
        value_max,
        target.counted_in,
        aggregation=target.aggregation,
        per=target.per,
    )


def _other_year(title: str, year: int) -> str:
    named = re.search(r"(\d{2,3})\s*年", unicodedata.normalize("NFKC", title))
    return named[1] if named and int(named[1]) != to_roc(year) else ""


def correction(draft: ImportDraft) -> Correction:
    """Return the correction screen of a draft that was read; two queries for the district's units."""
    proposal = proposal_of(draft)
    rows = tree_rows(proposal)
    first_item: dict[int, int] = {}
    for item in proposal.items:
        for line in range(item.lines.first, item.lines.last + 1):
            first_item.setdefault(line, item.id)
        # The line an item begins on leads to it, whatever longer item was read before.
        first_item[item.lines.first] = first_item.get(item.lines.first, item.id)
    unplaced = {unplaced.line for unplaced in proposal.unplaced}
    source = [
        SourceLine(number, text, first_item.get(number), number in unplaced)
        for number, text in enumerate(proposal.source, 1)
    ]
    agency = proposal.plan.agency
    known = frozenset(name for unit in draft.district.units.all() for name in unit.names)
    used = dict.fromkeys(name for item in proposal.items for name in item.units if not is_all_units(name))
    return Correction(
        proposal=proposal,
        rows=rows,
        source=source,
        characters=account(proposal),
        low=sum(row.is_low for row in rows),
        known_units=known,
        new_units=[name for name in used if name not in known],
        other_year=_other_year(proposal.plan.title, draft.year),
        other_agency=agency if agency and fold(agency) != fold(draft.district.agency_name) else "",
    )


def content_key(content: str, file_format: str, *, is_draft: bool, approval: str = "") -> str:
    """Return the digest of everything the bytes depend on."""
    parts = [content, file_format, str(is_draft), renderer_version(file_format)]
    parts += [approval] if approval else []
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def file_of(plan: Plan, document: PlanDocument) -> RenderedFile | None:
    """Return the PDF of the plan as it stands, made or on its way; None where none was asked for, or lost."""
    return _file(document.to_json(), PDF, approval_of(plan).to_json())


def version_to_print(plan: Plan) -> PlanVersion | None:
    """Return the version that a filed or decided plan is printed as; None while its rows are what counts."""
    return standing_version(plan) if plan.status in OUTSIDE else None


def format_of(plan: Plan, version: PlanVersion) -> str:
    """Return as what a version of the plan is printed: one that was never filed bears a draft's mark."""
    if version.pk == plan.in_force_id or version.events.filter(step="approve").exists():
        return IN_FORCE
    return FILED if version.kind == VersionKind.FILED else PDF


def version_file_of(plan: Plan, version: PlanVersion) -> RenderedFile | None:
    """Return the PDF of a version, as `file_of` does that of the plan as it stands."""
    return _file(version.content, format_of(plan, version), approval_of(plan, version).to_json())


def package_file_of(package: Package, approval: Approval) -> RenderedFile | None:
    """Return what was filed as one file, as `file_of` does the PDF."""
    return _file(package.to_json(), PACKAGE, approval.to_json())


def responses_file_of(sheet: ResponseSheet) -> RenderedFile | None:
    """Return the PDF of remarks and answers, as `file_of` does that of the plan."""
    return _file(sheet.to_json(), RESPONSES)


def year_end_file_of(sheet: YearEndSheet) -> RenderedFile | None:
    """Return the PDF of a year's results, as `file_of` does that of a plan."""
    return _file(sheet.to_json(), YEAR_END)


def comparison_file_of(sheet: Sheet) -> RenderedFile | None:
    """Return the PDF of the two side by side, as `file_of` does that of one."""
    return _file(sheet.to_json(), COMPARE)


def file_of_kind(content: str, kind: FileKind) -> RenderedFile | None:
    """Return the file of a kind that an app above provides, as `file_of` does that of a plan."""
    return _file(content, kind.name)


def _file(content: str, file_format: str, approval: str = "") -> RenderedFile | None:
    key = content_key(content, file_format, is_draft=file_format not in UNMARKED, approval=approval)
    file = RenderedFile.objects.filter(key=key).first()
    return None if file is None or is_lost(file) else file


def is_lost(file: RenderedFile) -> bool:
    """Say whether a file was made but is no longer there: a backup brought back the rows alone."""
    name = file.file.name
    return file.state == FileState.READY and not (name and file.file.storage.exists(name))
