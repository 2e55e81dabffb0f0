from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from plans.document import Facts, Node, PlanDocument
from plans.enums import Kind, Scheme, Style
from plans.numbering import SCHEMES, Numbers, mark, next_style, number_rows
from tests.builders import node


def numbers_of(*chapters: Node, scheme: str = Scheme.STANDARD) -> list[str]:
    facts = Facts("計畫", "某區公所", "某市", "某區", "系列", 2026, scheme=scheme)
    return [line.number for line in PlanDocument(facts, chapters).numbered().walk()]


def chain(depth: int) -> Node:
    """Return a chapter with one child, which has one child, and so on."""
    return node("chapter", children=[chain(depth - 1)] if depth > 1 else [])


def test_levels_take_the_styles_of_the_scheme_in_order() -> None:
    assert numbers_of(chain(8)) == ["壹、", "一、", "(一)", "1.", "(1)", "①", "A.", "a."]


def test_the_scheme_with_pairs_puts_a_level_in() -> None:
    assert numbers_of(chain(6), scheme=Scheme.WITH_PAIRS) == ["壹、", "一、", "(一)", "1.", "1-1.", "(1)"]


def test_pairs_carry_the_number_of_the_line_above_them() -> None:
    group = node("heading", child_style=Style.PAIR, children=[node(), node()])
    chapter = node("chapter", child_style=Style.ARABIC, children=[node(), group])

    assert numbers_of(chapter) == ["壹、", "1.", "2.", "2-1.", "2-2."]


def test_an_unnumbered_line_takes_no_number_and_no_style() -> None:
    theme = node("heading", numbered=False, children=[node(), node()])
    chapter = node("chapter", children=[node(), theme, node()])

    assert numbers_of(chapter) == ["壹、", "一、", "", "一、", "二、", "二、"]


def test_expected_targets_are_counted_apart() -> None:
    group = node("heading", children=[node(), node("target"), node("target"), node()])

    assert numbers_of(node("chapter", children=[group])) == ["壹、", "一、", "(一)", "1.", "2.", "(二)"]


@pytest.mark.parametrize(
    ("style", "ordinal", "number"),
    [
        (Style.FORMAL, 11, "拾壹、"),
        (Style.CHINESE, 12, "十二、"),
        (Style.CHINESE_PAREN, 20, "(二十)"),
        (Style.CIRCLED, 20, "⑳"),
        (Style.CIRCLED, 21, "(21)"),
        (Style.UPPER, 27, "AA."),
    ],
)
def test_numbers_go_on_past_ten_and_twenty(style: str, ordinal: int, number: str) -> None:
    assert mark(style, ordinal) == number


@pytest.mark.parametrize("scheme", Scheme.values)
def test_every_style_has_one_after_it_in_every_scheme(scheme: str) -> None:
    assert {next_style(scheme, style) for style in Style.values} <= set(SCHEMES[scheme])


kinds = st.sampled_from([Kind.ACTION, Kind.HEADING, Kind.TARGET, Kind.NOTE])


class Moving(RuleBasedStateMachine):
    """Lines put in, moved, taken out and changed in any order; the numbers stay without gap or double."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list] = []  # [id, parent, kind, numbered, child_style] in document order
        self.free = 0

    def below(self, key: int) -> set[int]:
        inside = {key}
        for row in self.rows:
            if row[1] in inside:
                inside.add(row[0])
        return inside

    @rule(data=st.data(), kind=kinds, numbered=st.booleans(), style=st.sampled_from(["", *Style.values]))
    def put_in(self, data: st.DataObject, kind: str, numbered: bool, style: str) -> None:
        parent = data.draw(st.sampled_from([None, *(row[0] for row in self.rows)]))
        self.rows.append([self.free, parent, kind, numbered, style])
        self.free += 1
        self.sort()

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        if not self.rows:
            return
        row = data.draw(st.sampled_from(self.rows))
        inside = self.below(row[0])
        row[1] = data.draw(
            st.sampled_from([None, *(other[0] for other in self.rows if other[0] not in inside)])
        )
        self.sort()

    @rule(data=st.data())
    def take_out(self, data: st.DataObject) -> None:
        if not self.rows:
            return
        inside = self.below(data.draw(st.sampled_from(self.rows))[0])
        self.rows = [row for row in self.rows if row[0] not in inside]

    def sort(self) -> None:
        ordered, stack = [], [None]
        children: dict = {}
        for row in self.rows:
            children.setdefault(row[1], []).append(row)
        stack = list(reversed(children.get(None, [])))
        while stack:
            row = stack.pop()
            ordered.append(row)
            stack += reversed(children.get(row[0], []))
        assert len(ordered) == len(self.rows)
        self.rows = ordered

    @invariant()
    def numbers_have_no_gap_and_no_double(self) -> None:
        numbers = dict(number_rows((tuple(row) for row in self.rows), Scheme.STANDARD))
        for parent in [None, *(row[0] for row in self.rows)]:
            for is_target in (True, False):
                run = [
                    numbers[row[0]]
                    for row in self.rows
                    if row[1] == parent and row[3] and (row[2] == Kind.TARGET) == is_target
                ]
                assert len(set(run)) == len(run)
                assert "" not in run
                if run and parent is None and not is_target:
                    assert run == [mark(Style.FORMAL, ordinal + 1) for ordinal in range(len(run))]


TestMoving = Moving.TestCase
TestMoving.settings = settings(max_examples=settings.default.max_examples // 2, stateful_step_count=25)


@given(st.lists(kinds, max_size=40))
def test_a_run_of_siblings_counts_up(siblings: list[str]) -> None:
    numbers = Numbers(Scheme.STANDARD)
    taken = [(kind, numbers.take(kind=kind, numbered=True)[0]) for kind in siblings]

    targets = [number for kind, number in taken if kind == Kind.TARGET]
    others = [number for kind, number in taken if kind != Kind.TARGET]
    assert targets == [f"{ordinal}." for ordinal in range(1, len(targets) + 1)]
    assert others == [mark(Style.FORMAL, ordinal) for ordinal in range(1, len(others) + 1)]
