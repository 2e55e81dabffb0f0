"""A plan that was imported, followed by its units through a whole year, to the printed results of the year.

Run on twins of two real plans, and on the plans themselves where they are.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import Count

from accounts.enums import Role
from accounts.models import User
from documents.jobs import make_file
from documents.models import RenderedFile
from indicators.enums import Aggregation, Comparator, ProgressState
from indicators.models import YearlyTarget
from plans.enums import PlanStatus
from plans.models import Plan
from plans.services.steps import Letter
from progress.enums import ReportStatus, ReportStep
from progress.models import CountedTarget, Period, ProgressReport, YearEnd
from progress.queries.filing import year_board
from progress.queries.reports import targets_of, values_of, what_lacks
from progress.queries.yearend import target_words, unaccepted
from progress.services.reports import lock_report, save_report
from progress.services.steps import hand_in, take_step, take_steps
from progress.services.tracking import Choice, choose_lines
from progress.yearend import YearEndSheet
from review.services.year_ends import file_year_end, receive_year_end
from tests.builders import make_district, make_holder, make_secretary, make_unit
from tests.dashboard.rows import as_
from tests.documents.pdf_tools import Document
from tests.progress.rows import APPROVED, Year, put_in_force

pytestmark = pytest.mark.django_db
TAIPEI = ZoneInfo("Asia/Taipei")
TWINS = Path(__file__).resolve().parents[1] / "documents" / "twins"
SEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "seeds"
NO_SEEDS = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed plans are not here")
ANPING = [
    pytest.param(TWINS / "anping.txt", id="twin"),
    pytest.param(SEEDS / "anping-103.txt", id="seed", marks=NO_SEEDS),
]
ALIAN = [
    pytest.param(TWINS / "alian.txt", id="twin"),
    pytest.param(SEEDS / "alian-108.txt", id="seed", marks=NO_SEEDS),
]
UNITS = ("民政課", "社會課", "經建課", "農業課", "役政災防課", "秘書室", "人事室", "會計室")
BEHIND = {"reason": "合作機構調整人力。", "countermeasure": "下季補辦。", "catch_up_on": "116.1.31"}
ENOUGH = {1: "25", 2: "50", 3: "75", 4: "100"}
JANUARY = dt.datetime(2027, 1, 12, 10, tzinfo=TAIPEI)
LETTER = Letter("區研字第1160000123號", dt.date(2027, 1, 11))
MOST_REPORTS = 30  # that a chief owes in a quarter


def brought_in(path: Path, agency: str) -> Year:
    """Return the plan of a file, imported by the command, in force since January."""
    district = make_district(name=agency)
    units = {
        name: make_unit(district, name, order=place, is_secretariat=name == "秘書室")
        for place, name in enumerate(UNITS)
    }
    out = StringIO()
    call_command("import_plan", path, "--district", agency, "--year", "115", "--save", "--json", stdout=out)
    plan = Plan.objects.get(pk=json.loads(out.getvalue())["plan_id"])
    secretary = make_secretary(district)
    put_in_force(plan, actor=secretary, at=APPROVED)
    return Year(plan, district, units, secretary)


@pytest.mark.parametrize("path", ANPING)
def test_an_outline_gives_twenty_two_numbers_and_states_for_all_else_it_promises(path: Path) -> None:
    year = brought_in(path, "安平區")

    targets = year.plan.counted_targets.present()
    numeric = targets.filter(value__isnull=False)
    assert (numeric.count(), numeric.values("indicator").distinct().count()) == (22, 22)
    others = targets.filter(value__isnull=True)
    assert others.count() == 45
    assert set(others.values_list("state", "attainment")) == {(ProgressState.NOT_STARTED, None)}
    # Each sentence of the plan is one or the other.
    sentences = targets.values("item").annotate(count=Count("pk"))
    assert (sentences.count(), sentences.filter(count__gt=1).count()) == (65, 2)


@pytest.mark.parametrize("path", ALIAN)
def test_no_chief_owes_more_than_thirty_reports_a_quarter(path: Path) -> None:
    year = brought_in(path, "阿蓮區")
    lines = year.plan.tracked_lines.present().filter(is_tracked=True)

    owed = Counter(
        ProgressReport.objects.owed()
        .filter(period__plan=year.plan)
        .values_list("period__number", "unit__name")
    )

    assert {period for period, _unit in owed} == {1, 2, 3, 4}
    assert max(owed.values()) <= MOST_REPORTS
    assert min(owed.values()) >= lines.count() / len(UNITS)  # somebody files each of them


class Chiefs:
    """Units that file as they do: most in time, every fifth line behind, every seventh report returned."""

    def __init__(self, year: Year) -> None:
        self.year = year
        self.returned: list[int] = []

    def share_out(self) -> None:
        """Give lines that name no unit to the units by turns, as a secretariat would."""
        lines = self.year.plan.tracked_lines.present().filter(is_tracked=True)
        keys = [unit.pk for unit in self.year.units.values()]
        choices = {
            line.pk: Choice(is_tracked=True, collector=keys[place % len(keys)])
            for place, line in enumerate(lines)
        }
        choose_lines(self.year.plan.pk, choices, actor=self.year.secretary, at=APPROVED)

    def go(self) -> None:
        for period in self.year.plan.periods.all():
            at = dt.datetime.combine(period.due_on, dt.time(10), tzinfo=TAIPEI)
            with time_machine.travel(at, tick=False):
                for unit in self.year.units:
                    self.file(period, unit, at)
                self.check(period, at)

    def file(self, period: Period, unit: str, at: dt.datetime) -> None:
        chief = self.year.chief(unit)
        reports = list(
            ProgressReport.objects.owed().filter(period=period, unit=self.year.units[unit]).order_by("pk")
        )
        for report in reports:
            self.write(report, chief, at)
        keys = [report.pk for report in reports]
        outcome = hand_in(period, self.year.units[unit], keys, actor=chief, is_chief=True, at=at)
        assert (len(outcome.done), outcome.kept) == (len(keys), {})

    def check(self, period: Period, at: dt.datetime) -> None:
        """Return some with a reason, have them mended, and accept all."""
        waiting = ProgressReport.objects.filter(period=period, status=ReportStatus.RELEASED).order_by("pk")
        for report in list(waiting)[::7]:
            take_step(
                report.pk, ReportStep.RETURN, actor=self.year.secretary, at=at, comment="請補充參與人數。"
            )
            self.returned.append(report.pk)
            chief = self.year.chief(report.unit.name)
            fresh = ProgressReport.objects.get(pk=report.pk)
            words = f"{fresh.narrative}參與者均留有紀錄。"
            save_report(report.pk, actor=chief, base=values_of(fresh), values={"narrative": words}, at=at)
            take_step(report.pk, ReportStep.RELEASE, actor=chief, at=at)
        keys = list(waiting.values_list("pk", flat=True))
        assert len(take_steps(keys, ReportStep.ACCEPT, actor=self.year.secretary, at=at).done) == len(keys)

    def write(self, report: ProgressReport, chief: User, at: dt.datetime) -> None:
        row = lock_report(report.pk)
        number = row.period.number
        is_behind = self.is_behind(row)
        values = {
            "narrative": f"第{number}季依計畫辦理{row.line.words[:12]}，紀錄均已建檔。",
            "planned": ENOUGH[number],
            "actual": str(int(ENOUGH[number]) - 10) if is_behind else ENOUGH[number],
        }
        for target in targets_of(row):
            values |= self.measured(target, number, is_behind=is_behind)
        if is_behind:
            values |= BEHIND
        save_report(report.pk, actor=chief, base=values_of(row), values=values, at=at)
        lacks = what_lacks(ProgressReport.objects.get(pk=report.pk))
        if lacks.keys() & BEHIND.keys():
            fresh = ProgressReport.objects.get(pk=report.pk)
            save_report(report.pk, actor=chief, base=values_of(fresh), values=BEHIND, at=at)

    @staticmethod
    def is_behind(report: ProgressReport) -> bool:
        return report.line.position % 5 == 2 and report.period.number < 4

    @staticmethod
    def measured(target: CountedTarget, number: int, *, is_behind: bool) -> dict[str, str]:
        """Return what is filed of a target in a quarter, so that the year comes out even."""
        if target.value is None or target.comparator == Comparator.DONE:
            state = ProgressState.DONE if number == 4 else ProgressState.ON_SCHEDULE
            return {f"state-{target.pk}": state}
        if target.aggregation == Aggregation.RATIO:
            return {f"numerator-{target.pk}": str(target.value), f"denominator-{target.pk}": "100"}
        if target.aggregation in {Aggregation.LATEST, Aggregation.EACH_PERIOD, Aggregation.MEAN}:
            return {f"value-{target.pk}": f"{target.value:f}"}
        before = [int(target.value * (number - 1) / 4), int(target.value * number / 4)]
        due = before[1] - before[0]
        return {f"value-{target.pk}": str(max(due - 1, 0) if is_behind else due)}


@pytest.mark.slow
@pytest.mark.parametrize("path", ANPING)
def test_a_year_of_all_chiefs_runs_through_to_the_results_that_are_received(path: Path) -> None:
    year = brought_in(path, "安平區")
    chiefs = Chiefs(year)
    chiefs.share_out()
    chiefs.go()

    # Everybody filed, some were behind, some were returned, and all is accepted.
    reports = ProgressReport.objects.owed().filter(period__plan=year.plan)
    lines = year.plan.tracked_lines.present().filter(is_tracked=True)
    assert reports.count() == lines.count() * 4 == 64
    assert set(reports.values_list("unit__name", flat=True)) == set(UNITS)
    assert (unaccepted(year.plan), len(chiefs.returned)) == (0, 12)
    assert reports.filter(state=ProgressState.BEHIND).exclude(reason="").count() >= 9
    assert [step.is_complete for _p, step in year_board(year.plan.pk, on=dt.date(2027, 1, 12)).totals] == [
        True
    ] * 4

    with time_machine.travel(JANUARY, tick=False):
        row = file_year_end(year.plan.pk, actor=year.secretary, at=JANUARY, letter=LETTER)
        evaluator = make_holder(Role.EVALUATOR, year.district.city)
        client = as_(year.secretary)
        assert client.post(f"/plans/{year.plan.pk}/year-end/pdf/").status_code in {200, 302}
        file = RenderedFile.objects.get(format="year_end")
        make_file(file.pk)
        file.refresh_from_db()
        assert (file.state, file.message) == ("ready", "")
        receive_year_end(row.pk, actor=evaluator, at=JANUARY, received_on=JANUARY.date())
        city = as_(evaluator).get(f"/plans/{year.plan.pk}/year-end/").content.decode()

    # What is printed is what was filed: a result for each line, and for each target what came of it.
    sheet = YearEndSheet.from_json(row.content)
    assert [uid for uid, _words in sheet.results] == [
        str(uid) for uid in lines.order_by("position").values_list("item__uid", flat=True)
    ]
    with file.file.open() as stream:
        printed = Document(stream.read()).text.replace(" ", "")
    for words in (paragraph for _uid, told in sheet.results for paragraph in told):
        assert words.replace(" ", "") in printed
        assert words.split("：")[0][:20] in city
    targets = year.plan.counted_targets.present().select_related("indicator")
    told = {target_words(target).replace(" ", "") for target in targets if target.same_as_id is None}
    assert len(told) == 67
    assert all(words in printed for words in told)
    # And the year is over.
    year.plan.refresh_from_db()
    assert (year.plan.status, YearEnd.objects.get().received_on) == (PlanStatus.CLOSED, JANUARY.date())
    results = YearlyTarget.objects.filter(year=2026, result__isnull=False)
    assert results.count() == 22
    assert results.filter(result__lt=Decimal(0)).count() == 0
