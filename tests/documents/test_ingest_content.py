from __future__ import annotations

from documents.ingest.content import Wrapping, build
from documents.ingest.nodes import Line, Node
from documents.ingest.proposal import Kind

COLUMN = Wrapping(limit=8.0)  # characters a line of the column holds


def cell(*texts: str, kind: Kind = "action", before: int = 0) -> list[Node]:
    lines = [Line(number, text) for number, text in enumerate(texts, 1)]
    return build(lines, kind, COLUMN, before=before)


def test_the_lines_of_a_cell_become_items() -> None:
    first, second = cell(
        "1.櫃檯輪值", "(1)每日有兩班，", "中午不打烊也不休", "息。", "(2)志工支援。", "2.電話禮貌。"
    )

    assert (first.marker, first.title, first.kind) == ("1.", "櫃檯輪值", "action")
    assert [(child.marker, child.text) for child in first.children] == [
        ("(1)", "每日有兩班，中午不打烊也不休息。"),
        ("(2)", "志工支援。"),
    ]
    assert (second.marker, second.text, second.children) == ("2.", "電話禮貌。", [])
    assert (first.first, first.last, second.first) == (1, 5, 6)


def test_a_cell_without_markers_is_one_item_without_number() -> None:
    (node,) = cell("櫃檯服務滿意度達九成", "，逐年提高。", kind="target")

    assert (node.kind, node.numbered, node.text) == ("target", False, "櫃檯服務滿意度達九成，逐年提高。")


def test_a_list_goes_on_from_the_cell_above() -> None:
    assert [node.marker for node in cell("3線上申辦逐步推廣。", before=2)] == ["3"]
    assert [node.marker for node in cell("3線上申辦逐步推廣。", before=0)] == [""]
