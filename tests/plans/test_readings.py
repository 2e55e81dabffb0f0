from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from plans.document import Target
from plans.marking import pieces
from plans.readings import (
    Match,
    Promise,
    ReadingState,
    Standing,
    digest_of,
    from_document,
    match,
    readings_of,
    sentence_of,
    settle,
    target_of,
)


def promise(name="法律諮詢", value="12", counted_in="場次", **values) -> Promise:
    defaults = {"key": 1, "comparator": ">=", "value_max": None, "quote": f"{name}{value}{counted_in}"}
    number = None if value is None else Decimal(value)
    return Promise(**(defaults | {"name": name, "value": number, "counted_in": counted_in} | values))


def compare(text: str, *promises: Promise, kind: str = "target", refused=frozenset()) -> Match:
    return match(readings_of(kind, "", text), promises, refused)


def states(found: Match) -> list[str]:
    return [one.state for one in found.found]


def standings(found: Match) -> list[str]:
    return [pair.standing for pair in found.pairings]


def test_a_number_nobody_took_up_is_new_and_open() -> None:
    found = compare("全年辦理法律諮詢12場次，服務民眾300人次。")

    assert states(found) == ["new", "new"]
    assert found.open_points == 2


def test_numbers_of_actions_and_mere_frequencies_are_read_but_wait_for_nobody() -> None:
    assert compare("全年辦理法律諮詢12場次。", kind="action").open_points == 0
    assert states(compare("全年辦理法律諮詢12場次。", kind="action")) == ["new"]
    assert compare("每月更新網頁。").open_points == 0


@pytest.mark.parametrize("kind", ["chapter", "note", "table"])
def test_nothing_is_read_in_lines_that_promise_nothing(kind: str) -> None:
    assert readings_of(kind, "", "全年辦理法律諮詢12場次。") == []


def test_the_same_number_measure_and_comparison_are_in_step() -> None:
    found = compare("全年辦理法律諮詢12場次。", promise(counted_in="場", quote=""))

    assert (states(found), standings(found), found.open_points) == (["linked"], ["in_step"], 0)


def test_people_and_turns_of_people_are_not_the_same() -> None:
    found = compare("招募志工20人。", promise("招募志工", "20", "人次"))

    assert standings(found) == ["drifted"]
    assert found.pairings[0].differences == ("counted_in",)


def test_equal_numbers_go_to_the_targets_they_are_named_after() -> None:
    found = compare(
        "辦理防災宣導3場次、辦理消防訓練3場次。",
        promise("消防訓練", "3", key=7),
        promise("防災宣導", "3", key=8),
    )

    named = {pair.promise.key: pair.found.reading.name for pair in found.pairings if pair.found}
    assert standings(found) == ["in_step", "in_step"]
    assert "訓練" in named[7]
    assert "宣導" in named[8]


def test_only_one_of_two_equal_numbers_is_linked_by_one_target() -> None:
    found = compare("辦理防災宣導3場次、辦理消防訓練3場次。", promise("消防訓練", "3"))

    assert states(found) == ["new", "linked"]


def test_a_number_that_changed_is_drift() -> None:
    found = compare("全年辦理法律諮詢15場次。", promise())

    assert (states(found), standings(found)) == (["became"], ["drifted"])
    assert found.pairings[0].differences == ("value",)
    assert found.pairings[0].found.reading.value == Decimal(15)
    assert found.open_points == 1


def test_of_several_numbers_the_drift_is_found_by_the_name() -> None:
    found = compare(
        "辦理防災宣導5場次，消防訓練2場次，參加者300人次。",
        promise("消防訓練", "3", key=7),
        promise("參加者", "200", "人次", key=8),
    )

    assert standings(found) == ["drifted", "drifted"]
    assert [pair.found.reading.value for pair in found.pairings] == [Decimal(2), Decimal(300)]
    assert states(found) == ["new", "became", "became"]


