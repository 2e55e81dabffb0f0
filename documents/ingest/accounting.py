"""Count what a proposal holds against its source, character by character.

Every piece of a proposal knows the lines it was read from. Each of its characters is matched with one
of the source in those lines; what is left over on either side is a difference. `placed` is counted from
the contents of the proposal alone, so a lost or doubled character cannot hide in a subtraction.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.text import is_blank
from documents.ingest.proposal import Proposal, Span


@dataclass(frozen=True)
class Characters:
    """Non-blank characters of the source, those the proposal places, and those it lists as unplaced."""

    source: int
    placed: int
    unplaced: int


@dataclass(frozen=True)
class Difference:
    """`missing`: the source has it in this line and the proposal nowhere; `extra`: the other way round."""

    line: int
    side: Literal["missing", "extra"]
    text: str


@dataclass(frozen=True)
class _Piece:
    """Text that must come from the lines `first` to `last`.

    What is `shared` may be a copy (the unit of a merged cell).
    """

    first: int
    last: int
    text: str
    placed: bool = True
    shared: bool = False


@dataclass(frozen=True)
class _Claim:
    """Part of a piece: `count` times one character."""

    piece: _Piece
    count: int


def account(proposal: Proposal) -> Characters:
    """Count the characters; `differences` says whether they are the same ones."""
    source = sum(count for line in proposal.source for count in _count(line).values())
    matching = _Matching(proposal)
    placed = matching.shared_found
    unplaced = 0
    for piece in _pieces(proposal):
        size = sum(_count(piece.text).values())
        if not piece.placed:
            unplaced += size
        elif not piece.shared:
            placed += size
    return Characters(source, placed, unplaced)


def differences(proposal: Proposal) -> list[Difference]:
    """Return where source and proposal differ, by line; none when every character is accounted for."""
    found: dict[tuple[int, Literal["missing", "extra"]], list[str]] = defaultdict(list)
    matching = _Matching(proposal)
    for line, char, count in matching.missing:
        found[line, "missing"].append(char * count)
    for line, char, count in matching.extra:
        found[line, "extra"].append(char * count)
    return [Difference(line, side, "".join(chars)) for (line, side), chars in sorted(found.items())]


class _Matching:
    """Each character matched by itself: the claim whose lines end first takes the first that is free.

    That order is optimal for intervals, so a difference is reported only where there is one.
    """

    def __init__(self, proposal: Proposal) -> None:
        self.missing: list[tuple[int, str, int]] = []
        self.extra: list[tuple[int, str, int]] = []
        self.shared_found = 0
        points: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, line in enumerate(proposal.source, 1):
            for char, count in _count(line).items():
                points[char].append((number, count))
        claims: dict[str, list[_Claim]] = defaultdict(list)
        for piece in _pieces(proposal):
            for char, count in _count(piece.text).items():
                claims[char].append(_Claim(piece, count))
        for char in points.keys() | claims.keys():
            wanted = sorted(claims[char], key=lambda claim: claim.piece.first)
            # A copy should not take what something else needs, nor go without what nothing else does.
            ways = [_Way(char, points[char], wanted, yielding=yielding) for yielding in (False, True)]
            best = min(ways, key=lambda way: len(way.missing) + len(way.extra))
            self.missing += best.missing
            self.extra += best.extra
            self.shared_found += best.shared_found


class _Way:
    """One way of matching the claims of a character; `yielding` copies wait for the others."""

    def __init__(
        self, char: str, points: list[tuple[int, int]], claims: list[_Claim], *, yielding: bool
    ) -> None:
        self.char = char
        self.missing: list[tuple[int, str, int]] = []
        self.extra: list[tuple[int, str, int]] = []
        self.shared_found = 0
        left = [claim.count for claim in claims]
        waiting: list[tuple[bool, int, bool, int]] = []
        at = 0
        for line, available in points:
            while at < len(claims) and claims[at].piece.first <= line:
                piece = claims[at].piece
                heapq.heappush(waiting, (piece.shared and yielding, piece.last, piece.shared, at))
                at += 1
            if free := self._serve(line, available, waiting, claims, left):
                self.missing.append((line, char, free))
        for claim, count in zip(claims, left, strict=True):
            if count and not claim.piece.shared:
                self.extra.append((claim.piece.first, char, count))

    def _serve(
        self,
        line: int,
        free: int,
        waiting: list[tuple[bool, int, bool, int]],
        claims: list[_Claim],
        left: list[int],
    ) -> int:
        """Give the characters of a line to the claims that wait; return how many nobody wants."""
        while waiting and free:
            _yields, last, shared, index = waiting[0]
            taken = min(free, left[index]) if last >= line else 0
            free -= taken
            left[index] -= taken
            if shared:
                self.shared_found += taken
            if last < line or not left[index]:
                heapq.heappop(waiting)
        return free


def _count(text: str) -> Counter[str]:
    counts = Counter(text)
    for char in [char for char in counts if is_blank(char)]:
        del counts[char]
    return counts


def _pieces(proposal: Proposal) -> Iterator[_Piece]:
    whole = Span(1, max(1, len(proposal.source)))
    tables = proposal.columns
    for item in proposal.items:
        span = item.lines
        for text in (item.marker, item.title, item.points_text, item.text):
            yield _Piece(span.first, span.last, text)
        for unit in item.units:
            # Cells of neighbouring columns stand interleaved: a unit may be printed far from its item.
            table = next((t.lines for t in tables if t.lines.first <= span.first <= t.lines.last), span)
            yield _Piece(min(table.first, span.first), max(table.last, span.last), unit, shared=True)
    facts = proposal.plan
    for text in (facts.title, facts.subtitle, facts.attribute, facts.note, *facts.sign_off):
        yield _Piece(whole.first, whole.last, text)
    if facts.agency not in facts.title:
        yield _Piece(whole.first, whole.last, facts.agency)
    for member in proposal.task_force:
        for text in (member.title, member.member, member.duty, member.remark):
            yield _Piece(member.lines.first, member.lines.last, text)
    for dropped in proposal.dropped:
        yield _Piece(dropped.line, max(dropped.line, dropped.last), dropped.text)
    for unplaced in proposal.unplaced:
        yield _Piece(unplaced.line, unplaced.line, unplaced.text, placed=False)
