from __future__ import annotations

import datetime as dt
import re
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Appointment, User
from plans.desk_forms import RoundForm
from plans.enums import PartState, PlanStatus
from plans.models import Plan, UnitPart, WritingRound
from plans.services import rounds
from tests.builders import LONG_AGO, make_holder, make_unit, make_user
from tests.plans.desk_rows import Desk, make_desk, told

pytestmark = pytest.mark.django_db

CIVIL, WELFARE = "民政課", "社會課"


@pytest.fixture(scope="module")
def made(kept: None) -> Desk:
    return make_desk()


@pytest.fixture
def desk(made: Desk) -> Desk:
    return deepcopy(made)


@pytest.fixture(autouse=True)
def in_english(client: Client) -> None:
    client.cookies.load({"django_language": "en"})


def address(desk: Desk, step: str = "", unit: str = CIVIL) -> str:
    return f"/plans/{desk.plan.pk}/round/units/{desk.units[unit].pk}/{step}"


def page(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def put(desk: Desk, state: str, unit: str = CIVIL, **values: Any) -> None:
    UnitPart.objects.filter(pk=desk.part(unit).pk).update(state=state, **values)


def sign_in(client: Client, user: User) -> None:
    client.force_login(user)
    client.cookies.load({"django_language": "en"})


def test_the_secretariat_opens_the_round_with_a_roc_date(client: Client, desk: Desk) -> None:
    sign_in(client, desk.secretary)
    path = f"/plans/{desk.plan.pk}/round/"
    assert '民政課<span class="muted">（3 lines）' in page(client, path)
    due = timezone.localdate() + dt.timedelta(days=10)

    response = client.post(
        f"{path}open/", {"due_on": f"{due.year - 1911}.{due.month}.{due.day}", "note": "請準時"}
    )

    assert response.headers["Location"] == path
    current = WritingRound.objects.get()
    assert (current.due_on, current.note) == (due, "請準時")
    assert "10 days left" in page(client, path)


@pytest.mark.parametrize(
    ("on", "proposed"),
    [(11, "115.12.25"), (12, "115.12.28"), (13, "115.12.28"), (14, "115.12.28")],  # Friday to Monday
)
def test_the_proposed_due_date_is_no_day_of_a_weekend(on: int, proposed: str) -> None:
    form = RoundForm(on=dt.date(2026, 12, on))

    assert f'value="{proposed}"' in str(form["due_on"])


@pytest.mark.parametrize("due", ["", "soon", "115.2.30", "100.1.1"])
def test_a_due_date_that_is_none_is_said_beside_the_field(client: Client, desk: Desk, due: str) -> None:
    sign_in(client, desk.secretary)

    response = client.post(f"/plans/{desk.plan.pk}/round/open/", {"due_on": due, "note": "請準時"})

    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"due_on"}
    assert "請準時" in response.content.decode()
    assert not WritingRound.objects.exists()


def test_the_board_shows_each_unit_with_its_steps(client: Client, desk: Desk) -> None:
    desk.open_round(note="先寫重點。")
    put(desk, PartState.SENT_BACK, note="缺數字", changed_by=desk.secretary, changed_at=timezone.now())
    put(desk, PartState.RELEASED, WELFARE)
    sign_in(client, desk.secretary)

    found = page(client, f"/plans/{desk.plan.pk}/round/")

    assert "Remind the 1 unit that has not released" in found
    assert "Reason: 缺數字" in found
    assert "先寫重點。" in found
    assert address(desk, "send-back/", WELFARE) in found
    assert address(desk, "send-back/") not in found


def test_others_of_the_district_read_the_board_without_buttons(client: Client, desk: Desk) -> None:
    desk.open_round()
    sign_in(client, make_holder(Role.DISTRICT_HEAD, desk.plan.district))

    found = page(client, f"/plans/{desk.plan.pk}/round/")

    assert CIVIL in found
    assert found.count("<form") == 2  # language and sign out
    assert "Change due date" not in found


def test_a_units_person_is_led_from_the_board_to_their_own_part(client: Client, desk: Desk) -> None:
    desk.open_round(days=0)
    sign_in(client, desk.staff[CIVIL])

    found = page(client, f"/plans/{desk.plan.pk}/round/")

    assert "To the 3 lines of this unit" in found
    assert "due today" in found


