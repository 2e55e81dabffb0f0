from __future__ import annotations

import time

import pytest

from documents.ingest.accounting import Characters, Difference, account, differences
from documents.ingest.contract import proposal_to_json
from documents.ingest.joining import Block
from documents.ingest.proposal import Span, Unplaced
from documents.ingest.propose import propose

PLAN = """高雄市鼓山區公所115年度提升服務執行計畫
114年12月修訂
壹、依據：
市府函頒規定。
貳、計畫內容
一、服務流程
（一）簡化申辦
1.減少應附書證。
2.延長受理時間至晚間八時。
預期目標
1.每年辦理說明會 12場次，參加 300人次。
2.民眾樂於使用。
參、其他
未盡事宜另行補充。
備註：
本表於四月底前送出。
填表人：
單位主管（機關首長）：""".splitlines()


def test_facts_are_read_from_front_and_back() -> None:
    plan = propose(PLAN).plan

    assert plan.title == "高雄市鼓山區公所115年度提升服務執行計畫"
    assert plan.subtitle == "114年12月修訂"
    assert plan.agency == "高雄市鼓山區公所"
    assert plan.note == "本表於四月底前送出。"
    assert plan.sign_off == ["填表人：", "單位主管（機關首長）："]


def test_agency_and_plan_on_two_lines_are_one_title() -> None:
    proposal = propose(["屏東縣潮州鎮公所", "115年度提升服務品質實施計畫", "壹、依據", "一、規定。"])

    assert proposal.plan.title == "屏東縣潮州鎮公所115年度提升服務品質實施計畫"
    assert proposal.plan.agency == "屏東縣潮州鎮公所"
    assert differences(proposal) == []


def test_text_before_the_first_chapter_is_kept_in_one_without_a_name() -> None:
    proposal = propose(["鼓山區公所服務計畫", "本計畫承續去年的成果。", "壹、依據", "一、規定。"])

    first, text = proposal.items[:2]
    assert (first.kind, first.numbered, first.title, first.confidence) == ("chapter", False, "", 0.5)
    assert (text.parent, text.text) == (first.id, "本計畫承續去年的成果。")
    assert differences(proposal) == []


def test_the_contract_keeps_its_names_and_counts() -> None:
    printed = proposal_to_json(propose(PLAN))

    assert list(printed) == [
        *("plan", "columns", "characters", "items", "targets", "task_force", "warnings"),
    ]
    assert list(printed["items"][0]) == [
        *("id", "parent", "path", "depth", "kind", "marker", "title", "text", "units", "own_units"),
        *("all_units", "points", "confidence", "lines"),
    ]
    source = sum(len(line.replace(" ", "")) for line in PLAN)
    assert printed["characters"] == {"source": source, "placed": source, "unplaced": []}
    assert [(i["path"], i["depth"], i["marker"]) for i in printed["items"]] == [
        ("壹、", 1, "壹、"),
        ("貳、", 1, "貳、"),
        ("貳、/一、", 2, "一、"),
        ("貳、/一、/(一)", 3, "（一）"),
        ("貳、/一、/(一)/1.", 4, "1."),
        ("貳、/一、/(一)/2.", 4, "2."),
        ("貳、/一、/(一)/1.", 4, "1."),
        ("貳、/一、/(一)/2.", 4, "2."),
        ("參、", 1, "參、"),
    ]
    assert [(t["item"], t["value"], t["counted_in"], t["origin"]) for t in printed["targets"]] == [
        (7, "12", "場次", "target"),
        (7, "300", "人次", "target"),
    ]
    assert all(t["quote"] in printed["items"][6]["text"] for t in printed["targets"])


def test_units_are_inherited_and_own_units_are_not() -> None:
    table = [
        "壹、內容",
        "執行要項\t執行重點\t執行單位",
        "一、流程\t(一)簡化\t1.減少書證。\t民政課",
        "\t\t2.延長時間。\t各課室",
    ]
    printed = proposal_to_json(propose(table))

    leaves = [item for item in printed["items"] if item["text"]]
    assert [(leaf["units"], leaf["all_units"]) for leaf in leaves] == [
        (["民政課"], False),
        (["各課室"], True),
    ]
    assert printed["items"][0]["units"] == []
    assert printed["characters"]["source"] == printed["characters"]["placed"]


def test_account_counts_what_the_proposal_holds_not_a_difference() -> None:
    proposal = propose(["壹、依據", "一、規定甲。"])
    assert account(proposal) == Characters(source=10, placed=10, unplaced=0)

    proposal.items[1].text = "規定。"
    assert account(proposal).placed == 9
    assert differences(proposal) == [Difference(2, "missing", "甲")]

    proposal.items[1].text = "規定甲甲。"
    assert account(proposal).placed == 11
    assert differences(proposal) == [Difference(2, "extra", "甲")]


