"""What a person holds on a day, and that every request asks for it anew."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.enums import AUDIT_ROLES, SECRETARIAT_ROLES, Role
from accounts.models import Appointment, User
from accounts.posts import Post, Posts
from accounts.queries import person_on
from tests.builders import (
    LONG_AGO,
    make_city,
    make_district,
    make_holder,
    make_plan,
    make_secretary,
    make_unit,
    make_user,
)

ON = dt.date(2026, 4, 10)
DAY = dt.timedelta(days=1)
SECRETARY = Post(Role.SECRETARIAT, district=1)
HEAD = Post(Role.DISTRICT_HEAD, district=2)
CHIEF = Post(Role.SECTION_CHIEF, unit=31, district_of_unit=3)
STAFF = Post(Role.UNIT_STAFF, unit=41, district_of_unit=4)
EVALUATOR = Post(Role.EVALUATOR, city=5)
AUDITOR = Post(Role.AUDITOR, city=6)
ALL = Posts(ON, (SECRETARY, HEAD, CHIEF, STAFF, EVALUATOR, AUDITOR))


class TestPosts:
    def test_one_is_inside_by_the_district_or_by_one_of_its_units_and_never_by_the_city(self) -> None:
        assert ALL.inside == {1, 2, 3, 4}
        assert [post.is_in(3) for post in ALL.held] == [False, False, True, False, False, False]
        assert [post.is_in(1) for post in ALL.held] == [True, False, False, False, False, False]

    def test_places_are_told_apart_by_role(self) -> None:
        assert (ALL.at_cities(), ALL.at_cities(AUDIT_ROLES)) == ({5, 6}, {6})
        assert (ALL.at_districts(), ALL.at_districts(SECRETARIAT_ROLES)) == ({1, 2}, {1})
        assert (ALL.at_units(), ALL.at_units({Role.SECTION_CHIEF})) == ({31, 41}, {31})
        assert [ALL.units_in(district) for district in (1, 3, 4, 5)] == [set(), {31}, {41}, set()]

    @pytest.mark.parametrize(
        ("post", "head"),
        [
            (SECRETARY, (True, False, False)),
            (HEAD, (False, False, False)),
            (CHIEF, (False, False, False)),
            (EVALUATOR, (False, True, False)),
            (AUDITOR, (False, True, True)),
        ],
    )
    def test_the_head_of_a_page_asks_for_roles(self, post: Post, head: tuple[bool, ...]) -> None:
        posts = Posts(ON, (post,))

        assert (posts.is_of_secretariat, posts.is_of_city, posts.reads_audit_log) == head

    def test_who_holds_nothing_is_nowhere(self) -> None:
        nothing = Posts(ON)

        assert not nothing.inside | nothing.at_cities() | nothing.at_districts() | nothing.at_units()


def known(person: User) -> Posts:
    found = person_on(ON, person.pk)
    assert found is not None
    assert found == person
    assert found.known_posts is not None
    return found.known_posts


@pytest.mark.django_db
class TestPeople:
    def test_a_person_comes_with_all_they_hold_in_one_query(self, django_assert_num_queries) -> None:
        person, city, district = make_user(), make_city(), make_district()
        unit = make_unit(district)
        for role, place in (
            (Role.AUDITOR, {"city": city}),
            (Role.DISTRICT_HEAD, {"district": district}),
            (Role.UNIT_STAFF, {"unit": unit}),
        ):
            Appointment.objects.create(user=person, role=role, starts_on=LONG_AGO, **place)
        make_holder(Role.EVALUATOR, city)

        with django_assert_num_queries(1):
            found = person_on(ON, person.pk)
            assert found is not None
            posts = found.posts(ON)

        assert posts == Posts(
            ON,
            (
                Post(Role.AUDITOR, city=city.pk),
                Post(Role.DISTRICT_HEAD, district=district.pk),
                Post(Role.UNIT_STAFF, unit=unit.pk, district_of_unit=district.pk),
            ),
        )
        assert User.objects.get(pk=person.pk).posts(ON) == posts

    @pytest.mark.parametrize(
        ("since", "until", "holds"),
        [
            (LONG_AGO, None, True),
            (ON, ON, True),
            (ON + DAY, None, False),
            (LONG_AGO, ON - DAY, False),
        ],
    )
    def test_only_what_is_in_force_that_day_counts(
        self, since: dt.date, until: dt.date | None, holds: bool
    ) -> None:
        person = make_holder(Role.EVALUATOR, make_city(), since=since, until=until)

        assert bool(known(person).held) is holds
        assert bool(person.posts(ON).held) is holds

    def test_who_holds_nothing_is_found_and_who_does_not_exist_is_not(self) -> None:
        person = make_user()

        assert known(person) == Posts(ON)
        assert person_on(ON, person.pk + 1) is None

    def test_what_is_known_of_one_day_is_not_taken_for_another(self) -> None:
        person = make_holder(Role.EVALUATOR, make_city(), until=ON)
        found = person_on(ON, person.pk)

        assert found is not None
        assert found.posts(ON).is_of_city
        assert not found.posts(ON + DAY).held

    def test_an_account_that_is_switched_off_holds_nothing(self) -> None:
        person = make_holder(Role.EVALUATOR, make_city())
        found = person_on(ON, person.pk)
        assert found is not None
        assert found.posts(ON).held

        found.is_active = person.is_active = False

        assert not found.posts(ON).held
        assert not person.posts(ON).held


@pytest.mark.django_db
class TestRequests:
    def test_an_appointment_that_ends_closes_the_very_next_page(self, client: Client) -> None:
        plan = make_plan()
        secretary = make_secretary(plan.district)
        client.force_login(secretary)
        assert client.get(plan.get_absolute_url()).status_code == 200

        yesterday = timezone.localdate() - DAY
        Appointment.objects.filter(user=secretary).update(ends_on=yesterday)

        assert client.get(plan.get_absolute_url()).status_code == 404

    def test_an_appointment_that_begins_opens_the_very_next_page(self, client: Client) -> None:
        plan, person = make_plan(), make_user()
        client.force_login(person)
        assert client.get(plan.get_absolute_url()).status_code == 404

        Appointment.objects.create(
            user=person, role=Role.SECRETARIAT, district=plan.district, starts_on=timezone.localdate()
        )

        assert client.get(plan.get_absolute_url()).status_code == 200

    def test_the_last_day_ends_at_midnight(self, client: Client) -> None:
        plan = make_plan()
        client.force_login(make_holder(Role.SECRETARIAT, plan.district, until=ON))

        with time_machine.travel(dt.datetime.fromisoformat("2026-04-10T23:59:00+08:00"), tick=False):
            assert client.get(plan.get_absolute_url()).status_code == 200
        with time_machine.travel(dt.datetime.fromisoformat("2026-04-11T00:01:00+08:00"), tick=False):
            assert client.get(plan.get_absolute_url()).status_code == 404
