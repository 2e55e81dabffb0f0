from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from indicators.models import Indicator, YearlyTarget
from indicators.services import create_indicator, delete_indicator, set_target
from plans.enums import PlanStatus
from plans.models import Item, Plan, RefusedReading
from plans.queries.documents import plan_document
from plans.queries.targets import item_board
from plans.readings import Match, Standing
from plans.services import readings
from progress.models import CountedTarget, TrackedLine
from tests.builders import make_district, make_plan, make_unit, make_user, node

pytestmark = pytest.mark.django_db

SENTENCE = "全年辦理法律諮詢12場次，服務民眾300人次。"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def actor() -> User:
    return make_user()


def make_lines(*texts: str, kind: str = "target", **values) -> list[Item]:
    """Return lines with these texts, one below the other in one new plan."""
    lines = [node(kind, text) for text in texts]
    plan = make_plan(chapters=(node("chapter", title="計畫內容", children=lines),), **values)
    found = {str(item.uid): item for item in Item.objects.filter(plan=plan).select_related("plan__district")}
    return [found[line.uid] for line in lines]


def board(item: Item) -> Match:
    return item_board(item).of(item.uid)


def digests(item: Item) -> list[str]:
    return [found.digest for found in board(item).found]


def accept(item: Item, actor: User, at: int = 0, **values) -> Indicator:
    return readings.accept_reading(item.plan_id, item.uid, digests(item)[at], actor=actor, **values)


def rewrite(item: Item, text: str) -> None:
    Item.objects.filter(pk=item.pk).update(text=text)
    item.refresh_from_db()


def target_of(indicator: Indicator, year: int = 2026) -> YearlyTarget:
    return YearlyTarget.objects.get(indicator=indicator, year=year)


def revision(item: Item) -> tuple[int, int]:
    return (
        Plan.objects.get(pk=item.plan_id).revision,
        Item.objects.get(pk=item.pk).changed_in,
    )


def test_accepting_makes_the_reading_a_target_of_the_year_and_the_plan_tells_it(actor) -> None:
    (item,) = make_lines(SENTENCE)

    indicator = accept(item, actor)

    target = target_of(indicator)
    assert (target.value, target.is_proposal) == (Decimal(12), False)
    assert target.quote == "全年辦理法律諮詢12場次"
    assert (indicator.counted_in, indicator.comparator, indicator.aggregation) == ("場次", ">=", "sum")
    assert [target.history.get().history_user, indicator.history.first().history_user] == [actor, actor]
    assert [pair.standing for pair in board(item).pairings] == [Standing.IN_STEP]
    (told,) = json.loads(plan_document(item.plan).to_json())["chapters"][0]["children"][0]["targets"]
    assert (told["value"], told["counted_in"], told["name"]) == ("12", "場次", indicator.name)


def test_accepting_counts_one_change_of_words_and_marks_the_line(actor) -> None:
    (item,) = make_lines(SENTENCE)
    before = Plan.objects.get(pk=item.plan_id)

    accept(item, actor)

    after = Plan.objects.get(pk=item.plan_id)
    assert (after.revision, after.shape_revision) == (before.revision + 1, before.shape_revision)
    assert revision(item) == (after.revision, after.revision)


def test_what_is_edited_while_accepting_is_kept_and_stays_in_step(actor) -> None:
    (item,) = make_lines(SENTENCE)
    unit = make_unit(item.plan.district)

    indicator = accept(
        item, actor, values={"name": "法律諮詢場次", "comparator": "=", "direction": "more", "unit": unit}
    )

    assert (indicator.name, indicator.comparator, indicator.unit) == ("法律諮詢場次", "=", unit)
    assert [pair.standing for pair in board(item).pairings] == [Standing.IN_STEP]


def test_a_number_is_accepted_once_and_only_while_it_stands_in_the_sentence(actor) -> None:
    (item,) = make_lines(SENTENCE)
    first, second = digests(item)
    accept(item, actor)

    with pytest.raises(ValidationError, match="a target already"):
        readings.accept_reading(item.plan_id, item.uid, first, actor=actor)
    rewrite(item, "全年辦理法律諮詢12場次。")
    with pytest.raises(ValidationError, match="has changed"):
        readings.accept_reading(item.plan_id, item.uid, second, actor=actor)
    assert Indicator.objects.count() == 1


def test_a_number_too_long_to_be_kept_is_refused_in_words_and_nothing_is_written(actor) -> None:
    (item,) = make_lines("經費1234567890123456元。")

    with pytest.raises(ValidationError, match="digits"):
        accept(item, actor)
    assert (Indicator.objects.count(), revision(item)[0]) == (0, 0)


