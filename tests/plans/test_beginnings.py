from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indicators.models import Indicator, YearlyTarget
from indicators.services import retire_indicator
from plans.copy_lists import COPIED, NEVER_COPIED, NOT_COPIED
from plans.document import Member, Milestone, Node, Target, UnitName
from plans.enums import Duty, FrameworkStatus, Kind, Layout, PlanStatus, Removal, Scheme, Style
from plans.models import (
    SERIES,
    Attachment,
    Comment,
    Criterion,
    Framework,
    Item,
    Plan,
    PlanVersion,
    Presence,
    RefusedReading,
    Responsibility,
    RosterRow,
    TakenStep,
    UnitPart,
    WritingRound,
)
from plans.queries.beginnings import PLACES, REASONS, copy_preview
from plans.queries.documents import plan_document
from plans.services.beginnings import begin_empty, begin_from_framework, copy_plan
from plans.services.plans import create_plan
from plans.skeletons import BODY, USUAL
from plans.successors import SINCE, move_on, move_years, renamed
from tests.builders import (
    make_district,
    make_document,
    make_plan,
    make_unit,
    make_user,
    node,
    sample_roster,
)

pytestmark = pytest.mark.django_db

MODELS = [
    model
    for app in ("plans", "indicators")
    for model in apps.get_app_config(app).get_models()
    if not model.__name__.startswith("Historical")
]
AS_IT_IS = ("as it is", "as they are", "the same indicators")
MOVED = "its years moved on"


def make_framework(city: Any, **values: Any) -> Framework:
    known = {"name": "評核架構", "first_year": 2020, "status": FrameworkStatus.IN_FORCE}
    return Framework.objects.create(city=city, **(known | values))


def make_attachment(plan: Plan, title: str = "114年度工作表", content: bytes = b"columns") -> Attachment:
    row = Attachment(plan=plan, position=3, title=title, file_name="表.ods", size=len(content))
    row.file.save("表.ods", ContentFile(content))
    return row


def make_full_plan(groups: int = 60) -> Plan:
    """Return a plan of 2025 with five lines a group and two more, each field of some line written.

    Around it stand rows of every sort that belong to the plan of one year alone.
    """
    district = make_district()
    for name in ("民政課", "社會課"):
        make_unit(district, name)
    framework = make_framework(district.city)
    Criterion.objects.create(framework=framework, code="1.2", position=2, title="服務流程")
    body = node("chapter", title="計畫內容", layout="target_table", children=map(make_group, range(groups)))
    roster = Member("114年召集人", "區長", "綜理114年度業務", "114年度輪值")
    table = node("table", title="114年推動小組", numbered=False, roster=(roster,))
    document = make_document(
        district,
        year=2025,
        chapters=(body, table),
        subtitle="113年12月修訂",
        attribute="第一線服務機關",
        note="114年備註",
        sign_off=("填表人：", "114年核章"),
        scheme=Scheme.WITH_PAIRS,
        column_heads=((body.uid, ("構面", "指標", "重點", "作法", "114年目標")),),
    )
    plan = create_plan(document, district=district, actor=make_user(), framework=framework)
    Plan.objects.filter(pk=plan.pk).update(
        status=PlanStatus.APPROVED,
        starts_on=dt.date(2025, 1, 1),
        ends_on=dt.date(2025, 12, 31),
        revision=7,
        shape_revision=5,
    )
    plan.refresh_from_db()
    make_surroundings(plan)
    return plan


def make_group(number: int) -> Node:
    sentence = f"114年度辦理法律諮詢{number + 1}場次。"
    reading = Target(sentence, f"法律諮詢{number}", ">=", str(number + 1), None, "場次", "sum")
    return node(
        "heading",
        title=f"114年便民服務{number}",
        points="2.50",
        points_text="(114年2.5分)",
        criterion="1.2",
        child_style="arabic",
        units=(UnitName("民政課", Duty.ASSISTING), UnitName("社會課")),
        children=[
            node(text="服務台備有輪椅114輛。", numbered=False),
            node(text="114年3月起至12月每週二延長服務時間。", all_units=True),
            node("note", "備註文字。"),
            node("target", sentence, targets=(reading,)),
        ],
    )


