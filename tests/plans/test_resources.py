"""Plans and lines by sheet: out and in again, what rows do, and what is refused."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from odf import opendocument, table

from accounts.enums import Role
from accounts.models import Unit, User
from core.sheet_files import CsvSheet, OdsSheet, Sheet, XlsxSheet, read_sheet
from plans.enums import Kind, PlanStatus
from plans.models import Criterion, Framework, Item, Plan, Responsibility, RosterRow
from plans.queries.documents import plan_document
from plans.resources import ItemResource, PlacedItemResource, PlanResource
from plans.services.items import save_item, values_of
from plans.services.moving import remove_items
from plans.services.plans import create_plan
from tests.builders import (
    make_district,
    make_document,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    node,
    sample_roster,
)

pytestmark = pytest.mark.django_db
FORMATS = {"xlsx": XlsxSheet, "ods": OdsSheet, "csv": CsvSheet}
NAMES = list(ItemResource.Meta.fields)


@pytest.fixture
def plan() -> Plan:
    return make_plan()


@pytest.fixture
def secretary(plan: Plan) -> User:
    return make_secretary(plan.district)


def line(plan: Plan, words: str) -> Item:
    return plan.items.get(text__startswith=words)


def rows_of(plan: Plan) -> list[dict[str, Any]]:
    """Return what is exported, each row by the names of the columns' fields."""
    return [dict(zip(NAMES, row, strict=True)) for row in ItemResource(plan=plan).export()]


def row_of(plan: Plan, item: Item, **changed: Any) -> dict[str, Any]:
    (row,) = [row for row in rows_of(plan) if row["uid"] == str(item.uid)]
    return row | changed


def sheet(rows: list[dict[str, Any]]) -> Sheet:
    """Return a sheet as it is read, its heads the names of the fields."""
    made = Sheet()
    heads = list(dict.fromkeys(name for row in rows for name in row))
    made.headers, made.row_numbers = heads, list(range(2, len(rows) + 2))
    for row in rows:
        made.append([row.get(name) for name in heads])
    return made


def run(resource: Any, rows: Any, actor: User, *, dry_run: bool = False) -> Any:
    data = sheet(rows) if isinstance(rows, list) else rows
    return resource.import_data(data, dry_run=dry_run, user=actor, rollback_on_validation_errors=True)


def bring_in(plan: Plan, rows: list[dict[str, Any]], actor: User) -> None:
    result = run(ItemResource(plan=plan), rows, actor)
    assert complaints(result) == []


def complaints(result: Any) -> list[str]:
    found = [error.error for error in result.base_errors] + [row.error for row in result.invalid_rows]
    found += [error.error for _number, errors in result.row_errors() for error in errors]
    return [words for error in found for words in error.messages]


def everything() -> list[Any]:
    """Return all that a sheet could change, and how much history there is."""
    models = (Plan, Item, Responsibility, RosterRow, Unit)
    return [list(model.objects.order_by("pk").values()) for model in models] + [
        model.history.count() for model in models
    ]


def order(plan: Plan) -> list[tuple[int, str]]:
    found = []

    def walk(nodes: Any, depth: int) -> None:
        for one in nodes:
            found.append((depth, one.title or one.text))
            walk(one.children, depth + 1)

    walk(plan_document(plan).chapters, 1)
    return found


# Out and in again


def full_plan() -> Plan:
    """Return a plan in which every column is filled in somewhere, in ways that sheets like to break."""
    district = make_district()
    plan = create_plan(
        make_document(
            district,
            chapters=(
                node("chapter", title="一、2", points="400", points_text="(400 分)", child_style="arabic"),
                node(
                    "chapter",
                    title="=1+1",
                    layout="target_table",
                    child_style="upper",
                    children=[
                        node(text="-5 ＝ SUM(A1)\n@第二行  兩個空白\t跳格"),
                        node(text="　　縮排的字　", numbered=False, all_units=True),
                        node(text="'=已有撇號", points="12.5"),
                        node("target", text="0012"),
                        node(text="1-1."),
                        node(text="114/3/5"),
                        node("note", text="壞\x0b字\u200b"),
                        sample_roster(),
                    ],
                ),
            ),
        ),
        district=district,
        actor=make_secretary(district),
    )
    framework = Framework.objects.create(city=district.city, name="架構", first_year=2025)
    criterion = Criterion.objects.create(framework=framework, code="1.2", position=2, title="標題")
    Plan.objects.filter(pk=plan.pk).update(framework=framework, note="備註\n二", column_heads={})
    first, second = make_unit(district, "民政課"), make_unit(district, "社會課")
    item = plan.items.get(text__startswith="'=")
    Item.objects.filter(pk=item.pk).update(criterion=criterion)
    Responsibility.objects.create(item=item, unit=second, duty="assisting", position=0)
    Responsibility.objects.create(item=item, unit=first, duty="lead", position=1)
    plan.refresh_from_db()
    return plan


