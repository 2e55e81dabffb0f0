"""Places of lines: steps, moves, deletion and undoing, and that no order of them breaks the tree."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.models import User
from plans.document import Node
from plans.enums import Kind
from plans.models import Item, Plan
from plans.queries.documents import plan_document
from plans.services.items import MAX_DEPTH, NewLine, add_lines, save_item, values_of
from plans.services.moving import move_item, remove_items, restore_items, shift_item
from tests.builders import make_plan, make_user, node

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    group = node("heading", title="甲", children=[node(text=name) for name in ("一", "二", "三")])
    return make_plan(chapters=(node("chapter", title="章", children=[group, node("heading", title="乙")]),))


@pytest.fixture
def actor(plan: Plan) -> User:
    return make_user()


def uid(plan: Plan, words: str) -> uuid.UUID:
    return next(item.uid for item in plan.items.present() if words in {item.title, item.text})


def tree(plan: Plan) -> list[object]:
    def show(line: Node) -> object:
        words = line.title or line.text
        return [words, *map(show, line.children)] if line.children else words

    return [show(chapter) for chapter in plan_document(plan).chapters]


@pytest.mark.parametrize(
    ("words", "step", "expected"),
    [
        ("二", "up", ["章", ["甲", "二", "一", "三"], "乙"]),
        ("二", "down", ["章", ["甲", "一", "三", "二"], "乙"]),
        ("二", "in", ["章", ["甲", ["一", "二"], "三"], "乙"]),
        ("二", "out", ["章", ["甲", "一"], ["二", "三"], "乙"]),
        ("乙", "in", ["章", ["甲", "一", "二", "三", "乙"]]),
        ("乙", "up", ["章", "乙", ["甲", "一", "二", "三"]]),
        ("甲", "out", ["章", ["甲", "一", "二", "三", "乙"]]),
    ],
)
def test_a_step_keeps_the_order_of_reading(
    plan: Plan, actor: User, words: str, step: str, expected: list[object]
) -> None:
    shift_item(plan.pk, uid(plan, words), step, actor=actor)

    if (words, step) == ("甲", "out"):
        assert tree(plan) == ["章", expected[1]]
    else:
        assert tree(plan) == [expected]


@pytest.mark.parametrize(("words", "step"), [("一", "up"), ("三", "down"), ("一", "in"), ("章", "out")])
def test_a_step_that_leads_nowhere_is_refused(plan: Plan, actor: User, words: str, step: str) -> None:
    before = tree(plan)

    with pytest.raises(ValidationError):
        shift_item(plan.pk, uid(plan, words), step, actor=actor)

    assert tree(plan) == before


def test_what_stands_at_the_top_is_a_chapter_and_nothing_else_is(plan: Plan, actor: User) -> None:
    shift_item(plan.pk, uid(plan, "乙"), "out", actor=actor)
    assert plan.items.get(title="乙").kind == Kind.CHAPTER

    shift_item(plan.pk, uid(plan, "乙"), "in", actor=actor)
    assert plan.items.get(title="乙").kind == Kind.HEADING


def test_a_line_moves_with_all_below_it_to_any_place_but_one_below_itself(plan: Plan, actor: User) -> None:
    move_item(plan.pk, uid(plan, "甲"), actor=actor, parent=uid(plan, "乙"), after=None)
    assert tree(plan) == [["章", ["乙", ["甲", "一", "二", "三"]]]]

    with pytest.raises(ValidationError):
        move_item(plan.pk, uid(plan, "乙"), actor=actor, parent=uid(plan, "二"), after=None)
    with pytest.raises(ValidationError):
        move_item(plan.pk, uid(plan, "乙"), actor=actor, parent=uid(plan, "章"), after=uid(plan, "一"))


def test_what_is_deleted_comes_back_where_it_was_and_all_of_it(plan: Plan, actor: User) -> None:
    before, key = tree(plan), uid(plan, "甲")

    gone = remove_items(plan.pk, [key], actor=actor)
    assert (len(gone), tree(plan)) == (4, [["章", "乙"]])
    assert plan.items.count() == 6

    restore_items(plan.pk, [key], actor=actor)
    assert tree(plan) == before
    with pytest.raises(ValidationError):
        restore_items(plan.pk, [key], actor=actor)


def test_a_line_brings_its_heading_back_but_not_the_heading_s_other_lines(plan: Plan, actor: User) -> None:
    key = uid(plan, "二")
    remove_items(plan.pk, [uid(plan, "章")], actor=actor)

    restore_items(plan.pk, [key], actor=actor)

    assert tree(plan) == [["章", ["甲", "二"]]]


def test_what_was_deleted_before_its_heading_stays_deleted_when_that_comes_back(
    plan: Plan, actor: User
) -> None:
    key = uid(plan, "甲")
    remove_items(plan.pk, [uid(plan, "二")], actor=actor)
    remove_items(plan.pk, [key], actor=actor)

    restore_items(plan.pk, [key], actor=actor)

    assert tree(plan) == [["章", ["甲", "一", "三"], "乙"]]


def test_steps_sent_twice_are_taken_once(plan: Plan, actor: User) -> None:
    token = uuid.uuid4()
    for _ in range(2):
        shift_item(plan.pk, uid(plan, "三"), "up", actor=actor, token=token)

    assert tree(plan) == [["章", ["甲", "一", "三", "二"], "乙"]]


PEOPLE, LINES = st.integers(0, 1), st.integers(0, 50)


class TwoAtOnePlan(RuleBasedStateMachine):
    """Two people take random steps, each from what they saw last: refused or done, never half done."""

    def __init__(self) -> None:
        super().__init__()
        chapters = tuple(
            node("chapter", title=f"章{n}", children=[node(text=f"{n}-{m}") for m in range(3)])
            for n in range(2)
        )
        self.plan = make_plan(chapters=chapters)
        self.actors = [make_user(), make_user()]
        self.known = set(self.plan.items.values_list("uid", flat=True))
        self.seen: list[list[uuid.UUID]] = [sorted(self.known), sorted(self.known)]

    def pick(self, who: int, number: int) -> uuid.UUID:
        return self.seen[who][number % len(self.seen[who])]

    @rule(who=PEOPLE)
    def look(self, who: int) -> None:
        self.seen[who] = sorted(self.known)

    @rule(who=PEOPLE, number=LINES, step=st.sampled_from(["up", "down", "in", "out"]))
    def shift(self, who: int, number: int, step: str) -> None:
        self.attempt(lambda: shift_item(self.plan.pk, self.pick(who, number), step, actor=self.actors[who]))

    @rule(
        who=PEOPLE,
        number=LINES,
        parent=st.integers(-1, 50),
        after=st.integers(-1, 50),
    )
    def move(self, who: int, number: int, parent: int, after: int) -> None:
        self.attempt(
            lambda: move_item(
                self.plan.pk,
                self.pick(who, number),
                actor=self.actors[who],
                parent=None if parent < 0 else self.pick(who, parent),
                after=None if after < 0 else self.pick(who, after),
            )
        )

    @rule(who=PEOPLE, number=LINES)
    def remove(self, who: int, number: int) -> None:
        self.attempt(lambda: remove_items(self.plan.pk, [self.pick(who, number)], actor=self.actors[who]))

    @rule(who=PEOPLE, number=LINES)
    def restore(self, who: int, number: int) -> None:
        self.attempt(lambda: restore_items(self.plan.pk, [self.pick(who, number)], actor=self.actors[who]))

    @rule(who=PEOPLE, parent=st.integers(-1, 50), deeper=st.booleans())
    def add(self, who: int, parent: int, deeper: bool) -> None:
        lines = [NewLine(Kind.ACTION, text="新"), NewLine(Kind.ACTION, text="新", depth=int(deeper))]
        holder = None if parent < 0 else self.pick(who, parent)

        def add() -> None:
            made = add_lines(self.plan.pk, lines, actor=self.actors[who], parent=holder)
            self.known.update(item.uid for item in made)

        self.attempt(add)

    @rule(who=PEOPLE, number=LINES)
    def write(self, who: int, number: int) -> None:
        item = Item.objects.get(plan=self.plan, uid=self.pick(who, number))
        self.attempt(
            lambda: save_item(
                self.plan.pk,
                item.uid,
                actor=self.actors[who],
                base=values_of(item),
                values={"title": f"{item.version}"},
            )
        )

    def attempt(self, step: object) -> None:
        before = self.shape()
        try:
            step()  # type: ignore[operator]  # a function without arguments
        except ValidationError:
            assert self.shape() == before

    def shape(self) -> list[tuple[object, ...]]:
        rows = Item.objects.filter(plan=self.plan).order_by("pk")
        return list(rows.values_list("pk", "parent_id", "position", "kind", "removed_at", "version"))

    @invariant()
    def the_tree_is_whole(self) -> None:
        rows = {item.pk: item for item in Item.objects.filter(plan=self.plan)}
        assert {item.uid for item in rows.values()} == self.known, "a line was lost"
        present = [item for item in rows.values() if item.removed_at is None]
        for item in present:
            depth, above = 1, item
            while above.parent_id is not None:
                above = rows[above.parent_id]
                depth += 1
                assert above.removed_at is None, "a line stands below one that is deleted"
                assert depth <= MAX_DEPTH, "a cycle, or too deep"
            assert (item.kind == Kind.CHAPTER) == (item.parent_id is None)
        document = plan_document(self.plan)
        numbered = [line.uid for line in document.walk()]
        assert sorted(numbered) == sorted(str(item.uid) for item in present), "a line is not in the document"
        for line in document.walk():
            numbers = [child.number for child in line.children if child.kind != Kind.TARGET]
            assert len(numbers) == len(set(numbers)), "two lines have one number"


class TestTwoAtOnePlan(TestCase):
    def test_no_sequence_of_steps_breaks_the_tree(self) -> None:
        run_state_machine_as_test(
            TwoAtOnePlan,
            settings=settings(
                max_examples=max(3, settings.default.max_examples // 8),
                stateful_step_count=25,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )


def test_what_comes_back_is_not_deeper_than_a_plan_may_be() -> None:
    below = node(text="深")
    heading = node("heading", title="甲", children=[node(text="乙")])
    plan = make_plan(chapters=(node("chapter", title="章", children=[heading, below]),))
    actor = make_user()
    gone = uid(plan, "乙")
    remove_items(plan.pk, [gone], actor=actor)
    last = uid(plan, "深")
    for _level in range(MAX_DEPTH - 3):
        last = add_lines(plan.pk, [NewLine("action", text="層")], actor=actor, parent=last)[0].uid
    move_item(plan.pk, uid(plan, "甲"), actor=actor, parent=last, after=None)

    with pytest.raises(ValidationError):
        restore_items(plan.pk, [gone], actor=actor)

    assert plan.items.get(uid=gone).removed_at is not None


def test_lines_that_follow_one_moved_out_count_as_changed(plan: Plan, actor: User) -> None:
    follower = plan.items.get(uid=uid(plan, "三"))

    shift_item(plan.pk, uid(plan, "二"), "out", actor=actor)

    moved = plan.items.get(pk=follower.pk)
    assert (moved.parent_id != follower.parent_id, moved.version) == (True, follower.version + 1)


def places(plan: Plan) -> dict[str, int]:
    return {item.title or item.text: item.position for item in plan.items.all()}


def test_a_step_up_or_down_writes_two_places_and_one_line_of_history(plan: Plan, actor: User) -> None:
    before = places(plan)
    kept = Item.history.count()

    shift_item(plan.pk, uid(plan, "二"), "up", actor=actor)

    assert places(plan) == before | {"一": before["二"], "二": before["一"]}
    assert Item.history.count() == kept + 1


def test_lines_that_made_room_once_need_not_make_room_for_the_next(plan: Plan, actor: User) -> None:
    heading, first = uid(plan, "甲"), uid(plan, "一")
    [made] = add_lines(plan.pk, [NewLine("action", text="甲一")], actor=actor, parent=heading, after=first)
    before = places(plan)

    add_lines(plan.pk, [NewLine("action", text="甲二")] * 3, actor=actor, parent=heading, after=made.uid)

    assert before.items() <= places(plan).items()
    assert tree(plan) == [["章", ["甲", "一", "甲一", "甲二", "甲二", "甲二", "二", "三"], "乙"]]


def test_a_deleted_line_comes_back_between_those_it_stood_between(plan: Plan, actor: User) -> None:
    key = uid(plan, "二")
    remove_items(plan.pk, [key], actor=actor)
    add_lines(
        plan.pk,
        [NewLine("action", text="新")] * 20,
        actor=actor,
        parent=uid(plan, "甲"),
        after=uid(plan, "一"),
    )

    restore_items(plan.pk, [key], actor=actor)

    assert tree(plan) == [["章", ["甲", "一", *["新"] * 20, "二", "三"], "乙"]]


@pytest.mark.parametrize(("words", "way", "order"), [("三", "up", "一三二"), ("一", "down", "二一三")])
def test_lines_that_share_a_place_are_set_apart(
    plan: Plan, actor: User, words: str, way: str, order: str
) -> None:
    Item.objects.filter(plan=plan, text__in="一二三").update(position=4)

    shift_item(plan.pk, uid(plan, words), way, actor=actor)

    assert tree(plan) == [["章", ["甲", *order], "乙"]]
