"""Numbers of items, computed from the tree: 壹、 一、 (一) 1. 1-1. (1) ① A. a.

A plan has a scheme, a row of styles from the outside in. The children of an item take the style after
the item's own, unless the item's `child_style` says otherwise: that is how a level is skipped, put in
or begun anew. An item that is not numbered takes no style, so its children stand where it would have.
Expected targets are counted apart from the other children of their parent, always 1. 2. 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from core.numerals import to_chinese, to_circled, to_formal, to_letters
from plans.enums import Kind, Scheme, Style

SCHEMES: dict[str, tuple[Style, ...]] = {
    Scheme.STANDARD: (
        Style.FORMAL,
        Style.CHINESE,
        Style.CHINESE_PAREN,
        Style.ARABIC,
        Style.ARABIC_PAREN,
        Style.CIRCLED,
        Style.UPPER,
        Style.LOWER,
    ),
    Scheme.WITH_PAIRS: (
        Style.FORMAL,
        Style.CHINESE,
        Style.CHINESE_PAREN,
        Style.ARABIC,
        Style.PAIR,
        Style.ARABIC_PAREN,
        Style.CIRCLED,
        Style.UPPER,
        Style.LOWER,
    ),
    Scheme.TABLE: (Style.ARABIC, Style.ARABIC_PAREN, Style.CIRCLED, Style.UPPER, Style.LOWER),
}
TARGET_STYLE = Style.ARABIC

_MARKS: dict[str, Callable[[int], str]] = {
    Style.FORMAL: lambda n: f"{to_formal(n)}、",
    Style.CHINESE: lambda n: f"{to_chinese(n)}、",
    Style.CHINESE_PAREN: lambda n: f"({to_chinese(n)})",
    Style.ARABIC: lambda n: f"{n}.",
    Style.ARABIC_PAREN: lambda n: f"({n})",
    Style.CIRCLED: to_circled,
    Style.UPPER: lambda n: f"{to_letters(n)}.",
    Style.LOWER: lambda n: f"{to_letters(n).lower()}.",
}


@lru_cache(maxsize=4096)
def mark(style: str, ordinal: int, parent_ordinal: int = 0) -> str:
    """Return the number as printed: mark("chinese_paren", 11) is (十一); mark("pair", 2, 1) is 1-2."""
    if style == Style.PAIR:
        return f"{parent_ordinal or 1}-{ordinal}."
    return _MARKS[style](ordinal)


@lru_cache(maxsize=256)
def next_style(scheme: str, style: str) -> str:
    """Return the style after `style`; the first for "", the last again when there is none after it.

    A style the scheme does not hold (1-1. in the standard one) is placed by the fullest scheme.
    """
    styles = SCHEMES[scheme]
    if not style:
        return styles[0]
    if style in styles:
        return styles[min(styles.index(Style(style)) + 1, len(styles) - 1)]
    full = SCHEMES[Scheme.WITH_PAIRS]
    after = full[full.index(Style(style)) + 1 :]
    return next((candidate for candidate in after if candidate in styles), styles[-1])


class Numbers:
    """The numbering among the children of one parent, given out in order.

    `style` is the parent's own style ("" above the chapters), `ordinal` its own count.
    """

    def __init__(self, scheme: str, *, style: str = "", ordinal: int = 0, child_style: str = "") -> None:
        self.scheme = scheme
        self.style = child_style or next_style(scheme, style)
        self.outer_style = style
        self.outer_ordinal = ordinal
        self.counts = {True: 0, False: 0}

    def count(self, *, kind: str, numbered: bool) -> int:
        """Count the next child and return which of its kind it is, 0 for one without a number."""
        is_target = kind == Kind.TARGET
        self.counts[is_target] += numbered
        return self.counts[is_target] if numbered else 0

    def is_like(self, other: Numbers) -> bool:
        """Say whether both would give out the same numbers from the first on."""
        return (self.style, self.outer_style, self.outer_ordinal) == (
            other.style,
            other.outer_style,
            other.outer_ordinal,
        )

    def take(self, *, kind: str, numbered: bool, child_style: str = "") -> tuple[str, Numbers]:
        """Return the next child's number ("" if it has none) and the numbering of its own children."""
        return self.at(self.count(kind=kind, numbered=numbered), kind=kind, child_style=child_style)

    def at(self, ordinal: int, *, kind: str, child_style: str = "") -> tuple[str, Numbers]:
        """Return what `take` does for the child that is this one of its kind, 0 for one without a number."""
        if not ordinal:
            inner = Numbers(self.scheme, style=self.outer_style, ordinal=self.outer_ordinal)
            # Stand-in: the children of an unnumbered item take the place it would have had.
            inner.style = child_style or self.style
            return "", inner
        style = TARGET_STYLE if kind == Kind.TARGET else self.style
        inner = Numbers(self.scheme, style=style, ordinal=ordinal, child_style=child_style)
        return mark(style, ordinal, self.outer_ordinal), inner


def number_rows(
    rows: Iterable[tuple[int, int | None, str, bool, str]], scheme: str
) -> Iterator[tuple[int, str]]:
    """Yield (id, number) for rows of (id, parent id or None, kind, numbered, child_style).

    The rows come in document order, so that a parent stands before its children.
    """
    numbers: dict[int | None, Numbers] = {None: Numbers(scheme)}
    for key, parent, kind, numbered, child_style in rows:
        number, numbers[key] = numbers[parent].take(kind=kind, numbered=numbered, child_style=child_style)
        yield key, number
