"""A plan in its own layout with what came of it: in an outline below each line, in a table a column more.

Pure functions over what `plans/layout.py` lays out, so that the report of a year looks like its plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plans.blocks import Block, Cell, Chapter, Head, Line, Row
from plans.document import PlanDocument
from plans.enums import Layout
from plans.layout import lay_out
from plans.structure import TABLE_LAYOUTS

RESULTS_LABEL = "執行成果"

Results = Mapping[str, Sequence[str]]  # paragraphs by the uid of a line


def lay_out_with_results(document: PlanDocument, results: Results) -> tuple[Chapter, ...]:
    """Return the chapters of a numbered document with the results of its lines."""
    return tuple(
        replace(chapter, blocks=tuple(_block(block, results) for block in chapter.blocks))
        for chapter in lay_out(document)
    )


def _block(block: Block, results: Results) -> Block:
    if block.layout == Layout.OUTLINE:
        return replace(block, lines=tuple(_lines(block.lines, results)))
    if block.layout in TABLE_LAYOUTS and any(_uids(row) & results.keys() for row in block.rows):
        return replace(
            block,
            heads=(*block.heads, Head(RESULTS_LABEL, 1)),
            rows=tuple(_rows(block.rows, results)),
            has_results=True,
        )
    return block


def _lines(lines: Sequence[Line], results: Results) -> Iterator[Line]:
    """Yield the lines, each result behind all that stands below the line it is of."""
    waiting: list[Line] = []
    for line in lines:
        while waiting and line.indent <= waiting[-1].indent:
            yield from _results_of(waiting.pop(), results)
        yield line
        if line.uid in results:
            waiting.append(line)
    while waiting:
        yield from _results_of(waiting.pop(), results)


def _results_of(line: Line, results: Results) -> Iterator[Line]:
    """Yield the paragraphs of a result, numbered as the targets above them are."""
    for place, paragraph in enumerate(results[line.uid]):
        yield Line(
            uid=f"{line.uid}-r{place}",
            kind="",
            number=f"{place + 1}.",
            title="",
            paragraphs=(paragraph,),
            indent=line.indent + 1,
            label="" if place else RESULTS_LABEL,
            is_anchor=False,
        )


def _rows(rows: Sequence[Row], results: Results) -> Iterator[Row]:
    """Yield the rows with a cell more, as high as the cell of the line whose result it holds."""
    left, lines = 0, tuple[Line, ...]()  # rows the last result still covers, and what stands in it
    for row in rows:
        told = [
            (cell.span, line.uid)
            for cell in row.cells
            if cell.span
            for line in cell.lines
            if line.uid in results
        ]
        found = told[-1] if told else None
        if found is not None:
            left, uid = found
            lines = tuple(_bare(uid, results[uid]))
            cell = Cell(lines, span=left, head=RESULTS_LABEL)
        else:
            cell = Cell(lines, span=0, head=RESULTS_LABEL) if left else Cell((), head=RESULTS_LABEL)
        left = max(left - 1, 0)
        yield replace(row, cells=(*row.cells, cell))


def _bare(uid: str, paragraphs: Sequence[str]) -> Iterator[Line]:
    """Yield the paragraphs of a result in a cell, numbered where there are several."""
    for place, words in enumerate(paragraphs):
        number = f"{place + 1}." if len(paragraphs) > 1 else ""
        yield Line(f"{uid}-r{place}", "", number, "", (words,), is_anchor=False)


def _uids(row: Row) -> set[str]:
    return {line.uid for cell in row.cells for line in cell.lines}