@pytest.mark.parametrize("language", ["zh-hant", "en"])
@pytest.mark.parametrize("kind", FORMATS)
def test_lines_taken_out_and_brought_in_again_change_nothing(kind: str, language: str) -> None:
    plan = full_plan()
    actor = make_secretary(plan.district)
    with override(language):
        data = FORMATS[kind]().export_data(ItemResource(plan=plan).export())
    before = everything()

    # Read where the other language is spoken.
    with override("en" if language == "zh-hant" else "zh-hant"):
        result = run(ItemResource(plan=plan), read_sheet(data), actor)

    assert complaints(result) == []
    assert result.totals["skip"] == plan.items.count() == len(result.rows)
    assert everything() == before


@pytest.mark.parametrize("kind", FORMATS)
def test_lines_of_all_plans_and_their_facts_change_nothing_either(kind: str) -> None:
    plan = full_plan()
    actor = make_secretary(plan.district)
    make_plan(plan.district, year=2027)
    for resource, queryset in ((PlacedItemResource, Item.objects.all()), (PlanResource, Plan.objects.all())):
        data = FORMATS[kind]().export_data(resource().export(queryset=queryset))
        before = everything()

        result = run(resource(), read_sheet(data), actor)

        assert complaints(result) == []
        assert result.totals["skip"] == queryset.count()
        assert everything() == before


def test_numbers_go_out_as_numbers_and_formulas_as_text() -> None:
    plan = full_plan()
    dataset = ItemResource(plan=plan).export()
    points, title = NAMES.index("points"), NAMES.index("title")

    book = openpyxl.load_workbook(io.BytesIO(XlsxSheet().export_data(dataset)))
    rows = list(book.active.iter_rows())
    assert [row[points].value for row in rows if isinstance(row[points].value, (int, float))] == [400, 12.5]
    assert [row[title].value for row in rows if "1+1" in str(row[title].value)] == ["'=1+1"]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "inlineStr"}

    ods = opendocument.load(io.BytesIO(OdsSheet().export_data(dataset)))
    values = [cell.getAttribute("value") for cell in ods.getElementsByType(table.TableCell)]
    assert {"400", "12.5"} <= set(values)

    text = CsvSheet().export_data(dataset).decode("utf-8-sig")
    assert "'=1+1" in [row[title] for row in csv.reader(io.StringIO(text))]


@pytest.mark.parametrize("lines", [1, 3])
def test_taking_out_costs_the_same_for_any_number_of_lines(lines: int) -> None:
    district = make_district()
    children = [node(text=f"第{number}項。") for number in range(lines)]
    plan = make_plan(district, chapters=(node("chapter", title="內容", children=children),))
    plan = Plan.objects.get(pk=plan.pk)

    with CaptureQueriesContext(connection) as queries:
        assert len(ItemResource(plan=plan).export()) == lines + 1

    assert len(queries) == 2