def make_surroundings(plan: Plan) -> None:
    actor, now = make_user(), timezone.now()
    item = plan.items.get(title="114年便民服務0")
    Item.objects.filter(pk=item.pk).update(
        source_marker="一、", source_lines="3-4", version=4, changed_in=7, predecessor=item
    )
    Item.objects.create(
        plan=plan,
        position=9,
        kind=Kind.ACTION,
        text="114年刪去的一條",
        removed_at=now,
        removed_as=Removal.DELETED,
        parent=item,
    )
    RefusedReading.objects.create(item=item, reading="digest", quote="3種", refused_by=actor)
    Comment.objects.create(plan=plan, item=item, author=actor, text="請確認", written_at=now)
    PlanVersion.objects.create(plan=plan, number=1, content="{}", sha256="0" * 64, made_by=actor, made_at=now)
    round_ = WritingRound.objects.create(plan=plan, due_on=now.date(), opened_by=actor, opened_at=now)
    UnitPart.objects.create(round=round_, unit=plan.district.units.first())
    Presence.objects.create(plan=plan, user=actor, item=item, seen_at=now)
    TakenStep.objects.create(plan=plan, actor=actor)
    make_attachment(plan)
    gone = make_attachment(plan, "撤下的附件")
    Attachment.objects.filter(pk=gone.pk).update(removed_at=now)


def names_of(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.get_fields()}


# What is taken over, and what is not


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_of_every_model_is_in_one_of_the_lists(model: type[models.Model]) -> None:
    name = model.__name__
    copied, not_copied = COPIED.get(name, {}), NOT_COPIED.get(name, {})

    if name in NEVER_COPIED:
        assert (copied, not_copied) == ({}, {})
    else:
        assert {*copied, *not_copied} == names_of(model)
    assert set(copied) & set(not_copied) == set()


def test_the_lists_name_nothing_that_is_not_there() -> None:
    assert {*COPIED, *NOT_COPIED, *NEVER_COPIED} == {model.__name__ for model in MODELS}
    assert set(COPIED) == set(NOT_COPIED)
    assert all(how for fields in (*COPIED.values(), *NOT_COPIED.values()) for how in fields.values())


def check_fields(old: models.Model, new: models.Model, special: dict[str, Any]) -> set[str]:
    """Hold a new row to what the lists say of its columns; return those that say something."""
    telling = set()
    for name, how in COPIED[type(old).__name__].items():
        field = type(old)._meta.get_field(name)
        if not field.concrete or field.many_to_many:
            continue
        before, after = getattr(old, name), getattr(new, name)
        if before not in (None, "", field.get_default()):
            telling.add(name)
        if name in special:
            assert after == special[name], name
        elif how.startswith(MOVED):
            assert after == move_years(before, year=2025, to=2026).text, name
        else:
            assert how.startswith(AS_IT_IS), f"{name}: {how}"
            assert after == before, name
    return telling


def columns(name: str) -> set[str]:
    model = apps.get_model("plans", name)
    fields = (model._meta.get_field(field) for field in COPIED[name])
    return {field.name for field in fields if field.concrete and not field.many_to_many}


