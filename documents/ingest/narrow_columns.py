"""Decide which column each line of a table read downward belongs to.

The lines are a walk over the columns: to the right inside a row, back to the left where a row begins. Where
a page ends, cells are left unfinished and taken up again behind it. Every step and every line has a cost
by what speaks for or against it; the cheapest walk is taken (Viterbi), and how much dearer the next best
column would have been says how sure the reading is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from documents.ingest.cells import ends_paragraph, goes_on, has_pause
from documents.ingest.narrow_lines import (
    CONTENT,
    FOCUS,
    ITEM,
    PART,
    PIECE,
    UNITS,
    WHOLE,
    Seen,
    Shape,
    starts_inside,
)
from plans.markers import ARABIC, CHINESE, CHINESE_PAREN

Event = Literal["start", "stay", "resume"]

_LOST: Final = 4.0  # a cell cut by a page's end that is not taken up again
_UNSEEN_PAGE: Final = 5.0  # a page's end of which nothing shows; dearer where others do show
_LONG: Final = 5000  # lines; in a longer table such pages are not looked for, which would take too long
_BEAM: Final = 14.0  # walks this much dearer than the cheapest are given up
# A cell is missing between two of one row.
_PASSING: Final = {(ITEM, CONTENT): 1.0, (ITEM, UNITS): 5.0, (FOCUS, UNITS): 4.0}
_STYLE: Final = {ITEM: CHINESE, FOCUS: CHINESE_PAREN}


class State(NamedTuple):
    """The column of a line; cells that this page leaves cut, and those still to be taken up from the last."""

    column: int
    cut: frozenset[int]
    owed: frozenset[int]


class Step(NamedTuple):
    state: State
    cost: float
    event: Event


@dataclass(frozen=True)
class Read:
    """A line with its column. `margin` is what the next best column would have cost more."""

    seen: Seen
    column: int
    event: Event
    margin: float


_NONE: Final[frozenset[int]] = frozenset()


def read_columns(lines: Sequence[Seen], shape: Shape) -> list[Read]:
    """Return every line with its column."""
    if not lines:
        return []
    unseen = _UNSEEN_PAGE + 2.0 * any(line.page for line in lines) if len(lines) <= _LONG else None
    costs = _Costs(shape, unseen_page=unseen)
    ahead = [costs.look_at(line) for line in lines]
    first = {
        # A table begins with a 要項; it may be cut off only where a part of a table was pasted.
        State(column, _NONE, _NONE): ahead[0].own[column]
        + ahead[0].start[None][column]
        + (4.0 * (column != ITEM))
        for column in range(4)
    }
    forward: list[dict[State, float]] = [first]
    back: list[dict[State, tuple[State, Event]]] = [{}]
    for before, line in pairwise(ahead):
        reached: dict[State, float] = {}
        came: dict[State, tuple[State, Event]] = {}
        for state, cost in forward[-1].items():
            for step in costs.steps(state, before, line):
                total = cost + step.cost
                if total < reached.get(step.state, 1e9):
                    reached[step.state] = total
                    came[step.state] = (state, step.event)
        limit = min(reached.values()) + _BEAM
        forward.append({state: cost for state, cost in reached.items() if cost <= limit})
        back.append(came)
    return _trace(ahead, forward, back, costs)


def _trace(
    lines: Sequence[_Looked],
    forward: Sequence[dict[State, float]],
    back: Sequence[dict[State, tuple[State, Event]]],
    costs: _Costs,
) -> list[Read]:
    ahead = {state: costs.of_end(state) for state in forward[-1]}
    state = min(ahead, key=lambda one: forward[-1][one] + ahead[one])
    reads: list[Read] = []
    for at in range(len(lines) - 1, -1, -1):
        if at < len(lines) - 1:
            ahead = _look_ahead(forward[at], ahead, lines[at], lines[at + 1], costs)
        best: dict[int, float] = {}
        for one, cost in forward[at].items():
            if one in ahead:
                best[one.column] = min(best.get(one.column, 1e9), cost + ahead[one])
        own = best.pop(state.column)
        before, event = back[at].get(state, (state, "start"))
        reads.append(Read(lines[at].seen, state.column, event, min(best.values(), default=1e9) - own))
        state = before
    return reads[::-1]


def _look_ahead(
    states: dict[State, float], ahead: dict[State, float], line: _Looked, after: _Looked, costs: _Costs
) -> dict[State, float]:
    """Return the cheapest way to the end from each state, going on from those of the line after."""
    here: dict[State, float] = {}
    for state in states:
        rest = [
            step.cost + ahead[step.state] for step in costs.steps(state, line, after) if step.state in ahead
        ]
        if rest:
            here[state] = min(rest)
    return here


@dataclass(frozen=True)
class _Looked:
    """A line and what it costs by itself: in each column, to begin there, to go on, to leave."""

    seen: Seen
    own: tuple[float, ...]
    start: Mapping[int | None, tuple[float, ...]]
    resume: float
    stay: tuple[float, ...]
    leave: tuple[tuple[float, float], ...]


class _Costs:
    """The costs, in one place. Below zero speaks for, above against; 3 and more is strong."""

    def __init__(self, shape: Shape, *, unseen_page: float | None) -> None:
        self.shape = shape
        self.unseen_page = unseen_page

    def look_at(self, seen: Seen) -> _Looked:
        columns = range(4)
        return _Looked(
            seen,
            tuple(self.of_line(seen, column) for column in columns),
            {
                after: tuple(self.of_start(seen, column, after) for column in columns)
                for after in (None, *columns)
            },
            0.3 if starts_inside(seen) or not seen.style else 0.8,
            tuple(self.of_staying(seen, column) for column in columns),
            tuple(self.of_leaving(seen, column) for column in columns),
        )

    def steps(self, state: State, line: _Looked, after: _Looked) -> Iterator[Step]:
        """Every way to go on from `line`, in `state`, to the line `after`."""
        whole, cut = line.leave[state.column]
        if after.seen.page:
            yield from self._over_page(state, after, whole, cut)
            return
        if self.unseen_page is not None:
            yield from self._over_page(state, after, whole + self.unseen_page, cut + self.unseen_page)
        yield self._staying(state, line, after)
        if state.column != UNITS:
            yield from self._to_the_right(state, after, whole, cut)
        if state.column != ITEM and CONTENT not in state.cut:
            yield from self._new_row(state, after, whole)

    def _staying(self, state: State, line: _Looked, after: _Looked) -> Step:
        column = state.column
        cost = after.own[column] + line.stay[column]
        if after.seen.style and _STYLE.get(column) == after.seen.style:
            cost += 6.0
        return Step(state, cost, "stay")

    def _to_the_right(self, state: State, after: _Looked, whole: float, cut: float) -> Iterator[Step]:
        left = state.cut | {state.column}
        for column in range(state.column + 1, 4):
            cost = after.own[column] + _PASSING.get((state.column, column), 0.0)
            owed = state.owed
            if owed:
                cost += _LOST * sum(other < column for other in owed)
                owed = frozenset(other for other in owed if other > column)
            if column in state.owed:
                event: Event = "resume"
                cost += after.resume
            else:
                event = "start"
                cost += after.start[state.column][column]
                if column < UNITS and FOCUS in state.cut and column == FOCUS:
                    cost += 6.0
            yield Step(State(column, state.cut, owed), cost + whole, event)
            yield Step(State(column, left, owed), cost + cut, event)

    def _new_row(self, state: State, after: _Looked, whole: float) -> Iterator[Step]:
        # A row without a unit's cell happens; one that ends with its 重點 does not.
        whole += _LOST * len(state.owed) + {UNITS: 0.0, CONTENT: 1.0}.get(state.column, 4.0)
        for column in range(state.column):
            cost = whole + after.own[column] + after.start[state.column][column]
            if state.cut:
                cost += 6.0 * sum(other >= column for other in state.cut)
            yield Step(State(column, state.cut, _NONE), cost, "start")

    def _over_page(self, state: State, after: _Looked, whole: float, cut: float) -> Iterator[Step]:
        lost = _LOST * len(state.owed)
        ways = [(state.cut, whole)]
        if state.column != UNITS:
            ways.append((state.cut | {state.column}, cut))
        for owed, cost in ways:
            for column in range(4):
                here = cost + lost + after.own[column]
                if owed:
                    here += _LOST * sum(other < column for other in owed)
                if column in owed:
                    rest = frozenset(other for other in owed if other > column)
                    yield Step(State(column, _NONE, rest), here + after.resume, "resume")
                else:
                    here += after.start[None][column] + _LOST * sum(other > column for other in owed)
                    # Something in the row above is not finished where no unit closed it.
                    here += 0.5 if state.column != UNITS and column < CONTENT else 0.0
                    yield Step(State(column, _NONE, _NONE), here, "start")

    def of_line(self, seen: Seen, column: int) -> float:
        """What speaks against the line standing in this column, wherever in a cell."""
        if column == UNITS:
            return {WHOLE: -1.5, PART: -1.0, PIECE: 1.0}.get(seen.unit, 7.0)
        cost = {WHOLE: 2.0, PART: 1.0}.get(seen.unit, 0.0)
        over = -self.shape.room_left(seen, column)
        if column == CONTENT:
            cost += min(4.0, max(0.0, over - 2.0))
            narrow = seen.width <= self.shape.widths[FOCUS] + 1
            return cost + {CHINESE: 3.0, CHINESE_PAREN: 2.0 if narrow else 1.0}.get(seen.style, 0.0)
        cost += min(10.0, 2.5 * max(0.0, over - (0.6 if column == ITEM else 1.0)))
        # A 要項 is a name; sentences end in the columns right of it.
        cost += 1.5 if column == ITEM and "。" in seen.text else 0.0
        return cost + (5.0 if seen.style not in ("", _STYLE[column]) else 0.0)

    def of_start(self, seen: Seen, column: int, after: int | None) -> float:
        """A cell begins with the line; `after` is the column of the line before, None behind a page's end."""
        cost = 4.0 if starts_inside(seen) else 0.0
        if column in _STYLE:
            # Below a 要項 without a number its 重點 has none either.
            return cost + (-3.0 if seen.style == _STYLE[column] else 1.5 if after == ITEM else 3.0)
        if column == UNITS:
            return cost
        if seen.style == ARABIC:
            return cost - 1.0
        if after == UNITS:
            return cost + (1.5 if seen.style else 1.0)
        return cost + 0.3

    def of_leaving(self, seen: Seen, column: int) -> tuple[float, float]:
        """The cell ends with the line: what it costs when it is whole, and when the page cuts it."""
        if column == UNITS:
            return (2.0 if seen.unit == PIECE else 0.0), 0.5
        ended, open_end = ends_paragraph(seen.text), goes_on(seen.text)
        if self.shape.marked:
            if seen.tail:
                return 0.0, (1.0 if column == CONTENT else 3.0)
            return 4.0, 0.7
        if ended:
            return 0.0, (1.2 if column == CONTENT else 2.5)
        if open_end:
            return 4.0, 0.7
        full = 1.0 if column != ITEM and self.shape.room_left(seen, column) < 1.5 else 0.0
        return {ITEM: 0.3, FOCUS: 1.2, CONTENT: 0.8}[column] + full, 1.3

    def of_staying(self, seen: Seen, column: int) -> float:
        """The cell goes on behind the line, which should then be as full as its column is wide."""
        if column == UNITS:
            return 0.0
        if self.shape.marked and seen.tail:
            return 0.0 if column == CONTENT else 2.5
        left = self.shape.room_left(seen, column)
        if column == ITEM:
            return min(1.0, 0.3 * max(0.0, left - 2.0))
        if column == FOCUS:
            return min(5.0, max(0.0, left - 2.0)) + (1.5 if ends_paragraph(seen.text) else 0.0)
        short = min(8.0, 0.8 * max(0.0, left - 5.0))
        if self.shape.marked or has_pause(seen.text[:-1]):
            return short
        # Where nothing marks the end of a paragraph, a short line may be one: a title, a last line.
        return min(0.8 if ends_paragraph(seen.text) or seen.marker is not None else 2.0, short)

    def of_end(self, state: State) -> float:
        return _LOST * (len(state.cut) + len(state.owed))
