"""A notice is not new any more once what it asks for is done, by whomever."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from accounts.models import Notice, User
from accounts.notices import notify, settle_notices
from plans.document import UnitName
from progress.enums import ReportStep
from progress.models import FindingOrigin, ProgressReport
from progress.queries.reports import values_of
from progress.services import step_notices
from progress.services.findings import add_finding, take_finding_step
from progress.services.reports import save_report
from progress.services.step_notices import RELEASED, RETURNED, SEVERAL_RETURNED, SUBMITTED
from progress.services.steps import hand_in, take_step, take_steps
from progress.services.tracking import Choice, choose_lines
from tests.builders import make_user, node
from tests.progress.rows import IN_FIRST, Year, chapters, counted, make_year

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_first_quarter() -> Any:
    with time_machine.travel(IN_FIRST, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    outline, content = chapters()
    more = node(
        "heading",
        title="調解會",
        units=(UnitName("民政課"),),
        children=[counted("全年開會10次。", "調解", "10", "次")],
    )
    year = make_year(outline, replace(content, children=(*content.children, more)))
    year.chief(), year.staff()
    Notice.objects.all().delete()  # what units were told when the plan was laid out
    return year


def unread(person: User) -> int:
    return Notice.objects.unread().filter(recipient=person).count()


def write(year: Year, *lines: str, unit: str = "民政課") -> list[ProgressReport]:
    reports = [year.report(line, 1, unit) for line in lines]
    for report in reports:
        values = {"narrative": "已辦理。", "actual": "100", "planned": "100"}
        save_report(report.pk, actor=year.staff(unit), base=values_of(report), values=values, at=IN_FIRST)
    return reports


def release(year: Year, *reports: ProgressReport) -> None:
    keys = [report.pk for report in reports]
    hand_in(year.period(), reports[0].unit, keys, actor=year.chief(), is_chief=True, at=IN_FIRST)


def test_what_was_returned_is_settled_by_handing_it_in_again(year: Year) -> None:
    (report,) = write(year, "法律諮詢")
    release(year, report)
    take_step(report.pk, ReportStep.RETURN, actor=year.secretary, comment="請補場次。", at=IN_FIRST)
    assert (unread(year.chief()), unread(year.staff()), unread(year.secretary)) == (1, 1, 0)

    release(year, report)

    assert (unread(year.chief()), unread(year.staff()), unread(year.secretary)) == (0, 0, 1)


def test_what_was_submitted_waits_for_the_chief_until_all_is_released(year: Year) -> None:
    (report,) = write(year, "法律諮詢")
    hand_in(year.period(), report.unit, [report.pk], actor=year.staff(), is_chief=False, at=IN_FIRST)
    assert unread(year.chief()) == 1
    take_step(report.pk, ReportStep.RELEASE, actor=year.chief(), at=IN_FIRST)
    assert unread(year.chief()) == 0


def test_what_is_released_waits_until_nothing_of_the_period_is_left_to_check(year: Year) -> None:
    (own,) = write(year, "法律諮詢")
    (other,) = write(year, "關懷訪視", unit="社會課")
    for report in (own, other):
        hand_in(
            year.period(), report.unit, [report.pk], actor=year.staff(report.unit.name),
            is_chief=True, at=IN_FIRST,
        )  # fmt: skip
    assert unread(year.secretary) == 2
    take_step(own.pk, ReportStep.ACCEPT, actor=make_user(), at=IN_FIRST)
    assert unread(year.secretary) == 2
    take_step(other.pk, ReportStep.ACCEPT, actor=make_user(), at=IN_FIRST)
    assert unread(year.secretary) == 0


def test_several_returned_are_settled_with_the_last_of_them(year: Year) -> None:
    reports = write(year, "法律諮詢", "調解會")
    release(year, *reports)
    keys = [report.pk for report in reports]
    take_steps(keys, ReportStep.RETURN, actor=year.secretary, comment="請補。", at=IN_FIRST)
    assert (unread(year.chief()), unread(year.staff())) == (1, 1)
    release(year, reports[0])
    assert (unread(year.chief()), unread(year.staff())) == (1, 1)
    release(year, reports[1])
    assert (unread(year.chief()), unread(year.staff())) == (0, 0)


def test_a_finding_is_settled_by_its_answer_and_the_answer_by_what_is_decided(year: Year) -> None:
    finding = add_finding(
        year.plan, actor=year.secretary, origin=FindingOrigin.DISTRICT, unit=year.units["民政課"], line=None,
        checked_on=dt.date(2026, 3, 20), text="櫃檯無人。", measure="排定輪值。", due_on=dt.date(2026, 4, 10),
        at=IN_FIRST,
    )  # fmt: skip
    steps = [
        ("answer", year.staff(), (0, 0, 1)),
        ("follow", year.secretary, (1, 1, 0)),
        ("answer", year.chief(), (0, 0, 1)),
        ("follow", year.secretary, (1, 1, 0)),
        ("follow", year.secretary, (1, 1, 0)),
        ("release", year.secretary, (1, 1, 0)),
        ("reopen", year.secretary, (1, 1, 0)),
        ("answer", year.chief(), (0, 0, 1)),
        ("release", year.secretary, (1, 1, 0)),
    ]
    assert (unread(year.chief()), unread(year.staff()), unread(year.secretary)) == (1, 1, 0)
    for place, (step, actor, left) in enumerate(steps):
        take_finding_step(finding.pk, step, actor=actor, text=f"說明{place}。", at=IN_FIRST)
        assert (unread(year.chief()), unread(year.staff()), unread(year.secretary)) == left


def test_only_these_words_at_this_address_are_settled() -> None:
    person = make_user()
    for words, address in (("one", "/a/"), ("two", "/a/"), ("one", "/b/")):
        notify([person.pk], sender=None, words=words, parameters={}, address=address, at=IN_FIRST)
    later = IN_FIRST + dt.timedelta(days=1)
    assert settle_notices({"/a/": ["one"], "/c/": ["two"]}, at=later) == 1
    assert settle_notices({}, at=later) == 0
    left = Notice.objects.unread().order_by("pk").values_list("words", "address")
    assert list(left) == [("two", "/a/"), ("one", "/b/")]
    assert Notice.objects.get(words="one", address="/a/").read_at == later


def test_what_another_unit_or_another_period_waits_for_stays_new(year: Year) -> None:
    (report,) = write(year, "法律諮詢")
    others = [
        f"/periods/{year.period(number).pk}/units/{year.units[unit].pk}/"
        for number, unit in ((1, "社會課"), (2, "民政課"))
    ]
    others += [f"{others[0]}#r-{report.pk}", f"/periods/{year.period(2).pk}/check/"]
    person = make_user()
    for words in (RETURNED, SEVERAL_RETURNED, SUBMITTED, RELEASED):
        for address in others:
            send(person, words, address)
    release(year, report)
    take_step(report.pk, ReportStep.ACCEPT, actor=year.secretary, at=IN_FIRST)
    assert unread(person) == 4 * len(others)


def send(person: User, words: str, address: str) -> None:
    parameters = dict.fromkeys(("plan", "unit", "line", "reason", "count", "period"), "1")
    Notice.objects.create(
        recipient=person, words=words, parameters=parameters, address=address, sent_at=IN_FIRST
    )


def test_what_is_not_asked_any_more_is_settled(year: Year) -> None:
    (report,) = write(year, "法律諮詢")
    release(year, report)
    take_step(report.pk, ReportStep.RETURN, actor=year.secretary, comment="請補。", at=IN_FIRST)
    assert Notice.objects.unread().filter(words=RETURNED).count() == 2
    choice = {report.line_id: Choice(is_tracked=False)}
    choose_lines(year.plan.pk, choice, actor=year.secretary, at=IN_FIRST)
    assert not Notice.objects.unread().filter(words=RETURNED).exists()


def test_any_number_of_pages_are_settled_at_once() -> None:
    person = make_user()
    notify([person.pk], sender=None, words="one", parameters={}, address="/1500/", at=IN_FIRST)
    assert settle_notices({f"/{number}/": {"one", "two"} for number in range(3000)}, at=IN_FIRST) == 1


def test_units_are_told_in_one_order(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people who return to the same units at once must not wait for each other's notices for ever."""
    told: list[str] = []
    monkeypatch.setattr(step_notices, "notify", lambda *_people, address, **_told: told.append(address))
    reports = [year.report("法律諮詢"), year.report("關懷訪視")]
    for order in (reports, reports[::-1]):
        step_notices.tell_several_back(order, ReportStep.RETURN, "請補。", actor=year.secretary, at=IN_FIRST)
    assert told[:2] == told[2:]
