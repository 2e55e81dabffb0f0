from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indicators.extraction import LONGEST_TEXT, Reading, read_directions, read_targets
from tests.indicators.corpus import Expectation, as_dict, load, measure, read
from tests.indicators.seed_targets import PROMISED, SEED, target_sentences

CORPUS = [*load("development"), *load("held_out")]


def one(text: str, kind: str = "target") -> Reading:
    (reading,) = read_targets(text, kind=kind)
    return reading


def values(text: str, kind: str = "target") -> list[tuple[str, str]]:
    return [(str(reading.value), reading.counted_in) for reading in read_targets(text, kind=kind)]


def test_sentences_of_the_corpus_read_as_a_person_reads_them() -> None:
    breaches = []
    for sentence in CORPUS:
        got = read(sentence)
        expected = _in_order(sentence.expect, got)
        said = [
            {field: reading[field] for field in wanted}
            for wanted, reading in zip(expected, got, strict=False)
        ]
        if len(got) != len(expected) or said != expected:
            breaches.append(f"{sentence.text}\n  expected {expected}\n  read     {got}")

    assert not breaches, "\n".join(breaches)


def _in_order(expect: list[Expectation], got: list[Expectation]) -> list[Expectation]:
    """Put expectations in the order of the readings; in the corpus frequencies and marks may stand last."""
    rest, ordered = list(expect), []
    for reading in got:
        same = [wanted for wanted in rest if wanted["value"] == reading["value"]]
        same.sort(key=lambda wanted: wanted.get("counted_in", "") != reading["counted_in"])
        if same:
            rest.remove(same[0])
            ordered.append(same[0])
    return [*ordered, *rest]


@pytest.mark.parametrize("part", ["development", "held_out"])
def test_recall_and_precision_reach_the_goal(part: str) -> None:
    tally = measure(load(part))

    assert tally.found > 150
    assert tally.recall >= 0.95, tally.wrong
    assert tally.precision >= 0.95, tally.wrong


def test_quotes_are_parts_of_the_text_as_it_stands() -> None:
    for sentence in CORPUS:
        for reading in read_targets(sentence.text, kind=sentence.kind):
            assert sentence.text[reading.start : reading.end] == reading.quote
            assert reading.quote == reading.quote.strip()
            assert not re.search(r"[。；;，]", reading.quote) or reading.baseline_value is not None
            assert reading.name
            if reading.value is not None and reading.origin != "frequency":
                assert re.search(r"[\d０-９一二三四五六七八九十百千兩乙零]", reading.quote)


@pytest.mark.skipif(not SEED.exists(), reason="the seeds are not here")
def test_outline_seed_promises_its_22_numbers_and_no_other() -> None:
    sentences = target_sentences()
    readings = [
        [reading for reading in read_targets(text, kind="target") if reading.origin == "target"]
        for text in sentences
    ]

    assert len(sentences) == 65
    assert [(str(r.value), r.counted_in) for found in readings for r in found] == PROMISED
    assert sum(bool(found) for found in readings) == 20
    for text, found in zip(sentences, readings, strict=True):
        for reading in found:
            assert text[reading.start : reading.end] == reading.quote


def test_two_promises_of_one_sentence_are_quoted_apart() -> None:
    hours, fees = read_targets("免附書證估可節省民眾時間計 1,250小時，規費 12萬 3千元。", kind="target")

    assert (hours.value, hours.counted_in, hours.aggregation) == (Decimal(1250), "小時", "sum")
    assert (hours.quote, hours.name) == ("免附書證估可節省民眾時間計 1,250小時", "免附書證估可節省民眾時間")
    assert (fees.value, fees.counted_in) == (Decimal(123000), "元")
    assert (fees.quote, fees.name) == ("規費 12萬 3千元", "規費")


def test_share_stated_twice_is_read_once() -> None:
    reading = one("每月按課室人數（含約聘僱）百分之 30％抽測。")

    assert (reading.value, reading.counted_in) == (Decimal(30), "%")
    assert (reading.aggregation, reading.per, reading.frequency) == ("ratio", "month", "month")
    assert reading.quote == "每月按課室人數（含約聘僱）百分之 30％抽測"
    assert values("合格率達百分之二十（20%）。") == [("20", "%")]