def test_a_copy_of_300_lines_takes_over_every_field_that_is_listed() -> None:
    source = make_full_plan()

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    lines = list(source.items.filter(removed_at__isnull=True))
    assert len(lines) == 302
    pairs = {item.predecessor: item for item in plan.items.all()}
    assert set(pairs) == set(lines)
    (chapter,) = plan.items.filter(kind=Kind.CHAPTER)
    heads = {str(chapter.uid): ["構面", "指標", "重點", "作法", "115年目標"]}
    telling = check_fields(
        source,
        plan,
        {
            "year": 2026,
            "subtitle": "",
            "column_heads": heads,
            "starts_on": dt.date(2026, 1, 1),
            "ends_on": dt.date(2026, 12, 31),
        },
    )
    assert telling == columns("Plan") - {"series"}  # the usual one
    telling = set()
    for old, new in pairs.items():
        telling |= check_fields(
            old, new, {"plan": plan, "parent": pairs.get(old.parent), "position": new.position}
        )
        assert list(new.indicators.all()) == list(old.indicators.all())
    assert telling == columns("Item")
    for parent in (None, *pairs.values()):
        positions = plan.items.filter(parent=parent).order_by("predecessor__position")
        assert [item.position for item in positions] == list(range(len(positions)))
    for name, model in (("Responsibility", Responsibility), ("RosterRow", RosterRow)):
        new_rows = model.objects.filter(item__plan=plan).order_by("item__predecessor", "position")
        old_rows = model.objects.filter(item__plan=source).order_by("item", "position")
        assert new_rows.count() == old_rows.count() == {"Responsibility": 120, "RosterRow": 1}[name]
        telling = set()
        for old, new in zip(old_rows, new_rows, strict=True):
            telling |= check_fields(old, new, {"item": pairs[old.item], "position": old.position})
        assert telling >= columns(name) - {"position"}


def test_a_copy_of_300_lines_takes_over_nothing_else() -> None:
    source = make_full_plan()
    counts = {model: model._default_manager.count() for model in MODELS}

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    for model in MODELS:
        if model.__name__ in NEVER_COPIED:
            assert model._default_manager.count() == counts[model], model
    empty = {
        "status": PlanStatus.DRAFT, "predecessor": source, "revision": 0, "shape_revision": 0,
        "versions": [], "comments": [], "writing_rounds": [], "presences": [], "import_drafts": [],
        "rendered_files": [], "successors": [], "events": [], "in_force": None,
        "signing_rounds": [], "remarks": [], "extensions": [],
        "signed_by": None, "signed_at": None, "signed_sha256": "", "filed_at": None,
        "taken_by": None, "taken_at": None,
        "filing_rule": None, "periods": [], "tracked_lines": [], "counted_targets": [], "findings": [],
        "year_ends": [],
    }  # fmt: skip
    check_new(plan, empty, has_own={"id", "created_at", "updated_at", "search_text"})
    for item in plan.items.all():
        fresh = {
            "source_marker": "", "source_lines": "", "version": 1, "changed_in": 0, "removed_at": None,
            "removed_as": "", "comments": [], "refused_readings": [], "successors": [], "tracked_lines": [],
        }  # fmt: skip
        check_new(item, fresh, has_own={"id", "uid", "predecessor", "updated_at"})
    assert not set(plan.items.values_list("uid")) & set(source.items.values_list("uid"))
    assert plan.history.count() == 1
    assert Item.history.filter(plan=plan).count() == 302
    assert "115" in plan.search_text
    (attachment,) = plan.attachments.all()
    check_new(attachment, {"removed_at": None}, has_own={"id"})


def check_new(row: models.Model, values: dict[str, Any], has_own: set[str]) -> None:
    """Hold a new row to the not-copied list: each of its fields has the value of a row just begun."""
    assert {*values, *has_own} == set(NOT_COPIED[type(row).__name__])
    for name, value in values.items():
        field = type(row)._meta.get_field(name)
        found = getattr(row, name if field.concrete else field.get_accessor_name(), None)  # None: one to one
        assert (list(found.all()) if value == [] else found) == value, name


def test_the_copy_reads_as_the_old_plan_with_its_years_moved_on() -> None:
    source = make_full_plan(groups=2)
    before = plan_document(source)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    expected = move_on(before, to=2026).document
    after = plan_document(plan)
    assert after == renamed(expected, names(expected.walk(), after.walk()))
    assert before.facts.title.replace("114", "115") == after.facts.title


def names(before: Any, after: Any) -> dict[str, str]:
    return {old.uid: new.uid for old, new in zip(before, after, strict=True)}


def test_the_old_plan_stays_as_it_was() -> None:
    source = make_full_plan(groups=2)
    before, changed_at = plan_document(source), source.updated_at

    copy_plan(source.pk, year=2026, actor=make_user())

    source.refresh_from_db()
    assert (plan_document(source), source.updated_at, source.revision) == (before, changed_at, 7)
    assert source.history.count() == 1
    assert YearlyTarget.objects.filter(year=2025, is_proposal=True).count() == 0


