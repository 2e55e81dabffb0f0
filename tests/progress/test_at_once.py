"""Several people at one period at the same moment, and a plan revised meanwhile. On either database."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Notice, User
from accounts.notices import notify, settle_notices
from indicators.models import YearlyTarget
from indicators.services import FIELDS
from plans.document import UnitName
from plans.models import Item, Plan
from plans.services.indicators import save_indicator
from plans.services.items import StaleSave
from plans.services.steps import Letter, make_version
from progress.enums import ReportStatus, ReportStep
from progress.models import CountedTarget, Measurement, ProgressReport, ReportEvent, YearEnd
from progress.queries.reports import values_of
from progress.services.layout import lay_out_plan
from progress.services.periods import close_period
from progress.services.reports import Saved, save_report
from progress.services.steps import hand_in, take_step, take_steps
from progress.services.tracking import Choice, choose_lines
from review.services.year_ends import file_year_end, receive_year_end
from tests.builders import make_user, node
from tests.dashboard.rows import BEHIND, IN_SECOND, write
from tests.progress.rows import IN_FIRST, Year, counted, make_year, put_in_force
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_concurrency import race

TIMES = 8


@pytest.fixture
def year(shared_database: str) -> Year:  # noqa: F811 -- the fixture
    return make_year()


def save(report: ProgressReport, base: Any, token: uuid.UUID | None = None, **values: str) -> Saved:
    return save_report(
        report.pk, actor=User.objects.order_by("pk")[0], base=base, values=values, at=IN_FIRST, token=token
    )


@pytest.mark.slow
class TestNotices:
    def test_what_two_people_finish_at_once_is_settled(self, year: Year) -> None:
        chief, (first, second) = year.chief(), two_reports(year)
        for _ in range(TIMES):
            for report in (first, second):
                write(report, actor=chief, at=IN_FIRST, actual="25")
            keys = [first.pk, second.pk]
            hand_in(year.period(), first.unit, keys, actor=year.staff(), is_chief=False, at=IN_FIRST)
            assert chief.notices.unread().count() == 1
            race(
                partial(take_step, first.pk, ReportStep.RELEASE, actor=chief, at=IN_FIRST),
                partial(take_step, second.pk, ReportStep.RELEASE, actor=chief, at=IN_FIRST),
            )
            assert chief.notices.unread().count() == 0
            take_steps(keys, ReportStep.RETURN, actor=year.secretary, comment="請補。", at=IN_FIRST)
            Notice.objects.update(read_at=IN_FIRST)

    def test_what_is_sent_while_the_same_is_settled_is_new(self, year: Year) -> None:
        person = make_user()
        send = partial(notify, [person.pk], sender=None, words="one", parameters={}, address="/a/")
        send(at=IN_FIRST)
        with transaction.atomic():
            settle_notices({"/a/": ["one"]}, at=IN_FIRST)
            sender = Thread(target=send, kwargs={"at": IN_SECOND}, daemon=True)
            sender.start()
            sender.join(0.5)  # it waits for what is settled here
        sender.join(20)
        assert list(person.notices.unread().values_list("sent_at", flat=True)) == [IN_SECOND]


def two_reports(year: Year) -> list[ProgressReport]:
    """Return two reports of a unit; the second line goes to it, too."""
    unit = year.units["民政課"]
    choice = {year.line("關懷訪視").pk: Choice(is_tracked=True, collector=unit.pk)}
    choose_lines(year.plan.pk, choice, actor=year.secretary, at=IN_FIRST)
    year.chief(), year.staff()
    Notice.objects.all().delete()
    return [year.report(line, 1, unit.name) for line in ("法律諮詢", "關懷訪視")]


@pytest.mark.slow
class TestOneReport:
    def test_two_browsers_that_save_different_fields_are_both_kept(self, year: Year) -> None:
        for time in range(TIMES):
            report = year.report("法律諮詢")
            base = values_of(report)
            found = race(
                partial(save, report, base, narrative=f"第{time}次。"),
                partial(save, report, base, actual=str(time + 1)),
            )
            assert [type(one) for one in found] == [Saved, Saved]
            report.refresh_from_db()
            assert (report.narrative, report.actual) == (f"第{time}次。", time + 1)

    def test_of_two_that_save_the_same_field_one_is_shown_both_texts(self, year: Year) -> None:
        for time in range(TIMES):
            report = year.report("法律諮詢")
            base = values_of(report)
            found = race(
                partial(save, report, base, narrative=f"甲{time}"),
                partial(save, report, base, narrative=f"乙{time}"),
            )
            assert sorted(type(one).__name__ for one in found) == ["Saved", "StaleSave"]
            (stale,) = (one for one in found if isinstance(one, StaleSave))
            report.refresh_from_db()
            assert stale.theirs == {"narrative": report.narrative}
            assert stale.mine["narrative"] != report.narrative

    def test_a_save_that_arrives_three_times_at_once_is_written_once(self, year: Year) -> None:
        report, token = year.report("法律諮詢"), uuid.uuid4()
        before, base = report.history.count(), values_of(report)
        found = race(*[partial(save, report, base, token, narrative="一次。")] * 3)
        assert [type(one) for one in found] == [Saved] * 3
        assert report.history.count() == before + 1

    def test_handing_in_twice_at_once_is_one_step_and_one_notice(self, year: Year) -> None:
        report, chief = year.report("法律諮詢"), year.chief()
        write(report, actor=chief, at=IN_FIRST, actual="25", 法律諮詢="3")
        press = partial(
            hand_in,
            year.period(1),
            year.units["民政課"],
            [report.pk],
            actor=chief,
            is_chief=True,
            at=IN_FIRST,
        )
        found = race(press, press)
        assert sorted(len(one.done) for one in found) == [0, 1]
        assert ReportEvent.objects.filter(report=report).count() == 1
        assert Notice.objects.filter(recipient=year.secretary).count() == 1
        assert year.target("法律諮詢").result == 3

    def test_what_is_saved_while_the_period_closes_stands_or_is_refused(self, year: Year) -> None:
        report = year.report("法律諮詢")
        base = values_of(report)

        def late() -> Saved:
            values = {"narrative": "最後一刻。"}
            return save_report(report.pk, actor=year.secretary, base=base, values=values, at=IN_SECOND)

        saved, closed = race(
            late, partial(close_period, year.period(1).pk, actor=year.secretary, at=IN_SECOND)
        )
        assert closed.closed_at is not None
        report.refresh_from_db()
        if isinstance(saved, Saved):
            assert report.narrative == "最後一刻。"
        else:
            assert isinstance(saved, ValidationError)
            assert (saved.code, report.narrative) == ("closed", "")


@pytest.mark.slow
@pytest.mark.usefixtures("shared_database")
class TestRevisions:
    """A revision comes into force while the units file. Nobody waits for the other for ever, either."""

    def approve(self, year: Year) -> None:
        lay_out_plan(year.plan.pk, actor=year.secretary, at=IN_FIRST)

    def revise(self, year: Year) -> None:
        """Write a version of the working rows, which is laid out when it is approved."""
        version = make_version(year.plan, actor=year.secretary, at=IN_FIRST)
        Plan.objects.filter(pk=year.plan.pk).update(in_force=version)

    def release(self, report: ProgressReport, actor: User) -> ProgressReport:
        return take_step(report.pk, ReportStep.RELEASE, actor=actor, at=IN_FIRST, tells=False)

    def test_a_line_that_is_taken_out_while_its_report_is_released(self) -> None:
        for _time in range(TIMES):
            year = make_year()
            report = year.report("法律諮詢")
            write(report, actor=year.secretary, at=IN_FIRST, actual="25", 法律諮詢="3")
            item = year.line("法律諮詢").item
            Item.objects.filter(pk__in=[item.pk, *item.children.values_list("pk", flat=True)]).update(
                removed_at=timezone.now()
            )
            self.revise(year)

            released, approved = race(
                partial(self.release, report, year.secretary), partial(self.approve, year)
            )

            assert approved is None
            report.refresh_from_db()
            if isinstance(released, ProgressReport):
                assert (report.status, report.removed_at) == (ReportStatus.RELEASED, None)
            else:
                assert isinstance(released, ValidationError), released
                assert report.status == ReportStatus.DRAFT
                assert report.removed_at is not None

    def test_a_line_that_is_taken_out_while_its_report_is_written(self) -> None:
        for time in range(TIMES):
            year = make_year()
            report = year.report("法律諮詢")
            base = values_of(report)
            item = year.line("法律諮詢").item
            Item.objects.filter(pk__in=[item.pk, *item.children.values_list("pk", flat=True)]).update(
                removed_at=timezone.now()
            )
            self.revise(year)

            saved, approved = race(
                partial(save, report, base, uuid.uuid4(), narrative=f"{time}"), partial(self.approve, year)
            )

            assert approved is None
            report.refresh_from_db()
            if isinstance(saved, Saved):
                assert report.narrative == str(time)
            else:
                assert isinstance(saved, ValidationError), saved
                assert saved.code == "closed"
            assert report.removed_at is not None
            last = report.history.first()
            assert (last.narrative, last.removed_at) == (report.narrative, report.removed_at)

    def test_a_target_that_is_raised_while_a_result_is_released(self) -> None:
        for _time in range(TIMES):
            year = make_year()
            report = year.report("法律諮詢")
            write(report, actor=year.secretary, at=IN_FIRST, actual="25", 法律諮詢="3")
            sentence = year.target("法律諮詢").item
            Item.objects.filter(pk=sentence.pk).update(text="全年辦理法律諮詢16場次。")
            YearlyTarget.objects.filter(indicator=year.target("法律諮詢").indicator).update(
                value=16, quote="全年辦理法律諮詢16場次。"
            )
            self.revise(year)

            released, approved = race(
                partial(self.release, report, year.secretary), partial(self.approve, year)
            )

            assert (type(released), approved) == (ProgressReport, None)
            target = year.target("法律諮詢")
            assert (target.value, target.result, target.removed_at) == (16, 3, None)
            assert Measurement.objects.filter(target=target).count() == 1

    def test_reports_returned_all_at_once_while_a_unit_takes_its_own_back(self) -> None:
        shared = node(
            "heading",
            title="諮詢",
            units=(UnitName("民政課"), UnitName("社會課")),
            children=[counted("辦理12場。", "諮詢", "12", "場")],
        )
        for _time in range(TIMES):
            year = make_year(node("chapter", title="內容", children=[shared]))
            reports = [year.report("諮詢", unit=unit) for unit in ("民政課", "社會課")]
            for report in reports:
                write(report, actor=year.secretary, at=IN_FIRST, actual="25", 諮詢="4")
                self.release(report, year.secretary)
            keys = [report.pk for report in reports]

            outcome, back = race(
                partial(
                    take_steps, keys, ReportStep.RETURN, actor=year.secretary, at=IN_FIRST, comment="請補正。"
                ),
                partial(
                    take_step, keys[1], ReportStep.TAKE_BACK, actor=make_user(), at=IN_FIRST, tells=False
                ),
            )

            assert not isinstance(outcome, Exception), outcome
            assert isinstance(back, (ProgressReport, ValidationError)), back
            assert year.target("諮詢").result is None
            assert ReportEvent.objects.filter(report__in=keys).exclude(step=ReportStep.RELEASE).count() == 2

    def test_lines_are_chosen_while_reports_of_a_closed_period_are_returned(self) -> None:
        for _time in range(TIMES):
            year = make_year()
            lines = ("法律諮詢", "關懷訪視")
            reports = [year.report(words) for words in lines]
            for report in reports:
                write(report, actor=year.secretary, at=IN_FIRST, actual="25")
                self.release(report, year.secretary)
            close_period(year.period(1).pk, actor=year.secretary, at=IN_SECOND)
            # As a revision leaves them: the targets stand in another order than the reports.
            first, *_rest, last = year.plan.counted_targets.order_by("pk")
            first.line_id, last.line_id = last.line_id, first.line_id
            CountedTarget.objects.bulk_update([first, last], ["line"])
            choice = Choice(is_tracked=True, collector=year.units["秘書室"].pk)

            outcome, chosen = race(
                partial(
                    take_steps,
                    [report.pk for report in reports],
                    ReportStep.RETURN,
                    actor=year.secretary,
                    at=IN_SECOND,
                    comment="請補正。",
                ),
                partial(
                    choose_lines,
                    year.plan.pk,
                    {year.line(lines[0]).pk: choice},
                    actor=year.secretary,
                    at=IN_SECOND,
                ),
            )

            assert not isinstance(outcome, Exception), outcome
            assert (len(outcome.done), chosen) == (2, 1)


@pytest.mark.slow
@pytest.mark.usefixtures("shared_database")
class TestTheYearsEnd:
    """Results go to the city while a unit files. What it was given is what there is from then on."""

    JANUARY = dt.datetime(2027, 1, 12, 2, tzinfo=dt.UTC)

    def file(self, year: Year) -> YearEnd:
        letter = Letter("區研字第1160000123號", dt.date(2027, 1, 11))
        return file_year_end(year.plan.pk, actor=year.secretary, at=self.JANUARY, letter=letter)

    def make(self) -> tuple[Year, ProgressReport]:
        year = make_year()
        report = year.report("法律諮詢", 4)
        write(report, actor=year.secretary, at=self.JANUARY, planned="100", actual="100", 法律諮詢="14")
        return year, report

    @pytest.mark.parametrize("is_many", [False, True])
    def test_a_report_that_is_released_meanwhile_is_in_them_or_refused(self, *, is_many: bool) -> None:
        for _time in range(TIMES):
            year, report = self.make()
            release = partial(take_step, report.pk, tells=False)
            if is_many:
                release = partial(take_steps, [report.pk])

            released, filed = race(
                partial(release, ReportStep.RELEASE, actor=year.secretary, at=self.JANUARY),
                partial(self.file, year),
            )

            assert isinstance(filed, YearEnd), filed
            report.refresh_from_db()
            is_in = "法律諮詢：實績14場次" in filed.content
            assert (report.status == ReportStatus.RELEASED, year.target("法律諮詢").result) == (
                is_in,
                14 if is_in else None,
            )
            if not is_in and is_many:
                assert list(released.kept) == [report.pk]
            elif not is_in:
                assert (type(released), released.code) == (ValidationError, "closed")

    def test_a_report_that_is_taken_back_meanwhile_is_not_in_them_or_refused(self) -> None:
        for _time in range(TIMES):
            year, report = self.make()
            at = {"actor": year.secretary, "at": self.JANUARY, "tells": False}
            take_step(report.pk, ReportStep.RELEASE, **at)

            _back, filed = race(
                partial(take_step, report.pk, ReportStep.TAKE_BACK, **at), partial(self.file, year)
            )

            assert isinstance(filed, YearEnd), filed
            report.refresh_from_db()
            is_in = "法律諮詢：實績14場次" in filed.content
            assert (report.status == ReportStatus.RELEASED) is is_in

    def test_they_are_received_while_the_indicator_is_written(self) -> None:
        for time in range(TIMES):
            year, report = self.make()
            take_step(report.pk, ReportStep.RELEASE, actor=year.secretary, at=self.JANUARY, tells=False)
            filed = self.file(year)
            indicator = year.target("法律諮詢").indicator
            assert indicator is not None
            values = {name: getattr(indicator, name) for name in FIELDS}

            received, saved = race(
                partial(
                    receive_year_end,
                    filed.pk,
                    actor=make_user(),
                    at=self.JANUARY,
                    received_on=self.JANUARY.date(),
                ),
                partial(
                    save_indicator,
                    indicator.pk,
                    actor=year.secretary,
                    base=values,
                    values=values | {"numerator_name": f"甲{time}"},
                ),
            )

            assert isinstance(received, YearEnd), received
            assert not isinstance(saved, Exception), saved
            assert YearlyTarget.objects.get(indicator=indicator, year=2026).result == 14


@pytest.mark.django_db
class TestInTheMiddleOfAQuarter:
    def test_what_was_filed_stays_with_a_target_that_is_raised_and_reworded(self) -> None:
        year = make_year()
        write(year.report("法律諮詢"), actor=year.secretary, at=IN_FIRST, actual="25", 法律諮詢="3")
        take_step(
            year.report("法律諮詢").pk, ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False
        )
        before = year.target("法律諮詢")
        Item.objects.filter(pk=before.item_id).update(text="法律諮詢全年至少辦理16場次。")
        YearlyTarget.objects.filter(indicator=before.indicator).update(
            value=16, quote="法律諮詢全年至少辦理16場次。"
        )

        put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)

        after = year.target("法律諮詢")
        assert (after.pk, after.value, after.result) == (before.pk, 16, 3)
        assert after.quote == "法律諮詢全年至少辦理16場次。"
        assert CountedTarget.objects.filter(plan=year.plan, name="法律諮詢").count() == 1

    def test_it_stays_with_a_target_that_moves_below_another_line(self) -> None:
        year = make_year()
        write(year.report("法律諮詢"), actor=year.secretary, at=IN_FIRST, actual="25", 法律諮詢="3")
        take_step(
            year.report("法律諮詢").pk, ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False
        )
        sentence = Item.objects.get(pk=year.target("法律諮詢").item_id)
        sentence.parent = year.line("關懷訪視").item
        sentence.position = 99
        sentence.save()

        put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)
        other = year.report("關懷訪視")
        write(other, actor=year.secretary, at=IN_FIRST, actual="25", 法律諮詢="5", **BEHIND)
        take_step(other.pk, ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False)

        target = year.target("法律諮詢")
        assert (target.line.words, target.result) == ("關懷訪視", 8)

    def test_measured_twice_by_one_unit_for_one_period_it_counts_once(self) -> None:
        """A target moves between two lines of the same unit, which fills it in again below the new one."""
        lines = [
            node(
                "heading",
                title="甲",
                units=(UnitName("民政課"),),
                children=[counted("辦理12場。", "諮詢", "12", "場")],
            ),
            node("heading", title="乙", units=(UnitName("民政課"),), children=[node("target", "公開。")]),
        ]
        year = make_year(node("chapter", title="內容", children=lines))
        write(year.report("甲"), actor=year.secretary, at=IN_FIRST, actual="25", 諮詢="3")
        take_step(year.report("甲").pk, ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False)
        sentence = Item.objects.get(pk=year.target("諮詢").item_id)
        sentence.parent = year.line("乙").item
        sentence.position = 99
        sentence.save()

        put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)
        write(year.report("乙"), actor=year.secretary, at=IN_FIRST, actual="25", 諮詢="3")
        take_step(year.report("乙").pk, ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False)

        assert year.target("諮詢").result == 3

    def test_what_was_measured_below_a_line_that_goes_counts_where_it_stood_beside(self) -> None:
        year = make_year()
        indicator = year.target("法律諮詢").indicator
        assert indicator is not None
        year.line("關懷訪視").item.children.get(kind="target").indicators.add(indicator)
        put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)
        write(year.report("法律諮詢"), actor=year.secretary, at=IN_FIRST, actual="25", 法律諮詢="3")
        take_step(
            year.report("法律諮詢").pk, ReportStep.RELEASE, actor=year.secretary, at=IN_FIRST, tells=False
        )
        item = year.line("法律諮詢").item
        below = item.children.values_list("pk", flat=True)
        Item.objects.filter(pk__in=[item.pk, *below]).update(removed_at=timezone.now())

        put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)

        (target,) = CountedTarget.objects.present().filter(plan=year.plan, indicator=indicator)
        assert (target.line.words, target.result, target.same_as_id) == ("關懷訪視", 3, None)
