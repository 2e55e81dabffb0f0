"""Reading the content stream of a page: runs of text with their places, and ruled lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pikepdf

Rule = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Run:
    """Text shown in one go; x0 and x1 are where it begins and ends, in points."""

    page: int
    mcid: int | None
    is_marked: bool
    text: str
    x0: float
    x1: float
    y: float
    size: float


@dataclass
class Content:
    number: int
    runs: list[Run] = field(default_factory=list)
    rules: list[tuple[float, float, float, float]] = field(default_factory=list)

    def open_sides(self, tolerance: float = 1.0) -> list[str]:
        """Return the sides of groups of connected rules along which no rule runs."""
        return [side for group in _connected(self.rules, tolerance) for side in _open_sides(group, tolerance)]


class Font:
    def __init__(self, font: Any) -> None:
        self.text = _to_unicode(font.ToUnicode.read_bytes())
        self.widths: dict[int, float] = {}
        entries = list(font.DescendantFonts[0].W)
        for first, widths in zip(entries[::2], entries[1::2], strict=True):
            for offset, width in enumerate(widths):
                self.widths[int(first) + offset] = float(width)


def read_page(page: Any, number: int) -> Content:
    reader = _Reader(page, number)
    for operands, operator in pikepdf.parse_content_stream(page):
        reader.step(str(operator), operands)
    return reader.content


class _Reader:
    def __init__(self, page: Any, number: int) -> None:
        self.content = Content(number)
        self.fonts = {key: Font(value) for key, value in page.Resources.Font.items()}
        self.font: Font | None = None
        self.size = self.spacing = 0.0
        self.ctm: Matrix = (1, 0, 0, 1, 0, 0)
        self.stack: list[Matrix] = []
        self.marks: list[int | None] = []
        self.at: Matrix = (1, 0, 0, 1, 0, 0)
        self.start = (0.0, 0.0)
        self.boxes: list[Rule] = []

    def step(self, operator: str, operands: Any) -> None:  # noqa: C901, PLR0912 -- a table
        if operator == "q":
            self.stack.append(self.ctm)
        elif operator == "Q":
            self.ctm = self.stack.pop()
        elif operator == "cm":
            self.ctm = _times(tuple(float(x) for x in operands), self.ctm)
        elif operator == "BDC":
            self.marks.append(int(operands[1].MCID) if "/MCID" in operands[1] else None)
        elif operator == "BMC":
            self.marks.append(None)
        elif operator == "EMC":
            self.marks.pop()
        elif operator == "Tf":
            self.font, self.size = self.fonts[str(operands[0])], float(operands[1])
        elif operator == "Tc":
            self.spacing = float(operands[0])
        elif operator == "Tm":
            self.at = tuple(float(x) for x in operands)
        elif operator == "TJ":
            self._show(operands[0])
        elif operator == "re":
            self.boxes.append(self._box(operands))
        elif operator in {"f", "f*"}:
            # A border is what lies between two boxes; a filled box alone is a background.
            if len(self.boxes) == 2:
                self.content.rules += _sides(self.boxes[0])
            self.boxes = []
        elif operator == "n":
            self.boxes = []
        elif operator == "m":
            self.start = self._point(operands)
        elif operator == "l":
            end = self._point(operands)
            self.content.rules.append(
                (
                    min(self.start[0], end[0]),
                    min(self.start[1], end[1]),
                    max(self.start[0], end[0]),
                    max(self.start[1], end[1]),
                )
            )

    def _point(self, operands: Any) -> tuple[float, float]:
        return _apply(self.ctm, float(operands[0]), float(operands[1]))

    def _box(self, operands: Any) -> Rule:
        x, y, width, height = (float(value) for value in operands)
        (x0, y0), (x1, y1) = _apply(self.ctm, x, y), _apply(self.ctm, x + width, y + height)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def _show(self, parts: Any) -> None:
        assert self.font is not None
        advance, end, text = 0.0, 0.0, []
        for part in parts:
            if not isinstance(part, pikepdf.String):
                advance -= float(part) / 1000 * self.size
                continue
            data = bytes(part)
            for glyph in (int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)):
                text.append(self.font.text.get(glyph, "\ufffd"))
                end = advance + self.font.widths[glyph] / 1000 * self.size
                advance = end + self.spacing
        matrix = _times(self.at, self.ctm)
        x0, y = _apply(matrix, 0, 0)
        x1, _ = _apply(matrix, end, 0)
        mcid = next((mark for mark in reversed(self.marks) if mark is not None), None)
        run = Run(
            self.content.number, mcid, bool(self.marks), "".join(text), x0, x1, y, self.size * abs(matrix[0])
        )
        self.content.runs.append(run)


def _to_unicode(data: bytes) -> dict[int, str]:
    pairs = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]*)>", data)
    return {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs[1:]}


def _times(a: Any, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _sides(box: Rule) -> list[Rule]:
    x0, y0, x1, y1 = box
    return [(x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)]


def _connected(rules: list[Rule], near: float) -> list[list[Rule]]:
    groups: list[list[Rule]] = []
    for rule in rules:
        touching = [group for group in groups if any(_touch(rule, other, near) for other in group)]
        merged = [rule, *(other for group in touching for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append(merged)
    return groups


def _touch(a: Rule, b: Rule, near: float) -> bool:
    return a[0] <= b[2] + near and b[0] <= a[2] + near and a[1] <= b[3] + near and b[1] <= a[3] + near


def _open_sides(group: list[Rule], near: float) -> list[str]:
    left, bottom = min(r[0] for r in group), min(r[1] for r in group)
    right, top = max(r[2] for r in group), max(r[3] for r in group)
    sides = {
        "left": [(r[1], r[3]) for r in group if r[2] - left <= near],
        "right": [(r[1], r[3]) for r in group if right - r[0] <= near],
        "bottom": [(r[0], r[2]) for r in group if r[3] - bottom <= near],
        "top": [(r[0], r[2]) for r in group if top - r[1] <= near],
    }
    spans = {"left": (bottom, top), "right": (bottom, top), "bottom": (left, right), "top": (left, right)}
    return [side for side, pieces in sides.items() if not _covers(pieces, *spans[side], near)]


def _covers(pieces: list[tuple[float, float]], start: float, end: float, near: float) -> bool:
    reached = start
    for first, last in sorted(pieces):
        if first > reached + near:
            return False
        reached = max(reached, last)
    return reached >= end - near