def test_a_part_lists_its_lines_with_links_and_the_reason_it_was_sent_back(
    client: Client, desk: Desk
) -> None:
    desk.open_round()
    put(desk, PartState.SENT_BACK, note="請補數字。", changed_by=desk.secretary, changed_at=timezone.now())
    sign_in(client, desk.staff[CIVIL])

    found = page(client, address(desk))

    assert "請補數字。" in found
    for words in (f"{CIVIL}業務", f"{CIVIL}第一條。", ""):
        assert f'#i-{desk.item(words).uid}"' in found
    assert f"一、{CIVIL}業務" in found
    assert "1 line is still empty." in found
    assert WELFARE not in found


def test_a_part_tells_the_text_below_a_title_too(client: Client, desk: Desk) -> None:
    desk.plan.items.filter(title=f"{CIVIL}業務").update(text="標題下的說明。")
    sign_in(client, desk.chiefs[CIVIL])

    found = page(client, address(desk))

    assert found.index(f"一、{CIVIL}業務") < found.index("標題下的說明。")


@pytest.mark.parametrize(
    ("who", "state", "steps"),
    [
        ("staff", PartState.WRITING, {"mark/"}),
        ("staff", PartState.READY, {"mark/"}),
        ("staff", PartState.RELEASED, set()),
        ("chief", PartState.WRITING, {"mark/", "release/"}),
        ("chief", PartState.READY, {"mark/", "release/", "send-back/"}),
        ("chief", PartState.RELEASED, {"take-back/"}),
        ("secretary", PartState.READY, {"send-back/"}),
        ("secretary", PartState.RELEASED, {"send-back/"}),
        ("secretary", PartState.WRITING, set()),
        ("other staff", PartState.WRITING, set()),
        ("other chief", PartState.READY, set()),
    ],
)
def test_each_person_is_offered_what_they_may_do(
    client: Client, desk: Desk, who: str, state: str, steps: set[str]
) -> None:
    desk.open_round()
    put(desk, state)
    people = {
        "staff": desk.staff[CIVIL],
        "chief": desk.chiefs[CIVIL],
        "secretary": desk.secretary,
        "other staff": desk.staff[WELFARE],
        "other chief": desk.chiefs[WELFARE],
    }
    sign_in(client, people[who])

    found = page(client, address(desk))

    offered = {
        step
        for step in ("mark/", "release/", "take-back/", "send-back/")
        if f'"{address(desk, step)}"' in found
    }
    assert offered == steps


def test_of_a_released_part_its_people_read_what_it_means_and_others_who_released_it(
    client: Client, desk: Desk
) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED, changed_by=desk.chiefs[CIVIL], changed_at=timezone.now())
    means, by = "write no more until the part is sent back", f"Released by {desk.chiefs[CIVIL]}"
    for person, is_own in (
        (desk.staff[CIVIL], True),
        (desk.chiefs[CIVIL], True),
        (desk.staff[WELFARE], False),
        (desk.secretary, False),
    ):
        sign_in(client, person)
        found = page(client, address(desk))
        assert (means in found, by in found) == (is_own, not is_own)


@pytest.mark.parametrize(
    ("case", "writes"),
    [
        (("staff", PartState.WRITING, "draft"), True),
        (("staff", PartState.RELEASED, "draft"), False),
        (("chief", PartState.READY, "draft"), True),
        (("chief", PartState.READY, "signing"), False),
        (("secretary", PartState.RELEASED, "draft"), True),
        (("secretary", PartState.WRITING, "signing"), False),
        (("other staff", PartState.WRITING, "draft"), False),
    ],
)
def test_a_unit_s_lines_lead_to_the_editor_for_those_who_write_them(
    client: Client, desk: Desk, case: tuple[str, str, str], writes: bool
) -> None:
    who, state, status = case
    desk.open_round()
    put(desk, state)
    Plan.objects.filter(pk=desk.plan.pk).update(status=status)
    people = {"staff": desk.staff[CIVIL], "chief": desk.chiefs[CIVIL], "secretary": desk.secretary}
    sign_in(client, people.get(who, desk.staff[WELFARE]))

    found = page(client, address(desk))

    assert (f"/plans/{desk.plan.pk}/edit/#i-" in found) is writes
    assert (f'"/plans/{desk.plan.pk}/#i-' in found) is not writes


