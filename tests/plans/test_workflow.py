from __future__ import annotations

import datetime as dt
import io
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from accounts.enums import Role
from accounts.models import User
from plans.enums import EDITABLE, Condition, PlanStatus
from plans.models import Item, Plan, PlanEvent, PlanVersion
from plans.queries.documents import plan_document
from plans.services.items import NewLine, add_lines, save_item, values_of
from plans.services.moving import move_item, remove_items
from plans.services.steps import Letter, digest_of, take_step
from plans.workflow import BY_NAME, OPEN, STEPS, after_step, diagram, steps_from
from tests.builders import make_holder, make_plan, make_user, node
from tests.plans.test_versions import forbid as forbid_versions
from tests.replacing import refuse_to_replace

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 4, 10, 10, tzinfo=dt.UTC)
LETTER = Letter("府研考字第1150001號", dt.date(2026, 4, 28))


@pytest.fixture
def plan() -> Plan:
    return make_plan()


@pytest.fixture
def people(plan: Plan) -> dict[str, User]:
    return holders(plan)


def holders(plan: Plan) -> dict[str, User]:
    """Return somebody for each role; who judges holds it, for that is asked under the lock too."""
    people = {role: make_user() for role in Role.values}
    return people | {Role.EVALUATOR: make_holder(Role.EVALUATOR, plan.district.city)}


def go(plan: Plan, people: dict[str, User], *names: str, **options: Any) -> PlanEvent:
    """Take steps one after the other, each by a person of its first role."""
    for name in names:
        step = BY_NAME[name]
        role = min(step.roles)
        extra = options | ({"comment": "理由"} if step.needs_comment and "comment" not in options else {})
        if step.needs_document:
            extra = {"letter": LETTER} | extra
        event = take_step(plan.pk, step, actor=people[role], role=role, at=NOW, **extra)
    plan.refresh_from_db()
    return event


def test_from_draft_to_approval_one_version_is_made_and_comes_into_force(
    plan: Plan, people: dict[str, User]
) -> None:
    filed = plan_document(plan).to_json()

    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand", "approve")

    assert plan.status == PlanStatus.APPROVED
    version = plan.versions.get()
    assert (plan.in_force, version.content, version.number) == (version, filed, 1)
    assert [(event.step, event.before, event.after) for event in plan.events.all()] == [
        ("send_for_signature", "draft", "signing"),
        ("sign", "signing", "signing"),
        ("file", "signing", "submitted"),
        ("take_in_hand", "submitted", "submitted"),
        ("approve", "submitted", "approved"),
    ]
    approval = plan.events.get(step="approve")
    assert (approval.document_number, approval.document_on) == (LETTER.number, LETTER.on)
    assert approval.version == version


def test_events_are_chained_by_their_digests(plan: Plan, people: dict[str, User]) -> None:
    go(plan, people, "send_for_signature", "send_back", "send_for_signature", "recall")

    events = list(plan.events.all())
    assert [event.previous_sha256 for event in events] == ["", *(event.sha256 for event in events[:-1])]
    assert all(digest_of(event) == event.sha256 for event in events)


@pytest.mark.parametrize(
    ("before", "name"),
    [
        ((), "sign"),
        ((), "file"),
        (("send_for_signature",), "file"),
        (("send_for_signature", "sign"), "sign"),
        (("send_for_signature", "sign", "file"), "approve"),
        (("send_for_signature", "sign", "file"), "return"),
        (("send_for_signature", "sign", "file", "take_in_hand"), "withdraw"),
        (("send_for_signature", "sign", "file", "take_in_hand"), "take_in_hand"),
    ],
)
def test_a_step_out_of_turn_is_refused_and_leaves_nothing(
    plan: Plan, people: dict[str, User], before: tuple[str, ...], name: str
) -> None:
    if before:
        go(plan, people, *before)
    status, events = plan.status, plan.events.count()

    with pytest.raises(ValidationError):
        go(plan, people, name)

    plan.refresh_from_db()
    assert (plan.status, plan.events.count()) == (status, events)


def test_reasons_and_letters_are_asked_for(plan: Plan, people: dict[str, User]) -> None:
    go(plan, people, "send_for_signature")
    with pytest.raises(ValidationError):
        go(plan, people, "send_back", comment="  ")
    go(plan, people, "sign", "file", "take_in_hand")
    with pytest.raises(ValidationError):
        go(plan, people, "approve", letter=Letter("", None))


def test_errors_of_the_check_list_stop_signing(people: dict[str, User]) -> None:
    plan = make_plan(chapters=())

    with pytest.raises(ValidationError):
        go(plan, people, "send_for_signature")


