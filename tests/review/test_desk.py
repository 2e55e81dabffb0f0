from __future__ import annotations

import datetime as dt
import re
import uuid
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Appointment, User
from plans.enums import PlanStatus
from plans.models import Plan, Responsibility
from plans.services.items import save_item, values_of
from plans.step_permissions import has_stake
from review.desk_permissions import get_overseer
from review.models import DeadlineRule, Remark
from review.queries.desk import neighbours
from review.services.remarks import add_remark, answer_remark
from tests.builders import LONG_AGO, make_district, make_holder, make_plan, make_secretary, make_unit
from tests.permission_table import ANYBODY_SIGNED_IN, CITY
from tests.review.desk_rows import FILING, NOW, Way, make_way
from tests.test_permission_table import make_person

pytestmark = pytest.mark.django_db
LINE, NEW = "每週二延長服務時間。", "每週二及週四延長服務時間至20時。"


@pytest.fixture(scope="module")
def filed(kept: None) -> Way:
    return make_way(*FILING)


@pytest.fixture
def way(filed: Way) -> Way:
    return deepcopy(filed)


def sign_in(client: Client, user: User) -> None:
    client.force_login(user)
    client.cookies.load({"django_language": "en"})


def page(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


def listed(client: Client, query: str = "") -> list[Plan]:
    return [row.plan for row in client.get(f"/desk/{query}").context["rows"]]


def revise_line(way: Way, text: str = NEW) -> None:
    line = way.line(LINE)
    save_item(way.plan.pk, line.uid, actor=way.secretary, base=values_of(line), values={"text": text})


def say(way: Way, text: str, line: str | None = LINE) -> Remark:
    uid = way.line(line).uid if line else None
    return add_remark(way.plan.pk, actor=way.evaluator, uid=uid, text=text, at=timezone.now())


# -- the worklist -------------------------------------------------------------------------------------


def test_desk_shows_the_longest_waiting_first(client: Client) -> None:
    city = make_district().city
    later = make_way(district=make_district(city))
    later.go(*FILING, at=NOW + dt.timedelta(days=3))
    first = make_way(district=make_district(city))
    first.go(*FILING, at=NOW)
    make_plan(make_district(city))  # a draft: not there for the city
    make_way(*FILING)  # another city's
    sign_in(client, make_holder(Role.EVALUATOR, city))

    assert listed(client) == [first.plan, later.plan]
    row = client.get("/desk/").context["rows"][0]
    assert (row.round, row.days) == (1, (timezone.localdate() - timezone.localdate(NOW)).days)


def test_desk_tells_apart_mine_and_nobodys_and_all(client: Client, way: Way) -> None:
    city = way.plan.district.city
    taken = make_way(*FILING, "take_in_hand", district=make_district(city), evaluator=way.evaluator)
    others = make_way(*FILING, "take_in_hand", district=make_district(city))
    approved = make_way(*FILING, "take_in_hand", "approve", district=make_district(city))
    make_way(*FILING, "take_in_hand", "return", district=make_district(city))
    sign_in(client, way.evaluator)

    assert listed(client, "?show=mine") == [taken.plan]
    assert listed(client, "?show=nobody") == [way.plan]
    assert set(listed(client)) == {way.plan, taken.plan, others.plan}
    assert set(listed(client, "?show=all")) == {way.plan, taken.plan, others.plan, approved.plan}
    assert listed(client, f"?district={others.plan.district_id}") == [others.plan]
    assert listed(client, "?show=nonsense&district=0&page=x")
    assert str(others.evaluator) in page(client, "/desk/")


def test_what_an_evaluator_held_who_is_none_any_more_is_in_nobodys_hand(client: Client, way: Way) -> None:
    way.go("take_in_hand")
    Appointment.objects.filter(user=way.evaluator).update(ends_on=dt.date(2026, 4, 30))
    sign_in(client, make_holder(Role.EVALUATOR, way.plan.district.city))

    assert listed(client, "?show=nobody") == [way.plan]
    assert client.get("/desk/").context["rows"][0].holder is None
    assert steps_on(client, way) == ["take_in_hand"]


@pytest.mark.parametrize("plans", [1, 3])
def test_desk_costs_the_same_for_any_number_of_plans(
    client: Client, plans: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = make_way(*FILING)
    for _ in range(plans - 1):
        make_way(*FILING, "take_in_hand", district=make_district(first.plan.district.city))
    DeadlineRule.objects.create(city=first.plan.district.city, month=4)
    sign_in(client, first.evaluator)
    client.get("/desk/")

    with django_assert_num_queries(7):
        assert len(listed(client)) == plans

    assert "115年4月30日" in page(client, "/desk/")
    address = reverse("review:desk-plan", args=[first.plan.pk])
    assert f'href="{address}?show=waiting"' in page(client, "/desk/")


@pytest.mark.parametrize("plans", [1, 3])
def test_desk_costs_the_same_for_any_number_of_plans_that_were_decided(
    client: Client, plans: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = make_way(*FILING, "take_in_hand", "approve")
    for _ in range(plans - 1):
        make_way(*FILING, "take_in_hand", "approve", district=make_district(first.plan.district.city))
    sign_in(client, first.evaluator)
    client.get("/desk/")

    with django_assert_num_queries(7):
        assert len(listed(client, "?show=all")) == plans


@pytest.mark.parametrize("show", ["waiting", "all"])
def test_a_worklist_of_several_pages_has_each_plan_once_in_its_order(
    client: Client, way: Way, show: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, now = way.plan.district.city, timezone.now()
    for at, (year, status) in enumerate(
        [(2024, "approved"), (2025, "approved"), (2025, "closed"), (2025, "submitted"), (2024, "submitted")]
    ):
        plan = make_plan(make_district(city), year=year)
        Plan.objects.filter(pk=plan.pk).update(status=status, filed_at=now - dt.timedelta(at))
    sign_in(client, way.evaluator)
    monkeypatch.setattr("review.views.desk.PLANS_PER_PAGE", 20)
    whole = listed(client, f"?show={show}")
    assert len(whole) == (6 if show == "all" else 3)
    assert [plan.status == "submitted" for plan in whole] == [True] * 3 + [False] * (len(whole) - 3)
    assert [plan.year for plan in whole[3:]] == sorted([plan.year for plan in whole[3:]], reverse=True)

    for per_page in (1, 2, 4):
        monkeypatch.setattr("review.views.desk.PLANS_PER_PAGE", per_page)
        pages = range(1, -(-len(whole) // per_page) + 1)
        assert [plan for page in pages for plan in listed(client, f"?show={show}&page={page}")] == whole


@pytest.mark.parametrize("person", [*ANYBODY_SIGNED_IN, "other_secretariat", "superuser", "no_appointment"])
def test_nobody_outside_the_city_gets_to_the_desk(client: Client, way: Way, person: str) -> None:
    from tests.permission_table import Case  # only its district is asked for

    user = make_person(person, Case(way.plan.district, way.plan, None, None))  # type: ignore[arg-type]  # see above
    assert user is not None
    client.force_login(user)

    assert client.get("/desk/").status_code == 403
    assert client.get(f"/desk/{way.plan.pk}/").status_code == 404
    assert client.get(f"/desk/{way.plan.pk}/remarks/add/").status_code == 404


def test_the_head_of_the_page_leads_the_city_to_its_desk(client: Client, way: Way) -> None:
    for user, is_there in ((way.evaluator, True), (way.secretary, False)):
        client.force_login(user)
        assert ('href="/desk/"' in client.get("/").content.decode()) is is_there


# -- one plan -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", CITY)
def test_all_of_the_city_read_and_evaluators_decide(client: Client, way: Way, person: str) -> None:
    sign_in(client, make_holder(person, way.plan.district.city))

    found = page(client, f"/desk/{way.plan.pk}/")

    assert LINE in found
    assert (f"/plans/{way.plan.pk}/steps/take_in_hand/" in found) is (person == Role.EVALUATOR)


def steps_on(client: Client, way: Way) -> list[str]:
    return re.findall(rf'href="/plans/{way.plan.pk}/steps/(\w+)/"', page(client, f"/desk/{way.plan.pk}/"))


def test_desk_plan_offers_the_steps_whose_turn_it_is(client: Client, way: Way) -> None:
    sign_in(client, way.evaluator)
    assert steps_on(client, way) == ["take_in_hand"]

    way.go("take_in_hand")
    assert steps_on(client, way) == ["put_back", "return", "approve"]

    sign_in(client, make_holder(Role.EVALUATOR, way.plan.district.city))
    assert steps_on(client, way) == []
    assert f"{way.evaluator} has this plan in hand" in page(client, f"/desk/{way.plan.pk}/")

    way.go("approve")
    assert steps_on(client, way) == []
    assert "This round is decided." in page(client, f"/desk/{way.plan.pk}/")


def test_a_step_of_the_city_leads_back_to_the_desk(client: Client, way: Way) -> None:
    sign_in(client, way.evaluator)
    path = f"/plans/{way.plan.pk}/steps/take_in_hand/"
    form = client.get(path).context["form"]

    response = client.post(path, {name: form[name].value() or "" for name in form.fields})

    assert response.headers["Location"] == f"/desk/{way.plan.pk}/"


@pytest.mark.parametrize("since", ["", "round"])
def test_what_changed_since_the_last_round_is_marked(client: Client, way: Way, since: str) -> None:
    way.go("take_in_hand", "return")
    revise_line(way)
    way.go(*FILING)
    sign_in(client, way.evaluator)

    response = client.get(f"/desk/{way.plan.pk}/?since={since}")

    reading = response.context["reading"]
    uid = str(way.line(NEW).uid)
    assert [(line.uid, line.state) for line in reading.changes] == [(uid, "修正")]
    found = response.content.decode()
    assert f'id="i-{uid}" class="item hang in-1" data-change="changed"><span class="marks">' in found
    assert found.count("data-change=") == 1
    assert f'href="#i-{uid}"' in found
    assert (reading.round, reading.key) == (2, "version:2")


def test_what_changed_since_last_years_plan_is_marked_too(client: Client) -> None:
    before = make_way(*FILING, "take_in_hand", "approve", year=2025)
    way = make_way(*FILING, district=before.plan.district, evaluator=before.evaluator)
    before.go("revise", at=dt.datetime(2025, 6, 1, tzinfo=dt.UTC))
    revise_line(before, "還沒有核定的去年文字。")
    sign_in(client, way.evaluator)

    response = client.get(f"/desk/{way.plan.pk}/?since=year")

    assert response.context["reading"].since.key == "year"
    assert "還沒有核定的去年文字" not in response.content.decode()
    assert "plan:" not in response.content.decode()  # the page of the comparison would not be there


def test_a_plan_filed_the_first_time_is_compared_with_nothing(client: Client, way: Way) -> None:
    sign_in(client, way.evaluator)

    assert "the first time this plan is filed" in page(client, f"/desk/{way.plan.pk}/?since=round")


def test_desk_plan_goes_from_plan_to_plan_of_the_list_shown(client: Client, way: Way) -> None:
    city = way.plan.district.city
    ways = [way, *(make_way(*FILING, district=make_district(city)) for _ in range(2))]
    for count, one in enumerate(ways):
        Plan.objects.filter(pk=one.plan.pk).update(filed_at=NOW + dt.timedelta(days=count))
    sign_in(client, way.evaluator)

    found = page(client, f"/desk/{ways[1].plan.pk}/?show=nobody")

    assert f'href="/desk/{ways[0].plan.pk}/?show=nobody" aria-keyshortcuts="Alt+P"' in found
    assert f'href="/desk/{ways[2].plan.pk}/?show=nobody" aria-keyshortcuts="Alt+N"' in found
    assert "2 of 3" in found


def test_neighbours_of_a_plan_that_left_the_list_are_the_first_of_it() -> None:
    assert neighbours([4, 5], 9).next == 4
    assert neighbours([], 9).next is None
    assert (neighbours([4, 5], 4).previous, neighbours([4, 5], 5).next) == (None, None)


@pytest.mark.parametrize("plans", [1, 3])
def test_desk_plan_costs_the_same_for_any_number_of_plans(
    client: Client, plans: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    way = make_way(*FILING, "take_in_hand")
    for _ in range(plans):
        say(way, "請補正。")
        make_way(*FILING, district=make_district(way.plan.district.city))
    way.go("return")
    revise_line(way)
    for remark in Remark.objects.all():
        answer_remark(
            way.plan.pk, remark.pk, actor=way.secretary, adoption="accepted", text="", at=timezone.now()
        )
    way.go(*FILING, "take_in_hand")
    for _ in range(plans):
        say(way, "再請補正。", NEW)
    sign_in(client, way.evaluator)
    client.get(f"/desk/{way.plan.pk}/")

    with django_assert_num_queries(13):
        client.get(f"/desk/{way.plan.pk}/")


# -- stakes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "is_refused"),
    [
        (dt.date(2020, 1, 1), None, True),
        (dt.date(2025, 12, 1), dt.date(2025, 12, 31), True),
        (dt.date(2026, 3, 1), dt.date(2026, 3, 31), True),
        (dt.date(2020, 1, 1), dt.date(2024, 12, 31), False),
    ],
)
@pytest.mark.parametrize("at_unit", [True, False])
@pytest.mark.parametrize("is_superuser", [True, False])
def test_who_served_in_the_agency_reads_and_does_not_decide(
    client: Client, way: Way, since: dt.date, until: dt.date | None, *, is_refused: bool, at_unit: bool,
    is_superuser: bool,
) -> None:  # fmt: skip
    user, district = way.evaluator, way.plan.district
    User.objects.filter(pk=user.pk).update(is_superuser=is_superuser)
    place: dict[str, Any] = (
        {"role": Role.UNIT_STAFF, "unit": make_unit(district)}
        if at_unit
        else {"role": Role.SECRETARIAT, "district": district}
    )
    Appointment.objects.create(user=user, starts_on=since, ends_on=until, **place)
    sign_in(client, user)

    found = page(client, f"/desk/{way.plan.pk}/")

    assert (steps_on(client, way) == []) is is_refused
    assert ("You may read this plan but not judge it" in found) is is_refused
    assert client.get("/desk/").context["rows"][0].has_stake is is_refused
    for path in ("steps/take_in_hand/",):
        assert client.get(f"/plans/{way.plan.pk}/{path}").status_code == (403 if is_refused else 200)
    assert client.get(f"/desk/{way.plan.pk}/remarks/add/").status_code == (403 if is_refused else 200)


def test_who_took_a_step_for_the_district_does_not_decide(client: Client, way: Way) -> None:
    Appointment.objects.filter(user=way.secretary).update(
        starts_on=dt.date(2010, 1, 1), ends_on=dt.date(2011, 1, 1)
    )
    Appointment.objects.create(
        user=way.secretary, role=Role.EVALUATOR, city=way.plan.district.city, starts_on=LONG_AGO
    )
    sign_in(client, way.secretary)

    assert steps_on(client, way) == []
    assert client.get("/desk/").context["rows"][0].has_stake is True


def test_the_worklist_knows_a_stake_as_the_step_does(way: Way) -> None:
    district = way.plan.district
    for since, until in [(2019, 2024), (2024, 2025), (2026, 2026), (2027, 2030)]:
        person = make_secretary(make_district(district.city))
        Appointment.objects.create(user=person, role=Role.EVALUATOR, city=district.city, starts_on=LONG_AGO)
        Appointment.objects.create(
            user=person,
            role=Role.UNIT_STAFF,
            unit=make_unit(district),
            starts_on=dt.date(since, 1, 1),
            ends_on=dt.date(until, 12, 31),
        )
        overseer = get_overseer(person, on=dt.date(2026, 5, 1))

        assert overseer.served(district.pk, way.plan.year) == has_stake(person, way.plan)


# -- remarks and answers ------------------------------------------------------------------------------


def test_remark_add_pins_a_remark_to_a_line(client: Client, way: Way) -> None:
    way.go("take_in_hand")
    sign_in(client, way.evaluator)
    uid = way.line(LINE).uid
    path = f"/desk/{way.plan.pk}/remarks/add/?line={uid}"
    assert f'class="pin" href="{path}"' in page(client, f"/desk/{way.plan.pk}/")
    assert LINE in page(client, path)

    response = client.post(path, {"text": "請敘明<b>時段</b>。", "token": str(uuid.uuid4())})

    assert response.headers["Location"] == f"/desk/{way.plan.pk}/#i-{uid}"
    remark = Remark.objects.get()
    found = page(client, f"/desk/{way.plan.pk}/")
    assert "請敘明&lt;b&gt;時段&lt;/b&gt;。" in found
    assert f'<a class="mark mark--remark" href="#r-{remark.pk}">Remark 1</a>' in found


def test_beside_the_sheet_a_remark_has_the_page_loaded_anew(client: Client, way: Way) -> None:
    way.go("take_in_hand")
    sign_in(client, way.evaluator)
    path, beside = f"/desk/{way.plan.pk}/remarks/add/", {"HX-Request": "true"}

    assert "<!DOCTYPE" not in client.get(path, headers=beside).content.decode()
    assert client.post(path, {"text": " "}, headers=beside).status_code == 422
    response = client.post(path, {"text": "整體可行。"}, headers=beside)

    assert (response.status_code, response.headers["HX-Refresh"]) == (204, "true")


@pytest.mark.parametrize("line", ["nonsense", "7d444840-9dc0-11d1-b245-5ffdce74fad2"])
def test_remark_add_knows_no_line_that_is_not_in_the_plan(client: Client, way: Way, line: str) -> None:
    way.go("take_in_hand")
    sign_in(client, way.evaluator)

    assert client.get(f"/desk/{way.plan.pk}/remarks/add/?line={line}").status_code == 404


def test_a_remark_without_the_plan_in_hand_is_refused_in_words(client: Client, way: Way) -> None:
    sign_in(client, way.evaluator)

    response = client.post(f"/desk/{way.plan.pk}/remarks/add/", {"text": "一"})

    assert response.status_code == 422
    assert "Take the plan in hand first." in response.content.decode()
    assert 'class="pin"' not in page(client, f"/desk/{way.plan.pk}/")


def test_remark_edit_changes_and_removes(client: Client, way: Way) -> None:
    way.go("take_in_hand")
    remark = say(way, "一")
    sign_in(client, way.evaluator)
    path = f"/desk/{way.plan.pk}/remarks/{remark.pk}"

    client.post(f"{path}/edit/", {"text": "二"})
    assert Remark.objects.get().text == "二"
    client.post(f"{path}/delete/")
    assert not Remark.objects.exists()


def test_drafts_are_the_citys_alone_until_the_plan_is_returned(client: Client, way: Way) -> None:
    way.go("take_in_hand")
    remark = say(way, "請補充說明。")
    paths = [
        f"/plans/{way.plan.pk}/{path}" for path in ("", "responses/", "comments/", "history/", "events/")
    ]
    sign_in(client, way.secretary)
    assert not [path for path in paths if "請補充說明。" in page(client, path)]
    assert client.get(f"/plans/{way.plan.pk}/responses/{remark.pk}/").status_code == 404
    sign_in(client, make_holder(Role.AUDITOR, way.plan.district.city))
    assert "請補充說明。" in page(client, f"/desk/{way.plan.pk}/")
    # Who works for the city and in the agency reads what the agency reads.
    both = make_holder(Role.EVALUATOR, way.plan.district.city)
    Appointment.objects.create(
        user=both, role=Role.DISTRICT_HEAD, district=way.plan.district, starts_on=LONG_AGO
    )
    sign_in(client, both)
    assert "請補充說明。" not in page(client, f"/desk/{way.plan.pk}/")

    way.go("return")

    sign_in(client, way.secretary)
    assert "請補充說明。" in page(client, f"/plans/{way.plan.pk}/responses/")


def test_the_district_answers_line_by_line_and_the_city_reads_it_with_the_next_filing(
    client: Client, way: Way
) -> None:
    way.go("take_in_hand")
    first, second = say(way, "第一點。"), say(way, "第二點。")
    way.go("return", comment="請依意見補正。")
    sign_in(client, way.secretary)
    table = f"/plans/{way.plan.pk}/responses/"
    assert "2 remarks have no answer yet" in page(client, table)

    response = client.post(f"{table}{first.pk}/", {"adoption": "accepted", "text": "已補充。"})
    assert response.headers["Location"] == f"{table}#r-{first.pk}"
    assert client.post(f"{table}{second.pk}/", {"adoption": "not", "text": ""}).status_code == 422
    client.post(f"{table}{second.pk}/", {"adoption": "partly", "text": "限於人力。"})

    found = page(client, table)
    assert "Every remark is answered." in found
    assert "請依意見補正。" in found
    sign_in(client, way.evaluator)
    assert client.get(table).status_code == 404
    way.go(*FILING)
    found = page(client, f"/desk/{way.plan.pk}/")
    assert "已補充。" in found
    assert "限於人力。" in found
    assert "第一點。" in page(client, table)


def test_an_answer_proposes_the_units_of_the_line_until_something_is_answered(
    client: Client, way: Way
) -> None:
    way.go("take_in_hand")
    remark, whole = say(way, "第一點。"), say(way, "整體。", None)
    way.go("return", comment="請依意見補正。")
    unit = way.plan.district.units.get(name="民政課")
    Responsibility.objects.filter(item__plan=way.plan).delete()
    Responsibility.objects.create(item=way.line("便民服務"), unit=unit, position=1)
    sign_in(client, way.secretary)
    address = f"/plans/{way.plan.pk}/responses/"

    def proposed(key: int) -> list[int]:
        return client.get(f"{address}{key}/").context["form"]["units"].value()

    assert [proposed(remark.pk), proposed(whole.pk)] == [[unit.pk], []]
    client.post(f"{address}{remark.pk}/", {"adoption": "accepted", "text": "已補充。"})
    assert proposed(remark.pk) == []


@pytest.mark.parametrize("person", ["section_chief", "unit_staff", "district_head", *CITY])
def test_only_the_secretariat_answers(client: Client, way: Way, person: str) -> None:
    from tests.permission_table import Case  # only its district is asked for

    way.go("take_in_hand")
    remark = say(way, "第一點。")
    way.go("approve")  # so that the city sees the plan
    user = make_person(person, Case(way.plan.district, way.plan, None, None))  # type: ignore[arg-type]  # see above
    assert user is not None
    client.force_login(user)

    assert client.get(f"/plans/{way.plan.pk}/responses/").status_code == 200
    assert client.get(f"/plans/{way.plan.pk}/responses/{remark.pk}/").status_code == 403
    assert client.post(f"/plans/{way.plan.pk}/responses/{remark.pk}/").status_code == 403


def test_a_plan_that_left_the_desk_is_not_there(client: Client, way: Way) -> None:
    way.go("take_in_hand", "return")
    sign_in(client, way.evaluator)

    assert client.get(f"/desk/{way.plan.pk}/").headers["Location"] == "/desk/"
    assert way.plan.status == PlanStatus.DRAFT