def test_the_board_leads_each_unit_to_its_own_part_and_the_secretariat_to_a_new_round(
    client: Client, desk: Desk
) -> None:
    people = {"staff": desk.staff[CIVIL], "chief": desk.chiefs[CIVIL], "secretary": desk.secretary}

    def shown() -> dict[str, tuple[int, bool]]:
        """Return how many parts of their own each is led to, and whether they may open a round."""
        found = {}
        for who, person in people.items():
            sign_in(client, person)
            words = page(client, f"/plans/{desk.plan.pk}/round/")
            opens = f'action="/plans/{desk.plan.pk}/round/open/"' in words
            found[who] = words.count("own-part"), opens
        return found

    nothing = dict.fromkeys(people, (0, False))
    assert shown() == nothing | {"secretary": (0, True)}
    desk.open_round()
    assert shown() == {"staff": (1, False), "chief": (1, False), "secretary": (0, False)}
    Plan.objects.filter(pk=desk.plan.pk).update(status="signing")
    assert shown() == nothing
    WritingRound.objects.update(closed_at=timezone.now())
    assert shown() == nothing
    Plan.objects.filter(pk=desk.plan.pk).update(status="draft")
    assert shown() == nothing | {"secretary": (0, True)}


@pytest.mark.parametrize("step", ["mark/", "release/", "take-back/", "send-back/"])
@pytest.mark.parametrize("who", ["staff", "chief"])
def test_people_of_another_unit_take_no_step(client: Client, desk: Desk, step: str, who: str) -> None:
    desk.open_round()
    put(desk, PartState.READY)
    sign_in(client, (desk.staff if who == "staff" else desk.chiefs)[WELFARE])

    for data in ({"state": "writing", "reason": "x"}, {"state": "ready"}):
        assert client.post(address(desk, step), data).status_code == 403
    assert desk.part().state == PartState.READY


@pytest.mark.parametrize("step", ["release/", "take-back/", "send-back/"])
def test_a_units_staff_do_not_do_what_is_the_chiefs(client: Client, desk: Desk, step: str) -> None:
    desk.open_round()
    put(desk, PartState.READY)
    sign_in(client, desk.staff[CIVIL])

    assert client.post(address(desk, step), {"reason": "x"}).status_code == 403
    assert desk.part().state == PartState.READY


@pytest.mark.parametrize("name", ["open/", "change/", "close/", "remind/"])
def test_units_do_not_arrange_the_round(client: Client, desk: Desk, name: str) -> None:
    desk.open_round()
    sign_in(client, desk.chiefs[CIVIL])

    assert client.post(f"/plans/{desk.plan.pk}/round/{name}", {"due_on": "116.1.1"}).status_code == 403
    assert WritingRound.objects.get().closed_at is None


def test_an_acting_chief_releases_as_long_as_the_appointment_runs(client: Client, desk: Desk) -> None:
    desk.open_round()
    today = timezone.localdate()
    acting = make_user()
    appointment = Appointment.objects.create(
        user=acting,
        role=Role.SECTION_CHIEF,
        unit=desk.units[CIVIL],
        starts_on=LONG_AGO,
        ends_on=today - dt.timedelta(days=1),
        acting_for=desk.chiefs[CIVIL],
    )
    sign_in(client, acting)
    assert client.post(address(desk, "release/")).status_code == 404

    appointment.ends_on = today
    appointment.save()

    assert client.post(address(desk, "release/")).status_code == 302
    assert (desk.part().state, desk.part().changed_by) == (PartState.RELEASED, acting)


def test_a_part_goes_from_ready_to_released_to_sent_back(client: Client, desk: Desk) -> None:
    desk.open_round()
    for person, step, data, state in (
        (desk.staff[CIVIL], "mark/", {"state": "ready"}, PartState.READY),
        (desk.staff[CIVIL], "mark/", {"state": "writing"}, PartState.WRITING),
        (desk.chiefs[CIVIL], "release/", {}, PartState.RELEASED),
        (desk.chiefs[CIVIL], "take-back/", {}, PartState.WRITING),
        (desk.chiefs[CIVIL], "release/", {}, PartState.RELEASED),
        (desk.secretary, "send-back/", {"reason": "請補"}, PartState.SENT_BACK),
    ):
        sign_in(client, person)
        response = client.post(address(desk, step), data)
        assert response.headers["Location"] == address(desk)
        assert desk.part().state == state
    assert "請補" in page(client, address(desk))


def test_a_step_that_came_too_late_is_said_in_words(client: Client, desk: Desk) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED, changed_by=desk.secretary)
    sign_in(client, desk.staff[CIVIL])

    client.post(address(desk, "mark/"), {"state": "ready"})
    assert "not possible any more" in page(client, address(desk))
    beside = client.post(address(desk, "mark/"), {"state": "ready"}, headers={"HX-Request": "true"})
    assert beside.status_code == 200
    assert 'role="alert">The part of 民政課' in re.sub(r"\s+", " ", beside.content.decode())
    client.post(address(desk, "mark/"), {"state": "released"})
    assert desk.part().state == PartState.RELEASED


