"""Who changed what, over HTTP: the pages of a plan and of a line, earlier words and deleted lines back."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.enums import Decision, Role
from accounts.models import Unit, User
from plans.enums import PlanStatus
from plans.models import Item, Plan, Responsibility, RosterRow
from plans.queries import traces
from plans.queries.history import Change, change_page
from plans.queries.traces import Wanted
from plans.services.items import NewLine, add_lines, save_item, values_of
from plans.services.moving import move_item, remove_items
from tests.builders import (
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    node,
    sample_roster,
)
from tests.review.desk_rows import make_way

pytestmark = pytest.mark.django_db
HISTORIES = (Item, Responsibility, RosterRow, Plan)


@pytest.fixture
def plan() -> Plan:
    plan = make_plan()
    age(plan, days=3)
    return plan


@pytest.fixture
def secretary(plan: Plan) -> User:
    return make_secretary(plan.district)


def age(plan: Plan, *, days: float = 0, minutes: float = 0) -> None:
    """Let everything written so far be that much older."""
    for model in HISTORIES:
        for row in model.history.all():
            row.history_date -= dt.timedelta(days=days, minutes=minutes)
            row.save(update_fields=["history_date"])


def line(plan: Plan, words: str) -> Item:
    return plan.items.get(text__startswith=words)


def write(item: Item, actor: User, **values: Any) -> None:
    item.refresh_from_db()
    save_item(item.plan_id, item.uid, actor=actor, base=values_of(item), values=values)


def changes(plan: Plan, **wanted: Any) -> list[Change]:
    return list(change_page(plan, Wanted(**wanted)).changes)


def told(change: Change) -> list[tuple[str, str, str]]:
    return [(part.what, part.before, part.after) for one in change.lines for part in one.parts]


# What is told


def test_saves_of_one_line_are_told_as_one_change_with_the_first_and_the_last_words(
    plan: Plan, secretary: User
) -> None:
    item = line(plan, "服務台")
    for words in ("服務台備有輪椅。", "服務台備有輪椅及雨傘。"):
        write(item, secretary, text=words)

    latest = changes(plan)[0]

    assert latest.who == str(secretary)
    assert told(latest) == [("text", "服務台備有輪椅及老花眼鏡。", "服務台備有輪椅及雨傘。")]
    assert [text for mark, text in latest.lines[0].parts[0].words if mark == "added"] == ["雨傘"]
    assert latest.lines[0].line.uid == str(item.uid)


def test_units_kind_points_and_places_are_told_in_words(plan: Plan, secretary: User) -> None:
    item = line(plan, "服務台")
    civil = Unit.objects.get(name="民政課")
    social = make_unit(plan.district, "社會課")
    duties = [{"unit": civil.pk, "duty": "lead"}, {"unit": social.pk, "duty": "assisting"}]
    write(item, secretary, kind="note", points="12.5", numbered=False, units=duties)
    age(plan, minutes=20)
    move_item(plan.pk, item.uid, actor=secretary, parent=plan.items.get(title="計畫依據").uid, after=None)

    moved, changed, *_rest = changes(plan)

    assert told(moved) == [("moved", "一、便民服務", "壹、計畫依據")]
    assert [(what, after) for what, _before, after in told(changed)] == [
        ("kind", "備註"),
        ("numbered", "否"),
        ("points", "12.5"),
        ("units", "民政課、社會課（協辦）"),
    ]


def test_room_made_for_a_new_line_is_no_change_of_those_that_gave_way(plan: Plan, secretary: User) -> None:
    heading = plan.items.get(title="便民服務")
    add_lines(plan.pk, [NewLine("action", text="新的一行。")], actor=secretary, parent=heading.uid)
    age(plan, minutes=20)
    write(line(plan, "服務台"), secretary, text="服務台備有雨傘。")

    assert [told(change) for change in changes(plan)[:2]] == [
        [("text", "服務台備有輪椅及老花眼鏡。", "服務台備有雨傘。")],
        [("created", "", "")],
    ]


def test_a_roster_is_told_row_by_row(secretary: User) -> None:
    district = secretary.appointments.get().district
    plan = make_plan(
        district, year=2030, chapters=(node("chapter", title="組織", children=[sample_roster()]),)
    )
    item = plan.items.get(kind="table")
    age(plan, days=1)
    rows = values_of(item)["roster"]
    write(item, secretary, roster=[rows[0], {**rows[1], "member": "主任秘書"}])

    (part,) = changes(plan)[0].lines[0].parts

    assert (part.what, part.before.splitlines()[1], part.after.splitlines()[1]) == (
        "roster",
        "委員｜秘書｜協助｜兼辦",
        "委員｜主任秘書｜協助｜兼辦",
    )


def test_a_plan_written_at_one_stroke_is_one_change(plan: Plan) -> None:
    (written,) = changes(plan)

    assert written.count == 1 + plan.items.count()
    assert len(written.summary) == 1
    assert written.more == written.count - len(written.lines)


def test_lines_of_one_stroke_are_told_one_by_one_on_demand(
    client: Client, plan: Plan, secretary: User
) -> None:
    client.force_login(secretary)
    (written,) = changes(plan)

    response = client.get(f"/plans/{plan.pk}/history/?{written.stroke}")

    assert len(response.context["page"].changes) == written.count


# What is looked for


def test_changes_are_found_by_person_words_and_kind(client: Client, plan: Plan, secretary: User) -> None:
    other = make_secretary(plan.district)
    write(line(plan, "服務台"), secretary, text="服務台備有雨傘。")
    write(line(plan, "每週二"), other, title="延時", kind="note")
    remove_items(plan.pk, [line(plan, "依本市").uid], actor=other)
    client.force_login(secretary)

    def found(query: str) -> list[list[str]]:
        page = client.get(f"/plans/{plan.pk}/history/?{query}").context["page"]
        return [[part[0] for part in told(change)] for change in page.changes if change.count == 1]

    assert found("") == [["removed"], ["title", "kind"], ["text"]]
    assert found(f"person={secretary.pk}") == [["text"]]
    assert found("line=每週二") == [["title", "kind"], ["created"]]
    assert found("about=words") == [["title"], ["text"]]
    assert found("about=settings") == [["kind"]]
    assert found("about=removed") == [["removed"]]
    assert found("about=units") == [["units"]]
    assert found(f"about=words&person={other.pk}") == [["title"]]
    assert found("about=nonsense&person=x&before=never") == found("")


@pytest.mark.parametrize(
    "about", ["words", "added", "removed", "moved", "units", "settings", "roster", "plan", "attachments"]
)
def test_each_kind_of_change_can_be_asked_for(plan: Plan, about: str) -> None:
    """On either database: what a plan has not is not found, and nothing fails."""
    found = {part[0] for change in changes(plan, about=about) for part in told(change)}

    assert found <= {"created", "units"}


def test_the_pages_follow_one_another_and_end(
    client: Client, plan: Plan, secretary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "CHANGES_PER_PAGE", 2)
    item = line(plan, "服務台")
    for number in range(5):
        write(item, secretary, text=f"第{number}次。")
        age(plan, minutes=30)
    client.force_login(secretary)
    query, words = "", []
    while True:
        response = client.get(f"/plans/{plan.pk}/history/?{query}")
        words += [part[2] for change in response.context["page"].changes for part in told(change) if part[2]]
        query = response.context["older"]
        if not query:
            break
        assert "較早的異動" in response.content.decode() or "Earlier changes" in response.content.decode()

    assert words[:5] == [f"第{number}次。" for number in range(4, -1, -1)]


@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize("page", ["history/", "removed/"])
def test_history_costs_the_same_for_any_number_of_changes(
    client: Client, plan: Plan, secretary: User, lines: int, page: str
) -> None:
    client.force_login(secretary)
    texts = ["服務台", "每週二", "依本市"][:lines]
    for words in texts:
        write(line(plan, words), secretary, title="改過")
    remove_items(plan.pk, [line(plan, words).uid for words in texts], actor=secretary)
    client.get(f"/plans/{plan.pk}/{page}")

    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/plans/{plan.pk}/{page}").status_code == 200

    assert len(queries) == {"history/": 9, "removed/": 6}[page]


# Who may look


def test_the_city_does_not_see_how_a_plan_came_about(client: Client) -> None:
    plan = make_plan(status=PlanStatus.SUBMITTED)
    item = plan.items.order_by("pk")[0]
    client.force_login(make_holder(Role.EVALUATOR, plan.district.city))

    assert client.get(f"/plans/{plan.pk}/").status_code == 200
    for address in ("history/", "removed/", f"items/{item.uid}/history/"):
        assert client.get(f"/plans/{plan.pk}/{address}").status_code == 404


def test_a_line_of_another_plan_is_not_found(client: Client, plan: Plan, secretary: User) -> None:
    other = make_plan().items.order_by("pk")[0]
    own = plan.items.order_by("pk")[0]
    client.force_login(secretary)

    assert client.get(f"/plans/{plan.pk}/items/{other.uid}/history/").status_code == 404
    key = other.history.latest().history_id
    assert client.get(f"/plans/{plan.pk}/items/{own.uid}/restore/{key}/").status_code == 404


def test_htmx_gets_the_panel_and_a_browser_the_page(client: Client, plan: Plan, secretary: User) -> None:
    item = line(plan, "服務台")
    write(item, secretary, text="服務台備有雨傘。")
    client.force_login(secretary)
    address = f"/plans/{plan.pk}/items/{item.uid}/history/"

    panel = client.get(address, headers={"hx-request": "true"}).content.decode()
    page = client.get(address).content.decode()

    assert panel.lstrip().startswith('<section class="side" aria-labelledby="side-title">')
    assert "<html" in page
    for answer in (panel, page):
        assert "<del>輪椅及老花眼鏡</del><ins>雨傘</ins>" in answer


# Earlier words


def restore_page(client: Client, item: Item) -> str:
    """Return the address behind the first link that puts earlier words back."""
    page = client.get(f"/plans/{item.plan_id}/items/{item.uid}/history/").content.decode()
    found = re.search(rf'href="(/plans/{item.plan_id}/items/{item.uid}/restore/\d+/)"', page)
    assert found
    return found[1]


def form_of(client: Client, address: str) -> dict[str, Any]:
    form = client.get(address).context["form"]
    return {name: form[name].initial for name in form.fields}


def test_an_earlier_text_comes_back_and_other_fields_stay(
    client: Client, plan: Plan, secretary: User
) -> None:
    item, other = line(plan, "服務台"), make_secretary(plan.district)
    write(item, secretary, text="寫壞了。", title="標題一")
    age(plan, minutes=30)
    write(item, other, title="標題二", kind="note")
    client.force_login(secretary)
    key = item.history.order_by("history_id")[0].history_id
    address = f"/plans/{plan.pk}/items/{item.uid}/restore/{key}/"

    page = client.get(address).content.decode()
    assert "寫壞了。" in page
    assert "服務台備有輪椅及老花眼鏡。" in page
    response = client.post(address, form_of(client, address) | {"names": ["text"]})

    assert response.headers["Location"] == f"/plans/{plan.pk}/edit/#i-{item.uid}"
    item.refresh_from_db()
    assert (item.text, item.title, item.kind) == ("服務台備有輪椅及老花眼鏡。", "標題二", "note")
    assert item.history.latest().history_user == secretary


def test_words_that_came_in_meanwhile_are_not_written_over(
    client: Client, plan: Plan, secretary: User
) -> None:
    item = line(plan, "服務台")
    write(item, secretary, text="寫壞了。")
    client.force_login(secretary)
    address = restore_page(client, item)
    form = form_of(client, address)
    write(item, make_secretary(plan.district), text="別人剛寫的。")

    response = client.post(address, form, follow=True)

    item.refresh_from_db()
    assert item.text == "別人剛寫的。"
    assert "別人剛寫的。" in response.content.decode()
    assert response.redirect_chain == [(address, 302)]


def test_nothing_chosen_is_said_and_nothing_changes(client: Client, plan: Plan, secretary: User) -> None:
    item = line(plan, "服務台")
    write(item, secretary, text="寫壞了。")
    client.force_login(secretary)
    address = restore_page(client, item)

    assert client.post(address, form_of(client, address) | {"names": []}).status_code == 422
    item.refresh_from_db()
    assert item.text == "寫壞了。"


def test_words_of_a_plan_that_is_closed_stay(client: Client, plan: Plan, secretary: User) -> None:
    item = line(plan, "服務台")
    write(item, secretary, text="寫壞了。")
    client.force_login(secretary)
    address = restore_page(client, item)
    form = form_of(client, address)
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.SIGNING)

    assert client.post(address, form).status_code == 403
    item.refresh_from_db()
    assert item.text == "寫壞了。"
    assert "restore" not in client.get(f"/plans/{plan.pk}/items/{item.uid}/history/").content.decode()


def test_a_unit_puts_back_the_words_of_its_own_lines_alone(
    client: Client, plan: Plan, secretary: User
) -> None:
    own, other = line(plan, "服務台"), line(plan, "依本市")
    for item in (own, other):
        write(item, secretary, text="寫壞了。")
    client.force_login(make_holder(Role.UNIT_STAFF, Unit.objects.get(name="民政課")))
    keys = {item: item.history.order_by("history_id")[0].history_id for item in (own, other)}

    def address(item: Item) -> str:
        return f"/plans/{plan.pk}/items/{item.uid}/restore/{keys[item]}/"

    assert client.get(address(own)).status_code == 200
    assert client.get(address(other)).status_code == 403
    assert client.post(address(other), {"names": ["text"], "base_text": "寫壞了。"}).status_code == 403
    other.refresh_from_db()
    assert other.text == "寫壞了。"


# Deleted lines


def test_deleted_lines_are_listed_with_what_went_with_them(
    client: Client, plan: Plan, secretary: User
) -> None:
    heading, lone = plan.items.get(title="便民服務"), line(plan, "依本市")
    remove_items(plan.pk, [heading.uid], actor=secretary)
    remove_items(plan.pk, [lone.uid], actor=make_secretary(plan.district))
    client.force_login(secretary)

    response = client.get(f"/plans/{plan.pk}/removed/")
    found = [
        (removed.line.text, removed.below, removal.who)
        for removal in response.context["removals"]
        for removed in removal.lines
    ]

    assert [row[:2] for row in found] == [("依本市年度服務規定辦理。", 0), ("便民服務", 3)]
    assert found[1][2] == str(secretary)
    for item in (heading, lone):
        assert f"/plans/{plan.pk}/items/{item.uid}/bring-back/" in response.content.decode()


def test_a_unit_is_offered_what_it_may_bring_back_alone(client: Client, plan: Plan, secretary: User) -> None:
    own, lone = line(plan, "服務台"), line(plan, "依本市")
    remove_items(plan.pk, [own.uid, lone.uid], actor=secretary)
    person = make_holder(Role.SECTION_CHIEF, Unit.objects.get(name="民政課"))
    client.force_login(person)

    page = client.get(f"/plans/{plan.pk}/removed/").content.decode()

    for item, may in ((own, True), (lone, False)):
        address = f"/plans/{plan.pk}/items/{item.uid}/bring-back/"
        assert (address in page) is may
        assert client.post(address).status_code == (302 if may else 403)
    assert list(plan.items.filter(removed_at__isnull=False)) == [lone]


@pytest.mark.parametrize(
    "query",
    [
        "before=9999-12-31T23:59:59&cut=9999-12-31",
        "before=0001-01-01T00:00&cut=9999-12-31",
        "from=0001-01-01&to=9999-12-31T23:59",
    ],
)
def test_moments_at_the_ends_of_time_are_not_looked_for(
    client: Client, plan: Plan, secretary: User, query: str
) -> None:
    client.force_login(secretary)

    assert client.get(f"/plans/{plan.pk}/history/?{query}").status_code == 200


def test_steps_in_quick_succession_are_told_one_by_one_in_the_words_of_the_city() -> None:
    plan = make_way("send_for_signature", "sign", "file", "take_in_hand", "approve").plan
    plan.district.city.decision = Decision.RECORD
    plan.district.city.save()

    with translation.override("zh-hant"):
        changes = change_page(Plan.objects.get(pk=plan.pk), Wanted(about="plan")).changes
    told = [
        part.after
        for change in changes
        for line in change.lines
        for part in line.parts
        if part.what == "status"
    ]

    assert told == ["備查", "函報", "陳核"]