def test_another_evaluator_decides_only_after_it_is_put_back(plan: Plan, people: dict[str, User]) -> None:
    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand")
    other = people | {Role.EVALUATOR: make_holder(Role.EVALUATOR, plan.district.city)}

    with pytest.raises(ValidationError):
        go(plan, other, "approve")
    go(plan, people, "put_back")
    go(plan, other, "take_in_hand", "return")

    assert (plan.status, plan.taken_by) == (PlanStatus.DRAFT, None)


def test_nobody_writes_between_sending_and_returning(plan: Plan, people: dict[str, User]) -> None:
    item = plan.items.order_by("pk")[0]
    go(plan, people, "send_for_signature")

    with pytest.raises(ValidationError):
        save_item(
            plan.pk, item.uid, actor=people[Role.SECRETARIAT], base=values_of(item), values={"title": "改"}
        )


def test_giving_a_revision_up_brings_every_line_back(plan: Plan, people: dict[str, User]) -> None:
    approved = plan_document(plan).to_json()
    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand", "approve", "revise")
    assert plan.status == PlanStatus.REVISING
    writer = people[Role.SECRETARIAT]
    lines = {item.title or item.text: item for item in plan.items.all()}
    heading = lines["便民服務"]
    save_item(
        plan.pk, heading.uid, actor=writer, base=values_of(heading), values={"title": "改名", "units": []}
    )
    move_item(
        plan.pk, lines["每週二延長服務時間。"].uid, actor=writer, parent=lines["計畫依據"].uid, after=None
    )
    remove_items(plan.pk, [lines["服務台備有輪椅及老花眼鏡。"].uid], actor=writer)
    add_lines(plan.pk, [NewLine("chapter", "新增的章")], actor=writer)

    go(plan, people, "give_up")

    assert plan.status == PlanStatus.APPROVED
    assert plan_document(plan).to_json() == approved
    assert plan.items.filter(title="新增的章").get().removed_at is not None


def test_giving_up_leaves_no_trace_on_lines_nobody_changed_and_no_roster_behind() -> None:
    chapter = node("chapter", title="章", children=[node("heading", title="組"), node(text="一")])
    plan = make_plan(chapters=(chapter,))
    people = holders(plan)
    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand", "approve", "revise")
    item, writer = plan.items.get(title="組"), people[Role.SECRETARIAT]
    for values in ({"kind": "table"}, {"roster": [{"title": "委員", "member": "王"}]}):
        save_item(plan.pk, item.uid, actor=writer, base=values_of(item), values=values)
        item.refresh_from_db()
    rows = Item.history.filter(plan=plan).count()

    go(plan, people, "give_up")

    assert plan_document(plan).to_json() == plan.in_force.content
    assert Item.history.filter(plan=plan).count() == rows + 1


def test_a_second_approval_takes_the_place_of_the_first(plan: Plan, people: dict[str, User]) -> None:
    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand", "approve", "revise")
    first = plan.in_force
    item = plan.items.order_by("pk")[0]
    save_item(
        plan.pk, item.uid, actor=people[Role.SECRETARIAT], base=values_of(item), values={"title": "修訂"}
    )
    go(plan, people, "send_for_signature", "sign", "file")
    assert plan.in_force == first

    go(plan, people, "take_in_hand", "return")
    assert plan.status == PlanStatus.REVISING
    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand", "approve")

    assert plan.in_force is not None
    assert first is not None
    assert plan.in_force.number == 3
    assert plan.in_force.previous_sha256 == plan.versions.get(number=2).sha256
    assert '"修訂"' in plan.in_force.content
    assert '"修訂"' not in plan.versions.get(number=1).content


def test_in_the_last_two_months_a_plan_is_revised_only_where_the_city_allows_it(
    plan: Plan, people: dict[str, User]
) -> None:
    go(plan, people, "send_for_signature", "sign", "file", "take_in_hand", "approve")
    step, late = BY_NAME["revise"], dt.datetime(2026, 11, 1, 1, tzinfo=dt.UTC)

    def revise() -> None:
        take_step(plan.pk, step, actor=people[Role.SECRETARIAT], role="secretariat", at=late, comment="因故")

    with pytest.raises(ValidationError):
        revise()
    city = plan.district.city
    city.allows_late_revision = True
    city.save()
    revise()


def test_a_press_that_is_sent_twice_counts_once(plan: Plan, people: dict[str, User]) -> None:
    token = uuid.uuid4()
    first = go(plan, people, "send_for_signature", token=token)
    again = go(plan, people, "send_for_signature", token=token)

    assert first == again
    assert plan.events.count() == 1