def test_an_indicator_of_last_year_can_be_gone_on_with(actor) -> None:
    (item,) = make_lines(SENTENCE)
    known = create_indicator(item.plan.district, actor=actor, name="全年辦理法律諮詢", counted_in="場")
    set_target(known, 2025, actor=actor, value=Decimal(10), quote="10場")

    accept(item, actor, indicator=known.pk)

    assert [*known.targets.order_by("year").values_list("year", "value")] == [
        (2025, Decimal(10)),
        (2026, Decimal(12)),
    ]
    assert known.history.first().history_change_reason == f"linked to {item.uid}"


def test_an_indicator_that_counts_otherwise_or_has_another_value_is_not_gone_on_with(actor) -> None:
    (item,) = make_lines(SENTENCE)
    persons = create_indicator(item.plan.district, actor=actor, name="諮詢", counted_in="人")
    other = create_indicator(item.plan.district, actor=actor, name="諮詢", counted_in="場次")
    set_target(other, 2026, actor=actor, value=Decimal(9), quote="9場次")
    foreign = create_indicator(make_district(), actor=actor, name="諮詢", counted_in="場次")

    for indicator, words in (
        (persons, "counted in"),
        (other, "another target"),
        (foreign, "of the district"),
    ):
        with pytest.raises(ValidationError, match=words):
            accept(item, actor, indicator=indicator.pk)
    assert not item.indicators.exists()


def test_a_refused_number_is_not_offered_until_the_refusal_is_taken_back(actor) -> None:
    (item,) = make_lines(SENTENCE)
    digest = digests(item)[0]

    readings.refuse_reading(item.plan_id, item.uid, digest, actor=actor)
    readings.refuse_reading(item.plan_id, item.uid, digest, actor=make_user())
    assert [found.state for found in board(item).found] == ["refused", "new"]
    assert RefusedReading.objects.get().refused_by == actor
    assert revision(item) == (1, 1)

    readings.take_back_refusal(item.plan_id, item.uid, digest, actor=actor)
    assert [found.state for found in board(item).found] == ["new", "new"]
    assert revision(item) == (2, 2)


def test_a_target_cannot_be_refused_and_accepting_ends_a_refusal(actor) -> None:
    (item,) = make_lines(SENTENCE)
    digest = digests(item)[0]
    readings.refuse_reading(item.plan_id, item.uid, digest, actor=actor)
    accept(item, actor)

    assert not RefusedReading.objects.exists()
    with pytest.raises(ValidationError, match="already"):
        readings.refuse_reading(item.plan_id, item.uid, digest, actor=actor)


def test_a_target_follows_its_sentence_when_told_to(actor) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)
    rewrite(item, "全年辦理法律諮詢15場次，服務民眾300人次。")

    editor = make_user()
    readings.update_target_from_text(item.plan_id, item.uid, indicator.pk, digests(item)[0], actor=editor)

    target = target_of(indicator)
    assert (target.value, target.quote) == (Decimal(15), "全年辦理法律諮詢15場次")
    assert target.history.first().history_user == editor
    assert board(item).pairings[0].standing == Standing.IN_STEP


def test_a_target_does_not_follow_a_sentence_that_changed_again(actor) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)
    rewrite(item, "全年辦理法律諮詢15場次。")
    seen = digests(item)[0]
    rewrite(item, "全年辦理法律諮詢16場次。")

    with pytest.raises(ValidationError, match="has changed"):
        readings.update_target_from_text(item.plan_id, item.uid, indicator.pk, seen, actor=actor)
    assert target_of(indicator).value == Decimal(12)


def test_what_is_counted_follows_too_unless_other_years_count_it_otherwise(actor) -> None:
    (item,) = make_lines("服務民眾300人次。")
    indicator = accept(item, actor)
    rewrite(item, "服務民眾200人。")
    digest = digests(item)[0]

    set_target(indicator, 2025, actor=actor, value=Decimal(250), quote="")
    with pytest.raises(ValidationError, match="in other years"):
        readings.update_target_from_text(item.plan_id, item.uid, indicator.pk, digest, actor=actor)

    indicator.targets.filter(year=2025).delete()
    readings.update_target_from_text(item.plan_id, item.uid, indicator.pk, digest, actor=actor)
    indicator.refresh_from_db()
    assert (indicator.counted_in, target_of(indicator).value) == ("人", Decimal(200))


