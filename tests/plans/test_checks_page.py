"""The check list of rows: what is looked up for it, its page and panel, its command."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import Unit
from indicators.models import YearlyTarget
from plans.checks import Finding, UnitDates
from plans.document import Target, UnitName
from plans.models import Comment, Criterion, Framework, Item, Plan, RefusedReading
from plans.queries.checks import check_context, check_list, errors_of, findings_of
from plans.queries.documents import plan_document
from plans.readings import digest_of, readings_of
from tests.builders import make_district, make_holder, make_plan, make_secretary, make_unit, node

pytestmark = pytest.mark.django_db

SENTENCE = "全年辦理法律諮詢12場次。"
PANEL = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def clean_plan(**values: object) -> Plan:
    line = node("target", SENTENCE, targets=(Target(SENTENCE, "法律諮詢", ">=", "12", None, "場次", "sum"),))
    group = node(
        "heading",
        title="便民服務",
        units=(UnitName("民政課"),),
        children=[node(text="服務台備有輪椅。"), line],
    )
    return make_plan(chapters=(node("chapter", title="計畫內容", children=[group]),), **values)


def faulty_plan(lines: int = 1) -> Plan:
    """Return a plan with an empty chapter, and in another as many lines without words."""
    named = (UnitName("民政課"),)
    empty = [node() for _ in range(lines)]
    return make_plan(
        chapters=(
            node("chapter", title="計畫內容", units=named, children=[node(text="單一窗口。"), *empty]),
            node("chapter", title="經費"),
        )
    )


def found(plan: Plan) -> list[Finding]:
    return findings_of(Plan.objects.get(pk=plan.pk))[1]


def codes(plan: Plan) -> list[str]:
    return [finding.code for finding in found(plan)]


def item(plan: Plan, words: str) -> Item:
    return next(item for item in plan.items.all() if words in (item.title, item.text))


# What is looked up


def test_a_plan_in_order_has_no_findings() -> None:
    assert found(clean_plan()) == []


def test_units_come_with_their_dates_and_successors() -> None:
    plan = clean_plan()
    heir = make_unit(plan.district, "里政課")
    Unit.objects.filter(name="民政課").update(ends_on=dt.date(2025, 12, 31), successor=heir)

    context = check_context(plan, plan_document(plan))

    assert context.units == {
        "民政課": UnitDates(ends_on=dt.date(2025, 12, 31), successor="里政課"),
        "里政課": UnitDates(),
    }
    assert codes(plan) == ["unit_replaced"]


def test_points_are_held_against_the_plans_framework() -> None:
    plan = clean_plan()
    framework = Framework.objects.create(
        city=plan.district.city, name="配分", first_year=2020, total_points=1000
    )
    criterion = Criterion.objects.create(
        framework=framework, code="1", position=1, title="優質便民服務", points=1000
    )
    assert codes(plan) == []

    Plan.objects.filter(pk=plan.pk).update(framework=framework)
    assert codes(plan) == ["points_total"]
    plan.items.filter(title="便民服務").update(points=400, criterion=criterion)
    assert codes(plan) == ["points_total", "points_criterion"]
    plan.items.filter(title="便民服務").update(points=1000)
    assert codes(plan) == []


def test_targets_carried_on_are_looked_up_for_the_plans_year() -> None:
    plan = clean_plan()
    target = YearlyTarget.objects.get()
    YearlyTarget.objects.create(
        indicator=target.indicator, year=plan.year - 1, value=10, quote="", is_proposal=True
    )
    assert codes(plan) == []

    YearlyTarget.objects.filter(pk=target.pk).update(is_proposal=True)
    assert codes(plan) == ["target_proposal"]


def test_refused_readings_are_no_targets() -> None:
    plan = clean_plan()
    line = item(plan, SENTENCE)
    line.indicators.clear()
    assert codes(plan) == ["number_unread"]

    (reading,) = readings_of("target", "", SENTENCE)
    RefusedReading.objects.create(
        item=line, reading=digest_of(reading), quote=reading.quote, refused_by=make_secretary(plan.district)
    )
    assert codes(plan) == []


def test_open_comments_are_counted_by_line_and_answers_are_not() -> None:
    plan = clean_plan()
    line, author = item(plan, "便民服務"), make_secretary(plan.district)
    values = {"plan": plan, "item": line, "author": author, "written_at": timezone.now()}
    first = Comment.objects.create(text="可行嗎？", **values)
    Comment.objects.create(text="可行。", answers=first, **values)
    Comment.objects.create(text="請補數字。", **values)
    Comment.objects.create(text="已改。", resolved_at=timezone.now(), resolved_by=author, **values)

    (finding,) = found(plan)

    assert (finding.code, finding.uid, dict(finding.parameters)) == (
        "comments_open",
        str(line.uid),
        {"count": 2},
    )


def test_the_words_of_last_years_line_are_looked_up() -> None:
    old = make_plan(chapters=(node("chapter", title="計畫內容", children=[node(text="114年辦理說明會。")]),))
    plan = make_plan(
        chapters=(
            node(
                "chapter",
                title="計畫內容",
                units=(UnitName("民政課"),),
                children=[node(text="114年辦理說明會。")],
            ),
        )
    )
    assert codes(plan) == []

    plan.items.filter(text="114年辦理說明會。").update(predecessor=item(old, "114年辦理說明會。"))
    assert codes(plan) == ["stale_year"]


def test_lines_that_were_taken_out_are_not_looked_at() -> None:
    plan = faulty_plan()
    assert codes(plan) == ["empty_line", "empty_chapter"]

    plan.items.filter(text="", title="").update(removed_at=timezone.now())
    plan.items.filter(title="經費").update(removed_at=timezone.now())

    assert codes(plan) == []


def test_errors_alone_stop_a_signature() -> None:
    plan = faulty_plan()
    plan.items.filter(text="單一窗口。").update(text="114年度辦理說明會。")

    assert codes(plan) == ["stale_year", "empty_line", "empty_chapter"]
    assert [finding.code for finding in errors_of(plan)] == ["empty_line", "empty_chapter"]


@pytest.mark.parametrize("lines", [1, 30])
def test_the_list_costs_the_same_for_any_number_of_lines(
    lines: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plan = faulty_plan(lines)
    Plan.objects.filter(pk=plan.pk).update(
        framework=Framework.objects.create(city=plan.district.city, name="不配分", first_year=2020)
    )
    plan = Plan.objects.select_related("district__city", "framework").get(pk=plan.pk)

    with django_assert_num_queries(11):
        document, findings = findings_of(plan)

    assert len(findings) == lines + 1
    with django_assert_num_queries(0):
        assert check_list(document, findings).error_count == lines + 1


# How it is shown


def test_findings_are_grouped_by_rule_with_the_place_of_their_line() -> None:
    plan = faulty_plan(2)
    checks = check_list(*findings_of(plan))

    assert [(str(group.rule.title), len(group.lines)) for group in checks.errors] == [
        ("Empty chapter", 1),
        ("Line without words", 2),
    ]
    assert [(line.place, line.label) for line in checks.lines] == [
        ("壹、二、", ""),
        ("壹、三、", ""),
        ("貳、", "經費"),
    ]
    assert (checks.error_count, checks.warning_count, checks.warnings) == (3, 0, ())
    assert len({line.key for line in checks.lines}) == 3


def test_two_findings_of_one_rule_at_one_line_have_links_of_their_own() -> None:
    plan = make_plan(
        chapters=(
            node(
                "chapter",
                title="計畫內容",
                units=(UnitName("民政課"), UnitName("社會課")),
                children=[node(text="單一窗口。")],
            ),
        )
    )
    Unit.objects.update(ends_on=dt.date(2020, 1, 1))
    checks = check_list(*findings_of(plan))

    assert [line.finding.code for line in checks.lines] == ["unit_gone"] * 2
    assert len({line.key for line in checks.lines}) == 2


def test_what_is_the_same_of_all_lines_is_said_once() -> None:
    groups = [
        node("heading", title=f"第{place}組", units=(UnitName("民政課"),), text="辦理。")
        for place in range(2)
    ]
    plan = make_plan(chapters=(node("chapter", title="計畫內容", children=groups),))
    Unit.objects.update(ends_on=dt.date(2020, 1, 1))

    (group,) = check_list(*findings_of(plan)).errors
    assert (group.words, group.has_words) == ("There is no 民政課 in the plan's year.", False)

    Unit.objects.create(district=plan.district, name="社會課", ends_on=dt.date(2020, 1, 1))
    row = item(plan, "第1組").responsibilities.get()
    row.unit = Unit.objects.get(name="社會課")
    row.save()
    (group,) = check_list(*findings_of(plan)).errors
    assert (group.words, group.has_words) == ("", True)


def test_the_state_tells_one_list_from_another() -> None:
    plan = faulty_plan()
    before = check_list(*findings_of(plan)).state

    assert check_list(*findings_of(plan)).state == before
    plan.items.filter(title="經費").update(text="由年度預算支應。")
    assert check_list(*findings_of(plan)).state != before


# Page and panel


def address(plan: Plan) -> str:
    return f"/plans/{plan.pk}/checks/"


def read(client: Client, plan: Plan, **headers: str) -> str:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client.get(address(plan), headers=headers).content.decode()


def test_the_page_counts_and_leads_the_secretariat_to_the_editor(client: Client) -> None:
    plan = faulty_plan()
    client.force_login(make_secretary(plan.district))

    page = read(client, plan)

    assert "2 to correct" in page
    assert f'href="/plans/{plan.pk}/edit/#i-{item(plan, "經費").uid}"' in page
    assert "Write its text, or delete the chapter." in page
    assert page.index("Empty chapter") < page.index("Line without words")
    assert "<html" in page


def test_readers_who_may_write_nothing_are_led_to_the_plan(client: Client) -> None:
    plan = faulty_plan()
    client.force_login(make_holder(Role.DISTRICT_HEAD, plan.district))

    assert f'href="/plans/{plan.pk}/#i-{item(plan, "經費").uid}"' in read(client, plan)


def test_what_is_wrong_with_the_facts_leads_to_them(client: Client) -> None:
    plan = clean_plan(title="某區公所114年度提升服務執行計畫")
    client.force_login(make_secretary(plan.district))

    assert f'href="/plans/{plan.pk}/facts/"' in read(client, plan)

    client.force_login(make_holder(Role.DISTRICT_HEAD, plan.district))
    assert f'href="/plans/{plan.pk}/facts/"' not in read(client, plan)


def test_a_plan_in_order_says_so(client: Client) -> None:
    plan = clean_plan()
    client.force_login(make_secretary(plan.district))

    page = read(client, plan)

    assert "All is well" in page
    assert "<ul>" not in page[page.index("check-findings") :]


def test_beside_the_sheet_the_list_loads_itself_and_only_its_counts_are_a_status(client: Client) -> None:
    plan = faulty_plan()
    client.force_login(make_secretary(plan.district))

    panel = read(client, plan, **PANEL)

    assert "<html" not in panel
    assert panel.count('role="status"') == 1
    assert 'id="check-counts" class="check-counts" role="status"' in panel
    assert 'hx-trigger="sheet-changed from:body delay:1s"' in panel
    assert 'hx-select="#check-findings" hx-select-oob="#check-counts:innerHTML"' in panel
    assert 'aria-live="' not in panel
    assert '<h2 id="side-title" tabindex="-1">' in panel


def test_words_of_the_plan_are_escaped(client: Client) -> None:
    plan = make_plan(chapters=(node("chapter", title="<b>經費</b>"),))
    client.force_login(make_secretary(plan.district))

    assert "&lt;b&gt;經費" in read(client, plan)
    assert "<b>經費" not in read(client, plan)


@pytest.mark.parametrize("lines", [1, 30])
def test_the_page_costs_the_same_for_any_number_of_findings(
    client: Client, lines: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plan = faulty_plan(lines)
    client.force_login(make_secretary(plan.district))

    with django_assert_num_queries(12):
        response = client.get(address(plan), headers=PANEL)

    assert response.content.decode().count('id="check-empty_line') == lines


def test_nobody_outside_of_the_district_sees_the_list(client: Client) -> None:
    plan = faulty_plan()
    Plan.objects.filter(pk=plan.pk).update(status="submitted")
    client.force_login(make_holder(Role.EVALUATOR, plan.district.city))

    assert client.get(f"/plans/{plan.pk}/").status_code == 200
    assert client.get(address(plan)).status_code == 404

    client.force_login(make_secretary(make_district()))
    assert client.get(address(plan)).status_code == 404


# The command


def test_the_command_prints_the_list_and_fails_on_errors(capsys: pytest.CaptureFixture[str]) -> None:
    plan = faulty_plan()

    with pytest.raises(SystemExit) as stopped:
        call_command("check_plan", plan.pk)

    lines = capsys.readouterr().out.splitlines()
    assert stopped.value.code == 1
    assert lines[0].startswith("error  empty_line  壹、二、  Nothing is written in this line.")
    assert lines[1].startswith("error  empty_chapter  貳、經費  ")
    assert lines[2] == f"{plan.title}: 2 errors, 0 warnings"


def test_the_command_passes_a_plan_with_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    plan = clean_plan()
    plan.items.filter(text="服務台備有輪椅。").update(text="114年度辦理說明會。")

    call_command("check_plan", plan.pk, "--json")

    report = json.loads(capsys.readouterr().out)
    (finding,) = report.pop("findings")
    assert report == {"plan": plan.pk, "title": plan.title, "errors": 0, "warnings": 1}
    assert (finding["code"], finding["level"], finding["place"]) == ("stale_year", "warning", "壹、一、(一)")
    assert set(finding) == {"code", "level", "uid", "place", "label", "words", "remedy"}


def test_the_command_knows_no_plan_of_that_number() -> None:
    with pytest.raises(CommandError, match="no plan 404"):
        call_command("check_plan", 404)
