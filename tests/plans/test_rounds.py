from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import override

from accounts.enums import Role
from accounts.models import Appointment, Notice
from plans.enums import EDITABLE, PART_STEPS, PartState, PlanStatus
from plans.models import Plan, UnitPart, WritingRound
from plans.queries.rounds import UnitRow, board, open_rounds, owed_lines, released_units
from plans.services import items, rounds
from tests.builders import LONG_AGO, make_holder, make_unit, make_user
from tests.plans.desk_rows import Desk, make_desk, told

pytestmark = pytest.mark.django_db

CIVIL, WELFARE = "民政課", "社會課"
TAIPEI = dt.timezone(dt.timedelta(hours=8))
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=TAIPEI)
DUE = dt.date(2026, 3, 9)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture(scope="module")
def made(kept: None) -> Desk:
    return make_desk()


@pytest.fixture
def desk(made: Desk) -> Desk:
    return deepcopy(made)


def put(desk: Desk, state: str, unit: str = CIVIL) -> None:
    UnitPart.objects.filter(pk=desk.part(unit).pk).update(state=state)


def states(desk: Desk) -> dict[str, str]:
    return {part.unit.name: part.state for part in UnitPart.objects.filter(round__plan=desk.plan)}


def history_of(part: UnitPart) -> list[tuple[str, Any]]:
    return [(row.state, row.history_user) for row in part.history.order_by("history_id")]


# Opening, changing, closing


def test_a_round_asks_each_unit_that_a_line_names_and_no_other(desk: Desk) -> None:
    make_unit(desk.plan.district, "人事室")
    desk.open_round(note="請儘早完成。\r\n謝謝。 ")

    assert states(desk) == {CIVIL: PartState.NOT_BEGUN, WELFARE: PartState.NOT_BEGUN}
    assert told(desk.chiefs[CIVIL]) == told(desk.staff[WELFARE]) == [rounds.OPENED]
    assert told(desk.secretary) == []
    current = WritingRound.objects.get()
    assert (current.note, current.opened_by) == ("請儘早完成。\n謝謝。", desk.secretary)
    assert history_of(desk.part()) == [(PartState.NOT_BEGUN, desk.secretary)]


def test_a_notice_names_plan_unit_and_day_and_leads_to_the_units_part(desk: Desk) -> None:
    rounds.open_round(desk.plan.pk, actor=desk.secretary, due_on=DUE, at=NOON)

    notice = Notice.objects.get(recipient=desk.staff[CIVIL])
    assert notice.parameters == {"plan": desk.plan.title, "unit": CIVIL, "due": "115年3月9日"}
    assert notice.address == f"/plans/{desk.plan.pk}/round/units/{desk.units[CIVIL].pk}/"
    assert notice.sent_at == NOON


def test_lines_of_a_unit_are_those_that_name_it_and_those_below_that_name_nobody(desk: Desk) -> None:
    inner = desk.item(f"{CIVIL}第一條。")
    inner.responsibilities.create(unit=desk.units[WELFARE])
    desk.item(f"{WELFARE}第一條。").delete()

    owed = owed_lines(desk.plan)

    assert [(line.number, line.words) for line in owed[desk.units[CIVIL].pk]] == [
        ("一、", f"{CIVIL}業務"),
        ("(二)", ""),
    ]
    assert [line.words for line in owed[desk.units[WELFARE].pk]] == [f"{CIVIL}第一條。", f"{WELFARE}業務", ""]
    assert set(owed) == {desk.units[CIVIL].pk, desk.units[WELFARE].pk}


def test_where_a_line_says_all_units_nobody_inherits_from_above(desk: Desk) -> None:
    inner = desk.item(f"{CIVIL}第一條。")
    inner.all_units = True
    inner.save()

    assert inner.pk not in [line.pk for line in owed_lines(desk.plan)[desk.units[CIVIL].pk]]


