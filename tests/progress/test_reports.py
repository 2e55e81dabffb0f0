from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from indicators.enums import ProgressState
from plans.services.items import StaleSave
from progress.enums import ReportStatus, ReportStep
from progress.models import ProgressReport
from progress.queries.reports import values_of, what_lacks
from progress.services.layout import lay_out_plan
from progress.services.periods import allow_unit, change_rhythm, close_period
from progress.services.reports import save_report
from progress.services.steps import hand_in, take_step, take_steps
from tests.builders import make_user
from tests.progress.rows import IN_FIRST, Year, make_year

pytestmark = pytest.mark.django_db
LATER = dt.datetime(2026, 4, 20, 2, tzinfo=dt.UTC)


@pytest.fixture
def year() -> Year:
    return make_year()


def write(
    report: ProgressReport, at: dt.datetime = IN_FIRST, *, by: Any = None, **values: Any
) -> ProgressReport:
    """Save values, made from the report as it stands."""
    fresh = ProgressReport.objects.get(pk=report.pk)
    return save_report(fresh.pk, actor=by or make_user(), base=values_of(fresh), values=values, at=at).report


def filled(year: Year, words: str = "法律諮詢", at: dt.datetime = IN_FIRST, **values: Any) -> ProgressReport:
    return write(year.report(words), at, narrative="已辦理諮詢。", actual="25", **values)