def test_a_character_taken_from_another_line_is_a_difference() -> None:
    proposal = propose(["壹、依據", "一、規定甲。", "二、規定乙。"])
    proposal.items[1].text, proposal.items[2].text = "規定乙。", "規定甲。"

    assert differences(proposal) == [
        Difference(2, "extra", "乙"),
        Difference(2, "missing", "甲"),
        Difference(3, "extra", "甲"),
        Difference(3, "missing", "乙"),
    ]


def test_unplaced_characters_are_counted_apart() -> None:
    proposal = propose(["壹、依據", "一、規定。"])
    proposal.source.append("頁尾")
    proposal.unplaced.append(Unplaced(3, "頁尾"))

    assert account(proposal) == Characters(source=11, placed=9, unplaced=2)
    assert differences(proposal) == []


HOSTILE = {
    "one word": ["x"],
    "no structure": ["這是一段沒有編號的文字。", "這是另一段。"],
    "only markers": ["壹、", "一、", "(一)", "1.", "(1)", "①"],
    "numbers backwards": [f"{number}.項目{number}" for number in range(30, 0, -1)],
    "same number": ["1.項目"] * 200,
    "a thousand levels": [" " * depth + f"{'1-' * 3}{depth}.第{depth}層" for depth in range(1000)],
    "styles in a circle": [f"{mark}第{n}層" for n in range(250) for mark in ("一、", "1.", "(1)", "A.")],
    "only labels": ["預期目標"] * 50,
    "labels with text": ["壹、內容", "預期目標：一年 3場次。", "預期效益", "預期目標"],
    "markup": ["<table><tr><td>壹、依據", "</td></tr>", "<p>一、規定</p>", "&nbsp;<script>alert(1)</script>"],
    "addresses": ["1.請洽 07.3456789", "a1.2b@mail.example.gov.tw", "104.7.2 起", "02-2345-6789 轉 12"],
    "brackets": ["（" * 3000, "一、「甲", "二、乙", "）" * 3000],
    "dots": ["." * 5000, "…" * 5000 + "3"],
    "tabs": ["\t" * 500 + "甲", "\t".join("甲乙丙丁") * 50] * 3,
    "heads only": ["執行要項\t執行重點\t執行單位"] * 5,
    "roster only": ["職稱 編組人員 職掌 備考", "組長 區長 綜理"],
    "form feeds": ["\f壹、甲", "\f", "\f\f一、乙", "\f3"],
    "odd characters": ["\u202e壹、甲", "\ufffd一、乙", "👩‍👩‍👧 (一)丙", "e\u0301 1.丁"],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_in_a_proposal_that_accounts_for_it(name: str) -> None:
    proposal = propose(HOSTILE[name])

    assert differences(proposal) == []
    printed = proposal_to_json(proposal)
    assert printed["characters"]["source"] == printed["characters"]["placed"] + sum(
        len("".join(line["text"].split())) for line in printed["characters"]["unplaced"]
    )
    assert max((item["depth"] for item in printed["items"]), default=0) <= 13


def test_note_and_sign_off_are_read_where_nothing_is_numbered() -> None:
    proposal = propose(["本區服務說明", "每日開放。", "備註：", "每年四月檢討。", "填表人："])

    assert proposal.plan.note == "每年四月檢討。"
    assert proposal.plan.sign_off == ["填表人："]
    assert differences(proposal) == []


def test_a_cell_of_megabytes_is_flagged_rather_than_read_for_minutes() -> None:
    started = time.process_time()

    proposal = propose(["執行要項\t執行重點\t執行單位", "\t\t" + "<b>1.甲" * 400_000])

    assert differences(proposal) == []
    assert "long_line" in [warning.code for warning in proposal.warnings]
    assert time.process_time() - started < 30


def test_text_without_structure_is_flagged() -> None:
    proposal = propose(HOSTILE["no structure"])

    assert [item.text for item in proposal.items] == ["", *HOSTILE["no structure"]]
    assert all(item.confidence <= 0.5 for item in proposal.items)
    assert "no_structure" in [warning.code for warning in proposal.warnings]


def test_five_megabytes_on_one_line_are_read() -> None:
    line = "一、" + "辦理服務，1.增設櫃檯 2.延長時間；" * 90_000
    started = time.process_time()

    proposal = propose(["壹、內容", line])

    assert differences(proposal) == []
    assert time.process_time() - started < 30  # it takes some two seconds; a quadratic step would take hours


def test_a_block_knows_a_sentence_from_a_title() -> None:
    assert Block(None, "辦理說明會。", 1, 1).is_sentence
    assert Block(None, "他說：「歡迎。」", 1, 1).is_sentence
    assert not Block(None, "服務流程", 1, 1).is_sentence
    assert not Block(None, "", 1, 1).is_sentence


def test_items_know_their_lines() -> None:
    proposal = propose(PLAN)

    assert [item.lines for item in proposal.items[:3]] == [Span(3, 4), Span(5, 5), Span(6, 6)]