def test_a_linked_indicator_gets_the_year_s_first_value_from_the_sentence(actor) -> None:
    (item,) = make_lines("全年辦理法律諮詢12場次。")
    known = create_indicator(item.plan.district, actor=actor, name="法律諮詢", counted_in="場次")
    readings.link_indicator(item.plan_id, item.uid, known.pk, actor=actor)
    assert board(item).pairings[0].standing == Standing.UNSET

    readings.update_target_from_text(item.plan_id, item.uid, known.pk, digests(item)[0], actor=actor)

    assert target_of(known).value == Decimal(12)


def test_editing_writes_what_was_changed_and_keeps_what_others_changed(actor) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)
    base = readings.values_of(indicator, target_of(indicator))

    readings.edit_target(
        item.plan_id, item.uid, indicator.pk, actor=actor, base=base, values=base | {"name": "法律諮詢"}
    )
    readings.edit_target(
        item.plan_id,
        item.uid,
        indicator.pk,
        actor=make_user(),
        base=base,
        values=base | {"value": Decimal("12.5"), "per": "unit"},
    )

    indicator.refresh_from_db()
    assert (indicator.name, indicator.per, target_of(indicator).value) == (
        "法律諮詢",
        "unit",
        Decimal("12.5"),
    )


def test_editing_never_overwrites_what_somebody_else_wrote_in_the_same_field(actor) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)
    base = readings.values_of(indicator, target_of(indicator))
    edit = {"actor": actor, "base": base}
    readings.edit_target(item.plan_id, item.uid, indicator.pk, values=base | {"value": Decimal(14)}, **edit)

    with pytest.raises(readings.StaleTarget) as stale:
        readings.edit_target(
            item.plan_id, item.uid, indicator.pk, values=base | {"value": Decimal(16)}, **edit
        )
    assert (stale.value.fields, target_of(indicator).value) == (("value",), Decimal(14))


def test_a_target_can_be_added_by_hand_once(actor) -> None:
    (item,) = make_lines("提供民眾友善之洽公環境。")
    token = uuid.uuid4()
    values = {"name": "洽公環境滿意度", "counted_in": "%", "value": Decimal(90), "aggregation": "ratio"}

    readings.add_target(item.plan_id, item.uid, actor=actor, values=values, token=token)
    again = readings.add_target(item.plan_id, item.uid, actor=actor, values=values, token=token)

    assert again is None
    indicator = item.indicators.get()
    assert (indicator.name, target_of(indicator).quote) == ("洽公環境滿意度", "提供民眾友善之洽公環境。")


def test_one_indicator_serves_two_lines_and_both_are_marked_when_it_changes(actor) -> None:
    first, second = make_lines("全年辦理法律諮詢12場次。", "便利民眾諮詢法律。")
    indicator = accept(first, actor)
    readings.link_indicator(second.plan_id, second.uid, indicator.pk, actor=actor)
    assert board(second).pairings[0].standing == Standing.ELSEWHERE
    rewrite(first, "全年辦理法律諮詢15場次。")

    readings.update_target_from_text(first.plan_id, first.uid, indicator.pk, digests(first)[0], actor=actor)

    now, changed = revision(second)
    assert revision(first) == (now, changed) == (now, now)


def test_taking_a_target_off_its_only_line_takes_it_away_and_the_history_keeps_it(actor) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)

    readings.unlink_target(item.plan_id, item.uid, indicator.pk, actor=actor)

    assert not Indicator.objects.exists()
    assert YearlyTarget.history.first().history_user == actor
    assert [found.state for found in board(item).found] == ["new", "new"]
    assert revision(item) == (2, 2)


def test_an_indicator_stays_while_another_line_uses_it_even_a_deleted_one(actor) -> None:
    first, second = make_lines("全年辦理法律諮詢12場次。", "便利民眾諮詢法律。")
    indicator = accept(first, actor)
    readings.link_indicator(second.plan_id, second.uid, indicator.pk, actor=actor)
    Item.objects.filter(pk=second.pk).update(removed_at=timezone.now())

    readings.unlink_target(first.plan_id, first.uid, indicator.pk, actor=actor)

    assert target_of(indicator).value == Decimal(12)
    assert [*indicator.items.all()] == [second]


def test_an_indicator_stays_while_another_year_has_a_target(actor) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)
    set_target(indicator, 2025, actor=actor, value=Decimal(10), quote="")

    readings.unlink_target(item.plan_id, item.uid, indicator.pk, actor=actor)

    assert [*indicator.targets.values_list("year", flat=True)] == [2025]


