"""The district's progress report for a meeting: as a printed document, and from request to download."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.db.models import Q
from django.utils import translation

from accounts.enums import Role
from core.text import strip_blank
from dashboard.meeting import HEADS, MeetingReport, meeting_report
from dashboard.printing import MEETING, render_meeting
from dashboard.queries.years import year_rows
from documents import jobs
from documents.models import FileState, RenderedFile
from documents.render.identity import renderer_version
from plans.models import Plan
from plans.services.steps import make_version
from progress.models import Finding, FindingOrigin
from progress.queries.findings import followed_rows
from progress.services.findings import add_finding, take_finding_step
from tests.builders import make_holder, make_plan
from tests.dashboard.rows import AFTER_DUE, BEHIND, as_, release
from tests.documents.pdf_tools import Document
from tests.progress.rows import IN_FIRST, Year, make_year

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def after_the_first_quarter() -> Any:
    with time_machine.travel(AFTER_DUE, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    year = make_year()
    release(year.report("法律諮詢"), actor=year.secretary, planned="25", actual="10", 法律諮詢="1", **BEHIND)
    return year


def report_of(year: Year) -> MeetingReport:
    rows = year_rows(year.plan, on=AFTER_DUE.date(), is_inside=True)
    span = rows.span()
    assert span is not None
    findings = followed_rows(Q(plan=year.plan), on=AFTER_DUE.date())
    with translation.override("zh-hant"):
        return meeting_report(
            year.district.agency_name, 2026, year.plan.series, rows, span, findings=findings
        )


def find(year: Year, **values: Any) -> Finding:
    wanted = {
        "unit": year.units["社會課"],
        "line": None,
        "checked_on": dt.date(2026, 3, 20),
        "text": "服務台無人輪值。",
        "measure": "排定輪值表並公告。",
        "due_on": dt.date(2026, 4, 10),
    } | values
    return add_finding(year.plan, actor=year.secretary, origin=FindingOrigin.DISTRICT, at=IN_FIRST, **wanted)


def test_it_holds_what_the_dashboard_shows(year: Year) -> None:
    report = report_of(year)

    assert report.title == f"{year.district.agency_name}115年度提升服務執行計畫執行進度報告"
    assert (report.period, report.on) == ("115年1月至3月", "115年4月20日")
    assert report.summary[0] == "本期應填報2項，已送出1項（50%），落後1項；全年逾期未填1項。"
    assert [row[0] for row in report.units] == ["民政課", "社會課"]
    (behind,) = report.behind
    assert (behind.unit, behind.planned, behind.actual) == ("民政課", "25%", "10%")
    assert (behind.reason, behind.catch_up) == ("合作機構調整人力。", "116年1月31日")
    goal = next(goal for goal in report.targets if goal.name == "法律諮詢")
    assert (goal.result, goal.expected, goal.attained, goal.state) == ("1 場次", "3 場次", "8.3%", "落後")


def test_it_tells_the_findings_of_checks_that_are_followed(year: Year) -> None:
    # Both days have passed; who answered is not late.
    answered = find(year, unit=year.units["民政課"], due_on=dt.date(2026, 4, 15))
    late, released = find(year), find(year, text="值勤表未陳核。")
    take_finding_step(answered.pk, "answer", actor=year.staff(), text="已改善。", at=IN_FIRST)
    take_finding_step(released.pk, "release", actor=year.secretary, text="好。", at=IN_FIRST)

    report = report_of(year)

    assert report.summary[-1] == "平時查核列管中2項，其中逾期1項。"
    assert report.findings == (
        ("社會課", late.text, late.measure, "115年4月10日", "10", "改善中"),
        ("民政課", answered.text, answered.measure, "115年4月15日", "—", "課室已回復"),
    )


def test_its_json_is_read_as_it_was_written(year: Year) -> None:
    find(year)
    content = report_of(year).to_json()
    assert MeetingReport.from_json(content).to_json() == content


def test_json_from_before_findings_were_told_is_read(year: Year) -> None:
    values = json.loads(report_of(year).to_json())
    del values["findings"]
    for target in values["targets"]:
        del target["units"]
    found = MeetingReport.from_json(json.dumps(values))
    assert (found.findings, {target.units for target in found.targets}) == ((), {""})
    assert found.units == report_of(year).units


def test_its_words_are_chinese_whatever_the_language_of_the_page(year: Year) -> None:
    client = as_(year.secretary)
    client.cookies.load({"django_language": "en"})
    client.post(f"/dashboard/plans/{year.plan.pk}/meeting/?period=1")
    assert RenderedFile.objects.get(format="meeting").content == report_of(year).to_json()


def test_targets_without_a_number_stand_in_a_table_of_their_own(year: Year) -> None:
    report = report_of(year)
    assert [goal.name for goal in report.counted] == ["法律諮詢", "訪視達成率"]
    (goal,) = report.worded
    assert (goal.name, goal.units, goal.state) == ("諮詢紀錄於三日內歸檔。", "民政課", "落後")
    assert "未訂數值" not in goal.why


@pytest.mark.slow
def test_the_pdf_is_dressed_and_says_what_the_report_holds(year: Year) -> None:
    find(year)
    report = report_of(year)
    data = render_meeting(report.to_json())
    made = Document(data)

    assert data == render_meeting(report.to_json())
    assert made.kinsoku_violations() == []
    assert made.orphans() == []
    assert made.unmarked() == []
    assert made.irregular_tables() == []
    assert made.cells_without_heads() == []
    assert all(made.fonts().values())
    assert [words for _level, words in made.bookmarks()] == [
        "壹、填報情形", "貳、落後項目", "參、年度目標達成情形", "肆、逾期未填報項目",
        "伍、平時查核列管事項", "陸、各期趨勢",
    ]  # fmt: skip
    text = strip_blank(made.text)
    wanted = [
        *report.summary,
        *(head for heads in HEADS.values() for head in heads),
        *(cell for row in (*report.units, *report.overdue, *report.findings, *report.trend) for cell in row),
        *(words for row in report.behind for words in (row.line, row.reason, row.countermeasure)),
        *(words for goal in report.targets for words in (goal.name, goal.promise, goal.why)),
    ]
    assert [words for words in wanted if strip_blank(words) not in text] == []
    figures = [element for root in made.tree for element in root.all("Figure")]
    assert len(figures) == 3
    assert strip_blank(f"第1頁，共{len(made.pages)}頁") in strip_blank(made.furniture(0))


@pytest.mark.slow
def test_from_request_to_download(year: Year) -> None:
    client, address = as_(year.secretary), f"/dashboard/plans/{year.plan.pk}/meeting/?period=1"
    assert client.post(address).headers["Location"] == address
    client.post(address)

    file = RenderedFile.objects.get(format="meeting")
    jobs.make_file(file.pk)
    file.refresh_from_db()
    response = client.get(f"/files/{file.pk}/")

    assert file.state == FileState.READY
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    name = f"{year.plan.label}執行進度報告115年1月至3月.pdf"
    assert quote(name) in response.headers["Content-Disposition"]
    assert as_(make_holder(Role.EVALUATOR, year.district.city)).get(f"/files/{file.pk}/").status_code == 404


def test_a_plan_without_periods_has_no_report(year: Year) -> None:
    other = make_plan(year.district, year=2025)
    version = make_version(other, actor=year.secretary, at=AFTER_DUE)
    Plan.objects.filter(pk=other.pk).update(in_force=version, status="approved")

    assert as_(year.secretary).get(f"/dashboard/plans/{year.plan.pk}/meeting/").status_code == 200
    assert as_(year.secretary).get(f"/dashboard/plans/{other.pk}/meeting/").status_code == 404


def test_what_its_look_depends_on_is_in_its_key() -> None:
    assert renderer_version(MEETING.name) not in {renderer_version("pdf"), renderer_version("nothing")}
