from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.paging import page_of_parts


@given(
    st.lists(st.integers(0, 7), max_size=8),
    st.integers(-1, 12).map(str) | st.sampled_from(["", "last", "nonsense"]),
    st.integers(1, 9),
)
def test_the_rows_of_the_parts_at_their_places_are_those_of_the_page(
    counts: list[int], number: str, per_page: int
) -> None:
    rows = [(part, row) for part, count in enumerate(counts) for row in range(count)]

    found = page_of_parts(enumerate(counts), number, per_page)

    some = [row for row in rows if row[0] in found.parts][found.places]
    assert some == [rows[at] for at in found.page.object_list]
    assert found.page.paginator.count == len(rows)
    assert {part for part, _row in some} == set(found.parts)


@pytest.mark.parametrize(
    ("number", "parts", "places"),
    [
        ("1", ["a"], slice(0, 3)),
        ("2", ["a", "c"], slice(3, 6)),
        ("3", ["c"], slice(2, 3)),
        ("9", ["c"], slice(2, 3)),
    ],
)
def test_parts_without_rows_are_on_no_page(number: str, parts: list[str], places: slice) -> None:
    found = page_of_parts([("a", 4), ("b", 0), ("c", 3), ("d", 0)], number, 3)

    assert (found.parts, found.places) == (parts, places)
