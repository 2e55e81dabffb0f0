"""Who may see and do what in the review of a plan. Views reach rows only through permission functions."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import SECRETARIAT_ROLES
from accounts.models import District, User
from documents.approvals import Approval
from documents.models import RenderedFile
from documents.packages import Package
from plans.models import Plan, PlanVersion, TakenStep
from plans.permissions import (
    Membership,
    get_plan_inside,
    get_plan_to_view,
    get_plans_to_view,
    is_of_district,
    is_secretariat,
)
from plans.step_permissions import Standing, standings
from plans.version_permissions import get_version_to_view, get_versions_to_view
from review.models import Signature
from review.queries.packages import package_of
from review.queries.responses import response_sheet
from review.queries.signing import Strip, strip_of


def get_strip_to_view(user: User, pk: int, *, on: dt.date) -> tuple[Strip, Membership]:
    """Return the sign-off strip for people of the plan's district, or raise 404: the city is outside."""
    plan, membership = get_plan_inside(user, pk, on=on)
    return strip_of(plan), membership


def places_held(user: User, strip: Strip, *, on: dt.date) -> dict[int, Standing]:
    """Return the positions of the strip that are the user's that day, and in which role."""
    return {
        position: holder.standing
        for position, holders in strip.holders(on).items()
        for holder in reversed(holders)  # the first wins: in their own right before in somebody's stead
        if holder.user == user
    }


def get_place_to_decide(
    user: User, pk: int, position: int, *, on: dt.date
) -> tuple[Strip, Signature, Standing]:
    """Return the strip, a place of it and in which role the user holds it.

    Raises 404 outside the district or where there is no such place, 403 if the place is another's. Whether it
    is its turn is for the service to say, in words.
    """
    strip, _membership = get_strip_to_view(user, pk, on=on)
    place = strip.at(position)
    if place is None:
        raise Http404
    standing = places_held(user, strip, on=on).get(position)
    if standing is None:
        raise PermissionDenied
    return strip, place, standing


def get_place_to_record(user: User, pk: int, position: int, *, on: dt.date) -> tuple[Strip, Signature]:
    """Return a place of the strip for the secretariat, which records what was signed outside."""
    strip, membership = get_strip_to_view(user, pk, on=on)
    place = strip.at(position)
    if place is None:
        raise Http404
    if not membership.is_secretariat:
        raise PermissionDenied
    return strip, place


def get_scan(user: User, pk: int, position: int, sent: int, *, on: dt.date) -> Signature:
    """Return a signature of the round begun by the event of that number, with its scan, or raise 404."""
    plan, _membership = get_plan_inside(user, pk, on=on)
    rows = Signature.objects.filter(round__plan=plan, round__sent__number=sent, position=position)
    signature = rows.exclude(scan="").first()
    if signature is None:
        raise Http404
    return signature


def has_taken(user: User, pk: int, token: uuid.UUID | None) -> bool:
    """Say whether the user took a step of this plan with this token: also where it left their sight by it."""
    return token is not None and TakenStep.objects.filter(token=token, plan=pk, actor=user).exists()


def may_still_see(user: User, pk: int, *, on: dt.date) -> bool:
    return get_plans_to_view(user, on=on).filter(pk=pk).exists()


def get_secretariat_standing(user: User, plan: Plan, *, on: dt.date) -> Standing:
    """Return in which role of the secretariat the user works for the plan, or raise 403."""
    for standing in standings(user, plan, on=on):
        if standing.role in SECRETARIAT_ROLES:
            return standing
    raise PermissionDenied


def get_district_to_arrange(user: User, pk: int, *, on: dt.date) -> District:
    """Return the district whose signing chain its secretariat sets, or raise 404 or 403."""
    district = get_object_or_404(District.objects.select_related("city"), pk=pk)
    if not is_of_district(user, district, on=on):
        raise Http404
    if not is_secretariat(user, district, on=on):
        raise PermissionDenied
    return district


def get_package_to_view(
    user: User, pk: int, number: int, *, on: dt.date
) -> tuple[Plan, PlanVersion, Package, Approval]:
    """Return what was filed with a version the user may see, or raise 404: one kept by hand has none."""
    plan = get_plan_to_view(user, pk, on=on)
    version = get_version_to_view(user, plan, number, on=on)
    made = package_of(plan, version)
    if made is None:
        raise Http404
    return plan, version, *made


def can_fetch_package(user: User, file: RenderedFile, on: dt.date) -> bool:
    """Of the city, who may read the filed version a package was made of."""
    package = Package.from_json(file.content)
    versions = get_versions_to_view(user, file.plan.district, on=on)
    seen = versions.filter(plan=file.plan_id, number=package.version, sha256=package.sha256)
    return seen.exists()


def can_fetch_responses(_user: User, file: RenderedFile, _on: dt.date) -> bool:
    """Of the city, who sees the plan; not the answers as they once stood and were never filed."""
    return file.content == response_sheet(file.plan).to_json()
