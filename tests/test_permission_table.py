from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.enums import Role
from accounts.models import District, Notice, User
from documents.ingest.propose import propose
from documents.ingest.storing import dump
from documents.models import DraftState, FileState, ImportDraft, RenderedFile
from plans.models import Attachment, Plan
from plans.services.comments import add_comment
from plans.services.rounds import RELEASED, open_round
from plans.services.versions import keep_version
from progress.services.evidence import add_file
from progress.services.findings import add_finding
from review.models import Extension
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, make_user, node
from tests.core.files import png
from tests.permission_table import ADMIN_NAMESPACE, CITY, ENDPOINTS, PEOPLE, STRANGER, Case, Endpoint
from tests.progress.rows import counted, put_in_force

pytestmark = pytest.mark.django_db

TEXT = "某區公所年度計畫\n壹、計畫依據\n一、依規定辦理。\n二、其他。"


@pytest.fixture
def case() -> Case:
    plan = make_plan()
    draft = ImportDraft.objects.create(
        district=plan.district,
        year=2030,
        made_by=make_user(),
        source=TEXT,
        state=DraftState.READY,
        proposal=dump(propose(TEXT.split("\n"))),
    )
    file = RenderedFile(
        plan=plan, format="pdf", key="k", content="{}", state=FileState.READY, sha256="0" * 64
    )
    file.file.save("plan.pdf", ContentFile(b"%PDF-1.7"))
    keep_version(plan.pk, actor=make_user(), name="草案")
    plan.items.filter(kind="action").update(text="其後改過。")
    attachment = Attachment(plan=plan, position=0, title="附表", file_name="附表.pdf", size=8)
    attachment.file.save("a.pdf", ContentFile(b"%PDF-1.7"))
    line = plan.items.order_by("pk")[0]
    add_comment(plan.pk, line.uid, actor=make_user(), text="請補充。", at=timezone.now())
    open_round(plan.pk, actor=make_user(), due_on=timezone.localdate(), at=timezone.now())
    Extension.objects.create(
        plan=plan,
        reason="颱風停班。",
        asked_until=dt.date(2026, 5, 29),
        asked_by=make_user(),
        asked_at=timezone.now(),
    )
    notice = Notice.objects.create(
        recipient=make_user(),
        words=RELEASED,
        parameters={"plan": plan.title, "unit": "民政課"},
        address="/",
        sent_at=timezone.now(),
    )
    return Case(plan.district, plan, draft, file, notice=notice, followed=make_followed(plan.district))


def make_followed(district: District) -> Plan:
    """Return a plan in force of the district, on which its secretariat's unit reports."""
    make_unit(district, "秘書室", is_secretariat=True)
    line = node("heading", title="諮詢", children=[counted("辦理3場。", "諮詢", "3", "場")])
    chapters = (node("chapter", title="內容", children=[line]),)
    plan = make_plan(district, year=2025, chapters=chapters)
    now = timezone.now()
    put_in_force(plan, actor=make_user(), at=now)
    today = timezone.localdate(now)
    add_finding(
        plan,
        actor=make_user(),
        origin="district",
        unit=district.units.get(name="秘書室"),
        line=None,
        checked_on=today,
        text="櫃檯無人。",
        measure="排定輪值。",
        due_on=today,
        at=now,
        files=[ContentFile(png(), name="櫃檯.png")],
    )
    report = plan.periods.order_by("number")[0].reports.order_by("pk")[0]
    picture = ContentFile(png(), name="現場.png")
    add_file(report.pk, actor=make_user(), file=picture, file_name="現場.png", at=now)
    return plan


def make_person(person: str, case: Case) -> User | None:
    district = case.district
    if person == STRANGER:
        return None
    if person in {Role.SECTION_CHIEF, Role.UNIT_STAFF}:
        return make_holder(person, make_unit(district))
    if person in CITY:
        return make_holder(person, district.city)
    others = {
        "other_secretariat": lambda: make_secretary(make_district(district.city)),
        "other_evaluator": lambda: make_holder(Role.EVALUATOR, make_district().city),
        "no_appointment": make_user,
        "superuser": lambda: make_user(is_superuser=True, is_staff=True),
        "past_secretariat": lambda: make_holder(Role.SECRETARIAT, district, until=dt.date(2021, 1, 1)),
    }
    return others[person]() if person in others else make_holder(person, district)


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{pattern.namespace}:" if pattern.namespace else ""
            if pattern.namespace != ADMIN_NAMESPACE:
                yield from names(pattern, prefix + namespace)
        else:
            assert isinstance(pattern, URLPattern)
            yield f"{prefix}{pattern.name}"


