"""Find the tables of a document and read each by the way it was written.

Pure: lines in, regions with items out. What lies outside the regions is the outline's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from core.text import fold
from documents.ingest.cells import is_empty
from documents.ingest.heads import Heads, find_heads, is_head_line
from documents.ingest.narrow import read_narrow
from documents.ingest.nodes import Line
from documents.ingest.proposal import Dropped
from documents.ingest.regions import Cell, TableRegion
from documents.ingest.roster import read_roster
from documents.ingest.tabbed import read_tabbed
from plans.markers import CHINESE, FORMAL, LIKELY, read_marker

__all__ = ["Cell", "TableRegion", "find_tables"]

# What stands below a table and belongs to the plan as a whole.
_AFTER_TABLE: Final = (
    "備註:",
    "備註",
    "附註:",
    "填表人",
    "單位主管",
    "機關首長",
    "機關(單位)屬性",
    "承辦人:",
    "審核:",
)


def find_tables(
    lines: list[Line], known_units: Sequence[str] = (), *, breaks: Collection[int] = ()
) -> list[TableRegion]:
    """Return the tables in the order of the source.

    `known_units` are names of the district's units; `breaks` are numbers of lines that begin a page, where
    what showed it (a form feed, a page number) is no longer in the lines.
    """
    pages = frozenset(breaks)
    regions: list[TableRegion] = []
    at = 0
    chapter = 0  # the number of the one under way
    floor = 0  # no region may take lines before this one
    while at < len(lines):
        found = find_heads(lines, at) if not is_empty(lines[at].text) else None
        if found is None:
            chapter = _chapter_at(lines[at].text) or chapter
            at += 1
            continue
        heads, body = found
        if heads.layout == "roster":
            region, at = read_roster(lines, at, body, heads, floor=floor)
        else:
            end = _body_end(lines, body, heads, chapter)
            region = _read_body(lines[body:end], heads, known_units, pages)
            at = max(end, body)
        if region is not None:
            regions.append(region)
            floor = at
    return regions


def _chapter_at(text: str) -> int:
    marker = read_marker(text[:40])
    return marker.value if marker and marker.style == FORMAL and marker.sureness >= LIKELY else 0


def _read_body(
    body: Sequence[Line], heads: Heads, known: Sequence[str], pages: frozenset[int]
) -> TableRegion | None:
    layout = "target_table" if heads.layout == "target_table" else "responsibility"
    filled = [line for line in body if not is_empty(line.text)]
    region = TableRegion(
        "target_table" if layout == "target_table" else "responsibility",
        heads.first,
        max(heads.last, filled[-1].number if filled else 0),
        list(heads.names),
        dropped=[Dropped(line.number, line.text.strip(), "head") for line in heads.lines],
    )
    rest: list[Line] = []
    headed = False  # heads are repeated where a page begins
    for line in body:
        if is_head_line(line.text, heads):
            region.dropped.append(Dropped(line.number, line.text.strip(), "head"))
            headed = True
            continue
        if headed and not is_empty(line.text):
            pages |= {line.number}
            headed = False
        rest.append(line)
    if _is_tabbed(body):
        read_tabbed(rest, heads, region, known)
    elif layout == "responsibility":
        read_narrow(rest, region, known, pages)
    else:
        return None
    return region


def _is_tabbed(lines: Sequence[Line]) -> bool:
    """Are cells separated by tabs? A stray tab among lines without any separates nothing."""
    tabs = sum(min(2, line.text.count("\t")) for line in lines)
    return tabs >= 2 and tabs * 12 >= sum(not is_empty(line.text) for line in lines)


def _body_end(lines: Sequence[Line], body: int, heads: Heads, chapter: int) -> int:
    """Return the index after the last line of the table's body."""
    if not _is_tabbed(lines[body : body + 60]):
        return _end_of_lines(lines, body, heads, chapter)
    end = body
    blanks = 0
    pending: list[int] = []
    for at in range(body, len(lines)):
        text = lines[at].text
        if _ends_table(heads, lines, at, chapter):
            break
        if is_empty(text) and "\t" not in text:
            blanks += 1
            continue
        if "\t" in text:
            end, pending = at + 1, []
        elif not blanks and not pending:
            # A line right below a cell goes on with it.
            end = at + 1
        else:
            marker = read_marker(text)
            if marker is not None and marker.style == CHINESE and marker.sureness >= LIKELY:
                break
            pending.append(at)
        blanks = 0
    return end


def _end_of_lines(lines: Sequence[Line], body: int, heads: Heads, chapter: int) -> int:
    for at in range(body, len(lines)):
        if _ends_table(heads, lines, at, chapter):
            return at
    return len(lines)


def _ends_table(heads: Heads, lines: Sequence[Line], at: int, chapter: int) -> bool:
    """Does the line begin what follows the table: the next chapter, a note below it, another table?"""
    text = lines[at].text
    if is_empty(text):
        return False
    if not text.startswith("\t"):
        if number := _chapter_at(text):
            # A table may count its own rows 壹、貳、 anew; a chapter may be misnumbered like the one before.
            return number >= chapter
        if fold(text[:20]).startswith(_AFTER_TABLE):
            return True
    if is_head_line(text, heads):
        return False
    found = find_heads(list(lines[at : at + 12]), 0)
    return found is not None
