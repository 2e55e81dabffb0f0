from __future__ import annotations

from plans.blocks import Block, Chapter
from plans.document import Facts, Node, PlanDocument, UnitName
from plans.enums import Layout, Style
from plans.layout import entries, lay_out, plain_text
from tests.builders import node, sample_roster


def lay(*chapters: Node, **facts: object) -> tuple[Chapter, ...]:
    return lay_out(document(*chapters, **facts))


def document(*chapters: Node, **facts: object) -> PlanDocument:
    return PlanDocument(Facts("計畫", "某區公所", "某市", "某區", "系列", 2026, **facts), chapters).numbered()


def only_block(*chapters: Node) -> Block:
    (block,) = lay(*chapters)[0].blocks
    return block


def words(block: Block) -> list[list[str]]:
    """Return the rows as text: "" for the cells that go on from above."""
    return [
        [
            "/".join(f"{line.number}{line.title}{''.join(line.paragraphs)}" for line in cell.lines)
            if cell.span
            else ""
            for cell in row.cells
        ]
        for row in block.rows
    ]


def unit(name: str) -> tuple[UnitName, ...]:
    return (UnitName(name),)


def test_an_outline_indents_by_level_and_labels_the_targets() -> None:
    group = node(
        "heading", title="流程", children=[node(text="甲"), node("target", "乙"), node("target", "丙")]
    )
    block = only_block(node("chapter", title="內容", children=[group]))

    lines = [(line.number, line.title or line.paragraphs[0], line.indent, line.label) for line in block.lines]
    assert lines == [
        ("一、", "流程", 0, ""),
        ("(一)", "甲", 1, ""),
        ("1.", "乙", 1, "預期目標"),
        ("2.", "丙", 1, ""),
    ]


def test_headings_never_skip_a_level() -> None:
    deep = node(
        "heading", text="一句話", children=[node("heading", title="深處", children=[node(text="甲")])]
    )
    block = only_block(node("chapter", title="內容", children=[deep]))

    assert [line.level for line in block.lines] == [0, 2, 0]


def test_a_chapter_of_one_line_prints_it_as_its_title() -> None:
    (chapter,) = lay(node("chapter", text="依據某方案辦理"))

    assert (chapter.number, chapter.title, chapter.paragraphs) == ("壹、", "依據某方案辦理", ())


def responsibility() -> Node:
    first = node(
        "heading",
        title="建立流程",
        units=unit("秘書室"),
        children=[
            node(title="流程", child_style=Style.ARABIC_PAREN, children=[node(text="甲")]),
            node(text="乙"),
        ],
        child_style=Style.ARABIC,
    )
    second = node(
        "heading",
        title="公開資訊",
        child_style=Style.ARABIC,
        children=[node(text="丙", units=unit("民政課")), node(text="丁", all_units=True)],
    )
    theme = node("heading", title="完備服務", children=[first, second])
    return node("chapter", title="內容", layout=Layout.RESPONSIBILITY, children=[theme])


def test_a_responsibility_table_joins_labels_and_units_downwards() -> None:
    block = only_block(responsibility())

    assert [head.text for head in block.heads] == ["執行要項", "執行重點", "執行單位"]
    assert words(block) == [
        ["一、完備服務", "(一)建立流程", "1.流程/(1)甲", "秘書室"],
        ["", "", "2.乙", ""],
        ["", "(二)公開資訊", "1.丙", "民政課"],
        ["", "", "2.丁", "各課室"],
    ]
    assert [[cell.span for cell in row.cells] for row in block.rows] == [
        [4, 2, 1, 2],
        [0, 0, 1, 0],
        [0, 2, 1, 1],
        [0, 0, 1, 1],
    ]


def test_a_part_with_units_of_its_own_gets_its_own_row() -> None:
    inner = node(title="服務", children=[node(text="甲"), node(text="乙", units=unit("社會課"))])
    focus = node("heading", title="重點", units=unit("民政課"), child_style=Style.ARABIC, children=[inner])
    theme = node("heading", title="要項", children=[focus])
    block = only_block(node("chapter", title="內容", layout=Layout.RESPONSIBILITY, children=[theme]))

    assert words(block) == [
        ["一、要項", "(一)重點", "1.服務", "民政課"],
        ["", "", "(1)甲", ""],
        ["", "", "(2)乙", "社會課"],
    ]


def test_a_theme_without_parts_is_one_row() -> None:
    theme = node("heading", title="要項", text="說明", units=unit("民政課"))
    block = only_block(node("chapter", title="內容", layout=Layout.RESPONSIBILITY, children=[theme]))

    assert words(block) == [["一、要項", "", "說明", "民政課"]]


def test_a_target_table_sets_actions_beside_targets() -> None:
    focus = node(
        "heading",
        text="",
        title="便捷性",
        numbered=False,
        child_style=Style.ARABIC,
        children=[node(text="甲"), node(text="乙"), node("target", "丙")],
    )
    measure = node(
        "heading", title="流程", numbered=False, points="200", points_text="(200分)", children=[focus]
    )
    dimension = node(
        "heading", title="便民", numbered=False, points="400", points_text="(400分)", children=[measure]
    )
    root = node("chapter", numbered=False, layout=Layout.TARGET_TABLE, children=[dimension])
    block = only_block(root)

    assert words(block) == [["便民", "流程", "便捷性", "1.甲/2.乙", "1.丙"]]
    assert [line.points for line in block.rows[0].cells[0].lines] == ["(400分)"]


def test_heads_of_the_plan_win_where_they_fit() -> None:
    table = responsibility()
    heads = ((table.uid, ("實施要項", "工作重點", "承辦單位")),)

    block = lay(table, column_heads=heads)[0].blocks[0]

    assert [(head.text, head.columns) for head in block.heads] == [
        ("實施要項", 1),
        ("工作重點", 2),
        ("承辦單位", 1),
    ]


def test_a_roster_stands_between_the_lines_around_it() -> None:
    chapter = node(
        "chapter", title="管考", children=[node(text="甲", children=[sample_roster()]), node(text="乙")]
    )

    blocks = lay(chapter)[0].blocks

    assert [block.layout for block in blocks] == ["outline", "roster", "outline"]
    assert blocks[1].caption == "推動小組編組表"
    assert words(blocks[1])[1] == ["委員", "秘書", "協助", "兼辦"]
    assert blocks[2].lines[0].number == "二、"


def test_the_outline_lists_what_has_a_title() -> None:
    found = entries(document(responsibility()))

    assert [(entry.number, entry.text, entry.level) for entry in found] == [
        ("壹、", "內容", 1),
        ("一、", "完備服務", 2),
        ("(一)", "建立流程", 3),
        ("(二)", "公開資訊", 3),
    ]


def test_every_text_of_a_plan_is_printed_once() -> None:
    texts = "".join(
        plain_text(document(responsibility(), node("chapter", title="管考", children=[sample_roster()])))
    )

    for word in (
        "完備服務",
        "建立流程",
        "甲",
        "乙",
        "丙",
        "丁",
        "秘書室",
        "民政課",
        "各課室",
        "綜理",
        "兼辦",
    ):
        assert texts.count(word) == 1, word


def test_no_two_lines_of_a_page_have_one_anchor() -> None:
    chapters = lay(responsibility(), node("chapter", title="管考", children=[sample_roster()]))
    anchors = [
        line.uid
        for chapter in chapters
        for block in chapter.blocks
        for row in block.rows
        for cell in row.cells
        if cell.span
        for line in cell.lines
        if line.is_anchor
    ]
    assert len(anchors) == len(set(anchors))