def test_every_endpoint_is_in_the_table_and_nothing_else() -> None:
    assert sorted(names(get_resolver())) == sorted(ENDPOINTS)


def sign_in(person: str, case: Case) -> Client:
    # An error of the server is one more wrong answer; its traceback is in the log.
    client = Client(raise_request_exception=False)
    if user := make_person(person, case):
        client.force_login(user)
    return client


@pytest.mark.slow
@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_the_table_says(case: Case, person: str) -> None:
    client = sign_in(person, case)
    before = count_rows(case)

    breaches = [
        f"{method} {name} as {person}: {breach}"
        for name, endpoint in ENDPOINTS.items()
        for method in endpoint.methods
        for breach in breaches_of(name, method, person=person, client=client, case=case, before=before)
    ]

    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("half", range(2))
def test_each_answer_of_the_table_is_given_to_one_who_should_get_it(case: Case, half: int) -> None:
    """The quick form of the test above: by turns, somebody of those who get the same at an endpoint."""
    clients = {person: sign_in(person, case) for person in PEOPLE}
    before = count_rows(case)

    breaches = [
        f"{method} {name} as {person}: {breach}"
        for at, (name, endpoint) in enumerate(ENDPOINTS.items())
        if at % 2 == half
        for person in one_for_each_answer(endpoint, turn=at)
        for method in endpoint.methods
        for breach in breaches_of(
            name, method, person=person, client=clients[person], case=case, before=before
        )
    ]

    assert not breaches, "\n".join(breaches)


def one_for_each_answer(endpoint: Endpoint, *, turn: int) -> list[str]:
    people: dict[int, list[str]] = {}
    for person in PEOPLE:
        people.setdefault(endpoint.expected(person), []).append(person)
    return [alike[turn % len(alike)] for alike in people.values()]


def breaches_of(
    name: str, method: str, *, person: str, client: Client, case: Case, before: tuple[int, int]
) -> Iterator[str]:
    """Yield in words what one request gets or does against the table; nothing it does stays."""
    endpoint = ENDPOINTS[name]
    expected = endpoint.expected(person)
    is_sent_away = person == STRANGER and not endpoint.is_public
    is_refused = expected in {403, 404} or is_sent_away
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method.lower())(endpoint.path(case), endpoint.data)
        after = count_rows(case) if is_refused else before
        transaction.set_rollback(True)
    client.cookies = cookies

    allowed = {expected}
    if name == "health-ready":  # tests may run without migrations, which it then says
        allowed = {200, 503}
    elif method == "POST" and expected == 200:
        # A step that is allowed may answer with a page, a redirect or what is wrong with the form.
        allowed = {200, 302, 422}
    if response.status_code not in allowed:
        yield f"answered {response.status_code}, not {' or '.join(map(str, sorted(allowed)))}"
    if after != before:
        yield f"(drafts, lines) were {before} and became {after}"
    if is_sent_away and not response.headers.get("Location", "").startswith("/accounts/login/"):
        yield f"sent to {response.headers.get('Location')}, not to the sign-in page"


def count_rows(case: Case) -> tuple[int, int]:
    return ImportDraft.objects.count(), case.plan.items.count()


def test_steps_are_never_taken_by_a_link(client: Client, case: Case) -> None:
    client.force_login(make_secretary(case.district))
    steps = [name for name, endpoint in ENDPOINTS.items() if endpoint.methods == ("POST",)]

    answers = {name: client.get(ENDPOINTS[name].path(case)).status_code for name in steps}

    assert steps
    assert answers.pop("set_language") == 302  # Django's own: it leads back, and changes nothing
    assert set(answers.values()) == {405}, answers


def test_forms_need_their_token(case: Case) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_secretary(case.district))

    assert client.post(f"/imports/{case.draft.pk}/delete/").status_code == 403
    assert ImportDraft.objects.filter(pk=case.draft.pk).exists()


def test_the_admin_is_for_staff_alone(client: Client, case: Case) -> None:
    client.force_login(make_secretary(case.district))
    assert client.get("/admin/").status_code == 302

    client.force_login(make_user(is_staff=True))
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/plans/plan/").status_code == 403