class TestSaving:
    def test_what_is_written_stands_and_its_history_names_the_writer(self, year: Year) -> None:
        person = year.staff()

        report = write(
            year.report("法律諮詢"), by=person, narrative=" 已辦3場。\r\n", actual="30.5 %", planned="25"
        )

        assert (report.narrative, report.actual, report.planned) == (" 已辦3場。", Decimal("30.5"), 25)
        assert report.history.first().history_user == person
        assert report.state == ProgressState.AHEAD

    def test_different_fields_of_two_people_are_both_kept(self, year: Year) -> None:
        report = year.report("法律諮詢")
        base = values_of(report)
        save_report(report.pk, actor=make_user(), base=base, values={"narrative": "甲"}, at=IN_FIRST)
        save_report(report.pk, actor=make_user(), base=base, values={"actual": "20"}, at=IN_FIRST)

        report.refresh_from_db()
        assert (report.narrative, report.actual) == ("甲", 20)

    def test_the_same_field_gives_both_texts(self, year: Year) -> None:
        report = year.report("法律諮詢")
        base = values_of(report)
        save_report(report.pk, actor=make_user(), base=base, values={"narrative": "甲"}, at=IN_FIRST)

        with pytest.raises(StaleSave) as conflict:
            save_report(report.pk, actor=make_user(), base=base, values={"narrative": "乙"}, at=IN_FIRST)

        assert (conflict.value.mine, conflict.value.theirs) == ({"narrative": "乙"}, {"narrative": "甲"})
        report.refresh_from_db()
        assert report.narrative == "甲"

    def test_a_request_that_is_sent_twice_is_written_once(self, year: Year) -> None:
        report, token, person = year.report("法律諮詢"), uuid.uuid4(), make_user()
        base = values_of(report)
        for _time in range(2):
            save_report(
                report.pk, actor=person, base=base, values={"narrative": "甲"}, at=IN_FIRST, token=token
            )
        write(report, narrative="乙")
        saved = save_report(
            report.pk, actor=person, base=base, values={"narrative": "甲"}, at=IN_FIRST, token=token
        )

        assert saved.values["narrative"] == "乙"
        assert saved.report.history.count() == 3  # laid out, written, written

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"actual": "120"}, "actual"),
            ({"actual": "三成"}, "actual"),
            ({"planned": "12.345"}, "planned"),
            ({"catch_up_on": "下個月"}, "catch_up_on"),
            ({"state_given": "fine"}, "state_given"),
            ({"narrative": "長" * 4001}, "narrative"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(
        self, year: Year, values: dict[str, str], field: str
    ) -> None:
        report = year.report("法律諮詢")

        with pytest.raises(ValidationError) as refused:
            write(report, **values)

        assert list(refused.value.message_dict) == [field]
        assert values_of(ProgressReport.objects.get(pk=report.pk)) == values_of(report)

    def test_numbers_are_kept_exactly_and_read_as_people_write_them(self, year: Year) -> None:
        target = year.target("法律諮詢").pk
        report = write(year.report("法律諮詢"), **{f"value-{target}": "1,234.5"})
        assert values_of(report)[f"value-{target}"] == "1234.5"

    def test_a_ratio_is_counted_from_its_parts(self, year: Year) -> None:
        target = year.target("訪視達成率").pk
        report = write(
            year.report("關懷訪視"), **{f"numerator-{target}": "57", f"denominator-{target}": "60"}
        )
        assert report.measurements.get().value == 95

        report = write(report, **{f"denominator-{target}": ""})
        assert report.measurements.get().value is None
        report = write(report, **{f"denominator-{target}": "0"})
        assert report.measurements.get().value is None

    def test_a_ratio_no_field_can_hold_is_refused_at_its_field(self, year: Year) -> None:
        target = year.target("訪視達成率").pk
        parts = {f"numerator-{target}": "900000000000000", f"denominator-{target}": "0.0001"}
        with pytest.raises(ValidationError) as refused:
            write(year.report("關懷訪視"), **parts)
        assert list(refused.value.message_dict) == [f"numerator-{target}"]


class TestWhenItIsOpen:
    def test_before_it_opens_and_after_it_closes_nothing_is_written(self, year: Year) -> None:
        with pytest.raises(ValidationError, match="尚未開放"):
            write(year.report("法律諮詢", 2), narrative="太早")
        close_period(year.period().pk, actor=year.secretary, at=LATER)
        with pytest.raises(ValidationError, match="已截止"):
            write(year.report("法律諮詢"), LATER, narrative="太晚")

    def test_late_is_not_too_late_until_the_period_is_closed(self, year: Year) -> None:
        assert write(year.report("法律諮詢"), LATER, narrative="遲交").narrative == "遲交"

    def test_a_closed_period_opens_again_for_one_unit_until_a_day(self, year: Year) -> None:
        close_period(year.period().pk, actor=year.secretary, at=LATER)
        until = LATER.date() + dt.timedelta(days=3)
        allow_unit(
            year.period().pk,
            year.units["民政課"],
            actor=year.secretary,
            due_on=until,
            reason="補正",
            at=LATER,
        )
        assert write(year.report("法律諮詢"), LATER, narrative="補填").narrative == "補填"
        with pytest.raises(ValidationError, match="已截止"):
            write(year.report("關懷訪視"), LATER, narrative="他課")
        with pytest.raises(ValidationError, match="已截止"):
            write(year.report("法律諮詢"), LATER + dt.timedelta(days=4), narrative="太晚")

    def test_the_end_of_the_due_day_is_that_of_taipei(self, year: Year) -> None:
        close_period(year.period().pk, actor=year.secretary, at=LATER)
        allow_unit(
            year.period().pk,
            year.units["民政課"],
            actor=year.secretary,
            due_on=dt.date(2026, 4, 22),
            reason="補正",
            at=LATER,
        )
        taipei = dt.timezone(dt.timedelta(hours=8))
        write(year.report("法律諮詢"), dt.datetime(2026, 4, 22, 23, 30, tzinfo=taipei), narrative="及時")
        with pytest.raises(ValidationError):
            write(year.report("法律諮詢"), dt.datetime(2026, 4, 23, 0, 30, tzinfo=taipei), narrative="逾期")

    def test_a_period_that_is_not_over_is_not_closed(self, year: Year) -> None:
        with pytest.raises(ValidationError):
            close_period(year.period().pk, actor=year.secretary, at=IN_FIRST)

    def test_the_rhythm_changes_until_something_is_written(self, year: Year) -> None:
        change_rhythm(year.plan.pk, "half_year", actor=year.secretary, at=IN_FIRST)
        assert year.plan.periods.count() == 2
        filled(year)
        with pytest.raises(ValidationError):
            change_rhythm(year.plan.pk, "month", actor=year.secretary, at=IN_FIRST)
        assert year.plan.periods.count() == 2

    def test_with_the_rhythm_it_is_counted_anew_what_is_missing(self, year: Year) -> None:
        august = dt.datetime(2026, 8, 20, 2, tzinfo=dt.UTC)
        lay_out_plan(year.plan.pk, actor=year.secretary, at=august)
        assert dict(year.target("法律諮詢").reasons)["missing"]["periods"] == "1、2"
        change_rhythm(year.plan.pk, "half_year", actor=year.secretary, at=august)
        assert dict(year.target("法律諮詢").reasons)["missing"]["periods"] == "1"


class TestState:
    @pytest.mark.parametrize(
        ("planned", "actual", "state"),
        [
            ("25", "25", ProgressState.ON_SCHEDULE),
            ("25", "24", ProgressState.BEHIND),
            ("25", "26", ProgressState.AHEAD),
            ("0", "0", ProgressState.NOT_STARTED),
            ("100", "100", ProgressState.DONE),
            ("25", "", ""),
        ],
    )
    def test_it_comes_from_what_was_planned_and_done(
        self, year: Year, planned: str, actual: str, state: str
    ) -> None:
        assert write(year.report("法律諮詢"), planned=planned, actual=actual).state == state

    def test_a_target_behind_its_pace_makes_the_line_be_behind(self, year: Year) -> None:
        target = year.target("法律諮詢").pk
        report = filled(year, **{f"value-{target}": "2"})  # three of twelve are due by the end of March
        assert report.state == ProgressState.BEHIND
        assert filled(year, **{f"value-{target}": "3"}).state == ProgressState.ON_SCHEDULE

    def test_another_state_is_given_by_hand_with_a_reason(self, year: Year) -> None:
        report = filled(year, state_given=ProgressState.STOPPED)
        assert report.state == ProgressState.STOPPED
        assert list(what_lacks(report)) == ["state_reason"]
        assert what_lacks(filled(year, state_reason="本項業務移交他機關。")) == {}


class TestHandingIn:
    def test_what_lacks_something_is_named_and_stays(self, year: Year) -> None:
        report = write(year.report("法律諮詢"), actual="10")

        with pytest.raises(ValidationError) as refused:
            take_step(report.pk, ReportStep.SUBMIT, actor=year.staff(), at=IN_FIRST)

        assert sorted(refused.value.message_dict) == ["catch_up_on", "countermeasure", "narrative", "reason"]
        report.refresh_from_db()
        assert report.status == ReportStatus.DRAFT

    def test_a_line_is_caught_up_after_the_period_in_which_it_was_behind(self, year: Year) -> None:
        late = {"reason": "調度。", "countermeasure": "增派。", "catch_up_on": "115.3.31"}
        report = write(year.report("法律諮詢"), narrative="已辦理。", actual="10", **late)
        assert list(what_lacks(report)) == ["catch_up_on"]
        assert what_lacks(write(year.report("法律諮詢"), catch_up_on="115.4.1")) == {}

    def test_who_has_no_chief_is_told_and_the_secretariat_too(self, year: Year, client: Client) -> None:
        report, words = filled(year), "無人可以核閱"
        with time_machine.travel(IN_FIRST, tick=False):
            client.force_login(year.staff())
            address = f"/periods/{report.period_id}/units/{report.unit_id}/hand-in/"
            assert words in client.get(address).content.decode()
            client.post(address)
            client.force_login(year.secretary)
            check = f"/periods/{report.period_id}/check/"
            assert f"{report.unit.name}已送課長核閱，但" in client.get(check).content.decode()
            year.chief()
            assert words not in client.get(check).content.decode()
            report = filled(year, "關懷訪視")
            year.chief("社會課")
            client.force_login(year.staff("社會課"))
            address = f"/periods/{report.period_id}/units/{report.unit_id}/hand-in/"
            assert words not in client.get(address).content.decode()

    def test_staff_hand_in_to_the_chief_and_a_chief_to_the_secretariat(self, year: Year) -> None:
        report = filled(year)
        unit = year.units["民政課"]
        chief = year.chief()
        hand_in(year.period(), unit, [report.pk], actor=year.staff(), is_chief=False, at=IN_FIRST)
        assert [notice.recipient for notice in chief.notices.all()] == [chief]

        hand_in(year.period(), unit, [report.pk], actor=chief, is_chief=True, at=IN_FIRST)

        report.refresh_from_db()
        assert report.status == ReportStatus.RELEASED
        assert year.secretary.notices.count() == 1
        assert [event.step for event in report.events.all()] == ["submit", "release"]

    def test_what_was_handed_in_is_not_written_any_more(self, year: Year) -> None:
        report = filled(year)
        take_step(report.pk, ReportStep.RELEASE, actor=year.chief(), at=IN_FIRST)

        with pytest.raises(ValidationError, match="已送出"):
            write(report, narrative="偷改")

        take_step(report.pk, ReportStep.TAKE_BACK, actor=year.chief(), at=IN_FIRST)
        assert write(report, narrative="改正").narrative == "改正"

    def test_it_is_returned_with_a_reason_mended_and_accepted(self, year: Year) -> None:
        report = filled(year)
        people = year.staff()
        take_step(report.pk, ReportStep.RELEASE, actor=year.chief(), at=IN_FIRST)
        with pytest.raises(ValidationError):
            take_step(report.pk, ReportStep.RETURN, actor=year.secretary, at=IN_FIRST)

        report = take_step(
            report.pk, ReportStep.RETURN, actor=year.secretary, at=IN_FIRST, comment="請補場次。"
        )
        assert (report.status, report.note) == (ReportStatus.RETURNED, "請補場次。")
        assert "請補場次" in str(people.notices.get())
        write(report, narrative="已補。")
        take_step(report.pk, ReportStep.RELEASE, actor=year.chief(), at=IN_FIRST)
        report = take_step(report.pk, ReportStep.ACCEPT, actor=year.secretary, at=IN_FIRST)

        assert (report.status, report.note, report.accepted_at) == (ReportStatus.ACCEPTED, "", IN_FIRST)

    def test_what_was_accepted_is_opened_again_and_the_old_values_stay_in_the_history(
        self, year: Year
    ) -> None:
        report = filled(year)
        for step, person in ((ReportStep.RELEASE, year.chief()), (ReportStep.ACCEPT, year.secretary)):
            take_step(report.pk, step, actor=person, at=IN_FIRST)
        take_step(report.pk, ReportStep.REOPEN, actor=year.secretary, at=IN_FIRST, comment="數字有誤")
        write(report, narrative="更正。")

        assert "已辦理諮詢。" in report.history.values_list("narrative", flat=True)
        assert report.events.filter(step="reopen").get().comment == "數字有誤"

    def test_of_two_who_decide_at_once_the_second_is_told(self, year: Year) -> None:
        report = filled(year)
        take_step(report.pk, ReportStep.RELEASE, actor=year.chief(), at=IN_FIRST)
        take_step(report.pk, ReportStep.ACCEPT, actor=year.secretary, at=IN_FIRST)

        with pytest.raises(ValidationError, match="通過"):
            take_step(report.pk, ReportStep.RETURN, actor=year.secretary, at=IN_FIRST, comment="晚了")

    def test_many_at_once_are_just_what_one_by_one_are(self, year: Year) -> None:
        first, second = filled(year), filled(year, "關懷訪視")
        take_step(first.pk, ReportStep.RELEASE, actor=year.chief(), at=IN_FIRST)

        outcome = take_steps([first.pk, second.pk], ReportStep.ACCEPT, actor=year.secretary, at=IN_FIRST)

        assert [report.pk for report in outcome.done] == [first.pk]
        assert list(outcome.kept) == [second.pk]
        assert first.events.count() == 2

    def test_an_unusual_number_is_confirmed_before_it_is_handed_in(self, year: Year) -> None:
        target = year.target("法律諮詢").pk
        report = filled(year, **{f"value-{target}": "120"})
        assert list(what_lacks(report)) == [f"value-{target}"]
        assert what_lacks(filled(year, **{f"confirmed-{target}": True})) == {}

    def test_half_a_session_is_refused_whoever_confirms_it(self, year: Year) -> None:
        target = year.target("法律諮詢").pk
        report = filled(year, **{f"value-{target}": "3.5", f"confirmed-{target}": True})
        assert list(what_lacks(report)) == [f"value-{target}"]


class TestCounting:
    def release(self, year: Year, report: ProgressReport, at: dt.datetime = IN_FIRST) -> None:
        take_step(report.pk, ReportStep.RELEASE, actor=year.chief(), at=at)

    def test_what_is_released_counts_and_what_is_a_draft_does_not(self, year: Year) -> None:
        target = year.target("法律諮詢")
        report = filled(year, **{f"value-{target.pk}": "4"})
        assert year.target("法律諮詢").result is None

        self.release(year, report)

        counted = year.target("法律諮詢")
        assert (counted.result, counted.state) == (4, ProgressState.AHEAD)
        assert counted.attainment is not None
        assert round(counted.attainment, 2) == Decimal("33.33")
        take_step(report.pk, ReportStep.TAKE_BACK, actor=year.chief(), at=IN_FIRST)
        assert year.target("法律諮詢").result is None

    def test_a_qualitative_target_carries_the_state_that_was_given(self, year: Year) -> None:
        target = year.plan.counted_targets.get(quote="諮詢紀錄於三日內歸檔。")
        report = filled(year, **{f"state-{target.pk}": ProgressState.ON_SCHEDULE})
        self.release(year, report)
        target.refresh_from_db()
        assert (target.state, target.attainment) == (ProgressState.ON_SCHEDULE, None)

    def test_a_ratio_of_the_year_is_made_of_all_periods(self, year: Year) -> None:
        target = year.target("訪視達成率")
        key = target.pk
        for number, parts, at in (
            (1, ("90", "100"), IN_FIRST),
            (2, ("300", "300"), dt.datetime(2026, 6, 1, tzinfo=dt.UTC)),
        ):
            report = year.report("關懷訪視", number)
            write(
                report, at, narrative="已訪視。", actual="60", planned="50",
                **{f"numerator-{key}": parts[0], f"denominator-{key}": parts[1]},
            )  # fmt: skip
            if number == 1:
                write(report, at, reason="颱風。", countermeasure="補訪。", catch_up_on="115.5.1")
            self.release(year, report, at)
        target.refresh_from_db()
        assert target.result == Decimal("97.5")  # not the mean of 90 and 100


def test_what_is_expected_grows_when_a_period_ends_though_nobody_files(year: Year) -> None:
    target = year.target("法律諮詢")
    report = filled(year, **{f"value-{target.pk}": "3"})
    take_step(report.pk, ReportStep.RELEASE, actor=year.chief(), at=IN_FIRST)
    assert year.target("法律諮詢").state == ProgressState.ON_SCHEDULE

    call_command("count_targets", "--on", "2026-07-01")

    assert year.target("法律諮詢").state == ProgressState.BEHIND
