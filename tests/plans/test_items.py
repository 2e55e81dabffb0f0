from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import ValidationError

from plans.enums import Kind, PlanStatus
from plans.models import Item, Plan, TakenStep
from plans.queries.documents import plan_document
from plans.services import items
from plans.services.items import NewLine, StaleSave, save_item, values_of
from tests.builders import make_plan, make_unit, make_user, node

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    chapter = node(
        "chapter", title="計畫內容", children=[node(text="服務台備有輪椅。"), node(text="延長服務時間。")]
    )
    return make_plan(chapters=(chapter,))


def first(plan: Plan) -> Item:
    return plan.items.get(text="服務台備有輪椅。")


def save(item: Item, base: dict[str, object] | None = None, **values: object) -> items.Saved:
    base = base or values_of(Item.objects.get(pk=item.pk))
    return save_item(item.plan_id, item.uid, actor=make_user(), base=base, values=values)


def test_two_people_in_different_fields_of_one_line_are_both_kept_in_row_and_history(plan: Plan) -> None:
    item = first(plan)
    base = values_of(item)
    one, other = make_user(), make_user()

    save_item(plan.pk, item.uid, actor=one, base=base, values=base | {"title": "輪椅"})
    saved = save_item(plan.pk, item.uid, actor=other, base=base, values=base | {"text": "備有輪椅三部。"})

    item.refresh_from_db()
    assert (item.title, item.text, item.version) == ("輪椅", "備有輪椅三部。", 3)
    assert saved.changed == ("text",)
    assert [(row.title, row.text, row.history_user) for row in item.history.all()[:2]] == [
        ("輪椅", "備有輪椅三部。", other),
        ("輪椅", "服務台備有輪椅。", one),
    ]


def test_the_same_field_gives_the_second_both_texts_and_writes_nothing(plan: Plan) -> None:
    item = first(plan)
    base = values_of(item)
    save(item, base, text="輪椅三部。")

    with pytest.raises(StaleSave) as caught:
        save(item, base, text="輪椅五部。", title="輪椅")

    item.refresh_from_db()
    assert (item.text, item.title, item.version) == ("輪椅三部。", "", 2)
    assert caught.value.fields == ("text",)
    assert (caught.value.mine, caught.value.theirs) == ({"text": "輪椅五部。"}, {"text": "輪椅三部。"})


def test_a_third_save_between_conflict_and_choice_is_a_conflict_again(plan: Plan) -> None:
    item = first(plan)
    base = values_of(item)
    save(item, base, text="輪椅三部。")
    with pytest.raises(StaleSave) as caught:
        save(item, base, text="輪椅五部。")
    save(item, text="輪椅四部。")

    with pytest.raises(StaleSave) as again:
        save(item, base | caught.value.theirs, text="輪椅五部。")

    assert again.value.theirs == {"text": "輪椅四部。"}
    save(item, base | again.value.theirs, text="輪椅五部。")
    item.refresh_from_db()
    assert item.text == "輪椅五部。"


def test_line_ends_and_blanks_an_import_stored_are_no_change_of_somebody_else(plan: Plan) -> None:
    item = first(plan)
    Item.objects.filter(pk=item.pk).update(title="輪椅\n服務", text="備有輪椅。 ")
    item.refresh_from_db()
    base = values_of(item) | {"title": "輪椅 服務"}

    saved = save(item, base, title="輪椅 服務", text="備有輪椅三部。")

    assert saved.changed == ("text",)


def test_two_people_who_write_the_same_do_not_clash(plan: Plan) -> None:
    item = first(plan)
    base = values_of(item)
    save(item, base, text="輪椅三部。")

    saved = save(item, base, text="輪椅三部。\r\n")

    assert saved.changed == ()
    item.refresh_from_db()
    assert item.version == 2


def test_a_token_sent_twice_writes_once(plan: Plan) -> None:
    item = first(plan)
    actor, token = make_user(), uuid.uuid4()
    base = values_of(item)

    def send() -> items.Saved:
        return save_item(
            plan.pk, item.uid, actor=actor, base=base, values={"text": "輪椅三部。"}, token=token
        )

    send()
    save(item, text="另一人再改。")
    again = send()

    item.refresh_from_db()
    assert again.is_repeat
    assert (item.text, item.version) == ("另一人再改。", 3)
    assert TakenStep.objects.count() == 1


def test_units_points_and_roster_are_merged_like_words(plan: Plan) -> None:
    item = first(plan)
    one, two = make_unit(plan.district, "民政課"), make_unit(plan.district, "社會課")
    base = values_of(item)
    units = [{"unit": two.pk, "duty": "lead"}, {"unit": one.pk, "duty": "assisting"}]

    save(item, base, units=units, points="12.50")
    saved = save(item, base, text="輪椅三部。")

    document = plan_document(plan)
    line = document.chapters[0].children[0]
    assert [(unit.name, unit.duty) for unit in line.units] == [("社會課", "lead"), ("民政課", "assisting")]
    assert (line.points, line.text) == ("12.5", "輪椅三部。")
    assert saved.values["units"] == units
    with pytest.raises(StaleSave):
        save(item, base, units=[{"unit": one.pk, "duty": "lead"}])
    save(item, units=[{"unit": one.pk, "duty": "lead"}])
    assert [unit.name for unit in plan_document(plan).chapters[0].children[0].units] == ["民政課"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "chapter"}, "top of the plan"),
        ({"kind": "nonsense"}, "no such kind"),
        ({"child_style": "roman"}, "no such numbering"),
        ({"points": "many"}, "Points are a number"),
        ({"points": "100000"}, "Points are a number from"),
        ({"text": "字" * 20_001}, "at most 20000"),
        ({"units": [{"unit": 0, "duty": "lead"}]}, "not one of this district"),
        ({"criterion": "1.1"}, "no such criterion"),
    ],
)
def test_what_a_line_cannot_be_is_refused_in_words(
    plan: Plan, values: dict[str, object], words: str, settings: object
) -> None:
    settings.LANGUAGE_CODE = "en"  # type: ignore[attr-defined]  # pytest-django's
    with pytest.raises(ValidationError, match=words):
        save(first(plan), **values)


