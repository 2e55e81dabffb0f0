"""Every page, as a person in Taiwan sees it: in Chinese, with no English word but names."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from documents.jobs import read_source
from documents.models import DraftState, FileState, ImportDraft, RenderedFile
from plans.enums import PlanStatus
from plans.services.plans import replace_items
from tests.builders import (
    make_district,
    make_document,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
    node,
    sample_roster,
)
from tests.catalogue import Spoken, foreign
from tests.permission_table import ENDPOINTS, STRANGER, Case
from tests.test_permission_table import case, make_person
from tests.test_translations import CATALOGUE

__all__ = ["case"]
pytestmark = pytest.mark.django_db

# Names of products, formats and keys, and what the tests themselves put into rows.
ALLOWED = re.compile(
    r"(?<![A-Za-z])(?:DistrictPlans|English|PDF|PNG|JSON|XLSX|ODS|CSV|UTF-?8|UTF-16|Big5|Word|Excel|Bootstrap|Icons|"
    r"htmx|MIT|Zero-Clause BSD|TW-Kai|Alt|Shift|Esc|Control|Command|Mac|SHA-256|[KM]B|ID|LDAP|Django|md5|"
    r"person\d+|root|pdf|testserver)(?![A-Za-z])|\S+\.pdf|\.(?:txt|xlsx?|csv|ods|png)\b|\S+@\S+|https?://\S*"
    # Kinds of files as they are named by their endings and types, and the places they lie at.
    r"|(?<![A-Za-z])(?:URL|od[tsp]|docx|xlsx|pptx|jpe?g|png|heic|webp|txt|csv)(?![A-Za-z])|image/png"
    r"|evidence/[0-9a-f]{32}"
    # Not marked for translation by their packages: the name of the tasks' admin, permissions (they are rows
    # of the database), "historical" before the name of a model, and a history row without a reason.
    r"|Tasks Database Backend|Sessions \| session|Can (?:add|change|delete|view) [\w' ]+"
    r"|[Hh]istorical (?=[\u4e00-\u9fff])|^None$"
    # Stored JSON, digests and the message ids of notices, looked at by support; keys have their own names.
    r"|^[a-z_]+ → [a-z_]+$"
    r"|^\{.*\}$|\w+\*{4,}|(?:摘要)?[0-9a-f]{12}(?:[0-9a-f]{52})?|^[^\u4e00-\u9fff]*%\(\w+\)s.*$|Enter|Ctrl"
    # simple-history has no words for the history of a many-to-many field; a permission's row keeps its
    # English name.
    r"|Historical\w+|[Hh]istorical [\w ]+|calendar"
)
LABELS = {app.label for app in apps.get_app_configs()}


@pytest.fixture(scope="session")
def chinese_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue compiled from what stands in the tree, not from what was compiled some time ago."""
    folder = tmp_path_factory.mktemp("locale")
    target = folder / "zh_Hant" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    command = ["msgfmt", f"--output-file={target}", str(CATALOGUE)]
    subprocess.run(command, check=True, timeout=60)  # noqa: S603 -- the command is written here
    return folder


@pytest.fixture(autouse=True)
def chinese(chinese_dir: Path, settings: Any) -> None:
    settings.LOCALE_PATHS = [chinese_dir]


@pytest.fixture
def site(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def assert_chinese(response: Any) -> None:
    if response.headers.get("Content-Type", "").startswith("text/html"):
        # Django's admin has the alternative texts of its own icons in English, unmarked: Search, True, False.
        without = {"alt"} if response.request["PATH_INFO"].startswith("/admin/") else set()
        texts = Spoken(response.content.decode(), without=without).texts
        if "/history/" in response.request["PATH_INFO"]:
            # simple-history writes the label of the app into the way to the page, not its name.
            texts = [text for text in texts if text.lower() not in LABELS]
        assert list(foreign(texts, ALLOWED)) == []


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_page_and_answer_is_in_chinese(client: Client, case: Case, name: str) -> None:
    endpoint = ENDPOINTS[name]
    for person in (endpoint.allowed[0], "other_evaluator"):
        client.logout()
        if person != STRANGER and (user := make_person(person, case)):
            client.force_login(user)
        for method in endpoint.methods:
            assert_chinese(getattr(client, method.lower())(endpoint.path(case), endpoint.data))
            client.cookies.clear() if name == "set_language" else None


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SECRETARIAT])
def test_the_first_page_of_each_role(client: Client, role: Role) -> None:
    plan = make_plan(status=PlanStatus.SUBMITTED)
    client.force_login(make_person(role, Case(plan.district, plan, None, None)))  # type: ignore[arg-type]  # no files

    response = client.get("/")

    assert_chinese(response)
    assert str(role.label) in response.content.decode()