def test_every_new_row_names_who_made_the_plan() -> None:
    source = make_full_plan(groups=2)
    actor = make_user()

    plan = copy_plan(source.pk, year=2026, actor=actor)

    histories = [
        plan.history.all(),
        Item.history.filter(plan=plan),
        Responsibility.history.filter(item__plan=plan),
        RosterRow.history.filter(item__plan=plan),
        Attachment.history.filter(plan=plan),
        YearlyTarget.history.filter(year=2026),
    ]
    assert [{row.history_user for row in rows} for rows in histories] == [{actor}] * len(histories)


def test_a_copy_costs_the_same_for_any_number_of_lines() -> None:
    counts = []
    for groups in (1, 3):
        source, actor = make_full_plan(groups), make_user()
        with CaptureQueriesContext(connection) as queries:
            copy_plan(source.pk, year=2026, actor=actor)
        counts.append(len(queries))

    assert counts[0] == counts[1]


# Years


def test_a_plan_can_be_made_from_one_several_years_old() -> None:
    source = make_plan(year=2020)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert (plan.year, plan.predecessor) == (2026, source)
    assert plan.title == source.title.replace("109", "115")


@pytest.mark.parametrize("year", [2024, 2025])
def test_a_plan_is_made_from_one_of_an_earlier_year(year: int) -> None:
    source = make_plan(year=2025)

    with pytest.raises(ValidationError, match="114"):
        copy_plan(source.pk, year=year, actor=make_user(), series="另一系列")

    assert Plan.objects.count() == 1


def test_a_district_has_one_plan_of_a_series_and_year() -> None:
    source = make_plan(year=2025)
    make_plan(source.district, year=2026)

    with pytest.raises(ValidationError, match="115"):
        copy_plan(source.pk, year=2026, actor=make_user())

    other = copy_plan(source.pk, year=2026, actor=make_user(), series="另一系列")
    assert (Plan.objects.count(), other.series) == (3, "另一系列")


def test_a_refused_copy_leaves_nothing_behind() -> None:
    source = make_full_plan(groups=1)
    make_plan(source.district, year=2026, title="已有的計畫")
    counts = {model: model._default_manager.count() for model in MODELS}

    with pytest.raises(ValidationError):
        copy_plan(source.pk, year=2026, actor=make_user())

    assert {model: model._default_manager.count() for model in MODELS} == counts


def test_the_preview_says_what_is_moved_and_what_is_left() -> None:
    line = node(text="114年度訓練，自114年起設站。")
    source = make_plan(
        year=2025,
        title="計畫",
        chapters=(node("chapter", title="內容", children=[line]),),
    )
    make_attachment(source, "114年名冊")

    preview = copy_preview(source, year=2026)

    assert [(c.mention.before, c.mention.after, c.number, c.words) for c in preview.replaced] == [
        ("114年度", "115年度", "一、", "114年度訓練，自114年起設站。"),
        ("114年", "115年", "", PLACES["attachment"]),
    ]
    assert [(c.mention.before, c.reason) for c in preview.left] == [("114年", REASONS[SINCE])]


# Units


def gone_and_named(source: Plan, plan: Plan) -> tuple[list[tuple[str, str]], list[str]]:
    preview = copy_preview(source, year=2026)
    gone = [(row.unit.name, row.successor.name if row.successor else "") for row in preview.gone]
    rows = Responsibility.objects.filter(item__plan=plan).order_by("position")
    return gone, [row.unit.name for row in rows]


def make_plan_of_units(*names: str) -> Plan:
    line = node(text="辦理。", units=tuple(UnitName(name) for name in names))
    return make_plan(year=2025, chapters=(node("chapter", title="內容", children=[line]),))


