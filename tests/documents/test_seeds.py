"""The five real plans this importer was made for. They are not in the repository: skipped without them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from documents.ingest.accounting import account, differences
from documents.ingest.proposal import Proposal, ProposedItem
from documents.ingest.propose import propose
from documents.ingest.reading import read_file

SEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "seeds"
NAMES = ["anping-103", "alian-108", "daan-113", "yanshui-104", "sanmin-114"]

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed plans are not here")


@cache  # nobody changes what was read
def read(name: str) -> Proposal:
    return propose(read_file((SEEDS / f"{name}.txt").read_bytes()).lines)


def children(proposal: Proposal, parent: ProposedItem | None, *kinds: str) -> list[ProposedItem]:
    wanted = parent.id if parent else None
    return [i for i in proposal.items if i.parent == wanted and (not kinds or i.kind in kinds)]


def named(proposal: Proposal, title: str) -> ProposedItem:
    found = [item for item in proposal.items if title in item.title]
    assert len(found) == 1, [item.title for item in found]
    return found[0]


def effective_units(proposal: Proposal, item: ProposedItem) -> list[str]:
    by_id = {i.id: i for i in proposal.items}
    while not item.units and item.parent is not None:
        item = by_id[item.parent]
    return item.units


@pytest.mark.parametrize("name", NAMES)
def test_every_character_is_placed_or_listed(name: str) -> None:
    proposal = read(name)

    assert differences(proposal) == []
    characters = account(proposal)
    source = (SEEDS / f"{name}.txt").read_text("utf-8-sig")
    assert characters.source == sum(not char.isspace() for char in source)
    assert characters.placed + characters.unplaced == characters.source


@pytest.mark.parametrize("name", NAMES)
def test_only_page_furniture_is_unplaced(name: str) -> None:
    expected = [(444, "9"), (511, "10")] if name == "anping-103" else []

    assert [(line.line, line.text) for line in read(name).unplaced] == expected


@pytest.mark.parametrize("name", NAMES)
def test_quotes_stand_in_the_text_they_were_read_from(name: str) -> None:
    proposal = read(name)
    texts = {item.id: item.title + "\n" + item.text for item in proposal.items}

    assert all(target.quote in texts[target.item] for target in proposal.targets)


def test_anping_chapters_and_dimensions() -> None:
    plan = read("anping-103")
    chapters = children(plan, None)

    assert [c.marker for c in chapters] == ["壹、", "貳、", "參、", "肆、"]
    assert [i.marker for i in children(plan, chapters[0])] == [f"{n}、" for n in "一二三四五六七八九十"]
    assert all(i.title and i.text for i in children(plan, chapters[0]))
    tree = {
        top.title: {
            middle.title: [low.title for low in children(plan, middle, "heading")]
            for middle in children(plan, top)
        }
        for top in children(plan, chapters[1])
    }
    assert {top: list(middle) for top, middle in tree.items()} == {
        "優質便民服務": ["服務流程", "機關形象及顧客關係"],
        "資訊流通服務": ["資訊提供及檢索服務", "線上服務及電子參與"],
        "創新加值服務": ["有價值的創意服務", "組織內部創新機制"],
    }
    assert [len(low) for middle in tree.values() for low in middle.values()] == [2, 4, 2, 2, 3, 0]
    pairs = [i for i in plan.items if i.marker.startswith("1-")]
    assert [i.marker for i in pairs] == [
        *("1-1.", "1-2.", "1-3."),
        *("1-1.", "1-2."),
        *("1-1.", "1-2.", "1-3"),
    ]


def test_anping_fourteen_points_are_one_list() -> None:
    plan = read("anping-103")
    points = children(plan, named(plan, "服務設施合宜程度"), "action")

    assert [point.marker for point in points] == [f"({n})" for n in range(1, 15)]
    assert all(point.text.endswith("。") for point in points)


def test_anping_target_lists_belong_to_the_groups_they_follow() -> None:
    plan = read("anping-103")
    titles = {item.id: item.title for item in plan.items}
    targets = [item for item in plan.items if item.kind == "target"]

    assert Counter(titles[t.parent] for t in targets if t.parent) == {
        "服務流程便捷性": 6,
        "服務流程透明度": 3,
        "服務設施合宜程度": 5,
        "服務親和程度": 6,
        "服務可勝任程度": 4,
        "服務行銷有效性": 8,
        "顧客滿意度": 3,
        "民眾意見處理有效性": 4,
        "資訊公開適切性與內容有效性": 3,
        "資訊檢索完整性與便捷性": 2,
        "線上服務量能擴展性": 3,
        "電子參與多樣性": 2,
        "推廣全民閱讀，讓閱讀習慣逐步扎根": 6,
        "落實永續照顧弱勢族群，讓愛點亮安平": 6,
        "善用通訊科技，確保民眾生命安全": 2,
        "組織內部創新機制": 2,
    }
    assert all("\n" not in target.text and target.text.endswith("。") for target in targets)


def test_anping_promised_numbers() -> None:
    plan = read("anping-103")
    promised = [t for t in plan.targets if t.origin == "target"]

    assert [(t.value, t.counted_in) for t in promised] == [
        *[("3380", "小時"), ("204000", "元"), ("20", "%"), ("2", "場"), ("50", "人次"), ("7", "場次")],
        *[("2", "梯次"), ("80", "小時"), ("5", "個"), ("260", "則"), ("5", "場次"), ("10", "場次")],
        *[("180", "場次"), ("10", "場次"), ("15", "場次"), ("15", "場次"), ("9", "類"), ("60", "次")],
        *[("1", "場次"), ("3", "場次"), ("5", "人"), ("20", "格")],
    ]
    assert promised[0].item == promised[1].item
    kinds = {item.id: item.kind for item in plan.items}
    assert {kinds[t.item] for t in promised} == {"target"}
    assert any(t.origin == "action" and (t.value, t.counted_in) == ("3", "種") for t in plan.targets)
    assert any(t.origin == "frequency" for t in plan.targets)


def test_anping_last_chapter_has_items_without_numbers() -> None:
    plan = read("anping-103")
    groups = children(plan, children(plan, None)[3])

    assert [(g.marker, g.title) for g in groups] == [
        ("一、", "文化策略"),
        ("二、", "經濟策略"),
        ("三、", "環保策略"),
    ]
    items = [children(plan, group) for group in groups]
    assert [len(group) for group in items] == [3, 3, 3]
    assert all(
        not item.numbered and not item.title and "：" in item.text for group in items for item in group
    )


def test_alian_rows_and_units() -> None:
    plan = read("alian-108")
    chapters = children(plan, None)

    assert [c.marker for c in chapters] == ["壹、", "貳、", "參、", "肆、", "伍、", "陸、"]
    body = chapters[3]
    assert body.layout == "responsibility"
    focuses = [children(plan, item) for item in children(plan, body)]
    assert [len(group) for group in focuses] == [5, 3, 4, 3, 3, 4]
    units = [effective_units(plan, focus) for group in focuses for focus in group]
    assert all(units)
    assert all(focus.all_units == (focus.units == ["各課室"]) for group in focuses for focus in group)
    assert plan.columns[0].heads == ["執行要項", "執行重點", "執行單位"]


def test_daan_is_an_outline_of_six_themes() -> None:
    plan = read("daan-113")
    chapters = children(plan, None)

    assert [c.marker for c in chapters] == [f"{n}、" for n in "壹貳參肆伍陸柒捌玖"]
    assert [c.title for c in chapters][:4] == ["依據", "總體目標", "實施對象", "實施期間"]
    assert chapters[2].text.startswith("本所")
    assert plan.plan.title == "臺北市大安區公所提升服務品質執行計畫"
    assert plan.plan.subtitle == "112年12月修訂"
    assert plan.plan.agency == "臺北市大安區公所"
    themes = children(plan, chapters[4])
    parts = [children(plan, theme) for theme in themes]
    assert [len(part) for part in parts] == [6, 4, 2, 6, 4, 2]
    below = [[len(children(plan, item)) for item in part] for part in parts]
    assert below == [[2, 4, 5, 2, 0, 0], [2, 2, 2, 3], [0, 0], [2, 2, 3, 2, 0, 0], [3, 2, 2, 3], [3, 2]]
    assert all(item.text.endswith("。") for item in plan.items if item.text)


def test_yanshui_dimensions_points_and_facts() -> None:
    plan = read("yanshui-104")

    assert plan.plan.title == "臺南市鹽水區公所提升服務品質實施計畫預期目標表"
    assert plan.plan.attribute == "第一線服務機關"
    assert plan.plan.note.endswith("。")
    assert plan.plan.sign_off == ["填表人：", "單位主管（機關首長）："]
    (root,) = children(plan, None)
    assert (root.kind, root.numbered, root.layout) == ("chapter", False, "target_table")
    dimensions = children(plan, root)
    assert [(d.title, d.points) for d in dimensions] == [
        ("優質便民服務", "400"),
        ("資訊網路服務", "300"),
        ("創新加值服務", "300"),
    ]
    indicators = [i for d in dimensions for i in children(plan, d)]
    assert [i.points for i in indicators] == ["200", "200", "100", "200", "300"]
    focuses = [f for i in indicators for f in children(plan, i)]
    assert len(focuses) == 11
    assert all(children(plan, focus, "action") for focus in focuses)
    assert all(children(plan, focus, "target") for focus in focuses)
    assert not any("<" in item.text + item.title for item in plan.items)


def test_sanmin_rows_units_and_roster() -> None:
    plan = read("sanmin-114")
    chapters = children(plan, None)

    assert [c.marker for c in chapters] == ["壹、", "貳、", "參、", "肆、", "伍、", "陸、"]
    assert (chapters[2].title, chapters[2].text) == ("實施對象", "本所全體員工。")
    rows = children(plan, chapters[3])
    assert [row.marker for row in rows] == ["", "一、", "二、", "三 .", "四、", "五、", "六、"]
    assert not rows[0].numbered
    assert all(" " not in row.title for row in rows)
    focuses = [children(plan, row) for row in rows]
    assert [len(group) for group in focuses] == [1, 4, 4, 4, 3, 3, 4]
    assert all(
        len(effective_units(plan, leaf)) for group in focuses for f in group for leaf in children(plan, f)
    )
    assert [row.title for row in plan.task_force] == ["組長", "副組長", "副組長", *["組員"] * 6]
    assert plan.task_force[6].member == "役政災防課課長"
    table = next(item for item in plan.items if item.kind == "table")
    assert all(row.item == table.id for row in plan.task_force)
    assert [i.marker for i in children(plan, chapters[4]) if i.marker] == ["一、", "二、", "三、", "四、"]


@pytest.mark.parametrize("line", [260, 705, 1085])
def test_sanmin_rows_without_unit_take_the_one_above_with_doubt(line: int) -> None:
    plan = read("sanmin-114")
    item = next(i for i in plan.items if i.lines.first == line and i.title)

    assert effective_units(plan, item)
    assert item.confidence < 0.7