def test_bringing_in_asks_the_same_questions_for_any_number_of_rows(plan: Plan, secretary: User) -> None:
    def cost(rows: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert complaints(run(ItemResource(plan=plan), rows, secretary, dry_run=True)) == []
        # What holds each row by itself is a statement to the database, but no question.
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    rows = [row | {"text": "改過。"} for row in rows_of(plan) if row["kind"] != str(Kind.CHAPTER.label)]

    assert cost(rows[:1]) == cost(rows[:3])


# What rows do


def test_words_settings_and_units_are_written_with_the_name_of_who_did_it(
    plan: Plan, secretary: User
) -> None:
    item = line(plan, "服務台")
    make_unit(plan.district, "社會課", short_names="社會")
    row = row_of(
        plan,
        item,
        text="改過的字。",
        kind="備註",
        numbered="否",
        leads="社會",
        assists="民政課",
        points="12.50",
        child_style="1. 2.",
    )

    bring_in(plan, [row], secretary)

    item.refresh_from_db()
    assert (item.text, item.kind, item.numbered, item.points) == (
        "改過的字。",
        "note",
        False,
        Decimal("12.5"),
    )
    assert (item.child_style, item.version) == ("arabic", 2)
    units = item.responsibilities.order_by("position").values_list("unit__name", "duty")
    assert list(units) == [("社會課", "lead"), ("民政課", "assisting")]
    assert item.history.latest().history_user == secretary
    assert item.history.count() == 2


def test_only_what_differs_is_written(plan: Plan, secretary: User) -> None:
    before = {item.pk: item.history.count() for item in plan.items.all()}
    revision = plan.revision
    item = line(plan, "服務台")
    rows = rows_of(plan)
    for row in rows:
        if row["uid"] == str(item.uid):
            row["title"] = "標題"

    bring_in(plan, rows, secretary)

    after = {one.pk: one.history.count() for one in plan.items.all()}
    assert {key for key in after if after[key] != before[key]} == {item.pk}
    plan.refresh_from_db()
    item.refresh_from_db()
    assert plan.revision == revision + 1 == item.changed_in


def test_columns_left_out_and_rows_left_out_stay(plan: Plan, secretary: User) -> None:
    item = line(plan, "服務台")
    lines = plan.items.count()

    bring_in(plan, [{"uid": str(item.uid), "version": 1, "title": "標題"}], secretary)

    item.refresh_from_db()
    assert (item.title, item.text) == ("標題", "服務台備有輪椅及老花眼鏡。")
    assert plan.items.present().count() == lines


def test_an_empty_cell_empties_the_field(plan: Plan, secretary: User) -> None:
    heading = plan.items.get(title="便民服務")

    bring_in(plan, [row_of(plan, heading, leads="", text="")], secretary)

    assert not heading.responsibilities.exists()


def test_new_rows_are_added_below_the_line_they_name(plan: Plan, secretary: User) -> None:
    heading = plan.items.get(title="便民服務")
    rows = [
        {
            "uid": "",
            "above": str(heading.uid),
            "place": 2,
            "kind": "具體作法",
            "text": "第二條。",
            "leads": "民政課",
        },
        {"uid": "", "above": str(heading.uid), "place": "", "kind": "", "text": "最後一條。"},
        {"uid": "", "above": "", "place": "", "kind": "章", "title": "新的一章"},
    ]

    bring_in(plan, rows, secretary)

    assert order(plan) == [
        (1, "計畫依據"),
        (2, "依本市年度服務規定辦理。"),
        (1, "計畫內容"),
        (2, "便民服務"),
        (3, "服務台備有輪椅及老花眼鏡。"),
        (3, "第二條。"),
        (3, "每週二延長服務時間。"),
        (3, "全年辦理法律諮詢12場次。"),
        (3, "最後一條。"),
        (1, "新的一章"),
    ]
    made = line(plan, "第二條")
    assert [row.unit.name for row in made.responsibilities.all()] == ["民政課"]
    assert made.history.get().history_user == secretary


def test_places_are_changed_by_their_numbers_alone(plan: Plan, secretary: User) -> None:
    heading = plan.items.get(title="便民服務")
    quiet = line(plan, "每週二")
    places = {"服務台": 3, "每週二": 2, "全年": 1}
    rows = [row_of(plan, line(plan, words), place=place) for words, place in places.items()]

    bring_in(plan, rows, secretary)

    below = plan.items.filter(parent=heading).order_by("position")
    assert [item.text[:3] for item in below] == ["全年辦", "每週二", "服務台"]
    assert quiet.history.count() == 1
    assert line(plan, "服務台").history.count() == 2


def test_a_line_moves_below_another_and_to_the_top(plan: Plan, secretary: User) -> None:
    heading, chapter = plan.items.get(title="便民服務"), plan.items.get(title="計畫依據")
    rows = [
        row_of(plan, line(plan, "服務台"), above=str(chapter.uid), place=1),
        row_of(plan, heading, above="", kind="章", place=1),
    ]

    bring_in(plan, rows, secretary)

    assert order(plan)[:2] == [(1, "便民服務"), (2, "每週二延長服務時間。")]
    assert (2, "服務台備有輪椅及老花眼鏡。") in order(plan)
    heading.refresh_from_db()
    assert (heading.kind, heading.parent) == ("chapter", None)


def test_a_preview_tells_what_a_sheet_does_and_writes_nothing(plan: Plan, secretary: User) -> None:
    item = line(plan, "服務台")
    rows = [row_of(plan, item, text="服務台備有雨傘。"), {"uid": "", "kind": "章", "title": "新的一章"}]
    before = everything()
    resource = ItemResource(plan=plan)

    result = run(resource, rows, secretary, dry_run=True)

    assert complaints(result) == []
    assert everything() == before
    assert [(row.number, row.is_new, row.line) for row in resource.told] == [
        (2, False, "服務台備有輪椅及老花眼鏡。"),
        (3, True, "新的一章"),
    ]
    ((_head, words),) = resource.told[0].cells
    assert [text for mark, text in words if mark == "added"] == ["雨傘"]


# What is refused


def refused(plan: Plan, rows: list[dict[str, Any]], actor: User) -> list[str]:
    before = everything()
    found = complaints(run(ItemResource(plan=plan), rows, actor))
    assert everything() == before
    assert found
    return found


def test_a_row_older_than_its_line_is_refused(plan: Plan, secretary: User) -> None:
    item = line(plan, "服務台")
    row = row_of(plan, item, text="我的字。")
    save_item(plan.pk, item.uid, actor=secretary, base=values_of(item), values={"text": "別人的字。"})

    (words,) = refused(plan, [row], secretary)

    assert "第 2 列" in words
    assert "1" in words.split("：", 1)[1]
    item.refresh_from_db()
    assert item.text == "別人的字。"


@pytest.mark.parametrize(
    "status", [PlanStatus.SIGNING, PlanStatus.SUBMITTED, PlanStatus.APPROVED, PlanStatus.CLOSED]
)
def test_rows_of_a_plan_that_is_not_open_are_refused_by_name(
    plan: Plan, secretary: User, status: str
) -> None:
    rows = [
        row_of(plan, line(plan, "服務台"), text="改。"),
        {"uid": "", "above": str(plan.items.get(title="便民服務").uid), "text": "新。"},
        row_of(plan, line(plan, "每週二"), place=1),
    ]
    Plan.objects.filter(pk=plan.pk).update(status=status)

    found = refused(plan, rows, secretary)

    assert [words[:5] for words in found] == ["第 2 列", "第 3 列", "第 4 列"]
    assert all(plan.title in words for words in found)


def test_one_bad_row_keeps_all_the_others_out(plan: Plan, secretary: User) -> None:
    rows = [
        row_of(plan, line(plan, "服務台"), text="改。"),
        row_of(plan, line(plan, "每週二"), points="很多"),
    ]

    assert len(refused(plan, rows, secretary)) == 1


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"uid": "不是識別碼"}, "uid"),
        ({"uid": "6ad4bd1c-0000-4000-8000-000000000000"}, "uid"),
        ({"version": ""}, "version"),
        ({"version": "二點五"}, "version"),
        ({"leads": "沒有這課"}, "leads"),
        ({"leads": "民政課", "assists": "民政課"}, "assists"),
        ({"kind": "章"}, "kind"),
        ({"kind": "條"}, "kind"),
        ({"points": "-1"}, "points"),
        ({"points": "100000"}, "points"),
        ({"criterion_code": "9.9"}, "criterion_code"),
        ({"child_style": "甲、"}, "child_style"),
        ({"layout": "圓形"}, "layout"),
        ({"above": "6ad4bd1c-0000-4000-8000-000000000000"}, "above"),
        ({"place": "0"}, "place"),
        ({"numbered": "也許"}, "numbered"),
        ({"points_text": "分" * 201}, "points_text"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_by_row_and_column(
    plan: Plan, secretary: User, cells: dict[str, Any], column: str
) -> None:
    row = row_of(plan, line(plan, "服務台"), text="改過。") | cells

    found = refused(plan, [row], secretary)

    name = ItemResource().fields[column].column_name
    assert any(f"「{name}」欄" in words and "第 2 列" in words for words in found), found


def test_a_line_cannot_come_to_stand_below_itself_or_too_deep(plan: Plan, secretary: User) -> None:
    heading, action = plan.items.get(title="便民服務"), line(plan, "服務台")

    refused(plan, [row_of(plan, heading, above=str(action.uid))], secretary)
    refused(plan, [row_of(plan, heading, above=str(heading.uid))], secretary)

    deep = action
    for _level in range(9):
        rows = [{"uid": "", "above": str(deep.uid), "text": f"第{_level}層"}]
        bring_in(plan, rows, secretary)
        deep = plan.items.order_by("-pk")[0]
    refused(plan, [{"uid": "", "above": str(deep.uid), "text": "太深"}], secretary)


def test_a_deleted_line_and_a_row_that_stands_twice_are_refused(plan: Plan, secretary: User) -> None:
    gone, item = line(plan, "每週二"), line(plan, "服務台")
    row = row_of(plan, gone, text="改。")
    remove_items(plan.pk, [gone.uid], actor=secretary)

    refused(plan, [row], secretary)
    twice = refused(plan, [row_of(plan, item, text="一"), row_of(plan, item, text="二")], secretary)
    assert "第 3 列" in twice[0]


def test_an_empty_new_row_is_refused(plan: Plan, secretary: User) -> None:
    refused(plan, [{"uid": "", "kind": "章", "title": "", "text": ""}], secretary)


# Whose rows


@pytest.fixture
def clerk(plan: Plan) -> User:
    return make_holder(Role.UNIT_STAFF, Unit.objects.get(district=plan.district, name="民政課"))


def test_a_unit_writes_the_words_of_its_lines_by_sheet(plan: Plan, clerk: User) -> None:
    heading = plan.items.get(title="便民服務")
    rows = rows_of(plan)  # the whole plan, as it is taken out
    for row in rows:
        if row["uid"] == str(line(plan, "服務台").uid):
            row["text"], row["place"] = "課裡改的。", 2
    rows.append({"uid": "", "above": str(heading.uid), "text": "課裡加的。"})

    bring_in(plan, rows, clerk)

    below = plan.items.filter(parent=heading).order_by("position").values_list("text", flat=True)
    assert list(below) == ["每週二延長服務時間。", "課裡改的。", "全年辦理法律諮詢12場次。", "課裡加的。"]


def test_a_unit_cannot_change_the_lines_of_others_by_sheet(plan: Plan, clerk: User) -> None:
    other, own, heading = line(plan, "依本市"), line(plan, "服務台"), plan.items.get(title="便民服務")

    (words,) = refused(plan, [row_of(plan, other, text="改。")], clerk)
    assert "第 2 列" in words
    assert "依本市年度服務規定辦理。" in words
    for cells in (
        {"above": str(other.uid)},
        {"leads": "民政課"},
        {"kind": "備註"},
        {"all_units": "是"},
        {"points": 5},
        {"numbered": "否"},
    ):
        refused(plan, [row_of(plan, own, **cells)], clerk)
    refused(plan, [row_of(plan, heading, place=1, above=str(plan.items.get(title="計畫依據").uid))], clerk)
    refused(plan, [{"uid": "", "above": str(other.uid), "text": "新。"}], clerk)
    refused(plan, [{"uid": "", "above": "", "kind": "章", "title": "新章"}], clerk)
    refused(plan, [{"uid": "", "above": str(heading.uid), "text": "新。", "leads": "民政課"}], clerk)


@pytest.mark.parametrize("role", [Role.DISTRICT_HEAD, Role.EVALUATOR])
def test_who_writes_no_line_changes_none_by_sheet(plan: Plan, role: str) -> None:
    place = plan.district.city if role == Role.EVALUATOR else plan.district
    person = make_holder(role, place)

    refused(plan, [row_of(plan, line(plan, "服務台"), text="改。")], person)


def test_a_secretary_changes_no_plan_of_another_district(plan: Plan) -> None:
    stranger = make_secretary(make_district(plan.district.city))
    names = PlacedItemResource.Meta.fields
    queryset = Item.objects.filter(pk=line(plan, "服務台").pk)
    (row,) = PlacedItemResource().export(queryset=queryset)
    before = everything()

    rows = [dict(zip(names, row, strict=True)) | {"text": "改。"}]
    assert complaints(run(PlacedItemResource(), rows, stranger))
    rows = [
        dict(zip(PlanResource.Meta.fields, *PlanResource().export(queryset=Plan.objects.all()), strict=True))
    ]
    assert complaints(run(PlanResource(), [rows[0] | {"title": "改"}], stranger))

    assert everything() == before


def test_a_line_is_looked_for_in_the_plan_its_row_names(plan: Plan, secretary: User) -> None:
    other = make_plan(plan.district, year=2027)
    row = row_of(plan, line(plan, "服務台"), text="改。")

    refused(other, [row], secretary)


# Facts


def facts(plan: Plan, **changed: Any) -> dict[str, Any]:
    (row,) = PlanResource().export(queryset=Plan.objects.filter(pk=plan.pk))
    return dict(zip(PlanResource.Meta.fields, row, strict=True)) | changed


def test_facts_are_written_and_keep_their_history(plan: Plan, secretary: User) -> None:
    framework = Framework.objects.create(city=plan.district.city, name="架構", first_year=2025)
    row = facts(plan, subtitle="115年2月修訂", framework="架構", sign_off="填表人\n單位主管")

    assert complaints(run(PlanResource(), [row], secretary)) == []

    plan.refresh_from_db()
    assert (plan.subtitle, plan.framework, plan.sign_off) == ("115年2月修訂", framework, "填表人\n單位主管")
    assert plan.history.latest().history_user == secretary
    assert "115年2月修訂" in plan.search_text


def test_a_row_of_a_year_that_is_not_there_yet_begins_a_plan(plan: Plan, secretary: User) -> None:
    row = facts(plan, year=118, title="新的計畫", facts_version="", status="")

    assert complaints(run(PlanResource(), [row], secretary)) == []

    made = Plan.objects.get(year=2029)
    assert (made.title, made.district, made.status) == ("新的計畫", plan.district, "draft")


@pytest.mark.parametrize(
    "changed",
    [
        {"facts_version": 0},
        {"facts_version": ""},
        {"status": "核定"},
        {"framework": "沒有這個"},
        {"scheme": "沒有這個"},
        {"title": "字" * 201},
    ],
)
def test_facts_that_cannot_be_are_refused(plan: Plan, secretary: User, changed: dict[str, Any]) -> None:
    before = everything()

    found = complaints(run(PlanResource(), [facts(plan, note="改") | changed], secretary))

    assert found
    assert all(words.startswith("第 2 列") for words in found)
    assert everything() == before


def test_facts_of_a_plan_that_is_not_open_are_refused(plan: Plan, secretary: User) -> None:
    row = facts(plan, note="改")
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.APPROVED)

    (words,) = complaints(run(PlanResource(), [row | {"status": "核定"}], secretary))

    assert plan.title in words


