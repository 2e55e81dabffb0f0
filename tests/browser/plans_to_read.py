"""Small plans in each layout, long enough to wrap on a phone."""

from __future__ import annotations

from plans.document import Node, UnitName
from tests.builders import node, sample_group, sample_roster

LONG = "洽公民眾可於一樓大廳自助叫號，並由志工引導至合適櫃檯，等候逾十五分鐘者由值勤主管主動關懷、說明。"


def chapters_of(layout: str) -> tuple[Node, ...]:
    basis = node("chapter", title="計畫依據", children=[node(text=LONG), node(text="依年度重點工作辦理。")])
    if layout == "outline":
        more = [node("heading", title=f"便民措施之{n}", children=[sample_group()]) for n in range(1, 7)]
        return (basis, node("chapter", title="計畫內容", text=LONG, children=more))
    if layout == "roster":
        return (basis, node("chapter", title="推動組織", children=[sample_roster()]))
    if layout == "responsibility":
        civil, social = (UnitName("民政課"),), (UnitName("社會課"),)
        focuses = [
            node("heading", title="流程簡化", children=[node(text=LONG), node(text="每季檢討一次。")]),
            node("heading", title="通路多元", children=[node(text=LONG)]),
        ]
        visits = node("heading", title="到府", children=[node(text=LONG)])
        themes = [
            node("heading", title="提升便民服務之效能與品質", units=civil, children=focuses),
            node(
                "heading",
                title="主動關懷",
                units=social,
                children=[visits],
            ),
        ]
        return (basis, node("chapter", title="計畫內容", layout="responsibility", children=themes))
    focus = node("heading", title="流程便捷", children=[node(text=LONG), node("target", "全年至少12場次。")])
    index = node("heading", title="服務流程", points="200", points_text="(200分)", children=[focus])
    dimension = node("heading", title="優質服務", points="200", points_text="(200分)", children=[index])
    return (node("chapter", numbered=False, layout="target_table", children=[dimension]),)


def chapters_to_write() -> tuple[Node, ...]:
    civil, social = (UnitName("民政課"),), (UnitName("社會課"),)
    basis = [node(text="依本市年度服務規定辦理。"), node(text="依年度重點工作辦理。")]
    group = [node(text="備有輪椅。"), node(text="延長服務。"), node("target", "全年辦理12場次。")]
    outline = [
        node("heading", title="便民服務", units=civil, children=group),
        node("heading", title="主動關懷", units=social, children=[node(text="到府服務。")]),
    ]
    flow = [node(text="每季檢討。"), node(text="每月公告。")]
    focuses = [
        node("heading", title="流程", units=civil, children=flow),
        node("heading", title="通路", units=social, children=[node(text="開放預約。")]),
    ]
    theme = node("heading", title="服務品質", children=focuses)
    return (
        node("chapter", title="計畫依據", children=basis),
        node("chapter", title="計畫內容", children=outline),
        node("chapter", title="工作分配", layout="responsibility", children=[theme]),
        node("chapter", title="推動組織", children=[sample_roster()]),
    )
