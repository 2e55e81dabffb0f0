"""What a person does to a proposal before it is saved: levels, joining, cutting, fields, leftovers.

Pure functions: a Proposal goes in, a new one comes out, the document's order is kept throughout and no
character is lost. The tree is worked on as an outline of levels, as word processors do: moving a line
out by one level makes the lines after it, that were its siblings, its children.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.text import is_blank
from documents.ingest.joining import join
from documents.ingest.proposal import (
    Proposal,
    ProposedItem,
    ProposedMember,
    Span,
    Unplaced,
)
from documents.ingest.targets import read_item
from plans.enums import Style
from plans.markers import LIKELY, Marker, read_marker

MAX_DEPTH = 12


@dataclass(frozen=True)
class Change:
    """The fields of one item as a person left them on the form."""

    kind: str
    title: str
    text: str
    units: list[str]
    all_units: bool
    points: str | None
    numbered: bool


def depths(proposal: Proposal) -> dict[int, int]:
    """Return the depth of each item by its id, chapters being 1."""
    found: dict[int | None, int] = {None: 0}
    for item in proposal.items:
        found[item.id] = found[item.parent] + 1
    return {key: depth for key, depth in found.items() if key is not None}


def promote(proposal: Proposal, ids: Collection[int]) -> Proposal:
    """Move items out by one level, with all below them."""
    return _shift(proposal, ids, -1)


def demote(proposal: Proposal, ids: Collection[int]) -> Proposal:
    """Move items in by one level, below the line before them."""
    return _shift(proposal, ids, +1)


def merge(proposal: Proposal, key: int) -> Proposal:
    """Join an item to the line above it, number and all; what stood below it stands below that line."""
    return merge_all(proposal, [key])


def merge_all(proposal: Proposal, ids: Collection[int]) -> Proposal:
    """Join each item to the line above it, so that a run of them becomes one line."""
    proposal = copy.deepcopy(proposal)
    chosen = {item.id for item in proposal.items} & set(ids)
    if not chosen:
        raise ValidationError(_gone())
    if proposal.items[0].id in chosen:
        raise ValidationError(_("The first line has no line above it to be joined to."))
    into: dict[int | None, int] = {}
    # From the last: each is joined to the line above it as that stands.
    for at in range(len(proposal.items) - 1, 0, -1):
        item, above = proposal.items[at], proposal.items[at - 1]
        if item.id in chosen:
            _append(above, item)
            into[item.id] = above.id
    kept = [item for item in proposal.items if item.id not in chosen]
    for item in proposal.items:  # from the first: a run leads to the line it all became
        if item.id in into:
            into[item.id] = into.get(into[item.id], into[item.id])
    for item in kept:
        item.parent = into.get(item.parent, item.parent)
    for member in proposal.task_force:
        member.item = into.get(member.item, member.item)
    for columns in proposal.columns:
        columns.item = into.get(columns.item, columns.item)
    proposal.items = kept
    return _settle(proposal, read_again=set(into.values()) & {item.id for item in kept})


def split(proposal: Proposal, key: int, pieces: Sequence[str]) -> Proposal:
    """Cut an item's text into several items of its level; markers at the head of a piece are recognised."""
    proposal = copy.deepcopy(proposal)
    at = _index(proposal, key)
    item = proposal.items[at]
    pieces = [piece.strip() for piece in pieces if piece.strip()]
    if len(pieces) < 2:
        raise ValidationError(_("Put a line break where the text is to be cut, then cut."))
    item.text = pieces[0]
    new: list[ProposedItem] = []
    free = max(other.id for other in proposal.items) + 1
    for number, piece in enumerate(pieces[1:]):
        marker = _sure_marker(piece)
        new.append(
            replace(
                item,
                id=free + number,
                marker=marker.text if marker else "",
                title="",
                text=piece[marker.end :] if marker else piece,
                numbered=marker is not None or item.numbered,
                units=list(item.units),
                points=None,
                points_text="",
                layout="",
                confidence=1.0,
                lines=Span(item.lines.first, item.lines.last),
            )
        )
    # What stands below the item goes on standing below its last piece, so that the order is kept.
    last = new[-1].id
    for other in proposal.items:
        if other.parent == item.id:
            other.parent = last
    proposal.items[at + 1 : at + 1] = new
    return _settle(proposal, read_again=[item.id, *(piece.id for piece in new)])