def test_a_target_taken_off_already_says_so(actor) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)
    set_target(indicator, 2025, actor=actor, value=None, quote="")
    readings.unlink_target(item.plan_id, item.uid, indicator.pk, actor=actor)

    with pytest.raises(ValidationError, match="no longer on the line"):
        readings.confirm_proposal(item.plan_id, item.uid, indicator.pk, actor=actor)


def propose(item: Item, actor: User, value: int) -> Indicator:
    """Return an indicator of the line whose target was carried on from last year."""
    indicator = create_indicator(item.plan.district, actor=actor, name="法律諮詢", counted_in="場次")
    set_target(indicator, 2025, actor=actor, value=Decimal(value), quote="")
    set_target(indicator, 2026, actor=actor, value=Decimal(value), quote="去年的句子", is_proposal=True)
    item.indicators.add(indicator)
    return indicator


def test_a_confirmed_proposal_quotes_this_year_s_sentence(actor) -> None:
    (item,) = make_lines("全年辦理法律諮詢12場次。")
    indicator = propose(item, actor, 12)

    readings.confirm_proposal(item.plan_id, item.uid, indicator.pk, actor=actor)
    counted = revision(item)
    readings.confirm_proposal(item.plan_id, item.uid, indicator.pk, actor=actor)

    target = target_of(indicator)
    assert (target.is_proposal, target.quote) == (False, "全年辦理法律諮詢12場次")
    assert target.history.first().history_user == actor
    assert revision(item) == counted == (1, 1)


def test_confirming_all_leaves_what_the_sentences_contradict(actor) -> None:
    same, other, gone = make_lines("全年辦理法律諮詢12場次。", "全年辦理法律諮詢15場次。", "便利民眾。")
    good, drifted, lost = propose(same, actor, 12), propose(other, actor, 12), propose(gone, actor, 12)

    done = readings.confirm_proposals(same.plan_id, actor=actor)

    assert (done.count, done.left) == (1, 2)
    assert [target_of(one).is_proposal for one in (good, drifted, lost)] == [False, True, True]
    assert target_of(good).history.first().history_user == actor
    assert [revision(item)[1] for item in (same, other, gone)] == [1, 0, 0]


def test_confirming_all_of_some_lines_leaves_what_serves_others_too(actor) -> None:
    own, shared, other = make_lines(*["全年辦理法律諮詢12場次。"] * 3)
    mine, both, theirs = propose(own, actor, 12), propose(shared, actor, 12), propose(other, actor, 12)
    other.indicators.add(both)

    done = readings.confirm_proposals(own.plan_id, actor=actor, lines={str(own.uid), str(shared.uid)})

    assert (done.count, done.left) == (1, 0)
    assert [target_of(one).is_proposal for one in (mine, both, theirs)] == [False, True, True]


@pytest.mark.parametrize("status", [PlanStatus.SIGNING, PlanStatus.SUBMITTED, PlanStatus.APPROVED])
def test_nothing_is_written_in_a_plan_that_is_not_open(actor, status) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)
    digest = digests(item)[1]
    Plan.objects.filter(pk=item.plan_id).update(status=status)
    place = (item.plan_id, item.uid)
    writes = [
        lambda: readings.accept_reading(*place, digest, actor=actor),
        lambda: readings.add_target(*place, actor=actor, values={"name": "x"}),
        lambda: readings.edit_target(*place, indicator.pk, actor=actor, base={}, values={"name": "x"}),
        lambda: readings.update_target_from_text(*place, indicator.pk, digest, actor=actor),
        lambda: readings.refuse_reading(*place, digest, actor=actor),
        lambda: readings.take_back_refusal(*place, digest, actor=actor),
        lambda: readings.link_indicator(*place, indicator.pk, actor=actor),
        lambda: readings.unlink_target(*place, indicator.pk, actor=actor),
        lambda: readings.confirm_proposal(*place, indicator.pk, actor=actor),
        lambda: readings.confirm_proposals(item.plan_id, actor=actor),
    ]

    for write in writes:
        with pytest.raises(ValidationError, match="no longer open"):
            write()
    assert revision(item) == (1, 1)


def test_a_line_that_was_deleted_takes_no_target(actor) -> None:
    (item,) = make_lines(SENTENCE)
    digest = digests(item)[0]
    Item.objects.filter(pk=item.pk).update(removed_at=timezone.now())

    with pytest.raises(ValidationError, match="no longer in the plan"):
        readings.accept_reading(item.plan_id, item.uid, digest, actor=actor)


