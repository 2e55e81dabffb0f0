"""Who sees, writes and steps through what of a plan's progress: the rules told again, person by person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.http import Http404
from django.test import Client

from accounts.enums import Role
from accounts.models import Unit, User
from plans.models import Plan
from plans.permissions import Membership
from progress import finding_permissions, permissions
from progress.enums import ReportStatus
from progress.models import Evidence, Finding, FindingOrigin, ProgressReport
from progress.models.files import SHOWN_BYTES
from progress.queries.filers import Filers
from progress.services.evidence import add_file
from progress.services.findings import add_finding, take_finding_step
from tests.builders import (
    LONG_AGO,
    make_city,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
)
from tests.core.files import png
from tests.progress.rows import APPROVED, IN_FIRST, Year, chapters, make_year, put_in_force

ON = dt.date(2026, 3, 20)
UNIT, OFFICE = Unit(pk=1, name="民政課"), Unit(pk=2, name="秘書室", is_secretariat=True)
STATUSES = ("draft", "returned", "submitted", "released", "accepted")


WRITES = ("submit", "submit", "take_back", "", "")
LEADS = ("release submit", "release submit", "release return take_back", "take_back", "")
CHECKS = ("", "", "", "accept return", "reopen")
BOTH = (*WRITES[:3], *CHECKS[3:])
ALL = (*LEADS[:3], "accept return take_back", "reopen")
NOTHING = ("",) * 5


# Steps, by status in the order of STATUSES, of each person with a report of a unit.
@pytest.mark.parametrize(
    ("held", "unit", "steps"),
    [
        (Membership(staff_of=frozenset({1})), UNIT, WRITES),
        (Membership(chief_of=frozenset({1})), UNIT, LEADS),
        (Membership(is_secretariat=True), UNIT, CHECKS),
        (Membership(is_secretariat=True, is_secretariat_chief=True), UNIT, CHECKS),
        (Membership(is_secretariat=True), OFFICE, BOTH),
        (Membership(is_secretariat=True, is_secretariat_chief=True), OFFICE, ALL),
        (Membership(staff_of=frozenset({2})), UNIT, NOTHING),
        (Membership(chief_of=frozenset({2})), UNIT, NOTHING),
        (Membership(), UNIT, NOTHING),
        (Membership(), OFFICE, NOTHING),
    ],
    ids=[
        *("staff", "chief", "secretariat", "its chief", "in its own", "its chief in its own"),
        *("staff elsewhere", "chief elsewhere", "head", "head, of the office"),
    ],
)
def test_which_steps_one_takes_with_a_report(held: Membership, unit: Unit, steps: tuple[str, ...]) -> None:
    found = tuple(" ".join(sorted(permissions.report_steps(held, unit, status))) for status in STATUSES)

    assert found == steps
    for step in ("submit", "release", "take_back", "return", "accept", "reopen"):
        among = {status for status, some in zip(STATUSES, steps, strict=True) if step in some.split()}
        assert permissions.statuses_for(step, held, unit) == among


@pytest.fixture
def year(db: None) -> Year:
    with time_machine.travel(IN_FIRST, tick=False):
        return make_year()


def people(year: Year) -> dict[str, User]:
    return {
        "secretary": year.secretary,
        "head": make_holder(Role.DISTRICT_HEAD, year.district),
        "staff": year.staff(),
        "chief": year.chief(),
        "other chief": year.chief("社會課"),
        "evaluator": make_holder(Role.EVALUATOR, year.district.city),
        "auditor": make_holder(Role.AUDITOR, year.district.city),
        "other city": make_holder(Role.EVALUATOR, make_city()),
        "other district": make_secretary(make_district(year.district.city)),
        "past": make_holder(Role.SECRETARIAT, year.district, until=ON - dt.timedelta(1)),
    }


INSIDE = ("secretary", "head", "staff", "chief", "other chief")


def code(function: Callable[..., Any], person: User, *keys: object) -> int:
    try:
        function(person, *keys, on=ON)
    except PermissionDenied:
        return 403
    except Http404:
        return 404
    return 200


def asked(year: Year, function: Callable[..., Any], *keys: object) -> dict[str, int]:
    """Return who is not refused as one who sees nothing, and what they get."""
    found = {name: code(function, person, *keys) for name, person in people(year).items()}
    return {name: status for name, status in found.items() if status != 404}


def test_a_year_and_its_periods_are_the_district_s(year: Year) -> None:
    period = year.period().pk
    inside = dict.fromkeys(INSIDE, 200)
    arranging = dict.fromkeys(INSIDE, 403) | {"secretary": 200}

    assert asked(year, permissions.get_year_inside, year.plan.pk) == inside
    assert asked(year, permissions.get_year_to_arrange, year.plan.pk) == arranging
    assert asked(year, permissions.get_period_inside, period) == inside
    assert asked(year, permissions.get_period_to_arrange, period) == arranging
    Plan.objects.update(in_force=None)
    assert asked(year, permissions.get_year_inside, year.plan.pk) == {}
    assert asked(year, permissions.get_period_inside, period) == {}


def test_what_a_unit_files_is_written_by_its_own_people(year: Year) -> None:
    period, civil = year.period().pk, year.units["民政課"].pk
    writing = dict.fromkeys(INSIDE, 403) | {"staff": 200, "chief": 200}

    assert asked(year, permissions.get_filing, period, civil) == dict.fromkeys(INSIDE, 200)
    assert asked(year, permissions.get_filing_to_write, period, civil) == writing
    office = asked(year, permissions.get_filing_to_write, period, year.units["秘書室"].pk)
    assert office == dict.fromkeys(INSIDE, 403) | {"secretary": 200}
    assert asked(year, permissions.get_filing, period, make_unit(make_district()).pk) == {}


@pytest.mark.parametrize("status", ReportStatus.values)
def test_the_city_sees_a_report_once_it_is_released(year: Year, status: str) -> None:
    report = year.report("法律諮詢")
    ProgressReport.objects.filter(pk=report.pk).update(status=status)
    city = ("evaluator", "auditor") if status in {"released", "accepted"} else ()
    writing = dict.fromkeys((*INSIDE, *city), 403) | {"staff": 200, "chief": 200}

    assert asked(year, permissions.get_report_to_view, report.pk) == dict.fromkeys((*INSIDE, *city), 200)
    assert asked(year, permissions.get_report_to_write, report.pk) == writing
    accepting = asked(year, permissions.get_report_for_step, report.pk, "accept")
    assert accepting == dict.fromkeys((*INSIDE, *city), 403) | {"secretary": 200}
    Plan.objects.update(in_force=None)
    assert asked(year, permissions.get_report_to_view, report.pk) == {}


def test_evidence_is_seen_with_its_report_and_put_back_by_the_unit(year: Year) -> None:
    report = year.report("法律諮詢")
    piece = add_picture(report, year.staff())
    writing = dict.fromkeys(INSIDE, 403) | {"staff": 200, "chief": 200}

    assert asked(year, permissions.get_evidence_to_view, piece.pk) == dict.fromkeys(INSIDE, 200)
    assert asked(year, permissions.get_evidence_to_write, piece.pk) == writing
    Evidence.objects.update(removed_at=IN_FIRST)
    assert asked(year, permissions.get_evidence_to_view, piece.pk) == {}
    assert asked(year, permissions.get_evidence_to_write, piece.pk) == writing


def add_picture(report: ProgressReport, person: User) -> Evidence:
    with time_machine.travel(IN_FIRST, tick=False):
        file = ContentFile(png(), name="現場.png")
        return add_file(report.pk, actor=person, file=file, file_name="現場.png", at=IN_FIRST)


def test_a_picture_too_large_for_a_page_is_not_shown_on_one(year: Year, client: Client) -> None:
    piece = add_picture(year.report("法律諮詢"), year.staff())
    client.force_login(year.secretary)
    address = f"/evidence/{piece.pk}/picture/"
    assert client.get(address).status_code == 200

    Evidence.objects.update(size=SHOWN_BYTES + 1)

    assert client.get(address).status_code == 404


def find(year: Year, origin: str = FindingOrigin.DISTRICT, unit: str = "民政課") -> Finding:
    return add_finding(
        year.plan, actor=year.secretary, origin=origin, unit=year.units[unit], line=None, checked_on=ON,
        text="櫃檯無人。", measure="排定輪值。", due_on=ON, at=IN_FIRST,
    )  # fmt: skip


def steps_with(year: Year, finding: Finding) -> dict[str, str]:
    found = {}
    for name, person in people(year).items():
        try:
            _finding, steps = finding_permissions.get_finding_to_view(person, finding.pk, on=ON)
        except Http404:
            continue
        found[name] = " ".join(sorted(steps))
    return found


def test_which_steps_one_takes_with_a_finding_of_the_district(year: Year) -> None:
    finding, office = find(year), find(year, unit="秘書室")
    units = {"staff": "answer", "chief": "answer"}

    assert steps_with(year, finding) == dict.fromkeys(INSIDE, "") | {"secretary": "follow release"} | units
    assert steps_with(year, office) == dict.fromkeys(INSIDE, "") | {"secretary": "answer follow release"}
    take_finding_step(finding.pk, "release", actor=year.secretary, text="好。", at=IN_FIRST)
    assert steps_with(year, finding) == dict.fromkeys(INSIDE, "") | {"secretary": "reopen"}


def test_which_steps_one_takes_with_a_finding_of_the_city(year: Year) -> None:
    finding = find(year, FindingOrigin.CITY)
    seen = dict.fromkeys((*INSIDE, "evaluator", "auditor"), "")
    units = {"staff": "answer", "chief": "answer"}

    assert steps_with(year, finding) == seen | {"evaluator": "follow release"} | units
    take_finding_step(finding.pk, "release", actor=year.secretary, text="好。", at=IN_FIRST)
    assert steps_with(year, finding) == seen | {"evaluator": "reopen"}


@pytest.mark.parametrize("step", ["answer", "follow", "release", "reopen"])
def test_who_is_told_what_with_a_step_that_is_not_theirs(year: Year, step: str) -> None:
    def told(finding: Finding) -> dict[str, int]:
        return asked(year, finding_permissions.get_finding_for_step, finding.pk, step)

    units = {"staff": 200, "chief": 200}
    inside, of_city = dict.fromkeys(INSIDE, 403), dict.fromkeys((*INSIDE, "evaluator", "auditor"), 403)
    assert told(find(year)) == inside | (units if step == "answer" else {"secretary": 200})
    assert told(find(year, FindingOrigin.CITY)) == of_city | (
        units if step == "answer" else {"evaluator": 200}
    )


def test_findings_are_entered_by_the_secretariat_and_the_city_s_checkers(year: Year) -> None:
    found = asked(year, finding_permissions.get_plan_to_check, year.plan.pk)
    assert found == dict.fromkeys((*INSIDE, "auditor"), 403) | {"secretary": 200, "evaluator": 200}


def test_a_list_of_findings_is_of_its_plan_alone(year: Year) -> None:
    earlier = make_plan(year.district, chapters=chapters(), year=2025)
    put_in_force(earlier, actor=year.secretary, at=APPROVED)
    other = Year(earlier, year.district, year.units, year.secretary)
    both = [(one, {origin: find(one, origin) for origin in FindingOrigin}) for one in (year, other)]

    for one, findings in both:
        for person, expected in (
            (year.secretary, set(findings.values())),
            (make_holder(Role.EVALUATOR, year.district.city), {findings[FindingOrigin.CITY]}),
        ):
            _plan, found, _origin = finding_permissions.get_findings_to_view(person, one.plan.pk, on=ON)
            assert set(found) == expected


def test_units_that_stand_on_the_day_file_a_line_that_each_unit_files(year: Year) -> None:
    line = year.line("法律諮詢")
    line.all_units = line.each_unit_files = True
    line.save()
    past = make_unit(year.district, "已裁撤", ends_on=ON - dt.timedelta(1))
    coming = make_unit(year.district, "籌設中", starts_on=ON + dt.timedelta(1))

    filers = set(Filers(year.plan).of(line, on=ON))

    assert filers == {unit.pk for unit in year.units.values()}
    assert past.pk in set(Filers(year.plan).of(line, on=LONG_AGO))
    assert coming.pk in set(Filers(year.plan).of(line, on=ON + dt.timedelta(1)))


def shown(year: Year, person: User, address: str) -> str:
    client = Client()
    client.force_login(person)
    with time_machine.travel(IN_FIRST, tick=False):
        response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_a_unit_s_own_row_is_marked_and_the_secretariat_arranges(year: Year) -> None:
    address = f"/plans/{year.plan.pk}/progress/"
    rows = {
        name: shown(year, person, address).count('class="own-row"')
        for name, person in people(year).items()
        if name in INSIDE
    }
    arranges = {
        name: f"/plans/{year.plan.pk}/progress/lines/" in shown(year, person, address)
        for name, person in people(year).items()
        if name in INSIDE
    }

    assert rows == {"secretary": 0, "head": 0, "staff": 1, "chief": 1, "other chief": 1}
    assert arranges == dict.fromkeys(INSIDE, False) | {"secretary": True}


def test_a_form_is_for_the_unit_s_people_and_files_are_added_there(year: Year) -> None:
    period, report = year.period(), year.report("法律諮詢")
    filing = f"/periods/{period.pk}/units/{report.unit_id}/"
    evidence = f"/reports/{report.pk}/evidence/"
    add, hand_in = f"/reports/{report.pk}/evidence/add/", f"{filing}hand-in/"
    found = {
        name: (
            hand_in in shown(year, person, filing),
            add in shown(year, person, filing),
            add in shown(year, person, evidence),
            filing + "#r-" in shown(year, person, f"/reports/{report.pk}/"),
        )
        for name, person in people(year).items()
        if name in INSIDE
    }

    nothing, all_of_it = (False,) * 4, (True,) * 4
    assert found == dict.fromkeys(INSIDE, nothing) | {"staff": all_of_it, "chief": all_of_it}


def test_what_staff_submitted_the_chief_alone_releases_on_the_form_of_the_unit(year: Year) -> None:
    report, unit = year.report("法律諮詢"), year.units["民政課"]
    ProgressReport.objects.filter(pk=report.pk).update(status=ReportStatus.SUBMITTED, version=1)
    path = f"/periods/{year.period().pk}/units/{unit.pk}/"

    def offered(person: User) -> set[str]:
        client = Client()
        client.force_login(person)
        with time_machine.travel(IN_FIRST, tick=False):
            page = client.get(path).content.decode()
        return {name for name in ("release/", "js/filing.js") if f'{name}"' in page}

    assert offered(year.chief()) == {"release/", "js/filing.js"}
    assert offered(year.staff()) == {"js/filing.js"}
    assert offered(year.secretary) == set()
    assert offered(make_holder(Role.DISTRICT_HEAD, year.district)) == set()
    assert offered(year.chief("社會課")) == set()


def test_what_is_released_the_secretariat_alone_decides_about(year: Year) -> None:
    ProgressReport.objects.update(status=ReportStatus.RELEASED)
    path = f"/periods/{year.period().pk}/check/"
    for person, may in (
        (year.secretary, True),
        (year.chief(), False),
        (make_holder(Role.DISTRICT_HEAD, year.district), False),
    ):
        client = Client()
        client.force_login(person)
        page = client.get(path).content.decode()
        assert ('id="decide"' in page, 'name="reports"' in page) == (may, may)


def test_where_each_unit_files_one_that_is_gone_does_not(year: Year) -> None:
    line = year.line("法律諮詢")
    line.all_units, line.each_unit_files, line.collector = True, True, None
    line.save()
    gone, to_come = (
        make_unit(year.district, "裁撤課", ends_on=dt.date(2025, 12, 31)),
        make_unit(year.district, "新設課", starts_on=dt.date(2026, 7, 1)),
    )

    found = Filers(year.plan).of(line, on=ON)

    assert set(found) == {one.pk for one in year.units.values()}
    assert gone.pk not in found
    assert to_come.pk in Filers(year.plan).of(line, on=dt.date(2026, 7, 1))


def test_what_nobody_is_named_for_the_office_that_exists_files(year: Year) -> None:
    line, office = year.line("法律諮詢"), year.units["秘書室"]
    line.line_units.all().delete()
    gone = make_unit(year.district, "文書課", is_secretariat=True, order=0, ends_on=dt.date(2025, 12, 31))

    assert Filers(year.plan).of(line, on=ON) == [office.pk]
    assert Filers(year.plan).of(line, on=dt.date(2025, 6, 1)) == [gone.pk]
