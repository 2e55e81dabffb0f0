"""While a plan in force is written or signed anew, its city reads what is in force, and nothing else."""

from __future__ import annotations

import datetime as dt
from copy import deepcopy

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client

from accounts.enums import Role
from documents.models import IN_FORCE, FileState, RenderedFile
from documents.services import request_version
from plans.enums import PlanStatus
from plans.models import Plan
from plans.queries.documents import plan_document
from plans.services.items import save_item, values_of
from plans.services.plans import search_text
from tests.builders import make_district, make_holder
from tests.permission_table import CITY, ENDPOINTS, Case
from tests.review.desk_rows import FILING, LETTER, Way, make_way
from tests.test_permission_table import case as draft  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db
NEW = "尚未核定的文字。"
APPROVED = (*FILING, "take_in_hand", "approve")
# What the city gets of a plan that is being revised. Everything else that is the plan's own is 404.
OPEN = {
    "plans:plan-detail": 302,  # leads to the version in force
    "review:in-force": 200,
    "review:in-force-pdf": 200,
    "review:in-force-json": 200,
}


@pytest.fixture(scope="module")
def revised(kept: None) -> Way:
    """Return a plan being revised, one line of which says something new, as its title does."""
    way = make_way(*APPROVED, "revise")
    line = way.line("每週二延長服務時間。")
    save_item(way.plan.pk, line.uid, actor=way.secretary, base=values_of(line), values={"text": NEW})
    Plan.objects.filter(pk=way.plan.pk).update(title="秘密的新名稱", subtitle="秘密的副題")
    way.plan.refresh_from_db()
    Plan.objects.filter(pk=way.plan.pk).update(search_text=search_text(way.plan))
    return way


@pytest.fixture
def way(revised: Way) -> Way:
    return deepcopy(revised)


@pytest.mark.parametrize("person", CITY)
@pytest.mark.parametrize("status", [PlanStatus.REVISING, PlanStatus.SIGNING])
def test_of_a_plan_being_revised_no_endpoint_shows_the_city_more_than_the_version_in_force(
    draft: Case,  # noqa: F811 -- the fixture
    person: str,
    status: str,
) -> None:
    plan = draft.plan
    version = plan.versions.get()
    Plan.objects.filter(pk=plan.pk).update(status=status, in_force=version)
    client = Client(raise_request_exception=False)
    client.force_login(make_holder(person, draft.district.city))
    own = {
        name: endpoint
        for name, endpoint in ENDPOINTS.items()
        if f"/{plan.pk}/" in endpoint.path(draft) and endpoint.path(draft).startswith(("/plans/", "/desk/"))
    }
    own["documents:file-download"] = ENDPOINTS["documents:file-download"]

    answers = {}
    for name, endpoint in own.items():
        for method in endpoint.methods:
            with transaction.atomic():
                response = getattr(client, method.lower())(endpoint.path(draft), endpoint.data)
                transaction.set_rollback(True)
            answers[name, method] = response.status_code

    assert len(answers) > 60
    wrong = {
        key: status
        for key, status in answers.items()
        if status != (302 if key == ("review:in-force-pdf", "POST") else OPEN.get(key[0], 404))
    }
    assert wrong == {}


def test_the_page_shows_the_version_in_force_and_none_of_the_new_words(client: Client, way: Way) -> None:
    client.force_login(way.evaluator)
    client.cookies.load({"django_language": "en"})

    response = client.get(f"/plans/{way.plan.pk}/", follow=True)

    page = response.content.decode()
    assert response.redirect_chain == [(f"/plans/{way.plan.pk}/in-force/", 302)]
    assert "每週二延長服務時間。" in page
    assert not [word for word in (NEW, "秘密") if word in page]
    assert "being revised" in page


def test_the_json_is_that_of_the_version(client: Client, way: Way) -> None:
    client.force_login(way.evaluator)

    body = client.get(f"/plans/{way.plan.pk}/in-force/json/").content.decode()

    assert way.plan.in_force is not None
    assert body == way.plan.in_force.content


def test_the_list_names_it_by_agency_year_and_series_alone(client: Client, way: Way) -> None:
    client.force_login(way.evaluator)
    client.cookies.load({"django_language": "en"})
    agency = way.plan.district.agency_name

    page = client.get("/plans/").content.decode()

    assert f"{agency}115年度提升服務執行計畫" in page
    assert f'href="/plans/{way.plan.pk}/in-force/"' in page
    assert "being revised" in page
    assert "秘密" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=秘密", 0),
        ("q=公所", 1),
        ("q=提升", 1),
        ("status=revising", 1),
        ("status=signing", 0),
        ("status=approved", 0),
    ],
)
def test_the_search_finds_nothing_by_what_may_not_be_read(
    client: Client, way: Way, query: str, found: int
) -> None:
    way.go("send_for_signature")
    client.force_login(way.evaluator)

    assert len(client.get(f"/plans/?{query}").context["page"]) == found