def test_deleted_lines_make_nobody_owe(desk: Desk) -> None:
    now = timezone.now()
    for item in desk.plan.items.all():
        if CIVIL in item.title + item.text:
            item.removed_at = now
            item.save()

    assert set(owed_lines(desk.plan)) == {desk.units[WELFARE].pk}


def test_a_second_round_is_not_opened_beside_the_first(desk: Desk) -> None:
    desk.open_round()

    with pytest.raises(ValidationError, match="open already"):
        desk.open_round()
    assert WritingRound.objects.count() == 1


def test_a_round_is_not_opened_where_no_line_names_a_unit(desk: Desk) -> None:
    for item in desk.plan.items.all():
        item.responsibilities.all().delete()

    with pytest.raises(ValidationError, match="names a unit"):
        desk.open_round()


@pytest.mark.parametrize("status", sorted(set(PlanStatus) - set(EDITABLE)))
def test_nothing_moves_in_a_plan_that_is_not_open(desk: Desk, status: str) -> None:
    desk.open_round()
    Plan.objects.filter(pk=desk.plan.pk).update(status=status)
    plan, unit, actor, now = desk.plan.pk, desk.units[CIVIL].pk, desk.chiefs[CIVIL], timezone.now()
    before = list(UnitPart.history.values_list("pk"))

    for step in (
        lambda: rounds.open_round(plan, actor=actor, due_on=DUE, at=NOON),
        lambda: rounds.change_round(plan, actor=actor, due_on=DUE, at=NOON, note=""),
        lambda: rounds.mark_part(plan, unit, "ready", actor=actor, at=now),
        lambda: rounds.release_part(plan, unit, actor=actor, at=now),
        lambda: rounds.take_back_part(plan, unit, actor=actor, at=now),
        lambda: rounds.send_back_part(plan, unit, actor=actor, reason="x", at=now),
        lambda: rounds.remind_units(plan, [unit], actor=actor, at=now),
    ):
        with pytest.raises(ValidationError, match="no longer open for changes"):
            step()
    assert list(UnitPart.history.values_list("pk")) == before
    assert open_rounds([Plan.objects.get(pk=plan)]) == {}


@pytest.mark.parametrize(
    ("moment", "due_on", "is_good"),
    [
        ("2026-03-09 23:30+08:00", DUE, True),
        ("2026-03-10 00:30+08:00", DUE, False),
        ("2026-03-09 00:30+08:00", DUE, True),  # still the day before in UTC
        ("2026-03-02 12:00+08:00", dt.date(2027, 4, 1), False),
    ],
)
def test_a_due_date_lies_neither_in_the_past_nor_years_away(
    desk: Desk, moment: str, due_on: dt.date, *, is_good: bool
) -> None:
    at = dt.datetime.fromisoformat(moment)

    if is_good:
        rounds.open_round(desk.plan.pk, actor=desk.secretary, due_on=due_on, at=at)
    else:
        with pytest.raises(ValidationError) as refused:
            rounds.open_round(desk.plan.pk, actor=desk.secretary, due_on=due_on, at=at)
        assert list(refused.value.message_dict) == ["due_on"]


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2026-03-08 23:30:00+08:00", 1),
        ("2026-03-09 00:30:00+08:00", 0),
        ("2026-03-09 23:30:00+08:00", 0),
        ("2026-03-10 00:30:00+08:00", -1),
    ],
)
def test_a_part_is_due_at_the_end_of_its_day_in_taipei(
    desk: Desk, time_machine: Any, moment: str, days: int
) -> None:
    rounds.open_round(desk.plan.pk, actor=desk.secretary, due_on=DUE, at=NOON)
    time_machine.move_to(moment, tick=False)

    found = board(desk.plan, on=timezone.localdate())

    assert (found.days_left, found.days_over) == (days, max(-days, 0))