@pytest.mark.parametrize(
    ("code", "cell"),
    [
        ("3-1", dt.datetime(2026, 3, 1)),  # noqa: DTZ001 -- as openpyxl has it
        ("3-1", "2026-03-01"),
        ("3-1", "3月1日"),
        ("1.2.3", "2001/02/03"),
        ("1.2.3", dt.datetime(2001, 2, 3)),  # noqa: DTZ001 -- the same
        ("1.10", 1.1),
        ("2.0", "2"),
    ],
)
def test_a_code_that_a_program_took_for_a_day_or_a_number_is_that_code(code: str, cell: Any) -> None:
    plan = full_plan()
    actor = make_secretary(plan.district)
    item = plan.items.get(text__startswith="'=")
    Criterion.objects.filter(framework=plan.framework).update(code=code)
    Criterion.objects.create(framework=plan.framework, code="1.1", position=3, title="標題")

    result = run(ItemResource(plan=plan), [row_of(plan, item, criterion_code=cell)], actor)

    assert complaints(result) == []
    assert result.totals["skip"] == 1


@pytest.mark.parametrize("year", ["115年", "民國115年度", "１１５", 115, 2026])
def test_a_year_may_be_written_with_its_word(plan: Plan, secretary: User, year: Any) -> None:
    rows = PlanResource().export(queryset=Plan.objects.all())
    rows.headers = [*rows.headers]
    made = Sheet(
        [year if head == "年度（民國）" else cell for head, cell in zip(rows.headers, rows[0], strict=True)]
    )
    made.headers = rows.headers

    result = run(PlanResource(), made, secretary)

    assert (complaints(result), result.totals["skip"]) == ([], 1)
