from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from progress.models import Finding, FindingOrigin
from progress.services.findings import add_finding, take_finding_step
from tests.builders import make_district, make_holder, make_secretary
from tests.progress.rows import IN_FIRST, Year, make_year

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 20)
LATER = dt.date(2026, 4, 30)


@pytest.fixture(autouse=True)
def in_first_quarter() -> Any:
    with time_machine.travel(IN_FIRST, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    return make_year()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def find(year: Year, *, origin: str = FindingOrigin.DISTRICT, **values: Any) -> Finding:
    wanted = {
        "unit": year.units["民政課"],
        "line": year.line("法律諮詢"),
        "checked_on": TODAY,
        "text": "諮詢紀錄未依期限歸檔。",
        "measure": "補齊紀錄並指定專人。",
        "due_on": dt.date(2026, 4, 10),
    } | values
    return add_finding(year.plan, actor=year.secretary, origin=origin, at=IN_FIRST, **wanted)


def test_the_unit_is_told_answers_and_the_finding_is_released(year: Year) -> None:
    people = year.staff()
    finding = find(year)
    assert "諮詢紀錄未依期限歸檔" in str(people.notices.get())

    take_finding_step(finding.pk, "answer", actor=people, text="已補齊。", at=IN_FIRST)
    take_finding_step(
        finding.pk,
        "follow",
        actor=year.secretary,
        text="尚缺二月。",
        due_on=dt.date(2026, 4, 30),
        at=IN_FIRST,
    )
    finding = take_finding_step(finding.pk, "release", actor=year.secretary, text="查核無誤。", at=IN_FIRST)

    assert (finding.state, finding.due_on) == ("released", dt.date(2026, 4, 30))
    assert [entry.step for entry in finding.entries.all()] == ["answer", "follow", "release"]
    assert year.secretary.notices.count() == 1
    with pytest.raises(ValidationError, match="解除列管"):
        take_finding_step(finding.pk, "answer", actor=people, text="再補充。", at=IN_FIRST)
    assert (
        take_finding_step(finding.pk, "reopen", actor=year.secretary, text="又發生。", at=IN_FIRST).state
        == "followed"
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"checked_on": dt.date(2026, 3, 21)}, "checked_on"),
        ({"due_on": dt.date(2026, 3, 19)}, "due_on"),
        ({"checked_on": dt.date(2026, 3, 2), "due_on": dt.date(2026, 3, 19)}, "due_on"),  # it has passed
        ({"due_on": dt.date(2046, 3, 19)}, "due_on"),
        ({"text": "  "}, "text"),
        ({"measure": ""}, "measure"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(year: Year, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        find(year, **values)
    assert list(refused.value.message_dict) == [field]


def test_overdue_is_what_is_followed_and_past_its_day(year: Year) -> None:
    late, released = find(year), find(year, text="值勤表未陳核。")
    find(year, due_on=dt.date(2026, 4, 11))
    take_finding_step(released.pk, "release", actor=year.secretary, text="好。", at=IN_FIRST)
    assert list(Finding.objects.overdue(dt.date(2026, 4, 11))) == [late]


def test_through_the_pages(year: Year) -> None:
    secretary = as_(year.secretary)
    data = {
        "unit": year.units["民政課"].pk,
        "line": "",
        "checked_on": "115.3.19",
        "text": "櫃檯無人。",
        "measure": "排定輪值。",
        "due_on": "115.4.1",
    }
    response = secretary.post(f"/plans/{year.plan.pk}/findings/new/", data)
    finding = Finding.objects.get()
    assert response.headers["Location"] == f"/findings/{finding.pk}/"
    assert secretary.post(f"/plans/{year.plan.pk}/findings/new/", data | {"text": ""}).status_code == 422

    unit = as_(year.staff())
    assert unit.post(f"/findings/{finding.pk}/answer/", {"text": "已排班。"}).status_code == 302
    assert unit.post(f"/findings/{finding.pk}/release/", {"text": "自己解除"}).status_code == 403
    assert unit.get(f"/plans/{year.plan.pk}/findings/new/").status_code == 403
    page = secretary.get(f"/findings/{finding.pk}/").content.decode()
    assert "已排班。" in page
    assert "解除列管" in page
    assert (
        as_(year.staff("社會課")).post(f"/findings/{finding.pk}/answer/", {"text": "他課"}).status_code == 403
    )


def test_the_city_sees_and_releases_those_of_its_own_checks(year: Year) -> None:
    city = as_(make_holder(Role.EVALUATOR, year.district.city))
    own, other = find(year, origin=FindingOrigin.CITY), find(year)

    assert city.get(f"/findings/{own.pk}/").status_code == 200
    assert city.get(f"/findings/{other.pk}/").status_code == 404
    assert as_(year.secretary).post(f"/findings/{own.pk}/release/", {"text": "代為解除"}).status_code == 403
    assert city.post(f"/findings/{own.pk}/release/", {"text": "改善完成"}).status_code == 302
    own.refresh_from_db()
    assert own.state == "released"
    auditor = as_(make_holder(Role.AUDITOR, year.district.city))
    assert auditor.get(f"/plans/{year.plan.pk}/findings/").status_code == 200
    assert auditor.get(f"/plans/{year.plan.pk}/findings/new/").status_code == 403


def test_another_district_sees_none(year: Year) -> None:
    finding = find(year)
    other = as_(make_secretary(make_district(year.district.city)))
    paths = (
        f"/plans/{year.plan.pk}/findings/",
        f"/findings/{finding.pk}/",
        f"/findings/{finding.pk}/release/",
    )
    assert [other.get(path).status_code for path in paths] == [404] * 3
    assert [as_(year.secretary).get(path).status_code for path in paths] == [200] * 3


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    year: Year, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(count):
        find(year, text=f"第{n}件。")
    client = as_(year.secretary)
    with django_assert_num_queries(3):
        page = client.get(f"/plans/{year.plan.pk}/findings/").content.decode()
    assert page.count('scope="row"') == count


def test_notices_name_the_plan_the_finding_and_the_day(year: Year) -> None:
    people = year.staff()
    finding = find(year)
    take_finding_step(finding.pk, "answer", actor=people, text="已補齊。", at=IN_FIRST)
    assert "諮詢紀錄未依期限歸檔。」：已補齊。" in str(year.secretary.notices.latest("pk"))
    assert year.plan.title in str(year.secretary.notices.latest("pk"))
    take_finding_step(
        finding.pk, "follow", actor=year.secretary, text="再補。", due_on=dt.date(2026, 4, 30), at=IN_FIRST
    )
    assert "持續列管，改善期限115年4月30日：再補。" in str(people.notices.latest("pk"))


def test_whose_check_it_was_is_told_where_no_step_can_be_taken(year: Year) -> None:
    finding = find(year, origin=FindingOrigin.CITY)
    page = as_(year.secretary).get(f"/findings/{finding.pk}/").content.decode()
    assert "由市府決定持續列管或解除列管" in page
    assert "市府" in as_(year.secretary).get(f"/plans/{year.plan.pk}/findings/").content.decode()


def test_what_is_answered_is_told_on_its_page(year: Year) -> None:
    finding = find(year)
    address = f"/findings/{finding.pk}/"
    assert "待審認" not in as_(year.secretary).get(address).content.decode()
    take_finding_step(finding.pk, "answer", actor=year.staff(), text="已補齊。", at=IN_FIRST)
    assert "已回復，待審認" in as_(year.secretary).get(address).content.decode()
