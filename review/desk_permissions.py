"""What people of a city see of its districts' plans, and who may judge one. Rows come only from here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import CITY_ROLES, SECRETARIAT_ROLES, Role
from accounts.models import Appointment, City, User
from plans.enums import FILED
from plans.models import Plan, PlanEvent, PlanQuerySet, PlanVersion
from plans.permissions import get_plan_to_view
from review.models import Remark, RemarkQuerySet
from review.queries.desk import with_own_steps, with_rounds


@dataclass(frozen=True)
class Overseer:
    """A person of one or more cities on a day, with every appointment they ever held: one query for all.

    The past ones tell whom they may not judge.
    """

    user: User
    on: dt.date
    appointments: tuple[Appointment, ...]

    @cached_property
    def cities(self) -> list[City]:
        """The cities the person works for, the first appointment's first."""
        return list(dict.fromkeys(row.city for row in self._held if row.city and row.role in CITY_ROLES))

    @cached_property
    def may_judge_in(self) -> frozenset[int]:
        """The keys of the cities whose evaluator the person is."""
        return frozenset(
            row.city_id for row in self._held if row.city_id is not None and row.role == Role.EVALUATOR
        )

    @property
    def _held(self) -> list[Appointment]:
        return [
            row
            for row in self.appointments
            if row.starts_on <= self.on and (row.ends_on is None or row.ends_on >= self.on)
        ]

    def works_in(self, district: int) -> bool:
        """Say whether the person also holds a place in the agency that day."""
        return any(_is_in(row, district) for row in self._held)

    def served(self, district: int, year: int) -> bool:
        """Say whether the person held a place in the agency in that year or the year before."""
        since, until = dt.date(year - 1, 1, 1), dt.date(year, 12, 31)
        return any(
            _is_in(row, district) and row.starts_on <= until and (row.ends_on is None or row.ends_on >= since)
            for row in self.appointments
        )


def _is_in(row: Appointment, district: int) -> bool:
    return district in (row.district_id, row.unit.district_id if row.unit else None)


def get_overseer(user: User, *, on: dt.date) -> Overseer:
    """Return the person with their cities, or raise 403 for those who work for none."""
    if user.is_active:
        held = Appointment.objects.filter(user=user).select_related("city", "unit").order_by("pk")
        overseer = Overseer(user, on, tuple(held))
        if overseer.cities:
            return overseer
    raise PermissionDenied


def get_plans_on_desk(overseer: Overseer) -> PlanQuerySet:
    """Return the plans that are filed to the person's cities."""
    return Plan.objects.filter(district__city__in=overseer.cities, status__in=FILED)


def get_plan_on_desk(user: User, pk: int, *, on: dt.date) -> tuple[Plan, Overseer]:
    """Return a filed plan of the person's cities, or raise 404: outside the city the desk does not exist."""
    try:
        overseer = get_overseer(user, on=on)
    except PermissionDenied as error:
        raise Http404 from error
    plans = with_rounds(with_own_steps(get_plans_on_desk(overseer), user))
    return get_object_or_404(plans.select_related("district__city", "taken_by"), pk=pk), overseer


def get_plan_off_desk(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return a plan once filed to the person's cities that is with its district again, or raise 404."""
    try:
        overseer = get_overseer(user, on=on)
    except PermissionDenied as error:
        raise Http404 from error
    was_filed = PlanEvent.objects.filter(plan=OuterRef("pk"), step="file")
    plans = Plan.objects.filter(Exists(was_filed), district__city__in=overseer.cities)
    return get_object_or_404(plans.exclude(status__in=FILED), pk=pk)


def can_judge(overseer: Overseer, plan: Plan) -> bool:
    """An evaluator of the plan's city without a stake in it; the plan is one of `get_plan_on_desk`.

    What plans.step_permissions.has_stake asks the database, told from what was fetched already.
    """
    has_own_steps: bool = plan.has_own_steps  # type: ignore[attr-defined]  # annotated
    has_stake = has_own_steps or overseer.served(plan.district_id, plan.year)
    return plan.district.city_id in overseer.may_judge_in and not has_stake


def get_plan_to_remark(user: User, pk: int, *, on: dt.date) -> Plan:
    """Return the plan for an evaluator who may judge it, else raise 404 or 403.

    Whether they have it in hand is for the service to say, in words.
    """
    plan, overseer = get_plan_on_desk(user, pk, on=on)
    if not can_judge(overseer, plan):
        raise PermissionDenied
    return plan


def get_remark_to_change(user: User, plan_pk: int, pk: int, *, on: dt.date) -> Remark:
    """Return a remark of any round for an evaluator who may judge the plan, or raise 404 or 403."""
    plan = get_plan_to_remark(user, plan_pk, on=on)
    return get_object_or_404(Remark.objects.filter(plan=plan), pk=pk)


def get_drafts_to_read(overseer: Overseer, plan: Plan, version: PlanVersion | None) -> RemarkQuerySet:
    """Return the remarks of the present round, for the city alone; who also works in the agency gets none."""
    if version is None or overseer.works_in(plan.district_id):
        return Remark.objects.none()
    return Remark.objects.filter(plan=plan, version=version)


def get_remarks_told(plan: Plan) -> RemarkQuerySet:
    """Return the remarks of rounds that are over, for people who see the plan as it stands."""
    return Remark.objects.filter(plan=plan).told()


def get_responses_to_view(user: User, pk: int, *, on: dt.date) -> tuple[Plan, RemarkQuerySet, bool]:
    """Return the plan, the remarks its district was told, and whether the user answers them, or raise 404.

    The district reads them from the return on; the city together with the plan, so not while it is being
    written again.
    """
    plan = get_plan_to_view(user, pk, on=on)
    return plan, get_remarks_told(plan), _answers(user, plan, on=on)


def get_remark_to_answer(user: User, plan_pk: int, pk: int, *, on: dt.date) -> Remark:
    """Return a remark the district was told, or raise 404, and 403 for who is not of its secretariat."""
    plan, remarks, may_answer = get_responses_to_view(user, plan_pk, on=on)
    remark = get_object_or_404(remarks.select_related("answer"), pk=pk)
    if not may_answer:
        raise PermissionDenied
    remark.plan = plan
    return remark


def _answers(user: User, plan: Plan, *, on: dt.date) -> bool:
    return plan.district_id in user.posts(on).at_districts(SECRETARIAT_ROLES)
