"""Letting a merged label run down over the rows of its group.

The label stands in the first row of its group (see patches_labels.py), but that row need not be as high as
the label: what is below the row's end is printed over the empty `again` cells of the rows below. So a label
cell counts as one line when its row's height is worked out, and the last row of its group makes up for what
the rows above lack. Where the page ends before that row, the last row on the page does so: there is room,
for a label that would reach beyond the page's foot keeps its row as high as it is itself, as without this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import weasyprint.layout.block
from weasyprint.formatting_structure import boxes

from documents.render.patches_labels import AGAIN, LABEL, first_row


class _Flow:
    """How far down on its page the label of one group reaches; None when its own row holds all of it."""

    text_end: float | None = None
    end: float = 0  # with the space below the text


class _Place(NamedTuple):
    flow: _Flow
    is_last: bool


def _table_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    def table_layout(context: Any, table: Any, bottom_space: float, skip_stack: Any, *rest: Any) -> Any:
        places = _places(table)
        if places and skip_stack is not None:
            _enter(first_row(table, skip_stack), places)
        result = original(context, table, bottom_space, skip_stack, *rest)
        part, resume_at, *_ = result
        if places and part is not None and resume_at is not None:
            _make_room_at_the_end(part)
        return result

    return table_layout


def _block_container_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    def block_container_layout(context: Any, box: Any, bottom_space: float, *args: Any, **kwargs: Any) -> Any:
        result = original(context, box, bottom_space, *args, **kwargs)
        place = box.__dict__.get("flow_place")
        if place is None:
            return result
        cell, resume_at, *_ = result
        if box.children:
            place.flow.text_end = None
            if cell is not None and resume_at is None and not place.is_last:
                _begin(context, cell, bottom_space, place.flow)
        elif cell is not None and place.is_last and place.flow.text_end is not None:
            cell.height = max(cell.height, place.flow.text_end - cell.content_box_y())
        return result

    return block_container_layout


def _begin(context: Any, cell: Any, bottom_space: float, flow: _Flow) -> None:
    """Count the label's cell as one line, unless the label reaches beyond the page's foot."""
    text_end = cell.content_box_y() + cell.height
    end = text_end + cell.padding_bottom + cell.border_bottom_width
    if context.overflows_page(bottom_space, end):
        return
    line = next((child for child in cell.descendants() if isinstance(child, boxes.LineBox)), None)
    if line is not None:
        flow.text_end, flow.end = text_end, end
        cell.height = min(cell.height, line.height)


def _make_room_at_the_end(part: Any) -> None:
    """Make the last row on the page so high that it holds the labels that have begun and not ended."""
    groups = [group for group in part.children if not (group.is_header or group.is_footer) and group.children]
    if not groups:
        return
    group, row = groups[-1], groups[-1].children[-1]
    row_end = row.position_y + row.height
    flows = (cell.flow_place.flow for cell in row.children if cell.__dict__.get("flow_place"))
    extra = max((flow.end - row_end for flow in flows if flow.text_end is not None), default=0)
    if extra <= 0:
        return
    for cell in row.children:
        cell.padding_bottom += extra
    for box in (row, group, part):
        box.height += extra
    if part.children[-1].is_footer:
        part.children[-1].translate(dy=extra)


def _enter(row: Any, places: dict[int, tuple[_Place | None, ...]]) -> None:
    """Prepare the row with which a page starts: its cells may be copies, and no label has begun above it."""
    for cell, place in zip(row.children, places.get(id(row), ()), strict=False) if row is not None else ():
        cell.flow_place = place
        if place is not None:
            place.flow.text_end = None


def _places(table: Any) -> dict[int, tuple[_Place | None, ...]]:
    """Return, by the identity of the row, its cells' places in merged labels; worked out once for a table."""
    known: dict[int, tuple[_Place | None, ...]] | None = table.__dict__.get("flow_places")
    if known is not None:
        return known
    places: dict[int, tuple[_Place | None, ...]] = {}
    is_plan = table.element is not None and "plan" in table.element.get("class", "").split()
    for group in table.children if is_plan else ():
        if group.is_header or group.is_footer:
            continue
        for cells in _merged(group):
            flow = _Flow()
            for cell in cells:
                cell.flow_place = _Place(flow, cell is cells[-1])
        for row in group.children:
            places[id(row)] = tuple(cell.__dict__.get("flow_place") for cell in row.children)
    table.flow_places = places
    return places


def _merged(group: Any) -> Iterator[list[Any]]:
    """Yield each label with the cells it goes on in, of those that have any."""
    open_labels: dict[int, list[Any]] = {}
    for row in group.children:
        going_on = {}
        for cell in row.children:
            classes = () if cell.element is None else cell.element.get("class", "").split()
            above = open_labels.get(cell.grid_x)
            if LABEL in classes and cell.style["vertical_align"] == "top":
                going_on[cell.grid_x] = [cell]
            elif AGAIN in classes and not cell.children and above and above[0].colspan == cell.colspan:
                above.append(cell)
                going_on[cell.grid_x] = above
        yield from (cells for x, cells in open_labels.items() if going_on.get(x) is not cells and cells[1:])
        open_labels = going_on
    yield from (cells for cells in open_labels.values() if cells[1:])


PARTS = (
    (weasyprint.layout.block, "table_layout", _table_layout),
    (weasyprint.layout.block, "block_container_layout", _block_container_layout),
)
