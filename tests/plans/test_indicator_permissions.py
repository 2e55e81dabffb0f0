"""Whose indicators a person may see and change, asked of the functions themselves."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Appointment, District, Unit, User
from plans.document import UnitName
from plans.indicator_permissions import (
    Sight,
    get_indicator_to_keep,
    get_indicator_to_view,
    get_sight,
    get_sight_to_keep,
    get_sights,
    own_indicators,
)
from plans.models import Item
from tests.builders import LONG_AGO, make_city, make_district, make_holder, make_unit, make_user
from tests.plans.indicator_rows import make_indicator, show_in_plan

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 4, 10)


def hold(person: User, role: Role, place: District | Unit) -> None:
    where = {"unit": place} if isinstance(place, Unit) else {"district": place}
    Appointment.objects.create(user=person, role=role, starts_on=LONG_AGO, **where)


def told(person: User) -> list[Sight]:
    return get_sights(person, on=ON)


class TestSights:
    @pytest.mark.parametrize(
        ("role", "keeps"),
        [(Role.SECRETARIAT, True), (Role.SECRETARIAT_CHIEF, True), (Role.DISTRICT_HEAD, False)],
    )
    def test_a_role_in_the_district_sees_all_of_it(self, role: Role, keeps: bool) -> None:
        district = make_district()
        make_district(district.city)

        [sight] = told(make_holder(role, district))

        assert sight == Sight(district, is_secretariat=keeps, is_inside=True)
        assert sight.is_whole

    @pytest.mark.parametrize("role", [Role.UNIT_STAFF, Role.SECTION_CHIEF])
    def test_a_role_in_units_sees_what_is_theirs(self, role: Role) -> None:
        district = make_district()
        civil, social, _other = (make_unit(district) for _ in range(3))
        person = make_holder(role, civil)
        hold(person, role, social)

        [sight] = told(person)

        assert sight == Sight(district, is_inside=True, units=frozenset({civil.pk, social.pk}))
        assert not sight.is_whole

    def test_who_holds_both_sees_all_of_it_whichever_came_first(self) -> None:
        district = make_district()
        unit = make_unit(district)
        chief, head = make_holder(Role.SECTION_CHIEF, unit), make_holder(Role.DISTRICT_HEAD, district)
        hold(chief, Role.DISTRICT_HEAD, district)
        hold(head, Role.SECTION_CHIEF, unit)

        assert told(chief) == told(head) == [Sight(district, is_inside=True)]

    def test_a_city_sees_its_districts_from_outside_and_no_other_city_s(self) -> None:
        city = make_city()
        districts = {make_district(city), make_district(city)}
        make_district()

        found = told(make_holder(Role.EVALUATOR, city))

        assert {sight.district for sight in found} == districts
        assert {(sight.is_inside, sight.is_whole, sight.units) for sight in found} == {
            (False, False, frozenset())
        }

    def test_one_s_own_come_first_in_the_order_of_one_s_appointments(self) -> None:
        city = make_city()
        first, second, third = (make_district(city) for _ in range(3))
        person = make_holder(Role.EVALUATOR, city)
        hold(person, Role.UNIT_STAFF, make_unit(third))
        hold(person, Role.DISTRICT_HEAD, second)

        assert [(sight.district, sight.is_inside) for sight in told(person)] == [
            (third, True),
            (second, True),
            (first, False),
        ]

    def test_what_ended_and_who_is_switched_off_sees_nothing(self) -> None:
        district = make_district()
        past, off = (make_holder(Role.SECRETARIAT, district) for _ in range(2))
        Appointment.objects.filter(user=past).update(ends_on=ON - dt.timedelta(1))
        off.is_active = False

        assert (told(past), told(off), told(make_user())) == ([], [], [])

    def test_of_several_districts_the_one_that_is_asked_for_is_told(self) -> None:
        districts = [make_district(), make_district()]
        person = make_holder(Role.SECRETARIAT, districts[0])
        hold(person, Role.DISTRICT_HEAD, districts[1])

        assert [get_sight(person, one.pk, on=ON).district for one in districts] == districts
        assert get_sight_to_keep(person, districts[0].pk, on=ON).district == districts[0]
        with pytest.raises(PermissionDenied):
            get_sight_to_keep(person, districts[1].pk, on=ON)
        for function in (get_sight, get_sight_to_keep):
            with pytest.raises(Http404):
                function(person, make_district().pk, on=ON)


class TestIndicators:
    def test_a_unit_sees_its_own_and_those_its_lines_show(self) -> None:
        year, district = timezone.localdate().year, make_district()
        civil, social = make_unit(district, "民政課"), make_unit(district, "社會課")
        own, shown, gone, theirs, of_nobody = (
            make_indicator(district, name) for name in ("自有", "條目", "已刪", "他課", "無人")
        )
        for indicator, unit in ((own, civil), (theirs, social)):
            indicator.unit = unit
            indicator.save()
        for indicator, name in ((shown, "民政課"), (gone, "民政課"), (theirs, "社會課")):
            show_in_plan(indicator, year, series=indicator.name, units=(UnitName(name),))
        Item.objects.filter(indicators=gone).update(removed_at=timezone.now())
        elsewhere = make_district()
        foreign = make_indicator(elsewhere, unit=make_unit(elsewhere, "民政課"))
        show_in_plan(foreign, year, units=(UnitName("民政課"),))
        staff = make_holder(Role.UNIT_STAFF, civil)
        head, city = make_holder(Role.DISTRICT_HEAD, district), make_holder(Role.EVALUATOR, district.city)

        assert own_indicators(get_sight(staff, district.pk, on=ON)) == {own.pk, shown.pk}
        assert own_indicators(get_sight(head, district.pk, on=ON)) is None
        assert own_indicators(get_sight(city, district.pk, on=ON)) == set()
        assert [get_indicator_to_view(staff, one.pk, on=ON)[0] for one in (own, shown)] == [own, shown]
        for person, indicator in (
            *((staff, one) for one in (gone, theirs, of_nobody, foreign)),
            (head, foreign),
            *((city, one) for one in (own, of_nobody, foreign)),
        ):
            with pytest.raises(Http404):
                get_indicator_to_view(person, indicator.pk, on=ON)

    def test_the_secretariat_alone_keeps_them(self) -> None:
        district = make_district()
        indicator = make_indicator(district)
        keeper = make_holder(Role.SECRETARIAT, district)

        assert get_indicator_to_keep(keeper, indicator.pk, on=ON) == indicator
        with pytest.raises(PermissionDenied):
            get_indicator_to_keep(make_holder(Role.DISTRICT_HEAD, district), indicator.pk, on=ON)
        with pytest.raises(Http404):
            get_indicator_to_keep(make_holder(Role.SECRETARIAT, make_district()), indicator.pk, on=ON)