@pytest.mark.parametrize("status", [PlanStatus.SIGNING, PlanStatus.SUBMITTED, PlanStatus.APPROVED])
def test_a_target_that_stands_in_a_closed_plan_of_the_year_too_stays_as_it_is(actor, status) -> None:
    (closed,) = make_lines("法律諮詢12場次。")
    indicator = accept(closed, actor)
    (line,) = make_lines("法律諮詢12場次。", district=closed.plan.district, series="另一計畫")
    readings.link_indicator(line.plan_id, line.uid, indicator.pk, actor=actor)
    Plan.objects.filter(pk=closed.plan_id).update(status=status)
    said = plan_document(closed.plan).to_json()
    before = readings.values_of(indicator, indicator.targets.get())

    def edit() -> None:
        values = before | {"value": Decimal(1)}
        readings.edit_target(line.plan_id, line.uid, indicator.pk, actor=actor, base=before, values=values)

    with pytest.raises(ValidationError):
        edit()
    rewrite(line, "法律諮詢20場次。")
    with pytest.raises(ValidationError):
        readings.update_target_from_text(line.plan_id, line.uid, indicator.pk, digests(line)[0], actor=actor)
    YearlyTarget.objects.update(is_proposal=True)
    rewrite(line, "法律諮詢12場次。")
    readings.confirm_proposals(line.plan_id, actor=actor)

    assert plan_document(closed.plan).to_json() == said
    assert YearlyTarget.objects.get().is_proposal
    Plan.objects.filter(pk=closed.plan_id).update(status=PlanStatus.DRAFT)
    edit()


def test_everything_a_sentence_says_of_a_number_is_taken_over(actor) -> None:
    quarterly, growth, shorter, share, late = make_lines(
        "每課每季至少2則新聞稿。",
        "回收量較前一年成長5%。",
        "函復時間 16小時→8小時。",
        "調解成立率達85.5%以上。",
        "逾期案件不超過5件。",
    )

    found = [accept(item, actor) for item in (quarterly, growth, shorter, share, late)]

    assert [(one.aggregation, one.per, one.frequency, one.baseline, one.decimals) for one in found] == [
        ("each_period", "unit", "quarter", "", 0),
        ("sum", "", "", "last_year", 0),
        ("latest", "", "", "", 0),
        ("ratio", "", "", "", 2),
        ("sum", "", "", "", 0),
    ]
    assert target_of(found[2]).baseline == 16
    told = [target for line in plan_document(growth.plan).walk() for target in line.targets]
    assert [(one.frequency, one.baseline, one.start) for one in told] == [
        ("quarter", "", None),
        ("", "last_year", None),
        ("", "", "16"),
        ("", "", None),
        ("", "", None),
    ]


def test_last_years_result_may_be_filled_in_though_a_closed_plan_has_the_target_too(actor) -> None:
    (item,) = make_lines("回收量較前一年成長5%。")
    indicator = accept(item, actor)
    other = make_plan(item.plan.district, year=2026, series="另一計畫")
    line = other.items.filter(kind="target").first()
    line.indicators.add(indicator)
    Plan.objects.filter(pk=other.pk).update(status=PlanStatus.SUBMITTED)
    before = readings.values_of(indicator, target_of(indicator))

    def edit(**values) -> None:
        base = readings.values_of(indicator, target_of(indicator))
        readings.edit_target(
            item.plan_id, item.uid, indicator.pk, actor=actor, base=base, values={**base, **values}
        )

    with pytest.raises(ValidationError, match="stays as it is"):
        edit(baseline_value=Decimal(1000), value=Decimal(6))
    edit(baseline_value=Decimal(1000))
    with pytest.raises(ValidationError, match="stays as it is"):
        edit(baseline_value=Decimal(900))

    assert readings.values_of(indicator, target_of(indicator)) == before | {"baseline_value": Decimal(1000)}


def test_an_indicator_something_was_measured_by_stays_when_its_last_line_lets_it_go(actor) -> None:
    (item,) = make_lines(SENTENCE)
    indicator = accept(item, actor)
    line = TrackedLine.objects.create(plan=item.plan, item=item, position=1, words="x")
    CountedTarget.objects.create(
        plan=item.plan, line=line, item=item, indicator=indicator, position=1, quote="x"
    )

    readings.unlink_target(item.plan_id, item.uid, indicator.pk, actor=actor)

    assert not item.indicators.exists()
    assert Indicator.objects.filter(pk=indicator.pk).exists()
    with pytest.raises(ValidationError, match="measured by this indicator"):
        delete_indicator(indicator, actor=actor)
