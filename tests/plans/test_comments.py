from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import override

from accounts.enums import Role
from accounts.models import Appointment, Notice, User
from plans.enums import PlanStatus
from plans.models import Comment, Plan
from plans.permissions import Membership
from plans.queries.comments import names_of, open_counts, threads_by_line
from plans.services import comments
from tests.builders import LONG_AGO, make_holder, make_unit, make_user
from tests.plans.desk_rows import Desk, make_desk, told

pytestmark = pytest.mark.django_db

CIVIL, WELFARE = "民政課", "社會課"
NOON = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture(scope="module")
def made(kept: None) -> Desk:
    return make_desk()


@pytest.fixture
def desk(made: Desk) -> Desk:
    return deepcopy(made)


def say(
    desk: Desk, text: str, *, by: User | None = None, line: str = f"{CIVIL}第一條。", **values: Any
) -> Comment:
    values = {"at": timezone.now()} | values
    uid = desk.item(line).uid
    return comments.add_comment(desk.plan.pk, uid, actor=by or desk.secretary, text=text, **values)


def texts(comment: Comment) -> list[tuple[str, Any]]:
    return [(row.text, row.history_user) for row in comment.history.order_by("history_id")]


# Mentions


def test_a_person_named_after_an_at_sign_is_mentioned_and_told(desk: Desk) -> None:
    staff = desk.staff[CIVIL]

    comment = say(desk, f"@{staff.full_name}請補上去年的場次。", at=NOON)

    assert list(comment.mentioned_people.all()) == [staff]
    assert told(staff) == [comments.MENTIONED]
    notice = Notice.objects.get()
    assert notice.parameters == {
        "name": desk.secretary.full_name,
        "line": f"{CIVIL}第一條。",
        "plan": desk.plan.title,
    }
    line = desk.item(f"{CIVIL}第一條。")
    assert notice.address == f"/plans/{desk.plan.pk}/items/{line.uid}/comments/#c-{comment.pk}"
    assert notice.sent_at == NOON


def test_a_unit_named_after_an_at_sign_has_all_its_people_told_once(desk: Desk) -> None:
    comment = say(desk, f"＠{CIVIL}、@{CIVIL} 請看；@{desk.chiefs[CIVIL].full_name}尤其。")

    assert list(comment.mentioned_units.all()) == [desk.units[CIVIL]]
    assert told(desk.staff[CIVIL]) == [comments.UNIT_MENTIONED]
    assert told(desk.chiefs[CIVIL]) == [comments.MENTIONED]
    assert told(desk.staff[WELFARE]) == told(desk.secretary) == []


def test_who_is_ticked_is_told_as_who_is_named(desk: Desk) -> None:
    comment = say(
        desk, "請看。", people=[desk.staff[WELFARE].pk], units=[desk.units[CIVIL].pk, desk.units[WELFARE].pk]
    )

    assert set(comment.mentioned_units.all()) == set(desk.units.values())
    assert told(desk.staff[WELFARE]) == [comments.MENTIONED]
    assert told(desk.staff[CIVIL]) == told(desk.chiefs[WELFARE]) == [comments.UNIT_MENTIONED]


def test_a_units_short_name_and_the_secretariats_unit_reach_their_people(desk: Desk) -> None:
    unit = make_unit(desk.plan.district, "秘書室", is_secretariat=True, short_names="研考,秘書")

    comment = say(desk, "@研考 請彙整。", by=desk.staff[CIVIL])

    assert list(comment.mentioned_units.all()) == [unit]
    assert told(desk.secretary) == [comments.UNIT_MENTIONED]


def test_names_of_elsewhere_are_words_like_others(desk: Desk) -> None:
    other = make_desk()
    left = make_holder(Role.UNIT_STAFF, desk.units[CIVIL], until=dt.date(2021, 1, 1))
    closed = make_unit(desk.plan.district, "文化課", ends_on=dt.date(2021, 1, 1))
    off = make_holder(Role.UNIT_STAFF, desk.units[CIVIL])
    off.is_active = False
    off.save()
    evaluator = make_holder(Role.EVALUATOR, desk.plan.district.city)
    names = [other.staff[CIVIL], left, off, evaluator]

    comment = say(desk, " ".join(f"@{person.full_name}" for person in names) + f" @{closed.name}")

    assert not comment.mentioned_people.exists()
    assert not comment.mentioned_units.exists()
    assert Notice.objects.count() == 0


