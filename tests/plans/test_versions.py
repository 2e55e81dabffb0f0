from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from plans.document import PlanDocument
from plans.enums import PlanStatus, VersionKind
from plans.models import Item, Plan, PlanVersion
from plans.queries.documents import plan_document
from plans.queries.versions import document_of, is_intact, listed
from plans.services.versions import keep_version
from tests.builders import make_document, make_plan, make_secretary, node, sample_roster

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Complaints are asked for by their English words."""
    with translation.override("en"):
        yield


def keep(plan: Plan, name: str = "初稿") -> PlanVersion:
    return keep_version(plan.pk, actor=make_secretary(plan.district), name=name)


def reword(plan: Plan, text: str = "改過的一句話。") -> Item:
    item = plan.items.filter(kind="action").first()
    assert item is not None
    item.text = text
    item.save()
    return item


def test_a_version_holds_the_plan_as_it_stands() -> None:
    plan = make_plan()
    before = plan_document(plan)

    version = keep(plan, "  送審前  ")
    reword(plan)

    assert (version.number, version.kind, version.name) == (1, VersionKind.KEPT, "送審前")
    assert version.content == before.to_json()
    assert version.sha256 == hashlib.sha256(version.content.encode()).hexdigest() == before.digest()
    assert document_of(PlanVersion.objects.get()) == before != plan_document(plan)


def test_versions_are_counted_and_chained() -> None:
    plan, other = make_plan(), make_plan()
    first = keep(plan)
    reword(plan)
    second = keep(plan, "二稿")

    assert [(version.number, version.previous_sha256) for version in (first, second)] == [
        (1, ""),
        (2, first.sha256),
    ]
    assert keep(other).number == 1


def test_a_version_that_equals_the_last_is_refused_in_words() -> None:
    plan = make_plan()
    keep(plan)

    with pytest.raises(ValidationError, match="the same as version 1 “初稿”"):
        keep(plan, "又一次")

    reword(plan, "別的話。")
    keep(plan, "二稿")
    assert PlanVersion.objects.count() == 2


def test_an_earlier_text_may_be_kept_again() -> None:
    plan = make_plan()
    first = keep(plan)
    item = reword(plan)
    keep(plan, "二稿")
    Item.objects.filter(pk=item.pk).update(text=document_text(first, str(item.uid)))

    assert keep(plan, "改回來").sha256 == first.sha256


def document_text(version: PlanVersion, uid: str) -> str:
    return next(line.text for line in document_of(version).walk() if line.uid == uid)


@pytest.mark.parametrize(
    ("name", "words"), [("  ", "Give the version a name"), ("長" * 101, "longer than 100")]
)
def test_a_version_needs_a_name_that_fits(name: str, words: str) -> None:
    plan = make_plan()

    with pytest.raises(ValidationError, match=words):
        keep(plan, name)

    assert not PlanVersion.objects.exists()


@pytest.mark.parametrize("status", PlanStatus.values)
def test_a_version_can_be_kept_at_any_time(status: str) -> None:
    assert keep(make_plan(status=status)).number == 1


def test_a_version_needs_its_rows_no_more() -> None:
    plan = make_plan(chapters=(node("chapter", title="編組", children=[sample_roster()]),))
    before = plan_document(plan)
    keep(plan)
    Item.objects.filter(plan=plan).delete()

    assert document_of(PlanVersion.objects.get()) == before


def test_an_altered_version_is_noticed() -> None:
    version = keep(make_plan())
    assert is_intact(version)

    version.content = version.content.replace("輪椅", "輪倚")

    assert not is_intact(version)


def test_the_list_reads_no_contents(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    plan = make_plan()
    for number in range(3):
        reword(plan, f"第{number}次。")
        keep(plan, f"第{number}版")

    with django_assert_num_queries(1) as queries:
        found = [(version.number, version.made_by.full_name) for version in listed(plan.versions.all())]

    assert [number for number, _name in found] == [3, 2, 1]
    assert '"content"' not in queries[0]["sql"]


def forbid() -> Any:
    """Make the database's own rule, as the migration does: tests on SQLite run without migrations."""
    migration: Any = import_module("plans.migrations.0004_versions_stay")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'a_version_is_never_changed'")
            if cursor.fetchone():
                return
        for statement in {"sqlite": migration.SQLITE, "postgresql": migration.POSTGRESQL}[connection.vendor]:
            cursor.execute(statement)


@pytest.mark.parametrize(
    "step",
    [
        lambda version: PlanVersion.objects.update(content="{}"),
        lambda version: version.delete(),
        lambda version: version.save(),
    ],
    ids=["update", "delete", "save"],
)
def test_the_database_refuses_to_change_or_delete_a_version(step: Callable[[PlanVersion], object]) -> None:
    plan = make_plan()
    version = keep(plan)
    forbid()

    with pytest.raises(IntegrityError, match="never"), transaction.atomic():
        step(version)

    assert PlanVersion.objects.get().content == version.content
    reword(plan)
    assert keep(plan, "二稿").number == 2


def test_a_document_keeps_the_numbers_it_had() -> None:
    plan = make_plan()
    document = make_document(plan.district)

    assert PlanDocument.from_json(document.to_json()) == document
