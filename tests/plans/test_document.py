from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.document import (
    Facts,
    Member,
    Milestone,
    Node,
    PlanDocument,
    Target,
    UnitName,
    UnreadableDocument,
    effective_units,
)
from plans.enums import Kind, Layout, Scheme, Style
from tests.builders import node

words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
targets = st.builds(
    Target,
    quote=words,
    name=words,
    comparator=st.sampled_from([">=", "between", "done"]),
    value=st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    value_max=st.none(),
    counted_in=words,
    aggregation=words,
    frequency=st.sampled_from(["", "quarter"]),
    baseline=st.sampled_from(["", "last_year"]),
    direction=st.sampled_from(["none", "less"]),
    decimals=st.integers(0, 4),
    start=st.none() | words,
    milestones=st.lists(st.builds(Milestone, words, words, words), max_size=2).map(tuple),
)
leaves = st.builds(
    Node,
    uid=st.uuids().map(str),
    kind=st.sampled_from(Kind.values),
    title=words,
    text=words,
    numbered=st.booleans(),
    child_style=st.sampled_from(["", *Style.values]),
    layout=st.sampled_from(["", *Layout.values]),
    points=st.none() | st.integers(0, 1000).map(str),
    units=st.lists(st.builds(UnitName, words), max_size=2).map(tuple),
    all_units=st.booleans(),
    targets=st.lists(targets, max_size=2).map(tuple),
    roster=st.lists(st.builds(Member, words, words, words, words), max_size=2).map(tuple),
)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda top, children: Node(
            **{name: getattr(top, name) for name in Node.__slots__ if name != "children"},
            children=tuple(children),
        ),
        leaves,
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)
documents = st.builds(
    PlanDocument,
    st.builds(
        Facts,
        title=words,
        agency=words,
        city=words,
        district=words,
        series=words,
        year=st.integers(1950, 2100),
        sign_off=st.lists(words, max_size=2).map(tuple),
        scheme=st.sampled_from(Scheme.values),
        column_heads=st.lists(st.tuples(words, st.lists(words, max_size=3).map(tuple)), max_size=2).map(
            tuple
        ),
    ),
    st.lists(trees, max_size=3).map(tuple),
)


@given(documents)
def test_any_tree_comes_back_from_json_the_same_and_numbering_it_again_changes_nothing(
    document: PlanDocument,
) -> None:
    document = document.numbered()

    again = PlanDocument.from_json(document.to_json())

    assert again == document
    assert again.digest() == document.digest()
    assert document.numbered() == document


def small() -> PlanDocument:
    return PlanDocument(
        Facts("計畫", "某區公所", "某市", "某區", "系列", 2026), (node("chapter", title="依據"),)
    )


def test_canonical_json_is_sorted_and_bare() -> None:
    text = small().to_json()

    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert '"schema":1' in text
    assert "依據" in text


def test_a_target_says_in_json_only_what_there_is_to_say() -> None:
    plain = Target("12場次", "法律諮詢", ">=", "12", None, "場次", "sum")
    steps = (Milestone("啟用", "2026-12-31", "100"),)
    full = replace(plain, per="unit", frequency="quarter", direction="more", decimals=1, milestones=steps)

    def keys(target: Target) -> set[str]:
        document = replace(small(), chapters=(node("target", targets=(target,)),))
        return set(json.loads(document.to_json())["chapters"][0]["targets"][0])

    assert keys(plain) == {"quote", "name", "comparator", "value", "value_max", "counted_in", "aggregation"}
    assert keys(full) - keys(plain) == {"per", "frequency", "direction", "decimals", "milestones"}


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", '{"schema":1}', '{"schema":99,"plan":{}}', '{"schema":1,"plan":{"x":1}}']
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDocument):
        PlanDocument.from_json(text)


def test_units_are_inherited_until_others_are_named() -> None:
    inner = node(units=(UnitName("社會課"),), children=[node()])
    chapter = node("chapter", units=(UnitName("民政課"),), children=[node(), inner])
    document = PlanDocument(small().facts, (chapter,))

    found = effective_units(document)

    assert [found[line.uid].names for line in document.walk()] == [
        ("民政課",),
        ("民政課",),
        ("社會課",),
        ("社會課",),
    ]


def test_all_units_replace_the_named_ones_below() -> None:
    inner = node(all_units=True)
    document = PlanDocument(small().facts, (node("chapter", units=(UnitName("民政課"),), children=[inner]),))

    found = effective_units(document)[inner.uid]

    assert (found.names, found.all_units, found.source) == ((), True, inner.uid)
