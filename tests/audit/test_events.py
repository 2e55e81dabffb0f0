"""Each kind of event, written by the real action over HTTP."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import uuid
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from accounts.enums import Role
from accounts.models import Appointment, District, User
from core.audit import digest_of
from core.enums import AuditKind
from core.models import AuditEvent
from documents.jobs import read_source
from documents.models import COMPARE, IN_FORCE, PDF, FileState, ImportDraft, RenderedFile
from plans.enums import PlanStatus
from plans.models import Attachment, Plan
from plans.queries.documents import plan_document
from plans.recording import label_of
from review.models import Extension, SigningChain
from tests.accounts.sheets import choose as choose_rows
from tests.accounts.sheets import confirm as confirm_rows
from tests.accounts.sheets import export as export_rows
from tests.accounts.sheets import sheet_of
from tests.audit.log_rows import empty_log
from tests.builders import (
    LONG_AGO,
    make_city,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
)
from tests.plans.test_plan_sheet import changed, choose, confirm, taken_out
from tests.progress.rows import IN_FIRST, make_year
from tests.progress.test_pages import address as filing
from tests.progress.test_pages import as_, fill
from tests.review.desk_rows import FILING, make_way
from tests.review.test_signing import Office
from tests.review.test_signing_pages import hidden

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def sheet_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploaded sheets wait for their confirmation."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def no_attempts_yet() -> None:
    cache.clear()  # allauth counts attempts to sign in there


@pytest.fixture
def district() -> District:
    return make_district()


@pytest.fixture
def secretary(district: District) -> User:
    return make_secretary(district)


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root", password="x", full_name="林管理")


def events(*kinds: AuditKind) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(kind__in=kinds).order_by("pk"))


def the(kind: AuditKind) -> AuditEvent:
    (event,) = events(kind)
    assert event.sha256 == digest_of(event)
    return event


def who(event: AuditEvent) -> tuple[int | None, str]:
    return event.actor, event.username


def where(event: AuditEvent) -> tuple[int | None, int | None]:
    return event.city, event.district


def entered(client: Client, user: User) -> Client:
    """Sign somebody in, and forget that the log was told of it."""
    client.force_login(user)
    empty_log()
    return client


# Signing in


def test_signing_in(client: Client, district: District) -> None:
    user = make_holder(Role.SECRETARIAT, district)
    names = {"login": user.username, "password": "right-password"}

    client.post(LOGIN, names, headers={"X-Forwarded-For": "198.51.100.9"}, REMOTE_ADDR="203.0.113.7")

    event = the(AuditKind.SIGN_IN)
    assert (who(event), where(event)) == ((user.pk, user.username), (district.city_id, district.pk))
    assert (event.name, event.client) == (user.full_name, "203.0.113.7")


def test_behind_a_proxy_the_address_is_the_one_the_proxy_saw(client: Client, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    user = make_user()
    seen = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7"}

    client.post(LOGIN, {"login": user.username, "password": "right-password"}, headers=seen)

    assert the(AuditKind.SIGN_IN).client == "203.0.113.7"


def test_a_sign_in_is_told_to_every_city_of_the_person_and_to_the_last_one_of_who_has_none(
    client: Client, district: District
) -> None:
    user, other = make_holder(Role.SECRETARIAT, district), make_city()
    Appointment.objects.create(user=user, role=Role.EVALUATOR, city=other, starts_on=LONG_AGO)
    client.force_login(user)
    places = {where(event) for event in events(AuditKind.SIGN_IN)}
    assert places == {(district.city_id, district.pk), (other.pk, None)}

    Appointment.objects.update(ends_on=dt.date(2021, 1, 1))
    client.force_login(user)
    assert {where(event) for event in events(AuditKind.SIGN_IN)[2:]} == places

    Appointment.objects.filter(city=other).update(ends_on=None)
    client.force_login(user)
    assert [where(event) for event in events(AuditKind.SIGN_IN)[4:]] == [(other.pk, None)]


@pytest.mark.parametrize(("is_active", "reason"), [(True, "password"), (False, "inactive")])
def test_failing_to_sign_in(client: Client, district: District, is_active: bool, reason: str) -> None:
    user = make_secretary(district)
    User.objects.filter(pk=user.pk).update(is_active=is_active)
    password = "wrong-password" if is_active else "right-password"

    client.post(LOGIN, {"login": user.username, "password": password})

    event = the(AuditKind.SIGN_IN_FAILED)
    assert (who(event), where(event)) == ((None, user.username), (district.city_id, district.pk))
    assert (event.subject, event.key, event.details) == ("accounts.user", user.pk, {"reason": reason})
    assert password not in str(vars(event))
    assert events(AuditKind.SIGN_IN) == []


def test_a_name_that_is_no_account(client: Client) -> None:
    client.post(LOGIN, {"login": "nobody\x00", "password": "secret-word-7"})
    assert events(AuditKind.SIGN_IN_FAILED) == []  # a NUL is refused by the form
    client.post(LOGIN, {"login": "nobody", "password": "secret-word-7"})
    event = events(AuditKind.SIGN_IN_FAILED)[-1]
    assert (who(event), where(event), event.key) == ((None, "nobody"), (None, None), None)
    assert event.details == {"reason": "unknown"}
    assert "secret-word-7" not in str(vars(event))


def test_too_many_attempts(client: Client, secretary: User) -> None:
    for _ in range(6):
        client.post(LOGIN, {"login": secretary.username, "password": "wrong-password"})

    reasons = [event.details["reason"] for event in events(AuditKind.SIGN_IN_FAILED)]
    assert reasons == ["password"] * 5 + ["limit"]
    assert events(AuditKind.SIGN_IN_FAILED)[-1].city is not None


@pytest.mark.parametrize("page", ["/accounts/logout/", "/admin/logout/"])
def test_signing_out(client: Client, district: District, secretary: User, page: str) -> None:
    User.objects.filter(pk=secretary.pk).update(is_staff=True)
    entered(client, secretary).post(page)

    event = the(AuditKind.SIGN_OUT)
    assert (who(event), where(event)) == (
        (secretary.pk, secretary.username),
        (district.city_id, district.pk),
    )
    client.post("/accounts/logout/")
    assert len(events(AuditKind.SIGN_OUT)) == 1


def test_passwords(client: Client, secretary: User, root: User) -> None:
    User.objects.filter(pk=secretary.pk).update(email="wang@example.tw", is_staff=True)
    new = {"password1": "another-good-one-7", "password2": "another-good-one-7"}
    entered(client, secretary).post("/accounts/password/change/", {"oldpassword": "right-password", **new})
    event = the(AuditKind.PASSWORD)
    assert (event.details, event.actor, event.key) == ({"how": "changed"}, secretary.pk, secretary.pk)
    assert client.get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"

    client.post("/accounts/password/reset/", {"email": "wang@example.tw"})
    link = next(text for text in str(mail.outbox[0].body).split() if "/reset/key/" in text)
    form = client.get(link.split("testserver")[1], follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "yet-another-one-8", "password2": "yet-another-one-8"})

    entered(client, root)
    address = f"/admin/accounts/user/{secretary.pk}/password/"
    client.post(address, {"usable_password": "true", "password1": "short", "password2": "short"})
    assert events(AuditKind.PASSWORD) == []
    client.post(address, {"usable_password": "true", **new})
    client.post(address, {"usable_password": "false", "unset-password": "1", **new})
    found = events(AuditKind.PASSWORD)
    assert [event.details for event in found] == [{"how": "set"}, {"how": "removed"}]
    assert {(event.actor, event.key) for event in found} == {(root.pk, secretary.pk)}
    assert "another" not in str([vars(event) for event in AuditEvent.objects.all()])


def test_a_password_set_by_the_link_in_a_mail(client: Client, secretary: User) -> None:
    User.objects.filter(pk=secretary.pk).update(email="wang@example.tw")
    client.post("/accounts/password/reset/", {"email": "wang@example.tw"})
    link = next(text for text in str(mail.outbox[0].body).split() if "/reset/key/" in text)
    form = client.get(link.split("testserver")[1], follow=True).redirect_chain[-1][0]

    client.post(form, {"password1": "yet-another-one-8", "password2": "yet-another-one-8"})

    event = the(AuditKind.PASSWORD)
    assert (event.details, event.actor) == ({"how": "reset"}, secretary.pk)


# Refusals


def test_whoever_is_refused_what_they_see(client: Client, district: District) -> None:
    plan = make_plan(district)
    staff = make_holder(Role.UNIT_STAFF, make_unit(district))
    entered(client, staff)

    assert client.post(f"/plans/{plan.pk}/facts/", {"title": "改名"}).status_code == 403
    assert client.get(f"/plans/{plan.pk}/edit/").status_code == 403
    assert client.get("/imports/new/").status_code == 403
    assert client.get("/audit/").status_code == 403

    found = events(AuditKind.REFUSAL)
    assert {(who(event), where(event)) for event in found} == {
        ((staff.pk, staff.username), (district.city_id, district.pk))
    }
    assert [(event.subject, event.label, event.address, event.details["method"]) for event in found] == [
        ("plans.plan", label_of(plan), f"/plans/{plan.pk}/facts/", "POST"),
        ("plans.plan", label_of(plan), f"/plans/{plan.pk}/edit/", "GET"),
        ("", "", "/imports/new/", "GET"),
        ("", "", "/audit/", "GET"),
    ]


def test_a_refusal_is_of_the_place_it_was_about(client: Client) -> None:
    way = make_way(*FILING)
    district = way.plan.district
    extension = Extension.objects.create(
        plan=way.plan,
        reason="颱風",
        asked_until=dt.date(2026, 5, 29),
        asked_by=way.secretary,
        asked_at=LETTER_AT,
    )
    auditor, other = make_holder(Role.AUDITOR, district.city), make_city()
    Appointment.objects.create(user=auditor, role=Role.AUDITOR, city=other, starts_on=LONG_AGO)
    entered(client, auditor)

    addresses = {
        f"/desk/{way.plan.pk}/remarks/add/": (district.city_id, district.pk),
        f"/extensions/{extension.pk}/decide/": (district.city_id, district.pk),
        f"/deadlines/{district.city_id}/edit/": (district.city_id, None),
        f"/deadlines/{other.pk}/edit/": (other.pk, None),
    }
    for address in addresses:
        assert client.post(address).status_code == 403

    assert {event.address: where(event) for event in events(AuditKind.REFUSAL)} == addresses


def test_a_request_without_its_token_is_refused_and_told(district: District, secretary: User) -> None:
    plan = make_plan(district)
    client = entered(Client(enforce_csrf_checks=True), secretary)

    assert client.post(f"/plans/{plan.pk}/facts/", {"title": "改名"}).status_code == 403

    assert the(AuditKind.REFUSAL).address == f"/plans/{plan.pk}/facts/"


def test_neither_what_does_not_exist_nor_strangers_are_told_of(client: Client, secretary: User) -> None:
    foreign = make_plan()
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(LOGIN, {"login": "x"}).status_code == 403
    entered(client, secretary)

    assert client.get(f"/plans/{foreign.pk}/").status_code == 404
    assert client.get("/nowhere/").status_code == 404

    assert not AuditEvent.objects.exists()


# Steps


def post_step(client: Client, plan: Plan, step: str, **values: Any) -> Any:
    address = f"/plans/{plan.pk}/steps/{step}/"
    return client.post(address, hidden(client, address) | values)


LETTER_AT = dt.datetime(2026, 4, 10, 10, tzinfo=dt.UTC)
WORDS = {"document_number": "府研考字第1150001號", "document_on": "115.4.28"}


def test_each_step_of_a_plan(client: Client) -> None:
    way = make_way(title="秘密的名稱")
    plan, district = way.plan, way.plan.district
    people = {"sign": way.head, "take_in_hand": way.evaluator, "approve": way.evaluator}
    steps = ("send_for_signature", "sign", "file", "take_in_hand", "approve")
    for step in steps:
        client.force_login(people.get(step, way.secretary))
        assert post_step(client, plan, step, comment="密語", **WORDS).status_code == 302, step

    found = events(AuditKind.STEP)
    assert [event.details["step"] for event in found] == list(steps)
    assert {where(event) for event in found} == {(district.city_id, district.pk)}
    assert {(event.subject, event.key, event.label) for event in found} == {
        ("plans.plan", plan.pk, label_of(plan))
    }
    approved = found[4]
    assert who(approved) == (way.evaluator.pk, way.evaluator.username)
    assert approved.details == {
        "step": "approve",
        "before": "submitted",
        "after": "approved",
        "version": 2,
        "role": "evaluator",
        "document_number": "府研考字第1150001號",
        "document_on": "2026-04-28",
    }
    # What is said inside the district, and what the plan is called while it is written, is not the city's.
    assert "密語" not in str([vars(event) for event in found])
    assert "秘密" not in str([vars(event) for event in found])


def test_a_step_that_is_refused_is_told_although_nothing_of_it_stays(client: Client) -> None:
    way = make_way("send_for_signature")
    client.force_login(way.secretary)
    address = f"/plans/{way.plan.pk}/steps/file/"

    assert client.post(address, hidden(client, address)).status_code == 422
    way.go("recall")
    assert client.post(address, hidden(client, address)).status_code == 409

    found = events(AuditKind.STEP_REFUSED)
    assert [event.details for event in found] == [
        {"step": "file", "reason": "condition"},
        {"step": "file", "reason": "moved_on"},
    ]
    assert {who(event) for event in found} == {(way.secretary.pk, way.secretary.username)}
    way.plan.refresh_from_db()
    assert way.plan.status == PlanStatus.DRAFT


def test_a_step_without_its_reason_is_not_yet_asked_for(client: Client) -> None:
    way = make_way("send_for_signature")
    client.force_login(way.head)

    assert post_step(client, way.plan, "send_back").status_code == 422

    assert events(AuditKind.STEP_REFUSED) == []


def test_the_places_of_the_strip(client: Client) -> None:
    office = Office()
    office.take("send_for_signature", office.secretary)
    address = f"/plans/{office.plan.pk}/signing/"
    client.force_login(office.head)
    assert client.post(f"{address}2/sign/", {}).status_code == 422
    assert the(AuditKind.STEP_REFUSED).details == {"step": "sign", "reason": "turn"}

    client.force_login(office.chief)
    client.post(f"{address}1/sign/", hidden(client, address))
    signed = the(AuditKind.SIGNATURE)
    assert signed.details == {"how": "signed", "place": "單位主管", "role": "secretariat_chief"}

    client.force_login(office.head)
    client.post(f"{address}2/sign/", hidden(client, address))
    assert len(events(AuditKind.SIGNATURE)) == 1  # the head's is a step
    assert events(AuditKind.STEP)[-1].details["step"] == "sign"


def test_a_signature_given_outside_and_its_scan(client: Client) -> None:
    office = Office()
    office.take("send_for_signature", office.secretary)
    client.force_login(office.secretary)
    address = f"/plans/{office.plan.pk}/signing/1/record/"
    scan = SimpleUploadedFile("簽呈.pdf", b"%PDF-1.7", content_type="application/pdf")

    values = hidden(client, address) | WORDS | {"name": "王紙本", "title": "主任", "scan": scan}
    assert client.post(address, values).status_code == 302
    sent = office.plan.events.get(step="send_for_signature").number
    assert client.get(f"/plans/{office.plan.pk}/signing/{sent}/1/scan/").status_code == 200

    details = the(AuditKind.SIGNATURE).details
    assert (details["how"], details["name"], details["place"]) == ("outside", "王紙本", "單位主管")
    fetched = the(AuditKind.EXPORT)
    assert (fetched.details, fetched.key) == ({"what": "scan", "file": "簽呈.pdf"}, office.plan.pk)


def test_extensions(client: Client) -> None:
    office = Office()
    plan, city = office.plan, office.plan.district.city
    admin, evaluator = make_holder(Role.CITY_ADMIN, city), make_holder(Role.EVALUATOR, city)
    rule = {"month": 4, "day": "", "units_days": 10, "check_days": 5, "signing_days": 5}
    client.force_login(admin)
    assert client.post(f"/deadlines/{city.pk}/edit/", rule).status_code == 302
    assert client.post(f"/deadlines/{city.pk}/edit/", rule | {"month": 5}).status_code == 302
    first, second = events(AuditKind.SETTING)
    assert (first.details["change"], second.details) == (
        "added",
        {"change": "changed", "changes": {"month": [4, 5]}},
    )
    assert where(first) == (city.pk, None)

    today = dt.date.today()  # noqa: DTZ011 -- far from any midnight that matters
    until = today + dt.timedelta(days=300)
    Plan.objects.filter(pk=plan.pk).update(year=today.year)
    asked = {"until": f"{until.year - 1911}.{until.month}.{until.day}", "reason": "密語"}
    client.force_login(office.secretary)
    assert client.post(f"/plans/{plan.pk}/extension/", asked).status_code == 302
    extension = Extension.objects.get()
    assert client.post(f"/extensions/{extension.pk}/withdraw/").status_code == 302
    assert client.post(f"/extensions/{extension.pk}/withdraw/").status_code == 302  # decided already
    assert client.post(f"/plans/{plan.pk}/extension/", asked).status_code == 302
    assert client.post(f"/plans/{plan.pk}/extension/", asked).status_code == 422  # one waits
    client.force_login(evaluator)
    granted = {"decision": "grant", "until": asked["until"], "comment": ""}
    last = Extension.objects.order_by("-pk")[0]
    assert client.post(f"/extensions/{last.pk}/decide/", granted).status_code == 302

    found = events(AuditKind.EXTENSION)
    assert [event.details["how"] for event in found] == ["asked", "withdrawn", "asked", "granted"]
    assert found[3].details["until"] == until.isoformat()
    assert {event.subject for event in found} == {"review.extension"}
    assert [event.key for event in found] == [extension.pk, extension.pk, last.pk, last.pk]
    refused = events(AuditKind.STEP_REFUSED)
    assert [event.details for event in refused] == [
        {"step": "extension_withdraw", "reason": "decided"},
        {"step": "extension_ask", "reason": "condition"},
    ]
    assert "密語" not in str([vars(event) for event in AuditEvent.objects.all()])


# Progress


def test_reports_periods_and_findings() -> None:
    with time_machine.travel(IN_FIRST, tick=False):
        year = make_year()
        report, plan, unit = fill(year), year.plan, year.units["民政課"]
        chief, secretary, other = as_(year.chief()), as_(year.secretary), as_(year.staff("社會課"))
        empty_log()
        chief.post(filing(year, rest="hand-in/"), {"reports": [report.pk]})
        for step in ("return", "return"):  # the second one is too late
            secretary.post(f"/reports/{report.pk}/{step}/", {"comment": "密語"})
        found = {
            "unit": unit.pk,
            "line": "",
            "checked_on": "115.3.19",
            "text": "密語",
            "measure": "密語",
            "due_on": "115.4.30",
        }
        assert secretary.post(f"/plans/{plan.pk}/findings/new/", found).status_code == 302
        finding = plan.findings.get()
        assert secretary.post(f"/findings/{finding.pk}/release/", {"text": "密語"}).status_code == 302
        more = {"unit": unit.pk, "due_on": "115.5.10", "reason": "密語"}
        assert secretary.post(f"/periods/{year.period().pk}/allow/", more).status_code == 302
        days = {"opens_on": "115.1.2", "due_on": "115.4.20"}
        assert secretary.post(f"/periods/{year.period().pk}/edit/", days).status_code == 302
        for path in (f"/reports/{report.pk}/edit/", f"/periods/{year.period().pk}/edit/"):
            assert other.post(path, {}).status_code == 403
        assert other.post(f"/findings/{finding.pk}/answer/", {}).status_code == 403
    with time_machine.travel(dt.datetime(2026, 5, 1, 2, tzinfo=dt.UTC), tick=False):
        for step in ("close", "open"):
            as_(year.secretary).post(f"/periods/{year.period().pk}/close/", {"step": step})

    told = events(AuditKind.REPORT)
    assert [event.details["step"] for event in told] == [
        *("report_release", "report_return", "finding_add", "finding_release"),
        *("period_allow", "period_dates", "period_close", "period_open"),
    ]
    assert told[0].details == {
        "step": "report_release",
        "period": "115年1月至3月",
        "unit": "民政課",
        "line": report.line.number,
    }
    assert told[4].details["due_on"] == "2026-05-10"
    assert {(event.key, *where(event)) for event in told} == {
        (plan.pk, plan.district.city_id, plan.district_id)
    }
    assert the(AuditKind.STEP_REFUSED).details == {"step": "report_return", "reason": "moved_on"}
    assert {event.key for event in events(AuditKind.REFUSAL)} == {plan.pk}
    assert len(events(AuditKind.REFUSAL)) == 3
    assert "密語" not in str([vars(event) for event in AuditEvent.objects.all()])


def test_the_results_of_the_year() -> None:
    with time_machine.travel(dt.datetime(2027, 1, 12, 2, tzinfo=dt.UTC), tick=False):
        year = make_year()
        plan, secretary = year.plan, as_(year.secretary)
        city = as_(make_holder(Role.EVALUATOR, year.district.city))
        letter = {"document_number": "區研字第1號", "document_on": "116.1.11"}
        filing_page = f"/plans/{plan.pk}/year-end/file/"
        assert as_(year.staff()).get(filing_page).status_code == 403
        assert secretary.post(filing_page, letter).status_code == 302
        assert secretary.post(filing_page, letter).status_code == 422  # they are with the city
        row = plan.year_ends.get()
        auditor = as_(make_holder(Role.AUDITOR, year.district.city))
        assert auditor.post(f"/year-ends/{row.pk}/decide/", {"step": "return"}).status_code == 403
        city.post(f"/year-ends/{row.pk}/decide/", {"step": "return", "comment": "密語"})
        secretary.post(filing_page, letter)
        last = plan.year_ends.order_by("-pk")[0]
        city.post(f"/year-ends/{last.pk}/decide/", {"step": "receive", "received_on": "116.1.12"})

    assert [event.details["step"] for event in events(AuditKind.REPORT)] == [
        *("year_file", "year_return", "year_file")
    ]
    assert the(AuditKind.STEP).details["step"] == "close"
    assert the(AuditKind.STEP_REFUSED).details == {"step": "year_file", "reason": "moved_on"}
    assert {event.key for event in events(AuditKind.REFUSAL)} == {plan.pk}
    assert "密語" not in str([vars(event) for event in AuditEvent.objects.all()])


def test_how_often_units_file() -> None:
    year = make_year()
    assert (
        as_(year.secretary).post(f"/plans/{year.plan.pk}/progress/periods/", {"rhythm": "month"}).status_code
        == 302
    )

    assert the(AuditKind.REPORT).details == {"step": "period_rhythm", "rhythm": "month"}


# Downloads


def make_file(plan: Plan, content: str, file_format: str) -> RenderedFile:
    file = RenderedFile(
        plan=plan,
        format=file_format,
        content=content,
        key=str(uuid.uuid4()),
        state=FileState.READY,
        sha256="5" * 64,
    )
    file.file.save("plan.pdf", ContentFile(b"%PDF-1.7"))
    return file


def test_files_are_told_of_when_their_bytes_go_out(client: Client, secretary: User) -> None:
    plan = make_plan(secretary.appointments.get().district)
    files = [make_file(plan, plan_document(plan).to_json(), kind) for kind in (PDF, IN_FORCE, COMPARE)]
    entered(client, secretary)
    for file in files:
        assert client.head(f"/files/{file.pk}/").status_code == 200
        answer = client.get(f"/files/{file.pk}/")
        assert answer.status_code == 200
        again = client.get(f"/files/{file.pk}/", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    found = events(AuditKind.EXPORT)
    assert [event.details for event in found] == [
        {"what": what, "digest": "5" * 64} for what in ("pdf", "in_force", "compare")
    ]
    assert {(who(event), event.key, event.label) for event in found} == {
        ((secretary.pk, secretary.username), plan.pk, label_of(plan))
    }


def test_other_downloads_of_a_plan(client: Client) -> None:
    way = make_way(*FILING, "take_in_hand", "approve")
    plan = way.plan
    attachment = Attachment(plan=plan, position=0, title="附表", file_name="附表.pdf", size=8)
    attachment.file.save("a.pdf", ContentFile(b"%PDF-1.7"))
    entered(client, way.secretary)
    base = f"/plans/{plan.pk}"
    addresses = {
        f"{base}/json/": {"what": "json"},
        f"{base}/in-force/json/": {"what": "json_in_force", "version": 1},
        f"{base}/sheet/?format=ods": {"what": "lines", "format": "ods"},
        f"{base}/attachments/{attachment.pk}/": {"what": "attachment", "file": "附表.pdf"},
    }
    for address in addresses:
        assert client.head(address).status_code == 200
        assert client.get(address).status_code == 200
    client.get(f"{base}/sheet/")  # the page alone

    found = events(AuditKind.EXPORT)
    assert [event.details for event in found] == list(addresses.values())
    assert {(event.key, *where(event)) for event in found} == {
        (plan.pk, plan.district.city_id, plan.district_id)
    }


def test_the_sheet_of_the_overview(client: Client) -> None:
    evaluator = make_holder(Role.EVALUATOR, city := make_city())
    entered(client, evaluator).get("/overview/")
    assert client.get("/overview/?format=csv").status_code == 200

    event = the(AuditKind.EXPORT)
    assert (event.label, where(event)) == (city.name, (city.pk, None))
    assert event.details == {"what": "overview", "year": dt.date.today().year, "format": "csv"}  # noqa: DTZ011


def test_rows_taken_out_of_the_admin_are_told_to_each_city_they_name(client: Client, root: User) -> None:
    first, second = make_district(), make_district()
    for district in (first, second):
        make_unit(district)
        make_secretary(district)
    entered(client, root)

    for model, count in (("unit", 2), ("user", 3), ("appointment", 2), ("district", 2), ("city", 2)):
        export_rows(client, model, "csv")
        found = [event for event in events(AuditKind.EXPORT) if event.details["of"] == f"accounts.{model}"]
        assert [where(event) for event in found] == [(first.city_id, None), (second.city_id, None)]
        assert {event.details["count"] for event in found} == {count}


def test_a_plan_taken_out_on_the_command_line(tmp_path: Path) -> None:
    plan = make_plan()

    call_command(
        "export_plan", str(plan.pk), "--format=json", f"--output={tmp_path}/plan.json", stdout=io.StringIO()
    )

    event = the(AuditKind.EXPORT)
    assert (event.actor, event.username, event.details) == (
        None,
        "",
        {"what": "json", "command": "export_plan"},
    )


# Imports


def test_a_sheet_of_lines(client: Client, secretary: User) -> None:
    plan = make_plan(secretary.appointments.get().district)
    entered(client, secretary)
    sheet = changed(taken_out(client, plan), "服務台備有", "服務台已備有")

    token = choose(client, plan, sheet).context["token"]
    assert events(AuditKind.IMPORT) == []  # a preview writes nothing
    assert confirm(client, plan, token).status_code == 302

    event = the(AuditKind.IMPORT)
    assert (event.key, event.details) == (plan.pk, {"what": "lines", "added": 0, "changed": 1})
    assert where(event) == (plan.district.city_id, plan.district_id)


def test_a_sheet_of_appointments_and_each_of_its_rows(client: Client, root: User) -> None:
    district, user = make_district(), make_user()
    make_district(district.city)
    entered(client, root)
    heads = ["user", "role", "city", "district", "unit", "starts_on", "ends_on", "acting_for"]
    new = [user.username, "secretariat", district.city.name, district.name, "", "2026-01-01", "", ""]

    preview = choose_rows(client, "appointment", sheet_of("csv", [heads, new]))
    assert events(AuditKind.APPOINTMENT, AuditKind.IMPORT) == []
    assert confirm_rows(client, "appointment", preview).status_code == 302

    event = the(AuditKind.APPOINTMENT)
    assert (who(event), where(event)) == ((root.pk, "root"), (district.city_id, district.pk))
    assert event.label == f"{user.full_name} ({user.username}) {district.agency_name}"
    assert event.details == {
        "change": "added",
        "role": "secretariat",
        "starts_on": "2026-01-01",
        "ends_on": None,
        "acting_for": None,
    }
    summary = the(AuditKind.IMPORT)
    assert where(summary) == where(event)
    assert summary.details == {"what": "rows", "of": "accounts.appointment", "added": 1, "changed": 0}

    until = [*new[:6], "2026-06-30", ""]
    confirm_rows(client, "appointment", choose_rows(client, "appointment", sheet_of("csv", [heads, until])))
    changed_event = events(AuditKind.APPOINTMENT)[-1]
    assert changed_event.details["changes"] == {"ends_on": [None, "2026-06-30"]}
    again = choose_rows(client, "appointment", sheet_of("csv", [heads, until]))
    confirm_rows(client, "appointment", again)
    assert len(events(AuditKind.IMPORT)) == 2  # nothing was written the third time


@pytest.mark.parametrize("replaced", [False, True])
def test_a_document(client: Client, district: District, secretary: User, replaced: bool) -> None:
    if replaced:
        make_plan(district, year=2026, series="某計畫")
    entered(client, secretary)
    text = "某區公所115年度計畫\n壹、計畫依據\n一、依規定辦理。\n二、其他。"
    client.post(
        "/imports/new/", {"district": district.pk, "year": 115, "series": "某計畫", "text": text}, follow=True
    )
    draft = ImportDraft.objects.get()
    read_source(draft.pk)
    draft.refresh_from_db()

    values = {"version": draft.version} | ({"replace": "1"} if replaced else {})
    assert client.post(f"/imports/{draft.pk}/save/", values).status_code == 302

    event = the(AuditKind.IMPORT)
    assert event.key == Plan.objects.get().pk
    assert event.details == {"what": "document", "source": "", "replaced": replaced, "added": 3}


# Rows of the admin


def admin_form(client: Client, address: str, **values: Any) -> dict[str, Any]:
    """Return what a browser sends from a page of the admin, with these values changed."""
    context = client.get(address).context
    form = context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    for shown in context["inline_admin_formsets"]:
        formset = shown.formset
        data |= {
            f"{formset.prefix}-{name}": formset.management_form[name].value()
            for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
        }
    sent = {
        name: value for name, value in (data | values).items() if value is not None and value is not False
    }
    for name in ("last_login", "date_joined", "password"):
        sent.pop(name, None)
    return sent


def test_a_person_and_their_appointment_in_the_admin(client: Client, root: User, district: District) -> None:
    entered(client, root)
    password = "another-good-one-7"
    client.post(
        "/admin/accounts/user/add/",
        {
            "username": "wang",
            "full_name": "王小明",
            "usable_password": "true",
            "password1": password,
            "password2": password,
            "appointments-TOTAL_FORMS": 0,
            "appointments-INITIAL_FORMS": 0,
        },
    )
    user = User.objects.get(username="wang")
    assert (the(AuditKind.PERSON).details, where(the(AuditKind.PERSON))) == (
        {"change": "added"},
        (None, None),
    )

    address = f"/admin/accounts/user/{user.pk}/change/"
    group = Group.objects.create(name="支援")
    permission = Permission.objects.get(codename="view_plan")
    inline = {
        "appointments-TOTAL_FORMS": 1,
        "appointments-0-role": "secretariat",
        "appointments-0-district": district.pk,
        "appointments-0-starts_on": "2026-01-01",
    }
    rights = {"is_staff": "on", "groups": [group.pk], "user_permissions": [permission.pk]}
    assert client.post(address, admin_form(client, address, **inline, **rights)).status_code == 302

    changes = events(AuditKind.PERSON)[-1]
    assert where(changes) == (district.city_id, district.pk)
    assert changes.details == {
        "change": "changed",
        "changes": {
            "is_staff": [False, True],
            "groups": [[], ["支援"]],
            "user_permissions": [[], [str(permission)]],
        },
    }
    held = the(AuditKind.APPOINTMENT)
    assert (held.details["change"], held.details["role"]) == ("added", "secretariat")
    assert who(held) == (root.pk, "root")

    # A page that is saved as it stands says nothing.
    before = AuditEvent.objects.count()
    assert client.post(address, admin_form(client, address, **rights)).status_code == 302
    assert AuditEvent.objects.count() == before
    assert password not in str([vars(event) for event in AuditEvent.objects.all()])


def test_places_and_appointments_changed_and_deleted_in_the_admin(
    client: Client, root: User, district: District
) -> None:
    unit, user = make_unit(district, "民政課"), make_user()
    chief = Appointment.objects.create(user=user, role=Role.SECTION_CHIEF, unit=unit, starts_on=LONG_AGO)
    entered(client, root)

    address = f"/admin/accounts/appointment/{chief.pk}/change/"
    assert client.post(address, admin_form(client, address, ends_on="2026-06-30")).status_code == 302
    event = the(AuditKind.APPOINTMENT)
    assert event.details == {
        "change": "changed",
        "role": "section_chief",
        "changes": {"ends_on": [None, "2026-06-30"]},
    }
    assert where(event) == (district.city_id, district.pk)

    other = make_unit(district, "社會課")
    assert client.post(address, admin_form(client, address, unit=other.pk)).status_code == 302
    assert events(AuditKind.APPOINTMENT)[-1].details["changes"] == {"unit": ["民政課", "社會課"]}

    assert client.post(f"/admin/accounts/appointment/{chief.pk}/delete/", {"post": "yes"}).status_code == 302
    gone = events(AuditKind.APPOINTMENT)[-1]
    assert (gone.details["change"], gone.key) == ("deleted", chief.pk)
    chosen = {"action": "delete_selected", "_selected_action": [unit.pk, other.pk], "post": "yes"}
    assert client.post("/admin/accounts/unit/", chosen).status_code == 302
    assert [(event.label, event.details) for event in events(AuditKind.PLACE)] == [
        (f"{district.agency_name}民政課", {"change": "deleted"}),
        (f"{district.agency_name}社會課", {"change": "deleted"}),
    ]

    for model, row, values in (
        ("district", district, {"evaluation_group": "甲"}),
        ("city", district.city, {"decision": "record"}),
    ):
        address = f"/admin/accounts/{model}/{row.pk}/change/"
        assert client.post(address, admin_form(client, address, **values)).status_code == 302
        (name,) = values
        event = events(AuditKind.PLACE)[-1]
        assert event.details["changes"][name][1] == values[name]
        assert event.city == district.city_id


def test_settings_changed(client: Client, root: User) -> None:
    office = Office()
    district = office.plan.district
    entered(client, office.secretary)
    chief = {"places-0-who": "role:secretariat_chief", "places-0-label": "主任", "places-0-order": 1}
    head = {"places-1-who": "role:district_head", "places-1-label": "區長", "places-1-order": 2}
    sent = (
        {"places-TOTAL_FORMS": 2, "places-INITIAL_FORMS": 2} | chief | head | {"places-1-is_required": "on"}
    )
    for _ in range(2):  # the second time nothing is changed
        assert client.post(f"/districts/{district.pk}/signing-chain/", sent).status_code == 302
    event = the(AuditKind.SETTING)
    assert event.details == {"change": "added", "changes": {"places": [[], ["主任", "區長"]]}}
    assert where(event) == (district.city_id, district.pk)

    entered(client, root)
    chain = SigningChain.objects.get()
    chain.places.all().delete()
    page = f"/admin/review/signingchain/{chain.pk}/change/"
    places = {
        "places-TOTAL_FORMS": 1,
        "places-0-position": 1,
        "places-0-label": "機關首長",
        "places-0-role": "district_head",
        "places-0-is_required": "on",
    }
    assert client.post(page, admin_form(client, page, **places)).status_code == 302
    event = the(AuditKind.SETTING)
    assert (event.subject, event.details) == (
        "review.signingchain",
        {"change": "changed", "rows": {"review.signingplace": 1}},
    )
    assert where(event) == (district.city_id, district.pk)

    client.post("/admin/review/holiday/add/", {"day": "2027-01-01", "name": "元旦"})
    client.post("/admin/auth/group/add/", {"name": "支援"})
    framework = {
        "city": district.city_id,
        "name": "評核架構",
        "first_year": 2026,
        "level_names": "構面",
        "status": "draft",
        "criteria-TOTAL_FORMS": 0,
        "criteria-INITIAL_FORMS": 0,
    }
    client.post("/admin/plans/framework/add/", framework)
    found = events(AuditKind.SETTING)[1:]
    assert [(event.subject, event.label, event.city) for event in found] == [
        ("review.holiday", "2027-01-01 元旦", None),
        ("auth.group", "支援", None),
        ("plans.framework", "評核架構", district.city_id),
    ]


def test_nobody_changes_the_log_in_the_admin(client: Client, root: User) -> None:
    client.force_login(root)
    event = the(AuditKind.SIGN_IN)
    base = "/admin/core/auditevent/"

    assert client.get(f"{base}{event.pk}/change/").status_code == 200
    assert client.get(f"{base}?q=root").context["cl"].result_count == 1
    assert client.get(f"{base}add/").status_code == 403
    for address, data in (
        (f"{base}{event.pk}/change/", {"kind": "sign_out"}),
        (f"{base}{event.pk}/delete/", {"post": "yes"}),
    ):
        assert client.post(address, data).status_code == 403
    client.post(base, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    assert AuditEvent.objects.get(pk=event.pk).sha256 == event.sha256
