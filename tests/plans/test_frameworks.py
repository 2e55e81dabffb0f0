from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils.translation import override

from accounts.models import City, District
from plans.enums import FrameworkStatus
from plans.frameworks import CriterionLine, code_problems, parent_code, point_problems, position_of, sort_key
from plans.models import Criterion, Framework

FIXTURES = ("cities", "districts", "frameworks")
FIXTURE_DIR = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


def line(code: str, points: int | str | None = None) -> CriterionLine:
    return CriterionLine(code=code, title="T" + code, points=None if points is None else Decimal(points))


def load(*names: str) -> None:
    for name in names or FIXTURES:
        call_command("loaddata", FIXTURE_DIR / f"{name}.json", verbosity=0)


def snapshot() -> list[object]:
    return [
        *City.objects.values(),
        *District.objects.values(),
        *Framework.objects.order_by("pk").values(),
        *Criterion.objects.order_by("pk").values(),
    ]


# The fixtures


@pytest.mark.slow
@pytest.mark.django_db
def test_fixtures_load_on_an_empty_database_and_a_second_time_change_nothing() -> None:
    load()
    before = snapshot()
    load()

    assert snapshot() == before
    assert len(before) == 6 + 158 + 3 + 68
    assert District.history.count() == 0


@pytest.mark.slow
@pytest.mark.django_db
def test_every_city_has_all_its_districts() -> None:
    load("cities", "districts")

    counts = Counter(District.objects.values_list("city__name", flat=True))

    assert counts == {"臺北市": 12, "新北市": 29, "桃園市": 13, "臺中市": 29, "臺南市": 37, "高雄市": 38}


@pytest.mark.slow
@pytest.mark.django_db
def test_districts_of_one_name_stand_apart_by_city() -> None:
    load("cities", "districts")

    repeated = [
        name for name, count in Counter(District.objects.values_list("name", flat=True)).items() if count > 1
    ]

    assert sorted(repeated) == sorted(["大安區", "東區", "南區", "北區"])
    assert District.objects.get_by_natural_key("臺中市", "大安區").agency_name == "臺中市大安區公所"
    assert District.objects.get_by_natural_key("臺北市", "大安區").code == "63000030"


def test_codes_of_districts_begin_with_their_citys_and_are_unique() -> None:
    city_codes = {
        row["fields"]["name"]: row["fields"]["code"]
        for row in json.loads((FIXTURE_DIR / "cities.json").read_text())
    }
    rows = [row["fields"] for row in json.loads((FIXTURE_DIR / "districts.json").read_text())]

    assert [row["code"] for row in rows if row["code"][:5] != city_codes[row["city"][0]]] == []
    assert len({row["code"] for row in rows}) == len(rows) == 158
    assert {row["agency_name"] for row in rows} == {f"{row['city'][0]}{row['name']}公所" for row in rows}


@pytest.mark.slow
@pytest.mark.django_db
def test_points_of_every_framework_in_the_fixtures_add_up() -> None:
    load("cities", "frameworks")

    for framework in Framework.objects.all():
        lines = [CriterionLine(c.code, c.title, c.points) for c in framework.criteria.all()]
        assert code_problems([line.code for line in lines]) == []
        assert point_problems(framework.total_points, lines) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_criteria_of_the_fixtures_stand_where_their_codes_say() -> None:
    load("cities", "frameworks")

    for criterion in Criterion.objects.select_related("parent"):
        assert criterion.position == position_of(criterion.code)
        assert (criterion.parent.code if criterion.parent else "") == parent_code(criterion.code)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("city", "total", "levels", "shape"),
    [
        ("高雄市", None, 2, [1, 4, 4, 4, 3, 3, 4]),
        ("臺南市", None, 3, [2, 2, 2]),
        ("臺南市", Decimal(1000), 3, [2, 2, 1]),
    ],
)
def test_frameworks_have_the_shape_of_the_plans_written_by_them(
    city: str, total: Decimal | None, levels: int, shape: list[int]
) -> None:
    load("cities", "frameworks")

    framework = Framework.objects.get(city__name=city, total_points=total)
    codes = sorted(framework.criteria.values_list("code", flat=True), key=sort_key)

    assert framework.status == FrameworkStatus.IN_FORCE
    assert len(framework.level_names.split(",")) == levels == max(len(sort_key(code)) for code in codes)
    assert [
        len([code for code in codes if parent_code(code) == top]) for top in codes if "." not in top
    ] == shape


# The arithmetic


def test_no_points_at_all_are_no_problem() -> None:
    assert point_problems(None, [line("1"), line("1.1"), line("2")]) == []


def test_points_that_add_up_on_every_level_are_no_problem() -> None:
    lines = [line("1", 60), line("1.1", "12.5"), line("1.2", "47.50"), line("2", 40), line("2.1")]

    assert point_problems(Decimal(100), lines) == []


def test_a_group_short_of_its_points_is_named() -> None:
    lines = [line("1", 60), line("1.1", 20), line("1.2", 30), line("2", 40)]

    assert point_problems(Decimal(100), lines) == ["1 T1 has 60 points, but what stands below it has 50."]


def test_outermost_criteria_short_of_the_total_are_named() -> None:
    assert point_problems(Decimal(100), [line("1", 60), line("2", 30)]) == [
        "The framework has 100 points, but what stands below it has 90."
    ]


def test_points_without_points_above_them_are_named() -> None:
    assert point_problems(None, [line("1", 60), line("2", 40)]) == [
        "The framework has no points, but what stands below it has 100."
    ]
    assert point_problems(None, [line("1"), line("1.1", 5)]) == [
        "1 T1 has no points, but what stands below it has 5."
    ]


def test_one_of_a_group_without_points_is_named() -> None:
    assert point_problems(Decimal(100), [line("1", 100), line("2")]) == [
        "2 T2 has no points, but others beside it have."
    ]


def test_a_total_that_nothing_shares_out_is_named() -> None:
    assert point_problems(Decimal(100), [line("1"), line("2")]) == [
        "The framework has 100 points, its outermost criteria have none."
    ]


def test_negative_points_are_named_even_where_the_sum_is_right() -> None:
    assert point_problems(Decimal(10), [line("1", 15), line("2", -5)]) == ["2 T2 has fewer than no points."]


def test_codes_past_nine_keep_their_order() -> None:
    assert sorted(["1.10", "1.9", "1", "2"], key=sort_key) == ["1", "1.9", "1.10", "2"]


@pytest.mark.parametrize(
    ("codes", "problem"),
    [
        (["1", "1.x"], "“1.x” is not a code. Write the positions with dots between, such as 1.2."),
        (["1", "1."], "“1.” is not a code. Write the positions with dots between, such as 1.2."),
        (["1", "1"], "The code 1 is given twice. Give each criterion its own."),
        (["1", "2.1"], "Nothing stands above 2.1. Add the criterion 2, or change the code."),
    ],
)
def test_codes_that_make_no_tree_are_named(codes: list[str], problem: str) -> None:
    assert code_problems(codes) == [problem]


def test_codes_of_a_tree_are_no_problem_in_any_order() -> None:
    assert code_problems(["1.1", "2", "1", "0"]) == []
