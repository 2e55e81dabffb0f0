"""What never changes again is read whole: one bit changed anywhere is found, and the plan is named."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from documents.models import IN_FORCE, RenderedFile
from plans.models import Plan, PlanEvent, PlanVersion
from plans.queries.digests import digest_of_text, seal_of
from plans.queries.verifying import Tally, alterations
from plans.services.items import save_item, values_of
from plans.services.versions import keep_version
from tests.builders import make_plan, make_user
from tests.plans.stored_rows import PDF, TABLES, flip_byte, flipped, make_stored_plan

pytestmark = pytest.mark.django_db
NAME = "115年 便民計畫"
CHANCE = random.Random(115)  # noqa: S311 -- no secret


@pytest.fixture
def plan() -> Plan:
    """A plan with versions, steps and a file, between two plans that are as they were written."""
    make_stored_plan()
    plan = make_stored_plan(title="便民計畫")
    make_plan()
    return plan


def verify() -> tuple[int, list[str]]:
    """Return the exit code, and the lines that name an alteration."""
    out = io.StringIO()
    try:
        call_command("verify_versions", stdout=out)
    except SystemExit as stop:
        return int(str(stop.code)), out.getvalue().splitlines()[:-1]
    assert out.getvalue().endswith("all as they were written\n")
    return 0, out.getvalue().splitlines()[:-1]


def is_named(plan: Plan) -> bool:
    code, lines = verify()
    return code == 1 and all(line.startswith(f"{plan.district.agency_name} {NAME}: ") for line in lines)


def test_what_nobody_altered_is_counted(plan: Plan) -> None:
    out = io.StringIO()

    call_command("verify_versions", stdout=out)

    assert (
        out.getvalue()
        == "3 plans, 4 versions, 12 steps, 2 files and 12 audit events: all as they were written\n"
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the triggers, and no raw bits")
@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in TABLES.items() for column in columns]
)
def test_one_bit_of_a_version_or_step_is_found(plan: Plan, table: str, column: str) -> None:
    model = PlanVersion if table == "plans_planversion" else PlanEvent
    for pk in model.objects.filter(plan=plan).values_list("pk", flat=True):
        with flipped(table, column, pk, CHANCE) as is_changed:
            if is_changed:
                assert is_named(plan), column


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the triggers")
def test_a_version_written_anew_with_fitting_digests_betrays_itself_in_the_steps(plan: Plan) -> None:
    version = plan.versions.get(number=2)
    version.content = version.content.replace("輪椅", "輪倚")
    version.sha256 = digest_of_text(version.content)
    version.seal = seal_of(version)
    version.save()

    _code, lines = verify()

    assert [line.partition(": ")[2].partition(":")[0] for line in lines] == [
        "step 3", "step 4", "step 5", "step 6"
    ]  # fmt: skip


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the triggers")
def test_steps_and_versions_that_are_gone_leave_a_gap(plan: Plan) -> None:
    plan.events.filter(number=2).delete()
    assert "step 3 stands where step 2 should" in "".join(verify()[1])

    plan.events.filter(number=6).delete()  # the last: nothing after it points to it
    assert "its last step led to “approved”" in "".join(verify()[1])

    plan.versions.filter(number=1).delete()
    assert "version 2 stands where version 1 should" in "".join(verify()[1])


def test_another_version_in_force_than_the_one_approved_is_found(plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(in_force=plan.versions.get(number=1))
    assert is_named(plan)

    Plan.objects.filter(pk=plan.pk).update(in_force=None)
    assert is_named(plan)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the triggers")
def test_a_step_that_names_a_version_of_another_plan_is_found(plan: Plan) -> None:
    other = make_stored_plan().versions.get(number=1)
    PlanEvent.objects.filter(plan=plan, number=4).update(version=other)

    assert is_named(plan)


def test_one_bit_of_a_made_file_is_found_and_a_file_that_is_gone_is_not_an_altered_one(plan: Plan) -> None:
    file = RenderedFile.objects.get(plan=plan)
    path = Path(file.file.path)

    path.write_bytes(flip_byte(PDF, CHANCE))
    assert is_named(plan)

    path.unlink()
    assert verify() == (0, [])


def test_the_file_of_a_version_in_force_must_be_there_and_be_made_from_a_version(plan: Plan) -> None:
    file = RenderedFile.objects.get(plan=plan)
    RenderedFile.objects.filter(pk=file.pk).update(
        format=IN_FORCE, content=plan.versions.get(number=2).content
    )
    assert verify() == (0, [])

    RenderedFile.objects.filter(pk=file.pk).update(content="{}")
    assert is_named(plan)

    RenderedFile.objects.filter(pk=file.pk).update(content=plan.versions.get(number=2).content)
    Path(file.file.path).unlink()
    assert is_named(plan)


@pytest.mark.parametrize("versions", [1, 3])
def test_a_version_costs_one_query(versions: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    plan, actor = make_plan(), make_user()
    item = plan.items.order_by("pk")[0]
    for number in range(versions):
        item.refresh_from_db()
        save_item(plan.pk, item.uid, actor=actor, base=values_of(item), values={"title": f"第{number}次"})
        keep_version(plan.pk, actor=actor, name=f"第{number}版")

    with django_assert_num_queries(9 + versions):
        assert list(alterations(Tally())) == []