def change(proposal: Proposal, key: int, values: Change) -> Proposal:
    """Write the fields of one item."""
    proposal = copy.deepcopy(proposal)
    item = proposal.items[_index(proposal, key)]
    item.kind = values.kind  # type: ignore[assignment]  # the form lets only kinds through
    item.title, item.text = values.title, values.text
    item.units, item.all_units = values.units, values.all_units
    if values.points != item.points:
        item.points, item.points_text = values.points, f"({values.points}分)" if values.points else ""
    item.numbered = values.numbered
    item.confidence = 1.0
    return _settle(proposal, read_again=[item.id])


def change_roster(proposal: Proposal, key: int, members: list[ProposedMember]) -> Proposal:
    """Write the rows of the roster that stands under an item."""
    proposal = copy.deepcopy(proposal)
    others = [member for member in proposal.task_force if member.item != key]
    proposal.task_force = [*others, *(replace(member, item=key) for member in members)]
    return proposal


def set_kind(proposal: Proposal, ids: Collection[int], kind: str) -> Proposal:
    """Give several items one kind."""
    proposal = copy.deepcopy(proposal)
    for item in proposal.items:
        if item.id in ids:
            item.kind = kind  # type: ignore[assignment]  # the form lets only kinds through
            item.confidence = 1.0
    return _settle(proposal, read_again=ids)


def confirm(proposal: Proposal, ids: Collection[int]) -> Proposal:
    """Say of items that they were read rightly, so that they are no longer marked."""
    proposal = copy.deepcopy(proposal)
    for item in proposal.items:
        if item.id in ids:
            item.confidence = 1.0
    return proposal


def take_out(proposal: Proposal, ids: Collection[int]) -> Proposal:
    """Take items out of the plan; their words go to the list of what is not placed, line by line."""
    proposal = copy.deepcopy(proposal)
    gone = set(ids)
    for item in proposal.items:
        if item.parent in gone:
            gone.add(item.id)
    for item in proposal.items:
        if item.id in gone:
            words = _words(item)
            words += ["／".join(filter(None, row)) for row in _roster_words(proposal, item.id)]
            proposal.unplaced += [Unplaced(item.lines.first, part) for part in words]
    proposal.items = [item for item in proposal.items if item.id not in gone]
    proposal.task_force = [member for member in proposal.task_force if member.item not in gone]
    proposal.columns = [columns for columns in proposal.columns if columns.item not in gone]
    proposal.unplaced.sort(key=lambda unplaced: unplaced.line)
    return _settle(proposal)


def place(proposal: Proposal, number: int, after: int | None) -> Proposal:
    """Make an item of the unplaced text of that number, after an item and at its level, or at the end."""
    proposal = copy.deepcopy(proposal)
    if not 0 <= number < len(proposal.unplaced):
        raise ValidationError(_("This text was placed or taken away meanwhile."))
    unplaced = proposal.unplaced.pop(number)
    at = _index(proposal, after) if after is not None else len(proposal.items) - 1
    beside = proposal.items[at] if proposal.items else None
    marker = _sure_marker(unplaced.text)
    kind = beside.kind if beside else "chapter"
    item = ProposedItem(
        id=max((other.id for other in proposal.items), default=0) + 1,
        parent=beside.parent if beside else None,
        kind="action" if kind == "table" else kind,  # a roster has rows, a line has not
        marker=marker.text if marker else "",
        text=unplaced.text[marker.end :] if marker else unplaced.text,
        numbered=marker is not None,
        lines=Span(unplaced.line, unplaced.line),
    )
    proposal.items.insert(_end_of_subtree(proposal, at) if beside else 0, item)
    return _settle(proposal, read_again=[item.id])


def discard(proposal: Proposal, number: int) -> Proposal:
    """Let an unplaced text go: page furniture. It stays in the source, and the step can be undone."""
    proposal = copy.deepcopy(proposal)
    if not 0 <= number < len(proposal.unplaced):
        raise ValidationError(_("This text was placed or taken away meanwhile."))
    del proposal.unplaced[number]
    return proposal


def _shift(proposal: Proposal, ids: Collection[int], by: int) -> Proposal:
    proposal = copy.deepcopy(proposal)
    depth = depths(proposal)
    moving: set[int] = set()
    level: dict[int, int] = {}
    before = 0
    for item in proposal.items:
        # What stands below a moved line goes with it, once, however many of its ancestors were chosen;
        # what stands below a line that cannot move stays.
        inner = item.parent in moving
        wanted = depth[item.id] + (by if inner or item.id in ids else 0)
        # A line is at most one level below the one before it: no gap arises.
        level[item.id] = min(max(wanted, 1), before + 1, MAX_DEPTH)
        before = level[item.id]
        if inner or (item.id in ids and before != depth[item.id]):
            moving.add(item.id)
    if level == depth:
        reason = _("These lines are outermost already.") if by < 0 else _("These lines cannot go further in.")
        raise ValidationError(reason)
    _set_parents(proposal, level)
    for item in proposal.items:
        if item.id in ids:
            item.confidence = 1.0
    return _settle(proposal)


