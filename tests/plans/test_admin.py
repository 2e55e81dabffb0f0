from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.sites import site as admin_site
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import City, District, Notice, Unit, User
from documents.models import ImportDraft, RenderedFile
from indicators.models import Indicator, YearlyTarget
from plans.enums import Kind, Layout
from plans.models import (
    Attachment,
    Comment,
    Criterion,
    Framework,
    Item,
    Plan,
    PlanEvent,
    PlanVersion,
    Presence,
    RefusedReading,
    Responsibility,
    RosterRow,
    TakenStep,
    UnitPart,
    WritingRound,
)

pytestmark = pytest.mark.django_db

WITH_HISTORY = [
    "plans/plan",
    "plans/item",
    "plans/responsibility",
    "plans/rosterrow",
    "plans/attachment",
    "plans/writinground",
    "plans/unitpart",
    "plans/comment",
    "indicators/indicator",
    "indicators/yearlytarget",
]
READ_ONLY = [
    *WITH_HISTORY,
    "plans/planversion",
    "plans/planevent",
    "plans/presence",
    "plans/takenstep",
    "plans/refusedreading",
    "accounts/notice",
    "documents/importdraft",
    "documents/renderedfile",
]


@pytest.fixture
def site(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", password="x"))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def framework() -> Framework:
    city = City.objects.create(name="甲市", code="90000")
    framework = Framework.objects.create(city=city, name="架構", first_year=2025, total_points=100)
    rows: dict[str, Criterion] = {}
    for code, points in [("1", 60), ("1.1", 20), ("1.2", 40), ("2", 40)]:
        rows[code] = Criterion.objects.create(
            framework=framework,
            parent=rows.get(code[:-2]),
            code=code,
            position=int(code[-1]),
            title=f"標題{code}",
            points=points,
        )
    return framework


def make_plan(name: str) -> dict[str, Any]:
    """Make one row of every model that is read-only, all hanging together. Return them by their address."""
    city, _made = City.objects.get_or_create(name="乙市", code="91000")
    district = District.objects.create(city=city, name=name, code=name, agency_name=f"{name}公所")
    unit = Unit.objects.create(district=district, name="民政課")
    plan = Plan.objects.create(district=district, year=2026, title=f"臺灣{name}計畫")
    indicator = Indicator.objects.create(district=district, name="課程", counted_in="場", unit=unit)
    item = Item.objects.create(plan=plan, position=1, kind=Kind.TABLE, title="編組", layout=Layout.ROSTER)
    item.indicators.add(indicator)
    user = User.objects.create_user(name)
    moment = timezone.now()
    opened = WritingRound.objects.create(plan=plan, due_on=moment.date(), opened_by=user, opened_at=moment)
    return {
        "plans/plan": plan,
        "plans/item": item,
        "plans/responsibility": Responsibility.objects.create(item=item, unit=unit),
        "plans/rosterrow": RosterRow.objects.create(item=item, position=1, title="召集人"),
        "indicators/indicator": indicator,
        "indicators/yearlytarget": YearlyTarget.objects.create(indicator=indicator, year=2026, value=3),
        "plans/attachment": Attachment.objects.create(
            plan=plan, position=0, title="附件", file="x.pdf", file_name="x.pdf", size=1
        ),
        "plans/writinground": opened,
        "plans/unitpart": UnitPart.objects.create(round=opened, unit=unit, changed_by=user),
        "plans/comment": Comment.objects.create(
            plan=plan, item=item, author=user, text=f"{name}的意見", written_at=moment
        ),
        "plans/planversion": PlanVersion.objects.create(
            plan=plan, number=1, content='{"secret": 1}', sha256="a" * 64, made_by=user, made_at=moment
        ),
        "plans/planevent": PlanEvent.objects.create(
            plan=plan, number=1, step="sign", before="draft", after="signing", actor=user, at=moment
        ),
        "plans/presence": Presence.objects.create(plan=plan, user=user, item=item, seen_at=moment),
        "plans/takenstep": TakenStep.objects.create(plan=plan, actor=user),
        "plans/refusedreading": RefusedReading.objects.create(
            item=item, reading="r", quote="12場", refused_by=user
        ),
        "accounts/notice": Notice.objects.create(
            recipient=user, sender=user, words="Plan", address="/", sent_at=moment
        ),
        "documents/importdraft": ImportDraft.objects.create(
            district=district, year=2026, source="壹、依據", made_by=user, file_name=name
        ),
        "documents/renderedfile": RenderedFile.objects.create(
            key=name, plan=plan, format="pdf", content="{}"
        ),
    }


# Looking without touching


def test_even_a_superuser_may_only_look(site: Client) -> None:
    rows = make_plan("一區")
    before = {address: list(type(row).objects.values()) for address, row in rows.items()}
    assert set(rows) == set(READ_ONLY)

    answers = {}
    for address, row in rows.items():
        url = f"/admin/{address}/"
        listed = site.get(url)
        answers[address] = [
            (listed.status_code, listed.context["cl"].result_count),
            site.get(f"{url}{row.pk}/change/").status_code,
            site.get(f"{url}add/").status_code,
            site.post(f"{url}{row.pk}/change/", {"title": "x", "name": "x"}).status_code,
            site.post(f"{url}{row.pk}/delete/", {"post": "yes"}).status_code,
        ]
        site.post(url, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})

    assert answers == {address: [(200, 1), 200, 403, 403, 403] for address in rows}
    assert {address: list(type(row).objects.values()) for address, row in rows.items()} == before


