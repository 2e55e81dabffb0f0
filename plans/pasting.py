"""Several lines pasted at once become several lines of the plan, their numbers recognised as levels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from plans.enums import Kind
from plans.markers import DOUBTFUL, read_marker


@dataclass(frozen=True)
class PastedLine:
    """`depth` counts from the place the text is pasted at."""

    words: str
    depth: int
    is_numbered: bool


def read_lines(text: str) -> list[PastedLine]:
    """Return the lines of a pasted text, without their numbers.

    A style of numbering met first begins a level below the line before it; met again it returns to its
    level. Lines without a number stand on the level of the line before them and have none here either,
    unless none of the text has one: then each is a line as any other. Blank lines are passed over.
    """
    found: list[PastedLine] = []
    styles: list[str] = []  # one a level
    depth = 0
    for raw in text.splitlines():
        line = raw.strip(" \t\u3000\u00a0\ufeff")
        if not line:
            continue
        marker = read_marker(line)
        if marker is None or marker.sureness <= DOUBTFUL or not line[marker.end :].strip():
            found.append(PastedLine(line, depth, is_numbered=False))
            continue
        if marker.style in styles:
            depth = styles.index(marker.style)
            del styles[depth + 1 :]
        elif styles or not found:
            depth = len(styles)
            styles.append(marker.style)
        else:
            styles = [marker.style]
        found.append(PastedLine(line[marker.end :].strip(), depth, is_numbered=True))
    if any(line.is_numbered for line in found):
        return found
    return [replace(line, is_numbered=True) for line in found]


def kind_of(lines: list[PastedLine], at: int, leaf: str) -> str:
    """Return what a pasted line is: a heading when lines stand below it, else of the kind of its place."""
    has_below = at + 1 < len(lines) and lines[at + 1].depth > lines[at].depth
    return Kind.HEADING if has_below else leaf