def _set_parents(proposal: Proposal, level: dict[int, int]) -> None:
    path: list[int] = []
    for item in proposal.items:
        del path[level[item.id] - 1 :]
        item.parent = path[-1] if path else None
        path.append(item.id)


def _settle(proposal: Proposal, *, read_again: Collection[int] = ()) -> Proposal:
    """Make kinds, list styles, titles and readings fit the tree after a change."""
    children: dict[int | None, list[ProposedItem]] = {}
    for item in proposal.items:
        children.setdefault(item.parent, []).append(item)
    styles: dict[int | None, str] = {None: Style.FORMAL.value}
    for item in proposal.items:
        if item.parent is None:
            item.kind = "chapter"
        elif item.kind == "chapter":
            item.kind = "heading"
        below = children.get(item.id, [])
        if below and not item.title and "\n" not in item.text:
            item.title, item.text = item.text, ""
        elif not below and item.parent is not None and item.kind != "table" and not item.text:
            # A line with nothing below it is a sentence, also when its children were just moved away.
            item.title, item.text = "", item.title
        style = _style_of(below) or (item.child_style if below else "")
        # A list numbered like the line it stands below was moved there: it takes the scheme's next style.
        own = styles.get(item.parent, "")
        item.child_style = styles[item.id] = "" if style == own else style
    again = set(read_again)
    order = {item.id: number for number, item in enumerate(proposal.items)}
    proposal.targets = [
        target for target in proposal.targets if target.item in order and target.item not in again
    ]
    for item in proposal.items:
        if item.id in again:
            proposal.targets += read_item(item)
    proposal.targets.sort(key=lambda target: order[target.item])
    return proposal


def _sure_marker(text: str) -> Marker | None:
    """Return the marker a piece begins with, None where it may be a number of the sentence: 1.5公里."""
    marker = read_marker(text)
    return marker if marker is not None and marker.sureness >= LIKELY else None


def _style_of(children: list[ProposedItem]) -> str:
    """Return the numbering style the first marker among the children shows, "" where none does."""
    for child in children:
        if child.kind != "target" and child.marker:
            marker = read_marker(child.marker)
            if marker is not None and marker.style in Style.values:
                return marker.style
    return ""


def _append(above: ProposedItem, item: ProposedItem) -> None:
    """Add an item to the end of the item above: its words to the text if there is one, else the title.

    Points and layout are taken over where the item above has none of its own.
    """
    field = "text" if above.text else "title"
    joined = getattr(above, field)
    points = ""
    if not (above.points or above.points_text):
        above.points, above.points_text = item.points, item.points_text
    else:
        points = item.points_text
    for part in (f"{item.marker}{item.title}", *item.text.split("\n"), points):
        if part:
            joined = join(joined, part)
    setattr(above, field, joined)
    above.layout = above.layout or item.layout
    above.units += [unit for unit in item.units if unit not in above.units]
    above.all_units = above.all_units or item.all_units
    above.lines = Span(min(above.lines.first, item.lines.first), max(above.lines.last, item.lines.last))
    above.confidence = 1.0


def _words(item: ProposedItem) -> list[str]:
    head = f"{item.marker}{item.title}"
    rest = [*item.text.split("\n"), item.points_text, "、".join(item.units)]
    if not item.title and item.text:
        head, rest = f"{item.marker}{item.text}", rest[len(item.text.split("\n")) :]
    return [part for part in (head, *rest) if any(not is_blank(char) for char in part)]


def _roster_words(proposal: Proposal, key: int) -> list[tuple[str, str, str, str]]:
    return [(row.title, row.member, row.duty, row.remark) for row in proposal.task_force if row.item == key]


def _index(proposal: Proposal, key: int) -> int:
    for number, item in enumerate(proposal.items):
        if item.id == key:
            return number
    raise ValidationError(_gone())


def _gone() -> str:
    return _("This line is no longer there. The page shows the lines as they are now.")


def _end_of_subtree(proposal: Proposal, at: int) -> int:
    """Return the place after an item and all below it."""
    inside = {proposal.items[at].id}
    end = at + 1
    while end < len(proposal.items) and proposal.items[end].parent in inside:
        inside.add(proposal.items[end].id)
        end += 1
    return end
