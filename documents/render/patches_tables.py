"""The structure tree of a table that runs over many pages: one /Table, its head once, its merged cells spans.

WeasyPrint tags each page's part as a table of its own. Here the parts are joined: a row cut by a page's
end becomes one row again, heads and labels repeated for the eye are page furniture, an `again` cell
lengthens the RowSpan of its label, and every cell names the heads of its row and column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pydyf
import weasyprint.layout.block
import weasyprint.pdf
import weasyprint.pdf.tags
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

from documents.render.patches_labels import AGAIN

CLOSING = "closing"  # the class of the foot that draws the line at a page's end


def _table_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    def table_layout(context: Any, table: Any, bottom_space: float, skip_stack: Any, *rest: Any) -> Any:
        result = original(context, table, bottom_space, skip_stack, *rest)
        if result[0] is not None and skip_stack is not None:
            _mark_repeated(result[0])
        return result

    return table_layout


def _mark_repeated(part: Any) -> None:
    """Mark as furniture what a later part of a table shows again: its head, and labels in its first row."""
    for group in part.children:
        if group.is_header:
            _mark_furniture(group)
        elif not group.is_footer:
            for cell in group.children[0].children if group.children else ():
                if cell.__dict__.get("is_repeated_label"):
                    _mark_furniture(cell)
            return


def _mark_furniture(box: Any) -> None:
    for child in box.descendants():
        child.is_furniture = True


class _Table:
    """One table of the document, gathered from its parts."""

    def __init__(self, element: Any) -> None:
        self.element = element
        self.groups: dict[int, Any] = {}
        self.rows: dict[int, _Row] = {}


class _Row:
    def __init__(self, element: Any, row_boxes: list[Any], *, is_head: bool) -> None:
        self.element = element
        self.is_head = is_head
        self.boxes = row_boxes  # as the row begins: cells, and those that go on
        self.cells: dict[int, Any] = {}  # by the identity of the HTML element


class _Page(NamedTuple):
    """Where on the way through the document the tree is being built."""

    original: Callable[..., Iterable[Any]]
    pdf: Any
    number: int
    rest: tuple[Any, ...]

    def trees(self, box: Any, parent: Any) -> Iterable[Any]:
        """Return the elements WeasyPrint makes of the box; those below it pass through our function again."""
        return self.original(box, parent, self.pdf, self.number, *self.rest)

    def element(self, tag: str, parent: Any) -> Any:
        element = pydyf.Dictionary(
            {
                "Type": "/StructElem",
                "S": f"/{tag}",
                "K": pydyf.Array([]),
                "Pg": self.pdf.page_references[self.number],
                "P": parent.reference,
            }
        )
        self.pdf.add_object(element)
        return element


def _build_box_tree(original: Callable[..., Iterable[Any]]) -> Callable[..., Iterable[Any]]:
    def build_box_tree(box: Any, parent: Any, pdf: Any, page_number: int, *rest: Any) -> Iterable[Any]:
        inner = box._box if isinstance(box, AbsolutePlaceholder) else box  # noqa: SLF001 -- as WeasyPrint does
        if inner.is_table_wrapper and inner.element is not None and inner.element_tag == "table":
            return _table_tree(_Page(original, pdf, page_number, rest), inner, parent)
        return original(box, parent, pdf, page_number, *rest)

    return build_box_tree


def _table_tree(page: _Page, wrapper: Any, parent: Any) -> Iterator[Any]:
    """Add this page's part to its table; yields the table's element where it begins."""
    tables: dict[int, _Table] = page.pdf.logical_tables
    table = tables.get(id(wrapper.element))
    if table is None:
        table = tables[id(wrapper.element)] = _Table(page.element("Table", parent))
        yield table.element
    part = wrapper.get_wrapped_table()
    for child in wrapper.children:
        if child is not part:
            table.element["K"].extend(element.reference for element in page.trees(child, table.element))
    for group in part.children if part is not None else ():
        if _is_furniture(group) or _has_class(group, CLOSING):
            continue
        body = table.groups.get(id(group.element))
        if body is None:
            tag = weasyprint.pdf.tags._get_pdf_tag(group.element_tag)  # noqa: SLF001 -- the same names
            body = table.groups[id(group.element)] = page.element(tag, table.element)
            table.element["K"].append(body.reference)
        for row_box in group.children:
            row = table.rows.get(id(row_box.element))
            if row is None:
                row = _Row(page.element("TR", body), list(row_box.children), is_head=group.is_header)
                table.rows[id(row_box.element)] = row
                body["K"].append(row.element.reference)
            _add_cells(page, row, row_box)


def _add_cells(page: _Page, row: _Row, row_box: Any) -> None:
    for cell in row_box.children:
        if _goes_on(cell):
            continue
        known = row.cells.get(id(cell.element))
        for element in page.trees(cell, row.element):
            if known is None:
                row.cells[id(cell.element)] = element
                row.element["K"].append(element.reference)
            else:
                # The rest of a cell that was cut by the page's end.
                element["S"], element["P"] = "/Div", known.reference
                element.pop("A", None)
                known["K"].append(element.reference)


def _add_tags(original: Callable[..., None]) -> Callable[..., None]:
    def add_tags(pdf: Any, *args: Any) -> None:
        pdf.logical_tables = {}
        original(pdf, *args)
        ids: dict[str, Any] = {}
        for table in pdf.logical_tables.values():
            _relate_cells(table, ids)
        if ids:
            root = next(item for item in pdf.objects if _is_tree_root(item))
            names = [part for key in sorted(ids) for part in (pydyf.String(key), ids[key].reference)]
            root["IDTree"] = pydyf.Dictionary({"Names": pydyf.Array(names)})
        del pdf.logical_tables

    return add_tags


def _relate_cells(table: _Table, ids: dict[str, Any]) -> None:
    """Give heads their scope and identity, merged cells their span, and every cell its heads."""
    columns: dict[int, list[str]] = {}
    merged: dict[int, Any] = {}  # by column, the label that reaches down to the present row
    row_heads: dict[int, str] = {}  # the same, where the label is a row head
    for row in table.rows.values():
        for box in row.boxes:
            if _goes_on(box):
                if box.grid_x in merged:
                    attributes = merged[box.grid_x]["A"]
                    attributes["RowSpan"] = attributes.get("RowSpan", 1) + 1
                continue
            element = row.cells[id(box.element)]
            merged[box.grid_x] = element
            row_heads.pop(box.grid_x, None)
            if element["S"] != "/TH":
                continue
            key = f"h{len(ids):06}"
            ids[key] = element
            element["ID"] = pydyf.String(key)
            is_row_head = not row.is_head and box.element.get("scope") != "col"
            element["A"]["Scope"] = "/Row" if is_row_head else "/Column"
            if is_row_head:
                row_heads[box.grid_x] = key
            else:
                for column in range(box.grid_x, box.grid_x + box.colspan):
                    columns.setdefault(column, []).append(key)
        if not row.is_head:
            _name_heads(row, columns, row_heads)


def _name_heads(row: _Row, columns: dict[int, list[str]], row_heads: dict[int, str]) -> None:
    for box in row.boxes:
        if _goes_on(box):
            continue
        heads = [key for x, key in sorted(row_heads.items()) if x < box.grid_x]
        for column in range(box.grid_x, box.grid_x + box.colspan):
            heads += columns.get(column, [])
        if heads:
            names = [pydyf.String(key) for key in dict.fromkeys(heads)]
            row.cells[id(box.element)]["A"]["Headers"] = pydyf.Array(names)


def _is_tree_root(item: Any) -> bool:
    return isinstance(item, pydyf.Dictionary) and item.get("Type") == "/StructTreeRoot"


def _is_furniture(box: Any) -> bool:
    return bool(box.__dict__.get("is_furniture"))


def _goes_on(box: Any) -> bool:
    """Return whether the cell only continues a label, shown again or not.

    One of class `again` that has text of its own is a cell like any other.
    """
    if _is_furniture(box):
        return True
    return _has_class(box, AGAIN) and not any(isinstance(child, boxes.TextBox) for child in box.descendants())


def _has_class(box: Any, name: str) -> bool:
    return box.element is not None and name in box.element.get("class", "").split()


PARTS = (
    (weasyprint.layout.block, "table_layout", _table_layout),
    (weasyprint.pdf.tags, "_build_box_tree", _build_box_tree),
    (weasyprint.pdf, "add_tags", _add_tags),
)