def test_beside_the_sheet_the_part_comes_alone_and_anew_after_a_step(client: Client, desk: Desk) -> None:
    desk.open_round()
    sign_in(client, desk.staff[CIVIL])

    shown = page(client, address(desk), **{"HX-Request": "true"})
    answer = client.post(address(desk, "mark/"), {"state": "ready"}, headers={"HX-Request": "true"})

    assert shown.lstrip().startswith('<section class="side" aria-labelledby="side-title">')
    assert 'role="status">The part is ready' in answer.content.decode()
    assert "Back to writing" in answer.content.decode()


def test_sending_back_without_a_reason_asks_for_one(client: Client, desk: Desk) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED)
    sign_in(client, desk.secretary)

    assert client.post(address(desk, "send-back/"), {"reason": " "}).status_code == 422
    assert desk.part().state == PartState.RELEASED


def test_one_click_reminds_all_and_a_second_asks_first(client: Client, desk: Desk) -> None:
    desk.open_round()
    sign_in(client, desk.secretary)
    board = f"/plans/{desk.plan.pk}/round/"
    every = [unit.pk for unit in desk.units.values()]

    first = client.post(f"{board}remind/", {"units": every})
    assert first.headers["Location"] == board
    assert "Reminded: 民政課、社會課." in page(client, board)
    assert told(desk.staff[CIVIL]) == [rounds.OPENED, rounds.REMINDED]

    second = client.post(f"{board}remind/", {"units": every[:1]})
    assert second.headers["Location"] == f"{board}remind/?unit={every[0]}"
    asked = client.get(second.headers["Location"])
    form = asked.context["form"]
    assert form["units"].value() == [str(every[0])]
    assert form["again"].value() is True
    before = desk.part().reminded_at
    client.post(f"{board}remind/", {"units": every[:1], "again": "True"})
    assert desk.part().reminded_at > before


def test_reminding_a_unit_of_elsewhere_reminds_nobody(client: Client, desk: Desk) -> None:
    desk.open_round()
    other = make_desk()
    other.open_round()
    sign_in(client, desk.secretary)

    client.post(f"/plans/{desk.plan.pk}/round/remind/", {"units": [other.units[CIVIL].pk]})

    assert other.part().reminded_at is None
    assert "nothing left" in page(client, f"/plans/{desk.plan.pk}/round/")


def test_the_round_is_closed_after_a_page_that_names_who_is_missing(client: Client, desk: Desk) -> None:
    desk.open_round()
    put(desk, PartState.RELEASED)
    sign_in(client, desk.secretary)
    path = f"/plans/{desk.plan.pk}/round/close/"

    asked = page(client, path)
    assert "1 unit has not released its part" in asked
    assert CIVIL not in asked
    client.post(path)

    assert WritingRound.objects.get().closed_at is not None
    assert "The last round, closed" in page(client, f"/plans/{desk.plan.pk}/round/")


def test_the_city_never_sees_a_round_not_even_of_a_filed_plan(client: Client, desk: Desk) -> None:
    desk.open_round()
    Plan.objects.filter(pk=desk.plan.pk).update(status=PlanStatus.SUBMITTED)
    sign_in(client, make_holder(Role.EVALUATOR, desk.plan.district.city))

    assert client.get(f"/plans/{desk.plan.pk}/").status_code == 200
    for path in (f"/plans/{desk.plan.pk}/round/", address(desk)):
        assert client.get(path).status_code == 404


def test_a_unit_of_another_district_has_no_part_here(client: Client, desk: Desk) -> None:
    sign_in(client, desk.secretary)

    other = make_unit(make_desk().plan.district)

    assert client.get(f"/plans/{desk.plan.pk}/round/units/{other.pk}/").status_code == 404
    own = make_unit(desk.plan.district)
    assert "No line of this plan names this unit." in page(
        client, f"/plans/{desk.plan.pk}/round/units/{own.pk}/"
    )


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("who", ["secretary", "staff"])
def test_round_board_and_part_cost_the_same_for_any_number_of_units(
    client: Client, units: int, who: str, django_assert_num_queries: Any
) -> None:
    desk = make_desk(units=units)
    desk.open_round()
    for name, unit in desk.units.items():
        rounds.mark_part(desk.plan.pk, unit.pk, "ready", actor=desk.staff[name], at=timezone.now())
    sign_in(client, desk.secretary if who == "secretary" else desk.staff[CIVIL])

    with django_assert_num_queries(6):
        client.get(f"/plans/{desk.plan.pk}/round/")
    with django_assert_num_queries(7):
        client.get(address(desk))
