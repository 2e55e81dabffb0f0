from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from plans.document import UnitName
from plans.models import Plan
from plans.services.items import save_item, values_of
from progress.enums import ReportStatus
from progress.models import ProgressReport
from progress.services.layout import Filers, lay_out_plan
from review.models import Holiday
from tests.builders import make_plan, make_unit, make_user, node
from tests.progress.rows import APPROVED, IN_FIRST, Year, counted, make_year, put_in_force

pytestmark = pytest.mark.django_db


def owed(year: Year, number: int = 1) -> list[str]:
    reports = ProgressReport.objects.owed().filter(period__plan=year.plan, period__number=number)
    return [f"{one.line.number}{one.line.words} {one.unit}" for one in reports.select_related("line", "unit")]


def test_a_plan_that_is_not_in_force_is_not_laid_out() -> None:
    with pytest.raises(ValidationError, match="尚無核定版本"):
        lay_out_plan(make_plan().pk, actor=make_user(), at=APPROVED)


def test_each_unit_owes_its_lines_in_each_quarter() -> None:
    year = make_year()
    quarters = year.plan.periods.values_list("number", "starts_on", "ends_on", "opens_on", "due_on")

    assert list(quarters) == [
        (1, dt.date(2026, 1, 1), dt.date(2026, 3, 31), dt.date(2026, 1, 5), dt.date(2026, 4, 10)),
        (2, dt.date(2026, 4, 1), dt.date(2026, 6, 30), dt.date(2026, 4, 1), dt.date(2026, 7, 10)),
        (3, dt.date(2026, 7, 1), dt.date(2026, 9, 30), dt.date(2026, 7, 1), dt.date(2026, 10, 12)),
        (4, dt.date(2026, 10, 1), dt.date(2026, 12, 31), dt.date(2026, 10, 1), dt.date(2027, 1, 11)),
    ]
    assert [owed(year, number) for number in (1, 4)] == [["一、法律諮詢 民政課", "二、關懷訪視 社會課"]] * 2


def test_periods_that_were_over_at_the_approval_open_then_and_are_due_thirty_days_later() -> None:
    year = make_year(at=dt.datetime(2026, 4, 30, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))))
    first, second = year.period(1), year.period(2)

    assert (first.opens_on, first.due_on) == (dt.date(2026, 4, 30), dt.date(2026, 6, 1))
    assert (second.opens_on, second.due_on) == (dt.date(2026, 4, 30), dt.date(2026, 7, 10))


def test_targets_are_those_of_the_version_with_qualitative_ones_among_them() -> None:
    targets = make_year().plan.counted_targets.values_list(
        "quote", "name", "value", "counted_in", "aggregation"
    )

    assert [(quote, name, str(value), unit, how) for quote, name, value, unit, how in targets] == [
        ("全年辦理法律諮詢12場次。", "法律諮詢", "12.0000", "場次", "sum"),
        ("諮詢紀錄於三日內歸檔。", "", "None", "", ""),
        ("訪視獨居長者達成率95%以上。", "訪視達成率", "95.0000", "%", "ratio"),
    ]


def test_a_due_day_that_is_a_holiday_moves_to_the_next_day_that_is_worked() -> None:
    call_command("loaddata", "fixtures/holidays_2026", verbosity=0)
    # 清明 of 2026 with the day in its place is 3 to 6 April, the weekend between; 10 October is a Saturday.
    for day, name in ((10, "調整放假"), (13, "颱風停止上班")):
        Holiday.objects.create(day=dt.date(2026, 4, day), name=name)

    year = make_year()

    assert [period.due_on for period in year.plan.periods.all()] == [
        dt.date(2026, 4, 14),
        dt.date(2026, 7, 10),
        dt.date(2026, 10, 12),
        dt.date(2027, 1, 11),
    ]


def test_laid_out_twice_nothing_is_written_again() -> None:
    year = make_year()
    before = [model.history.count() for model in (ProgressReport, type(year.line("法律諮詢")))]
    keys = set(ProgressReport.objects.values_list("pk", flat=True))

    lay_out_plan(year.plan.pk, actor=year.secretary, at=IN_FIRST)

    assert [model.history.count() for model in (ProgressReport, type(year.line("法律諮詢")))] == before
    assert set(ProgressReport.objects.values_list("pk", flat=True)) == keys


