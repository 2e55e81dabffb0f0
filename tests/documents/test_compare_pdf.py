"""The official 新舊對照表: as a printed document, and from request to download."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from accounts.enums import Role
from core.text import strip_blank
from districtplans.demo.builder import demo_document
from districtplans.demo.places import DISTRICTS
from documents import jobs
from documents.models import FileState, RenderedFile
from documents.render.compare_pdf import comparison_html, render_comparison
from plans.contrast import HEADS, MARKS, Fold, Head, Line, Sheet, contrast, side_name, summary
from plans.document import Node, PlanDocument
from plans.enums import PlanStatus
from plans.models import Plan
from plans.services.versions import keep_version
from plans.words import text_of
from tests.builders import make_holder, make_plan, make_secretary, make_user
from tests.documents.pdf_tools import Document

TWO_YEARS = [demo.slug for demo in DISTRICTS if len(demo.plans) > 1]


@cache
def sheet(slug: str) -> Sheet:
    demo = next(demo for demo in DISTRICTS if demo.slug == slug)
    years = sorted(demo.plans, key=lambda plan: -plan.year)
    new, old = (demo_document(demo, plan) for plan in (years[0], years[-1]))
    names = [side_name(one.facts, version=None, names_year=True) for one in (old, new)]
    return Sheet(old, new, {}, *names)


@cache
def read(slug: str) -> Document:
    return Document(render_comparison(sheet(slug)))


def printed(entry: Head | Line | Fold) -> str:
    if isinstance(entry, Head):
        return entry.text
    if isinstance(entry, Fold):
        return ""
    text = ""
    for side in entry.sides:
        if side.cell is None:
            text += side.nothing
            continue
        words = [
            f"（{text_of(part.words)}）" if part.name == "units" else text_of(part.words)
            for part in side.cell.parts
        ]
        text += side.cell.number + "".join(words)
    return text + "".join(entry.numbered_notes)


@pytest.mark.parametrize("slug", TWO_YEARS)
def test_the_pdf_holds_the_table_and_nothing_else(slug: str) -> None:
    compared = sheet(slug)
    comparison = compared.comparison()
    heads = (f"{HEADS[0]}（{compared.new_name}）", f"{HEADS[1]}（{compared.old_name}）", HEADS[2])

    expected = [compared.title, summary(comparison), MARKS, *heads, *map(printed, contrast(comparison))]

    assert strip_blank(read(slug).text) == strip_blank("".join(expected))


@pytest.mark.parametrize("slug", TWO_YEARS)
def test_the_pdf_is_dressed(slug: str) -> None:
    made = read(slug)

    assert made.kinsoku_violations() == []
    assert made.orphans() == []
    assert made.irregular_tables() == []
    assert made.cells_without_heads() == []
    assert made.open_tables() == []
    assert made.bookmarks() == made.headings()
    assert all(made.fonts().values())
    assert len([element for root in made.tree for element in root.all("Table")]) == 1


@pytest.mark.parametrize("slug", TWO_YEARS)
def test_every_page_repeats_the_heads_and_bears_its_number(slug: str) -> None:
    made = read(slug)

    assert len(made.pages) > 2
    for number in range(1, len(made.pages)):
        furniture = strip_blank(made.furniture(number))
        assert all(head in furniture for head in HEADS)
        assert f"第{number + 1}頁，共{len(made.pages)}頁" in furniture


@pytest.mark.parametrize("slug", TWO_YEARS)
def test_the_pages_lie_across(slug: str) -> None:
    for page in read(slug).pdf.pages:
        left, bottom, right, top = map(float, page.MediaBox)
        assert (round(right - left), round(top - bottom)) == (842, 595)


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert render_comparison(sheet("anping")) == render_comparison(Sheet.from_json(sheet("anping").to_json()))


def test_a_line_longer_than_a_page_is_printed_whole() -> None:
    facts = sheet("anping").new.facts
    text = "這是一句相當長的說明文字。" * 400
    document = PlanDocument(facts, (Node("a", "chapter", title="內容", text=text),))
    compared = replace(sheet("anping"), old=PlanDocument(facts), new=document)

    made = Document(render_comparison(compared))

    assert made.text.count("這是一句相當長的說明文字。") == 400
    assert len(made.pages) > 3


def test_what_people_wrote_is_escaped() -> None:
    facts = sheet("anping").new.facts
    document = PlanDocument(facts, (Node("a", "chapter", title="<b>粗</b>", text="a & b"),))

    html = comparison_html(replace(sheet("anping"), old=PlanDocument(facts), new=document))

    assert "&lt;b&gt;粗" in html
    assert "a &amp; b" in html


def test_two_equal_documents_print_a_sentence() -> None:
    compared = sheet("anping")

    assert "兩者內容相同" in Document(render_comparison(replace(compared, old=compared.new))).text


# -- from request to download -------------------------------------------------------------------------


@pytest.fixture
def plan(db: None) -> Plan:
    """Return a plan that was changed since its one version was kept."""
    plan = make_plan()
    keep_version(plan.pk, actor=make_user(), name="初稿")
    plan.items.filter(text__startswith="服務台").update(text="服務台備有輪椅及拐杖。")
    return plan


def address(plan: Plan) -> str:
    return f"/plans/{plan.pk}/compare/pdf/?with=version:1"


def test_a_comparison_is_asked_for_made_and_fetched(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))
    assert "submit" in client.get(address(plan)).content.decode()

    answer = client.post(address(plan))
    assert answer.status_code == 302
    assert "every 1s" in client.get(answer.headers["Location"]).content.decode()

    jobs.make_file(RenderedFile.objects.get().pk)
    file = RenderedFile.objects.get()
    assert (file.format, file.state) == ("compare", FileState.READY)
    assert f"/files/{file.pk}/" in client.get(address(plan)).content.decode()
    response = client.get(f"/files/{file.pk}/")
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert "%E5%B0%8D%E7%85%A7%E8%A1%A8" in response.headers["Content-Disposition"]  # 對照表


def test_the_same_comparison_is_made_once(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))

    client.post(address(plan))
    client.post(address(plan))
    assert DBTaskResult.objects.count() == 1

    plan.items.filter(text__startswith="服務台").update(text="服務台又改了。")
    client.post(address(plan))
    assert DBTaskResult.objects.count() == 2


def test_a_comparison_and_a_plan_are_different_files(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))

    client.post(address(plan))
    client.post(f"/plans/{plan.pk}/pdf/")

    assert sorted(RenderedFile.objects.values_list("format", flat=True)) == ["compare", "pdf"]


def test_htmx_gets_the_state_alone(client: Client, plan: Plan) -> None:
    client.force_login(make_secretary(plan.district))

    answer = client.post(address(plan), headers={"hx-request": "true"}).content.decode()

    assert "<html" not in answer
    assert f'hx-get="/plans/{plan.pk}/compare/pdf/?of=now&amp;with=version:1"' in answer


@pytest.mark.django_db
def test_there_is_no_pdf_where_there_is_nothing_to_compare_with(client: Client) -> None:
    plan = make_plan()
    client.force_login(make_secretary(plan.district))

    assert client.get(f"/plans/{plan.pk}/compare/pdf/").status_code == 404
    assert client.get(f"/plans/{plan.pk}/compare/pdf/?with=version:1").status_code == 404


def test_a_character_no_font_has_fails_in_words(client: Client, plan: Plan) -> None:
    plan.items.filter(text__startswith="服務台").update(text="缺字\U0010fffd")
    client.force_login(make_secretary(plan.district))
    client.post(address(plan))

    jobs.make_file(RenderedFile.objects.get().pk)

    assert "U+10FFFD" in client.get(address(plan)).content.decode()


def test_the_city_fetches_what_it_may_compare_and_nothing_else(client: Client, plan: Plan) -> None:
    """A kept version is a draft; last year's filed plan is not."""
    last = make_plan(plan.district, year=2025, status=PlanStatus.APPROVED)
    client.force_login(make_secretary(plan.district))
    client.post(address(plan))
    client.post(f"/plans/{plan.pk}/compare/pdf/?with=plan:{last.pk}")
    for pk in RenderedFile.objects.values_list("pk", flat=True):
        jobs.make_file(pk)
    drafts, years = RenderedFile.objects.order_by("pk")
    client.force_login(make_holder(Role.EVALUATOR, plan.district.city))
    files = (drafts.pk, years.pk)

    before = [client.get(f"/files/{pk}/").status_code for pk in files]
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.SUBMITTED)
    filed = [client.get(f"/files/{pk}/").status_code for pk in files]
    plan.items.filter(text__startswith="服務台").update(text="其後又改。")
    changed = [client.get(f"/files/{pk}/").status_code for pk in files]

    assert (before, filed, changed) == ([404, 404], [404, 200], [404, 404])


def test_the_city_asks_for_no_comparison_with_what_it_does_not_see(client: Client, plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.SUBMITTED)
    path = f"/plans/{plan.pk}/compare/pdf/?with=version:1"
    draft = f"/plans/{plan.pk}/compare/pdf/?with=plan:{make_plan(plan.district, year=2025).pk}"
    for person, status in (
        (make_secretary(plan.district), 200),
        (make_holder(Role.EVALUATOR, plan.district.city), 404),
    ):
        client.force_login(person)
        assert [client.get(one).status_code for one in (path, draft)] == [status] * 2
