"""What pages of a plan offer to whom, and what an address made up by hand is answered."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from plans.document import UnitName
from plans.models import Attachment, Item, Plan
from plans.rights import Rights
from plans.services.items import save_item, values_of
from plans.services.moving import remove_items
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, node
from tests.plans.indicator_rows import make_indicator
from tests.progress.rows import put_in_force

pytestmark = pytest.mark.django_db
CIVIL = "民政課"
JSON = {"Accept": "application/json"}


@pytest.fixture
def plan() -> Plan:
    district = make_district()
    make_unit(district, CIVIL)
    lines = [node(text="一"), node(text="二")]
    heading = node("heading", title="業務", units=(UnitName(CIVIL),), children=lines)
    return make_plan(district, chapters=(node("chapter", title="章", children=[heading]),))


@pytest.fixture
def secretary(plan: Plan) -> User:
    return make_secretary(plan.district)


@pytest.fixture
def clerk(plan: Plan) -> User:
    return make_holder(Role.UNIT_STAFF, plan.district.units.get(name=CIVIL))


@pytest.fixture
def head(plan: Plan) -> User:
    return make_holder(Role.DISTRICT_HEAD, plan.district)


@pytest.fixture
def evaluator(plan: Plan) -> User:
    return make_holder(Role.EVALUATOR, plan.district.city)


def line(plan: Plan, words: str) -> Item:
    return next(item for item in plan.items.all() if words in {item.title, item.text})


def page(client: Client, person: User, name: str, *keys: object, query: str = "") -> str:
    client.force_login(person)
    response = client.get(reverse(f"plans:{name}", args=keys) + query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def status(client: Client, person: User, name: str, *keys: object, query: str = "", **data: str) -> int:
    client.force_login(person)
    address = reverse(f"plans:{name}", args=keys) + query
    return (client.post(address, data, headers=JSON) if data else client.get(address)).status_code


def test_a_version_is_kept_by_the_secretariat_alone(
    client: Client, plan: Plan, secretary: User, clerk: User, head: User
) -> None:
    keep = f'action="{reverse("plans:version-keep", args=[plan.pk])}"'

    offered = {
        person: keep in page(client, person, "version-list", plan.pk) for person in (secretary, clerk, head)
    }

    assert offered == {secretary: True, clerk: False, head: False}


def test_a_line_is_moved_and_deleted_by_those_who_arrange_it(
    client: Client, plan: Plan, secretary: User, clerk: User
) -> None:
    def offered(person: User, words: str) -> tuple[bool, bool]:
        item = line(plan, words)
        form = page(client, person, "item-edit", plan.pk, item.uid)
        return reverse("plans:item-remove", args=[plan.pk, item.uid]) in form, 'data-may-add="1"' in form

    # The line a unit is named at is the secretariat's to arrange; what stands below it is the unit's.
    assert [offered(person, words) for person in (secretary, clerk) for words in ("業務", "一")] == [
        (True, True),
        (True, True),
        (False, False),
        (True, True),
    ]


def test_the_page_of_a_plan_leads_to_the_editor_those_who_write_in_it(
    client: Client, plan: Plan, secretary: User, clerk: User, head: User
) -> None:
    idle = make_holder(Role.SECTION_CHIEF, make_unit(plan.district))
    editor = f'href="{reverse("plans:plan-edit", args=[plan.pk])}"'

    def shown(person: User) -> tuple[bool, bool]:
        words = page(client, person, "plan-detail", plan.pk)
        return editor in words, "/imports/new/?district=" in words

    assert [shown(person) for person in (secretary, clerk, idle, head)] == [
        (True, True),
        (True, False),
        (False, False),
        (False, False),
    ]
    Plan.objects.filter(pk=plan.pk).update(status="signing")
    assert {shown(person) for person in (secretary, clerk, idle, head)} == {(False, False)}


def test_who_answers_for_a_line_is_the_secretariat_s_to_say(
    client: Client, plan: Plan, secretary: User, clerk: User
) -> None:
    uid = line(plan, "一").uid

    found = {
        person: 'name="all_units"' in page(client, person, "item-edit", plan.pk, uid)
        for person in (secretary, clerk)
    }

    assert found == {secretary: True, clerk: False}


def test_earlier_words_are_brought_back_where_the_line_stands(
    client: Client, plan: Plan, secretary: User, clerk: User, head: User
) -> None:
    item = line(plan, "一")
    base = values_of(item)
    save_item(plan.pk, item.uid, actor=secretary, base=base, values={"text": "改過的一"})
    back = f"/plans/{plan.pk}/items/{item.uid}/restore/"

    def shown() -> list[bool]:
        people = (secretary, clerk, head)
        return [back in page(client, person, "item-history", plan.pk, item.uid) for person in people]

    assert shown() == [True, True, False]
    remove_items(plan.pk, [item.uid], actor=secretary)
    assert shown() == [False, False, False]


def test_an_indicator_nothing_shows_is_removed_by_the_secretariat(
    client: Client, plan: Plan, secretary: User, head: User
) -> None:
    indicator = make_indicator(plan.district)
    remove = f"/indicators/{indicator.pk}/delete/"
    found = {}
    for person in (secretary, head):
        client.force_login(person)
        found[person] = remove in client.get(f"/indicators/{indicator.pk}/").content.decode()

    assert found == {secretary: True, head: False}


def test_attachments_are_changed_by_the_secretariat_alone(
    client: Client, plan: Plan, secretary: User, head: User
) -> None:
    gone = attach(plan, removed=True)
    standing = attach(plan, removed=False)
    add = reverse("plans:attachment-add", args=[plan.pk])
    pages = {person: page(client, person, "attachment-list", plan.pk) for person in (secretary, head)}

    assert {person: add in words for person, words in pages.items()} == {secretary: True, head: False}
    assert {person: gone.title in words for person, words in pages.items()} == {secretary: True, head: False}
    assert all(standing.file_name in words for words in pages.values())


def attach(plan: Plan, *, removed: bool) -> Attachment:
    from django.core.files.base import ContentFile

    title = "拿掉的附件" if removed else "附件"
    moment = timezone.now() if removed else None
    made = Attachment(plan=plan, position=0, title=title, file_name=f"{title}.txt", size=1, removed_at=moment)
    made.file.save("x.txt", ContentFile(b"x"))
    return made


def test_what_was_taken_out_of_the_attachments_stays_with_the_district(
    client: Client, plan: Plan, head: User, evaluator: User
) -> None:
    gone, standing = attach(plan, removed=True), attach(plan, removed=False)
    Plan.objects.filter(pk=plan.pk).update(status="submitted", filed_at=timezone.now())

    found = {
        (person, one): status(client, person, "attachment-download", plan.pk, one.pk)
        for person in (head, evaluator)
        for one in (gone, standing)
    }

    assert found == {
        (head, gone): 200,
        (head, standing): 200,
        (evaluator, gone): 404,
        (evaluator, standing): 200,
    }


def test_marks_beside_lines_are_the_district_s(
    client: Client, plan: Plan, head: User, evaluator: User
) -> None:
    Plan.objects.filter(pk=plan.pk).update(status="submitted", filed_at=timezone.now())

    assert status(client, head, "plan-marks", plan.pk) == 200
    assert status(client, evaluator, "plan-marks", plan.pk) == 403


def test_a_plan_without_any_line_is_begun_by_the_secretariat(
    client: Client, plan: Plan, secretary: User, clerk: User
) -> None:
    plan.items.update(removed_at=timezone.now())

    assert status(client, secretary, "plan-edit", plan.pk) == 200
    assert status(client, clerk, "plan-edit", plan.pk) == 403
    assert Rights(is_whole=True).any
    assert not Rights().any


def test_an_address_made_up_by_hand_is_not_found(client: Client, plan: Plan, secretary: User) -> None:
    uid = line(plan, "一").uid

    assert status(client, secretary, "item-step", plan.pk, uid, step="sideways") == 404
    assert status(client, secretary, "item-add", plan.pk, query=f"?parent={uuid.uuid4()}") == 404
    assert status(client, secretary, "item-add", plan.pk, query="?parent=nonsense") == 404
    assert status(client, secretary, "item-add", plan.pk, query=f"?parent={line(plan, '業務').uid}") == 200


def test_a_plan_is_compared_with_those_of_its_own_district(
    client: Client, plan: Plan, evaluator: User
) -> None:
    other = make_plan(make_district(plan.district.city))
    earlier = make_plan(plan.district, year=plan.year - 1)
    Plan.objects.update(status="submitted", filed_at=timezone.now())

    def compared(one: Plan) -> int:
        return status(client, evaluator, "plan-compare", plan.pk, query=f"?with=plan:{one.pk}")

    assert (compared(earlier), compared(other)) == (200, 404)


def test_of_plans_being_revised_those_alone_are_found(
    client: Client, plan: Plan, secretary: User, evaluator: User
) -> None:
    revised = make_plan(make_district(plan.district.city), title="修訂中的計畫")
    for one in (plan, revised):
        put_in_force(one, actor=secretary, at=timezone.now())
    Plan.objects.filter(pk=revised.pk).update(status="revising")

    words = page(client, evaluator, "plan-list", query="?status=revising")

    assert revised.district.agency_name in words.partition("<tbody>")[2]
    assert plan.district.agency_name not in words.partition("<tbody>")[2]


@pytest.mark.parametrize("role", [Role.UNIT_STAFF, Role.SECTION_CHIEF])
def test_a_unit_adds_no_indicator(client: Client, plan: Plan, role: Role) -> None:
    client.force_login(make_holder(role, plan.district.units.get(name=CIVIL)))

    for query in ("", f"?district={plan.district_id}"):
        assert client.get(f"/indicators/new/{query}").status_code == 403
    client.force_login(make_secretary(plan.district))
    assert client.get("/indicators/new/").status_code == 200