def test_another_due_date_is_told_to_who_has_not_released(desk: Desk) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED)
    Notice.objects.all().delete()
    now = timezone.now()
    current = WritingRound.objects.get()

    rounds.change_round(desk.plan.pk, actor=desk.secretary, due_on=current.due_on, at=now, note="補充")
    assert Notice.objects.count() == 0
    later = current.due_on + dt.timedelta(days=3)
    rounds.change_round(desk.plan.pk, actor=desk.secretary, due_on=later, at=now, note="補充")

    assert told(desk.staff[WELFARE]) == [rounds.DUE_CHANGED]
    assert told(desk.staff[CIVIL]) == []
    assert [(row.due_on, row.note) for row in current.history.order_by("history_id")] == [
        (current.due_on, ""),
        (current.due_on, "補充"),
        (later, "補充"),
    ]


def test_a_due_date_that_has_passed_stays_when_only_the_note_changes(desk: Desk) -> None:
    rounds.open_round(desk.plan.pk, actor=desk.secretary, due_on=DUE, at=NOON)

    rounds.change_round(
        desk.plan.pk, actor=desk.secretary, due_on=DUE, at=NOON + dt.timedelta(days=30), note="逾期"
    )

    assert WritingRound.objects.get().note == "逾期"


def test_after_the_round_is_closed_nothing_moves_and_nobody_is_locked_out(desk: Desk) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED)
    assert released_units(desk.plan) == {desk.units[CIVIL].pk}
    now = timezone.now()

    rounds.close_round(desk.plan.pk, actor=desk.secretary, at=now)

    assert released_units(desk.plan) == set()
    with pytest.raises(ValidationError, match="open any more"):
        rounds.release_part(desk.plan.pk, desk.units[WELFARE].pk, actor=desk.chiefs[WELFARE], at=now)
    with pytest.raises(ValidationError, match="open any more"):
        rounds.close_round(desk.plan.pk, actor=desk.secretary, at=now)
    assert [row.closed_at for row in WritingRound.objects.get().history.order_by("history_id")] == [None, now]
    desk.open_round()
    assert set(states(desk).values()) == {PartState.RELEASED, PartState.NOT_BEGUN}
    assert desk.part().state == PartState.NOT_BEGUN


def test_a_round_is_closed_also_when_the_plan_is_on_its_way_to_signature(desk: Desk) -> None:
    desk.open_round()
    Plan.objects.filter(pk=desk.plan.pk).update(status=PlanStatus.SIGNING)

    rounds.close_round(desk.plan.pk, actor=desk.secretary, at=timezone.now())

    assert WritingRound.objects.get().closed_at is not None


# The steps of a part


STEPS = {
    "ready": lambda plan, unit, actor: rounds.mark_part(plan, unit, "ready", actor=actor, at=NOON),
    "writing": lambda plan, unit, actor: rounds.mark_part(plan, unit, "writing", actor=actor, at=NOON),
    "release": lambda plan, unit, actor: rounds.release_part(plan, unit, actor=actor, at=NOON),
    "take_back": lambda plan, unit, actor: rounds.take_back_part(plan, unit, actor=actor, at=NOON),
    "send_back": lambda plan, unit, actor: rounds.send_back_part(
        plan, unit, actor=actor, reason="請補數字。", at=NOON
    ),
}
ENDS = {
    "ready": PartState.READY,
    "writing": PartState.WRITING,
    "release": PartState.RELEASED,
    "take_back": PartState.WRITING,
    "send_back": PartState.SENT_BACK,
}


@pytest.mark.parametrize("state", PartState)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_leads_on_from_its_states_alone(desk: Desk, step: str, state: str) -> None:
    desk.open_round()
    put(desk, state)
    actor = make_user()

    def take() -> UnitPart:
        return STEPS[step](desk.plan.pk, desk.units[CIVIL].pk, actor)

    if state in PART_STEPS[step]:
        part = take()
        assert (part.state, part.changed_by, part.changed_at) == (ENDS[step], actor, NOON)
        assert desk.part().state == ENDS[step]
        assert history_of(part)[-1] == (ENDS[step], actor)
    else:
        with pytest.raises(ValidationError, match="not possible any more"):
            take()
        assert desk.part().state == state
        assert len(history_of(desk.part())) == 1
    assert desk.part(WELFARE).state == PartState.NOT_BEGUN


