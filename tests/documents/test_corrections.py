from __future__ import annotations

from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.text import strip_blank
from documents.corrections import (
    Change,
    change,
    change_roster,
    confirm,
    demote,
    depths,
    discard,
    merge,
    merge_all,
    place,
    promote,
    set_kind,
    split,
    take_out,
)
from documents.ingest.proposal import Columns, Proposal, ProposedItem, ProposedMember, Span, Unplaced
from documents.ingest.propose import propose

TEXT = """某區公所年度計畫
壹、計畫內容
一、便民服務
(一)延長服務時間。
(二)設置服務台。
二、其他服務
(一)公布電話。
貳、經費
由業務費支應。"""


def proposal() -> Proposal:
    return propose(TEXT.split("\n"))


def lines(given: Proposal) -> list[str]:
    depth = depths(given)
    return [f"{'-' * depth[item.id]}{item.marker}{item.title or item.text}" for item in given.items]


def key(given: Proposal, words: str) -> int:
    return next(item.id for item in given.items if words in item.title + item.text)


def test_the_text_is_read_as_written() -> None:
    assert lines(proposal()) == [
        "-壹、計畫內容",
        "--一、便民服務",
        "---(一)延長服務時間。",
        "---(二)設置服務台。",
        "--二、其他服務",
        "---(一)公布電話。",
        "-貳、經費",
    ]


def test_promote_takes_the_lines_after_it_below_it() -> None:
    given = proposal()

    moved = promote(given, [key(given, "延長")])

    assert lines(moved)[1:5] == [
        "--一、便民服務",
        "--(一)延長服務時間。",
        "---(二)設置服務台。",
        "--二、其他服務",
    ]


def test_demote_takes_what_is_below_along() -> None:
    given = proposal()

    moved = demote(given, [key(given, "其他服務")])

    assert lines(moved)[4:6] == ["---二、其他服務", "----(一)公布電話。"]


def test_demoting_and_promoting_again_changes_nothing() -> None:
    given = proposal()
    chosen = [key(given, "其他服務")]

    assert lines(promote(demote(given, chosen), chosen)) == lines(given)


def test_what_cannot_move_says_so() -> None:
    given = proposal()
    with pytest.raises(ValidationError):
        promote(given, [key(given, "計畫內容")])
    with pytest.raises(ValidationError):
        demote(given, [key(given, "計畫內容")])


def test_merge_joins_words_and_children_to_the_line_above() -> None:
    given = proposal()

    joined = merge(given, key(given, "其他服務"))

    assert lines(joined)[3:5] == ["---(二)設置服務台。二、其他服務", "----(一)公布電話。"]


def test_a_run_is_joined_to_one_line_as_if_one_after_the_other() -> None:
    given = proposal()
    chosen = [key(given, words) for words in ("延長", "設置", "其他服務")]
    one_by_one = given
    for number in reversed(chosen):
        one_by_one = merge(one_by_one, number)

    joined = merge_all(given, chosen)

    assert lines(joined) == lines(one_by_one)
    assert lines(joined)[1:3] == [
        "--一、便民服務(一)延長服務時間。(二)設置服務台。二、其他服務",
        "---(一)公布電話。",
    ]


def test_merge_keeps_points_rosters_and_heads() -> None:
    items = [
        ProposedItem(1, None, "chapter", title="計畫"),
        ProposedItem(2, 1, "heading", title="甲", points="20", points_text="(20分)"),
        ProposedItem(3, 1, "heading", title="乙", points="30", points_text="(30分)"),
        ProposedItem(4, 1, "table", title="編組表", layout="roster"),
    ]
    given = Proposal(
        items=items,
        task_force=[ProposedMember(4, "組長", "區長", "綜理")],
        columns=[Columns(4, ["職稱", "編組人員", "職掌", "備考"], Span(1, 1))],
    )

    joined = merge_all(given, [3, 4])

    assert [(item.title or item.text, item.points_text) for item in joined.items] == [
        ("計畫", ""),
        ("甲乙編組表(30分)", "(20分)"),
    ]
    assert (joined.task_force[0].item, joined.columns[0].item) == (2, 2)


@pytest.mark.parametrize("text", ["1.5公里的路線。", "3.14倍的成長。"])
def test_a_number_in_a_sentence_is_not_taken_for_its_marker(text: str) -> None:
    given = proposal()
    given.unplaced.append(Unplaced(3, text))
    chosen = key(given, "公布")

    assert split(given, chosen, ["公布電話。", text]).items[-2].text == text
    assert place(given, 0, chosen).items[-2].text == text


def test_a_line_placed_after_a_roster_is_no_roster() -> None:
    given = Proposal(
        items=[ProposedItem(1, None, "chapter", title="推動"), ProposedItem(2, 1, "table", title="編組表")],
        unplaced=[Unplaced(3, "其他說明。")],
    )

    assert place(given, 0, 2).items[-1].kind == "action"


