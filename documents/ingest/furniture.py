"""Tell what belongs to the page from what belongs to the plan: page numbers, running heads, contents.

Such lines are listed as unplaced; the rest of the importer never sees them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from core.numerals import parse_integer
from core.text import fold
from documents.ingest.wording import is_label
from plans.markers import FORMAL, read_marker

_NUMBER = r"[0-9０-９]{1,4}"
_PAGE_WORDS = re.compile(
    rf"(?:第\s*(?:{_NUMBER}|[一二三四五六七八九十百]{{1,4}})\s*頁(?:\s*[,，/／、]?\s*[(（]?共\s*(?:{_NUMBER}|[一二三四五六七八九十百]{{1,4}})\s*頁[)）]?)?"
    rf"|[-–—─~～]+\s*{_NUMBER}\s*[-–—─~～]+"
    rf"|(?:page|p\.)\s*{_NUMBER}(?:\s*(?:of|/)\s*{_NUMBER})?"
    rf"|頁\s*(?:次|碼)\s*[：:]?\s*{_NUMBER})",
    re.IGNORECASE,
)
# What this site prints on its own pages: the digest in the foot, the mark of a draft, the head.
_OWN_MARKS = re.compile(r"(?:草稿\s*)?摘要\s*[0-9a-f]{12}|草\s*稿|版本\s*[0-9]+")
_OWN_HEAD = re.compile(r"\S{2,12}(?:公所|政府|局|處)\s*(?P<year>[0-9]{2,3}\s*年度)?")
_YEAR = re.compile(r"[0-9]{2,3}\s*年度")
_BARE_NUMBER = re.compile(rf"(?P<page>{_NUMBER})(?:\s*[/／]\s*{_NUMBER})?")
_CONTENTS = ("目錄", "目次")
_LEADER = re.compile(r"^(?P<title>.*?\S)?\s*[.．…‧·⋯・。_﹒]{3,}\s*[0-9０-９]{0,3}\s*$")
_NUMBERED_END = re.compile(r"^(?P<title>.*?\S)\s+[0-9０-９]{1,3}$")
_EDGE = 5  # lines looked at from either edge of a page


@dataclass
class Furniture:
    """Line numbers (from 1) of what belongs to the page, and of the first lines of pages."""

    lines: set[int] = field(default_factory=set)
    breaks: set[int] = field(default_factory=set)


def find_furniture(lines: Sequence[str]) -> Furniture:
    """Return the lines that belong to pages rather than to the plan."""
    found = Furniture()
    # No line of a page's furniture is long; a long one is only looked at to know that it is there.
    texts = {number: line.strip()[:200] for number, line in enumerate(lines, 1) if line.strip()}
    pages = _pages(lines, texts)
    found.breaks = {page[0] for page in pages[1:] if page}
    found.lines |= _page_numbers(texts, pages, lines)
    found.lines |= _running_lines(texts, pages, found.lines)
    found.lines |= _contents(texts, pages, found.lines)
    # The line after a page number begins a page even where no form feed says so.
    numbers = sorted(texts)
    found.breaks |= {b for a, b in pairwise(numbers) if a in found.lines and b not in found.lines}
    return found


def _pages(lines: Sequence[str], texts: dict[int, str]) -> list[list[int]]:
    pages: list[list[int]] = [[]]
    for number, line in enumerate(lines, 1):
        if "\f" in line:
            pages.append([])
        if number in texts:
            pages[-1].append(number)
    return [page for page in pages if page]


def _page_numbers(texts: dict[int, str], pages: Sequence[list[int]], lines: Sequence[str]) -> set[int]:
    sure = {
        number
        for number, text in texts.items()
        if all(_PAGE_WORDS.fullmatch(part) or _OWN_MARKS.fullmatch(part) for part in _parts(text))
    }
    bare = {
        number: parse_integer(match["page"]) or 0
        for number, text in texts.items()
        if (match := _BARE_NUMBER.fullmatch(text))
    }
    edges = {number for page in pages for number in (page[:2] + page[-2:])} if len(pages) > 1 else set()
    usual = _usual_gap(lines, texts)
    series = _rising(bare)
    for number in bare:
        gaps = sorted((_blanks(lines, number, -1), _blanks(lines, number, 1)))
        apart = gaps[0] > 0 and gaps[1] > usual
        if number in edges or apart or number in series:
            sure.add(number)
    return sure


def _usual_gap(lines: Sequence[str], texts: dict[int, str]) -> int:
    gaps = Counter(b - a - 1 for a, b in pairwise(sorted(texts)))
    return gaps.most_common(1)[0][0] if gaps else 0


def _blanks(lines: Sequence[str], number: int, step: int) -> int:
    """Return how many blank lines stand next to line `number`; the edge of the file counts as many."""
    at, count = number - 1 + step, 0
    while 0 <= at < len(lines) and not lines[at].strip():
        at, count = at + step, count + 1
    return count if 0 <= at < len(lines) else 99


def _rising(bare: dict[int, int]) -> set[int]:
    """Lone numbers that count up by one, a good part of a page apart."""
    run: list[int] = []
    found: set[int] = set()
    for number in sorted(bare):
        if run and bare[number] == bare[run[-1]] + 1 and number - run[-1] >= 15:
            run.append(number)
        else:
            run = [number]
        if len(run) >= 2:
            found.update(run)
    return found


def _running_lines(texts: dict[int, str], pages: Sequence[list[int]], numbers: set[int]) -> set[int]:
    """Lines that come again at the top or the foot of the pages."""
    if len(pages) < 2:
        return _repeated_beside(texts, numbers) | _own_head(texts, numbers)
    seen: dict[str, set[int]] = defaultdict(set)
    for index, page in enumerate(pages):
        for number in page[:_EDGE] + page[-_EDGE:]:
            for part in _parts(texts[number]):
                if _may_run(part):
                    seen[_key(part)].add(index)
    enough = max(2, (len(pages) + 2) // 3)
    running = {key for key, on in seen.items() if len(on) >= enough}
    chapters = {_key(text) for text in texts.values() if _is_chapter(text)}
    found: set[int] = set()
    below: dict[str, list[int]] = defaultdict(list)
    for page in pages:
        for edge in (page, page[::-1]):
            lines, chapter = _peel(edge, texts, running | chapters, numbers)
            found |= lines
            if chapter is not None and lines:
                below[fold(texts[chapter])].append(chapter)
    return found | _repeated_chapters(below, texts)


def _parts(text: str) -> list[str]:
    """What stands left, in the middle and right of a running head on one line."""
    return re.split(r"\s{3,}|\t", text)


def _may_run(text: str) -> bool:
    return len(text) <= 80 and not is_label(text) and read_marker(text) is None


def _key(text: str) -> str:
    return re.sub(r"[0-9]+", "#", fold(text))


def _is_chapter(text: str) -> bool:
    marker = read_marker(text)
    return marker is not None and marker.style == FORMAL and len(text) <= 40


def _peel(
    edge: Sequence[int], texts: dict[int, str], running: set[str], numbers: set[int]
) -> tuple[set[int], int | None]:
    """Take running lines off the edge of a page, from the outside in; also say which chapter follows them."""
    found: set[int] = set()
    for number in edge[:_EDGE]:
        parts = _parts(texts[number])
        known = [_key(part) in running or number in numbers for part in parts]
        if number in numbers or (all(known) and any(_may_run(part) for part in parts)):
            found.add(number)
        elif not _is_bare_marker(texts[number]):
            return found, number if _is_chapter(texts[number]) else None
    return found, None


def _is_bare_marker(text: str) -> bool:
    """A marker whose words a converter put after the running head."""
    marker = read_marker(text)
    return marker is not None and marker.end == len(text)


def _own_head(texts: dict[int, str], numbers: set[int]) -> set[int]:
    """The running head of this site on a plan of one page, where nothing comes again."""
    top = sorted(texts)[:2]
    if not numbers or len(top) < 2:
        return set()
    found = _OWN_HEAD.fullmatch(texts[top[0]])
    if found is None:
        return set()
    if found["year"]:
        return {top[0]}
    return set(top) if _YEAR.fullmatch(texts[top[1]]) else set()


def _repeated_chapters(below: dict[str, list[int]], texts: dict[int, str]) -> set[int]:
    """Names of chapters below running heads, where the chapter itself stands elsewhere too."""
    everywhere = Counter(fold(text) for text in texts.values())
    found: set[int] = set()
    for name, lines in below.items():
        # A chapter that only ever stands there began at the top of a page: the first is the real one.
        found.update(lines if everywhere[name] > len(lines) else sorted(lines)[1:])
    return found


def _repeated_beside(texts: dict[int, str], numbers: set[int]) -> set[int]:
    """Without form feeds: the same line three times next to page numbers."""
    order = sorted(texts)
    place = {number: index for index, number in enumerate(order)}
    beside: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        for step in (-1, 1):
            at = place[number] + step
            if 0 <= at < len(order) and _may_run(texts[order[at]]) and order[at] not in numbers:
                beside[_key(texts[order[at]])].append(order[at])
    return {number for found in beside.values() if len(found) >= 3 for number in found}


def _contents(texts: dict[int, str], pages: Sequence[list[int]], gone: set[int]) -> set[int]:
    """The table of contents: its heading, and its lines up to where the plan itself begins."""
    order = [number for number in sorted(texts) if number not in gone]
    heading = {number for number in order[:60] if fold(texts[number]) in _CONTENTS}
    for a, b in pairwise(order[:60]):
        if fold(texts[a] + texts[b]) in _CONTENTS:  # 目 and 錄 set far apart
            heading |= {a, b}
    led = [number for number in order[:300] if _LEADER.match(texts[number])]
    if heading:
        return heading | _below_heading(max(heading), order, texts, pages)
    if len(led) >= 3:
        return {number for number in order if led[0] <= number <= led[-1]} & _closely(led, order)
    return _repeated_titles(order, texts)


def _below_heading(
    heading: int, order: Sequence[int], texts: dict[int, str], pages: Sequence[list[int]]
) -> set[int]:
    below = [number for number in order if number > heading]
    first = next((number for number in below if _marker_text(texts[number])), None)
    if first is None:
        return set()
    opening = _marker_text(texts[first])
    again = next((n for n in below if n > first and _marker_text(texts[n]) == opening), None)
    if again is None:
        led = [number for number in below if _LEADER.match(texts[number])]
        return set(led)
    starts = [page[0] for page in pages if heading < page[0] <= again]
    end = starts[0] if starts else _after_last_entry(below, texts, again)
    while starts and starts[-1] <= again and _has_leaders(below, texts, end, starts[-1]):
        end = starts.pop()
    return {number for number in below if number < end}


def _has_leaders(below: Iterable[int], texts: dict[int, str], start: int, end: int) -> bool:
    return start < end and any(_LEADER.match(texts[n]) for n in below if start <= n < end)


def _after_last_entry(below: Sequence[int], texts: dict[int, str], again: int) -> int:
    entries = [n for n in below if n < again and (_entry_title(texts[n]) or texts[n].isdigit())]
    return entries[-1] + 1 if entries else again


def _marker_text(text: str) -> str:
    """The marker of a line that may stand in the contents, with the first characters of its title."""
    marker = read_marker(text)
    if marker is None or marker.value != 1:
        return ""
    return fold(marker.text + text[marker.end :])[:6]


def _closely(entries: Sequence[int], order: Sequence[int]) -> set[int]:
    """The lines between entries that follow each other closely, and the entries."""
    place = {number: index for index, number in enumerate(order)}
    found = set(entries)
    for a, b in pairwise(entries):
        if place[b] - place[a] <= 3:
            found.update(order[place[a] : place[b]])
    return found


def _repeated_titles(order: Sequence[int], texts: dict[int, str]) -> set[int]:
    """Contents without heading and leaders: lines ending in a page number that come again without it."""
    head = order[:200]
    titles = {number: _entry_title(texts[number]) for number in head}
    later = Counter(fold(texts[number]) for number in order)
    entries = [n for n in head if titles[n] and later[fold(titles[n])] and _may_be_entry(texts[n])]
    return set(entries) if len(entries) >= 3 else set()


def _entry_title(text: str) -> str:
    found = _LEADER.match(text) or _NUMBERED_END.match(text)
    return (found["title"] or "") if found else ""


def _may_be_entry(text: str) -> bool:
    return read_marker(text) is not None and len(text) <= 60
