"""Indicators and targets by sheet: out and in again, what rows do, what is refused and where."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import District, User
from core.models import AuditEvent
from core.sheet_files import CsvSheet, OdsSheet, Sheet, XlsxSheet, read_sheet
from indicators.models import Indicator, Milestone, YearlyTarget
from indicators.services import Step, retire_indicator, set_milestones, update_indicator
from plans.enums import PlanStatus
from plans.resources import TargetResource, run_targets, targets_file
from tests.builders import make_district, make_secretary, make_unit, make_user
from tests.plans.indicator_rows import make_indicator, promise, show_in_plan

pytestmark = pytest.mark.django_db

FORMATS = {"xlsx": XlsxSheet, "ods": OdsSheet, "csv": CsvSheet}
NAMES = list(TargetResource.Meta.fields)
TODAY = dt.date(2026, 3, 1)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def district() -> District:
    return make_district()


@pytest.fixture
def secretary(district: District) -> User:
    return make_secretary(district)


def fill(district: District) -> None:
    """Make indicators of every kind, with targets over years."""
    unit = make_unit(district, "民政課")
    advice = make_indicator(district, "法律諮詢", unit=unit, aggregation="each_period", frequency="quarter")
    for year, value in ((2024, "10"), (2025, "12.5"), (2026, "204000")):
        promise(advice, year, value, quote=f"=辦理{value}場次。")
    share = make_indicator(
        district, "調解成立率", counted_in="%", aggregation="ratio", direction="more",
        numerator_name="成立", denominator_name="受理", decimals=3,
    )  # fmt: skip
    promise(share, 2026, "0.0001")
    promise(make_indicator(district, "經費", counted_in="元"), 2026, "123456789012345")
    score = make_indicator(district, "滿意度", counted_in="分", comparator="between", aggregation="mean")
    promise(score, 2026, "90", value_max=Decimal("95.5"))
    growth = make_indicator(district, "回收量", counted_in="%", baseline="last_year", direction="more")
    promise(growth, 2026, "5", baseline=Decimal("1000.1"), is_proposal=True)
    steps = make_indicator(district, "建置系統", counted_in="", comparator="done", aggregation="milestones")
    promise(steps, 2026, None)
    set_milestones(
        steps.targets.get(),
        [
            Step("規劃 100% 完成", dt.date(2026, 6, 30), Decimal("33.33")),
            Step("啟用", dt.date(2026, 12, 1), Decimal("66.67")),
        ],
        actor=make_user(),
    )
    make_indicator(district, "未訂目標", per="person")
    retire_indicator(make_indicator(district, "舊指標").pk, actor=make_user(), on=TODAY)


def exported(district: District) -> list[dict[str, Any]]:
    return [dict(zip(NAMES, row, strict=True)) for row in TargetResource(district=district).export()]


def sheet(rows: list[dict[str, Any]], heads: list[str] | None = None) -> bytes:
    heads = heads or list(rows[0])
    data = Sheet()
    data.headers = heads
    for row in rows:
        data.append([row.get(name, "") for name in heads])
    return CsvSheet().export_data(data)


def bring_in(district: District, actor: User, rows: list[dict[str, Any]], *, is_preview: bool = False):
    return run_targets(district, sheet(rows), actor=actor, on=TODAY, is_preview=is_preview)


def written() -> tuple[int, ...]:
    return tuple(model.history.count() for model in (Indicator, YearlyTarget, Milestone))


# Out and in again


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_what_is_taken_out_changes_nothing_when_it_is_brought_in(
    district, secretary, extension: str, language: str
) -> None:
    fill(district)
    before = written()

    with override(language):
        data, _content_type = targets_file(district, extension)
        run = run_targets(district, data, actor=secretary, on=TODAY, is_preview=False)

    assert (run.problems, run.rows, run.unchanged) == ((), (), 10)
    assert written() == before


def test_a_row_stands_for_an_indicator_in_a_year_with_all_that_can_be_written(district) -> None:
    fill(district)

    rows = exported(district)

    assert [(row["name"], row["year"], row["value"]) for row in rows] == [
        ("回收量", 115, 5),
        ("建置系統", 115, ""),
        ("未訂目標", "", ""),
        ("法律諮詢", 115, 204000),
        ("法律諮詢", 114, Decimal("12.5")),
        ("法律諮詢", 113, 10),
        ("滿意度", 115, 90),
        ("經費", 115, 123456789012345),
        ("舊指標", "", ""),
        ("調解成立率", 115, Decimal("0.0001")),
    ]
    assert rows[0] | {"key": 0} == {
        "key": 0,
        "version": 2,
        "year": 115,
        "name": "回收量",
        "counted_in": "%",
        "comparator": "at least",
        "value": 5,
        "value_max": "",
        "baseline_value": Decimal("1000.1"),
        "aggregation": "Sum over the periods",
        "per": "",
        "frequency": "",
        "baseline": "Last year's result",
        "direction": "More is better",
        "numerator_name": "",
        "denominator_name": "",
        "decimals": 0,
        "unit": "",
        "milestones": "",
        "quote": "",
        "retired": "No",
        "proposal": "Yes",
    }
    assert rows[1]["milestones"] == "115.6.30 33.33% 規劃 100% 完成\n115.12.1 66.67% 啟用"


def test_every_field_of_an_indicator_and_a_target_has_its_column() -> None:
    fields = {field.name for model in (Indicator, YearlyTarget) for field in model._meta.fields}
    others = {"id", "district", "indicator", "retired_on", "is_proposal", "result"}

    assert fields - others <= set(NAMES)


@pytest.mark.parametrize("count", [1, 3])
def test_taking_out_costs_the_same_for_any_number_of_rows(district, count: int) -> None:
    for at in range(count):
        indicator = make_indicator(district, f"指標{at}")
        for year in (2025, 2026):
            promise(indicator, year, "1")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        rows = exported(district)

    assert len(rows) == 2 * count
    assert len(queries) == 6


# What rows do


def test_changed_cells_are_written_and_told(district, secretary) -> None:
    fill(district)
    rows = exported(district)
    advice = [row for row in rows if row["name"] == "法律諮詢"]
    advice[0] |= {"value": "3,380", "quote": "辦理3,380場次。"}

    run = bring_in(district, secretary, advice)

    (told,) = run.rows
    assert (told.number, told.is_new, told.line) == (2, False, "法律諮詢 115")
    assert [head for head, _words in told.cells] == ["Value", "Sentence"]
    target = YearlyTarget.objects.get(indicator__name="法律諮詢", year=2026)
    assert (target.value, target.quote) == (3380, "辦理3,380場次。")
    assert target.history.order_by("history_id").last().history_user == secretary


def test_what_belongs_to_the_indicator_is_changed_in_all_its_rows(district, secretary) -> None:
    fill(district)
    rows = [row for row in exported(district) if row["name"] == "法律諮詢"]
    for row in rows:
        row |= {"name": "法扶", "frequency": "Every month", "decimals": 1, "unit": ""}

    run = bring_in(district, secretary, rows)

    assert run.problems == ()
    indicator = Indicator.objects.get(name="法扶")
    assert (indicator.frequency, indicator.decimals, indicator.unit) == ("month", 1, None)
    assert indicator.history.count() == 2


def test_new_indicators_with_years_and_new_years_of_old_ones(district, secretary) -> None:
    known = make_indicator(district, "法律諮詢")
    promise(known, 2026, "12")
    new = {"name": "志工招募", "counted_in": "人", "comparator": "至少", "aggregation": "sum"}
    rows = [
        new | {"year": 115, "value": 5},
        new | {"year": 116, "value": "六"},
        {"name": "法律諮詢", "counted_in": "場次", "year": "2027", "value": 14, "comparator": "at least"},
        {"name": "建置", "comparator": "done", "aggregation": "milestones", "year": 115}
        | {"milestones": "115/3/31 40% 規劃\n2026-12-31 60％ 啟用"},
        {"name": "沒有年度"},
    ]
    heads = ["name", "counted_in", "comparator", "aggregation", "year", "value", "milestones", "key"]

    run = run_targets(district, sheet(rows, heads), actor=secretary, on=TODAY, is_preview=False)

    assert (run.problems, run.added, run.changed) == ((), 5, 0)
    found = YearlyTarget.objects.order_by("indicator__name", "year")
    assert list(found.values_list("indicator__name", "year", "value")) == [
        ("建置", 2026, None),
        ("志工招募", 2026, 5),
        ("志工招募", 2027, 6),
        ("法律諮詢", 2026, 12),
        ("法律諮詢", 2027, 14),
    ]
    assert Indicator.objects.count() == 4
    assert list(Milestone.objects.values_list("title", "due_on", "weight")) == [
        ("規劃", dt.date(2026, 3, 31), 40),
        ("啟用", dt.date(2026, 12, 31), 60),
    ]


def test_a_sheet_retires_and_brings_back(district, secretary) -> None:
    fill(district)
    rows = [row for row in exported(district) if row["name"] in {"舊指標", "未訂目標"}]
    for row in rows:
        row["retired"] = "否" if row["name"] == "舊指標" else "是"

    bring_in(district, secretary, rows)

    retired = dict(Indicator.objects.values_list("name", "retired_on"))
    assert (retired["舊指標"], retired["未訂目標"]) == (None, TODAY)


def test_milestones_keep_their_rows_by_their_titles(district, secretary) -> None:
    fill(district)
    kept = Milestone.objects.get(title="啟用")
    rows = [row for row in exported(district) if row["name"] == "建置系統"]
    rows[0]["milestones"] = "115.11.30 100% 啟用"

    bring_in(district, secretary, rows)

    assert list(Milestone.objects.values_list("pk", "weight", "due_on")) == [
        (kept.pk, 100, dt.date(2026, 11, 30))
    ]


def test_a_preview_writes_nothing(district, secretary) -> None:
    fill(district)
    before = written()
    rows = exported(district)
    for row in rows:
        row["numerator_name"] = "件數"

    run = bring_in(district, secretary, [*rows, {"name": "新指標", "year": 116}], is_preview=True)

    assert (run.problems, run.changed, run.added) == ((), 7 + 3 - 2, 1 + 2)
    assert written() == before


# What is refused, and where it says so


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"value": "很多"}, "Row 2, column “Value”: “很多” is not a number."),
        ({"value": "0.00001"}, "Row 2, column “Value”: A value has at most 15 digits"),
        ({"value_max": "12"}, "Row 2, column “Highest value”: Only “between” has a highest value."),
        ({"comparator": "大約"}, "Row 2, column “Comparison”: “大約” is not one of the names"),
        ({"comparator": "done", "value": ""}, "Row 2, column “Result of the year”: What is done or not"),
        ({"name": "長" * 201}, "Row 2, column “Indicator”: At most 200 characters."),
        ({"decimals": 5}, "Row 2, column “Decimals”: At most 4 decimals."),
        ({"decimals": "1.5"}, "Row 2, column “Decimals”: “1.5” is not a whole number."),
        ({"unit": "無此課"}, "Row 2, column “Responsible unit”:"),
        ({"year": 300}, "Row 2, column “ROC year”: Write a year near this one."),
        ({"key": 999999}, "Row 2, column “Identity”: This district has no indicator of this identity."),
        ({"version": 1}, "Row 2, column “Version”: This was changed since the sheet was made"),
        ({"version": ""}, "Row 2, column “Version”: This cell is empty."),
        ({"milestones": "明年"}, "Row 2, column “Milestones”: “明年” is no milestone."),
        ({"milestones": "115.6.30 100% 啟用"}, "Row 2, column “Milestones”: Only what is told by weighted"),
        ({"baseline_value": "1e99"}, "Row 2, column “Last year's result, or start”: “1e99” is not a number."),
        ({"year": "", "value": 3}, "Row 2, column “ROC year”: This cell is empty."),
        ({"retired": "也許"}, "Row 2, column “Retired”:"),
    ],
)
def test_a_cell_that_cannot_be_is_named_and_nothing_is_written(district, secretary, cells, problem) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    (row,) = exported(district)
    before = written()

    run = bring_in(district, secretary, [row | {"numerator_name": "件數"} | cells])

    assert [words[: len(problem)] for words in run.problems] == [problem]
    assert written() == before


def test_rows_of_one_indicator_say_the_same(district, secretary) -> None:
    fill(district)
    rows = [row for row in exported(district) if row["name"] == "法律諮詢"]
    rows[0]["name"] = "法扶"

    run = bring_in(district, secretary, rows)

    assert run.problems == (
        "Row 3, column “Indicator”: Row 2 says something else of the same indicator. Let both be the same.",
        "Row 4, column “Indicator”: Row 2 says something else of the same indicator. Let both be the same.",
    )
    assert not Indicator.objects.filter(name="法扶").exists()


def test_the_same_year_twice_is_refused(district, secretary) -> None:
    rows = [{"name": "新指標", "year": 115, "value": value} for value in (1, 2)]

    run = bring_in(district, secretary, rows)

    assert run.problems == ("Row 3: This row means the same as row 2. Remove one of them.",)
    assert not Indicator.objects.exists()


def test_a_name_several_indicators_bear_needs_the_identity(district, secretary) -> None:
    make_indicator(district)
    make_indicator(district)

    run = bring_in(district, secretary, [{"name": "法律諮詢", "counted_in": "場次", "year": 115, "value": 1}])

    assert run.problems == (
        "Row 2, column “Identity”: Several indicators are called “法律諮詢”. Fill in which.",
    )


def test_what_was_changed_since_the_sheet_was_made_is_not_written_over(district, secretary) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    (row,) = exported(district)
    update_indicator(indicator.pk, actor=make_user(), values={"decimals": 1})

    run = bring_in(district, secretary, [row | {"value": 15}])

    assert "This was changed since the sheet was made (version 2 there, 3 now)." in run.problems[0]
    assert indicator.targets.get().value == 12


def test_what_a_closed_plan_holds_is_refused_at_its_row(district, secretary) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    show_in_plan(indicator, 2026, status=PlanStatus.APPROVED)
    (row,) = exported(district)

    for cells, words in (({"value": 15}, "of 115 promises it"), ({"name": "新名"}, "promises it like this")):
        run = bring_in(district, secretary, [row | cells])
        assert run.problems[0].startswith("Row 2: ")
        assert words in run.problems[0]

    assert (indicator.targets.get().value, Indicator.objects.get().name) == (12, "法律諮詢")


def test_indicators_of_another_district_are_not_reached(district, secretary) -> None:
    other = make_indicator(make_district(), "別區")
    promise(other, 2026, "1")

    run = bring_in(district, secretary, [{"key": other.pk, "name": "別區", "year": 115, "value": 9}])

    assert "no indicator of this identity" in run.problems[0]
    assert other.targets.get().value == 1


def test_heads_that_are_unknown_or_missing_are_named(district, secretary) -> None:
    data = sheet([{"名稱?": "甲", "year": 115}])

    run = run_targets(district, data, actor=secretary, on=TODAY, is_preview=True)

    assert any("“名稱?” is not known" in words for words in run.problems)
    data = sheet([{"name": "甲"}])
    run = run_targets(district, data, actor=secretary, on=TODAY, is_preview=True)
    assert run.problems == ("The column “ROC year” is missing. Without it no row can be told from another.",)


# The pages


def test_a_sheet_is_looked_at_and_then_written(client: Client, district, secretary) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    client.force_login(secretary)
    client.cookies["django_language"] = "en"
    address = f"/indicators/sheets/{district.pk}/"
    answer = client.get(f"{address}?format=xlsx")
    rows = read_sheet(answer.content)
    assert rows.headers[:4] == ["Identity", "Version", "ROC year", "Indicator"]

    (row,) = exported(district)
    upload = SimpleUploadedFile("targets.csv", sheet([row | {"value": 15}]))
    preview = client.post(f"{address}import/", {"file": upload}).content.decode()
    assert "Rows changed: 1; added: 0" in preview
    assert indicator.targets.get().value == 12

    (token,) = re.findall(r'name="token" value="([^"]+)"', preview)
    other = Client()
    other.force_login(make_secretary(district))
    other.post(f"{address}import/", {"token": token})
    assert indicator.targets.get().value == 12

    written = client.post(f"{address}import/", {"token": token})
    assert written.headers["Location"] == f"/indicators/?district={district.pk}"
    assert indicator.targets.get().value == 15


def test_the_audit_log_is_told_of_what_is_taken_out_and_written(client: Client, district, secretary) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    (row,) = exported(district)
    client.force_login(secretary)
    before = set(AuditEvent.objects.values_list("pk", flat=True))

    client.get(f"/indicators/sheets/{district.pk}/?format=csv")
    bring_in(district, secretary, [row | {"value": 15}], is_preview=True)
    bring_in(district, secretary, [row | {"value": 15}])

    events = AuditEvent.objects.exclude(pk__in=before).order_by("pk")
    told = [(event.kind, event.district, event.details["of"]) for event in events]
    assert told == [
        ("export", district.pk, "indicators.yearlytarget"),
        ("import", district.pk, "indicators.yearlytarget"),
    ]


def test_a_sheet_that_became_stale_after_its_preview_is_refused(client: Client, district, secretary) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    client.force_login(secretary)
    address = f"/indicators/sheets/{district.pk}/import/"
    (row,) = exported(district)
    upload = SimpleUploadedFile("targets.csv", sheet([row | {"value": 15}]))
    preview = client.post(address, {"file": upload}).content.decode()
    (token,) = re.findall(r'name="token" value="([^"]+)"', preview)
    promise(indicator, 2026, "13")

    answer = client.post(address, {"token": token})

    assert answer.status_code == 409
    assert indicator.targets.get().value == 13


def test_a_file_that_is_no_sheet_is_refused_in_words(client: Client, district, secretary) -> None:
    client.force_login(secretary)
    client.cookies["django_language"] = "en"

    answer = client.post(
        f"/indicators/sheets/{district.pk}/import/", {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04nope")}
    )

    assert answer.status_code == 422
    assert "cannot be read" in answer.content.decode()