def test_history_is_shown_and_nothing_can_be_turned_back_by_it(site: Client) -> None:
    rows = {address: row for address, row in make_plan("一區").items() if address in WITH_HISTORY}
    before = {address: list(type(row).objects.values()) for address, row in rows.items()}

    answers = {}
    for address, row in rows.items():
        url = f"/admin/{address}/{row.pk}/history/"
        version = f"{url}{row.history.latest().pk}/"
        answers[address] = [site.get(url).status_code, site.get(version).status_code]
        site.post(version, {"title": "x", "name": "x", "year": "1"})

    assert answers == {address: [200, 200] for address in WITH_HISTORY}
    assert {address: list(type(row).objects.values()) for address, row in rows.items()} == before
    assert {address: row.history.count() for address, row in rows.items()} == dict.fromkeys(WITH_HISTORY, 1)


def test_lists_cost_the_same_for_any_number_of_rows(site: Client, framework: Framework) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert site.get(f"/admin/{address}/").status_code == 200
        return len(queries)

    addresses = [*READ_ONLY, "plans/criterion", "plans/framework"]
    make_plan("一區")
    for address in addresses:
        cost(address)
    with_one = {address: cost(address) for address in addresses}
    make_plan("二區")
    make_plan("三區")
    for number in (1, 2):
        more = Framework.objects.create(city=framework.city, name=f"架構{number}", first_year=2025)
        Criterion.objects.create(framework=more, code="1", position=1, title="標題")

    assert {address: cost(address) for address in addresses} == with_one
    assert {address: queries for address, queries in with_one.items() if queries > 12} == {}


def test_every_model_of_plans_and_people_is_in_the_admin() -> None:
    registered = {model for model in admin_site._registry if model._meta.app_label in {"plans", "accounts"}}
    models = {
        model
        for app in ("plans", "accounts")
        for model in apps.get_app_config(app).get_models()
        if not model.__name__.startswith("Historical")
    }

    assert registered == models


def test_each_list_can_be_searched_and_filtered(site: Client) -> None:
    make_plan("一區")

    found = {}
    for address in READ_ONLY:
        everything = site.get(f"/admin/{address}/").context["cl"]
        nothing = site.get(f"/admin/{address}/", {"q": "沒有這個詞"}).context["cl"]
        found[address] = (nothing.result_count, everything.has_filters)

    assert found == dict.fromkeys(READ_ONLY, (0, True))


def test_what_a_version_holds_is_no_field_to_edit(site: Client) -> None:
    version = make_plan("一區")["plans/planversion"]

    page = site.get(f"/admin/plans/planversion/{version.pk}/change/").content.decode()

    assert version.sha256 in page
    assert "secret" not in page


def test_an_attachment_is_no_link_past_its_plan(site: Client) -> None:
    attachment = make_plan("一區")["plans/attachment"]

    page = site.get(f"/admin/plans/attachment/{attachment.pk}/change/").content.decode()

    assert 'x.pdf"' not in page


@pytest.mark.parametrize("words", ["臺灣一區", "台灣 一區", "一區公所"])
def test_plans_are_found_whatever_the_spelling(site: Client, words: str) -> None:
    for name in ("一區", "二區"):
        plan = make_plan(name)["plans/plan"]
        # Kept by the services; here the rows are made without them.
        Plan.objects.filter(pk=plan.pk).update(search_text=f"台灣{name}計畫{name}公所")

    found = site.get("/admin/plans/plan/", {"q": words}).context["cl"].result_list

    assert [plan.district.name for plan in found] == ["一區"]


# Frameworks


def save(site: Client, framework: Framework, rows: list[dict[str, Any]], **values: Any) -> Any:
    """Post the framework's page with these criteria: those with an id are there already."""
    data = {
        "city": framework.city_id,
        "name": framework.name,
        "first_year": framework.first_year,
        "level_names": "",
        "total_points": framework.total_points or "",
        "status": framework.status,
        "criteria-TOTAL_FORMS": len(rows),
        "criteria-INITIAL_FORMS": len([row for row in rows if row.get("id")]),
        **values,
    }
    for at, row in enumerate(rows):
        data |= {f"criteria-{at}-{name}": value for name, value in row.items() if value is not None}
        data[f"criteria-{at}-framework"] = framework.pk
    return site.post(f"/admin/plans/framework/{framework.pk}/change/", data)