def test_a_full_plan_and_a_list_that_finds_nothing(client: Client) -> None:
    district = make_district()
    parts = [node("chapter", title="編組", children=[sample_roster()]), node("chapter", title="其他")]
    plan = make_plan(district, chapters=tuple(parts))
    user = make_secretary(district)
    replace_items(plan.pk, make_document(district), actor=user)
    client.force_login(user)

    for path in (f"/plans/{plan.pk}/", f"/plans/{plan.pk}/restore/", "/plans/", "/plans/?q=無此計畫", "/"):
        assert_chinese(client.get(path))
    assert_chinese(client.get("/plans/?year=1&status=2&district=0"))
    assert_chinese(client.post(f"/plans/{plan.pk}/restore/", follow=True))


@pytest.mark.parametrize("state", FileState)
def test_a_pdf_in_each_state(client: Client, case: Case, state: FileState) -> None:
    client.force_login(make_secretary(case.district))
    client.post(f"/plans/{case.plan.pk}/pdf/")
    file = RenderedFile.objects.exclude(pk=case.file.pk).get()
    file.file, file.state = case.file.file, state
    file.save()

    assert_chinese(client.get(f"/plans/{case.plan.pk}/pdf/"))


@pytest.mark.parametrize("state", DraftState)
def test_an_import_in_each_state(client: Client, case: Case, state: DraftState) -> None:
    client.force_login(make_secretary(case.district))
    ImportDraft.objects.filter(pk=case.draft.pk).update(state=state, plan=case.plan)

    assert_chinese(client.get(f"/imports/{case.draft.pk}/"))
    assert_chinese(client.get("/imports/"))


HARD = """某區公所年度計畫
前言不屬於任何章。
壹、計畫依據
一、依規定辦理。
三、缺一號的條目。
二、順序有誤的條目。
預期目標
3.自三起算，全年辦理12場次、每季檢討1次。
第 7 頁"""


def test_steps_of_a_correction_done_and_refused(client: Client) -> None:
    district = make_district()
    make_unit(district, "民政課")
    client.force_login(make_secretary(district))
    client.post(
        "/imports/new/", {"district": district.pk, "year": 115, "series": "某計畫", "text": HARD}, follow=True
    )
    draft = ImportDraft.objects.get()
    read_source(draft.pk)
    draft.refresh_from_db()
    page = f"/imports/{draft.pk}/"
    assert draft.state == DraftState.READY

    assert_chinese(client.get(page))
    steps = ["promote", "demote", "merge", "confirm", "kind:target", "remove", "undo", "undo", "nothing"]
    for step in steps:
        draft.refresh_from_db()
        for ids in ([], [draft.proposal["items"][0]["id"]], [draft.proposal["items"][-1]["id"]]):
            draft.refresh_from_db()
            values = {"step": step, "ids": ids, "version": draft.version}
            assert_chinese(client.post(f"{page}change/", values, follow=True))
    item = f"{page}items/{draft.proposal['items'][0]['id']}/"
    draft.refresh_from_db()
    wrong = {"kind": "x", "points": "many", "version": draft.version, "split": "1"}
    for data in (wrong, {**wrong, "version": 0}, {"kind": "chapter", "title": "甲", "version": 0}):
        assert_chinese(client.post(item, data, follow=True))
    assert_chinese(client.post(f"{page}facts/", {"title": "長" * 500, "version": draft.version}, follow=True))
    assert_chinese(client.post(f"{page}save/", {"version": draft.version}, follow=True))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"text": "壹、依據", "year": "四"},
        {"text": "壹、依據", "year": 500, "series": "長" * 100},
        {"text": "沒有章也沒有編號", "year": 115},
        {"file": b""},
        {"file": b"%PDF-1.7"},
        {"file": b"\x00" * 64},
        {"file": "壹、依據".encode(), "text": "壹、依據"},
    ],
)
def test_what_cannot_be_imported_is_refused_in_chinese(client: Client, given: dict[str, Any]) -> None:
    district = make_district()
    client.force_login(make_secretary(district))
    values = {"district": district.pk, "year": 115, "series": "某計畫", **given}
    if "file" in given:
        values["file"] = SimpleUploadedFile("plan.pdf", given["file"])

    assert_chinese(client.post("/imports/new/", values, follow=True))
    for draft in ImportDraft.objects.all():
        read_source(draft.pk)
        assert_chinese(client.get(f"/imports/{draft.pk}/"))


def test_signing_in_and_out_with_all_that_goes_wrong(client: Client) -> None:
    user = make_user()
    make_user(is_active=False)
    login = "/accounts/login/"
    for values in ({}, {"login": user.username, "password": "wrong"}, {"login": "nobody", "password": "x"}):
        assert_chinese(client.post(login, values))
    right = {"login": user.username, "password": "right-password"}
    assert_chinese(client.post(login, right, follow=True))
    change = "/accounts/password/change/"
    for old, new, again in (
        ("", "", ""),
        ("wrong", "another-good-one-7", "another-good-one-7"),
        ("right-password", "another-good-one-7", "different-one-8"),
        ("right-password", "12345", "12345"),
        ("right-password", user.username, user.username),
        ("right-password", "another-good-one-7", "another-good-one-7"),
    ):
        values = {"oldpassword": old, "password1": new, "password2": again}
        assert_chinese(client.post(change, values, follow=True))
        cache.clear()  # allauth counts attempts there
    assert_chinese(client.post("/accounts/logout/", follow=True))