def test_a_unit_that_ended_gives_way_to_the_one_that_follows_it() -> None:
    source = make_plan_of_units("建設課", "民政課")
    last = make_unit(source.district, "工務課")
    middle = make_unit(source.district, "經建課", ends_on=dt.date(2025, 6, 30), successor=last)
    source.district.units.filter(name="建設課").update(ends_on=dt.date(2024, 12, 31), successor=middle)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert gone_and_named(source, plan) == ([("建設課", "工務課")], ["工務課", "民政課"])


def test_a_unit_that_ended_without_a_successor_stays_and_is_flagged() -> None:
    source = make_plan_of_units("建設課")
    source.district.units.update(ends_on=dt.date(2025, 12, 31))

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert gone_and_named(source, plan) == ([("建設課", "")], ["建設課"])


def test_units_that_follow_each_other_in_a_circle_lead_nowhere() -> None:
    source = make_plan_of_units("甲課")
    first = source.district.units.get()
    second = make_unit(source.district, "乙課", ends_on=dt.date(2025, 1, 1), successor=first)
    source.district.units.filter(pk=first.pk).update(ends_on=dt.date(2025, 1, 1), successor=second)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert gone_and_named(source, plan) == ([("甲課", "")], ["甲課"])


def test_a_unit_that_ends_within_the_new_year_is_still_there() -> None:
    source = make_plan_of_units("建設課")
    other = make_unit(source.district, "工務課")
    source.district.units.filter(name="建設課").update(ends_on=dt.date(2026, 1, 1), successor=other)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert gone_and_named(source, plan) == ([], ["建設課"])


def test_two_units_that_became_one_are_named_once_and_lead_where_one_led() -> None:
    line = node(text="辦理。", units=(UnitName("甲課", Duty.ASSISTING), UnitName("乙課", Duty.LEAD)))
    source = make_plan(year=2025, chapters=(node("chapter", title="內容", children=[line]),))
    new = make_unit(source.district, "丙課")
    source.district.units.exclude(pk=new.pk).update(ends_on=dt.date(2025, 5, 1), successor=new)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    row = Responsibility.objects.get(item__plan=plan)
    assert (row.unit, row.duty) == (new, Duty.LEAD)


# Framework


@pytest.mark.parametrize(
    "values", [{"last_year": 2025}, {"first_year": 2027}, {"status": FrameworkStatus.RETIRED}]
)
def test_a_framework_not_in_force_in_the_new_year_is_left_out(values: dict[str, Any]) -> None:
    source = make_full_plan(groups=1)
    Framework.objects.update(**values)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert plan.framework is None
    assert set(plan.items.values_list("criterion", flat=True)) == {None}
    # Points are what the plan prints; whether they still hold is for the check list.
    assert set(plan.items.filter(points__isnull=False).values_list("points", flat=True)) == {Decimal("2.5")}
    preview = copy_preview(Plan.objects.get(pk=source.pk), year=2026)
    assert (preview.framework, preview.framework_left_out) == (None, source.framework)


# Indicators


def test_last_years_value_is_proposed_for_the_same_indicator() -> None:
    source = make_full_plan(groups=1)
    YearlyTarget.objects.update(
        value=Decimal(1), value_max=Decimal(3), baseline=Decimal("0.5"), result=Decimal(2)
    )

    copy_plan(source.pk, year=2026, actor=make_user())

    assert Indicator.objects.count() == 1
    old, new = YearlyTarget.objects.order_by("year")
    assert (old.is_proposal, old.year) == (False, 2025)
    expected = {"indicator", "year", "value", "value_max", "quote", "is_proposal", "baseline", "milestones"}
    assert set(COPIED["YearlyTarget"]) == expected
    assert (new.indicator, new.year, new.is_proposal) == (old.indicator, 2026, True)
    assert (new.value, new.value_max, new.baseline, new.result) == (1, 3, 2, None)
    assert new.quote == "115年度辦理法律諮詢1場次。"


