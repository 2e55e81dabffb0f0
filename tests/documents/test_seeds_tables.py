"""The three seeds whose body is a table. They are not part of the repository; without them nothing runs."""

from __future__ import annotations

import pytest

from documents.ingest.nodes import Node
from documents.ingest.proposal import LOW_CONFIDENCE
from documents.ingest.tables import TableRegion
from tests.documents.table_trees import read_seed, row_of, unaccounted

ITEMS = [
    "完備基礎服務項目，注重服務特性差異化",
    "重視全程意見回饋及參與，力求服務切合民眾需求",
    "便捷服務遞送過程與方式，提升民眾生活便利度",
    "關懷多元對象及城鄉差距，促進社會資源公平使用",
    "開放政府透明治理，優化機關管理創新",
    "掌握社經發展趨勢，專案規劃前瞻服務",
]


def _at(region: TableRegion, line: int) -> Node:
    """The innermost item that begins at a line of the source."""
    return [node for top in region.nodes for node in top.walk() if node.first == line][-1]


@pytest.mark.parametrize("name", ["alian-108", "sanmin-114", "yanshui-104"])
def test_every_character_is_accounted_for(name: str) -> None:
    source, regions = read_seed(name)

    assert [unaccounted(region, source) for region in regions] == [[] for _ in regions]
    assert [region.unplaced for region in regions] == [[] for _ in regions]


def test_alian() -> None:
    _, (region,) = read_seed("alian-108")

    assert (region.first, region.last) == (21, 616)
    assert region.heads == ["執行要項", "執行重點", "執行單位"]
    assert [item.title for item in region.nodes] == ITEMS
    assert [len(item.children) for item in region.nodes] == [5, 3, 4, 3, 3, 4]
    focuses = [focus for item in region.nodes for focus in item.children]
    secretariat = {26, 146, 181, 237}
    assert {focus.first for focus in focuses if focus.units == ["秘書室"]} == secretariat
    assert {tuple(focus.units) for focus in focuses if focus.first not in secretariat} == {("各課室",)}
    assert [focus.all_units for focus in focuses] == [focus.first not in secretariat for focus in focuses]
    assert [
        node.units for focus in focuses for node in focus.walk() if node is not focus and node.units
    ] == []
    assert [len(focus.children) for focus in focuses] == [
        1,
        4,
        6,
        3,
        2,
        1,
        2,
        3,
        2,
        3,
        4,
        2,
        2,
        1,
        1,
        4,
        1,
        1,
        1,
        1,
        1,
        4,
    ]
    bare = _at(region, 206)
    assert (bare.marker, bare.title, bare.numbered) == ("", "建置民眾參與多元管道", False)
    assert bare.text.startswith("建置網路首長信箱")
    assert bare.text.endswith("溝通環境。")
    wrapped = _at(region, 88)
    assert "諮詢服務，並引導至" in wrapped.text
    assert region.warnings == []


def test_yanshui() -> None:
    _, (region,) = read_seed("yanshui-104")

    assert (region.first, region.last) == (7, 24)
    indicators = [indicator for dimension in region.nodes for indicator in dimension.children]
    emphases = [emphasis for indicator in indicators for emphasis in indicator.children]
    assert [node.title for node in region.nodes] == ["優質便民服務", "資訊網路服務", "創新加值服務"]
    assert [node.points for node in region.nodes] == ["400", "300", "300"]
    assert [node.points for node in indicators] == ["200", "200", "100", "200", "300"]
    assert [len(node.children) for node in indicators] == [2, 2, 2, 2, 3]
    counts = [
        (
            sum(child.kind == "action" for child in node.children),
            sum(child.kind == "target" for child in node.children),
        )
        for node in emphases
    ]
    assert counts == [(5, 2), (5, 2), (6, 6), (4, 3), (4, 4), (3, 1), (3, 1), (3, 2), (5, 4), (2, 1), (2, 1)]
    texts = [node.text for top in region.nodes for node in top.walk()]
    assert not [text for text in texts if "<" in text or ">" in text]
    assert [text for text in texts if "06-6526190" in text and "yansys@mail.tainan.gov.tw" in text]
    assert region.warnings == []


