from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from plans.enums import PlanStatus
from plans.models import Comment, Plan
from plans.services import comments
from tests.builders import make_holder
from tests.plans.desk_rows import Desk, make_desk, told

pytestmark = pytest.mark.django_db

CIVIL, WELFARE = "民政課", "社會課"
BESIDE = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def made(kept: None) -> Desk:
    return make_desk()


@pytest.fixture
def desk(made: Desk) -> Desk:
    return deepcopy(made)


def sign_in(client: Client, user: User) -> None:
    client.force_login(user)
    client.cookies.load({"django_language": "en"})


def address(desk: Desk, line: str = f"{CIVIL}第一條。") -> str:
    return f"/plans/{desk.plan.pk}/items/{desk.item(line).uid}/comments/"


def steps(desk: Desk, comment: Comment, step: str) -> str:
    return f"/plans/{desk.plan.pk}/comments/{comment.pk}/{step}/"


def say(desk: Desk, text: str, *, by: User | None = None, **values: Any) -> Comment:
    uid = desk.item(values.pop("line", f"{CIVIL}第一條。")).uid
    return comments.add_comment(
        desk.plan.pk, uid, actor=by or desk.secretary, text=text, at=timezone.now(), **values
    )


def page(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_item_comments_writes_a_comment_and_tells_whom_it_ticks(client: Client, desk: Desk) -> None:
    sign_in(client, desk.secretary)
    form = client.get(address(desk)).context["form"]
    assert form["units"].value() == [desk.units[CIVIL].pk]  # who answers for the line is ticked

    response = client.post(
        address(desk),
        {
            "text": f"請@{WELFARE}一併補充。",
            "units": [desk.units[CIVIL].pk],
            "token": form["token"].value(),
        },
    )

    assert response.headers["Location"] == address(desk)
    (comment,) = Comment.objects.all()
    assert (comment.author, comment.text) == (desk.secretary, f"請@{WELFARE}一併補充。")
    assert told(desk.staff[CIVIL]) == told(desk.staff[WELFARE]) == [comments.UNIT_MENTIONED]
    found = page(client, address(desk))
    assert f'請<mark class="mention">@{WELFARE}</mark>一併補充。' in found
    assert f"Told: {CIVIL}、{WELFARE}" in found


def test_a_unit_is_not_ticked_for_its_own_people(client: Client, desk: Desk) -> None:
    sign_in(client, desk.staff[CIVIL])

    assert client.get(address(desk)).context["form"]["units"].value() == []


def test_beside_the_sheet_the_threads_come_anew_and_say_how_many_are_open(client: Client, desk: Desk) -> None:
    first = say(desk, "請補場次。")
    sign_in(client, desk.staff[CIVIL])

    shown = page(client, address(desk), **BESIDE)
    answer = client.post(address(desk), {"text": "已補。", "answers": first.pk}, headers=BESIDE)
    settled = client.post(steps(desk, first, "resolve"), headers=BESIDE)

    assert shown.lstrip().startswith('<section class="side comments" aria-labelledby="side-title"')
    assert 'role="status">The comment is written.' in answer.content.decode()
    uid = str(desk.item(f"{CIVIL}第一條。").uid)
    assert json.loads(answer.headers["HX-Trigger"]) == {"comments-changed": {"uid": uid, "open": 1}}
    assert json.loads(settled.headers["HX-Trigger"]) == {"comments-changed": {"uid": uid, "open": 0}}
    assert "Open again" in settled.content.decode()
    assert "HX-Trigger" not in client.get(address(desk), headers=BESIDE).headers


@pytest.mark.parametrize("beside", [True, False])
def test_what_is_wrong_is_said_at_its_form_and_nothing_typed_is_lost(
    client: Client, desk: Desk, *, beside: bool
) -> None:
    first = say(desk, "請補場次。")
    other = say(desk, "另請補日期。")
    sign_in(client, desk.staff[CIVIL])
    headers = BESIDE if beside else {}

    empty = client.post(address(desk), {"text": " ", "answers": first.pk}, headers=headers)
    forms = {thread.first.pk: form for thread, form in empty.context["threads"]}
    assert (forms[first.pk].errors.keys(), forms[other.pk].errors.keys()) == ({"text"}, set())
    long = client.post(address(desk), {"text": "長" * 4001}, headers=headers)
    assert "長" * 4001 in long.content.decode()
    comments.resolve_comment(desk.plan.pk, first.pk, actor=desk.secretary, at=timezone.now())
    late = client.post(address(desk), {"text": "我的回覆", "answers": first.pk}, headers=headers)

    assert "我的回覆" in late.content.decode()
    assert "is settled. Open it again first." in late.content.decode()
    assert {empty.status_code, long.status_code, late.status_code} == {200 if beside else 422}
    stray = client.post(address(desk), {"text": "沒有人問的回覆", "answers": 0}, headers=headers)
    assert stray.context["form"]["text"].value() == "沒有人問的回覆"
    assert "not there any more" in stray.content.decode()
    assert Comment.objects.count() == 2


def test_words_stay_words(client: Client, desk: Desk) -> None:
    say(desk, "<script>alert(1)</script>\n第二行 & more")
    sign_in(client, desk.secretary)

    found = client.get(address(desk)).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;\n第二行 &amp; more</p>" in found


def test_comment_edit_is_its_authors(client: Client, desk: Desk) -> None:
    comment = say(desk, "請補場次。")
    path = steps(desk, comment, "edit")
    sign_in(client, desk.chiefs[CIVIL])
    assert client.post(path, {"text": "改"}).status_code == 403
    assert "Change my words" not in page(client, address(desk))
    sign_in(client, desk.secretary)
    assert "Change my words" in page(client, address(desk))

    assert "請補場次。" in page(client, path)
    beside = client.post(path, {"text": "請補場次與日期。"}, headers=BESIDE)

    assert "請補場次與日期。" in beside.content.decode()
    assert "　changed" in beside.content.decode()
    say(desk, "已補。", by=desk.staff[CIVIL], answers=comment.pk)
    late = client.post(path, {"text": "晚了一步"})
    assert (late.status_code, "晚了一步" in late.content.decode()) == (422, True)


def test_an_answer_is_no_thread_to_settle(client: Client, desk: Desk) -> None:
    first = say(desk, "請補場次。")
    answer = say(desk, "已補。", answers=first.pk)
    sign_in(client, desk.secretary)

    assert client.post(steps(desk, answer, "resolve")).status_code == 404
    assert client.post(steps(desk, first, "resolve")).headers["Location"] == address(desk)
    assert "Settled" in page(client, address(desk))


def test_comment_list_shows_open_mine_and_all(client: Client, desk: Desk) -> None:
    say(desk, "甲事")
    say(desk, f"乙事 @{WELFARE}", line="計畫依據")
    done = say(desk, "丙事", line="計畫內容")
    comments.resolve_comment(desk.plan.pk, done.pk, actor=desk.secretary, at=timezone.now())
    sign_in(client, desk.staff[WELFARE])
    path = f"/plans/{desk.plan.pk}/comments/"

    def shown(query: str) -> set[str]:
        found = page(client, path + query)
        return {words for words in ("甲事", "乙事", "丙事") if words in found}

    assert shown("") == shown("?show=open") == shown("?show=nonsense") == {"甲事", "乙事"}
    assert shown("?show=mine") == {"乙事"}
    assert shown("?show=all") == {"甲事", "乙事", "丙事"}
    assert page(client, path, **BESIDE).lstrip().startswith('<section class="side comments"')


def test_comments_are_of_the_district_alone(client: Client, desk: Desk) -> None:
    comment = say(desk, "內部意見")
    Plan.objects.filter(pk=desk.plan.pk).update(status=PlanStatus.SUBMITTED)
    city = desk.plan.district.city
    for outsider in (
        make_holder(Role.EVALUATOR, city),
        make_holder(Role.CITY_ADMIN, city),
        make_desk().secretary,
    ):
        sign_in(client, outsider)
        for path in (address(desk), f"/plans/{desk.plan.pk}/comments/", steps(desk, comment, "edit")):
            assert client.get(path).status_code == 404
        assert client.post(address(desk), {"text": "x"}).status_code == 404
        for step in ("resolve", "reopen", "edit"):
            assert client.post(steps(desk, comment, step), {"text": "x"}).status_code == 404
    comment.refresh_from_db()
    assert (Comment.objects.count(), comment.text, comment.resolved_at) == (1, "內部意見", None)


def test_a_comment_is_not_reached_by_way_of_another_plan(client: Client, desk: Desk) -> None:
    other = make_desk()
    comment = say(other, "別處的意見", line="計畫依據")
    sign_in(client, desk.secretary)

    for step in ("resolve", "reopen", "edit"):
        assert client.post(steps(desk, comment, step), {"text": "x"}).status_code == 404
    uid = other.item("計畫依據").uid
    assert client.get(f"/plans/{desk.plan.pk}/items/{uid}/comments/").status_code == 404


@pytest.mark.parametrize("threads", [1, 3])
def test_item_comments_and_comment_list_cost_the_same_for_any_number(
    client: Client, threads: int, django_assert_num_queries: Any
) -> None:
    desk = make_desk(units=threads)
    for name in desk.units:
        first = say(desk, f"@{name}")
        say(desk, f"@{desk.staff[name].full_name}", by=desk.chiefs[name], answers=first.pk)
        say(desk, f"@{name}", line=f"{CIVIL}業務")
    sign_in(client, desk.secretary)

    path = address(desk)

    with django_assert_num_queries(9):
        found = client.get(path).content.decode()
    assert found.count('class="thread"') == threads
    with django_assert_num_queries(6):
        client.get(f"/plans/{desk.plan.pk}/comments/")


@pytest.mark.parametrize("status", [PlanStatus.DRAFT, PlanStatus.SIGNING])
def test_the_line_of_a_comment_leads_to_where_one_may_write_it(
    client: Client, desk: Desk, status: PlanStatus
) -> None:
    Plan.objects.filter(pk=desk.plan.pk).update(status=status)
    anchor = f"#i-{desk.item(f'{CIVIL}第一條。').uid}"
    head = make_holder(Role.DISTRICT_HEAD, desk.plan.district)
    reading = f'href="/plans/{desk.plan.pk}/{anchor}"'
    writing = f'href="/plans/{desk.plan.pk}/edit/{anchor}"'

    for person in (desk.secretary, desk.staff[CIVIL], head):
        sign_in(client, person)
        writes = status == PlanStatus.DRAFT and person != head
        assert (writing if writes else reading) in page(client, address(desk))


@pytest.mark.parametrize("digits", [25, 5_000])
def test_an_answer_to_a_number_no_row_has_loses_no_words(client: Client, desk: Desk, digits: int) -> None:
    sign_in(client, desk.secretary)

    response = client.post(address(desk), {"text": "請補充", "answers": "9" * digits})

    assert response.status_code < 500
    assert Comment.objects.filter(answers__isnull=False).count() == 0
