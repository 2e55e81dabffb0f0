"""The column 說明: what became of a line, in the words of official tables.

Words that stand on paper are constants here: a document is Chinese whatever the language of the site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from plans.compare import Change, Field, Place, Row, RowKind, answering
from plans.enums import Kind, Layout, Style

FACTS: dict[Field, str] = {
    Field.TITLE: "計畫名稱",
    Field.SUBTITLE: "副標題",
    Field.AGENCY: "機關",
    Field.SERIES: "計畫類別",
    Field.ATTRIBUTE: "機關（單位）屬性",
    Field.NOTE: "備註",
    Field.SIGN_OFF: "簽核欄位",
    Field.SCHEME: "項次編號",
}
_KINDS: dict[str, str] = {
    Kind.CHAPTER: "章",
    Kind.HEADING: "綱目",
    Kind.ACTION: "具體作法",
    Kind.TARGET: "預期目標",
    Kind.NOTE: "備註",
    Kind.TABLE: "編組表",
}
_LAYOUTS: dict[str, str] = {
    "": "未指定",
    Layout.OUTLINE: "條列",
    Layout.RESPONSIBILITY: "執行分工表",
    Layout.TARGET_TABLE: "目標表",
    Layout.ROSTER: "編組表",
}


def notes(row: Row) -> Iterator[str]:
    """Yield what became of the line, one sentence each; nothing for a line that only is as it was."""
    if row.kind == RowKind.ADDED:
        yield f"本{_noun(row)}新增。"
        return
    if row.kind == RowKind.REMOVED:
        yield f"本{_noun(row)}刪除。"
        return
    yield from _of_place(row)
    yield from _of_words(row)
    yield from _of_units(row)
    yield from _of_points(row)
    for change in row.changes:
        if make := _OTHERS.get(change.field):
            yield make(change)


def fact_note(change: Change) -> str:
    name = FACTS[change.field]
    if not change.before:
        return f"增列{name}。"
    return f"{name}修正。" if change.after else f"刪除{name}。"


def _noun(row: Row) -> str:
    return {Kind.CHAPTER: "章", Kind.TABLE: "表"}.get(Kind(row.place.node.kind), "項")


def _of_place(row: Row) -> Iterator[str]:
    before, after = row.before, row.after
    if before is None or after is None:
        return
    old, new = before.node.number, after.node.number
    if row.kind in {RowKind.MOVED, RowKind.MOVED_AND_CHANGED}:
        if row.has_other_parent:
            yield f"自「{_address(before)}」移列。"
        elif old != new and old and new:
            yield f"項次由{_bare(old)}調整為{_bare(new)}。"
        else:
            yield "次序調整。"
    elif row.is_renumbered:
        if old and new:
            follows = row.change_of(Field.KIND) is None  # the lines before it
            yield f"項次由{_bare(old)}{'遞移' if follows else '改'}為{_bare(new)}。"
        elif row.change_of(Field.NUMBERED) is None:
            yield f"項次由{_bare(old or new)}{'改為不編' if old else '起編列'}。"


def _address(place: Place) -> str:
    """Return where a line stood: the numbers on the way to it, or its chapter's name where there are none."""
    numbers = "".join(node.number for node in (*place.path, place.node))
    if numbers:
        return _bare(numbers)
    names = [node.title or node.text for node in place.path]
    return (names[-1] if names else place.node.title or place.node.text)[:20]


def _bare(number: str) -> str:
    return number.rstrip("、.")


def _of_words(row: Row) -> Iterator[str]:
    title, text = row.change_of(Field.TITLE), row.change_of(Field.TEXT)
    if title and text and title.before == text.after and title.after == text.before:
        yield "標題與內文互換。"  # a line that got or lost lines below it: its words are the same
        return
    for change, name in ((title, "標題"), (text, "文字")):
        if change is not None and not change.before:
            yield f"增列{name}。"
        elif change is not None:
            yield f"{name}{'修正' if change.after else '刪除'}。"


def _of_units(row: Row) -> Iterator[str]:
    if row.before is None or row.after is None:
        return
    old, new = answering(row.before.node), answering(row.after.node)
    gone, come = [name for name in old if name not in new], [name for name in new if name not in old]
    if not gone and not come:
        if old != new:
            yield "執行單位次序調整。"
    elif not gone:
        yield f"增列執行單位{'、'.join(come)}。"
    elif not come:
        yield f"刪除執行單位{'、'.join(gone)}。"
    else:
        yield f"執行單位由{'、'.join(gone)}改為{'、'.join(come)}。"


def _of_points(row: Row) -> Iterator[str]:
    change = row.change_of(Field.POINTS_TEXT) or row.change_of(Field.POINTS)
    if change is not None:
        yield _from_to("配分", change)


def _from_to(name: str, change: Change) -> str:
    if not change.before:
        return f"增列{name}{change.after}。"
    if not change.after:
        return f"刪除{name}（原為{change.before}）。"
    return f"{name}由{change.before}改為{change.after}。"


def _targets(change: Change) -> str:
    if not change.before:
        return f"目標值訂為「{change.after}」。"
    if not change.after:
        return f"不再訂目標值（原為「{change.before}」）。"
    return f"目標值由「{change.before}」改為「{change.after}」。"


def _child_style(change: Change) -> str:
    old, new = (str(Style(style).label) if style else "依序" for style in (change.before, change.after))
    return f"下層項次由「{old}」改為「{new}」。"


_OTHERS: dict[Field, Callable[[Change], str]] = {
    Field.KIND: lambda change: f"由{_KINDS[change.before]}改列為{_KINDS[change.after]}。",
    Field.CRITERION: lambda change: _from_to("對應評核項目", change),
    Field.TARGETS: _targets,
    Field.ROSTER: lambda change: "編組名單修正。",
    Field.LAYOUT: lambda change: f"編排由{_LAYOUTS[change.before]}改為{_LAYOUTS[change.after]}。",
    Field.HEADS: lambda change: _from_to("表格欄名", change),
    Field.NUMBERED: lambda change: "改編項次。" if change.after else "不編項次。",
    Field.CHILD_STYLE: _child_style,
}
