"""A sheet as the editor's page has it, and what that does with the answer to a step, without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.template.loader import render_to_string
from django.test.html import Element, parse_html

from plans.models import Plan
from plans.queries.editor import Swap
from plans.sheet import Piece


def page_of(plan: Plan, pieces: list[Piece]) -> Element:
    """Return the pieces as the page holds them: one element with the pieces as its children."""
    html = render_to_string("plans/_editor_pieces.html", {"plan": plan, "pieces": pieces})
    return parse_html(f'<div id="pieces">{html}</div>')


def apply(page: Element, plan: Plan, swap: Swap) -> None:
    """Do what static/js/editor-sheet.js does: take out, put, count the rows of cells, write numbers."""
    fresh = page_of(plan, swap.pieces)
    bodies = {}
    for name in swap.remove:
        holder, old = place_of(page, name)
        holder.children.remove(old)
        bodies[id(holder)] = holder
    for name, behind in swap.put:
        piece = place_of(fresh, name)[1]
        was = find(page, name)
        if behind is None:
            assert was is not None, f"{name} is not on the sheet"
            holder = was[0]
            holder.children[holder.children.index(was[1])] = piece
        else:
            if was is not None:
                was[0].children.remove(was[1])
            holder = put_behind(page, piece, behind, is_row=name.startswith("r-"))
        bodies[id(holder)] = holder
    for holder in bodies.values():
        if holder.name == "tbody":
            count_rows(holder)
    for name, number in swap.numbers.items():
        places = [one for one in walk(page) if ("id", name) in one.attributes]
        assert places, f"there is no {name}"
        for place in places:  # what heads several rows of a table may stand in each of them
            written = [one for one in walk(place) if ("class", "number") in one.attributes]
            assert written, f"{name} shows no number"
            written[0].children = [number] if number else []


def put_behind(page: Element, piece: Element, behind: str, *, is_row: bool) -> Element:
    """Put a piece or a row behind another, and return what it was put into."""
    if is_row and behind.startswith("t-"):
        holder = next(one for one in walk(place_of(page, behind)[1]) if one.name == "tbody")
        holder.children.insert(0, piece)
    elif behind:
        holder, before = place_of(page, behind)
        holder.children.insert(holder.children.index(before) + 1, piece)
    else:
        holder = page
        page.children.insert(0, piece)
    return holder


def count_rows(body: Element) -> None:
    """Let each cell reach down to the row in which the next one of its column begins."""
    cells: dict[str, Element] = {}
    counts: dict[int, int] = {}
    for row in elements(body):
        for cell in elements(row):
            names = dict(cell.attributes).get("class") or ""
            if column := re.search(r"\bc\d\b", names):
                cells[column[0]] = cell
        for cell in cells.values():
            counts[id(cell)] = counts.get(id(cell), 0) + 1
    for row in elements(body):
        for cell in elements(row):
            if span := counts.get(id(cell)):
                values = {name: value for name, value in cell.attributes if name != "rowspan"}
                values |= {"rowspan": str(span)} if span > 1 else {}
                values |= {"scope": "rowgroup" if span > 1 else "row"} if cell.name == "th" else {}
                cell.attributes = sorted(values.items())


def elements(holder: Element) -> list[Element]:
    return [child for child in holder.children if isinstance(child, Element)]


def walk(element: Element) -> Iterator[Element]:
    yield element
    for child in elements(element):
        yield from walk(child)


def find(page: Element, name: str) -> tuple[Element, Element] | None:
    for holder in walk(page):
        for child in elements(holder):
            if ("id", name) in child.attributes:
                return holder, child
    return None


def place_of(page: Element, name: str) -> tuple[Element, Element]:
    found = find(page, name)
    assert found is not None, f"there is no {name}"
    return found


def shown(page: Element) -> list[str]:
    """Return the pieces as text, to be compared and read."""
    return [str(child) for child in elements(page)]
