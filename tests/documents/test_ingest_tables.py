from __future__ import annotations

import pytest

from documents.ingest.heads import find_heads
from documents.ingest.nodes import Line, Node
from documents.ingest.proposal import LOW_CONFIDENCE
from documents.ingest.tables import TableRegion, find_tables
from documents.ingest.units import read_units, unit_spans
from tests.documents.table_trees import lines_of, row_of, tree_of, unaccounted


def read(text: str) -> TableRegion:
    """The only table of a text, with every character accounted for."""
    (region,) = find_tables(lines_of(text))
    assert unaccounted(region, text.split("\n")) == []
    return region


def outline(nodes: list[Node]) -> list[tuple[str, str, list[str]]]:
    return [(node.marker, node.title or node.text, node.units) for top in nodes for node in top.walk()]


# --- heads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "layout", "names"),
    [
        (
            "執行要項 執行重點 \n執行單位 \n\n(課室) \n",
            "responsibility",
            ["執行要項", "執行重點", "執行單位(課室)"],
        ),
        ("\t工作要領\n\t執行方法\n\t主辦單位\n", "responsibility", ["工作要領", "執行方法", "主辦單位"]),
        (
            "構面(配分)\t指標(配分)\t重點\t具體作法\t預期效益",
            "target_table",
            ["構面(配分)", "指標(配分)", "重點", "具體作法", "預期效益"],
        ),
        ("職 稱 編組人員 職  掌 備考 ", "roster", ["職稱", "編組人員", "職掌", "備考"]),
    ],
)  # fmt: skip
def test_heads_are_known_by_their_synonyms_however_spaced(text: str, layout: str, names: list[str]) -> None:
    found = find_heads(lines_of(text), 0)

    assert found is not None
    assert (found[0].layout, found[0].names) == (layout, names)


@pytest.mark.parametrize(
    "text", ["預期目標", "執行重點說明如下", "備註：", "指標\n一、服務", "本表之執行要項 執行重點 執行單位"]
)
def test_lines_that_are_no_heads(text: str) -> None:
    assert find_heads(lines_of(text), 0) is None
    assert find_tables(lines_of(text)) == []


# --- units -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["民政課 ", "役政災", "防課 ", "秘書室 "], ["民政課", "役政災防課", "秘書室"]),
        (["役政災防", "課 ", "經建課"], ["役政災防課", "經建課"]),
        (["農業及建設課、會計室及人事室"], ["農業及建設課", "會計室", "人事室"]),
        (["農業及", "建設課"], ["農業及建設課"]),
        (["民政課，社會課；圖書館"], ["民政課", "社會課", "圖書館"]),
        (["主辦：民政課", "協辦：社會課"], ["民政課", "社會課"]),
        (["民政課", "民政課"], ["民政課"]),
    ],
)
def test_names_of_units(lines: list[str], names: list[str]) -> None:
    units = read_units(lines)

    assert (units.names, units.all_units, units.doubtful) == (names, False, False)


@pytest.mark.parametrize("text", ["各課室", "本所各單位", "各課(室)", "各課", "全體課室"])
def test_names_for_all_units(text: str) -> None:
    units = read_units([text])

    assert (units.names, units.all_units) == ([text], True)


def test_a_known_name_counts_whatever_its_shape() -> None:
    assert read_units(["親水園區"]).doubtful
    assert not read_units(["親水園區"], ["親水園區"]).doubtful


def test_unit_spans_find_names_split_over_lines() -> None:
    assert unit_spans(["民政課", "役政災", "防課", "便民", "各課室"]) == [1, 2, 0, 0, 1]


# --- cells separated by tabs -----------------------------------------------------------------------


def test_a_line_may_be_a_row_of_a_responsibility_table() -> None:
    region = read(
        "實施要項\t工作重點\t承辦單位\n"
        "一、便民措施\t(一)縮短流程\t1.合併表單 (1)甲表。 (2)乙表。 2.訂定時限\t民政課\n"
        "\t\t3.逐案追蹤\t社會課、各課室\n"
        "\t(二)友善環境\t每月巡檢一次。\t秘書室\n"
        "\n伍、考核\n"
    )

    assert outline(region.nodes) == [
        ("一、", "便民措施", []),
        ("(一)", "縮短流程", []),
        ("1.", "合併表單 (1)甲表。 (2)乙表。", ["民政課"]),
        ("2.", "訂定時限", ["民政課"]),
        ("3.", "逐案追蹤", ["社會課", "各課室"]),
        ("(二)", "友善環境", ["秘書室"]),
        ("", "每月巡檢一次。", []),
    ]
    assert region.last == 4