@pytest.mark.parametrize(
    ("text", "comparator", "value", "value_max"),
    [
        ("滿意度至少85分。", ">=", "85", None),
        ("滿意度不低於85分。", ">=", "85", None),
        ("滿意度超過85分。", ">", "85", None),
        ("滿意度逾85分。", ">", "85", None),
        ("錯誤率0.01%。", "<=", "0.01", None),
        ("錯誤率低於0.01%。", "<", "0.01", None),
        ("錯誤率不超過0.01%。", "<=", "0.01", None),
        ("函復時間 16小時→8小時。", "<=", "8", None),
        ("函復時間由16小時縮短為8小時。", "<=", "8", None),
        ("函復時間縮短至3日內。", "<=", "3", None),
        ("滿意度介於80至90分。", "between", "80", "90"),
        ("到課率80%~90%。", "between", "80", "90"),
        ("滿意度80-90分。", "between", "80", "90"),
        ("補助10至15萬元。", "between", "100000", "150000"),
        ("減少書表3種。", ">=", "3", None),
        ("重大事故 0 件。", "<=", "0", None),
        ("減碳50餘公斤。", ">", "50", None),
    ],
)
def test_comparator(text: str, comparator: str, value: str, value_max: str | None) -> None:
    reading = as_dict(one(text))

    assert (reading["comparator"], reading["value"], reading["value_max"]) == (comparator, value, value_max)


@pytest.mark.parametrize(
    ("text", "aggregation", "per"),
    [
        ("終身學習時數 60小時。", "mean", "person"),
        ("辦理講座 4場。", "sum", ""),
        ("每季辦理講座 4場。", "each_period", "quarter"),
        ("每年辦理講座 4場。", "sum", "year"),
        ("提供 9大類重要資料。", "latest", ""),
        ("妥善率達95%。", "ratio", ""),
        ("據點由 5處增至 7處。", "latest", ""),
        ("通過無障礙 2.0AA 標章。", "done", ""),
        ("每課每季至少1則。", "each_period", "unit"),
        ("市集 2場/月。", "each_period", "month"),
    ],
)
def test_aggregation_and_what_one_value_is_for(text: str, aggregation: str, per: str) -> None:
    reading = one(text)

    assert (reading.aggregation, reading.per) == (aggregation, per)


@pytest.mark.parametrize(
    ("text", "per"),
    [
        ("每月更新網頁。", "month"),
        ("每四個月更換展覽。", "four_months"),
        ("每半年檢視流程。", "half_year"),
        ("按季公布成果。", "quarter"),
        ("每兩週開會檢討。", "two_weeks"),
        ("每年辦理評鑑。", "year"),
        ("每學期辦理評鑑。", "semester"),
        ("每個月更新網頁。", "month"),
        ("每 月更新網頁。", "month"),
        ("隔\n月更新網頁。", "two_months"),
    ],
)
def test_mere_frequency_stands_apart_under_targets_and_actions(text: str, per: str) -> None:
    for kind in ("target", "action"):
        reading = one(text, kind)
        assert (reading.origin, reading.per, reading.value, reading.counted_in) == ("frequency", per, 1, "次")


def test_number_with_its_frequency_is_one_reading() -> None:
    reading = one("每季至少召開檢討會2次。")

    assert (reading.origin, reading.value, reading.frequency) == ("target", Decimal(2), "quarter")


@pytest.mark.parametrize("kind", ["action", "heading", "chapter", "note", "table"])
def test_number_outside_targets_comes_from_an_action(kind: str) -> None:
    assert one("提供 3種分類檢索。", kind).origin == "action"


def test_no_measure_word_holds_a_number_of_its_own() -> None:
    assert values("減0十場") == [("10", "場")]
    assert values("提供至少12籠。") == [("12", "籠")]
    assert values("提供至少12籠三場。") == [("3", "場")]


def test_numbers_in_formal_characters_are_read() -> None:
    assert values("辦理講座壹拾貳場次。") == [("12", "場次")]


def test_points_of_a_heading_are_no_number() -> None:
    assert values("服務流程 (200 分)", kind="heading") == []


def test_certificate_is_done_or_not() -> None:
    reading = one("取得無障礙網頁 2.0AA 標章。")

    assert (reading.comparator, reading.value, reading.qualitative) == ("done", None, True)
    assert reading.quote == "取得無障礙網頁 2.0AA 標章"


def test_change_against_last_year_keeps_points_and_per_cent_apart() -> None:
    (growth,) = read_targets("回收量較前一年成長5%。", kind="target")
    (points,) = read_targets("逾期率減少2個百分點。", kind="target")

    assert (growth.counted_in, growth.baseline, growth.direction) == ("%", "last_year", "more")
    assert (points.counted_in, points.baseline, points.direction) == ("百分點", "last_year", "less")


