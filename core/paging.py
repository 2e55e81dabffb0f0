"""Pages of long lists that are put together from parts which were counted: years, periods.

To put thousands of rows in order for fifty of them takes longer than to count them. Where the order goes by
parts first, the rows of those on the page are all that has to be ordered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.paginator import Page, Paginator

Part = TypeVar("Part")


@dataclass(frozen=True)
class PageOfParts(Generic[Part]):
    """A page, the parts that have rows on it, and which of the rows of these parts they are."""

    page: Page[int]
    parts: list[Part]
    places: slice


def page_of_parts(counts: Iterable[tuple[Part, int]], number: str | None, per_page: int) -> PageOfParts[Part]:
    """Return a page of rows in the order of these parts; where there is none of that number, the nearest."""
    known = [(part, count) for part, count in counts if count]
    total = sum(count for _part, count in known)
    page = Paginator(range(total), per_page).get_page(number)
    places = range(total)[(page.number - 1) * per_page : page.number * per_page]
    parts: list[Part] = []
    passed = before = 0
    for part, count in known:
        if before + count <= places.start:
            passed += count
        elif before < places.stop:
            parts.append(part)
        before += count
    return PageOfParts(page, parts, slice(places.start - passed, places.stop - passed))