def test_a_unit_cell_left_empty_belongs_to_the_row_above() -> None:
    region = read(
        "\t執行要項\n\t執行重點\n\t執行單位\n\n"
        "\t一、甲\n\t(一)乙\n\t1.丙\n\t民政課\n\n"
        "\t\n\t\n\t2.丁\n\t\n\n"
        "\t\n\t\n\t3.戊\n\t社會課\n\n"
        "\t\n\t(二)己\n\t庚。\n\t\n"
    )

    assert outline(region.nodes) == [
        ("一、", "甲", []),
        ("(一)", "乙", []),
        ("1.", "丙", ["民政課"]),
        ("2.", "丁", ["民政課"]),
        ("3.", "戊", ["社會課"]),
        ("(二)", "己", ["社會課"]),
        ("", "庚。", []),
    ]
    assert region.nodes[0].children[1].confidence < LOW_CONFIDENCE
    assert [warning.code for warning in region.warnings] == ["unit_missing"]


def test_target_rows_may_lack_their_first_or_last_cells() -> None:
    region = read(
        "構面\t指標\t重點\t具體作法\t預期成果\n"
        "便民 (60%)\t流程 (40%)\t便捷性\t1.甲事。 2.乙事。\t1.丙事。\n"
        "透明度\t1.丁事。 2.戊事。\t己事。\n"
        "形象 (20%)\t環境\t1.庚事。\t1.辛事。\n"
        "\t\t禮貌\t1.壬事。\n"
    )

    assert [
        (node.title, node.points) for top in region.nodes for node in top.walk() if node.kind == "heading"
    ] == [
        ("便民", "60"),
        ("流程", "40"),
        ("便捷性", None),
        ("透明度", None),
        ("形象", "20"),
        ("環境", None),
        ("禮貌", None),
    ]
    kinds = [
        [child.kind for child in focus.children]
        for top in region.nodes
        for row in top.children
        for focus in row.children
    ]
    assert kinds == [
        ["action", "action", "target"],
        ["action", "action", "target"],
        ["action", "target"],
        ["action"],
    ]


def test_markup_and_what_only_looks_like_a_marker() -> None:
    region = read(
        "構面\t指標\t重點\t具體作法\t預期目標\n"
        "甲\t乙\t丙\t<p>1.撥 06-5551234 或寄 a1.b2@mail.example.tw。</p><p>2.自 104 年起<br/>採 2.0 版。</p>"
        "\t達<b>9</b>成&nbsp;以上。\n"
    )

    assert [
        (node.kind, node.marker, node.text) for node in region.nodes[0].children[0].children[0].children
    ] == [
        ("action", "1.", "撥 06-5551234 或寄 a1.b2@mail.example.tw。"),
        ("action", "2.", "自 104 年起 採 2.0 版。"),
        ("target", "", "達9成 以上。"),
    ]


def test_a_stray_tab_does_not_make_a_table_of_tabs() -> None:
    text = NARROW.replace("甲乙丙丁戊己庚辛", "甲乙丙丁\t戊己庚辛", 1)

    assert [node.title for node in read(text).nodes] == ["便民服務措施"]


# --- cells below one another -----------------------------------------------------------------------

NARROW = """\
工作要領 執行方法 業務單位

一、便民

服 務

措施¶

(一)簡化各類

申請流程。¶

1.合併表單¶

甲乙丙丁戊己庚辛壬癸子丑寅卯辰

巳午未。¶

民政課¶

役政災

防課¶

2.訂定時限¶

逐案列管處理的期限，逾期由主管親

各課室¶
 自了解原因。¶

(二)改善洽公

環境。¶

每月巡檢一次，發現破損即報修。¶

秘書室¶

伍、考核
""".replace("¶", " ")  # the blank a converter leaves at the end of a paragraph


def test_narrow_cells_are_told_apart() -> None:
    region = read(NARROW)

    assert tree_of(region.nodes) == [
        [1, "heading", "一、", "便民服務措施", "", []],
        [2, "heading", "(一)", "簡化各類申請流程。", "", []],
        [3, "action", "1.", "合併表單", "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未。", ["民政課", "役政災防課"]],
        [3, "action", "2.", "訂定時限", "逐案列管處理的期限，逾期由主管親自了解原因。", ["各課室"]],
        [2, "heading", "(二)", "改善洽公環境。", "", []],
        [3, "action", "", "", "每月巡檢一次，發現破損即報修。", ["秘書室"]],
    ]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("no blank lines", lambda text: text.replace("\n\n", "\n")),
        ("no blanks at ends", lambda text: "\n".join(line.rstrip() for line in text.split("\n"))),
        ("form feeds", lambda text: text.replace("\n 自了解", "\n\f自了解")),
        ("page numbers", lambda text: text.replace("\n 自了解", "\n\n12\n\n自了解")),
        (
            "heads on each page",
            lambda text: text.replace("\n 自了解", "\n\f工作要領 執行方法\n業務單位\n自了解"),
        ),
    ],
)
def test_narrow_cells_however_pages_and_paragraphs_are_marked(name: str, change: object) -> None:
    assert callable(change)
    region = read(change(NARROW))

    assert tree_of(region.nodes) == tree_of(read(NARROW).nodes), name