def test_what_is_taken_out_leaves_no_target_behind() -> None:
    given = propose(["某區公所年度計畫", "壹、計畫內容", "一、預期目標", "(一)全年辦理講座3場次。"])
    assert [target.value for target in given.targets] == ["3"]

    assert take_out(given, [key(given, "講座")]).targets == []


def test_split_cuts_at_the_given_places_and_reads_markers() -> None:
    given = proposal()

    cut = split(given, key(given, "公布"), ["公布", "(二)電話。"])

    assert lines(cut)[5:7] == ["---(一)公布", "---(二)電話。"]


def test_split_needs_two_pieces() -> None:
    given = proposal()
    with pytest.raises(ValidationError):
        split(given, key(given, "公布"), ["公布電話。", "  "])


def test_change_writes_the_fields_and_reads_the_targets_anew() -> None:
    given = proposal()
    chosen = key(given, "設置")
    values = Change("target", "", "全年辦理講座3場次。", ["民政課"], False, "20", True)

    changed = change(given, chosen, values)

    item = next(item for item in changed.items if item.id == chosen)
    assert (item.kind, item.text, item.units, item.points, item.points_text) == (
        "target",
        "全年辦理講座3場次。",
        ["民政課"],
        "20",
        "(20分)",
    )
    assert [(target.value, target.counted_in, target.origin) for target in changed.targets] == [
        ("3", "場次", "target")
    ]


def test_take_out_lists_every_word_as_unplaced() -> None:
    given = proposal()

    out = take_out(given, [key(given, "便民服務")])

    assert [unplaced.text for unplaced in out.unplaced] == [
        "一、便民服務",
        "(一)延長服務時間。",
        "(二)設置服務台。",
    ]
    assert lines(out) == ["-壹、計畫內容", "--二、其他服務", "---(一)公布電話。", "-貳、經費"]


def test_place_makes_a_line_after_the_chosen_one() -> None:
    given = proposal()
    given.unplaced.append(Unplaced(3, "三、漏掉的一項"))

    placed = place(given, 0, key(given, "便民服務"))

    assert lines(placed)[4] == "--三、漏掉的一項"
    assert placed.unplaced == []


def test_place_works_where_nothing_else_stands() -> None:
    placed = place(Proposal(unplaced=[Unplaced(1, "壹、唯一的一章")]), 0, None)

    assert lines(placed) == ["-壹、唯一的一章"]


def test_a_leftover_that_is_gone_says_so() -> None:
    with pytest.raises(ValidationError):
        place(proposal(), 0, None)
    with pytest.raises(ValidationError):
        discard(proposal(), 5)


def test_discard_drops_a_leftover() -> None:
    given = proposal()
    given.unplaced += [Unplaced(1, "9"), Unplaced(2, "10")]

    assert [unplaced.text for unplaced in discard(given, 0).unplaced] == ["10"]


def test_confirm_and_set_kind_settle_doubt() -> None:
    given = proposal()
    chosen = key(given, "延長")
    next(item for item in given.items if item.id == chosen).confidence = 0.3

    for settled in (confirm(given, [chosen]), set_kind(given, [chosen], "note")):
        assert next(item for item in settled.items if item.id == chosen).confidence == 1.0


def test_change_roster_replaces_the_rows_of_one_roster() -> None:
    given = Proposal(
        items=[ProposedItem(1, None, "chapter"), ProposedItem(2, 1, "table")],
        task_force=[ProposedMember(2, "組長", "區長", "綜理")],
    )

    changed = change_roster(given, 2, [ProposedMember(0, "組員", "秘書", "協助")])

    assert [(row.item, row.title) for row in changed.task_force] == [(2, "組員")]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["promote", "demote", "merge", "split", "take_out", "place"]), st.integers(0, 30)
    ),
    max_size=12,
)


@given(STEPS)
def test_no_step_loses_a_character_or_breaks_the_tree(steps: list[tuple[str, int]]) -> None:
    given = proposal()
    whole = characters(given)
    for name, number in steps:
        given = step(given, name, number)
        assert characters(given) == whole
        seen: set[int | None] = {None}
        for item in given.items:
            assert item.parent in seen  # parents stand before their children: no circle, no orphan
            seen.add(item.id)
        assert len(seen) == len(given.items) + 1


def step(given: Proposal, name: str, number: int) -> Proposal:
    try:
        if name == "place":
            return place(
                given, number % 3, given.items[number % len(given.items)].id if given.items else None
            )
        if not given.items:
            return given
        item = given.items[number % len(given.items)]
        if name == "split":
            text = item.text or item.title
            return split(given, item.id, [text[:2], text[2:]]) if item.text else given
        if name == "merge":
            return merge(given, item.id)
        return {"promote": promote, "demote": demote, "take_out": take_out}[name](given, [item.id])
    except ValidationError:
        return given


def characters(given: Proposal) -> Counter[str]:
    counted: Counter[str] = Counter()
    for item in given.items:
        counted.update(strip_blank(item.marker + item.title + item.text))
    for unplaced in given.unplaced:
        counted.update(strip_blank(unplaced.text))
    return counted
