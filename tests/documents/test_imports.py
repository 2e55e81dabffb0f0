"""An import from upload to plan, through the pages."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.enums import Role
from accounts.models import District, User
from documents import services
from documents.jobs import read_source
from documents.models import DraftState, ImportDraft
from plans.enums import PlanStatus
from plans.models import Item, Plan
from plans.queries.documents import plan_document
from tests.builders import make_district, make_holder, make_plan, make_secretary

pytestmark = pytest.mark.django_db

TEXT = """某區公所年度計畫
壹、計畫內容
一、便民服務
(一)延長服務時間。
(二)設置服務台。
二、其他服務
(一)公布電話。"""


@pytest.fixture
def district() -> District:
    return make_district()


@pytest.fixture
def secretary(district: District, client: Client) -> User:
    user = make_secretary(district)
    client.force_login(user)
    return user


def start(client: Client, district: District, **values: object) -> ImportDraft:
    data = {"district": district.pk, "year": 115, "series": "提升服務執行計畫", "text": TEXT} | values
    response = client.post("/imports/new/", data)
    assert response.status_code == 302, response.context["form"].errors
    draft = ImportDraft.objects.latest("pk")
    assert response.headers["Location"] == f"/imports/{draft.pk}/"
    return draft


def ready(client: Client, district: District, **values: object) -> ImportDraft:
    draft = start(client, district, **values)
    read_source(draft.pk)
    draft.refresh_from_db()
    assert draft.state == DraftState.READY, draft.message
    return draft


def key(draft: ImportDraft, words: str) -> int:
    return next(item["id"] for item in draft.proposal["items"] if words in item["title"] + item["text"])


def take(client: Client, draft: ImportDraft, step: str, *ids: int, **headers: str) -> object:
    draft.refresh_from_db()
    data = {"step": step, "ids": ids, "version": draft.version}
    return client.post(f"/imports/{draft.pk}/change/", data, headers=headers)


def texts(plan: Plan) -> list[str]:
    return [f"{line.number}{line.title}{line.text}" for line in plan_document(plan).walk()]


def test_a_pasted_plan_is_read_corrected_saved_and_shown(
    client: Client, district: District, secretary: User
) -> None:
    draft = ready(client, district)
    take(client, draft, "demote", key(draft, "其他服務"))
    draft.refresh_from_db()

    response = client.post(f"/imports/{draft.pk}/save/", {"version": draft.version})

    plan = Plan.objects.get()
    assert response.headers["Location"] == f"/plans/{plan.pk}/"
    assert (plan.district, plan.year, plan.title) == (district, 2026, "某區公所年度計畫")
    assert texts(plan) == [
        "壹、計畫內容",
        "一、便民服務",
        "(一)延長服務時間。",
        "(二)設置服務台。",
        "(三)其他服務",
        "1.公布電話。",
    ]
    assert "延長服務時間。" in client.get(f"/plans/{plan.pk}/").content.decode()


def test_the_reading_waits_for_the_worker_and_is_seen_waiting(
    client: Client, district: District, secretary: User
) -> None:
    draft = start(client, district)

    assert DBTaskResult.objects.get().args_kwargs == {"args": [draft.pk], "kwargs": {}}
    page = client.get(f"/imports/{draft.pk}/").content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert 'http-equiv="refresh"' in page  # without JavaScript

    read_source(draft.pk)
    assert client.get(f"/imports/{draft.pk}/", headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"


def test_reading_twice_changes_nothing(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)
    take(client, draft, "remove", key(draft, "公布"))
    draft.refresh_from_db()
    before = draft.proposal

    read_source(draft.pk)

    draft.refresh_from_db()
    assert draft.proposal == before


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("空.txt", b""),
        ("空白.txt", b"  \n\t "),
        ("圖.png", b"\x89PNG\r\n\x1a\n" + bytes(200)),
        ("文件.docx", b"PK\x03\x04" + bytes(200)),
        ("計畫.pdf", b"%PDF-1.7\n" + bytes(200)),
        ("亂.txt", bytes(range(256)) * 40),
    ],
)
def test_a_file_without_text_is_refused_in_words(
    client: Client, district: District, secretary: User, name: str, data: bytes
) -> None:
    response = client.post(
        "/imports/new/",
        {"district": district.pk, "year": 115, "series": "計畫", "file": SimpleUploadedFile(name, data)},
    )

    assert response.status_code == 200
    assert response.context["form"].errors["file"]
    assert not ImportDraft.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "big5", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_any_usual_encoding_is_read(
    client: Client, district: District, secretary: User, encoding: str
) -> None:
    upload = SimpleUploadedFile("三民區計畫.txt", TEXT.encode(encoding))

    draft = ready(client, district, text="", file=upload)

    assert draft.source.split("\n") == TEXT.split("\n")
    assert draft.file_name == "三民區計畫.txt"


def test_file_and_text_together_are_refused(client: Client, district: District, secretary: User) -> None:
    upload = SimpleUploadedFile("計畫.txt", TEXT.encode())
    data = {"district": district.pk, "year": 115, "series": "計畫", "file": upload, "text": TEXT}

    assert client.post("/imports/new/", data).context["form"].errors["file"]


def test_another_district_cannot_be_chosen(client: Client, district: District, secretary: User) -> None:
    data = {"district": make_district().pk, "year": 115, "series": "計畫", "text": TEXT}

    assert "district" in client.post("/imports/new/", data).context["form"].errors


def test_a_stale_step_is_refused_and_changes_nothing(
    client: Client, district: District, secretary: User
) -> None:
    draft = ready(client, district)
    old = draft.version
    take(client, draft, "demote", key(draft, "其他服務"))
    draft.refresh_from_db()
    before = draft.proposal

    response = client.post(
        f"/imports/{draft.pk}/change/",
        {"step": "remove", "ids": [key(draft, "公布")], "version": old},
        headers={"hx-request": "true"},
    )

    assert response.context["problem"]
    draft.refresh_from_db()
    assert draft.proposal == before


def test_a_stale_form_keeps_what_was_typed(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)
    chosen = key(draft, "公布")
    take(client, draft, "demote", key(draft, "其他服務"))

    response = client.post(
        f"/imports/{draft.pk}/items/{chosen}/",
        {"kind": "action", "text": "打了很久的字。", "version": 1},
    )

    assert response.status_code == 422
    assert "打了很久的字。" in response.content.decode()


def test_odd_numbers_in_a_form_are_no_server_error(
    client: Client, district: District, secretary: User
) -> None:
    draft = ready(client, district)
    before = draft.proposal

    answers = {}
    for odd in ("²", "9" * 5000, "-1", "one", ""):
        for path in ("unplaced/0/", "change/", "save/", "items/1/", "facts/"):
            response = client.post(f"/imports/{draft.pk}/{path}", {"ids": "1", "version": odd})
            answers[path, "version", odd] = response.status_code
        values = {"ids": odd, "version": draft.version, "step": "demote"}
        answers["change/", "ids", odd] = client.post(f"/imports/{draft.pk}/change/", values).status_code

    assert {what: status for what, status in answers.items() if status not in {200, 302, 422}} == {}
    draft.refresh_from_db()
    assert (draft.proposal, draft.state) == (before, DraftState.READY)


def test_a_series_is_one_line(client: Client, district: District, secretary: User) -> None:
    assert start(client, district, series="服務 \r\n計畫").series == "服務 計畫"


def test_a_draft_deleted_meanwhile_is_stale() -> None:
    with pytest.raises(services.StaleDraft):
        services.correct_draft(10**6, lambda proposal: proposal, version=1)


def test_a_file_that_is_too_large_is_refused_in_words(
    client: Client, district: District, secretary: User
) -> None:
    upload = SimpleUploadedFile("大.txt", TEXT.encode() + b"\n" * (10 * 1024 * 1024))
    data = {"district": district.pk, "year": 115, "series": "計畫", "file": upload}

    assert "MB" in str(client.post("/imports/new/", data).context["form"].errors["file"])


def test_a_draft_that_stops_every_reader_is_given_up(
    client: Client, district: District, secretary: User
) -> None:
    draft = start(client, district)
    now = timezone.now()
    for attempt in range(services.MOST_ATTEMPTS):
        now += 2 * services.STUCK_AFTER
        # What a worker that is killed leaves: its task begun, the draft still being read.
        DBTaskResult.objects.filter(started_at=None).update(status="RUNNING", started_at=now)

        assert services.take_up_stuck_imports(now) == int(attempt < services.MOST_ATTEMPTS - 1)
        assert services.take_up_stuck_imports(now) == 0  # a second supervisor

    draft.refresh_from_db()
    assert draft.state == DraftState.FAILED


def test_undo_brings_back_the_last_step(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)
    before = draft.proposal
    take(client, draft, "remove", key(draft, "便民服務"))

    take(client, draft, "undo")

    draft.refresh_from_db()
    assert draft.proposal == before


def test_steps_are_undone_one_by_one(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)
    before = draft.proposal
    for words in ("公布", "設置", "延長"):
        take(client, draft, "remove", key(draft, words))
    for _ in range(3):
        take(client, draft, "undo")

    draft.refresh_from_db()
    assert draft.proposal == before
    assert take(client, draft, "undo", **{"hx-request": "true"}).context["problem"]


def test_a_line_is_cut_at_line_breaks(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)
    data = {
        "kind": "action",
        "numbered": "on",
        "text": "公布電話。\r\n(二)公布地址。",
        "split": "1",
        "version": 1,
    }

    client.post(f"/imports/{draft.pk}/items/{key(draft, '公布')}/", data)

    draft.refresh_from_db()
    assert [(item["marker"], item["text"]) for item in draft.proposal["items"]][-2:] == [
        ("(一)", "公布電話。"),
        ("(二)", "公布地址。"),
    ]


def test_units_and_points_are_written(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)
    data = {"kind": "action", "text": "公布電話。", "units": "民政課、各課室", "points": "20", "version": 1}

    client.post(f"/imports/{draft.pk}/items/{key(draft, '公布')}/", data)

    draft.refresh_from_db()
    item = draft.proposal["items"][-1]
    assert (item["units"], item["all_units"], item["points"]) == (["民政課"], True, "20")


def test_the_facts_are_changed(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)

    client.post(
        f"/imports/{draft.pk}/facts/",
        {"title": "新的題目", "sign_off": "填表人：\r\n單位主管：", "version": 1},
    )

    draft.refresh_from_db()
    assert (draft.proposal["plan"]["title"], draft.proposal["plan"]["sign_off"]) == (
        "新的題目",
        ["填表人：", "單位主管："],
    )


def test_an_open_plan_is_replaced_only_when_asked_for(
    client: Client, district: District, secretary: User
) -> None:
    plan = make_plan(district)
    before = texts(plan)
    draft = ready(client, district)

    response = client.post(f"/imports/{draft.pk}/save/", {"version": draft.version})
    assert response.context["existing"] == plan
    assert texts(plan) == before

    client.post(f"/imports/{draft.pk}/save/", {"version": draft.version, "replace": "1"})
    plan.refresh_from_db()
    assert texts(plan)[0] == "壹、計畫內容"
    assert Plan.objects.count() == 1


def test_a_closed_plan_is_not_replaced(client: Client, district: District, secretary: User) -> None:
    plan = make_plan(district, status=PlanStatus.SUBMITTED)
    draft = ready(client, district)

    response = client.post(f"/imports/{draft.pk}/save/", {"version": draft.version, "replace": "1"})

    assert response.status_code == 403
    assert Item.objects.filter(plan=plan, removed_at__isnull=False).count() == 0


@pytest.mark.parametrize("status", PlanStatus.values)
def test_replacing_is_offered_while_the_plan_that_stands_there_is_open(
    client: Client, district: District, secretary: User, status: str
) -> None:
    make_plan(district, year=2026, status=status)
    draft = ready(client, district)
    is_open = status in {"draft", "revising"}

    words = client.get(f"/imports/{draft.pk}/save/").content.decode()

    assert ('name="replace"' in words) is is_open
    answer = client.post(f"/imports/{draft.pk}/save/", {"version": draft.version, "replace": "1"})
    assert answer.status_code == (302 if is_open else 403)


def test_a_line_that_is_not_there_has_no_form(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)

    assert client.get(f"/imports/{draft.pk}/items/{key(draft, '服務台')}/").status_code == 200
    assert client.get(f"/imports/{draft.pk}/items/99999/").status_code == 404


def test_imports_are_of_those_who_begin_plans_and_of_their_own_districts(
    client: Client, district: District, secretary: User
) -> None:
    draft = ready(client, district)
    offered = 'href="/imports/new/"'
    found = {}
    for name, person in (
        ("secretary", secretary),
        ("head", make_holder(Role.DISTRICT_HEAD, district)),
        ("city", make_holder(Role.CITY_ADMIN, district.city)),
        ("other", make_secretary(make_district(district.city))),
    ):
        client.force_login(person)
        words = client.get("/imports/").content.decode()
        found[name] = (offered in words, f"/imports/{draft.pk}/" in words)

    assert found == {
        "secretary": (True, True),
        "head": (False, False),
        "city": (False, False),
        "other": (True, False),
    }


def test_saving_twice_makes_one_plan(client: Client, district: District, secretary: User) -> None:
    draft = ready(client, district)

    for _ in range(2):
        response = client.post(f"/imports/{draft.pk}/save/", {"version": draft.version})

    assert Plan.objects.count() == 1
    assert response.headers["Location"] == f"/plans/{Plan.objects.get().pk}/"


def test_numbers_read_are_shown_in_the_words_of_targets(
    client: Client, district: District, secretary: User
) -> None:
    text = "壹、內容\n一、宣導。\n預期目標\n1.每年辦理 1,200 場次。\n2.錯誤率 1～2%。\n3.逾期不超過 3 件。"
    client.cookies["django_language"] = "en"
    draft = ready(client, district, text=text)

    page = client.get(f"/imports/{draft.pk}/").content.decode()

    assert re.findall(r'<span class="tag">([^<]*\d[^<]*)</span>', page) == [
        "at least 1,200 場次",
        "between 1–2% (ratio)",
        "at most 3 件 (latest value)",
    ]


@pytest.mark.parametrize(("address", "search"), [("/imports/", ""), ("/plans/", "q=計畫")])
def test_long_lists_are_turned_page_by_page_and_keep_the_search(
    client: Client, district: District, secretary: User, address: str, search: str
) -> None:
    ImportDraft.objects.bulk_create(
        ImportDraft(district=district, year=2026, made_by=secretary, source="壹、依據") for _ in range(51)
    )
    Plan.objects.bulk_create(
        Plan(district=district, year=2000 + number, title="計畫", search_text="計畫") for number in range(51)
    )

    page = client.get(f"{address}?{search}").content.decode()
    (following,) = re.findall(r'rel="next" href="([^"]*)"', page)

    expected = {key: [value] for key, _equals, value in [search.partition("=")] if key}
    assert parse_qs(unescape(following).lstrip("?")) == expected | {"page": ["2"]}
    assert 'rel="prev"' in client.get(address + unescape(following)).content.decode()


@pytest.mark.parametrize("lines", [3, 60])
def test_the_screen_costs_the_same_for_any_number_of_lines(
    client: Client, district: District, secretary: User, lines: int, django_assert_num_queries
) -> None:
    body = "\n".join(f"{number}.第{number}項工作，由承辦單位辦理。" for number in range(1, lines + 1))
    draft = ready(client, district, text=f"某區公所年度計畫\n壹、計畫內容\n{body}")

    with django_assert_num_queries(4):
        response = client.get(f"/imports/{draft.pk}/")

    assert len(response.context["screen"].rows) == lines + 1


def test_a_text_of_another_agency_is_remarked_on(client: Client, district: District, secretary: User) -> None:
    other = ready(client, district, text="高雄市別的區公所年度計畫\n壹、計畫依據\n一、依規定辦理。")
    own = ready(client, district, text=f"{district.agency_name}年度計畫\n壹、計畫依據\n一、依規定辦理。")

    assert client.get(f"/imports/{other.pk}/").context["screen"].other_agency == "高雄市別的區公所"
    assert client.get(f"/imports/{own.pk}/").context["screen"].other_agency == ""