def test_a_page_told_from_outside() -> None:
    text = NARROW.replace("\n 自了解", "\n\n自了解")
    number = text[: text.index("自了解")].count("\n") + 1
    (region,) = find_tables(lines_of(text), breaks={number})

    assert tree_of(region.nodes) == tree_of(read(NARROW).nodes)


def test_one_unit_cell_for_each_focus_stays_with_the_focus() -> None:
    row = (
        "(一)簡化各類\n\n申請流程。 \n\n1.合併表單 \n\n把相近的三張表單合成一張。 \n\n"
        "2.訂定時限 \n\n逐案列管處理的期限。 \n\n"
    )
    text = (
        "執行要項 執行重點 執行單位\n\n一、便民 \n\n"
        + row + "民政課 \n\n"
        + row.replace("(一)", "(二)") + "秘書室 \n\n"
        + row.replace("(一)", "(三)") + "各課室 \n\n伍、考核\n"
    )  # fmt: skip
    region = read(text)

    assert [focus.units for focus in region.nodes[0].children] == [["民政課"], ["秘書室"], ["各課室"]]
    assert [row.units for focus in region.nodes[0].children for row in focus.children] == [[]] * 6
    assert region.warnings == []


# --- rosters ---------------------------------------------------------------------------------------


def test_a_roster_with_rows_split_over_lines_ends_where_the_chapter_goes_on() -> None:
    text = (
        "一、成立小組如下：\n\n推動小組編組表\n\n職 稱 編組人員 職 掌 備考\n\n組長 區長 綜理推動事宜 兼任\n\n"
        "組員\n民政課\n\n課長\n負責統籌民政業務事宜\n\n組員 社會課課長 負責社福業務事宜\n\n"
        "二、每季開會一次。\n"
    )
    region = read(text)

    assert (region.layout, region.title, region.first, region.last) == ("roster", "推動小組編組表", 3, 15)
    assert [row_of(member) for member in region.members] == [
        ("組長", "區長", "綜理推動事宜", "兼任"),
        ("組員", "民政課課長", "負責統籌民政業務事宜", ""),
        ("組員", "社會課課長", "負責社福業務事宜", ""),
    ]


def test_a_roster_separated_by_tabs() -> None:
    region = read(
        "編組表\n職稱\t姓名\t職掌\t備註\n組長\t王小明\t指揮\t\n"
        "組員\t李小華\t記錄 及聯絡\t代理人：陳小美\n\n陸、其他\n"
    )

    assert [row_of(member) for member in region.members] == [
        ("組長", "王小明", "指揮", ""),
        ("組員", "李小華", "記錄 及聯絡", "代理人：陳小美"),
    ]


# --- hostile ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "",
        "各課室",
        "\n".join(["各課室"] * 50),
        "\n".join(["(一)"] * 50),
        "一、" * 500,
        "\t" * 500,
        "\t\n" * 50,
        "<p" * 300 + "\t" + "</p>" * 300 + "\t",
        "，" * 100,
        "\n".join(["役政災"] * 100),
        "1." * 300,
    ],
)
@pytest.mark.parametrize(
    "head", ["執行要項 執行重點 執行單位", "構面\t指標\t重點\t具體作法\t預期目標", "職稱 姓名 職掌"]
)
def test_nonsense_is_read_without_losing_a_character(head: str, body: str) -> None:
    text = f"{head}\n{body}"

    for region in find_tables(lines_of(text)):
        assert unaccounted(region, text.split("\n")) == []


def test_long_lines_are_read_quickly() -> None:
    lines = [Line(1, "執行要項 執行重點 執行單位"), Line(2, "一、" + "各課室" * 200_000)]

    assert len(find_tables(lines)) == 1


def test_several_units_beside_a_title_on_one_line() -> None:
    text = NARROW.replace("1.合併表單 \n\n甲乙", "1.合併表單 經建課 秘書室 \n\n甲乙").replace(
        "民政課 \n\n役政災\n\n防課 \n\n", ""
    )

    assert read(text).nodes[0].children[0].children[0].units == ["經建課", "秘書室"]