def test_the_table_leads_nowhere_it_should_not() -> None:
    reached = {PlanStatus.DRAFT}
    for _ in STEPS:
        for step in STEPS:
            if reached.intersection(step.before):
                ends = [False, True] if step.after == OPEN else [True]
                reached |= {after_step(step, has_version_in_force=end) for end in ends}  # type: ignore[arg-type]  # statuses
    assert reached == set(PlanStatus) - {PlanStatus.CLOSED}
    for status in EDITABLE:
        assert {step.name for step in steps_from(status, Role.values)} <= {"send_for_signature", "give_up"}
    assert not {role for step in STEPS for role in step.roles} & {Role.UNIT_STAFF, Role.AUDITOR}
    assert diagram().count("-->") == 1 + sum(
        len(step.before) * (2 if step.after == OPEN else 1) for step in STEPS
    )


def test_the_page_of_the_steps_is_drawn_from_the_table() -> None:
    call_command("draw_workflow", "--check")


def test_a_page_that_tells_other_steps_is_noticed(tmp_path: Path, settings: Any) -> None:
    page = (settings.BASE_DIR / "docs" / "workflow.md").read_text()
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "workflow.md").write_text(
        page.replace("signing --> submitted", "draft --> submitted")
    )

    with pytest.raises(SystemExit):
        call_command("draw_workflow", "--check", stdout=io.StringIO())
    call_command("draw_workflow", stdout=io.StringIO())

    assert (tmp_path / "docs" / "workflow.md").read_text() == page


def forbid() -> None:
    """Make the database's own rule, as the migration does: tests on SQLite run without migrations."""
    migration: Any = import_module("plans.migrations.0006_events_stay")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'an_event_is_never_changed'")
            if cursor.fetchone():
                return
        for statement in {"sqlite": migration.SQLITE, "postgresql": migration.POSTGRESQL}[connection.vendor]:
            cursor.execute(statement)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows no REPLACE")
@pytest.mark.parametrize("model", [PlanEvent, PlanVersion])
def test_sqlite_refuses_to_replace_a_step_or_a_version(
    plan: Plan, people: dict[str, User], model: type[Model]
) -> None:
    go(plan, people, "send_for_signature", "sign", "file")
    rule: Any = import_module("plans.migrations.0013_versions_are_not_replaced")
    with connection.cursor() as cursor:
        for statement in rule.SQLITE:
            cursor.execute(statement)

    refuse_to_replace(model)

    go(plan, people, "take_in_hand", "approve")  # what is new comes in as before


@pytest.mark.parametrize(
    "statement", ["UPDATE plans_planevent SET comment = 'x'", "DELETE FROM plans_planevent"]
)
def test_the_database_refuses_to_change_or_delete_an_event(
    plan: Plan, people: dict[str, User], statement: str
) -> None:
    go(plan, people, "send_for_signature")
    forbid()

    with pytest.raises(IntegrityError, match="never"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert PlanEvent.objects.get().comment == ""


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no statement that empties a table")
@pytest.mark.parametrize("table", ["plans_planevent", "plans_planversion"])
def test_the_database_refuses_to_empty_a_table_of_steps_or_versions(
    plan: Plan, people: dict[str, User], table: str
) -> None:
    go(plan, people, "send_for_signature", "sign", "file")
    migration: Any = import_module("plans.migrations.0011_tables_are_not_emptied")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
        cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = %s", [f"{table}_is_never_emptied"])
        if cursor.fetchone():  # with migrations, and switched off by tests/conftest.py
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_is_never_emptied")
        else:
            forbid()
            forbid_versions()
            for statement in migration.POSTGRESQL:
                cursor.execute(statement)
    rows = PlanEvent.objects.count(), PlanVersion.objects.count()
    assert min(rows) > 0

    for statement in (f"TRUNCATE {table} CASCADE", "TRUNCATE plans_plan CASCADE"):
        with (
            pytest.raises(IntegrityError, match="never"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    assert (PlanEvent.objects.count(), PlanVersion.objects.count()) == rows


def test_what_is_filed_is_what_was_signed(plan: Plan, people: dict[str, User]) -> None:
    go(plan, people, "send_for_signature", "sign")
    assert plan.signed_sha256 == plan_document(plan).digest()
    plan.district.units.update(name="改名課")  # names of units are not the plan's to lock

    with pytest.raises(ValidationError) as refused:
        go(plan, people, "file")

    assert refused.value.messages == [str(Condition.AS_SIGNED.label)]
    assert not plan.versions.exists()
    go(plan, people, "recall", "send_for_signature", "sign", "file")
    assert plan.versions.get().sha256 == plan.signed_sha256


def test_a_plan_signed_before_digests_were_kept_is_filed(plan: Plan, people: dict[str, User]) -> None:
    go(plan, people, "send_for_signature", "sign")
    Plan.objects.update(signed_sha256="")

    go(plan, people, "file")

    assert plan.status == PlanStatus.SUBMITTED