@pytest.mark.parametrize("field", ["people", "units"])
def test_whoever_is_not_of_the_district_cannot_be_ticked(desk: Desk, field: str) -> None:
    other = make_desk()
    chosen = {"people": other.staff[CIVIL].pk, "units": other.units[CIVIL].pk}[field]

    with pytest.raises(ValidationError) as refused:
        say(desk, "請看。", **{field: [chosen]})

    assert list(refused.value.message_dict) == [field]
    assert (Comment.objects.count(), Notice.objects.count()) == (0, 0)


def test_two_people_of_one_name_are_both_meant(desk: Desk) -> None:
    namesake = make_holder(Role.UNIT_STAFF, desk.units[WELFARE])
    namesake.full_name = desk.staff[CIVIL].full_name
    namesake.save()

    say(desk, f"@{namesake.full_name}")

    assert told(namesake) == told(desk.staff[CIVIL]) == [comments.MENTIONED]


def test_names_show_each_person_once_with_all_places(desk: Desk) -> None:
    person = desk.staff[CIVIL]
    Appointment.objects.create(
        user=person, role=Role.SECTION_CHIEF, unit=desk.units[WELFARE], starts_on=LONG_AGO
    )

    names = names_of(desk.plan, on=timezone.localdate())

    (found,) = [one for one in names.people if one.pk == person.pk]
    assert found.label == f"{person.full_name}（{CIVIL}、{WELFARE}）"
    assert names.suggestions[:2] == [(CIVIL, ""), (WELFARE, "")]


# Threads


def test_answers_are_told_to_who_wrote_in_the_thread(desk: Desk) -> None:
    first = say(desk, "請補場次。")
    say(desk, "已補。", by=desk.staff[CIVIL], answers=first.pk)
    Notice.objects.all().delete()

    say(desk, f"謝謝，@{WELFARE} 也請比照。", by=desk.chiefs[CIVIL], answers=first.pk)

    assert told(desk.secretary) == told(desk.staff[CIVIL]) == [comments.ANSWERED]
    assert told(desk.chiefs[CIVIL]) == []
    assert told(desk.staff[WELFARE]) == [comments.UNIT_MENTIONED]


def test_several_answers_of_one_person_are_one_notice(desk: Desk) -> None:
    first = say(desk, "請補場次。")
    for words in ("收到。", "已補。"):
        say(desk, words, by=desk.staff[CIVIL], answers=first.pk)

    assert told(desk.secretary) == [comments.ANSWERED]


def test_who_has_left_the_district_hears_no_more_of_it(desk: Desk) -> None:
    first = say(desk, "請補場次。", by=desk.staff[CIVIL])
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Appointment.objects.filter(user=desk.staff[CIVIL]).update(ends_on=yesterday)

    say(desk, "已補。", answers=first.pk)
    comments.resolve_comment(desk.plan.pk, first.pk, actor=desk.secretary, at=timezone.now())

    assert told(desk.staff[CIVIL]) == []


def test_an_answer_hangs_on_an_open_thread_of_the_same_line(desk: Desk) -> None:
    first = say(desk, "請補場次。")
    answer = say(desk, "已補。", answers=first.pk)
    for wrong, line in ((answer.pk, f"{CIVIL}第一條。"), (first.pk, f"{WELFARE}第一條。"), (0, "計畫依據")):
        with pytest.raises(ValidationError, match="not there any more"):
            say(desk, "?", answers=wrong, line=line)
    comments.resolve_comment(desk.plan.pk, first.pk, actor=desk.secretary, at=timezone.now())
    with pytest.raises(ValidationError, match="is settled"):
        say(desk, "還有。", answers=first.pk)

    assert Comment.objects.count() == 2