def test_for_its_own_district_nothing_changes(client: Client, way: Way) -> None:
    client.force_login(way.secretary)

    assert NEW in client.get(f"/plans/{way.plan.pk}/").content.decode()
    assert "秘密的新名稱" in client.get("/plans/?q=秘密").content.decode()
    assert NEW not in client.get(f"/plans/{way.plan.pk}/in-force/").content.decode()


def test_another_citys_evaluator_and_a_district_beside_see_nothing(client: Client, way: Way) -> None:
    others = [
        make_holder(Role.EVALUATOR, make_district().city),
        make_holder(Role.SECRETARIAT, make_district(way.plan.district.city)),
        make_holder(Role.EVALUATOR, way.plan.district.city, until=dt.date(2021, 1, 1)),
    ]
    for other in others:
        client.force_login(other)
        for path in ("", "in-force/", "in-force/pdf/", "in-force/json/"):
            assert client.get(f"/plans/{way.plan.pk}/{path}").status_code == 404
        assert not client.get("/plans/").context["page"].object_list


@pytest.mark.parametrize("steps", [("send_for_signature",), FILING, (*FILING, "take_in_hand", "return")])
def test_the_version_in_force_is_read_all_the_while(client: Client, way: Way, steps: tuple[str, ...]) -> None:
    way.go(*steps)
    client.force_login(way.evaluator)

    page = client.get(f"/plans/{way.plan.pk}/in-force/").content.decode()

    assert "每週二延長服務時間。" in page
    assert NEW not in page


def test_a_plan_never_approved_has_no_version_in_force(client: Client) -> None:
    way = make_way(*FILING)
    client.force_login(way.evaluator)

    assert client.get(f"/plans/{way.plan.pk}/").status_code == 200
    assert client.get(f"/plans/{way.plan.pk}/in-force/").status_code == 404


def made(file: RenderedFile) -> str:
    file.state, file.sha256 = FileState.READY, "0" * 64
    file.file.save("plan.pdf", ContentFile(b"%PDF-1.7"))
    return f"/files/{file.pk}/"


def test_of_its_files_the_city_fetches_that_of_the_version_in_force(client: Client, way: Way) -> None:
    plan = way.plan
    assert plan.in_force is not None
    in_force = made(request_version(plan, plan.in_force))
    working = plan_document(plan).to_json()
    refused = [
        made(RenderedFile(plan=plan, format="pdf", key="k", content=working)),
        made(RenderedFile(plan=plan, format=IN_FORCE, key="l", content=working)),
        made(RenderedFile(plan=plan, format="pdf", key="m", content=plan.in_force.content)),
    ]
    client.force_login(way.evaluator)

    assert client.get(in_force).status_code == 200
    assert [client.get(path).status_code for path in refused] == [404, 404, 404]

    way.go(*FILING, "take_in_hand", "approve")
    assert client.get(in_force).status_code == 200  # superseded, and still one of the filed versions
    client.force_login(way.secretary)
    assert client.get(in_force).status_code == 200


def test_the_pdf_of_the_version_in_force_bears_no_mark_of_a_draft(way: Way) -> None:
    from documents.queries import content_key  # the key tells the two apart

    assert way.plan.in_force is not None
    file = request_version(way.plan, way.plan.in_force)

    assert file.format == IN_FORCE
    assert file.key == content_key(
        way.plan.in_force.content, IN_FORCE, is_draft=False, approval=file.approval
    )


@pytest.mark.parametrize("plans", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_plans(
    client: Client,
    plans: int,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    first = make_way(*APPROVED, "revise")
    for _ in range(plans - 1):
        make_way(*APPROVED, "revise", district=make_district(first.plan.district.city))
    client.force_login(first.evaluator)
    client.get("/plans/")

    with django_assert_num_queries(4):
        assert len(client.get("/plans/").context["page"]) == plans


def test_a_version_that_was_replaced_says_by_what_letter_it_was_approved(client: Client) -> None:
    way = make_way(*FILING, "take_in_hand", "approve", "revise")
    first = way.plan.versions.get()
    client.force_login(way.secretary)
    client.cookies.load({"django_language": "en"})
    address = f"/plans/{way.plan.pk}/versions/{first.number}/"
    words = LETTER.number

    assert words in client.get(address).content.decode()
    assert "Replaced by" not in client.get(address).content.decode()
    way.plan.items.update(text="改了的文字。")
    way.go(*FILING, "take_in_hand", "approve")
    assert words in client.get(address).content.decode()
    assert "Replaced by the version in force" in client.get(address).content.decode()