@pytest.mark.parametrize("step", STEPS)
def test_a_button_pressed_twice_by_one_person_is_one_step(desk: Desk, step: str) -> None:
    desk.open_round()
    put(desk, next(iter(PART_STEPS[step])))
    actor = desk.chiefs[CIVIL]
    Notice.objects.all().delete()

    for _ in range(2):
        STEPS[step](desk.plan.pk, desk.units[CIVIL].pk, actor)

    assert [state for state, _user in history_of(desk.part())] == [PartState.NOT_BEGUN, ENDS[step]]
    assert all(len(told(person)) <= 1 for person in (desk.secretary, *desk.staff.values()))


def test_who_hears_of_which_step(desk: Desk) -> None:
    desk.open_round()
    staff, chief, secretary = desk.staff[CIVIL], desk.chiefs[CIVIL], desk.secretary
    plan, unit = desk.plan.pk, desk.units[CIVIL].pk
    heard = []
    for step, actor in (
        ("ready", staff),
        ("send_back", chief),
        ("ready", staff),
        ("release", chief),
        ("send_back", secretary),
        ("release", chief),
        ("take_back", chief),
    ):
        Notice.objects.all().delete()
        STEPS[step](plan, unit, actor)
        heard.append((step, told(staff), told(chief), told(secretary)))
        assert told(desk.staff[WELFARE]) == told(desk.chiefs[WELFARE]) == []

    assert heard == [
        ("ready", [], [rounds.READY], []),
        ("send_back", [rounds.SENT_BACK], [], []),
        ("ready", [], [rounds.READY], []),
        ("release", [], [], [rounds.RELEASED]),
        ("send_back", [rounds.SENT_BACK], [rounds.SENT_BACK], []),
        ("release", [], [], [rounds.RELEASED]),
        ("take_back", [], [], [rounds.TAKEN_BACK]),
    ]


def test_a_reason_is_needed_kept_until_the_release_and_then_found_in_the_history(desk: Desk) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED)
    plan, unit = desk.plan.pk, desk.units[CIVIL].pk

    for empty in ("", " \n "):
        with pytest.raises(ValidationError, match="what is to be changed"):
            rounds.send_back_part(plan, unit, actor=desk.secretary, reason=empty, at=NOON)
    long = "第一項的目標值與去年不同，請說明理由。\r\n" + "另請補充佐證。" * 20
    rounds.send_back_part(plan, unit, actor=desk.secretary, reason=long, at=NOON)
    notice = Notice.objects.get(recipient=desk.staff[CIVIL], words=rounds.SENT_BACK)
    assert notice.parameters["reason"].startswith("第一項的目標值與去年不同，請說明理由。 另請")
    assert len(notice.parameters["reason"]) == rounds.REASON_SHOWN + 1

    rounds.mark_part(plan, unit, "ready", actor=desk.staff[CIVIL], at=NOON)
    assert desk.part().note == long.replace("\r\n", "\n")
    rounds.release_part(plan, unit, actor=desk.chiefs[CIVIL], at=NOON)

    assert desk.part().note == ""
    assert long.replace("\r\n", "\n") in [row.note for row in desk.part().history.all()]


def test_the_secretariats_own_unit_is_led_by_the_secretariats_chief(desk: Desk) -> None:
    unit = make_unit(desk.plan.district, "秘書室", is_secretariat=True)
    desk.item("計畫依據").responsibilities.create(unit=unit)
    chief = make_holder(Role.SECRETARIAT_CHIEF, desk.plan.district)
    rounds.open_round(desk.plan.pk, actor=chief, due_on=DUE, at=NOON)

    assert told(desk.secretary) == [rounds.OPENED]
    rounds.mark_part(desk.plan.pk, unit.pk, "ready", actor=desk.secretary, at=NOON)
    assert told(chief) == [rounds.READY]