def test_units_of_another_district_cannot_be_named(plan: Plan) -> None:
    stranger = make_unit(make_plan().district)

    with pytest.raises(ValidationError):
        save(first(plan), units=[{"unit": stranger.pk, "duty": "lead"}])


def test_a_plan_that_is_not_open_is_not_written(plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.SUBMITTED)

    with pytest.raises(ValidationError):
        save(first(plan), text="太晚了。")
    with pytest.raises(ValidationError):
        items.add_lines(plan.pk, [NewLine(Kind.CHAPTER, "太晚")], actor=make_user())


def test_words_alone_change_no_shape_but_a_title_that_comes_or_goes_does(plan: Plan) -> None:
    item = first(plan)

    assert save(item, text="輪椅三部。").changes_shape is False
    assert save(item, title="輪椅").changes_shape is True
    assert save(item, title="輪椅服務").changes_shape is False
    plan.refresh_from_db()
    assert (plan.revision, plan.shape_revision) == (3, 2)


def test_lines_are_added_behind_a_line_with_their_levels(plan: Plan) -> None:
    item = first(plan)
    assert item.parent is not None
    lines = [
        NewLine(Kind.HEADING, "新段"),
        NewLine(Kind.ACTION, text="甲。", depth=1),
        NewLine(Kind.ACTION, text="乙。"),
    ]

    made = items.add_lines(plan.pk, lines, actor=make_user(), parent=item.parent.uid, after=item.uid)

    top = plan_document(plan).chapters[0].children
    assert [(line.number, line.title or line.text) for line in top] == [
        ("一、", "服務台備有輪椅。"),
        ("二、", "新段"),
        ("三、", "乙。"),
        ("四、", "延長服務時間。"),
    ]
    assert [child.text for child in top[1].children] == ["甲。"]
    assert [row.history.count() for row in made] == [1, 1, 1]


def test_what_is_added_at_the_top_is_a_chapter_and_nothing_else_is(plan: Plan) -> None:
    chapter = items.add_lines(plan.pk, [NewLine(Kind.ACTION, "經費")], actor=make_user())[0]
    below = items.add_lines(plan.pk, [NewLine(Kind.CHAPTER, "甲")], actor=make_user(), parent=chapter.uid)[0]

    assert (chapter.kind, below.kind) == (Kind.CHAPTER, Kind.ACTION)
    assert plan_document(plan).chapters[0].title == "經費"


def test_adding_twice_with_one_token_adds_once(plan: Plan) -> None:
    actor, token = make_user(), uuid.uuid4()

    made = [
        items.add_lines(plan.pk, [NewLine(Kind.CHAPTER, "經費")], actor=actor, token=token) for _ in range(2)
    ]

    assert made[0] == made[1]
    assert plan.items.filter(title="經費").count() == 1


def test_a_place_that_is_gone_and_too_many_levels_are_refused(plan: Plan) -> None:
    with pytest.raises(ValidationError):
        items.add_lines(plan.pk, [NewLine(Kind.CHAPTER, "甲")], actor=make_user(), after=uuid.uuid4())
    parent = None
    for level in range(items.MAX_DEPTH):
        made = items.add_lines(plan.pk, [NewLine(Kind.ACTION, f"{level}")], actor=make_user(), parent=parent)
        parent = made[0].uid
    with pytest.raises(ValidationError):
        items.add_lines(plan.pk, [NewLine(Kind.ACTION, "太深")], actor=make_user(), parent=parent)


def test_a_page_sent_again_with_newer_words_is_no_repeat(plan: Plan) -> None:
    item, actor, token = first(plan), make_user(), uuid.uuid4()
    base = values_of(item)

    def send(text: str) -> items.Saved:
        return save_item(plan.pk, item.uid, actor=actor, base=base, values={"text": text}, token=token)

    send("第一次")
    assert send("第一次").is_repeat
    with pytest.raises(StaleSave):  # the first text is not written over unasked, the second not dropped
        send("第一次，又寫了很多")
    item.refresh_from_db()
    assert item.text == "第一次"


def test_a_token_answers_for_one_person_and_one_plan(plan: Plan) -> None:
    token, actor, other = uuid.uuid4(), make_user(), make_plan()
    item, elsewhere = first(plan), other.items.order_by("pk")[0]
    save_item(plan.pk, item.uid, actor=actor, base=values_of(item), values={"text": "新"}, token=token)

    for line, person in ((item, make_user()), (elsewhere, actor)):
        base = values_of(line)
        with pytest.raises(ValidationError):
            save_item(line.plan_id, line.uid, actor=person, base=base, values={"text": "別"}, token=token)
