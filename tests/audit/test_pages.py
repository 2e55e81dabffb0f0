"""What an auditor reads: whose events, found how, in which words, with which way on, and as a sheet."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Decision, Role
from accounts.models import Appointment, City, District, User
from core.audit import Place, Subject, record
from core.enums import AuditKind
from core.models import AuditEvent
from core.sheet_files import read_sheet
from districtplans.audit import queries, sheets, views
from districtplans.audit.words import tell
from plans.models import Plan
from plans.recording import record_plan
from review.models import Extension
from tests.audit.log_rows import empty_log
from tests.builders import (
    LONG_AGO,
    make_city,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_user,
)
from tests.review.desk_rows import FILING, make_way

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 4, 10, 4, tzinfo=dt.UTC)  # in Taipei


@pytest.fixture
def city() -> City:
    return make_city("高雄市")


@pytest.fixture
def district(city: City) -> District:
    return make_district(city, "三民區")


@pytest.fixture
def auditor(city: City) -> User:
    return make_holder(Role.AUDITOR, city)


@pytest.fixture
def log(client: Client, auditor: User) -> Client:
    """The auditor's browser, with nothing in the log; in English."""
    return enter(client, auditor)


def enter(client: Client, user: User) -> Client:
    client.force_login(user)
    client.cookies.load({"django_language": "en"})
    empty_log()
    return client


def write(
    owner: City | District,
    label: str = "",
    kind: AuditKind = AuditKind.SIGN_IN,
    *,
    actor: User | None = None,
    at: dt.datetime = NOON,
    subject: str = "",
    key: int | None = None,
    typed: str = "",
    **details: Any,
) -> AuditEvent:
    where = Place(owner.pk) if isinstance(owner, City) else Place(owner.city_id, owner.pk)
    about = Subject(subject, key, label)
    record(kind, actor=actor, places=[where], subject=about, details=details, typed=typed, at=at)
    return AuditEvent.objects.order_by("-pk")[0]


def shown(client: Client, **query: Any) -> list[str]:
    """Return what the events found on the page concern, the newest first."""
    response = client.get("/audit/", query)
    assert response.status_code == 200
    page = response.content.decode()
    labels = [row.event.label for row in response.context["page"].rows]
    assert page.count("<tr") == len(labels) + bool(labels)
    return labels