def test_a_unit_named_after_the_opening_owes_a_part_from_then_on(desk: Desk) -> None:
    desk.open_round()
    unit = make_unit(desk.plan.district, "人文課")
    desk.units["人文課"] = unit
    desk.item("計畫依據").responsibilities.create(unit=unit)

    row = next(row for row in board(desk.plan, on=DUE).owing if row.unit == unit)
    assert (row.part, row.state, len(row.lines)) == (None, PartState.NOT_BEGUN, 1)
    assert UnitPart.objects.filter(unit=unit).count() == 0  # reading wrote nothing
    chief = make_holder(Role.SECTION_CHIEF, unit)
    rounds.remind_units(desk.plan.pk, [unit.pk], actor=desk.secretary, at=timezone.now())
    assert told(chief) == [rounds.REMINDED]
    rounds.release_part(desk.plan.pk, unit.pk, actor=chief, at=timezone.now())
    assert desk.part("人文課").state == PartState.RELEASED


def test_a_unit_no_line_names_any_more_owes_nothing(desk: Desk) -> None:
    desk.open_round()
    desk.item(f"{CIVIL}業務").responsibilities.all().delete()

    found = board(desk.plan, on=DUE)

    assert [row.unit.name for row in found.owing] == [WELFARE]
    assert [(row.unit.name, len(row.lines)) for row in found.rows] == [(CIVIL, 0), (WELFARE, 3)]


def test_a_unit_nobody_named_has_no_part_to_move(desk: Desk) -> None:
    desk.open_round()
    unit = make_unit(desk.plan.district, "人事室")

    with pytest.raises(ValidationError, match="owes no part"):
        rounds.mark_part(desk.plan.pk, unit.pk, "ready", actor=make_user(), at=NOON)
    assert UnitPart.objects.count() == 2


# Reminding


def test_a_reminder_goes_to_staff_and_chief_of_who_has_not_released(desk: Desk) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED)
    Notice.objects.all().delete()

    done = rounds.remind_units(
        desk.plan.pk, [unit.pk for unit in desk.units.values()], actor=desk.secretary, at=NOON
    )

    assert done == rounds.Reminded((desk.units[WELFARE],), (), ())
    assert told(desk.staff[WELFARE]) == told(desk.chiefs[WELFARE]) == [rounds.REMINDED]
    assert told(desk.staff[CIVIL]) == []
    assert (desk.part(WELFARE).reminded_at, desk.part().reminded_at) == (NOON, None)
    assert history_of(desk.part(WELFARE))[-1] == (PartState.NOT_BEGUN, desk.secretary)


@pytest.mark.parametrize(
    ("second", "again", "is_sent"),
    [
        ("2026-03-02 23:30+08:00", False, False),
        ("2026-03-02 23:30+08:00", True, True),
        ("2026-03-03 00:30+08:00", False, True),
    ],
)
def test_a_unit_is_reminded_once_a_day_of_taipei_unless_asked_again(
    desk: Desk, second: str, *, again: bool, is_sent: bool
) -> None:
    rounds.open_round(desk.plan.pk, actor=desk.secretary, due_on=DUE, at=NOON)
    unit = desk.units[CIVIL]
    rounds.remind_units(desk.plan.pk, [unit.pk], actor=desk.secretary, at=NOON)
    Notice.objects.all().delete()
    at = dt.datetime.fromisoformat(second)

    done = rounds.remind_units(desk.plan.pk, [unit.pk], actor=desk.secretary, at=at, again=again)

    assert done == rounds.Reminded(*((unit,), ()) if is_sent else ((), (unit,)), ())
    assert told(desk.staff[CIVIL]) == ([rounds.REMINDED] if is_sent else [])
    assert desk.part().reminded_at == (at if is_sent else NOON)