def test_milestones_come_a_year_later() -> None:
    steps = (Milestone("114年規劃完成", "2025-02-28", "40"), Milestone("啟用", "2025-12-31", "60"))
    promise = Target("建置系統", "建置系統", "done", None, None, "", "milestones", milestones=steps)
    chapter = node("chapter", title="內容", children=[node("target", "建置系統。", targets=(promise,))])
    source = make_plan(year=2025, chapters=(chapter,))
    Plan.objects.filter(pk=source.pk).update(status=PlanStatus.APPROVED)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    (target,) = (one for line in plan_document(plan).walk() for one in line.targets)
    assert target.milestones == (
        Milestone("115年規劃完成", "2026-02-28", "40"),
        Milestone("啟用", "2026-12-31", "60"),
    )
    assert plan_document(source).chapters[0].children[0].targets == (promise,)


def test_a_retired_indicator_does_not_come() -> None:
    source = make_full_plan(groups=1)
    retire_indicator(Indicator.objects.get().pk, actor=make_user(), on=dt.date(2025, 12, 1))

    preview = copy_preview(source, year=2026)
    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert (preview.indicators, preview.proposals) == (0, 0)
    assert not Indicator.objects.filter(items__plan=plan).exists()
    assert not YearlyTarget.objects.filter(year=2026).exists()


def test_a_target_that_is_there_already_is_kept() -> None:
    source = make_full_plan(groups=1)
    YearlyTarget.objects.create(indicator=Indicator.objects.get(), year=2026, value=99)

    copy_plan(source.pk, year=2026, actor=make_user())

    target = YearlyTarget.objects.get(year=2026)
    assert (target.value, target.is_proposal) == (99, False)


def test_an_indicator_two_lines_share_gets_one_proposal() -> None:
    source = make_full_plan(groups=1)
    indicator = Indicator.objects.get()
    source.items.get(kind=Kind.NOTE).indicators.add(indicator)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert YearlyTarget.objects.filter(year=2026).count() == 1
    assert plan.items.filter(indicators=indicator).count() == 2
    assert copy_preview(source, year=2027).indicators == 1


def test_an_indicator_without_a_target_of_the_old_year_is_linked_all_the_same() -> None:
    source = make_full_plan(groups=1)
    YearlyTarget.objects.all().delete()

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert plan.items.filter(indicators__isnull=False).count() == 1
    assert YearlyTarget.objects.count() == 0


# Attachments


def test_a_copied_attachment_does_not_depend_on_the_old_one() -> None:
    source = make_plan(year=2025)
    old = make_attachment(source)

    plan = copy_plan(source.pk, year=2026, actor=make_user())
    old.file.delete(save=False)
    old.delete()

    (new,) = plan.attachments.all()
    assert (new.title, new.file_name, new.size, new.position) == ("115年度工作表", "表.ods", 7, 0)
    assert new.file.read() == b"columns"


def test_an_attachment_whose_file_is_lost_is_named_and_left_out() -> None:
    source = make_plan(year=2025)
    lost = make_attachment(source)
    kept = make_attachment(source, "114年名冊")
    lost.file.storage.delete(lost.file.name)

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    assert [row.title for row in plan.attachments.all()] == ["115年名冊"]
    preview = copy_preview(source, year=2027)
    assert ([row for row, _title in preview.attachments], preview.lost) == ([kept], (lost,))


def test_files_of_a_copy_that_fails_do_not_stay() -> None:
    source = make_plan(year=2025)
    old = make_attachment(source)
    folder = old.file.name.rpartition("/")[0]
    unreadable = make_attachment(source)
    Attachment.objects.filter(pk=unreadable.pk).update(file=folder)
    before = old.file.storage.listdir(folder)

    with pytest.raises(IsADirectoryError):
        copy_plan(source.pk, year=2026, actor=make_user())

    assert old.file.storage.listdir(folder) == before


# From a framework, or from nothing


def criterion(framework: Framework, code: str, points: int | None = None) -> Criterion:
    parent = framework.criteria.filter(code=code.rpartition(".")[0]).first()
    return Criterion.objects.create(
        framework=framework, parent=parent, code=code, position=1, title=f"準則{code}", points=points
    )


def shape(plan: Plan) -> list[tuple[str, str, str]]:
    nodes = plan_document(plan).walk()
    return [(found.number, found.title + found.points_text, found.criterion) for found in nodes]