def texts(client: Client, **query: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/audit/", query).content.decode()))


# Whose


def test_an_auditor_reads_of_the_city_and_its_districts_and_of_no_other(
    log: Client, city: City, district: District
) -> None:
    foreign = make_district()
    write(city, "市府")
    write(district, "本市的區")
    write(foreign, "他市的區")
    write(foreign.city, "他市")
    record(AuditKind.SIGN_IN_FAILED, actor=None, typed="nobody", subject=Subject(label="無處"))

    assert shown(log) == ["本市的區", "市府"]
    assert shown(log, city=foreign.city_id) == ["本市的區", "市府"]
    assert log.get("/audit/", {"district": foreign.pk}).status_code == 422
    assert shown(log, q="他市") == []

    log.force_login(make_holder(Role.AUDITOR, foreign.city))
    assert [label for label in shown(log) if label] == ["他市", "他市的區"]


@pytest.mark.parametrize("role", Role)
def test_auditors_and_administrators_of_the_city_alone(
    client: Client, city: City, district: District, role: Role
) -> None:
    place: Any = {
        Role.SECTION_CHIEF: district.units.create(name="甲課"),
        Role.UNIT_STAFF: district.units.create(name="乙課"),
        Role.EVALUATOR: city,
        Role.CITY_ADMIN: city,
        Role.AUDITOR: city,
    }.get(role, district)
    client.force_login(make_holder(role, place))

    is_reader = role in {Role.CITY_ADMIN, Role.AUDITOR}
    assert client.get("/audit/").status_code == (200 if is_reader else 403)
    assert ("/audit/" in client.get("/").content.decode()) == is_reader


def test_who_was_an_auditor_or_is_switched_off_reads_nothing(client: Client, city: City) -> None:
    client.force_login(make_holder(Role.AUDITOR, city, until=dt.date(2021, 1, 1)))
    assert client.get("/audit/").status_code == 403
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert client.get("/audit/").status_code == 403
    auditor = make_holder(Role.AUDITOR, city)
    client.force_login(auditor)
    User.objects.filter(pk=auditor.pk).update(is_active=False)
    assert client.get("/audit/").status_code == 302


def test_whoever_audits_several_cities_chooses_one(log: Client, auditor: User, city: City) -> None:
    other = make_city()
    Appointment.objects.create(user=auditor, role=Role.AUDITOR, city=other, starts_on=LONG_AGO)
    write(city, "這裡")
    write(other, "那裡")

    assert shown(log) == shown(log, city=city.pk) == ["這裡"]
    assert shown(log, city=other.pk) == ["那裡"]
    assert log.get("/audit/", {"city": "x"}).status_code == 422
    assert 'name="city"' in log.get("/audit/").content.decode()


# Found how


@pytest.fixture
def events(log: Client, city: City, district: District) -> None:
    wang, chen = make_user(), make_user()
    User.objects.filter(pk=wang.pk).update(full_name="王小明", username="wang")
    User.objects.filter(pk=chen.pk).update(full_name="陳大文", username="chen")
    wang.refresh_from_db()
    chen.refresh_from_db()
    other = make_district(city, "左營區")
    write(district, "甲", actor=wang, at=NOON)
    write(other, "乙", actor=chen, at=NOON + dt.timedelta(hours=11, minutes=59))  # 23:59
    write(district, "丙", AuditKind.SIGN_IN_FAILED, typed="wang", at=NOON + dt.timedelta(hours=12))  # 0:00
    write(other, "臺北的丁", AuditKind.STEP, actor=wang, at=NOON + dt.timedelta(days=2), step="approve")
    write(city, "戊", AuditKind.STEP_REFUSED, actor=chen, at=NOON + dt.timedelta(days=3), step="sign")


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "戊丁丙乙甲"),
        ({"q": "台北"}, "丁"),
        ({"q": "approve"}, "丁"),
        ({"q": "ｓｉｇｎ"}, "戊丙乙甲"),
        ({"q": "chen 乙"}, "乙"),
        ({"q": "無此"}, ""),
        ({"person": "王小"}, "丁丙甲"),
        ({"person": "wang"}, "丁丙甲"),
        ({"person": "wan"}, "丁丙甲"),
        ({"person": "nobody"}, ""),
        ({"kind": "step"}, "丁"),
        ({"kind": "sign_in_failed"}, "丙"),
        ({"since": "115.4.11"}, "戊丁丙"),
        ({"until": "115.4.10"}, "乙甲"),
        ({"since": "115.4.11", "until": "115.4.11"}, "丙"),
        ({"since": "2026-04-12"}, "戊丁"),
        ({"person": "王", "kind": "sign_in", "until": "115.4.30", "q": "甲"}, "甲"),
        ({"q": " "}, "戊丁丙乙甲"),
    ],
)
def test_events_are_found(log: Client, query: dict[str, str], found: str) -> None:
    assert [label[-1] for label in shown(log, **query)] == list(found)


@pytest.mark.usefixtures("events")
def test_events_of_one_district(log: Client, district: District) -> None:
    assert shown(log, district=district.pk) == ["丙", "甲"]


@pytest.mark.usefixtures("events")
def test_events_are_found_by_the_words_they_are_told_with(log: Client, city: City) -> None:
    City.objects.filter(pk=city.pk).update(decision=Decision.RECORD)
    log.cookies["django_language"] = "zh-hant"

    assert shown(log, q="登入失敗") == ["丙"]
    for words in ("核定", "備查"):
        assert shown(log, q=words) == ["臺北的丁"], words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"since": "昨天"}, "Give the day in ROC years"),
        ({"until": "115.13.1"}, "Give the day in ROC years"),
        ({"kind": "x"}, "Select a valid choice"),
        ({"district": "x"}, "is not"),
        ({"q": "長" * 201}, "at most 200"),
    ],
)
def test_what_cannot_be_searched_for_is_said(
    log: Client, city: City, query: dict[str, str], words: str
) -> None:
    write(city, "甲")

    response = log.get("/audit/", query)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert "甲" not in response.content.decode()
    assert "No event matches" not in response.content.decode()


