from __future__ import annotations

import pytest

from documents.ingest.proposal import LOW_CONFIDENCE
from tests.documents.table_trees import read_twin, row_of, tree_of, unaccounted, wanted_tree


@pytest.mark.parametrize("name", ["alian", "sanmin", "yanshui"])
def test_every_item_of_a_twin_is_read_with_its_place_words_and_units(name: str) -> None:
    _, regions = read_twin(name)

    assert tree_of(regions[0].nodes, points=name == "yanshui") == wanted_tree(name)


@pytest.mark.parametrize("name", ["alian", "sanmin", "yanshui"])
def test_every_character_of_a_twin_is_accounted_for(name: str) -> None:
    source, regions = read_twin(name)

    assert [unaccounted(region, source) for region in regions] == [[] for _ in regions]
    assert [region.unplaced for region in regions] == [[] for _ in regions]


def test_alian_heads_region_and_units() -> None:
    source, (region,) = read_twin("alian")

    assert region.layout == "responsibility"
    assert region.heads == ["執行要項", "執行重點", "執行單位"]
    assert source[region.last].strip() == ""
    assert next(line for line in source[region.last :] if line.strip()) == "伍、考核與獎勵"
    focuses = [focus for item in region.nodes for focus in item.children]
    assert [len(item.children) for item in region.nodes] == [5, 3, 4, 3, 3, 4]
    assert [focus.all_units for focus in focuses] == [focus.units == ["各課室"] for focus in focuses]
    assert region.warnings == []


def test_yanshui_points_and_rule() -> None:
    source, (region,) = read_twin("yanshui")

    assert region.layout == "target_table"
    assert region.heads == ["構面", "指標", "重點", "具體作法", "預期目標"]
    assert [node.points for node in region.nodes] == ["400", "300", "300"]
    assert [node.points for top in region.nodes for node in top.children] == [
        "200",
        "200",
        "100",
        "200",
        "300",
    ]
    assert region.nodes[0].points_text == "(400 分)"
    assert [dropped.line for dropped in region.dropped if dropped.reason == "rule"] == [region.last]
    assert next(line for line in source[region.last :] if line.strip()) == "備註："
    texts = [node.text for top in region.nodes for node in top.walk()]
    assert not [text for text in texts if "<" in text or ">" in text]


def test_sanmin_rows_without_a_unit_take_the_one_above_and_say_so() -> None:
    _, (region, _) = read_twin("sanmin")

    guessed = [
        (node.title, node.units)
        for top in region.nodes
        for node in top.walk()
        if node.confidence < LOW_CONFIDENCE
    ]
    assert guessed == [
        ("友善外籍人士與新住民", ["民政課", "社會課", "經建課", "役政災防課", "秘書室"]),
        ("減除須檢附之書表謄本", ["各課室"]),
        ("行動市政服務", ["民政課", "社會課", "秘書室"]),
    ]
    assert [warning.code for warning in region.warnings] == ["unit_missing"] * 3


def test_sanmin_roster() -> None:
    source, (table, roster) = read_twin("sanmin")

    assert source[table.last].strip() == "伍、推動及管考："
    assert roster.layout == "roster"
    assert roster.title == "鼓山區公所「服務精進推動小組」編組表"
    assert roster.heads == ["職稱", "編組人員", "職掌", "備考"]
    assert [row_of(member) for member in roster.members] == [
        ("召集人", "區長", "指揮推動小組各項事宜", ""),
        ("副召集人", "副區長", "襄助召集人推動各項事宜", ""),
        ("副召集人", "主任秘書", "襄助召集人推動各項事宜", ""),
        ("組員", "秘書室主任", "負責彙整管考資料事宜", ""),
        ("組員", "民政課課長", "負責統籌民政業務事宜", ""),
        ("組員", "社會課課長", "負責統籌社福業務事宜", ""),
        ("組員", "役政災防課課長", "負責統籌役政及災防業務事宜", ""),
        ("組員", "經建課課長", "負責統籌經建業務事宜", ""),
        ("組員", "研考承辦", "負責辦理推動小組幕僚事宜", ""),
    ]
    assert next(line for line in source[roster.last :] if line.strip()).startswith("二、每年第四季")