def test_where_nobody_is_appointed_the_reminder_says_so_and_is_not_counted(desk: Desk) -> None:
    desk.open_round()
    Appointment.objects.filter(unit=desk.units[CIVIL]).update(ends_on=LONG_AGO + dt.timedelta(days=9))

    done = rounds.remind_units(desk.plan.pk, [desk.units[CIVIL].pk], actor=desk.secretary, at=NOON)

    assert done == rounds.Reminded((), (), (desk.units[CIVIL],))
    assert desk.part().reminded_at is None


def test_people_who_left_or_were_switched_off_are_not_told(desk: Desk) -> None:
    desk.staff[CIVIL].is_active = False
    desk.staff[CIVIL].save()
    gone = make_holder(Role.UNIT_STAFF, desk.units[CIVIL], until=dt.date(2021, 1, 1))

    desk.open_round()

    assert told(desk.staff[CIVIL]) == told(gone) == []
    assert told(desk.chiefs[CIVIL]) == [rounds.OPENED]


# Beginning to write


def test_a_part_begins_when_one_of_its_people_changes_a_line(desk: Desk) -> None:
    desk.open_round()
    today = timezone.localdate()

    rounds.touch_part(desk.plan, desk.secretary, on=today)
    assert desk.part().state == PartState.NOT_BEGUN
    rounds.touch_part(desk.plan, desk.staff[CIVIL], on=today)

    assert states(desk) == {CIVIL: PartState.WRITING, WELFARE: PartState.NOT_BEGUN}
    assert history_of(desk.part())[-1] == (PartState.WRITING, desk.staff[CIVIL])


@pytest.mark.parametrize("state", sorted(set(PartState) - {PartState.NOT_BEGUN}))
def test_noting_that_writing_went_on_costs_one_query(
    desk: Desk, state: str, django_assert_num_queries: Any
) -> None:
    desk.open_round()
    put(desk, state)

    with django_assert_num_queries(1):
        rounds.touch_part(desk.plan, desk.staff[CIVIL], on=timezone.localdate())

    assert desk.part().state == state