def page_rows(framework: Framework) -> list[dict[str, Any]]:
    return [
        {"id": row.pk, "code": row.code, "title": row.title, "points": row.points, "guidance": row.guidance}
        for row in framework.criteria.order_by("code")
    ]


def tree(framework: Framework) -> list[tuple[str, str, str | None, int]]:
    return [
        (row.code, row.title, row.parent.title if row.parent else None, row.position)
        for row in framework.criteria.select_related("parent").order_by("code")
    ]


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request) if message.level_tag == "warning"]


def test_the_code_places_a_new_criterion(site: Client, framework: Framework) -> None:
    rows = [*page_rows(framework), {"code": "2.10", "title": "新"}, {"code": "2.9", "title": "舊"}]

    assert save(site, framework, rows).status_code == 302

    assert tree(framework)[-2:] == [("2.10", "新", "標題2", 10), ("2.9", "舊", "標題2", 9)]


def test_criteria_change_places_and_take_what_is_below_along(site: Client, framework: Framework) -> None:
    rows = page_rows(framework)
    for row in rows:
        row["code"] = {"1": "2", "1.1": "2.2", "1.2": "2.1", "2": "1"}[row["code"]]

    assert save(site, framework, rows).status_code == 302

    assert tree(framework) == [
        ("1", "標題2", None, 1),
        ("2", "標題1", None, 2),
        ("2.1", "標題1.2", "標題1", 1),
        ("2.2", "標題1.1", "標題1", 2),
    ]


def test_a_criterion_moved_away_outlives_the_one_it_stood_under(site: Client, framework: Framework) -> None:
    rows = page_rows(framework)
    for row in rows:
        if row["code"] in {"1", "1.2"}:
            row["DELETE"] = "on"
        elif row["code"] == "1.1":
            row["code"] = "1"

    assert save(site, framework, rows).status_code == 302

    assert tree(framework) == [("1", "標題1.1", None, 1), ("2", "標題2", None, 2)]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("3.1", "Nothing stands above 3.1. Add the criterion 3, or change the code."),
        ("1.1", "The code 1.1 is given twice. Give each criterion its own."),
        ("a", "“a” is not a code. Write the positions with dots between, such as 1.2."),
    ],
)
def test_codes_that_make_no_tree_are_refused_in_words(
    site: Client, framework: Framework, code: str, problem: str
) -> None:
    before = tree(framework)

    response = save(site, framework, [*page_rows(framework), {"code": code, "title": "新"}])

    assert response.status_code == 200
    assert problem in str(response.context["inline_admin_formsets"][0].formset.non_form_errors())
    assert tree(framework) == before


def test_saving_says_where_points_do_not_add_up_and_saves_all_the_same(
    site: Client, framework: Framework
) -> None:
    assert said(save(site, framework, page_rows(framework))) == []

    rows = page_rows(framework)
    rows[1]["points"] = Decimal(25)
    response = save(site, framework, rows, total_points="90")

    assert said(response) == [
        "The framework has 90 points, but what stands below it has 100.",
        "1 標題1 has 60 points, but what stands below it has 65.",
    ]
    assert Criterion.objects.get(framework=framework, code="1.1").points == 25


def test_saving_a_single_criterion_says_so_too(site: Client, framework: Framework) -> None:
    row = Criterion.objects.get(framework=framework, code="2")
    url = f"/admin/plans/criterion/{row.pk}/change/"

    response = site.post(url, {"title": "改", "points": "30", "guidance": "", "code": "9", "position": "9"})

    assert said(response) == ["The framework has 100 points, but what stands below it has 90."]
    row.refresh_from_db()
    assert (row.title, row.points, row.code, row.position) == ("改", 30, "2", 2)


def test_the_page_of_a_framework_costs_the_same_for_any_number_of_criteria(
    site: Client, framework: Framework
) -> None:
    url = f"/admin/plans/framework/{framework.pk}/change/"

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert site.get(url).status_code == 200
        return len(queries)

    cost()
    with_four = cost()
    for position in range(3, 30):
        Criterion.objects.create(framework=framework, code=str(position), position=position, title="x")

    assert cost() == with_four


def test_a_framework_keeps_its_history(site: Client, framework: Framework) -> None:
    save(site, framework, page_rows(framework), name="新架構")

    latest = framework.history.latest()
    assert (latest.name, latest.history_user.username) == ("新架構", "root")
    assert latest.history_date.date() >= dt.date(2025, 1, 1)


def test_criteria_come_and_go_on_the_page_of_their_framework_alone(
    site: Client, framework: Framework
) -> None:
    (criterion,) = framework.criteria.filter(code="2")
    assert site.get(f"/admin/plans/criterion/{criterion.pk}/change/").status_code == 200

    assert site.get("/admin/plans/criterion/add/").status_code == 403
    assert site.post(f"/admin/plans/criterion/{criterion.pk}/delete/", {"post": "yes"}).status_code == 403
    assert framework.criteria.count() == 4
