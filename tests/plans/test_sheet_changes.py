"""What a step tells a page: the page that takes it shows what a page loaded anew does."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test.html import Element
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.enums import Role
from accounts.models import Unit
from plans.document import Facts, Member, Node, PlanDocument, UnitName
from plans.enums import Kind, Layout, Scheme, Style
from plans.models import Item, Plan
from plans.queries.editor import Swap, desk_of, pieces_at, swap_between
from plans.rights import Rights, rights_of_units
from plans.services import moving
from plans.services.items import NewLine, add_lines
from plans.services.watching import watch
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_user, node
from tests.plans.sheets import apply, page_of, place_of, shown, walk

TODAY = dt.date(2026, 3, 2)
FACTS = Facts("計畫", "某區公所", "某市", "某區", "系列", 2026)
KINDS = [kind for kind in Kind.values if kind != Kind.CHAPTER]
UNITS = ("民政課", "社會課")


def swap_of(plan: Plan, change: Callable[[], list[Item]]) -> Swap:
    watched = watch(plan.pk, change)
    return swap_between(plan, make_secretary(plan.district), watched.before, watched.after, on=TODAY)


def uid(plan: Plan, words: str) -> uuid.UUID:
    return next(item.uid for item in plan.items.present() if words in {item.title, item.text})


def shift(plan: Plan, words: str, way: str) -> Swap:
    return swap_of(plan, lambda: [moving.shift_item(plan.pk, uid(plan, words), way, actor=make_user())])


@st.composite
def trees(draw: st.DrawFn) -> tuple[Node, ...]:
    def grow(depth: int, kind: str) -> Node:
        has_title, has_text = draw(st.booleans()), draw(st.booleans())
        below = draw(st.lists(st.sampled_from(KINDS), max_size=3 if depth < 5 else 0))
        return node(
            kind,
            "一句話。" if has_text or not has_title else "",
            title="題目" if has_title else "",
            points_text=draw(st.sampled_from(["", "(10分)"])),
            numbered=draw(st.sampled_from([True, True, False])),
            child_style=draw(st.sampled_from(["", "", "", Style.PAIR, Style.CIRCLED])),
            roster=(Member("召集人", "區長", "綜理"),) if draw(st.integers(0, 5)) == 0 else (),
            units=tuple(UnitName(name) for name in UNITS if draw(st.integers(0, 4)) == 0),
            all_units=draw(st.integers(0, 9)) == 0,
            layout=draw(st.sampled_from(["", "", *Layout.values])),
            children=[grow(depth + 1, one) for one in below],
        )

    return tuple(grow(1, Kind.CHAPTER) for _ in range(draw(st.integers(1, 3))))


class TestSheet(TestCase):
    @settings(
        max_examples=settings.default.max_examples,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(trees(), st.sampled_from(Scheme.values), st.data())
    def test_a_page_that_takes_the_answers_to_steps_shows_the_plan_as_it_stands(
        self, chapters: tuple[Node, ...], scheme: str, data: st.DataObject
    ) -> None:
        district = make_district()
        plan = make_plan(district, chapters=chapters, scheme=scheme)
        unit, _made = Unit.objects.get_or_create(district=district, name=UNITS[0])
        people = [make_secretary(district), make_holder(Role.UNIT_STAFF, unit)]
        pages = [page_of(plan, desk_of(plan, user, on=TODAY).pieces) for user in people]

        for _ in range(4):
            try:
                watched = watch(plan.pk, draw_change(data, plan))
            except ValidationError:
                continue
            for user, page in zip(people, pages, strict=True):
                apply(page, plan, swap_between(plan, user, watched.before, watched.after, on=TODAY))
                assert shown(page) == shown(page_of(plan, desk_of(plan, user, on=TODAY).pieces))

    @settings(
        max_examples=settings.default.max_examples // 2,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(trees(), st.data())
    def test_a_piece_or_a_row_that_is_fetched_alone_is_what_stands_on_the_page(
        self, chapters: tuple[Node, ...], data: st.DataObject
    ) -> None:
        plan = make_plan(chapters=chapters)
        user = make_secretary(plan.district)
        whole = page_of(plan, desk_of(plan, user, on=TODAY).pieces)
        names = [name for one in walk(whole) if (name := dict(one.attributes).get("id") or "")[1:2] == "-"]
        alone = [name for name in names if name.startswith("r-") or place_of(whole, name)[0] is whole]
        wanted = [alone[data.draw(st.integers(0, len(alone) - 1))] for _ in range(3)]
        ids = [(name[0], uuid.UUID(name[2:38])) for name in wanted if not name.endswith("-text")]

        fetched = page_of(plan, pieces_at(plan, user, ids, on=TODAY))

        for prefix, key in ids:
            one, other = (place_of(page, f"{prefix}-{key}")[1] for page in (fetched, whole))
            assert without_spans(one) == without_spans(other)


@pytest.mark.django_db
def test_a_roster_is_fetched_with_the_words_below_it() -> None:
    roster = node("table", "每年檢討。", title="編組表", roster=(Member("召集人", "區長", "綜理"),))
    plan = make_plan(chapters=(node("chapter", title="章", children=[roster]),))
    key = uid(plan, "編組表")

    pieces = pieces_at(plan, make_secretary(plan.district), [("m", key)], on=TODAY)

    assert [piece.id for piece in pieces] == [f"m-{key}", f"i-{key}-text"]


def draw_change(data: st.DataObject, plan: Plan) -> Callable[[], list[Item]]:
    actor = make_user()
    rows = plan.items.order_by("pk").values_list("uid", "removed_at")
    present, gone = ([uid for uid, at in rows if bool(at) == is_gone] for is_gone in (False, True))

    def pick(line: list[uuid.UUID]) -> uuid.UUID:
        return line[data.draw(st.integers(0, len(line) - 1))]

    way = data.draw(st.sampled_from(["up", "down", "in", "out", "move", "delete", "add", "back"]))
    if way == "back" and gone:
        back = pick(gone)
        return lambda: moving.restore_items(plan.pk, [back], actor=actor)
    one = pick(present) if present else uuid.uuid4()
    if way == "delete":
        return lambda: moving.remove_items(plan.pk, [one], actor=actor)
    if way in {"up", "down", "in", "out"}:
        return lambda: [moving.shift_item(plan.pk, one, way, actor=actor)]
    parent = pick(present) if present and data.draw(st.integers(0, 5)) else None
    line = plan.items.present().filter(parent__uid=parent).order_by("position", "pk")
    behind = data.draw(st.integers(0, len(line)))
    after = line[behind - 1].uid if behind else None
    if way == "move":
        return lambda: [moving.move_item(plan.pk, one, actor=actor, parent=parent, after=after)]
    depths = data.draw(st.sampled_from([(0,), (0, 1), (0, 0, 1)]))
    lines = [NewLine(data.draw(st.sampled_from(KINDS)), text="新的。", depth=depth) for depth in depths]
    return lambda: add_lines(plan.pk, lines, actor=actor, parent=parent, after=after)


def without_spans(element: Element) -> str:
    """How many rows a cell covers is for the page to count: a row alone does not know."""
    return re.sub(r' (rowspan|scope)="\w+"', "", str(element))


@pytest.mark.django_db
class TestOutline:
    def test_one_line_moved_is_one_piece_put_and_of_the_rest_only_numbers(self) -> None:
        lines = [node(text=f"第{n}條") for n in range(50)]
        plan = make_plan(chapters=(node("chapter", title="章", children=lines),))
        first, behind = uid(plan, "第0條"), uid(plan, "第29條")
        chapter = uid(plan, "章")

        swap = swap_of(
            plan,
            lambda: [moving.move_item(plan.pk, first, actor=make_user(), parent=chapter, after=behind)],
        )

        assert (swap.remove, swap.put) == ([], [(f"i-{first}", f"i-{behind}")])
        assert list(swap.numbers) == [f"i-{uid(plan, f'第{n}條')}" for n in range(1, 30)]

    def test_of_two_that_change_places_the_one_with_less_below_it_is_put(self) -> None:
        long = node("heading", title="長", children=[node(text=f"{n}。") for n in range(9)])
        plan = make_plan(chapters=(node("chapter", title="章", children=[long, node(text="短。")]),))

        swap = shift(plan, "長", "down")

        assert [name for name, _behind in swap.put] == [f"i-{uid(plan, '短。')}"]
        assert list(swap.numbers) == [f"i-{uid(plan, '長')}"]

    def test_a_heading_before_it_changes_the_level_of_one_that_skips_a_level(self) -> None:
        deep = node(text="無題。", children=[node("heading", title="深")])
        first = node("heading", title="淺")
        plan = make_plan(chapters=(node("chapter", title="章", children=[first, deep]),))

        swap = swap_of(plan, lambda: moving.remove_items(plan.pk, [uid(plan, "淺")], actor=make_user()))

        assert (f"i-{uid(plan, '深')}", None) in swap.put

    def test_a_target_that_becomes_the_first_of_its_list_is_labelled(self) -> None:
        targets = [node("target", text=f"{n}場次。") for n in range(3)]
        plan = make_plan(chapters=(node("chapter", title="章", children=targets),))

        swap = swap_of(plan, lambda: moving.remove_items(plan.pk, [uid(plan, "0場次。")], actor=make_user()))

        assert swap.put == [(f"i-{uid(plan, '1場次。')}", None)]
        assert list(swap.numbers) == [f"i-{uid(plan, f'{n}場次。')}" for n in (1, 2)]

    def test_numbers_that_tell_of_the_one_above_follow_it(self) -> None:
        inner = node("heading", title="乙", child_style=Style.PAIR, children=[node(text="丙。")])
        first = node("heading", title="甲")
        plan = make_plan(chapters=(node("chapter", title="章", children=[first, inner]),))

        swap = swap_of(plan, lambda: moving.remove_items(plan.pk, [uid(plan, "甲")], actor=make_user()))

        assert swap.numbers == {f"i-{uid(plan, '乙')}": "一、", f"i-{uid(plan, '丙。')}": "1-1."}


def table_plan() -> Plan:
    """A table of two themes; the second 重點 and a line of the third name units."""
    civil, social = (UnitName(name) for name in UNITS)
    focuses = [
        node("heading", title=f"重點{n}", units=(social,) if n == 1 else (), children=[
            node(text=f"{n}-{m}。", units=(social,) if (n, m) == (2, 1) else ()) for m in range(3)
        ])
        for n in range(3)
    ]  # fmt: skip
    themes = [
        node("heading", title="甲", units=(civil,), children=focuses),
        node("heading", title="乙", children=[node("heading", title="重點3", children=[node(text="3-0。")])]),
    ]
    return make_plan(chapters=(node("chapter", title="章", layout=Layout.RESPONSIBILITY, children=themes),))


@pytest.mark.django_db
class TestTable:
    def test_a_step_inside_a_part_puts_the_rows_that_changed_places(self) -> None:
        plan = table_plan()

        swap = shift(plan, "0-1。", "down")

        moved, before = uid(plan, "0-2。"), uid(plan, "0-0。")
        assert (swap.remove, swap.put) == ([], [(f"r-{moved}", f"r-{before}")])
        assert swap.numbers == {f"i-{uid(plan, '0-1。')}": "3."}

    def test_a_row_in_which_other_cells_begin_now_is_put_too(self) -> None:
        plan = table_plan()

        gone = uid(plan, "0-0。")

        swap = swap_of(plan, lambda: moving.remove_items(plan.pk, [gone], actor=make_user()))

        assert swap.remove == [f"r-{gone}"]
        # The theme's cell, that of the 重點 and that of its unit begin in the row after it.
        assert swap.put == [(f"r-{uid(plan, '0-1。')}", None)]

    def test_a_part_without_lines_has_a_row_of_its_own(self) -> None:
        plan = table_plan()
        focus = uid(plan, "重點3")

        gone = swap_of(plan, lambda: moving.remove_items(plan.pk, [uid(plan, "3-0。")], actor=make_user()))

        assert gone.put == [(f"r-{focus}", f"r-{uid(plan, '2-2。')}")]

    def test_a_roster_that_comes_between_two_targets_of_a_row_labels_the_second(self) -> None:
        rows = (Member("召集人", "區長", "綜理"),)
        roster = node("table", title="編組表", roster=rows, children=[node(text="說明。")])
        targets = [node("target", text=f"{n}場次。") for n in range(2)]
        line = node(text="辦理活動。", children=[*targets, roster])
        theme = node("heading", title="甲", children=[node("heading", title="重點", children=[line])])
        chapter = node("chapter", title="章", layout=Layout.RESPONSIBILITY, children=[theme])
        plan = make_plan(chapters=(chapter,))
        user = make_secretary(plan.district)
        page = page_of(plan, desk_of(plan, user, on=TODAY).pieces)

        apply(page, plan, shift(plan, "編組表", "up"))

        assert shown(page) == shown(page_of(plan, desk_of(plan, user, on=TODAY).pieces))
        assert str(page).count("預期目標") == 2

    def test_what_stands_in_several_rows_is_renumbered_in_each(self) -> None:
        inner = [node("heading", title=title, children=[node(text="辦理。")]) for title in ("子", "丑")]
        deep = [node("heading", title="前"), node("heading", title="後", children=inner)]
        theme = node("heading", title="構面", children=[node("heading", title="指標", children=deep)])
        chapter = node("chapter", title="章", layout=Layout.TARGET_TABLE, children=[theme])
        plan = make_plan(chapters=(chapter,))
        user = make_secretary(plan.district)
        page = page_of(plan, desk_of(plan, user, on=TODAY).pieces)
        assert str(page).count("後") == 2

        apply(page, plan, shift(plan, "前", "down"))

        assert shown(page) == shown(page_of(plan, desk_of(plan, user, on=TODAY).pieces))

    def test_the_table_is_put_whole_only_with_its_chapter(self) -> None:
        plan = make_plan(
            chapters=(
                node("chapter", title="前", children=[node(text=f"{n}。") for n in range(40)]),
                node(
                    "chapter",
                    title="表",
                    layout=Layout.RESPONSIBILITY,
                    children=[node("heading", title="要項", children=[node("heading", title="重點")])],
                ),
            )
        )

        swap = shift(plan, "表", "up")

        assert [name for name, _behind in swap.put] == [f"i-{uid(plan, '表')}", f"t-{uid(plan, '表')}"]


@pytest.mark.parametrize("names", [("民政課",), ("社會課",), ()])
def test_a_unit_writes_what_it_answers_for_by_name_and_arranges_what_stands_below(
    names: tuple[str, ...],
) -> None:
    own = node(text="甲")
    others = node(text="乙", units=(UnitName("社會課"),))
    everyone = node(text="丙", all_units=True)
    group = node("heading", title="組", units=(UnitName("民政課"),), children=[own, others, everyone])
    document = PlanDocument(FACTS, (node("chapter", title="章", children=[group]),)).numbered()

    rights = rights_of_units(document, names)

    wanted = {
        ("民政課",): Rights(frozenset({group.uid, own.uid}), frozenset({own.uid})),
        ("社會課",): Rights(frozenset({others.uid}), frozenset()),
        (): Rights(),
    }
    assert rights == wanted[names]