def test_without_a_round_there_is_nothing_to_note(desk: Desk, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        rounds.touch_part(desk.plan, desk.staff[CIVIL], on=timezone.localdate())


def test_who_works_in_two_units_begins_the_one_whose_line_was_changed(desk: Desk) -> None:
    desk.open_round()
    both = desk.staff[CIVIL]
    Appointment.objects.create(
        user=both, role=Role.SECTION_CHIEF, unit=desk.units[WELFARE], starts_on=LONG_AGO
    )

    rounds.touch_part(desk.plan, both, on=timezone.localdate(), units=[desk.units[WELFARE].pk])

    assert states(desk) == {CIVIL: PartState.NOT_BEGUN, WELFARE: PartState.WRITING}


def test_the_secretariats_own_unit_begins_with_its_own_lines(desk: Desk) -> None:
    unit = make_unit(desk.plan.district, "秘書室", is_secretariat=True)
    desk.item("計畫依據").responsibilities.create(unit=unit)
    desk.open_round()
    desk.units["秘書室"] = unit

    rounds.touch_part(desk.plan, desk.secretary, on=timezone.localdate(), units=[desk.units[CIVIL].pk])
    assert set(states(desk).values()) == {PartState.NOT_BEGUN}
    rounds.touch_part(desk.plan, desk.secretary, on=timezone.localdate(), units=[unit.pk])

    assert states(desk) == {
        CIVIL: PartState.NOT_BEGUN,
        WELFARE: PartState.NOT_BEGUN,
        "秘書室": PartState.WRITING,
    }


def test_a_unit_named_later_begins_too_and_one_that_is_not_named_does_not(desk: Desk) -> None:
    desk.open_round()
    named, other = make_unit(desk.plan.district), make_unit(desk.plan.district)
    desk.item("計畫依據").responsibilities.create(unit=named)

    for unit in (named, other):
        rounds.touch_part(desk.plan, make_holder(Role.UNIT_STAFF, unit), on=timezone.localdate())

    assert UnitPart.objects.get(unit=named).state == PartState.WRITING
    assert not UnitPart.objects.filter(unit=other).exists()


# The board


def test_the_board_counts_empty_and_changed_lines_and_names_who_was_last(desk: Desk) -> None:
    before = desk.item(f"{CIVIL}業務")
    items.save_item(
        desk.plan.pk, before.uid, actor=desk.staff[CIVIL], base={"text": ""}, values={"text": "舊"}
    )
    desk.open_round(at=timezone.now())
    item = desk.item(f"{CIVIL}第一條。")
    for words, person in (("甲", desk.staff[CIVIL]), ("乙", desk.chiefs[CIVIL])):
        base = items.values_of(item)
        items.save_item(desk.plan.pk, item.uid, actor=person, base=base, values={"text": words})
        item.refresh_from_db()

    found = board(desk.plan, on=timezone.localdate())

    civil, welfare = found.rows
    assert (len(civil.lines), civil.empty, civil.changed) == (3, 1, 1)
    assert civil.last_change is not None
    assert civil.last_change.name == desk.chiefs[CIVIL].full_name
    assert (len(welfare.lines), welfare.empty, welfare.changed, welfare.last_change) == (3, 1, 0, None)
    counts = {state: number for state, _label, number in found.counts if number}
    assert counts == {PartState.NOT_BEGUN: 1, PartState.WRITING: 1}


@pytest.mark.parametrize("units", [1, 3])
def test_the_board_is_read_in_four_queries(units: int, django_assert_num_queries: Any) -> None:
    desk = make_desk(units=units)
    desk.open_round()
    for name in desk.units:
        rounds.mark_part(
            desk.plan.pk, desk.units[name].pk, "ready", actor=desk.staff[name], at=timezone.now()
        )

    with django_assert_num_queries(4):
        found = board(desk.plan, on=timezone.localdate())
        assert [str(row.part.changed_by) for row in found.rows if row.part] == [
            desk.staff[name].full_name for name in desk.units
        ]

    assert (len(found.owing), len(found.unreleased)) == (units, units)


def test_before_the_first_round_the_board_says_who_would_be_asked(desk: Desk) -> None:
    found = board(desk.plan, on=timezone.localdate())

    assert (found.round, found.is_open) == (None, False)
    assert [row.unit.name for row in found.rows] == [CIVIL, WELFARE]


def test_the_board_of_a_closed_round_shows_how_it_ended(desk: Desk) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED)
    rounds.close_round(desk.plan.pk, actor=desk.secretary, at=timezone.now())
    unit = make_unit(desk.plan.district)
    desk.item("計畫依據").responsibilities.create(unit=unit)

    found = board(desk.plan, on=timezone.localdate())

    assert [(row.unit.name, row.state) for row in found.rows] == [
        (CIVIL, PartState.RELEASED),
        (WELFARE, PartState.NOT_BEGUN),
    ]
    assert not found.is_open


def test_lines_are_grouped_by_the_place_they_stand_at(desk: Desk) -> None:
    inner = desk.item(f"{CIVIL}第一條。")
    desk.plan.items.create(
        position=0, kind="action", text="社會課協辦事項。", parent=inner
    ).responsibilities.create(unit=desk.units[WELFARE])

    civil, welfare = board(desk.plan, on=DUE).rows

    def shown(row: UnitRow) -> list[tuple[str, list[tuple[int, str]]]]:
        return [
            (group.place, [(depth, line.words) for line, depth, _ in group.lines]) for group in row.groups
        ]

    assert shown(civil) == [("貳、計畫內容", [(0, f"{CIVIL}業務"), (1, f"{CIVIL}第一條。"), (1, "")])]
    assert shown(welfare) == [
        (f"貳、計畫內容　一、{CIVIL}業務　(一){CIVIL}第一條。", [(0, "社會課協辦事項。")]),
        ("貳、計畫內容", [(0, f"{WELFARE}業務"), (1, f"{WELFARE}第一條。"), (1, "")]),
    ]