def test_a_name_of_too_many_people_is_refused(log: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_PEOPLE", 2)
    for _ in range(3):
        make_user()

    assert "Too many people" in log.get("/audit/", {"person": "王"}).content.decode()
    assert log.get("/audit/", {"person": "王9999"}).status_code == 200


def test_pages_go_back_and_forth(log: Client, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PER_PAGE", 3)
    # Of one moment, so that the keys alone tell which comes first.
    for number in range(8):
        write(city, f"事{number}", at=NOON + dt.timedelta(seconds=number // 4))

    def follow(relation: str, page: str) -> str:
        found = re.search(rf'rel="{relation}" href="([^"]+)"', page)
        assert found
        return str(log.get(found[1].replace("&amp;", "&")).content.decode())

    def labels(page: str) -> list[str]:
        return re.findall(r"事\d", page)

    first = log.get("/audit/", {"q": "事"}).content.decode()
    second = follow("next", first)
    third = follow("next", second)
    assert [labels(page) for page in (first, second, third)] == [
        ["事7", "事6", "事5"],
        ["事4", "事3", "事2"],
        ["事1", "事0"],
    ]
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in third
    assert labels(follow("prev", third)) == labels(second)
    assert labels(follow("prev", follow("prev", third))) == labels(first)
    assert "The newest first" in first


@pytest.mark.parametrize("cursor", ["x", "1", "-1-1", f"{'9' * 17}-{'9' * 18}", "٣-٣", "1-1-1"])
@pytest.mark.parametrize("name", ["before", "after"])
def test_a_cursor_that_leads_nowhere_is_no_error(log: Client, city: City, name: str, cursor: str) -> None:
    write(city, "甲")

    assert log.get("/audit/", {name: cursor}).status_code == 200


def test_an_empty_log_and_an_empty_search(log: Client) -> None:
    assert "Nothing is written in the log of this city yet." in texts(log)
    assert "No event matches this search." in texts(log, q="甲")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_any_number_of_rows(
    log: Client, rows: int, city: City, district: District, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for year in range(rows):
        plan = make_plan(district, year=2024 + year)
        record_plan(AuditKind.STEP, plan, actor=None, details={"step": "sign"})
        write(district, kind=AuditKind.EXTENSION, subject="review.extension", key=1, how="asked")

    with django_assert_num_queries(5) as asked:
        response = log.get("/audit/")

    assert len(response.context["page"].rows) == 2 * rows, asked


def test_the_page_stays_below_its_limit_for_staff_too(
    log: Client, auditor: User, district: District, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    User.objects.filter(pk=auditor.pk).update(is_staff=True)
    plan = make_plan(district)
    record_plan(AuditKind.STEP, plan, actor=auditor, details={"step": "sign"})
    write(district, kind=AuditKind.PERSON, actor=auditor, subject="accounts.user", key=auditor.pk)

    with django_assert_max_num_queries(8):
        page = log.get("/audit/", {"person": auditor.username, "q": "person", "before": f"{'9' * 16}-9"})

    assert len(page.context["page"].rows) == 2


# In which words

WORDS: list[tuple[AuditKind, dict[str, Any], str, str]] = [
    (AuditKind.SIGN_IN, {}, "登入系統", "Signed in"),
    (AuditKind.SIGN_OUT, {}, "登出系統", "Signed out"),
    (
        AuditKind.SIGN_IN_FAILED,
        {"reason": "password"},
        "無法登入：密碼錯誤",
        "Could not sign in: the password was wrong",
    ),
    (
        AuditKind.SIGN_IN_FAILED,
        {"reason": "limit"},
        "無法登入：嘗試次數過多",
        "Could not sign in: too many attempts",
    ),
    (AuditKind.PASSWORD, {"how": "set"}, "為他人設定密碼", "Set the password of another person"),
    (AuditKind.REFUSAL, {"method": "POST"}, "無權異動 /x/，已拒絕", "Was refused a change at /x/"),
    (AuditKind.REFUSAL, {"method": "GET"}, "無權開啟 /x/，已拒絕", "Was refused to open /x/"),
    (
        AuditKind.STEP_REFUSED,
        {"step": "file", "reason": "moved_on"},
        "「函報市府」未成：計畫已進入其他步驟",
        "“File to the city” was refused: the plan had moved on meanwhile",
    ),
    (
        AuditKind.STEP,
        {"step": "approve", "before": "submitted", "after": "approved"},
        "核備：由「函報」至「核定」",
        "Ratify: from “Submitted to the city” to “Approved”",
    ),
    (AuditKind.STEP, {"step": "sign", "before": "signing", "after": "signing"}, "簽核", "Sign"),
    (AuditKind.SIGNATURE, {"how": "signed", "place": "主任"}, "於「主任」簽核", "Signed as “主任”"),
    (
        AuditKind.SIGNATURE,
        {"how": "outside", "place": "主任", "name": "王五"},
        "登錄王五於系統外簽核（「主任」）",
        "Recorded that 王五 signed outside the system, as “主任”",
    ),
    (
        AuditKind.EXTENSION,
        {"how": "granted", "until": "2026-05-29"},
        "同意展延至115年5月29日",
        "Granted the extension until 115年5月29日",
    ),
    (
        AuditKind.EXPORT,
        {"what": "attachment", "file": "附.pdf"},
        "下載附件「附.pdf」",
        "Downloaded the attachment “附.pdf”",
    ),
    (
        AuditKind.EXPORT,
        {"what": "rows", "of": "accounts.unit", "count": 3},
        "下載「課室」試算表，共3列",
        "Downloaded a sheet of “unit”, rows: 3",
    ),
    (
        AuditKind.IMPORT,
        {"what": "rows", "of": "accounts.unit", "added": 1, "changed": 2},
        "匯入「課室」試算表：新增1列、修改2列",
        "Imported a sheet of “unit”: 1 new, 2 changed",
    ),
    (AuditKind.REPORT, {"step": "report_release"}, "核閱送出", "Release"),
    (AuditKind.REPORT, {"step": "period_close"}, "結束填報期別", "Closed a period"),
    (AuditKind.APPOINTMENT, {"change": "added"}, "新增：職務", "Added: appointment"),
    # Of a code that has gone by now, and of details nobody expects.
    (AuditKind.EXPORT, {"what": "telegram"}, "telegram", "telegram"),
    (
        AuditKind.STEP,
        {"step": "dance", "before": "x", "after": "y"},
        "dance：由「x」至「y」",
        "dance: from “x” to “y”",
    ),
    (AuditKind.EXPORT, {"what": "100%"}, "100%", "100%"),
    (AuditKind.SETTING, {"change": ["a"]}, "['a']", "['a']"),
    (AuditKind.IMPORT, {}, "", ""),
]


@pytest.mark.parametrize(("kind", "details", "chinese", "english"), WORDS)
def test_each_kind_is_told_in_the_readers_language(
    city: City, kind: AuditKind, details: dict[str, Any], chinese: str, english: str
) -> None:
    city.decision = Decision.RATIFICATION
    event = write(city, "", kind, subject="accounts.appointment", **details)
    event.address = "/x/"

    told = {}
    for language in ("zh-hant", "en"):
        with override(language):
            told[language] = tell(event, city).what

    assert told == {"zh-hant": chinese, "en": english}


def test_what_else_is_known_is_told_with_its_name(city: City) -> None:
    changes = {
        "ends_on": [None, "2026-07-31"],
        "role": ["unit_staff", "section_chief"],
        "gone": [[], ["甲", "乙"]],
    }
    appointment = write(
        city,
        "",
        AuditKind.APPOINTMENT,
        subject="accounts.appointment",
        change="changed",
        role="unit_staff",
        changes=changes,
    )
    person = write(
        city,
        "",
        AuditKind.PERSON,
        subject="accounts.user",
        change="changed",
        changes={"is_staff": [False, True]},
    )
    step = write(
        city,
        "",
        AuditKind.STEP,
        step="approve",
        version=3,
        acting_for="李四",
        document_number="府字1號",
        document_on="2026-04-28",
    )

    with override("zh-hant"):
        assert tell(appointment, city).more == (
            "身分：課室承辦人員",
            "迄日：空白 → 115年7月31日",
            "gone：空白 → 甲、乙",
            "角色：課室承辦人員 → 課長",
        )
        assert tell(person, city).more == ("可登入系統管理：否 → 是",)
        assert tell(step, city).more == (
            "代理對象：李四",
            "版本：3",
            "公文：府字1號",
            "發文日期：115年4月28日",
        )


def test_a_row_says_when_who_and_from_where(log: Client, city: City, district: District) -> None:
    user = make_user()
    write(district, "某計畫", AuditKind.EXPORT, actor=user, what="pdf")
    write(city, "", AuditKind.SIGN_IN_FAILED, typed="nobody", reason="unknown")
    write(city, "", AuditKind.EXPORT, what="json", command="export_plan")

    page = texts(log)

    assert "115年4月10日 12:00:00" in page
    assert f"{user.full_name} {user.username}" in page
    assert "nobody" in page
    assert "the system" in page
    assert district.agency_name in page


# With which way on


def links(client: Client) -> dict[str, str]:
    response = client.get("/audit/")
    rows = {row.event.label: row.link for row in response.context["page"].rows}
    page = response.content.decode()
    for label, link in rows.items():
        assert (f'<a href="{link}">{label}</a>' in page) == bool(link)
    return rows


def test_an_event_leads_to_a_plan_the_reader_may_see(log: Client, city: City) -> None:
    filed = make_way(*FILING, district=make_district(city)).plan
    revised = make_way(*FILING, "take_in_hand", "approve", district=make_district(city))
    revised.go("revise", at=dt.datetime(2026, 4, 11, tzinfo=dt.UTC))
    draft = make_plan(make_district(city))
    empty_log()
    for plan in (filed, revised.plan, draft):
        record_plan(AuditKind.EXPORT, Plan.objects.get(pk=plan.pk), actor=None, details={"what": "pdf"})

    assert links(log) == {
        filed.label: f"/plans/{filed.pk}/",
        revised.plan.label: f"/plans/{revised.plan.pk}/in-force/",
        draft.label: "",
    }
    assert log.get(f"/plans/{draft.pk}/").status_code == 404


def test_an_event_leads_to_an_extension(log: Client, district: District) -> None:
    plan = make_plan(district)
    extension = Extension.objects.create(
        plan=plan,
        reason="颱風",
        asked_until=dt.date(2026, 5, 29),
        asked_by=make_secretary(district),
        asked_at=NOON,
    )
    write(district, "展延", AuditKind.EXTENSION, subject="review.extension", key=extension.pk, how="asked")

    assert links(log) == {"展延": f"/extensions/{extension.pk}/"}
    assert log.get(f"/extensions/{extension.pk}/").status_code == 200


def test_only_who_may_look_there_is_led_into_the_admin(log: Client, auditor: User, city: City) -> None:
    held = auditor.appointments.get()
    write(city, "任職", AuditKind.APPOINTMENT, subject="accounts.appointment", key=held.pk, change="added")
    write(city, "已刪", AuditKind.APPOINTMENT, subject="accounts.appointment", key=held.pk, change="deleted")
    write(city, "奇怪", AuditKind.SETTING, subject="plans.nothing", key=1, change="added")
    write(city, "群組", AuditKind.SETTING, subject="auth.group", key=1, change="added")
    nowhere = {"任職": "", "已刪": "", "奇怪": "", "群組": ""}
    rights = Permission.objects.filter(codename__in=("view_appointment", "view_group"))
    auditor.user_permissions.set(rights)
    assert links(log) == nowhere  # whoever is not of the staff

    auditor.is_staff = True
    auditor.save()
    auditor.user_permissions.clear()
    assert links(log) == nowhere

    auditor.user_permissions.set(rights)
    found = links(log)
    assert found == nowhere | {"任職": f"/admin/accounts/appointment/{held.pk}/change/"}
    assert log.get(found["任職"]).status_code == 200


# As a sheet


@pytest.mark.parametrize("kind", ["ods", "xlsx", "csv"])
def test_what_is_found_goes_out_as_a_sheet_and_that_is_told(
    log: Client, auditor: User, city: City, kind: str
) -> None:
    write(city, "不要")
    event = write(city, "要的", AuditKind.EXPORT, typed="=HYPERLINK(1)", what="json", command="export_plan")

    assert log.head("/audit/", {"q": "要的", "format": kind}).status_code == 200
    response = log.get("/audit/", {"q": "要的", "format": kind})

    assert response.status_code == 200
    assert f".{kind}" in response.headers["Content-Disposition"]
    raw = response.content.decode("utf-8-sig") if kind == "csv" else ""
    assert ("'=HYPERLINK" in raw) == (kind == "csv")
    sheet = read_sheet(response.content)
    assert sheet.headers[:5] == ["Time", "Full name", "User name", "Kind", "What happened"]
    assert [[str(cell or "") for cell in row] for row in sheet] == [
        [
            "2026-04-10 12:00:00",
            "",
            "=HYPERLINK(1)",
            "Download",
            "Downloaded the plan as JSON",
            "Command: export_plan",
            "要的",
            city.name,
            "",
            str(event.pk),
            event.sha256,
        ]
    ]
    told = AuditEvent.objects.order_by("-pk")[0]
    assert (told.actor, told.city, told.label) == (auditor.pk, city.pk, city.name)
    assert told.details == {"what": "audit", "format": kind, "count": 1, "search": {"q": "要的"}}
    assert AuditEvent.objects.count() == 3


def test_a_sheet_is_not_cut_off_in_silence(log: Client, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_EVENTS", 2)
    for number in range(3):
        write(city, f"事{number}")

    response = log.get("/audit/", {"format": "csv"})

    assert response.status_code == 422
    assert "More than 2 events are found" in response.content.decode()
    assert AuditEvent.objects.count() == 3
    assert log.get("/audit/", {"format": "csv", "q": "事1"}).status_code == 200
    assert sheets.MOST_EVENTS == 20_000
