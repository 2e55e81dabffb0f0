from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.document import Facts, Node, PlanDocument, UnitName
from plans.rights import Rights, rights_of_units, rights_to_all
from plans.sheet import Changes, Piece, changes_between, pieces_of
from tests.builders import node, sample_roster

FACTS = Facts("計畫", "某區公所", "某市", "某區", "系列", 2026)


def pieces(*chapters: Node) -> list[Piece]:
    document = PlanDocument(FACTS, chapters).numbered()
    return pieces_of(document, rights_to_all(document))


def applied(before: list[Piece], changes: Changes) -> list[tuple[str, str, Piece]]:
    """Do on a list what the page does on its elements."""
    sheet = {piece.id: piece for piece in before}
    order = [piece.id for piece in before]
    for key in changes.remove:
        order.remove(key)
    for piece, behind in changes.put:
        if piece.id in order:
            order.remove(piece.id)
        order.insert(order.index(behind) + 1 if behind else 0, piece.id)
        sheet[piece.id] = piece
    return [(key, changes.numbers.get(key, sheet[key].number), sheet[key].without_number()) for key in order]


def expected(after: list[Piece]) -> list[tuple[str, str, Piece]]:
    return [(piece.id, piece.number, piece.without_number()) for piece in after]


LINES = [node(text=f"第{n}條") for n in range(6)]


@settings(max_examples=2 * settings.default.max_examples)
@given(st.lists(st.sampled_from(range(6)), unique=True), st.lists(st.sampled_from(range(6)), unique=True))
def test_a_page_that_takes_the_changes_shows_the_new_sheet(one: list[int], other: list[int]) -> None:
    first, second = node("chapter", title="甲"), node("chapter", title="乙")

    def sheet(order: list[int]) -> list[Piece]:
        half = len(order) // 2
        parts = [[LINES[n] for n in order[:half]], [LINES[n] for n in order[half:]]]
        return pieces(
            *(
                replace(chapter, children=tuple(part))
                for chapter, part in zip((first, second), parts, strict=True)
            )
        )

    before, after = sheet(one), sheet(other)
    assert applied(before, changes_between(before, after)) == expected(after)


def test_one_line_moved_is_one_piece_put_and_the_rest_only_numbers() -> None:
    lines = [node(text=f"第{n}條") for n in range(50)]
    chapter = node("chapter", title="章", children=lines)
    moved = replace(chapter, children=(*lines[1:30], lines[0], *lines[30:]))

    changes = changes_between(pieces(chapter), pieces(moved))

    assert [piece.id for piece, _behind in changes.put] == [f"i-{lines[0].uid}"]
    assert changes.remove == ()
    assert len(changes.numbers) == 29


def test_a_table_is_swapped_whole_and_only_when_it_changed() -> None:
    roster = sample_roster()
    chapter = node("chapter", title="章", children=[node(text="甲"), roster])
    one, same = pieces(chapter), pieces(replace(chapter, children=(node(text="乙"), roster)))

    changes = changes_between(one, same)

    assert f"t-{roster.uid}" not in {piece.id for piece, _behind in changes.put}
    assert one[-1].id == f"t-{roster.uid}"


@pytest.mark.parametrize("names", [("民政課",), ("社會課",), ()])
def test_a_unit_writes_what_it_answers_for_by_name_and_arranges_what_stands_below(
    names: tuple[str, ...],
) -> None:
    own = node(text="甲")
    others = node(text="乙", units=(UnitName("社會課"),))
    everyone = node(text="丙", all_units=True)
    group = node("heading", title="組", units=(UnitName("民政課"),), children=[own, others, everyone])
    document = PlanDocument(FACTS, (node("chapter", title="章", children=[group]),)).numbered()

    rights = rights_of_units(document, names)

    wanted = {
        ("民政課",): Rights(frozenset({group.uid, own.uid}), frozenset({own.uid})),
        ("社會課",): Rights(frozenset({others.uid}), frozenset()),
        (): Rights(),
    }
    assert rights == wanted[names]


def test_changes_of_a_long_sheet_are_found_quickly_enough_for_any_shuffle() -> None:
    lines = [node(text=f"第{n}條") for n in range(400)]
    shuffled = random.Random(7).sample(lines, len(lines))  # noqa: S311 -- no secret
    chapter = node("chapter", title="章", children=lines)
    before, after = pieces(chapter), pieces(replace(chapter, children=tuple(shuffled)))

    assert applied(before, changes_between(before, after)) == expected(after)
