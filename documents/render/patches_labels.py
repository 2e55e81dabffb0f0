"""Repeating a merged label on every page that its rows reach.

Rows are printed without `rowspan`: the first row of a group holds the label (class `label`), the rows
after it hold an empty cell (class `again`) whose upper border is hidden. Where a page starts with such a
row, or in the middle of a row, the cell is given a copy of the label just before the page's part of the
table is laid out, and is emptied again afterwards. So there is room for the label, the page break before
the row is decided as ever, and nothing is laid out twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import weasyprint.layout.block
from weasyprint.formatting_structure import boxes

LABEL, AGAIN = "label", "again"
CONTINUED = "（續）"
# Of a longer label only the beginning is repeated: it must leave room for what it labels.
LONGEST_REPEAT = 60


class _Place(NamedTuple):
    """A cell that shows its label when its row comes first on a page."""

    at: int
    label: Any
    is_start: bool  # the label's own cell, which needs a copy only where its row is cut


class _RepeatedLabel(boxes.TableCellBox):  # type: ignore[misc]  # WeasyPrint ships no types
    """A cell that never counts as content.

    A row of which nothing but this finds room is no row: WeasyPrint must then make room by other means
    (the page without head and foot), or it would print the label on page after page for ever.
    """

    empty = property(lambda _cell: True, lambda _cell, _value: None)


def _table_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    def table_layout(context: Any, table: Any, bottom_space: float, skip_stack: Any, *rest: Any) -> Any:
        _containing_block, page_is_empty, *_ = rest
        places = _places(table)
        first = first_row(table, skip_stack) if places else None
        # What has the page to itself cannot move to a better one.
        table.row_that_must_stay = first if skip_stack is not None or page_is_empty else None
        if skip_stack is None or first is None:
            return original(context, table, bottom_space, skip_stack, *rest)
        with _labelled(first, places, skip_stack) as labelled_stack:
            return original(context, table, bottom_space, labelled_stack, *rest)

    return table_layout


def _block_container_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    def block_container_layout(context: Any, box: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(context, box, *args, **kwargs)
        row = box.__dict__.get("plan_row")
        if row is None:
            return result
        if box.__dict__.get("is_repeated_label") and (result[0] is None or result[1] is not None):
            # What is only shown again must not keep its row from ending.
            result = original(context, box.copy_with_children([]), *args, **kwargs)
        _decide_whether_row_breaks(row, box, result[0], rest=result[1])
        return result

    return block_container_layout


def _decide_whether_row_breaks(row: Any, cell: Any, placed: Any, *, rest: Any) -> None:
    """Send the row to the next page whole when the page's end cuts a label or leaves a cell empty.

    A label cut in two reads as two labels, and a line of a table of which one column has not begun looks
    as if that cell had nothing in it.
    """
    if cell is row.children[0]:
        row.style = row.plan_styles[False]
    if row is row.plan_table.row_that_must_stay:
        return
    is_empty = placed is None or (rest is not None and not placed.children)
    if is_empty or (rest is not None and cell.__dict__.get("is_label")):
        row.style = row.plan_styles[True]


def first_row(table: Any, skip_stack: Any) -> Any:
    """Return the row with which the table starts on this page, None for an empty table."""
    group_index, row_index = 0, 0
    if skip_stack is not None:
        ((group_index, inner),) = skip_stack.items()
        if inner:
            ((row_index, _),) = inner.items()
    for group in table.children[group_index:]:
        if not group.is_header and not group.is_footer and group.children:
            return group.children[row_index]
        row_index = 0
    return None


@contextmanager
def _labelled(row: Any, places: dict[int, tuple[_Place, ...]], skip_stack: Any) -> Iterator[Any]:
    """Put the labels into the row; yields the skip stack that lets them be laid out from their start."""
    ((group_index, inner),) = skip_stack.items()
    row_index, cut = next(iter(inner.items())) if inner else (0, None)
    # A label longer than its page goes on where it was cut; all others are shown from their start.
    going_on = cut or {}
    shown = [
        place for place in places.get(id(row), ()) if (cut or not place.is_start) and place.at not in going_on
    ]
    if not shown:
        yield skip_stack
        return
    children = row.children
    row.children = list(children)
    for place in shown:
        row.children[place.at] = _copy_of(place.label, row)
    if cut:
        # The other cells of the row resume where they stopped; the label starts anew.
        inner = {row_index: {**cut, **{place.at: {0: None} for place in shown}}}
    try:
        yield {group_index: inner}
    finally:
        row.children = children


def _copy_of(label: Any, row: Any) -> Any:
    """Return the label's cell again, with （續） at its end and without its bookmark and anchor."""
    copy = label.deepcopy()
    copy.__class__ = _RepeatedLabel
    copy.plan_row = row
    copy.is_repeated_label = True
    for box in copy.descendants():
        box.bookmark_label = box.string_set = None
        if box.style["anchor"]:
            box.style = box.style.copy()
            box.style["anchor"] = None
    _shorten(copy, LONGEST_REPEAT)
    _append(copy, CONTINUED)
    return copy


def _shorten(box: Any, room: int) -> int:
    """Drop what lies behind the first `room` characters of the box; return the room that is left."""
    kept = []
    for child in box.children:
        if room <= 0:
            break
        if isinstance(child, boxes.TextBox):
            text = child.text
            kept.append(child.copy_with_text(f"{text[:room]}…") if len(text) > room else child)
            room -= len(text)
        else:
            room = _shorten(child, room)
            kept.append(child)
    box.children = kept
    return room


def _append(box: Any, text: str) -> bool:
    """Add the text behind the last text in the box; return False when there is none."""
    for at in range(len(box.children) - 1, -1, -1):
        child = box.children[at]
        if isinstance(child, boxes.TextBox):
            if child.text.strip():
                more = child.copy_with_text(text)
                box.children = [*box.children[: at + 1], more, *box.children[at + 1 :]]
                return True
        elif _append(child, text):
            return True
    return False


def _places(table: Any) -> dict[int, tuple[_Place, ...]]:
    """Return, by the identity of the row, the cells that repeat a label; worked out once for a table."""
    known: dict[int, tuple[_Place, ...]] | None = table.__dict__.get("label_places")
    if known is not None:
        return known
    places: dict[int, tuple[_Place, ...]] = {}
    labels: dict[int, Any] = {}
    is_plan = table.element is not None and "plan" in table.element.get("class", "").split()
    for group in table.children if is_plan else ():
        if group.is_header or group.is_footer:
            continue
        for row in group.children:
            places[id(row)] = tuple(_places_of_row(row, labels))
            whole = row.style.copy()
            whole["break_inside"] = "avoid"
            row.plan_styles = (row.style, whole)
            row.plan_table = table
    table.label_places = places
    return places


def _places_of_row(row: Any, labels: dict[int, Any]) -> Iterator[_Place]:
    for index, cell in enumerate(row.children):
        cell.plan_row = row
        classes = () if cell.element is None else cell.element.get("class", "").split()
        if LABEL in classes:
            labels[cell.grid_x] = cell
            cell.is_label = True
            yield _Place(index, cell, is_start=True)
        elif AGAIN not in classes:
            labels.pop(cell.grid_x, None)
        elif cell.grid_x in labels:
            yield _Place(index, labels[cell.grid_x], is_start=False)


PARTS = (
    (weasyprint.layout.block, "table_layout", _table_layout),
    (weasyprint.layout.block, "block_container_layout", _block_container_layout),
)