def test_the_words_around_the_number_name_it_when_the_indicator_was_renamed() -> None:
    found = compare(
        "辦理防災宣導5場次、辦理消防訓練2場次。",
        promise("訓練次數（消防）", "3", quote="辦理消防訓練3場次"),
    )

    assert found.pairings[0].found.reading.value == Decimal(2)


def test_the_only_number_left_is_what_the_only_target_became_if_it_counts_the_same() -> None:
    assert standings(compare("全年舉行說明會15場次。", promise())) == ["drifted"]
    assert standings(compare("全年招募志工15人。", promise())) == ["lost"]


def test_a_target_whose_number_left_the_sentence_is_lost() -> None:
    found = compare("辦理法律諮詢，便利民眾。", promise())

    assert (states(found), standings(found), found.open_points) == ([], ["lost"], 1)


def test_a_comparison_turned_round_is_drift() -> None:
    found = compare("申請案件處理不超過3小時。", promise("申請案件處理", "3", "小時", quote="至少3小時"))

    assert found.pairings[0].differences == ("comparator",)


def test_what_a_person_set_other_than_the_sentence_had_it_is_no_drift() -> None:
    quote = "全年辦理法律諮詢12場次"
    edited = promise(comparator="=", counted_in="回", quote=quote)

    assert standings(compare(f"{quote}。", edited)) == ["in_step"]
    drifted = compare("全年辦理法律諮詢15場次。", edited)
    assert drifted.pairings[0].differences == ("value",)


def test_a_range_is_in_step_as_a_whole() -> None:
    text = "案件辦理天數為3至5天。"
    (reading,) = readings_of("target", "", text)
    own = promise(reading.name, "3", "天", value_max=Decimal(5), comparator="between")

    assert standings(compare(text, own)) == ["in_step"]
    assert standings(compare(text.replace("5", "6"), own)) == ["drifted"]


def test_a_refused_number_stays_refused_wherever_it_stands_in_the_sentence() -> None:
    (reading,) = readings_of("target", "", "全年辦理法律諮詢12場次。")
    refused = {digest_of(reading)}

    moved = compare("服務民眾300人次。全年辦理法律諮詢12 場。", refused=refused)
    assert states(moved) == ["new", "refused"]
    assert states(compare("全年辦理法律諮詢13場次。", refused=refused)) == ["new"]


def test_a_refused_number_is_not_what_a_target_became_but_one_that_is_linked_is_linked() -> None:
    (reading,) = readings_of("target", "", "全年辦理法律諮詢12場次。")
    refused = {digest_of(reading)}

    assert standings(compare("全年辦理法律諮詢12場次。", promise(value="10"), refused=refused)) == ["lost"]
    assert states(compare("全年辦理法律諮詢12場次。", promise(), refused=refused)) == ["linked"]


def test_a_certificate_is_in_step_while_the_sentence_asks_for_it() -> None:
    text = "網站取得無障礙AA標章。"
    (reading,) = readings_of("target", "", text)
    mark = promise(reading.name, None, "", comparator="done", quote=reading.quote)

    assert standings(compare(text, mark)) == ["in_step"]
    assert standings(compare("網站持續維護。", mark)) == ["qualitative"]


def test_an_indicator_without_a_target_this_year_waits_for_the_number_of_the_sentence() -> None:
    unset = promise(value=None, is_set=False, quote="")

    found = compare("全年辦理法律諮詢12場次。", unset)
    assert (states(found), standings(found)) == (["became"], ["unset"])
    assert standings(compare("辦理法律諮詢。", unset)) == ["unset"]


def test_one_target_may_serve_two_lines_of_which_one_names_the_number() -> None:
    matches = {
        "a": compare("全年辦理法律諮詢12場次。", promise()),
        "b": compare("便利民眾諮詢法律。", promise()),
        "c": compare("另辦稅務說明會5場次。", promise()),
    }

    settled = settle(matches)

    assert [standings(settled[key])[0] for key in "abc"] == ["in_step", "elsewhere", "elsewhere"]
    assert states(settled["c"]) == ["new"]
    assert standings(settle({"b": matches["b"]})["b"]) == ["lost"]