def test_mails_of_forgotten_passwords_and_the_pages_they_lead_to(client: Client) -> None:
    make_user(email="wang@example.tw")
    reset = "/accounts/password/reset/"
    for address in ("", "no address", "wang@example.tw", "nobody@example.tw"):
        assert_chinese(client.post(reset, {"email": address}, follow=True))

    texts = [text for message in mail.outbox for text in (message.subject, *str(message.body).splitlines())]
    assert len(mail.outbox) == 1  # to the address nobody has, nothing is written
    assert list(foreign(texts, ALLOWED)) == []
    link = next(text for text in texts if "/password/reset/key/" in text).split("testserver")[1]
    form = client.get(link, follow=True)
    assert_chinese(form)
    for again in ("different-one-8", "another-good-one-7"):
        values = {"password1": "another-good-one-7", "password2": again}
        assert_chinese(client.post(form.redirect_chain[-1][0], values, follow=True))
    assert_chinese(client.get(link, follow=True))


def admin_pages() -> Iterator[tuple[str, str]]:
    for model in admin.site._registry:
        yield model._meta.app_label, model._meta.model_name or ""


@pytest.mark.parametrize(("app", "model"), sorted(admin_pages()))
def test_the_admin_of_each_model(site: Client, case: Case, app: str, model: str) -> None:
    if app == "django_tasks_database":
        pytest.skip("for whoever runs the site; names of columns are not marked for translation")
    make_holder(Role.SECTION_CHIEF, make_unit(case.district))
    make_plan(chapters=(node("chapter", title="編組", children=[sample_roster()]),))
    base = reverse(f"admin:{app}_{model}_changelist")
    registered = next(found for found in admin.site._registry if found._meta.model_name == model)
    row = registered._default_manager.last()
    pages = [base, f"{base}add/", f"{base}?q=無"]
    if row is not None:
        if hasattr(row, "history"):  # what has none may be written once and never again
            row.save()
        pages += [f"{base}{row.pk}/{name}/" for name in ("change", "history", "delete")]
        if history := getattr(row, "history", None):
            pages.append(f"{base}{row.pk}/history/{history.first().pk}/")
    for path in pages:
        assert_chinese(site.get(path))
    empty = site.get(f"{base}add/")
    if empty.status_code == 200:
        prefixes = [shown.formset.prefix for shown in empty.context["inline_admin_formsets"]]
        counts = {f"{prefix}-{name}_FORMS": 0 for prefix in prefixes for name in ("TOTAL", "INITIAL")}
        assert_chinese(site.post(f"{base}add/", counts))


@pytest.mark.parametrize("model", ["city", "district", "unit", "user", "appointment"])
def test_sheets_of_the_admin(site: Client, model: str) -> None:
    make_holder(Role.SECTION_CHIEF, make_unit(make_district()))
    base = f"/admin/accounts/{model}/"
    for path in ("import/", "export/"):
        assert_chinese(site.get(base + path))
        assert_chinese(site.post(base + path, {}))
    rows = User.objects.values_list("pk") if model == "user" else [(1,)]
    chosen = {"action": "export_admin_action", "_selected_action": [pk for (pk,) in rows]}
    assert_chinese(site.post(base, chosen, follow=True))
    own = site.post(f"{base}export/", {"format": "2", "resource": "0"}).content
    heads, *lines = own.decode("utf-8-sig").splitlines()
    assert list(foreign([heads], ALLOWED)) == []
    for data in (
        own,
        heads.encode(),
        f"{heads},甲\r\n{lines[0]},乙".encode(),
        b"",
        b"PK\x03\x04",
        "甲\r\n乙".encode(),
    ):
        values = {"import_file": SimpleUploadedFile("a.csv", data), "format": "0", "resource": "0"}
        preview = site.post(f"{base}import/", values)
        assert_chinese(preview)
        if confirm := preview.context.get("confirm_form"):
            assert_chinese(site.post(f"{base}process_import/", confirm.initial, follow=True))


def test_the_admin_itself(client: Client, site: Client) -> None:
    for path in ("/admin/", "/admin/password_change/", "/admin/accounts/", "/admin/nowhere/"):
        assert_chinese(site.get(path, follow=True))
    assert_chinese(client.post("/admin/logout/", follow=True))
    assert_chinese(client.get("/admin/", follow=True))


def test_a_page_that_speaks_english_is_noticed() -> None:
    page = (
        '<title>計畫 – DistrictPlans</title><p>匯入 PDF</p><button aria-label="Close">✕</button>'
        '<script>let word</script><p lang="en">Not counted</p><br><p>Save <b>now</b></p>'
        '<input type="submit" value="Send"><input type="text" value="typed">'
    )

    assert list(foreign(Spoken(page).texts, ALLOWED)) == ["Close", "Save", "now", "Send"]
