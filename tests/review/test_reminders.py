"""Digests: what waits for whom, once a day, and nothing missed when one did not arrive."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import UNIT_ROLES, Role
from accounts.models import Notice, User
from plans.enums import PartState, PlanStatus
from plans.models import Plan, UnitPart
from plans.services.steps import take_step
from plans.workflow import BY_NAME
from review.models import DeadlineRule, Digest, Extension, Mail
from review.queries import reminders as found
from review.queries.reminders import Reminder, reminders
from review.queries.waiting import Holders
from review.services.mail import send_waiting
from review.services.reminders import send_digest
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, make_user
from tests.plans.desk_rows import Desk, make_desk, told

pytestmark = pytest.mark.django_db
OPENED = dt.datetime(2026, 4, 1, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
DUE = dt.date(2026, 4, 20)


@pytest.fixture
def desk() -> Desk:
    """A round open until the 20th, told of already; every person has an address."""
    desk = make_desk()
    desk.open_round(days=(DUE - timezone.localdate(OPENED)).days, at=OPENED)
    for user in User.objects.all():
        user.email = f"p{user.pk}@example.gov.tw"
        user.save(update_fields=["email"])
    Notice.objects.all().delete()
    return desk


def remind(on: dt.date) -> str:
    out = io.StringIO()
    call_command("send_reminders", "--on", on.isoformat(), stdout=out)
    return out.getvalue()


def words(person: User, on: dt.date) -> list[str]:
    return [line.words for one in reminders(on) if one.person == person for line in one.lines]


def deliver(on: dt.date) -> None:
    """Send what waits, as the worker does on that day."""
    send_waiting(timezone.now() + dt.timedelta(hours=1))


def test_the_people_of_a_unit_are_reminded_seven_three_and_one_days_before(desk: Desk) -> None:
    person, days = desk.staff["民政課"], []
    for left in range(16, -16, -1):
        on = DUE - left * DAY
        remind(on)
        deliver(on)
        if Digest.objects.filter(recipient=person, on=on).exists():
            days.append(left)

    assert days == [14, 7, 3, 1, 0, -1, -3, -7, -14]
    assert told(person) == [found.PART_DUE]  # one notice, renewed


def test_whoever_has_released_is_left_alone(desk: Desk) -> None:
    UnitPart.objects.filter(unit=desk.units["民政課"]).update(state=PartState.RELEASED)

    on = DUE - DAY
    assert words(desk.staff["民政課"], on) == []
    assert words(desk.staff["社會課"], on) == [found.PART_DUE]
    assert words(desk.chiefs["社會課"], on) == [found.PART_DUE]


def test_a_day_has_one_digest_however_often_it_is_run(desk: Desk) -> None:
    first = remind(DUE)
    assert "digest(s)" in first
    mails = Mail.objects.count()

    assert remind(DUE).endswith("0 digest(s)\n")

    assert Mail.objects.count() == Digest.objects.count() == mails


def test_two_runs_at_once_write_one_digest(desk: Desk) -> None:
    (reminder, *_others) = reminders(DUE)

    assert send_digest(reminder, at=OPENED)
    assert not send_digest(reminder, at=OPENED)

    assert Mail.objects.filter(recipient=reminder.person).count() == 1


def test_a_dry_run_says_what_and_writes_nothing(desk: Desk) -> None:
    out = io.StringIO()
    call_command("send_reminders", "--on", "2026-04-20", "--dry-run", stdout=out)

    assert "民政課" in out.getvalue()
    assert not Digest.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-04-19T23:30:00+08:00", True),
        ("2026-04-20T00:30:00+08:00", True),
        ("2026-04-18T23:30:00+08:00", False),  # two days left, which is no day of reminding
        ("2026-04-19T00:30:00+08:00", True),
    ],
)
def test_today_is_a_day_of_taipei(desk: Desk, moment: str, expected: bool) -> None:
    at = dt.datetime.fromisoformat(moment)
    with time_machine.travel(at, tick=False):
        Digest.objects.bulk_create(  # everybody was reached three days before
            Digest(recipient=user, on=DUE - 3 * DAY, lines=1, made_at=at) for user in User.objects.all()
        )
        call_command("send_reminders", stdout=io.StringIO())

    days = set(Digest.objects.exclude(on=DUE - 3 * DAY).values_list("on", flat=True))
    assert days == ({at.date()} if expected else set())


def test_the_mail_lists_everything_with_links(desk: Desk, settings: Any) -> None:
    settings.SITE_URL = "https://plans.example.gov.tw"
    other = make_plan(desk.plan.district, series="另一計畫", title="另一計畫")
    Plan.objects.filter(pk=other.pk).update(
        status=PlanStatus.SIGNING, signed_at=OPENED, signed_by=make_user()
    )
    DeadlineRule.objects.create(city=desk.plan.district.city, month=4)

    remind(dt.date(2026, 4, 23))

    mail = Mail.objects.get(recipient=desk.secretary)
    assert "115年4月23日" in mail.subject
    assert f"https://plans.example.gov.tw/plans/{other.pk}/\n" in mail.body
    assert mail.body.count("https://") == 3  # to file, and two plans due
    assert "115年4月30日" in mail.body
    assert "\n\n\n" not in mail.body


def test_a_digest_that_did_not_arrive_comes_with_the_next(desk: Desk) -> None:
    person = desk.staff["民政課"]
    remind(DUE - 14 * DAY)
    deliver(DUE)
    remind(DUE - 7 * DAY)
    lost = Mail.objects.get(recipient=person, sent_at=None)
    Mail.objects.filter(pk=lost.pk).update(claimed_at=OPENED, dropped_at=OPENED, last_error="broke off")

    remind(DUE - 6 * DAY)

    digest = Digest.objects.get(recipient=person, on=DUE - 6 * DAY)
    assert digest.mail is not None
    assert "115年4月20日" in digest.mail.body
    deliver(DUE - 6 * DAY)
    assert words(person, DUE - 5 * DAY) == []  # now it has arrived
    lost.refresh_from_db()
    assert lost.sent_at is None


def test_a_digest_nobody_took_in_hand_gives_way_to_the_next(desk: Desk) -> None:
    person = desk.staff["民政課"]
    remind(DUE - 7 * DAY)
    remind(DUE - 6 * DAY)

    first, second = Mail.objects.filter(recipient=person).order_by("made_at")
    assert (first.dropped_at is None, second.dropped_at) == (False, None)


def test_without_an_address_the_notices_are_the_digest(desk: Desk) -> None:
    person = desk.staff["民政課"]
    User.objects.filter(pk=person.pk).update(email="")

    remind(DUE - 7 * DAY)

    assert told(person) == [found.PART_DUE]
    assert not Mail.objects.filter(recipient=person).exists()
    assert words(person, DUE - 6 * DAY) == []  # it has reached them


@pytest.mark.parametrize(
    ("status", "values", "role", "expected"),
    [
        (PlanStatus.SIGNING, {}, Role.SECRETARIAT_CHIEF, found.TO_SIGN),
        (PlanStatus.SIGNING, {"signed_at": OPENED}, Role.SECRETARIAT, found.TO_FILE),
        (PlanStatus.SUBMITTED, {"filed_at": OPENED}, Role.EVALUATOR, found.TO_TAKE),
    ],
)
def test_what_waits_for_whom_on_a_plans_way(
    status: str, values: dict[str, Any], role: str, expected: str
) -> None:
    plan = make_plan()
    take_step(plan.pk, BY_NAME["send_for_signature"], actor=make_user(), role=Role.SECRETARIAT, at=OPENED)
    Plan.objects.filter(pk=plan.pk).update(status=status, **values)
    place = plan.district.city if role == Role.EVALUATOR else plan.district
    person = make_holder(role, place)
    make_holder(Role.EVALUATOR, make_plan().district.city)

    on = timezone.localdate(OPENED) + DAY
    assert words(person, on) == [expected]
    assert [one.person for one in reminders(on)] == [person]


def test_an_evaluator_hears_of_the_plan_in_hand_and_the_city_of_requests() -> None:
    plan = make_plan()
    evaluator = make_holder(Role.EVALUATOR, plan.district.city)
    admin = make_holder(Role.CITY_ADMIN, plan.district.city)
    Plan.objects.filter(pk=plan.pk).update(
        status=PlanStatus.SUBMITTED, filed_at=OPENED, taken_by=evaluator, taken_at=OPENED
    )
    Extension.objects.create(
        plan=plan, reason="颱風。", asked_until=DUE, asked_by=make_user(), asked_at=OPENED
    )

    on = timezone.localdate(OPENED) + DAY
    assert words(evaluator, on) == [found.IN_HAND, found.TO_DECIDE]
    assert words(admin, on) == [found.TO_DECIDE]


def test_the_secretariat_hears_of_the_deadline_also_where_no_plan_is_begun() -> None:
    plan = make_plan()
    DeadlineRule.objects.create(city=plan.district.city, month=4)
    writer = make_secretary(plan.district)
    idle = make_secretary(make_district(plan.district.city))

    on = dt.date(2026, 4, 23)
    assert (words(writer, on), words(idle, on)) == ([found.PLAN_DUE], [found.NO_PLAN])
    assert words(writer, dt.date(2026, 3, 1)) == []

    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.SUBMITTED)
    assert words(writer, on) == []


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_what_waits(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        desk = make_desk()
        desk.open_round(days=7)
        DeadlineRule.objects.create(city=desk.plan.district.city, month=4)

    with django_assert_num_queries(14):
        result: list[Reminder] = reminders(timezone.localdate())

    assert len(result) == count * 5


def test_the_secretariats_own_unit_is_held_by_its_people_too() -> None:
    unit = make_unit(make_district(), "秘書室", is_secretariat=True)
    other = make_unit(unit.district, "民政課")
    secretary, chief = (
        make_holder(role, unit.district) for role in (Role.SECRETARIAT, Role.SECRETARIAT_CHIEF)
    )
    make_holder(Role.DISTRICT_HEAD, unit.district)
    own_chief, staff = make_holder(Role.SECTION_CHIEF, unit), make_holder(Role.UNIT_STAFF, unit)
    elsewhere = make_holder(Role.UNIT_STAFF, other)

    holders = Holders(timezone.localdate())

    assert holders.of_unit(unit, Role.SECTION_CHIEF) == {own_chief.pk, chief.pk}
    assert holders.of_unit(unit, *UNIT_ROLES) == {own_chief.pk, staff.pk, chief.pk, secretary.pk}
    assert holders.of_unit(other, *UNIT_ROLES) == {elsewhere.pk}