def test_title_and_text_are_read_with_their_places_in_the_sentence() -> None:
    title, text = "法律諮詢12場次", "服務民眾 3,000 人次以上。"
    sentence = sentence_of(title, text)

    found = match(readings_of("target", title, text), ())

    marked = [(piece.text, bool(piece.found)) for piece in pieces(sentence, found.found)]
    assert marked == [
        ("法律諮詢", False),
        ("12場次", True),
        ("\n服務民眾 ", False),
        ("3,000 人次", True),
        ("以上。", False),
    ]


def test_the_pieces_of_a_range_and_of_a_frequency() -> None:
    sentence = "案件辦理天數為3至5天；每月更新網頁。"
    found = match(readings_of("target", "", sentence), ())

    assert [piece.text for piece in pieces(sentence, found.found) if piece.found] == [
        "3至5天",
        "每月更新網頁",
    ]


def test_numbers_are_told_with_their_comparison() -> None:
    told = [
        promise(value="3380.0000", counted_in="小時"),
        promise(value="0.0100", counted_in="%", comparator="<=", aggregation="ratio"),
        promise(value="3", value_max=Decimal(5), counted_in="天", comparator="between"),
        promise(value="2", aggregation="each_period", frequency="quarter"),
        promise(value="5", counted_in="%", baseline="last_year", direction="more"),
        promise(value=None),
    ]

    with override("zh-hant"):
        assert [one.words for one in told] == [
            "至少 3,380 小時",
            "不超過 0.01%（比率）",
            "介於 3–5 天",
            "每季至少 2 場次",
            "較前一年增加至少 5%",
            "無數值",
        ]


def test_a_reading_is_told_as_the_target_it_becomes() -> None:
    (found,) = match(readings_of("target", "", "用電量較前一年減少5%。"), ()).found

    with override("zh-hant"):
        assert found.words == "較前一年減少至少 5%"
    assert target_of(found.reading) == Target(
        quote="用電量較前一年減少5%",
        name="用電量較前一年減少",
        comparator=">=",
        value="5",
        value_max=None,
        counted_in="%",
        aggregation="sum",
        baseline="last_year",
        direction="less",
    )


def test_a_target_of_a_document_is_compared_like_one_of_rows() -> None:
    target = Target("法律諮詢12場次", "法律諮詢", ">=", "12", None, "場次", "sum")

    assert standings(compare("全年辦理法律諮詢12場次。", from_document(1, target))) == ["in_step"]


def test_a_text_too_long_for_a_sentence_is_not_read() -> None:
    assert readings_of("target", "", "法律諮詢12場次。" * 500) == []


LINE = st.lists(
    st.sampled_from(
        [
            "辦理訓練",
            "宣導",
            "12",
            "3,380",
            "二十",
            "場次",
            "人次",
            "%",
            "每月",
            "不超過",
            "，",
            "。",
            " ",
            "\n",
        ]
    ),
    max_size=20,
).map("".join)


@given(LINE, LINE, st.sampled_from(["target", "action", "heading"]))
def test_every_reading_and_target_gets_one_place_and_the_sentence_is_kept(old, new, kind) -> None:
    before = readings_of("target", "", old)
    promises = [
        replace(
            promise(reading.name, None, reading.counted_in, key=at, quote=reading.quote),
            value=reading.value,
            value_max=reading.value_max,
            comparator=reading.comparator,
        )
        for at, reading in enumerate(before)
    ]
    same = match(before, promises)
    assert all(pair.standing is Standing.IN_STEP for pair in same.pairings)
    assert all(one.state is ReadingState.LINKED for one in same.found)

    now = readings_of(kind, "", new)
    found = match(now, promises)
    assert [pair.promise for pair in found.pairings] == promises
    assert [one.reading for one in found.found] == now
    paired = [id(pair.found) for pair in found.pairings if pair.found]
    assert len(paired) == len(set(paired))
    assert "".join(piece.text for piece in pieces(new, found.found)) == new