def test_what_is_written_in_a_revision_changes_nothing_until_it_is_approved() -> None:
    year = make_year()
    item = year.line("法律諮詢").item
    Plan.objects.filter(pk=year.plan.pk).update(status="revising")
    save_item(
        year.plan.pk, item.uid, actor=year.secretary, base=values_of(item), values={"title": "法律扶助"}
    )
    lay_out_plan(year.plan.pk, actor=year.secretary, at=IN_FIRST)
    assert owed(year) == ["一、法律諮詢 民政課", "二、關懷訪視 社會課"]

    put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)

    assert owed(year) == ["一、法律扶助 民政課", "二、關懷訪視 社會課"]


def test_a_line_that_a_revision_takes_out_is_owed_no_more_but_what_was_filed_stays() -> None:
    year = make_year()
    ProgressReport.objects.filter(pk=year.report("法律諮詢", 1).pk).update(status=ReportStatus.ACCEPTED)
    item = year.line("法律諮詢").item
    item.removed_at = IN_FIRST
    item.save()
    for below in item.children.all():
        below.removed_at = IN_FIRST
        below.save()

    put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)

    assert owed(year, 1) == ["一、法律諮詢 民政課", "一、關懷訪視 社會課"]
    assert owed(year, 2) == ["一、關懷訪視 社會課"]
    assert [one.name for one in year.plan.counted_targets.present()] == ["訪視達成率"]


def test_a_line_of_all_units_is_filed_by_the_secretariat_by_one_unit_or_by_each() -> None:
    target = counted("辦理3場。", "活動", "3", "場")
    year = make_year(
        node(
            "chapter",
            title="內容",
            children=[node("heading", title="共同", all_units=True, children=[target])],
        )
    )
    line, filers = year.line("共同"), Filers(year.plan)
    names = {unit.pk: name for name, unit in year.units.items()}
    make_unit(year.district, "新課", order=9, starts_on=dt.date(2026, 7, 1))

    def files(on: dt.date = dt.date(2026, 1, 1)) -> list[str]:
        return [names.get(unit, "新課") for unit in Filers(year.plan).of(line, on=on)]

    assert [names[unit] for unit in filers.of(line, on=dt.date(2026, 1, 1))] == ["秘書室"]
    line.each_unit_files = True
    assert files() == ["民政課", "社會課", "秘書室"]
    assert files(dt.date(2026, 7, 1)) == ["民政課", "社會課", "秘書室", "新課"]
    line.collector = year.units["社會課"]
    assert files() == ["社會課"]


def test_a_unit_that_is_gone_is_followed_by_its_successor_from_then_on() -> None:
    year = make_year()
    new = make_unit(year.district, "民政及宗教課", starts_on=dt.date(2026, 7, 1))
    old = year.units["民政課"]
    old.ends_on, old.successor = dt.date(2026, 6, 30), new
    old.save()
    line = year.line("法律諮詢")

    assert Filers(year.plan).of(line, on=dt.date(2026, 4, 1)) == [old.pk]
    assert Filers(year.plan).of(line, on=dt.date(2026, 7, 1)) == [new.pk]


def test_a_measure_that_serves_two_headings_is_measured_once() -> None:
    year = make_year()
    indicator = year.target("法律諮詢").indicator
    assert indicator is not None
    other = year.line("關懷訪視").item.children.get(kind="target")
    other.indicators.add(indicator)

    put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)

    targets = year.plan.counted_targets.present().filter(indicator=indicator)
    assert [(one.line.words, one.same_as_id is None) for one in targets] == [
        ("法律諮詢", True),
        ("關懷訪視", False),
    ]


def test_names_of_units_are_found_by_their_short_names_too() -> None:
    year = make_year(
        node(
            "chapter",
            title="內容",
            children=[
                node(
                    "heading",
                    title="列",
                    units=(UnitName("民政"),),
                    children=[counted("辦理3場。", "活動", "3", "場")],
                )
            ],
        )
    )
    unit = year.units["民政課"]
    unit.short_names = "民政"
    unit.save()
    lay_out_plan(year.plan.pk, actor=year.secretary, at=APPROVED)
    assert [report for report in owed(year) if report.endswith("民政課")] == ["一、列 民政課"]
