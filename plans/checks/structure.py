"""Rules about the tree and the facts: what must be there, and levels that are left out."""

from __future__ import annotations

from collections.abc import Iterator

from core.text import fold
from plans.checks.findings import Context, Finding, found
from plans.document import Node, PlanDocument
from plans.enums import Kind, Layout, Style
from plans.numbering import SCHEMES, TARGET_STYLE, next_style

# What a target table is signed with: one line for each, however the rest of the line is worded.
SIGN_OFF = {"填表人": ("填表人",), "單位主管（機關首長）": ("單位主管", "機關首長")}


def check_facts(document: PlanDocument, _context: Context) -> Iterator[Finding]:
    if not document.chapters:
        yield found("no_chapter")
    if not document.facts.title.strip():
        yield found("no_title")
    if any(node.layout == Layout.TARGET_TABLE for node in document.walk()):
        lines = fold("\n".join(document.facts.sign_off))
        for line, words in SIGN_OFF.items():
            if not any(fold(word) in lines for word in words):
                yield found("sign_off_missing", line=line)


def check_lines(document: PlanDocument, _context: Context) -> Iterator[Finding]:
    """Find what says nothing: chapters without content, lines an import or a hand left behind empty."""
    for chapter in document.chapters:
        if not _says_anything(chapter):
            yield found("empty_chapter", chapter.uid)
        for node in chapter.walk():
            if _has_words(node) or node.roster or (node is chapter and not node.children):
                continue
            if node.numbered or not node.children:
                yield found("empty_line", node.uid)
            elif node is not chapter or not _is_table(node):
                yield found("level_unnamed", node.uid)


def _says_anything(chapter: Node) -> bool:
    """A heading alone is no content; below it, any word is."""
    if chapter.text.strip() or chapter.roster:
        return True
    return any(_has_words(node) or node.roster for child in chapter.children for node in child.walk())


def _has_words(node: Node) -> bool:
    return bool(node.title.strip() or node.text.strip())


def _is_table(node: Node) -> bool:
    return node.layout in (Layout.RESPONSIBILITY, Layout.TARGET_TABLE)


def check_levels(document: PlanDocument, _context: Context) -> Iterator[Finding]:
    """Find lines whose number is further in than their place in the tree.

    A level that is there without a number is not left out. Expected targets are always counted 1. 2. 3.
    """
    ranks = _ranks(document.facts.scheme)
    scheme = document.facts.scheme

    def walk(nodes: tuple[Node, ...], style: str, path: _Path) -> Iterator[Finding]:
        counted = (node for node in nodes if node.numbered and node.kind != Kind.TARGET)
        first = next(counted, None)  # brothers all make the same leap: the first is named
        for node in nodes:
            inner, inner_style = path.deeper(), node.child_style or style
            if node.numbered:
                own = TARGET_STYLE if node.kind == Kind.TARGET else style
                inner, inner_style = (
                    _Path(ranks[own], 0, node.number),
                    node.child_style or next_style(scheme, own),
                )
                if node is first and ranks[own] > path.rank + path.levels + 1:
                    yield found("level_skipped", node.uid, above=path.number, number=node.number)
            yield from walk(node.children, inner_style, inner)

    yield from walk(document.chapters, next_style(scheme, ""), _Path(-1, 0, ""))


class _Path:
    """The nearest number above a line: its style's rank, and how many levels without one lie between."""

    __slots__ = ("levels", "number", "rank")

    def __init__(self, rank: int, levels: int, number: str) -> None:
        self.rank, self.levels, self.number = rank, levels, number

    def deeper(self) -> _Path:
        return _Path(self.rank, self.levels + 1, self.number)


def _ranks(scheme: str) -> dict[str, int]:
    """Return how far in each style stands; one the scheme does not hold, as far as the next it holds.

    1-1. is put in between where a list needs it, and no level by itself.
    """
    held = [style for style in SCHEMES[scheme] if style != Style.PAIR]
    styles = list(Style)
    return {style: sum(before in held for before in styles[:place]) for place, style in enumerate(styles)}