def test_sanmin_items_focuses_and_units() -> None:
    _, (region, _) = read_seed("sanmin-114")

    assert (region.first, region.last) == (23, 1544)
    assert [item.title for item in region.nodes] == ["訂定「提升服務執行計畫」", *ITEMS]
    assert [item.marker for item in region.nodes] == ["", "一、", "二、", "三 .", "四、", "五、", "六、"]
    assert [len(item.children) for item in region.nodes] == [1, 4, 4, 4, 3, 3, 4]
    focuses = [focus for item in region.nodes for focus in item.children]
    assert [len(focus.children) for focus in focuses] == [
        1, 4, 4, 4, 3, 2, 3, 2, 1, 2, 3, 4, 2, 2, 1, 2, 4, 2, 1, 1, 3, 2, 4,
    ]  # fmt: skip
    several = {
        row.first: row.units
        for focus in focuses
        for row in focus.children
        if row.units not in (["各課室"], ["秘書室"])
    }
    assert several == {
        141: ["民政課", "社會課", "經建課", "役政災防課", "秘書室"],
        224: ["民政課", "社會課", "經建課", "役政災防課", "秘書室"],
        260: ["民政課", "社會課", "經建課", "役政災防課", "秘書室"],
        268: ["民政課", "社會課", "役政災防課", "經建課", "秘書室"],
        296: ["民政課", "社會課", "役政災防課", "經建課", "秘書室"],
        330: ["民政課", "社會課", "經建課", "役政災防課"],
        1014: ["民政課", "社會課"],
        1044: ["民政課", "社會課"],
        1066: ["民政課", "社會課", "秘書室"],
        1085: ["民政課", "社會課", "秘書室"],
        1435: ["民政課", "社會課"],
    }
    everyone = {row.first for focus in focuses for row in focus.children if row.all_units}
    assert everyone == {
        68, 105, 192, 450, 462, 508, 530, 639, 687, 705, 738, 750, 865, 930, 1143, 1218, 1260, 1298, 1353,
        1381, 1399, 1407, 1451, 1480, 1498, 1522, 1536,
    }  # fmt: skip


def test_sanmin_guesses_only_where_no_unit_is_printed() -> None:
    _, (region, _) = read_seed("sanmin-114")

    doubtful = {node.first for top in region.nodes for node in top.walk() if node.confidence < LOW_CONFIDENCE}
    assert doubtful == {260, 705, 1085}
    assert {warning.line for warning in region.warnings} == {260, 705, 1085}


def test_sanmin_sentences_go_on_behind_pages() -> None:
    _, (region, _) = read_seed("sanmin-114")

    assert "須知表單，登載於" in _at(region, 68).text
    assert "準備文件，並引導" in _at(region, 330).text
    assert "宣導施政政策，擴散" in _at(region, 1193).text
    assert "由承辦人員竭盡" in _at(region, 1304).text
    assert "服務流程及措施" in _at(region, 1460).text
    assert _at(region, 586).text.startswith("善用各種陳情系統")
    assert _at(region, 60).title.endswith("改進流程與作業方式。")
    assert _at(region, 905).title.endswith("作法，提升服務效能。")
    assert _at(region, 1288).title.endswith("推動服務創新。")
    assert _at(region, 1058).title.endswith("提供可替代的服務管道。")


def test_sanmin_levels_below_a_row() -> None:
    _, (region, _) = read_seed("sanmin-114")

    row = _at(region, 1143)
    assert [child.marker for child in row.children] == ["（1）", "（2）", "（3）"]
    assert [child.marker for child in row.children[2].children] == ["○1", "○2"]
    assert [len(child.children) for child in row.children[2].children] == [2, 6]
    assert [_at(region, line).marker for line in (204, 629, 651, 776, 835, 988)] == [
        "( 二 )",
        "(四 )",
        "三 .",
        "3",
        "2",
        "（１）",
    ]


def test_sanmin_roster() -> None:
    _, (_, roster) = read_seed("sanmin-114")

    assert (roster.first, roster.last) == (1551, 1575)
    assert roster.title == "三民區公所「提升為民服務推動小組」編組表"
    assert len(roster.members) == 9
    assert row_of(roster.members[6]) == ("組員", "役政災防課課長", "負責統籌役政災防業務管考相關事宜", "")