def test_a_framework_without_points_becomes_an_outline() -> None:
    district = make_district()
    framework = make_framework(district.city, level_names="構面,指標")
    for code in ("1", "1.1", "1.10", "1.2", "2"):
        criterion(framework, code)

    plan = begin_from_framework(
        framework, district=district, year=2026, actor=make_user(), chapters=["計畫依據", BODY, "其他"]
    )

    assert shape(plan) == [
        ("壹、", "計畫依據", ""),
        ("貳、", BODY, ""),
        ("一、", "準則1", "1"),
        ("(一)", "準則1.1", "1.1"),
        ("(二)", "準則1.2", "1.2"),
        ("(三)", "準則1.10", "1.10"),
        ("二、", "準則2", "2"),
        ("參、", "其他", ""),
    ]
    assert (plan.framework, plan.items.get(title=BODY).layout) == (framework, "")
    assert plan.title == f"{district.agency_name}115年度{SERIES}"
    assert {item.text for item in plan.items.all()} == {""}


def test_a_framework_of_themes_becomes_a_responsibility_table() -> None:
    district = make_district()
    framework = make_framework(district.city, level_names="實施要項,執行重點")
    criterion(framework, "1")
    criterion(framework, "1.1")

    plan = begin_from_framework(framework, district=district, year=2026, actor=make_user())

    body = plan.items.get(kind=Kind.CHAPTER)
    assert (body.title, body.layout) == (BODY, Layout.RESPONSIBILITY)
    assert plan.column_heads == {str(body.uid): ["實施要項", "執行重點", "執行單位"]}


def test_a_framework_with_points_becomes_a_table_that_stands_alone() -> None:
    district = make_district()
    framework = make_framework(district.city, level_names="構面,指標,重點", total_points=400)
    criterion(framework, "1", 400)
    criterion(framework, "1.1", 400)
    criterion(framework, "1.1.1")

    plan = begin_from_framework(framework, district=district, year=2026, actor=make_user())

    assert shape(plan) == [
        ("", "", ""),
        ("", "準則1(400分)", "1"),
        ("", "準則1.1(400分)", "1.1"),
        ("", "準則1.1.1", "1.1.1"),
    ]
    body, dimension, _indicator, focus = plan.items.order_by("pk")
    assert (body.layout, dimension.points, focus.child_style) == (Layout.TARGET_TABLE, 400, Style.ARABIC)
    assert plan.column_heads == {}  # the levels are called as the table's own heads


def test_a_framework_not_in_force_or_of_another_city_is_refused() -> None:
    district = make_district()
    old = make_framework(district.city, name="舊架構", last_year=2025)
    foreign = make_framework(make_district().city)

    for framework in (old, foreign):
        with pytest.raises(ValidationError, match="115"):
            begin_from_framework(framework, district=district, year=2026, actor=make_user())

    assert Plan.objects.count() == 0


def test_an_empty_plan_has_the_chapters_asked_for_or_none() -> None:
    district = make_district()

    with_chapters = begin_empty(district=district, year=2026, actor=make_user(), chapters=USUAL)
    empty = begin_empty(district=district, year=2027, actor=make_user(), series="創意提案")

    assert [title for _number, title, _code in shape(with_chapters)] == list(USUAL)
    assert shape(empty) == []
    assert (empty.title, empty.series) == (f"{district.agency_name}116年度創意提案", "創意提案")


def test_begin_empty_refuses_a_second_plan_of_the_year() -> None:
    plan = make_plan(year=2026)

    with pytest.raises(ValidationError, match="115"):
        begin_empty(district=plan.district, year=2026, actor=make_user())


def test_the_sample_roster_is_carried_whole() -> None:
    source = make_plan(year=2025, chapters=(node("chapter", title="小組", children=[sample_roster()]),))

    plan = copy_plan(source.pk, year=2026, actor=make_user())

    rows = RosterRow.objects.filter(item__plan=plan).values_list("title", "member", "duty", "remark")
    assert list(rows) == [("召集人", "區長", "綜理", ""), ("委員", "秘書", "協助", "兼辦")]
