"""Whose files the city fetches: of what was filed and of what is in force, never of what was not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from django.http import Http404

from accounts.enums import Role
from accounts.models import User
from documents.models import (
    COMPARE,
    FILED,
    IN_FORCE,
    PACKAGE,
    PDF,
    RESPONSES,
    YEAR_END,
    FileState,
    RenderedFile,
)
from documents.permissions import get_file_to_fetch
from plans.models import Plan, PlanVersion
from plans.queries.comparing import choose, sheet_of
from plans.queries.documents import plan_document
from plans.services.steps import Letter
from plans.services.versions import keep_version
from review.queries.packages import package_of
from review.queries.responses import response_sheet
from review.services.year_ends import file_year_end
from review.year_end_permissions import get_year_end_to_view
from tests.builders import make_city, make_district, make_holder
from tests.progress.rows import make_year
from tests.review.desk_rows import FILING, Way, make_way

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 4, 28)
JANUARY = dt.datetime(2027, 1, 12, 2, tzinfo=dt.UTC)
RESULTS = Letter("區研字第1160000123號", dt.date(2027, 1, 11))
APPROVED = (*FILING, "take_in_hand", "approve")


@pytest.fixture
def way() -> Way:
    """A plan in force that is being revised, with a version kept by hand since then."""
    way = make_way(*APPROVED)
    way.go("revise", comment="增列。")
    way.plan.items.filter(kind="action").update(text="修訂中的文字。")
    keep_version(way.plan.pk, actor=way.secretary, name="討論稿")
    return way


def file_of(plan: Plan, file_format: str, content: str) -> RenderedFile:
    key = f"{file_format}-{RenderedFile.objects.count()}"
    return RenderedFile.objects.create(
        plan=plan, format=file_format, key=key, content=content, state=FileState.READY, sha256="0" * 64
    )


def fetched(person: User, file: RenderedFile) -> bool:
    try:
        return get_file_to_fetch(person, file.pk, on=ON) == file
    except Http404:
        return False


def version(way: Way, number: int) -> PlanVersion:
    return way.plan.versions.get(number=number)


@pytest.mark.parametrize("file_format", [FILED, IN_FORCE])
def test_of_versions_the_city_fetches_what_was_filed(way: Way, file_format: str) -> None:
    other = make_way(*APPROVED, district=make_district(way.plan.district.city), evaluator=way.evaluator)
    filed, kept, changed = (
        file_of(way.plan, file_format, content)
        for content in (version(way, 1).content, version(way, 2).content, version(way, 1).content + " ")
    )
    sibling = make_way(*APPROVED, district=way.plan.district, evaluator=way.evaluator, year=2025)
    foreign, of_sibling = (
        file_of(way.plan, file_format, version(one, 1).content) for one in (other, sibling)
    )
    auditor = make_holder(Role.AUDITOR, way.plan.district.city)
    elsewhere = make_holder(Role.EVALUATOR, make_city())

    # While the district writes anew, the version in force alone is seen.
    is_seen = file_format == IN_FORCE
    for person in (way.evaluator, auditor):
        found = [fetched(person, one) for one in (filed, kept, changed, foreign, of_sibling)]
        assert found == [is_seen, False, False, False, False]
    assert [fetched(way.secretary, one) for one in (filed, kept, changed)] == [True] * 3
    assert not any(fetched(person, filed) for person in (elsewhere, other.secretary))
    way.go("give_up")
    found = [fetched(way.evaluator, one) for one in (filed, kept, changed, foreign, of_sibling)]
    assert found == [True, False, False, False, False]


def test_of_a_plan_as_it_stands_the_city_fetches_what_it_says_now() -> None:
    way = make_way(*FILING)
    now, earlier = (file_of(way.plan, PDF, content) for content in (plan_document(way.plan).to_json(), "{}"))

    assert [fetched(way.evaluator, one) for one in (now, earlier)] == [True, False]
    assert [fetched(way.secretary, one) for one in (now, earlier)] == [True, True]
    way.go("withdraw")
    assert not fetched(way.evaluator, now)


def test_of_two_plans_side_by_side_the_city_fetches_what_both_say_now() -> None:
    way = make_way(*FILING)
    sides = choose(way.plan, [], way.plan.versions.all(), new="", old="version:1")
    assert sides is not None
    assert sides.old is not None
    sheet = sheet_of(sides.new, sides.old)
    now, earlier = (
        file_of(way.plan, COMPARE, content.to_json())
        for content in (sheet, replace(sheet, new_name="從前的名稱"))
    )

    assert [fetched(way.evaluator, one) for one in (now, earlier)] == [True, False]


def test_what_was_filed_is_fetched_by_who_reads_the_version_it_was_made_of(way: Way) -> None:
    made = package_of(way.plan, version(way, 1))
    assert made is not None
    package, _approval = made
    way.go("give_up")
    files = {
        "as filed": file_of(way.plan, PACKAGE, package.to_json()),
        "of a version kept by hand": file_of(
            way.plan, PACKAGE, replace(package, version=2, document=version(way, 2).content).to_json()
        ),
        "of none": file_of(way.plan, PACKAGE, replace(package, version=9).to_json()),
        "of other words": file_of(way.plan, PACKAGE, replace(package, document="{}").to_json()),
    }

    found = {name: fetched(way.evaluator, file) for name, file in files.items()}

    assert found == dict.fromkeys(files, False) | {"as filed": True}
    assert all(fetched(way.secretary, file) for file in files.values())


def test_remarks_and_answers_are_fetched_as_they_are_told_now() -> None:
    way = make_way(*FILING, "take_in_hand", "return")
    told = response_sheet(way.plan).to_json()
    now, earlier = file_of(way.plan, RESPONSES, told), file_of(way.plan, RESPONSES, "{}")

    assert not fetched(way.evaluator, now)  # a draft again: nothing of it is seen
    assert [fetched(way.secretary, one) for one in (now, earlier)] == [True, True]
    way.go(*FILING)
    told = response_sheet(way.plan).to_json()
    assert [fetched(way.evaluator, file_of(way.plan, RESPONSES, one)) for one in (told, "{}")] == [
        True,
        False,
    ]


def test_of_the_years_results_the_city_fetches_what_was_filed_of_that_plan() -> None:
    with time_machine.travel(JANUARY, tick=False):
        year = make_year()
        sibling = make_year(district=year.district, year=2025)
        rows = [
            file_year_end(one.plan.pk, actor=one.secretary, at=JANUARY, letter=RESULTS)
            for one in (year, sibling)
        ]
    filed, of_sibling, unfiled = (
        file_of(year.plan, YEAR_END, content) for content in (rows[0].content, rows[1].content, "{}")
    )
    evaluator = make_holder(Role.EVALUATOR, year.district.city)
    elsewhere = make_holder(Role.EVALUATOR, make_city())

    assert [fetched(evaluator, one) for one in (filed, of_sibling, unfiled)] == [True, False, False]
    assert [fetched(year.secretary, one) for one in (filed, of_sibling, unfiled)] == [True] * 3
    assert not fetched(elsewhere, filed)


def test_results_are_the_citys_to_see_once_those_of_that_plan_were_filed() -> None:
    with time_machine.travel(JANUARY, tick=False):
        year = make_year()
        sibling = make_year(district=year.district, year=2025)
        file_year_end(sibling.plan.pk, actor=sibling.secretary, at=JANUARY, letter=RESULTS)
    evaluator = make_holder(Role.EVALUATOR, year.district.city)
    file = file_of(year.plan, YEAR_END, "{}")

    with pytest.raises(Http404):
        get_year_end_to_view(evaluator, year.plan.pk, on=JANUARY.date())
    assert not fetched(evaluator, file)
    assert get_year_end_to_view(evaluator, sibling.plan.pk, on=JANUARY.date()).plan == sibling.plan