@pytest.mark.parametrize(
    "text", ["定期檢修設備。", "適時公布結果。", "隨時更新。", "即時回應民意。", "提高使用率。", ""]
)
def test_qualitative_sentence_gives_no_reading(text: str) -> None:
    assert read_targets(text, kind="target") == []


@pytest.mark.parametrize(
    ("text", "comparator", "name"),
    [
        ("提高線上申辦使用率。", ">", "線上申辦使用率"),
        ("降低民眾抱怨頻率。", "<", "抱怨頻率"),
        ("維持或縮短處理時間。", "<=", "處理時間"),
    ],
)
def test_direction_alone_is_read_on_request(text: str, comparator: str, name: str) -> None:
    (reading,) = read_directions(text)

    assert (reading.comparator, reading.name, reading.value) == (comparator, name, None)
    assert reading.baseline == "last_year"
    assert read_directions("使用率提高至 30%。") == []


def test_years_side_by_side_keep_their_years() -> None:
    readings = read_targets("辦理研習，111年 3場、112年 4場。", kind="target")

    assert [(str(r.value), r.due, r.quote) for r in readings] == [
        ("3", "111年", "111年 3場"),
        ("4", "112年", "112年 4場"),
    ]


def test_due_is_a_date_of_the_calendar() -> None:
    assert one("於112年6月底前完成 12處。").due == "112年6月底前"
    assert one("於112\u200b年 6月底前完成 12處。").due == "112年6月底前"
    assert one("3年內完成 12處。").due == ""
    assert one("較前一年成長5%。").due == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("免附書證，預計節省民眾時間計 900小時。", "節省民眾時間"),
        ("每課每季至少1則新聞稿。", "新聞稿"),
        ("網站滿意度由80分提升至85分。", "網站滿意度"),
        ("參訓率達三成、滿意度半數以上。", "參訓率"),
        ("關懷據點 10 處（含 2 處失智據點）。", "關懷據點"),
        ("辦理市集，全年共12場次。", "辦理市集"),
    ],
)
def test_name_is_what_is_measured(text: str, name: str) -> None:
    assert read_targets(text, kind="target")[0].name == name


def test_counted_in_is_as_printed_with_width_folded() -> None:
    assert values("購置平板 ３０ 臺，使用率達８５％。") == [("30", "臺"), ("85", "%")]


@settings(max_examples=3 * settings.default.max_examples)
@given(st.data())
def test_blanks_between_chinese_and_digits_change_nothing(data: st.DataObject) -> None:
    sentence = data.draw(st.sampled_from(CORPUS))
    # Blanks part Latin words from numbers (APP 3款), so they are only put beside Chinese.
    places = [
        at
        for at in range(1, len(sentence.text))
        if "\u4e00" <= sentence.text[at - 1] <= "\u9fff" or "\u4e00" <= sentence.text[at] <= "\u9fff"
        if not (sentence.text[at - 1 : at + 1].strip().isascii())
    ]
    chosen = set(data.draw(st.lists(st.sampled_from(places), max_size=6))) if places else set()
    blank = data.draw(st.sampled_from([" ", "\n", "\u3000", "\u200b", " \n "]))
    spaced = "".join((blank if at in chosen else "") + char for at, char in enumerate(sentence.text))

    assert [{**as_dict(reading), "quote": None} for reading in read_targets(spaced, kind=sentence.kind)] == [
        {**reading, "quote": None} for reading in read(sentence)
    ]


@settings(max_examples=3 * settings.default.max_examples)
@example("減0十場")
@given(
    st.text(
        alphabet="0123456789,.%％，。、一二三十百千萬億每月年日第場次人分之至"
        "~-→()（）「」 \n減少提升達以上內Aa@/:",
        max_size=200,
    )
)
def test_any_text_is_read_without_error_and_quoted_exactly(text: str) -> None:
    for reading in read_targets(text, kind="target"):
        assert text[reading.start : reading.end] == reading.quote
    for reading in read_directions(text):
        assert text[reading.start : reading.end] == reading.quote


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1,",
        "1,111",
        "每",
        "一",
        "百千萬億",
        "1萬",
        "3場",
        "20%、",
        "百分之",
        "第1、",
        "a.",
        "(",
        "由1場增加為",
        "每月",
        "1年",
    ],
)
def test_five_megabytes_of_one_line_are_survived(piece: str) -> None:
    text = piece * (5_000_000 // len(piece))

    for reading in read_targets(text, kind="target"):
        assert reading.end <= LONGEST_TEXT