def test_a_thread_is_settled_and_opened_again_by_anyone_once(desk: Desk) -> None:
    first = say(desk, "請補場次。")
    at = timezone.now()

    comments.resolve_comment(desk.plan.pk, first.pk, actor=desk.staff[CIVIL], at=at)
    comments.resolve_comment(desk.plan.pk, first.pk, actor=desk.chiefs[CIVIL], at=at + MINUTE)
    first.refresh_from_db()
    assert (first.resolved_by, first.resolved_at) == (desk.staff[CIVIL], at)
    assert told(desk.secretary) == [comments.RESOLVED]
    assert open_counts(desk.plan) == {}

    for _ in range(2):
        comments.reopen_comment(desk.plan.pk, first.pk, actor=desk.chiefs[CIVIL], at=at)
    first.refresh_from_db()
    assert (first.resolved_by, first.resolved_at) == (None, None)
    assert told(desk.secretary) == [comments.RESOLVED, comments.REOPENED]
    assert [row.resolved_by for row in first.history.order_by("history_id")] == [
        None,
        desk.staff[CIVIL],
        None,
    ]


@pytest.mark.parametrize("text", ["", "  \n ", "長" * 4001])
def test_a_comment_has_words_and_not_too_many(desk: Desk, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        say(desk, text)

    assert list(refused.value.message_dict) == ["text"]


@pytest.mark.parametrize("status", PlanStatus)
def test_people_talk_in_every_state_of_the_plan(desk: Desk, status: str) -> None:
    Plan.objects.filter(pk=desk.plan.pk).update(status=status)

    first = say(desk, "市府退回的意見請各課室看。")
    say(desk, "收到。", by=desk.staff[CIVIL], answers=first.pk)

    assert open_counts(desk.plan) == {str(desk.item(f"{CIVIL}第一條。").uid): 1}


def test_talking_changes_no_line_and_no_revision(desk: Desk) -> None:
    before = (desk.plan.revision, desk.plan.updated_at)

    say(desk, "請補。")

    desk.plan.refresh_from_db()
    assert (desk.plan.revision, desk.plan.updated_at) == before


def test_a_request_sent_twice_writes_one_comment(desk: Desk) -> None:
    token = uuid.uuid4()

    first = say(desk, f"@{CIVIL}", token=token)
    again = say(desk, f"@{CIVIL}", token=token)

    assert again == first
    assert Comment.objects.count() == 1
    assert told(desk.staff[CIVIL]) == [comments.UNIT_MENTIONED]


def test_a_deleted_line_takes_no_new_thread_but_its_old_ones_go_on(desk: Desk) -> None:
    first = say(desk, "此條是否保留？")
    item = desk.item(f"{CIVIL}第一條。")
    item.removed_at = timezone.now()
    item.save()

    with pytest.raises(ValidationError, match="no longer in the plan"):
        say(desk, "另一件事。")
    say(desk, "已刪除。", answers=first.pk)

    groups, _total = threads_by_line(desk.plan, desk.secretary, Membership())
    assert [(group.line, group.words) for group in groups] == [(None, f"{CIVIL}第一條。")]


# Changing one's words


def test_ones_own_words_are_changed_while_nobody_answered_and_the_history_keeps_them(desk: Desk) -> None:
    comment = say(desk, f"請@{CIVIL}補場次。")
    Notice.objects.all().delete()

    comments.change_comment(
        desk.plan.pk,
        comment.pk,
        actor=desk.secretary,
        text=f"請@{CIVIL}與@{WELFARE}補場次。",
        at=timezone.now(),
    )

    assert texts(comment) == [
        (f"請@{CIVIL}補場次。", desk.secretary),
        (f"請@{CIVIL}與@{WELFARE}補場次。", desk.secretary),
    ]
    assert told(desk.staff[CIVIL]) == []
    assert told(desk.staff[WELFARE]) == [comments.UNIT_MENTIONED]


def test_the_same_words_again_are_no_change(desk: Desk) -> None:
    comment = say(desk, "請補場次。")

    comments.change_comment(
        desk.plan.pk, comment.pk, actor=desk.secretary, text="請補場次。\r\n", at=timezone.now()
    )

    assert len(texts(comment)) == 1


def test_words_that_were_answered_or_settled_or_are_anothers_stay(desk: Desk) -> None:
    first = say(desk, "請補場次。")
    answer = say(desk, "已補。", by=desk.staff[CIVIL], answers=first.pk)
    last = say(desk, "謝謝。", answers=first.pk)

    def change(comment: Comment, actor: User) -> None:
        comments.change_comment(desk.plan.pk, comment.pk, actor=actor, text="改", at=timezone.now())

    for comment, actor, words in (
        (first, desk.secretary, "answered this meanwhile"),
        (answer, desk.staff[CIVIL], "answered this meanwhile"),
        (last, desk.staff[CIVIL], "Only its author"),
    ):
        with pytest.raises(ValidationError, match=words):
            change(comment, actor)
    change(last, desk.secretary)
    comments.resolve_comment(desk.plan.pk, first.pk, actor=desk.secretary, at=timezone.now())
    with pytest.raises(ValidationError, match="is settled"):
        change(last, desk.secretary)

    assert list(Comment.objects.values_list("text", flat=True)) == ["請補場次。", "已補。", "改"]


# Reading


def test_open_counts_count_open_threads_and_no_answers(desk: Desk, django_assert_num_queries: Any) -> None:
    first = say(desk, "甲")
    say(desk, "答", answers=first.pk)
    say(desk, "乙")
    say(desk, "丙", line="計畫依據")
    done = say(desk, "丁", line="計畫內容")
    comments.resolve_comment(desk.plan.pk, done.pk, actor=desk.secretary, at=timezone.now())
    say(make_desk(), "別處")

    with django_assert_num_queries(1):
        found = open_counts(desk.plan)

    assert found == {
        str(desk.item(f"{CIVIL}第一條。").uid): 2,
        str(desk.item("計畫依據").uid): 1,
    }


def test_threads_stand_in_the_order_of_the_plan_with_open_ones_first(desk: Desk) -> None:
    say(desk, "丙", line=f"{WELFARE}第一條。")
    done = say(desk, "甲", line="計畫依據")
    comments.resolve_comment(desk.plan.pk, done.pk, actor=desk.secretary, at=timezone.now())
    settled = say(desk, "乙一")
    comments.resolve_comment(desk.plan.pk, settled.pk, actor=desk.secretary, at=timezone.now())
    say(desk, "乙二")

    def shown(show: str) -> list[tuple[str, list[str]]]:
        groups, total = threads_by_line(desk.plan, desk.secretary, Membership(), show=show)
        assert total == 4
        return [(group.words, [thread.first.text for thread in group.threads]) for group in groups]

    civil, welfare = f"{CIVIL}第一條。", f"{WELFARE}第一條。"
    assert shown("open") == [(civil, ["乙二"]), (welfare, ["丙"])]
    assert shown("all") == [(civil, ["乙二", "乙一"]), (welfare, ["丙"]), ("計畫依據", ["甲"])]


def test_mine_are_threads_i_wrote_in_and_those_that_mention_me_or_my_unit(desk: Desk) -> None:
    me = desk.staff[CIVIL]
    say(desk, "與我無關")
    say(desk, f"@{me.full_name}")
    say(desk, f"@{CIVIL}")
    say(desk, f"@{WELFARE}")
    say(desk, "我寫的", by=me)
    answered = say(desk, "我回的")
    say(desk, "好", by=me, answers=answered.pk)
    membership = Membership(staff_of=frozenset({desk.units[CIVIL].pk}))

    ((group),), _total = threads_by_line(desk.plan, me, membership, show="mine")

    assert {thread.first.text for thread in group.threads} == {
        f"@{me.full_name}",
        f"@{CIVIL}",
        "我寫的",
        "我回的",
    }


def test_a_comment_without_history_of_other_words_is_not_called_changed(desk: Desk) -> None:
    first = say(desk, "甲")
    other = say(desk, "乙")
    comments.resolve_comment(desk.plan.pk, first.pk, actor=make_user(), at=timezone.now())
    comments.reopen_comment(desk.plan.pk, first.pk, actor=make_user(), at=timezone.now())
    comments.change_comment(desk.plan.pk, other.pk, actor=desk.secretary, text="乙乙", at=timezone.now())

    (group,), _total = threads_by_line(desk.plan, desk.secretary, Membership(), show="all")

    assert [(one.comment.text, one.is_changed) for thread in group.threads for one in thread.said] == [
        ("甲", False),
        ("乙乙", True),
    ]
